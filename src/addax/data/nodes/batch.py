"""Dataset.batch."""

from __future__ import annotations

from typing import Any

from addax.data import elements
from addax.data.node import END, Node, NodeIterator, WhereItsChildIs, gathered
from addax.data.nodes.map import MapNode
from addax.data.prefetch import Background
from addax.data.seeds import Pass


class BatchNode(Node):
    """Consecutive elements stacked along a new first axis."""

    label = "_BatchDataset"
    index_only = True

    def __init__(self, child: Node, size: int, drop_remainder: bool, ahead: bool = False) -> None:
        super().__init__(child)
        self.size = size
        self.drop_remainder = drop_remainder
        self._ahead = ahead  # make batches on a thread
        if ahead:
            self.label = "_ParallelBatchDataset"

    @property
    def spec(self) -> Any:
        return elements.batch_spec(self.inputs[0].spec, self.size if self.drop_remainder else None)

    def cardinality(self) -> int:
        size = self.inputs[0].cardinality()
        if size < 0:
            return size
        return size // self.size if self.drop_remainder else -(-size // self.size)

    @property
    def in_blocks(self) -> bool:
        return self.inputs[0].chunkable and self.inputs[0].lookahead

    def how(self) -> str:
        if self.inputs[0].chunkable:
            return "on stacked elements"
        return "element by element" + (", on a thread" if self._ahead else "")

    def iterator(self, run: Pass) -> NodeIterator:
        child = self.inputs[0]
        if child.chunkable:
            return ChunkBatchIterator(child.iterator(run), self.size, self.drop_remainder)
        spec = child.spec if child.spec_is_known else None
        # TensorFlow fuses a map with the batch behind it: a batch that fails is gone as a whole.
        whole = isinstance(child, MapNode) and not self._ahead
        batches = BatchIterator(child.stream(run), self.size, self.drop_remainder, spec, whole)
        return Background(batches, 2) if self._ahead else batches


class ChunkBatchIterator(NodeIterator):
    """Batches of an iterator that hands out stacked elements: a batch is what it hands out."""

    def __init__(self, child: NodeIterator, size: int, drop_remainder: bool) -> None:
        self._child, self._size, self._drop = child, size, drop_remainder
        self._rest: Any = None  # the smaller batch at the end, once it came with the batches before it

    def next(self) -> Any:
        if self._rest is not None:
            rest, self._rest = self._rest, None
            return rest
        count, rows = self._child.chunk(self._size)
        return END if not count or (self._drop and count < self._size) else rows

    def several(self, count: int) -> tuple[int, Any]:
        if self._rest is not None:
            return 1, self.next()
        got, rows = self._child.chunk(count * self._size)
        full, rest = divmod(got, self._size)
        if not rest:
            return full, rows
        if not self._drop:
            if not full:
                return 1, rows
            self._rest = elements.slice_rows(rows, got - rest, got)
        return full, elements.slice_rows(rows, 0, got - rest) if full else None

    def skip(self, count: int) -> int:
        if self._rest is not None and count:
            self._rest = None
            return 1
        got = self._child.skip(count * self._size)
        return got // self._size if self._drop else -(-got // self._size)

    def state(self) -> Any:
        return {"child": self._child.state(), "rest": None if self._rest is None else elements.to_host(self._rest)}

    def restore(self, state: Any) -> None:
        self._child.restore(state["child"])
        self._rest = state["rest"]

    def close(self) -> None:
        self._child.close()


class BatchIterator(WhereItsChildIs):
    """Stacks elements that come one by one.

    Args:
        child: the elements.
        size: how many make a batch.
        drop_remainder: leave out a smaller batch at the end.
        spec: of an element, where it is known.
        whole: whether, with an element that fails, all of its batch is left out.
    """

    def __init__(
        self, child: NodeIterator, size: int, drop_remainder: bool, spec: Any = None, whole: bool = False
    ) -> None:
        self._child, self._size, self._drop, self._spec = child, size, drop_remainder, spec
        self._whole = whole

    def next(self) -> Any:
        items = gathered(self._child, self._size, self._whole)
        if not items or (self._drop and len(items) < self._size):
            return END
        return elements.stack(items, "Dataset.batch", self._spec)

    def skip(self, count: int) -> int:
        got = self._child.skip(count * self._size)
        return got // self._size if self._drop else -(-got // self._size)
