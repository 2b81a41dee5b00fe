"""Adagrad."""

from __future__ import annotations

from typing import Any

from addax.keras import registry
from addax.keras.optimizers.rule import RuleOptimizer
from addax.keras.optimizers.step import filled
from addax.ops import optimizers as rules


class Adagrad(RuleOptimizer):
    """Gradients divided by the root of the sum of all their squares (Duchi et al. 2011).

    Args:
        learning_rate: a number, or a schedule.
        initial_accumulator_value: where the sums start.
        epsilon: added to the sums.
        weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum, ema_overwrite_frequency, jit_compile,
            name, **kwargs: see `tf.keras.optimizers.Optimizer`.

    >>> import addax as tf
    >>> v = tf.Variable([1.0])
    >>> optimizer = tf.keras.optimizers.Adagrad(0.5)
    >>> _ = optimizer.apply_gradients([(tf.constant([1.0]), v)])
    >>> round(float(v[0]), 4)
    0.5233
    """

    _rule = staticmethod(rules.adagrad)
    _slot_lists = ("_accumulators",)

    def __init__(
        self,
        learning_rate: Any = 0.001,
        initial_accumulator_value: float = 0.1,
        epsilon: Any = 1e-7,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None,
        jit_compile: bool = True,
        name: str = "Adagrad",
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
        self.initial_accumulator_value = initial_accumulator_value
        self.epsilon = epsilon

    def _build_slots(self, var_list: list[Any]) -> None:
        self._accumulators = [
            self.add_variable_from_reference(
                variable, "accumulator", initial_value=filled(variable, self.initial_accumulator_value)
            )
            for variable in var_list
        ]

    def _hyper(self) -> dict[str, Any]:
        return {"epsilon": self.epsilon}

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        config = super().get_config()
        config.update(
            {
                "learning_rate": self._serialize_hyperparameter(self._learning_rate),
                "initial_accumulator_value": self.initial_accumulator_value,
                "epsilon": self._serialize_hyperparameter(self.epsilon),
            }
        )
        return config


registry.register("optimizer", Adagrad, "adagrad")
