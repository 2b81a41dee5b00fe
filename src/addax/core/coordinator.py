"""tf.train.Coordinator: stops several threads together, and hands the error of one on."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any

from addax.core import errors

_Raised = BaseException | tuple[type[BaseException], BaseException, TracebackType | None]


class Coordinator:
    """Lets threads ask each other to stop, and wait for it.

    Args:
        clean_stop_exception_types: errors that mean "finished" rather than "failed"; OutOfRangeError by default.

    >>> import addax as tf, threading
    >>> coordinator = tf.train.Coordinator()
    >>> def work():
    ...     while not coordinator.should_stop():
    ...         coordinator.request_stop()
    >>> thread = threading.Thread(target=work)
    >>> thread.start()
    >>> coordinator.join([thread])
    >>> coordinator.joined
    True
    """

    def __init__(self, clean_stop_exception_types: Any = None) -> None:
        kinds = (errors.OutOfRangeError,) if clean_stop_exception_types is None else clean_stop_exception_types
        self._clean: tuple[type[BaseException], ...] = tuple(kinds)
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._raised: BaseException | None = None
        self._joined = False
        self._registered: set[threading.Thread] = set()

    def request_stop(self, ex: _Raised | None = None) -> None:
        """Ask the threads to stop.

        Args:
            ex: the error that is the reason, or what `sys.exc_info()` gave; `join` raises it.

        Raises:
            TypeError: something that is no error.
        """
        error = ex[1] if isinstance(ex, tuple) else ex
        if error is not None and not isinstance(error, BaseException):
            raise TypeError(f"Coordinator.request_stop: expected an exception; received {error!r:.80}.")
        with self._lock:
            if self._joined:
                if error is not None and not isinstance(error, self._clean):
                    raise error
                return
            if not self._stop.is_set() and error is not None and not isinstance(error, self._clean):
                self._raised = error
            self._stop.set()

    def clear_stop(self) -> None:
        """Begin anew, after threads have stopped."""
        with self._lock:
            self._joined, self._raised = False, None
            self._stop.clear()

    def should_stop(self) -> bool:
        """Whether somebody asked to stop."""
        return self._stop.is_set()

    @contextmanager
    def stop_on_exception(self) -> Iterator[None]:
        """Ask everybody to stop when the code inside raises; the error is kept for `join`."""
        try:
            yield
        except Exception as error:
            self.request_stop(error)

    def wait_for_stop(self, timeout: float | None = None) -> bool:
        """Wait until somebody asks to stop, or so many seconds; returns whether to stop."""
        return self._stop.wait(timeout)

    def register_thread(self, thread: threading.Thread) -> None:
        """Have `join` wait for a thread."""
        with self._lock:
            self._registered.add(thread)

    def join(
        self,
        threads: Iterable[threading.Thread] | None = None,
        stop_grace_period_secs: float = 120,
        ignore_live_threads: bool = False,
    ) -> None:
        """Wait until all threads have ended, and raise the error that one of them handed in.

        Args:
            threads: threads to wait for, besides those that are registered.
            stop_grace_period_secs: how long they may go on after somebody asked to stop, in seconds.
            ignore_live_threads: whether threads that go on longer are no error.

        Raises:
            RuntimeError: threads go on longer.
        """
        with self._lock:
            waited = self._registered | set(threads or ())
        while any(thread.is_alive() for thread in waited) and not self._stop.wait(0.05):
            pass
        deadline = time.monotonic() + stop_grace_period_secs
        for thread in waited:
            if thread is not threading.current_thread() and thread.ident is not None:
                thread.join(max(0.0, deadline - time.monotonic()))
        late = [thread.name for thread in waited if thread.is_alive()]
        with self._lock:
            self._joined, self._registered = True, set()
            if self._raised is not None:
                raise self._raised
        if late and not ignore_live_threads:
            raise RuntimeError(f"Coordinator stopped with threads still running: {' '.join(late)}")

    @property
    def joined(self) -> bool:
        """Whether `join` has ended."""
        return self._joined

    def raise_requested_exception(self) -> None:
        """Raise the error that was handed in, if there is one."""
        with self._lock:
            if self._raised is not None:
                raise self._raised
