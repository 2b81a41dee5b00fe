"""Legacy Adagrad."""

from __future__ import annotations

from typing import Any

import numpy as np

from addax.keras import registry
from addax.keras.config import epsilon as fuzz
from addax.keras.optimizers.legacy.optimizer import Optimizer
from addax.keras.optimizers.step import filled
from addax.ops import optimizers as rules


class Adagrad(Optimizer):
    """Gradients divided by the root of the sum of all their squares.

    Args:
        learning_rate: a number, a schedule, or a function without arguments.
        initial_accumulator_value: where the sums start.
        epsilon: added to the root.
        name: of the optimizer.
        **kwargs: see `tf.keras.optimizers.legacy.Optimizer`.

    >>> import addax as tf
    >>> optimizer = tf.keras.optimizers.legacy.Adagrad(learning_rate=0.25)
    >>> float(optimizer.lr)
    0.25
    """

    _rule = staticmethod(rules.adagrad)
    _lazy = "rows"

    def __init__(
        self,
        learning_rate: Any = 0.001,
        initial_accumulator_value: float = 0.1,
        epsilon: float = 1e-7,
        name: str = "Adagrad",
        **kwargs: Any,
    ) -> None:
        if initial_accumulator_value < 0.0:
            raise ValueError(f"initial_accumulator_value must be non-negative: {initial_accumulator_value}")
        super().__init__(name, **kwargs)
        self._set_hyper("learning_rate", kwargs.get("lr", learning_rate))
        self._set_hyper("decay", self._initial_decay)
        self._initial_accumulator_value = initial_accumulator_value
        self.epsilon = epsilon or fuzz()

    def _create_slots(self, var_list: Any) -> None:
        for variable in var_list:
            self.add_slot(variable, "accumulator", filled(variable, self._initial_accumulator_value))

    def _rule_hyper(self) -> dict[str, Any]:
        self._create_hypers()
        return {"epsilon": self.epsilon, "epsilon_outside": True}

    def _as_now(self, arrays: list[np.ndarray]) -> list[np.ndarray]:
        uncounted = len(arrays) == len(self._weights) - 1  # Keras 1 did not save the counter of steps
        return [np.zeros((), np.int64), *arrays] if uncounted else arrays

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        config = super().get_config()
        config.update(
            {
                "learning_rate": self._serialize_hyperparameter("learning_rate"),
                "decay": self._initial_decay,
                "initial_accumulator_value": self._initial_accumulator_value,
                "epsilon": self.epsilon,
            }
        )
        return config


registry.register("legacy_optimizer", Adagrad, "adagrad")
