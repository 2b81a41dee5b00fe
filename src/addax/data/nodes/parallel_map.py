"""Dataset.map on several threads, for functions that run element by element."""

from __future__ import annotations

import collections
import concurrent.futures
import time
from typing import Any

from addax.data import elements, functions
from addax.data.node import END, NodeIterator
from addax.data.seeds import Pass

_TRIALS = 4  # calls after which it is decided whether threads pay, and again every so many
_FAILED: Any = object()  # in place of an element that the input failed to make
_CHEAP = 0.4e-3  # seconds of a call that is over before another thread would have taken it up


class ParallelMapIterator(NodeIterator):
    """Keeps `threads` calls in flight. Their order is the input's, unless `ordered` is false.

    Where the number of threads is left to us (`tuned`), cheap calls are made on the thread that asks for elements:
    Python runs them one at a time anyway.
    """

    def __init__(
        self, child: NodeIterator, function: functions.UserFunction, run: Pass, threads: int, ordered: bool,
        tuned: bool = False,
    ) -> None:  # fmt: skip
        self._here, self._calls, self._shortest = tuned, 0, float("inf")
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
            try:
                element = self._child.next()
            except Exception as error:  # its turn comes after the elements before it
                failed: concurrent.futures.Future[Any] = concurrent.futures.Future()
                failed.set_exception(error)
                self._pending.append((_FAILED, self._number, failed))
                continue
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

    def _call(self, element: Any) -> Any:
        """Call the function on this thread, and look whether that is right."""
        streams, number = self._streams(), self._number
        self._number += 1
        begun = time.perf_counter()
        try:
            return self._function(element, streams)
        except Exception as error:
            raise functions.explained(error, self._function.who, number, self._function.place) from error
        finally:
            self._shortest = min(self._shortest, time.perf_counter() - begun)
            self._calls += 1
            if self._calls == _TRIALS:
                self._here = self._shortest < _CHEAP
                self._calls, self._shortest = 0, float("inf")

    def next(self) -> Any:
        if self._here and not self._ended:
            element = self._waiting.pop(0) if self._waiting else self._child.next()
            self._ended = element is END
            return END if self._ended else self._call(element)
        self._fill()
        if not self._pending:
            return END
        element, number, future = self._pick()
        try:
            return future.result()
        except Exception as error:
            if element is _FAILED:
                raise
            raise functions.explained(error, self._function.who, number, self._function.place) from error

    def state(self) -> Any:
        taken = [element for element, _, _ in self._pending if element is not _FAILED]
        kept = [elements.to_host(element) for element in taken] + list(self._waiting)
        return {
            "child": self._child.state(), "waiting": kept, "ended": self._ended,
            "number": self._number - len(taken),
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
