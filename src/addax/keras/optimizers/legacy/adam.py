"""Legacy Adam."""

from __future__ import annotations

from typing import Any

import numpy as np

from addax.keras import registry
from addax.keras.config import epsilon as fuzz
from addax.keras.optimizers.legacy.optimizer import Optimizer
from addax.ops import optimizers as rules


class Adam(Optimizer):
    """Steps by running means of the gradient and of its square.

    Args:
        learning_rate: a number, a schedule, or a function without arguments.
        beta_1: how much of the mean is kept.
        beta_2: how much of the mean square is kept.
        epsilon: added to the divisor.
        amsgrad: divide by the largest mean square so far.
        name: of the optimizer.
        **kwargs: see `tf.keras.optimizers.legacy.Optimizer`.

    >>> import addax as tf
    >>> optimizer = tf.keras.optimizers.legacy.Adam(learning_rate=0.25)
    >>> float(optimizer.lr)
    0.25
    """

    _rule = staticmethod(rules.adam)

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: Any = 0.9,
        beta_2: Any = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        name: str = "Adam",
        **kwargs: Any,
    ) -> None:
        super().__init__(name, **kwargs)
        self._set_hyper("learning_rate", kwargs.get("lr", learning_rate))
        self._set_hyper("decay", self._initial_decay)
        self._set_hyper("beta_1", beta_1)
        self._set_hyper("beta_2", beta_2)
        self.epsilon = epsilon or fuzz()
        self.amsgrad = amsgrad

    def _create_slots(self, var_list: Any) -> None:
        for slot in ("m", "v", "vhat") if self.amsgrad else ("m", "v"):
            for variable in var_list:
                self.add_slot(variable, slot)

    def _rule_hyper(self) -> dict[str, Any]:
        self._create_hypers()
        return {"beta_1": self._hyper["beta_1"], "beta_2": self._hyper["beta_2"], "epsilon": self.epsilon}

    def _as_now(self, arrays: list[np.ndarray]) -> list[np.ndarray]:
        # Keras 1 saved three slots for each variable, with or without amsgrad.
        variables = int((len(self._weights) - 1) / 2)
        return arrays[: len(self._weights)] if len(arrays) == 3 * variables + 1 else arrays

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        config = super().get_config()
        config.update(
            {
                "learning_rate": self._serialize_hyperparameter("learning_rate"),
                "decay": self._initial_decay,
                "beta_1": self._serialize_hyperparameter("beta_1"),
                "beta_2": self._serialize_hyperparameter("beta_2"),
                "epsilon": self.epsilon,
                "amsgrad": self.amsgrad,
            }
        )
        return config


registry.register("legacy_optimizer", Adam, "adam")
