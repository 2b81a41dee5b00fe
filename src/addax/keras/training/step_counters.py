"""Counters of the steps that a run has made, for users' own: `tf.summary.scalar(..., step=self._train_counter)`."""

from __future__ import annotations

import numpy as np

from addax.core import context
from addax.core.variable import Variable


class StepCounters:
    """The part of a model that counts the steps of a run; counters that nobody asks for are not made."""

    def _step_counter(self, kind: str) -> Variable:
        """The counter of a kind of step ("train", "test", "predict"): an int64 variable, 0 when a run begins."""
        known = self.__dict__.setdefault("_step_counters", {})
        if kind not in known:
            with context.init_scope():
                known[kind] = Variable(np.int64(0), trainable=False, name=f"{kind}_counter")
            if context.state.trace is None:
                self._forget_programs()  # type: ignore[attr-defined]
        return known[kind]

    @property
    def _train_counter(self) -> Variable:
        return self._step_counter("train")

    @property
    def _test_counter(self) -> Variable:
        return self._step_counter("test")

    @property
    def _predict_counter(self) -> Variable:
        return self._step_counter("predict")

    def _count_step(self, kind: str) -> None:
        counter = self.__dict__.get("_step_counters", {}).get(kind)
        if counter is not None:
            counter.assign_add(np.int64(1))

    def _restart_counter(self, kind: str) -> None:
        counter = self.__dict__.get("_step_counters", {}).get(kind)
        if counter is not None:
            counter.assign(np.int64(0))
