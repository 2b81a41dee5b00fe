"""A lock that a thread can enter again, and so can threads that work for it while it waits for them."""

from __future__ import annotations

import threading

from addax.core import context


class TracingLock:
    """One thread traces at a time; the threads of replicas count as the one that runs them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._owner: int | None = None
        self._depth = 0

    def __enter__(self) -> None:
        me = context.state.lineage or threading.get_ident()
        if self._owner != me:
            self._lock.acquire()
            self._owner = me
        self._depth += 1

    def __exit__(self, *exc: object) -> None:
        self._depth -= 1
        if not self._depth:
            self._owner = None
            self._lock.release()
