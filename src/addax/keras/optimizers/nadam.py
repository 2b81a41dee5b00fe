"""Nadam."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from addax.core import context
from addax.core.variable import Variable
from addax.keras import registry
from addax.keras.optimizers.rule import RuleOptimizer
from addax.keras.optimizers.step import true_dtype
from addax.ops import optimizers as rules


class Nadam(RuleOptimizer):
    """Adam with Nesterov momentum (Dozat 2016).

    The product of momenta grows by one factor a step where it runs eagerly, and by a factor at each variable in
    compiled steps (`fit`, `tf.function`), so that their first steps are of another size. Both are Keras 2's numbers.

    Args:
        learning_rate: a number, or a schedule.
        beta_1: how much of the mean is kept.
        beta_2: how much of the mean square is kept.
        epsilon: added to the root of the mean square (the paper's "epsilon hat").
        weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum, ema_overwrite_frequency, jit_compile,
            name, **kwargs: see `tf.keras.optimizers.Optimizer`.

    >>> import addax as tf
    >>> v = tf.Variable([1.0])
    >>> optimizer = tf.keras.optimizers.Nadam(0.5)
    >>> _ = optimizer.apply_gradients([(tf.constant([1.0]), v)])
    >>> round(float(v[0]), 4)
    0.4686
    """

    _rule = staticmethod(rules.nadam)
    _advance = staticmethod(rules.nadam_advance)
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
        name: str = "Nadam",
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
        self._built_in_trace = False

    def _build_slots(self, var_list: list[Any]) -> None:
        # Not among `variables`, as in Keras; checkpoints find it as an attribute.
        self._u_product = Variable(np.ones((), true_dtype(var_list[0]).np), trainable=False)
        self._make_slots(var_list, _momentums="m", _velocities="v")

    def _build_scoped(self, variables: list[Any], name: str | None, scoped: bool = True) -> None:
        if not getattr(self, "_built", False):
            self._built_in_trace = context.state.trace is not None
        super()._build_scoped(variables, name, scoped)

    def _hyper(self) -> dict[str, Any]:
        return {"beta_1": self.beta_1, "beta_2": self.beta_2, "epsilon": self.epsilon}

    def _shared(self) -> Variable | None:
        return self._u_product

    def _spec(self, variables: list[Any], whole: bool) -> tuple[rules.StepSpec, dict[str, Any]]:
        spec, dynamic = super()._spec(variables, whole)
        if whole and context.state.trace is not None:
            spec = spec._replace(advance=self._advance_traced(), advance_each=True)
        return spec, dynamic

    def _advance_traced(self) -> Callable[..., Any]:
        """What Keras 2 makes of the product: it traces twice what makes variables, as `fit` and first steps do."""
        trace = context.state.trace
        in_function = trace is not None and (trace.offers_graph or trace.recorder is not None)
        once = in_function and not self._built_in_trace
        return rules.nadam_advance_traced_once if once else rules.nadam_advance_traced

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        config = super().get_config()
        config.update(
            {
                "learning_rate": self._serialize_hyperparameter(self._learning_rate),
                "beta_1": self._serialize_hyperparameter(self.beta_1),
                "beta_2": self._serialize_hyperparameter(self.beta_2),
                "epsilon": self._serialize_hyperparameter(self.epsilon),
            }
        )
        return config


registry.register("optimizer", Nadam, "nadam")
