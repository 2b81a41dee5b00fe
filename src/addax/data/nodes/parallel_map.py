"""Dataset.map on several threads, for functions that run element by element."""

from __future__ import annotations

import collections
import concurrent.futures
from typing import Any

from addax.data import elements, functions
from addax.data.node import END, NodeIterator
from addax.data.seeds import Pass


class ParallelMapIterator(NodeIterator):
    """Keeps `threads` calls in flight. Their order is the input's, unless `ordered` is false."""

    def __init__(
        self, child: NodeIterator, function: functions.UserFunction, run: Pass, threads: int, ordered: bool
    ) -> None:
        self._child, self._function, self._run = child, function, run
        self._threads, self._ordered = threads, ordered
        self._pool: concurrent.futures.ThreadPoolExecutor | None = None
        self._pending: collections.deque[tuple[Any, int, concurrent.futures.Future[Any]]] = collections.deque()
        self._waiting: list[Any] = []  # elements restored from a state, to be submitted first
        self._ended = False
        self._number = 0

    def _submit(self, element: Any) -> None:
        if self._pool is None:
            # The pool's threads end when the pool is collected, and this iterator is what holds it.
            self._pool = concurrent.futures.ThreadPoolExecutor(self._threads, thread_name_prefix="addax map")
        self._pending.append((element, self._number, self._pool.submit(self._function, element, self._streams())))
        self._number += 1

    def _streams(self) -> functions.Streams | None:
        """Random streams of one call, which depend on the element's number and not on the order of calls."""
        if self._function.seeds is None:
            return None
        return functions.Streams([*self._run.key(self._function), self._number])

    def _fill(self) -> None:
        while self._waiting:
            self._submit(self._waiting.pop(0))
        while not self._ended and len(self._pending) < 2 * self._threads:
            element = self._child.next()
            if element is END:
                self._ended = True
            else:
                self._submit(element)

    def _pick(self) -> tuple[Any, int, concurrent.futures.Future[Any]]:
        if self._ordered or self._pending[0][2].done():
            return self._pending.popleft()
        futures = [entry[2] for entry in self._pending]
        done, _ = concurrent.futures.wait(futures, return_when=concurrent.futures.FIRST_COMPLETED)
        place = next(place for place, future in enumerate(futures) if future in done)
        entry = self._pending[place]
        del self._pending[place]
        return entry

    def next(self) -> Any:
        self._fill()
        if not self._pending:
            return END
        _, number, future = self._pick()
        try:
            return future.result()
        except Exception as error:
            raise functions.explained(error, self._function.who, number, self._function.place) from error

    def state(self) -> Any:
        kept = [elements.to_host(element) for element, _, _ in self._pending] + list(self._waiting)
        return {
            "child": self._child.state(), "waiting": kept, "ended": self._ended,
            "number": self._number - len(self._pending),
        }  # fmt: skip

    def restore(self, state: Any) -> None:
        for _, _, future in self._pending:
            future.cancel()
        self._pending.clear()
        self._child.restore(state["child"])
        self._waiting = list(state["waiting"])
        self._ended, self._number = bool(state["ended"]), int(state["number"])

    def close(self) -> None:
        self._child.close()
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = None
