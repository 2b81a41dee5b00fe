"""The layer calls that a thread is inside of, and what `training` is where no call says it."""

from __future__ import annotations

import threading
import weakref
from typing import Any


class Calls(threading.local):
    """The layer calls this thread is inside of."""

    depth = 0
    training: Any = None
    path: tuple[str, ...] = ()
    inferring = 0
    data: Any = None  # (the shape of the data of a step that is traced, what its source tells of it)
    made: list[tuple[Any, str, bool]] | None = None  # weights of a step that is traced: (it, the layer's path, in call)
    losers: weakref.WeakSet[Any] | None = None


calls = Calls()


_learning_phase: bool | None = None


def calls_are_special() -> bool:
    """Whether a layer is being called on this thread, or the learning phase is set."""
    return calls.depth > 0 or _learning_phase is not None


def set_learning_phase(value: Any) -> None:
    """What `training` is where nobody says (Keras's older global switch)."""
    global _learning_phase
    _learning_phase = None if value is None else bool(value)


def global_learning_phase() -> bool | None:
    """What `set_learning_phase` said; None if nothing."""
    return _learning_phase


def learning_phase() -> bool:
    """The current `training` value: of the call we are inside, or the global one (False by default)."""
    return bool(calls.training if calls.training is not None else _learning_phase or False)
