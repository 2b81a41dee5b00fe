"""Legacy RMSprop."""

from __future__ import annotations

from typing import Any

import numpy as np

from addax.keras import registry
from addax.keras.config import epsilon as fuzz
from addax.keras.optimizers.legacy.optimizer import Optimizer
from addax.ops import optimizers as rules


class RMSprop(Optimizer):
    """Gradients divided by a running root mean square of themselves; without momentum, epsilon is added to the root.

    Args:
        learning_rate: a number, a schedule, or a function without arguments.
        rho: how much of the mean square is kept.
        momentum: how much of the last step is kept.
        epsilon: added to the divisor.
        centered: subtract the square of the mean.
        name: of the optimizer.
        **kwargs: see `tf.keras.optimizers.legacy.Optimizer`.

    >>> import addax as tf
    >>> optimizer = tf.keras.optimizers.legacy.RMSprop(learning_rate=0.25)
    >>> float(optimizer.lr)
    0.25
    """

    _rule = staticmethod(rules.rmsprop)

    def __init__(
        self,
        learning_rate: Any = 0.001,
        rho: Any = 0.9,
        momentum: Any = 0.0,
        epsilon: float = 1e-7,
        centered: bool = False,
        name: str = "RMSprop",
        **kwargs: Any,
    ) -> None:
        if isinstance(momentum, int | float) and (momentum < 0 or momentum > 1):
            raise ValueError(
                f"`momentum` must be between [0, 1]. Received: momentum={momentum} (of type {type(momentum)})."
            )
        super().__init__(name, **kwargs)
        self._set_hyper("learning_rate", kwargs.get("lr", learning_rate))
        self._set_hyper("decay", self._initial_decay)
        self._set_hyper("rho", rho)
        self._set_hyper("momentum", momentum)
        self._momentum = not isinstance(momentum, int | float) or momentum > 0
        self.epsilon = epsilon or fuzz()
        self.centered = centered

    def _create_slots(self, var_list: Any) -> None:
        for variable in var_list:
            self.add_slot(variable, "rms")
        if self._momentum:
            for variable in var_list:
                self.add_slot(variable, "momentum")
        if self.centered:
            for variable in var_list:
                self.add_slot(variable, "mg")

    def _rule_hyper(self) -> dict[str, Any]:
        self._create_hypers()
        return {
            "rho": self._hyper["rho"],
            "momentum": self._hyper["momentum"],
            "epsilon": self.epsilon,
            "centered": self.centered,
            "epsilon_outside": not self._momentum,
        }

    def _lazy_kind(self) -> str | None:
        return "rows" if self._momentum else None

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
                "momentum": self._serialize_hyperparameter("momentum"),
                "epsilon": self.epsilon,
                "centered": self.centered,
            }
        )
        return config


registry.register("legacy_optimizer", RMSprop, "rmsprop")
