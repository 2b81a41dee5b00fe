"""Dataset.shuffle of elements that come stacked: the buffer is arrays, and many elements leave it at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from addax.data import buffer_bytes, elements
from addax.data.node import END, Node, NodeIterator, pieces
from addax.data.nodes.shuffle_order import Exchange, Order, described, error_of
from addax.data.seeds import Pass

_AT_ONCE = 1024  # elements that leave at most
_BYTES = 1 << 22


class RowShuffle(NodeIterator):
    """A shuffle over an iterator that hands out pieces.

    What leaves the buffer is made a piece ahead, and an error of the input comes when its turn has come.

    Args:
        child: the input, which says `in_pieces`; all its elements are arrays of one shape.
        size: of the buffer.
        run: the pass.
        order: makes the random choices of the pass.
    """

    def __init__(self, child: Node, size: int, run: Pass, order: Callable[[], Order]) -> None:
        self._child = child.iterator(run)
        self._size, self._new_order = size, order
        self._most = max(1, min(_AT_ONCE, _BYTES // (1 + elements.bytes_of(child.spec))))
        self._held = buffer_bytes.HeldBytes("Dataset.shuffle", size)
        self._begun = False

    def _begin(self) -> None:
        self._begun = True
        self._order = self._new_order()
        self._filling: list[Any] | None = []
        self._like: Any = None  # the structure of an element
        self._slots: list[np.ndarray] = []
        self._taken = 0  # picks
        self._drained = False
        self._out, self._count, self._at = None, 0, 0
        self._hole: int | None = None  # the slot that an error left empty
        self._error: Exception | None = None  # the error, until it is raised

    # ------------------------------------------------------------------ the buffer

    def _fill(self) -> None:
        """Fill the buffer. An error on the way leaves what is in it."""
        filling = self._filling
        assert filling is not None
        while self._held.count < self._size:
            got, rows = self._child.piece(min(self._most, self._size - self._held.count))
            if not got:
                self._drained = True
                break
            rows = elements.to_host(rows)
            filling.append(rows)
            self._held.add(got, buffer_bytes.bytes_of(rows))
        self._filling = None
        if filling:
            self._like = filling[0]
            columns = zip(*[_arrays(rows) for rows in filling], strict=True)
            self._slots = [np.concatenate(column) for column in columns]

    def _more(self) -> bool:
        """Let some elements leave; False at the end."""
        if not self._begun:
            self._begin()
        if self._filling is not None:
            self._fill()
        got, rows = (0, None) if self._drained else self._incoming()
        if self._error is not None:
            slot = self._hole = self._order.pick()
            got, leaving = 1, [slots[slot : slot + 1].copy() for slots in self._slots]
            self._taken += 1
        elif got:
            arrays = _arrays(elements.to_host(rows))
            exchange = Exchange(self._order.picks(got))
            self._taken += got
            leaving = [exchange.of(slots, new) for slots, new in zip(self._slots, arrays, strict=True)]
            self._held.add(0, buffer_bytes.bytes_of(tuple(arrays)) - buffer_bytes.bytes_of(tuple(leaving)))
        else:
            self._drained = True
            got = len(self._slots[0]) if self._slots else 0
            if not got:
                return False
            rest = self._order.rest(got)
            leaving, self._slots = [slots[rest] for slots in self._slots], []
        self._out, self._count, self._at = self._whole(leaving), got, 0
        return True

    def _incoming(self) -> tuple[int, Any]:
        """What comes next. An error waits: one element of the buffer comes before it."""
        error, self._error = self._error, None
        if error is not None:
            raise error
        if self._hole is not None:
            self._mend()
        try:
            return (0, None) if self._drained else self._child.piece(self._most)
        except Exception as problem:
            self._error = problem
            return 0, None

    def _mend(self) -> None:
        """Fill the slot that an error left empty."""
        got, rows = self._child.piece(1)
        hole, self._hole = self._hole, None
        self._drained = not got
        if got:
            for slots, new in zip(self._slots, _arrays(elements.to_host(rows)), strict=True):
                slots[hole] = new[0]
        else:
            self._slots = [np.delete(slots, hole, axis=0) for slots in self._slots]

    def _whole(self, arrays: list[np.ndarray]) -> Any:
        rest = iter(arrays)
        leaves = elements.flatten(self._like)
        return elements.pack_like(self._like, [None if leaf is None else next(rest) for leaf in leaves])

    # ------------------------------------------------------------------ reading

    def next(self) -> Any:
        if (not self._begun or self._at == self._count) and not self._more():
            return END
        self._at += 1
        return elements.row(self._out, self._at - 1)

    def piece(self, count: int) -> tuple[int, Any]:
        if (not self._begun or self._at == self._count) and not self._more():
            return 0, None
        first = self._at
        self._at = min(first + count, self._count)
        return self._at - first, elements.slice_rows(self._out, first, self._at)

    def chunk(self, count: int) -> tuple[int, Any]:
        got, parts = pieces(self, count)
        return got, elements.join(parts) if parts else None

    def skip(self, count: int) -> int:
        return self.chunk(count)[0]

    def held(self) -> tuple[int, int]:
        return self._held.most

    # ------------------------------------------------------------------ state

    def state(self) -> Any:
        state: dict[str, Any] = {"begun": self._begun, "child": self._child.state()}
        if self._begun:
            out = elements.slice_rows(self._out, self._at, self._count) if self._at < self._count else None
            like = None if self._like is None else elements.slice_rows(self._like, 0, 0)
            state |= {
                "taken": self._taken, "drained": self._drained, "like": like, "out": out,
                "filling": None if self._filling is None else list(self._filling),
                "hole": self._hole, "error": described(self._error),
                "slots": [slots.copy() for slots in self._slots], "held": [self._held.count, self._held.bytes],
            }  # fmt: skip
        return state

    def restore(self, state: Any) -> None:
        self._child.restore(state["child"])
        self._begun = False
        self._held.clear()
        if not state["begun"]:
            return
        self._begin()
        self._held.add(*[int(number) for number in state["held"]])
        self._taken, self._drained, self._like = int(state["taken"]), bool(state["drained"]), state["like"]
        self._filling = None if state["filling"] is None else list(state["filling"])
        self._slots = [np.array(slots) for slots in state["slots"]]
        self._hole, self._error = state["hole"], error_of(state["error"])
        if self._taken:
            self._order.picks(self._taken)
        if state["out"] is not None:
            self._out, self._at = state["out"], 0
            self._count = len(_arrays(state["out"])[0])

    def close(self) -> None:
        self._child.close()


def _arrays(rows: Any) -> list[np.ndarray]:
    return [leaf for leaf in elements.flatten(rows) if leaf is not None]
