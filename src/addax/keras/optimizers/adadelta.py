"""Adadelta."""

from __future__ import annotations

from typing import Any

from addax.keras import registry
from addax.keras.optimizers.rule import RuleOptimizer
from addax.ops import optimizers as rules


class Adadelta(RuleOptimizer):
    """Steps in the units of the variable, by running means of squares (Zeiler 2012).

    Args:
        learning_rate: a number, or a schedule.
        rho: how much of the means is kept.
        epsilon: added to the means.
        weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum, ema_overwrite_frequency, jit_compile,
            name, **kwargs: see `tf.keras.optimizers.Optimizer`.

    >>> import addax as tf
    >>> v = tf.Variable([1.0])
    >>> optimizer = tf.keras.optimizers.Adadelta(0.5)
    >>> _ = optimizer.apply_gradients([(tf.constant([1.0]), v)])
    >>> round(float(v[0]), 4)
    0.9993
    """

    _rule = staticmethod(rules.adadelta)
    _slot_lists = ("_accumulated_grads", "_accumulated_delta_vars")

    def __init__(
        self,
        learning_rate: Any = 0.001,
        rho: Any = 0.95,
        epsilon: Any = 1e-7,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None,
        jit_compile: bool = True,
        name: str = "Adadelta",
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
        self.epsilon = epsilon

    def _build_slots(self, var_list: list[Any]) -> None:
        self._make_slots(
            var_list, _accumulated_grads="accumulated_grad", _accumulated_delta_vars="accumulated_delta_var"
        )

    def _hyper(self) -> dict[str, Any]:
        return {"rho": self.rho, "epsilon": self.epsilon}

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        config = super().get_config()
        config.update(
            {
                "learning_rate": self._serialize_hyperparameter(self._learning_rate),
                "rho": self._serialize_hyperparameter(self.rho),
                "epsilon": self._serialize_hyperparameter(self.epsilon),
            }
        )
        return config


registry.register("optimizer", Adadelta, "adadelta")
