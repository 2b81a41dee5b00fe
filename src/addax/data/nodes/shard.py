"""Dataset.shard."""

from __future__ import annotations

from typing import Any

from addax.core import errors
from addax.data import elements
from addax.data.node import END, Node, NodeIterator, Source
from addax.data.nodes.part import Part
from addax.data.seeds import Pass


class ShardNode(Node):
    """Every `count`-th element, beginning with element `index`."""

    label = "_ShardDataset"
    index_only = True

    def __init__(self, child: Node, count: int, index: int) -> None:
        super().__init__(child)
        self._count = count
        self._index = index

    def cardinality(self) -> int:
        size = self.inputs[0].cardinality()
        return size if size < 0 else max(0, -((self._index - size) // self._count))

    def source(self) -> Source | None:
        source = self.inputs[0].source()
        return None if source is None else Part(source, self._index, self._count)

    @property
    def chunkable(self) -> bool:
        return self.inputs[0].chunkable

    @property
    def lookahead(self) -> bool:
        return self.inputs[0].lookahead

    def iterator(self, run: Pass) -> NodeIterator:
        if self.source() is not None:
            return super().iterator(run)
        return ShardIterator(self.inputs[0].iterator(run), self._count, self._index)


class ShardHintNode(Node):
    """The place where a dataset is to be divided among workers, by whoever knows how many there are."""

    label = "_ShardDataset"

    def iterator(self, run: Pass) -> NodeIterator:
        raise errors.InvalidArgumentError(
            None, None,
            "Dataset.shard: expected num_shards of at least 1; SHARD_HINT is replaced only where a dataset is divided "
            "among workers (tf.data.experimental.service.ShardingPolicy.HINT).",
        )  # fmt: skip


class ShardIterator(NodeIterator):
    """Reads groups of `count` elements and keeps one of each."""

    def __init__(self, child: NodeIterator, count: int, index: int) -> None:
        self._child, self._count, self._index = child, count, index
        self._at = 0  # the place in its group of the element that is next; one that fails has none

    def next(self) -> Any:
        before = (self._index - self._at) % self._count
        if self._child.skip(before) < before:
            return END
        self._at = self._index
        element = self._child.next()
        if element is not END:
            self._at = (self._index + 1) % self._count
        return element

    def chunk(self, count: int) -> tuple[int, Any]:
        self._child.skip(-self._at % self._count)
        self._at = 0
        got, rows = self._child.chunk(count * self._count)
        if got <= self._index:
            return 0, None
        kept = elements.apply(lambda leaf: leaf[self._index :: self._count], rows)
        return -((self._index - got) // self._count), kept

    def state(self) -> Any:
        return {"child": self._child.state(), "at": self._at}

    def restore(self, state: Any) -> None:
        self._child.restore(state["child"])
        self._at = int(state["at"])

    def close(self) -> None:
        self._child.close()
