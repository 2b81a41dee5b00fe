"""Legacy Ftrl."""

from __future__ import annotations

from typing import Any

from addax.keras import registry
from addax.keras.optimizers.legacy.optimizer import Optimizer
from addax.keras.optimizers.step import filled
from addax.ops import optimizers as rules


class Ftrl(Optimizer):
    """Follow the regularized leader, proximal form, with shrinkage.

    Args:
        learning_rate: a number, a schedule, or a function without arguments.
        learning_rate_power: power of the sum of squares, at most 0.
        initial_accumulator_value: where the sums start.
        l1_regularization_strength: L1 penalty.
        l2_regularization_strength: L2 penalty.
        l2_shrinkage_regularization_strength: L2 penalty on the gradient alone.
        beta: added to the root of the sums.
        name: of the optimizer.
        **kwargs: see `tf.keras.optimizers.legacy.Optimizer`.

    >>> import addax as tf
    >>> optimizer = tf.keras.optimizers.legacy.Ftrl(learning_rate=0.25)
    >>> float(optimizer.lr)
    0.25
    """

    _rule = staticmethod(rules.ftrl)
    _lazy = "rows"

    def __init__(
        self,
        learning_rate: Any = 0.001,
        learning_rate_power: float = -0.5,
        initial_accumulator_value: float = 0.1,
        l1_regularization_strength: float = 0.0,
        l2_regularization_strength: float = 0.0,
        name: str = "Ftrl",
        l2_shrinkage_regularization_strength: float = 0.0,
        beta: float = 0.0,
        **kwargs: Any,
    ) -> None:
        for argument, value in (
            ("initial_accumulator_value", initial_accumulator_value),
            ("l1_regularization_strength", l1_regularization_strength),
            ("l2_regularization_strength", l2_regularization_strength),
            ("l2_shrinkage_regularization_strength", l2_shrinkage_regularization_strength),
        ):
            if value < 0.0:
                raise ValueError(f"`{argument}` needs to be positive or zero. Received: {argument}={value}.")
        if learning_rate_power > 0.0:
            raise ValueError(
                "`learning_rate_power` needs to be negative or zero. "
                f"Received: learning_rate_power={learning_rate_power}."
            )
        super().__init__(name, **kwargs)
        self._set_hyper("learning_rate", learning_rate)  # `lr` is accepted and has no effect, as in Keras 2
        self._set_hyper("decay", self._initial_decay)
        self._set_hyper("learning_rate_power", learning_rate_power)
        self._set_hyper("l1_regularization_strength", l1_regularization_strength)
        self._set_hyper("l2_regularization_strength", l2_regularization_strength)
        self._set_hyper("beta", beta)
        self._initial_accumulator_value = initial_accumulator_value
        self._l2_shrinkage_regularization_strength = l2_shrinkage_regularization_strength

    def _create_slots(self, var_list: Any) -> None:
        for variable in var_list:
            self.add_slot(variable, "accumulator", filled(variable, self._initial_accumulator_value))
            self.add_slot(variable, "linear")

    def _rule_hyper(self) -> dict[str, Any]:
        self._create_hypers()
        return {
            "learning_rate_power": self._hyper["learning_rate_power"],
            "l1": self._hyper["l1_regularization_strength"],
            "l2": self._hyper["l2_regularization_strength"],
            "shrinkage": self._l2_shrinkage_regularization_strength,
            "beta": self._hyper["beta"],
        }

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        config = super().get_config()
        config.update(
            {
                "learning_rate": self._serialize_hyperparameter("learning_rate"),
                "decay": self._initial_decay,
                "initial_accumulator_value": self._initial_accumulator_value,
                "learning_rate_power": self._serialize_hyperparameter("learning_rate_power"),
                "l1_regularization_strength": self._serialize_hyperparameter("l1_regularization_strength"),
                "l2_regularization_strength": self._serialize_hyperparameter("l2_regularization_strength"),
                "beta": self._serialize_hyperparameter("beta"),
                "l2_shrinkage_regularization_strength": self._l2_shrinkage_regularization_strength,
            }
        )
        return config


registry.register("legacy_optimizer", Ftrl, "ftrl")
