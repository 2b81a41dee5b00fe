"""LAMB: an optimizer of Keras 3."""

from __future__ import annotations

from typing import Any

from addax.keras import registry
from addax.keras.optimizers.rule import RuleOptimizer
from addax.ops import optimizers as rules


class Lamb(RuleOptimizer):
    """Adam whose step on each variable is as long as the variable, for large batches (You et al. 2019).

    Args:
        learning_rate: a number, or a schedule.
        beta_1: how much of the mean of gradients is kept.
        beta_2: how much of the mean of their squares is kept.
        epsilon: added to the root of the mean square.
        weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum, ema_overwrite_frequency, jit_compile,
            name, **kwargs: see `tf.keras.optimizers.Optimizer`.

    Source: https://arxiv.org/abs/1904.00962.

    >>> import addax as tf
    >>> v = tf.Variable([2.0])
    >>> optimizer = tf.keras.optimizers.Lamb(0.5)
    >>> _ = optimizer.apply_gradients([(tf.constant([0.1]), v)])
    >>> round(float(v[0]), 4)
    1.0
    """

    _in_keras3_alone = True
    _rule = staticmethod(rules.lamb)
    _slot_lists = ("_momentums", "_velocities")

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: Any = 0.9,
        beta_2: Any = 0.999,
        epsilon: Any = 1e-7,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None,
        jit_compile: bool = True,
        name: str = "Lamb",
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
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon

    def _build_slots(self, var_list: list[Any]) -> None:
        self._make_slots(var_list, _momentums="momentum", _velocities="velocity")

    def _hyper(self) -> dict[str, Any]:
        return {"beta_1": self.beta_1, "beta_2": self.beta_2, "epsilon": self.epsilon}

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        own = {name: self._serialize_hyperparameter(value) for name, value in self._hyper().items()}
        return {
            **super().get_config(), "learning_rate": self._serialize_hyperparameter(self._learning_rate), **own,
        }  # fmt: skip


registry.register("optimizer", Lamb, "lamb")
