"""Legacy SGD."""

from __future__ import annotations

from typing import Any

from addax.keras import registry
from addax.keras.optimizers.legacy.optimizer import Optimizer
from addax.ops import optimizers as rules


class SGD(Optimizer):
    """Gradient descent, with momentum if wanted.

    Args:
        learning_rate: a number, a schedule, or a function without arguments.
        momentum: how much of the last step is kept.
        nesterov: look ahead by the momentum.
        name: of the optimizer.
        **kwargs: see `tf.keras.optimizers.legacy.Optimizer`.

    >>> import addax as tf
    >>> optimizer = tf.keras.optimizers.legacy.SGD(learning_rate=0.25)
    >>> float(optimizer.lr)
    0.25
    """

    _rule = staticmethod(rules.sgd)
    _lazy = "rows"

    def __init__(
        self,
        learning_rate: Any = 0.01,
        momentum: Any = 0.0,
        nesterov: bool = False,
        name: str = "SGD",
        **kwargs: Any,
    ) -> None:
        if isinstance(momentum, int | float) and (momentum < 0 or momentum > 1):
            raise ValueError(
                f"`momentum` must be between [0, 1]. Received: momentum={momentum} (of type {type(momentum)})."
            )
        super().__init__(name, **kwargs)
        self._set_hyper("learning_rate", kwargs.get("lr", learning_rate))
        self._set_hyper("decay", self._initial_decay)
        self._set_hyper("momentum", momentum)
        self._momentum = not isinstance(momentum, int | float) or momentum > 0
        self.nesterov = nesterov

    def _create_slots(self, var_list: Any) -> None:
        if self._momentum:
            for variable in var_list:
                self.add_slot(variable, "momentum")

    def _rule_hyper(self) -> dict[str, Any]:
        self._create_hypers()
        return {"momentum": self._hyper["momentum"], "nesterov": self.nesterov}

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        config = super().get_config()
        config.update(
            {
                "learning_rate": self._serialize_hyperparameter("learning_rate"),
                "decay": self._initial_decay,
                "momentum": self._serialize_hyperparameter("momentum"),
                "nesterov": self.nesterov,
            }
        )
        return config


registry.register("legacy_optimizer", SGD, "sgd")
