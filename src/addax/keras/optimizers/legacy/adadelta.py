"""Legacy Adadelta."""

from __future__ import annotations

from typing import Any

import numpy as np

from addax.keras import registry
from addax.keras.config import epsilon as fuzz
from addax.keras.optimizers.legacy.optimizer import Optimizer
from addax.ops import optimizers as rules


class Adadelta(Optimizer):
    """Steps in the units of the variable, by running means of squares.

    Args:
        learning_rate: a number, a schedule, or a function without arguments.
        rho: how much of the means is kept.
        epsilon: added to the means.
        name: of the optimizer.
        **kwargs: see `tf.keras.optimizers.legacy.Optimizer`.

    >>> import addax as tf
    >>> optimizer = tf.keras.optimizers.legacy.Adadelta(learning_rate=0.25)
    >>> float(optimizer.lr)
    0.25
    """

    _rule = staticmethod(rules.adadelta)
    _lazy = "rows"

    def __init__(
        self,
        learning_rate: Any = 0.001,
        rho: Any = 0.95,
        epsilon: float = 1e-7,
        name: str = "Adadelta",
        **kwargs: Any,
    ) -> None:
        super().__init__(name, **kwargs)
        self._set_hyper("learning_rate", kwargs.get("lr", learning_rate))
        self._set_hyper("decay", self._initial_decay)
        self._set_hyper("rho", rho)
        self.epsilon = epsilon or fuzz()

    def _create_slots(self, var_list: Any) -> None:
        for slot in ("accum_grad", "accum_var"):
            for variable in var_list:
                self.add_slot(variable, slot)

    def _rule_hyper(self) -> dict[str, Any]:
        self._create_hypers()
        return {"rho": self._hyper["rho"], "epsilon": self.epsilon}

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
                "rho": self._serialize_hyperparameter("rho"),
                "epsilon": self.epsilon,
            }
        )
        return config


registry.register("legacy_optimizer", Adadelta, "adadelta")
