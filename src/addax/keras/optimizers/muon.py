"""Muon: an optimizer of Keras 3."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from addax.core.variable import Variable
from addax.formats.patterns import check_patterns
from addax.keras import registry
from addax.keras.optimizers.rule import RuleOptimizer
from addax.ops.muon import muon


class Muon(RuleOptimizer):
    """Momentum made orthogonal, for hidden matrices; all other variables take Adam's steps (Jordan 2024).

    Variables of other ranks than 2, embeddings, and what `exclude_layers` names are Adam's. Name the last layer there.

    Args:
        learning_rate: a number, or a schedule.
        adam_beta_1: how much of the mean of gradients Adam keeps.
        adam_beta_2: how much of the mean of their squares Adam keeps.
        adam_weight_decay: the weight decay of Adam's variables.
        epsilon: Adam's.
        weight_decay: that of the other variables.
        clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum, ema_overwrite_frequency, jit_compile, name,
            **kwargs: see `tf.keras.optimizers.Optimizer`.
        exclude_layers: regular expressions; variables in whose names one is found are Adam's.
        exclude_embeddings: whether variables with "embedding" in their names are Adam's.
        muon_a, muon_b, muon_c: factors of the iteration that makes matrices orthogonal.
        adam_lr_ratio: Adam's learning rate over `learning_rate`.
        momentum: how much of the momentum is kept.
        ns_steps: how many iterations.
        nesterov: whether the step looks ahead by the momentum.
        rms_rate: how large elements of the step are (Liu et al. 2025); None to leave the orthogonal matrix as it is.

    Source: https://kellerjordan.github.io/posts/muon, https://arxiv.org/abs/2502.16982.

    >>> import addax as tf
    >>> v = tf.Variable([[1.0, 0.0], [0.0, 1.0]], name="kernel")
    >>> optimizer = tf.keras.optimizers.Muon(0.5, weight_decay=None)
    >>> _ = optimizer.apply_gradients([(tf.constant([[1.0, 0.0], [0.0, 1.0]]), v)])
    >>> float(v[0, 0]) < 1.0
    True
    """

    _in_keras3_alone = True
    _rule = staticmethod(muon)

    def __init__(
        self,
        learning_rate: Any = 0.001,
        adam_beta_1: Any = 0.9,
        adam_beta_2: Any = 0.999,
        adam_weight_decay: float | None = 0.004,
        epsilon: Any = 1e-7,
        weight_decay: float | None = 0.004,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None,
        jit_compile: bool = True,
        name: str = "Muon",
        exclude_layers: Sequence[str] | None = None,
        exclude_embeddings: bool = True,
        muon_a: float = 3.4445,
        muon_b: float = -4.7750,
        muon_c: float = 2.0315,
        adam_lr_ratio: float = 1,
        momentum: float = 0.95,
        ns_steps: int = 5,
        nesterov: bool = True,
        rms_rate: float | None = 0.2,
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
        self.adam_beta_1 = adam_beta_1
        self.adam_beta_2 = adam_beta_2
        self.adam_weight_decay = adam_weight_decay
        self.epsilon = epsilon
        self.exclude_layers = list(exclude_layers or ())
        self.exclude_embeddings = exclude_embeddings
        self.muon_a = muon_a
        self.muon_b = muon_b
        self.muon_c = muon_c
        self.adam_lr_ratio = adam_lr_ratio
        self.momentum = momentum
        self.ns_steps = ns_steps
        self.nesterov = nesterov
        self.rms_rate = rms_rate

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> Any:
        """An optimizer of a config that `get_config` gave, which may come from a file.

        Raises:
            ValueError: a pattern of `exclude_layers` that may take for ever.
        """
        check_patterns(config.get("exclude_layers") or (), "Muon", "exclude_layers")
        return super().from_config(config, custom_objects)

    def _should_use_adamw(self, variable: Any) -> bool:
        name = variable.name.removesuffix(":0")
        if len(variable.shape) != 2 or (self.exclude_embeddings and "embedding" in name.lower()):
            return True
        return any(re.search(each, name) for each in self.exclude_layers)

    def _build_slots(self, var_list: list[Any]) -> None:
        self.momentums: list[Variable] = []
        self.adam_velocities: list[Variable | None] = []  # None for variables that are Muon's
        for variable in var_list:
            self.momentums.append(self.add_variable_from_reference(variable, "momentum"))
            adams = self._should_use_adamw(variable)
            self.adam_velocities.append(self.add_variable_from_reference(variable, "velocity") if adams else None)

    def _slots_of(self, index: int) -> tuple[Variable, ...]:
        velocity = self.adam_velocities[index]
        return (self.momentums[index],) if velocity is None else (self.momentums[index], velocity)

    def _decays(self, variables: Sequence[Any]) -> tuple[float, ...] | None:
        """The weight decay of each variable, Muon's or Adam's."""
        if not self.weight_decay and not self.adam_weight_decay:
            return None
        amounts = [self.adam_weight_decay if self._should_use_adamw(each) else self.weight_decay for each in variables]
        return tuple(
            [float(amount or 0) if self._use_weight_decay(each) else 0.0
             for amount, each in zip(amounts, variables, strict=True)]
        )  # fmt: skip

    def _numbers(self) -> dict[str, Any]:
        """The rule's hyperparameters as the constructor knows them."""
        return {
            "adam_beta_1": self.adam_beta_1, "adam_beta_2": self.adam_beta_2, "epsilon": self.epsilon,
            "muon_a": self.muon_a, "muon_b": self.muon_b, "muon_c": self.muon_c, "adam_lr_ratio": self.adam_lr_ratio,
            "momentum": self.momentum, "ns_steps": self.ns_steps, "nesterov": self.nesterov,
            "rms_rate": self.rms_rate,
        }  # fmt: skip

    def _hyper(self) -> dict[str, Any]:
        return {**self._numbers(), "rms_rate": -1.0 if self.rms_rate is None else self.rms_rate}

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        numbers = {name: self._serialize_hyperparameter(value) for name, value in self._numbers().items()}
        return {
            **super().get_config(),
            "learning_rate": self._serialize_hyperparameter(self._learning_rate),
            **numbers,
            "adam_weight_decay": self.adam_weight_decay,
            "exclude_layers": self.exclude_layers,
            "exclude_embeddings": self.exclude_embeddings,
        }


registry.register("optimizer", Muon, "muon")
