"""Dataset.take."""

from __future__ import annotations

from typing import Any

from addax.data.node import END, INFINITE, Node, NodeIterator, Source
from addax.data.nodes.part import Part
from addax.data.seeds import Pass


class TakeNode(Node):
    """The first `count` elements; all where `count` is negative."""

    label = "_TakeDataset"
    index_only = True

    def __init__(self, child: Node, count: int) -> None:
        super().__init__(child)
        self._count = count

    def cardinality(self) -> int:
        size = self.inputs[0].cardinality()
        if self._count < 0:
            return size
        if size == INFINITE:
            return self._count
        return size if size < 0 else min(size, self._count)

    def source(self) -> Source | None:
        source = self.inputs[0].source()
        if source is None or self._count < 0:
            return source
        return Part(source, limit=self._count)

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
        if self.source() is not None:
            return super().iterator(run)
        child = self.inputs[0]
        if self._count < 0:
            return child.iterator(run)
        return TakeIterator(child.iterator(run), self._count)


class TakeIterator(NodeIterator):
    """Stops after a number of elements."""

    def __init__(self, child: NodeIterator, count: int) -> None:
        self._child = child
        self._left = count

    def next(self) -> Any:
        if not self._left:
            return END
        element = self._child.next()
        self._left = 0 if element is END else self._left - 1
        return element

    def chunk(self, count: int) -> tuple[int, Any]:
        if not self._left:
            return 0, None
        wanted = min(count, self._left)
        got, rows = self._child.chunk(wanted)
        self._left = self._left - got if got == wanted else 0
        return got, rows

    def several(self, count: int) -> tuple[int, Any]:
        got, rows = self._child.several(min(count, self._left)) if self._left else (0, None)
        self._left = self._left - got if got else 0
        return got, rows

    def skip(self, count: int) -> int:
        got = self._child.skip(min(count, self._left))
        self._left -= got
        return got

    def state(self) -> Any:
        return {"left": self._left, "child": self._child.state()}

    def restore(self, state: Any) -> None:
        self._left = int(state["left"])
        self._child.restore(state["child"])

    def close(self) -> None:
        self._child.close()
