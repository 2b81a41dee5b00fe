"""Schedule-free AdamW: an optimizer of Keras 3."""

from __future__ import annotations

from typing import Any

from addax.core import convert
from addax.keras import registry
from addax.keras.optimizers.rule import RuleOptimizer
from addax.ops import optimizers as rules


class ScheduleFreeAdamW(RuleOptimizer):
    """AdamW whose mean of all weights takes the place of a schedule of learning rates.

    Args:
        learning_rate: a number, or a schedule.
        beta_1: where gradients are taken: between the mean of weights (1) and the newest (0).
        beta_2: how much of the mean of squared gradients is kept.
        epsilon: added to the root of the mean square.
        warmup_steps: over how many steps the learning rate grows to its value.
        weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum, ema_overwrite_frequency, jit_compile,
            name, **kwargs: see `tf.keras.optimizers.Optimizer`.

    Source: https://arxiv.org/abs/2405.15682.

    >>> import addax as tf
    >>> v = tf.Variable([2.0])
    >>> optimizer = tf.keras.optimizers.ScheduleFreeAdamW(0.5)
    >>> _ = optimizer.apply_gradients([(tf.constant([0.1]), v)])
    >>> round(float(v[0]), 4)
    1.5
    """

    _in_keras3_alone = True
    _rule = staticmethod(rules.schedule_free_adamw)
    _slot_lists = ("_momentums", "_velocities")

    def __init__(
        self,
        learning_rate: Any = 0.0025,
        beta_1: Any = 0.9,
        beta_2: Any = 0.999,
        epsilon: Any = 1e-8,
        warmup_steps: int = 0,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None,
        jit_compile: bool = True,
        name: str = "ScheduleFreeAdamW",
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
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.warmup_steps = warmup_steps

    def _build_slots(self, var_list: list[Any]) -> None:
        self._momentums, self._velocities = [], []
        for variable in var_list:
            start = convert.convert_to_tensor(variable)
            self._momentums.append(self.add_variable_from_reference(variable, "momentum", initial_value=start))
            self._velocities.append(self.add_variable_from_reference(variable, "velocity"))

    def _hyper(self) -> dict[str, Any]:
        own = {"beta_1": self.beta_1, "beta_2": self.beta_2, "epsilon": self.epsilon}
        return {**own, "warmup_steps": self.warmup_steps}

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        own = {name: self._serialize_hyperparameter(value) for name, value in self._hyper().items()}
        return {
            **super().get_config(), "learning_rate": self._serialize_hyperparameter(self._learning_rate), **own,
        }  # fmt: skip


registry.register("optimizer", ScheduleFreeAdamW, "schedulefreeadamw")
