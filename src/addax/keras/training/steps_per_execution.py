"""How many steps run in one call of the device: given, or found by timing."""

from __future__ import annotations

from typing import Any

import numpy as np

from addax.core import context
from addax.core.variable import Variable


class StepsPerExecution:
    """The part of a model that knows how many steps its compiled chunks have."""

    _given_steps: int | None = None
    _autotune_steps = False

    def _set_steps_per_execution(self, value: Any) -> None:
        """Take the argument of `compile`."""
        self._autotune_steps = value == "auto"
        self._given_steps = None if value in (None, "auto") else int(value)
        self.__dict__["_steps_variable"] = None

    @property
    def _steps_per_execution_fixed(self) -> int | None:
        """The number that was given or assigned; None where it is found by timing."""
        if self._autotune_steps:
            return None
        variable = self.__dict__.get("_steps_variable")
        value = self._given_steps if variable is None else int(variable.numpy())
        return self._given_steps if value == (self._given_steps or 1) else value

    @property
    def steps_per_execution(self) -> Any:
        """The steps of a compiled chunk as an int64 variable, which may be set; None before `compile`.

        Where nothing was given it says 1, and chunks are as long as timing finds best.

        >>> import addax as tf
        >>> model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
        >>> model.compile("sgd", "mse", steps_per_execution=4)
        >>> model.steps_per_execution = 8
        >>> int(model.steps_per_execution)
        8
        """
        if not self._is_compiled and self._given_steps is None:  # type: ignore[attr-defined]
            return None
        if self.__dict__.get("_steps_variable") is None:
            with context.init_scope():
                made = Variable(np.int64(self._given_steps or 1), trainable=False, name="steps_per_execution")
            self.__dict__["_steps_variable"] = made
        return self.__dict__["_steps_variable"]

    @steps_per_execution.setter
    def steps_per_execution(self, value: Any) -> None:
        self._given_steps, self.__dict__["_steps_variable"] = int(value), None

    @property
    def autotune_steps_per_execution(self) -> bool:
        """Whether the steps of a chunk are found by timing though some were given; `compile(..., "auto")` says so."""
        return self._autotune_steps

    @autotune_steps_per_execution.setter
    def autotune_steps_per_execution(self, value: bool) -> None:
        self._autotune_steps = bool(value)
