"""Dataset.skip."""

from __future__ import annotations

from typing import Any

from addax.data.node import END, Node, NodeIterator, Source
from addax.data.nodes.part import Part
from addax.data.seeds import Pass


class SkipNode(Node):
    """All but the first `count` elements; none where `count` is negative."""

    label = "_SkipDataset"
    index_only = True

    def __init__(self, child: Node, count: int) -> None:
        super().__init__(child)
        self._count = count

    def cardinality(self) -> int:
        size = self.inputs[0].cardinality()
        if size < 0:
            return size
        return 0 if self._count < 0 else max(0, size - self._count)

    def source(self) -> Source | None:
        source = self.inputs[0].source()
        if source is None:
            return None
        return Part(source, limit=0) if self._count < 0 else Part(source, self._count)

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
        return SkipIterator(self.inputs[0].iterator(run), self._count)


class SkipIterator(NodeIterator):
    """Passes over the first elements when the first one is asked for."""

    def __init__(self, child: NodeIterator, count: int) -> None:
        self._child = child
        self._count = count
        self._ready = False

    def _skip_first(self) -> bool:
        if self._count < 0:
            return False
        if not self._ready:
            self._child.skip(self._count)  # after an error, all of it again, as TensorFlow does
            self._ready = True
        return True

    def next(self) -> Any:
        return self._child.next() if self._skip_first() else END

    def chunk(self, count: int) -> tuple[int, Any]:
        return self._child.chunk(count) if self._skip_first() else (0, None)

    def several(self, count: int) -> tuple[int, Any]:
        return self._child.several(count) if self._skip_first() else (0, None)

    def skip(self, count: int) -> int:
        return self._child.skip(count) if self._skip_first() else 0

    def state(self) -> Any:
        return {"ready": self._ready, "child": self._child.state()}

    def restore(self, state: Any) -> None:
        self._ready = bool(state["ready"])
        self._child.restore(state["child"])

    def close(self) -> None:
        self._child.close()
