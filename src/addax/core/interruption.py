"""Ctrl-C between steps: while variables are being replaced, an interrupt waits until they are whole."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType
from typing import Any


class _State:
    depth = 0  # of `whole_step` in the main thread
    pending = False


def _on_interrupt(number: int, frame: FrameType | None) -> None:
    if _State.depth and not _State.pending:
        _State.pending = True  # raised where the step ends; a second one is raised at once
        return
    _State.pending = False
    signal.default_int_handler(number, frame)


class interruptible:  # noqa: N801 - used like a function, in a with statement
    """While this is entered, Ctrl-C raises KeyboardInterrupt after the running step, and at once outside of steps.

    It does nothing outside of the main thread, and where the program handles SIGINT itself.

    >>> with interruptible():
    ...     pass
    """

    def __enter__(self) -> None:
        self._installed = (
            threading.current_thread() is threading.main_thread()
            and signal.getsignal(signal.SIGINT) is signal.default_int_handler
        )
        if self._installed:
            _State.pending = False
            signal.signal(signal.SIGINT, _on_interrupt)

    def __exit__(self, *exception: Any) -> None:
        if self._installed:
            signal.signal(signal.SIGINT, signal.default_int_handler)


class _WholeStep:
    """A step that an interrupt does not cut in two; see `interruptible`."""

    def __enter__(self) -> None:
        if threading.current_thread() is threading.main_thread():
            _State.depth += 1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if threading.current_thread() is not threading.main_thread():
            return
        _State.depth -= 1
        if _State.pending and not _State.depth and kind is None:
            _State.pending = False
            raise KeyboardInterrupt


whole_step = _WholeStep()
