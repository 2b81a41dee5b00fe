"""Stochastic gradient descent."""

from __future__ import annotations

from typing import Any

from addax.keras import registry
from addax.keras.optimizers.rule import RuleOptimizer
from addax.ops import optimizers as rules


class SGD(RuleOptimizer):
    """Gradient descent, with momentum if wanted (Polyak 1964; Sutskever et al. 2013 for `nesterov`).

    Args:
        learning_rate: a number, or a schedule.
        momentum: how much of the last step is kept, in [0, 1].
        nesterov: look ahead by the momentum.
        weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum, ema_overwrite_frequency, jit_compile,
            name, **kwargs: see `tf.keras.optimizers.Optimizer`.

    >>> import addax as tf
    >>> v = tf.Variable([1.0])
    >>> optimizer = tf.keras.optimizers.SGD(0.5)
    >>> _ = optimizer.apply_gradients([(tf.constant([1.0]), v)])
    >>> round(float(v[0]), 4)
    0.5
    """

    _rule = staticmethod(rules.sgd)
    _takes_whole_numbers = True
    _slot_lists = ("momentums",)

    def __init__(
        self,
        learning_rate: Any = 0.01,
        momentum: Any = 0.0,
        nesterov: bool = False,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None,
        jit_compile: bool = True,
        name: str = "SGD",
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
        self.momentum = momentum
        self.nesterov = nesterov
        if isinstance(momentum, int | float) and (momentum < 0 or momentum > 1):
            raise ValueError(f"`momentum` must be between [0, 1]. Received: momentum={momentum}.")

    def _build_slots(self, var_list: list[Any]) -> None:
        self._make_slots(var_list, momentums="m")

    def _hyper(self) -> dict[str, Any]:
        return {"momentum": self.momentum, "nesterov": self.nesterov}

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        config = super().get_config()
        config.update(
            {
                "learning_rate": self._serialize_hyperparameter(self._learning_rate),
                "momentum": self._serialize_hyperparameter(self.momentum),
                "nesterov": self.nesterov,
            }
        )
        return config


registry.register("optimizer", SGD, "sgd")
