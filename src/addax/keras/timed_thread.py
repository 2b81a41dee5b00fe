"""A thread that does something every so many seconds, beside training."""

from __future__ import annotations

import logging
import threading
from typing import Any

_log = logging.getLogger("addax")


class TimedThread:
    """Calls `on_interval`, which subclasses write, again and again from a thread of its own.

    Args:
        interval: seconds between the end of one call and the next one; the first call is made at once.
        daemon: whether the program may end while the thread runs.
        group: None, as for `threading.Thread`.
        name: of the thread.

    An exception in `on_interval` ends the thread. As a context manager it runs as long as the block. A callback can be
    one too: inherit from both, and call both constructors.

    >>> import threading
    >>> import addax as tf
    >>> class Count(tf.keras.utils.TimedThread):
    ...     calls, enough = 0, threading.Event()
    ...     def on_interval(self):
    ...         self.calls += 1
    ...         if self.calls == 3:
    ...             self.enough.set()
    >>> with Count(0.001) as thread:
    ...     thread.enough.wait(10)
    True
    """

    def __init__(
        self,
        interval: float,
        *,
        daemon: bool | None = True,
        group: None = None,
        name: str | None = None,
    ) -> None:
        self.interval = interval
        self.daemon = daemon
        self.thread_kwargs: dict[str, Any] = {"group": group, "name": name}
        self.thread: threading.Thread | None = None
        self.thread_stop_event: threading.Event | None = None

    def on_interval(self) -> None:
        """What is done; subclasses write it."""
        raise NotImplementedError(f"{type(self).__name__} is a TimedThread: write its `on_interval(self)`.")

    def start(self) -> None:
        """Start the thread; where it runs already, that is only logged."""
        if self.is_alive():
            _log.warning("Thread is already running.")
            return
        stop = self.thread_stop_event = threading.Event()
        self.thread = threading.Thread(target=self._repeat, args=(stop,), daemon=self.daemon, **self.thread_kwargs)
        self.thread.start()

    def _repeat(self, stop: threading.Event) -> None:
        while not stop.is_set():
            self.on_interval()
            stop.wait(self.interval)

    def stop(self) -> None:
        """Let the thread end after the call that it is in."""
        if self.thread_stop_event is not None:
            self.thread_stop_event.set()

    def is_alive(self) -> bool:
        """Whether the thread runs."""
        return self.thread is not None and self.thread.is_alive()

    def __enter__(self) -> Any:
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()
