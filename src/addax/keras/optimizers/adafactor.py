"""Adafactor."""

from __future__ import annotations

from typing import Any

import numpy as np

from addax.core.variable import Variable
from addax.keras import registry
from addax.keras.optimizers.rule import RuleOptimizer
from addax.keras.optimizers.schedules.schedule import LearningRateSchedule
from addax.keras.optimizers.step import true_dtype
from addax.ops import optimizers as rules


class Adafactor(RuleOptimizer):
    """Second moments of matrices by row and column means (Shazeer and Stern 2018).

    Args:
        learning_rate: a number, or a schedule.
        beta_2_decay: power by which the mean squares' memory grows.
        epsilon_1: added to squares.
        epsilon_2: the smallest scale of a variable.
        clip_threshold: the largest root mean square of a step, in units of the rate.
        relative_step: let the rate fall with 1 / sqrt(step), unless a schedule gives it.
        weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum, ema_overwrite_frequency, jit_compile,
            name, **kwargs: see `tf.keras.optimizers.Optimizer`.

    >>> import addax as tf
    >>> v = tf.Variable([1.0])
    >>> optimizer = tf.keras.optimizers.Adafactor(0.5)
    >>> _ = optimizer.apply_gradients([(tf.constant([1.0]), v)])
    >>> round(float(v[0]), 4)
    0.5
    """

    _rule = staticmethod(rules.adafactor)
    _slot_lists = ("_r", "_c", "_v")

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_2_decay: float = -0.8,
        epsilon_1: float = 1e-30,
        epsilon_2: float = 1e-3,
        clip_threshold: float = 1.0,
        relative_step: bool = True,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None,
        jit_compile: bool = True,
        name: str = "Adafactor",
        **kwargs: Any,
    ) -> None:
        super().__init__(
            name=name,
            weight_decay=weight_decay,
            clipnorm=clipnorm,
            clipvalue=clipvalue,
            global_clipnorm=global_clipnorm,
            use_ema=use_ema,
            ema_momentum=ema_momentum,
            ema_overwrite_frequency=ema_overwrite_frequency,
            jit_compile=jit_compile,
            **kwargs,
        )
        self._learning_rate = self._build_learning_rate(learning_rate)
        self.beta_2_decay = beta_2_decay
        self.epsilon_1 = epsilon_1
        self.epsilon_2 = epsilon_2
        self.clip_threshold = clip_threshold
        self.relative_step = relative_step

    def _build_slots(self, var_list: list[Any]) -> None:
        self._r: list[Any] = []
        self._c: list[Any] = []
        self._v: list[Any] = []
        for variable in var_list:
            shape, name = tuple(variable.shape), variable._shared_name
            if len(shape) < 2:  # placeholders, so that the lists run parallel
                self._r.append(Variable(np.int32(0), name=f"r/{name}", trainable=False))
                self._c.append(Variable(np.int32(0), name=f"c/{name}", trainable=False))
            else:
                dtype = true_dtype(variable)
                self._r.append(self.add_variable(shape[:-1], dtype, name=f"r/{name}"))
                self._c.append(self.add_variable(shape[:-2] + shape[-1:], dtype, name=f"c/{name}"))
            self._v.append(self.add_variable_from_reference(variable, "v"))

    def _slots_of(self, index: int) -> tuple[Variable, ...]:
        slots = super()._slots_of(index)
        return slots if slots[2].shape.rank >= 2 else slots[2:]

    def _hyper(self) -> dict[str, Any]:
        return {
            "beta_2_decay": self.beta_2_decay,
            "epsilon_1": self.epsilon_1,
            "epsilon_2": self.epsilon_2,
            "clip_threshold": self.clip_threshold,
            "relative_step": bool(self.relative_step) and not isinstance(self._learning_rate, LearningRateSchedule),
        }

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        config = super().get_config()
        config.update(
            {
                "learning_rate": self._serialize_hyperparameter(self._learning_rate),
                "beta_2_decay": self.beta_2_decay,
                "epsilon_1": self.epsilon_1,
                "epsilon_2": self.epsilon_2,
                "clip_threshold": self.clip_threshold,
                "relative_step": self.relative_step,
            }
        )
        return config


registry.register("optimizer", Adafactor, "adafactor")
