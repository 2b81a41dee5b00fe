"""Dataset.prefetch."""

from __future__ import annotations

from addax.data import elements
from addax.data.node import Node, NodeIterator, Source
from addax.data.prefetch import Background
from addax.data.seeds import Pass

_AUTOTUNED = 4  # elements ahead where the user leaves it to us


class PrefetchNode(Node):
    """Elements made ahead on a thread. Over arrays in memory there is nothing to wait for, so they pass through."""

    label = "_PrefetchDataset"
    index_only = True

    def __init__(self, child: Node, size: int) -> None:
        super().__init__(child)
        self._size = size

    @property
    def instant(self) -> bool:
        return self.inputs[0].instant

    @property
    def in_blocks(self) -> bool:
        return self.instant and self.inputs[0].in_blocks

    @property
    def behind_prefetch(self) -> Node:
        return self.inputs[0].behind_prefetch

    def how(self) -> str:
        if self.instant or not self._size:
            return "nothing to do: rows in memory"
        thread = "on a thread (its time is the waiting for it)"
        return f"tensors in blocks, arrays {thread}" if self.inputs[0].in_blocks else thread

    def held(self) -> tuple[int, int]:
        ahead = 0 if self.instant else self._size if self._size >= 0 else _AUTOTUNED
        return ahead, ahead * elements.bytes_of(self.spec)

    def source(self) -> Source | None:
        return self.inputs[0].source() if self.instant else None

    @property
    def chunkable(self) -> bool:
        return self.instant and self.inputs[0].chunkable

    @property
    def lookahead(self) -> bool:
        return self.instant and self.inputs[0].lookahead

    def iterator(self, run: Pass) -> NodeIterator:
        child = self.inputs[0]
        if self._size == 0 or self.instant:
            return child.iterator(run)
        return Background(child.stream(run), self._size if self._size > 0 else _AUTOTUNED)
