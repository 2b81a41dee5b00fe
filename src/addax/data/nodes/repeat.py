"""Dataset.repeat."""

from __future__ import annotations

from typing import Any

import numpy as np

from addax.data import elements
from addax.data.node import END, INFINITE, UNKNOWN, Node, NodeIterator, Source
from addax.data.seeds import Pass


class _Repeated(Source):
    def __init__(self, source: Source, count: int) -> None:
        self._source = source
        self._length = source.size
        self.size = INFINITE if count < 0 and source.size else source.size * max(count, 0)

    def gather(self, indices: np.ndarray) -> Any:
        return self._source.gather(indices % self._length)

    def rows(self, start: int, stop: int) -> Any:
        first = start // self._length
        if stop <= (first + 1) * self._length:
            return self._source.rows(start - first * self._length, stop - first * self._length)
        return self.gather(np.arange(start, stop))


class RepeatNode(Node):
    """The elements of the input `count` times, or for ever where `count` is negative."""

    label = "_RepeatDataset"
    index_only = True

    def __init__(self, child: Node, count: int) -> None:
        super().__init__(child)
        self._count = count

    def cardinality(self) -> int:
        size = self.inputs[0].cardinality()
        if self._count == 0 or size == 0:
            return 0
        if self._count < 0:
            return INFINITE if size != UNKNOWN else (INFINITE if self._count < 0 else UNKNOWN)
        return size if size < 0 else size * self._count

    def source(self) -> Source | None:
        source = self.inputs[0].source()
        if source is None:
            return None
        return source if source.size == INFINITE and self._count else _Repeated(source, self._count)

    @property
    def chunkable(self) -> bool:
        return self.inputs[0].chunkable

    @property
    def lookahead(self) -> bool:
        return self.inputs[0].lookahead

    @property
    def in_blocks(self) -> bool:
        return self.inputs[0].in_blocks

    def iterator(self, run: Pass) -> NodeIterator:
        return super().iterator(run) if self.source() is not None else RepeatIterator(self.inputs[0], self._count, run)


class RepeatIterator(NodeIterator):
    """Begins a new pass over the input each time one ends."""

    def __init__(self, node: Node, count: int, run: Pass) -> None:
        self._node, self._run = node, run
        self._count = count
        self._done = 0  # passes finished
        self._seen = False  # whether this pass has had an element: an empty input ends even an endless repeat
        self._child: NodeIterator | None = None

    def _current(self) -> NodeIterator | None:
        if self._child is None:
            if self._done == self._count:
                return None
            self._child = self._node.iterator(self._run.within(self._done))
            self._seen = False
        return self._child

    def _pass_ends(self) -> None:
        assert self._child is not None
        self._child.close()
        self._child = None
        self._done = self._done + 1 if self._seen or self._count >= 0 else self._count

    def next(self) -> Any:
        while (child := self._current()) is not None:
            element = child.next()
            if element is not END:
                self._seen = True
                return element
            self._pass_ends()
        return END

    def chunk(self, count: int) -> tuple[int, Any]:
        parts, have = [], 0
        while have < count and (child := self._current()) is not None:
            got, rows = child.chunk(count - have)
            if got:
                self._seen = True
                parts.append(rows)
                have += got
            if have < count:
                self._pass_ends()
        return have, elements.join(parts) if parts else None

    def several(self, count: int) -> tuple[int, Any]:
        while (child := self._current()) is not None:
            got, rows = child.several(count)
            if got:
                self._seen = True
                return got, rows
            self._pass_ends()
        return 0, None

    def skip(self, count: int) -> int:
        have = 0
        while have < count and (child := self._current()) is not None:
            got = child.skip(count - have)
            self._seen = self._seen or got > 0
            have += got
            if have < count:
                self._pass_ends()
        return have

    def state(self) -> Any:
        child = None if self._child is None else self._child.state()
        return {"done": self._done, "seen": self._seen, "child": child}

    def restore(self, state: Any) -> None:
        self.close()
        self._done, self._seen, self._child = int(state["done"]), bool(state["seen"]), None
        if state["child"] is not None:
            self._child = self._node.iterator(self._run.within(self._done))
            self._child.restore(state["child"])

    def close(self) -> None:
        if self._child is not None:
            self._child.close()
