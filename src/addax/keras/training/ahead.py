"""Programs made before they are needed: Python traces what comes next while XLA compiles or the device runs.

The first epoch of `fit` needs up to four programs: for whole batches and for the last, smaller one, of training and of
validation. Made one after the other they take longer than a short epoch.
"""

from __future__ import annotations

import collections
import contextlib
from collections.abc import Callable
from typing import Any

from addax.core.repeat import Repeated
from addax.keras.callbacks import Callback, LambdaCallback
from addax.keras.training.data import Rows
from addax.keras.training.loop import Pass
from addax.keras.training.steps import Steps

_OWN_STEPS = ("train_step", "test_step", "compute_loss", "compute_metrics")
_CACHED = 0.03  # seconds in which a program is there if an earlier process compiled it


class Ahead:
    """What can be made while the first epoch begins.

    Args:
        model: of which nothing is compiled yet.
        validation: the arrays that the first epoch is validated on, if any.
    """

    def __init__(self, model: Any, validation: Rows | None) -> None:
        self._model, self._validation = model, validation
        self._jobs: collections.deque[Callable[[], None]] = collections.deque()

    def begin(self, program: Repeated, rows: Rows, order: Any, training: Pass) -> None:
        """Compile the program of the first steps, and make others for as long as that takes."""
        program.prepare(rows.on_device(), order)
        self._jobs.append(lambda: training.make_tail(rows))
        if self._validation is not None:
            self._jobs.extend(_of_validation(self._model, self._validation))
        if not program.ready(_CACHED):
            self.work(program.ready)

    def work(self, until: Callable[[], bool]) -> bool:
        """Make programs until the condition holds; whether there was anything to make."""
        worked = False
        while self._jobs and not until():
            with contextlib.suppress(Exception):  # what fails here fails again, where the user expects it
                self._jobs.popleft()()
            worked = True
        return worked


def ahead(model: Any, source: Any, validation: Any, limit: Any, callbacks: Any) -> Ahead | None:
    """The programs that `fit` may make ahead of their time; None where somebody could tell when they were traced."""
    if not isinstance(source, Rows) or limit is not None or model.run_eagerly or model._programs.has("train"):
        return None
    if any(getattr(type(model), name) is not getattr(Steps, name) for name in _OWN_STEPS):
        return None
    if any(_is_of_the_user(callback) for callback in callbacks):
        return None
    return Ahead(model, validation if isinstance(validation, Rows) else None)


def _is_of_the_user(callback: Any) -> bool:
    return isinstance(callback, LambdaCallback) or not (
        isinstance(callback, Callback) and type(callback).__module__.startswith(__package__.partition(".")[0] + ".")
    )


def _of_validation(model: Any, rows: Rows) -> list[Callable[[], None]]:
    def testing() -> Pass:
        return Pass(model, "test", lambda step: 1, lambda step: None, lambda step, result: None)

    return [lambda: testing().make_full(rows), lambda: testing().make_tail(rows)]
