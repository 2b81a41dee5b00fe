"""Legacy Nadam."""

from __future__ import annotations

from typing import Any

import numpy as np

from addax.core.variable import Variable
from addax.keras import registry
from addax.keras.config import epsilon as fuzz
from addax.keras.optimizers.legacy.optimizer import Optimizer
from addax.keras.optimizers.schedules.schedule import LearningRateSchedule
from addax.keras.optimizers.step import true_dtype
from addax.ops import optimizers as rules


class Nadam(Optimizer):
    """Adam with Nesterov momentum; `schedule_decay` (0.004, among **kwargs) is the speed of its momentum's schedule.

    Args:
        learning_rate: a number, a schedule, or a function without arguments.
        beta_1: how much of the mean is kept.
        beta_2: how much of the mean square is kept.
        epsilon: added to the divisor.
        name: of the optimizer.
        **kwargs: see `tf.keras.optimizers.legacy.Optimizer`.

    >>> import addax as tf
    >>> optimizer = tf.keras.optimizers.legacy.Nadam(learning_rate=0.25)
    >>> float(optimizer.lr)
    0.25
    """

    _rule = staticmethod(rules.nadam)
    _advance = staticmethod(rules.nadam_advance)
    _lazy = "param"

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: Any = 0.9,
        beta_2: Any = 0.999,
        epsilon: float = 1e-7,
        name: str = "Nadam",
        **kwargs: Any,
    ) -> None:
        kwargs["decay"] = kwargs.pop("schedule_decay", 0.004)
        if isinstance(kwargs.get("lr", learning_rate), LearningRateSchedule):
            raise ValueError(
                "The Nadam optimizer does not support tf.keras.optimizers.LearningRateSchedules as the learning rate."
            )
        super().__init__(name, **kwargs)
        self._set_hyper("learning_rate", kwargs.get("lr", learning_rate))
        self._set_hyper("decay", self._initial_decay)
        self._set_hyper("beta_1", beta_1)
        self._set_hyper("beta_2", beta_2)
        self.epsilon = epsilon or fuzz()
        self._m_cache: Variable | None = None

    def _create_slots(self, var_list: Any) -> None:
        if self._m_cache is None:
            one = np.ones((), true_dtype(var_list[0]).np)
            self._m_cache = self.add_weight(
                "momentum_cache", (), dtype=true_dtype(var_list[0]), initializer=one, trainable=False
            )
            self._weights.append(self._m_cache)
        for slot in ("m", "v"):
            for variable in var_list:
                self.add_slot(variable, slot)

    def _rule_hyper(self) -> dict[str, Any]:
        self._create_hypers()
        return {
            "beta_1": self._hyper["beta_1"],
            "beta_2": self._hyper["beta_2"],
            "epsilon": self.epsilon,
            "schedule_decay": self._initial_decay,
        }

    def _shared(self) -> Variable | None:
        return self._m_cache

    def _decayed_lr(self, var_dtype: Any) -> Any:
        """The learning rate; `decay` is the momentum's here."""
        return self._get_hyper("learning_rate", var_dtype)

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
            }
        )
        return config


registry.register("legacy_optimizer", Nadam, "nadam")
