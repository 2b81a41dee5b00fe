"""FTRL."""

from __future__ import annotations

from typing import Any

import numpy as np

from addax.keras import registry
from addax.keras.optimizers.rule import RuleOptimizer
from addax.keras.optimizers.step import filled
from addax.ops import optimizers as rules

_NOT_NEGATIVE = (
    "initial_accumulator_value",
    "l1_regularization_strength",
    "l2_regularization_strength",
    "l2_shrinkage_regularization_strength",
)


class Ftrl(RuleOptimizer):
    """Follow the regularized leader, proximal form (McMahan et al. 2013), with shrinkage.

    Args:
        learning_rate: a number, or a schedule.
        learning_rate_power: power of the sum of squares in the per-coordinate rate, at most 0.
        initial_accumulator_value: where the sums of squares start.
        l1_regularization_strength: L1 penalty.
        l2_regularization_strength: L2 penalty.
        l2_shrinkage_regularization_strength: L2 penalty on the gradient alone.
        beta: added to the root of the sums, as in the paper.
        weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum, ema_overwrite_frequency, jit_compile,
            name, **kwargs: see `tf.keras.optimizers.Optimizer`.

    >>> import addax as tf
    >>> v = tf.Variable([1.0])
    >>> optimizer = tf.keras.optimizers.Ftrl(0.5)
    >>> _ = optimizer.apply_gradients([(tf.constant([1.0]), v)])
    >>> round(float(v[0]), 4)
    0.2218
    """

    _rule = staticmethod(rules.ftrl)
    _slot_lists = ("_accumulators", "_linears")

    def __init__(
        self,
        learning_rate: Any = 0.001,
        learning_rate_power: float = -0.5,
        initial_accumulator_value: float = 0.1,
        l1_regularization_strength: float = 0.0,
        l2_regularization_strength: float = 0.0,
        l2_shrinkage_regularization_strength: float = 0.0,
        beta: float = 0.0,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None,
        jit_compile: bool = True,
        name: str = "Ftrl",
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
        self.learning_rate_power = learning_rate_power
        self.initial_accumulator_value = initial_accumulator_value
        self.l1_regularization_strength = l1_regularization_strength
        self.l2_regularization_strength = l2_regularization_strength
        self.l2_shrinkage_regularization_strength = l2_shrinkage_regularization_strength
        self.beta = beta
        for argument in _NOT_NEGATIVE:
            if getattr(self, argument) < 0.0:
                raise ValueError(
                    f"`{argument}` needs to be positive or zero. Received: {argument}={getattr(self, argument)}."
                )
        if learning_rate_power > 0.0:
            raise ValueError(
                "`learning_rate_power` needs to be negative or zero. "
                f"Received: learning_rate_power={learning_rate_power}."
            )

    def _build_slots(self, var_list: list[Any]) -> None:
        self._accumulators: list[Any] = []
        self._linears: list[Any] = []
        for variable in var_list:
            start = filled(variable, np.float32(self.initial_accumulator_value))  # as tf.fill makes it
            self._accumulators.append(self.add_variable_from_reference(variable, "accumulator", initial_value=start))
            self._linears.append(self.add_variable_from_reference(variable, "linear"))

    def _hyper(self) -> dict[str, Any]:
        return {
            "learning_rate_power": self.learning_rate_power,
            "l1": self.l1_regularization_strength,
            "l2": self.l2_regularization_strength,
            "shrinkage": self.l2_shrinkage_regularization_strength,
            "beta": self.beta,
        }

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        config = super().get_config()
        config.update(
            {
                "learning_rate": self._serialize_hyperparameter(self._learning_rate),
                "learning_rate_power": self.learning_rate_power,
                "initial_accumulator_value": self.initial_accumulator_value,
                "l1_regularization_strength": self.l1_regularization_strength,
                "l2_regularization_strength": self.l2_regularization_strength,
                "l2_shrinkage_regularization_strength": self.l2_shrinkage_regularization_strength,
                "beta": self.beta,
            }
        )
        return config


registry.register("optimizer", Ftrl, "ftrl")
