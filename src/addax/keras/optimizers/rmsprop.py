"""RMSprop."""

from __future__ import annotations

from typing import Any

from addax.keras import registry
from addax.keras.optimizers.rule import RuleOptimizer
from addax.ops import optimizers as rules


class RMSprop(RuleOptimizer):
    """Gradients divided by a running root mean square of themselves (Tieleman and Hinton 2012).

    Args:
        learning_rate: a number, or a schedule.
        rho: how much of the mean square is kept.
        momentum: how much of the last step is kept.
        epsilon: added to the mean square.
        centered: subtract the square of the running mean of the gradient (Graves 2013).
        weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum, ema_overwrite_frequency, jit_compile,
            name, **kwargs: see `tf.keras.optimizers.Optimizer`.

    >>> import addax as tf
    >>> v = tf.Variable([1.0])
    >>> optimizer = tf.keras.optimizers.RMSprop(0.5)
    >>> _ = optimizer.apply_gradients([(tf.constant([1.0]), v)])
    >>> round(float(v[0]), 4)
    -0.5811
    """

    _rule = staticmethod(rules.rmsprop)
    _slot_lists = ("_velocities", "_momentums", "_average_gradients")

    def __init__(
        self,
        learning_rate: Any = 0.001,
        rho: Any = 0.9,
        momentum: Any = 0.0,
        epsilon: Any = 1e-7,
        centered: bool = False,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = 100,
        jit_compile: bool = True,
        name: str = "RMSprop",
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
        self.rho = rho
        self.momentum = momentum
        self.epsilon = epsilon
        self.centered = centered

    def _build_slots(self, var_list: list[Any]) -> None:
        self._make_slots(var_list, _velocities="velocity")
        self._momentums: list[Any] = []
        self._average_gradients: list[Any] = []
        if self.momentum > 0:
            self._make_slots(var_list, _momentums="momentum")
        if self.centered:
            self._make_slots(var_list, _average_gradients="average_gradient")

    def _hyper(self) -> dict[str, Any]:
        return {"rho": self.rho, "momentum": self.momentum, "epsilon": self.epsilon, "centered": self.centered}

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        config = super().get_config()
        config.update(
            {
                "learning_rate": self._serialize_hyperparameter(self._learning_rate),
                "rho": self._serialize_hyperparameter(self.rho),
                "momentum": self._serialize_hyperparameter(self.momentum),
                "epsilon": self._serialize_hyperparameter(self.epsilon),
                "centered": self.centered,
            }
        )
        return config


registry.register("optimizer", RMSprop, "rmsprop")
