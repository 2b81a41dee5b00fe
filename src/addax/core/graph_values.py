"""Values that tensors of a graph have for a moment: while a session runs, or while shapes are found out."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import Any


class _State(threading.local):
    value: Callable[[Any], Any] | None = None  # of a tensor of a graph


state = _State()


class Captured(BaseException):  # noqa: N818  (not to be caught by what runs in between)
    """The value of a tensor is asked for that is no input of the operation yet."""

    def __init__(self, tensor: Any) -> None:
        super().__init__(tensor)
        self.tensor = tensor


@contextlib.contextmanager
def giving(value: Callable[[Any], Any]) -> Iterator[None]:
    """A block in which tensors of graphs have the values that a function gives for them."""
    before, state.value = state.value, value
    try:
        yield
    finally:
        state.value = before
