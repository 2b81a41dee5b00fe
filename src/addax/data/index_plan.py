"""The fast path of training: a pipeline over arrays in memory as arrays plus the row numbers of each batch.

The row numbers come from the same pipeline over the numbers 0, 1, 2, ... in place of the arrays, so that order, random
state and edge cases are those of the pipeline itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from addax.data import elements
from addax.data.node import END, Node
from addax.data.nodes.batch import BatchNode
from addax.data.nodes.range import RangeNode
from addax.data.nodes.repeat import RepeatNode
from addax.data.nodes.shuffle import ShuffleNode
from addax.data.nodes.slices import SlicesNode
from addax.data.nodes.zip import ZipNode, pack
from addax.data.seeds import Position


class IndexPlan:
    """A dataset of batches as arrays and row numbers.

    `arrays` is the structure of an element with whole arrays (rows along axis 0) in the places of batches, `size` their
    number of rows; `batch_size`, `drop_remainder` and `cardinality` (in batches, -1 for endless) are the dataset's.
    Each call of `batches()` is a pass.
    """

    def __init__(self, node: Node, batch: BatchNode, arrays: Any, size: int) -> None:
        self._node = node
        self.arrays = arrays
        self.size = size
        self.batch_size = batch.size
        self.drop_remainder = batch.drop_remainder
        self.cardinality = node.cardinality()

    @property
    def regular(self) -> bool:
        """Whether a pass ends, and no batch but its last is smaller than the others."""
        node = self._node
        while not isinstance(node, BatchNode):
            if isinstance(node, RepeatNode | ShuffleNode):
                break
            node = node.inputs[0]
        else:
            return self.cardinality >= 0
        while not isinstance(node, BatchNode):
            node = node.inputs[0]
        rows = node.inputs[0].cardinality()
        return self.cardinality >= 0 and (self.drop_remainder or rows % self.batch_size == 0)

    def batches(self) -> IndexBatches:
        """A new pass: its iterator gives one int64 array of row numbers per batch."""
        return IndexBatches(self._node)

    index_batches = batches


class IndexBatches:
    """One pass over the row numbers of a dataset's batches."""

    def __init__(self, node: Node) -> None:
        self._place = Position(node, singly=False)
        self._iterator = self._place.iterator
        self._in_blocks = node.in_blocks
        self._waiting: np.ndarray | None = None

    def __iter__(self) -> Iterator[np.ndarray]:
        return self

    def __next__(self) -> np.ndarray:
        indices = self._next()
        if indices is None:
            raise StopIteration
        return indices

    def _next(self) -> np.ndarray | None:
        indices, self._waiting = self._waiting, None
        if indices is None:
            element = self._iterator.next()
            indices = None if element is END else np.asarray(element)
        return indices

    def block(self, count: int) -> np.ndarray | None:
        """Up to `count` batches at once.

        Args:
            count: how many batches are wanted.

        Returns:
            Row numbers, int64 [k, batch size] with 1 <= k <= count, all batches of one size: the smaller batch at the
            end of a pass comes alone. None when nothing is left.
        """
        if self._waiting is None and self._in_blocks:
            got, rows = self._iterator.several(count)
            return rows.reshape(got, -1) if got else None
        rows: list[np.ndarray] = []
        while len(rows) < count and (indices := self._next()) is not None:
            if rows and len(indices) != len(rows[0]):
                self._waiting = indices
                break
            rows.append(indices)
        return np.stack(rows) if rows else None

    def get_state(self) -> Any:
        """The position."""
        return {"iterator": self._place.state(), "waiting": self._waiting}

    def set_state(self, state: Any) -> None:
        """Go on from a position."""
        self._place.restore(state["iterator"])
        self._waiting = state["waiting"]


def index_plan(node: Node) -> IndexPlan | None:
    """The plan of a dataset, or None where it is more than picking batches of rows of arrays."""
    batches: list[BatchNode] = []
    chain = [node]
    while True:
        current = chain[-1]
        found = _arrays(current)
        if found is not None:
            break
        if not current.index_only or len(current.inputs) != 1:
            return None
        if isinstance(current, BatchNode):
            batches.append(current)
        chain.append(current.inputs[0])
    if len(batches) != 1:
        return None
    arrays, size = found
    twin: Node = RangeNode(0, size, 1)
    for each in reversed(chain[:-1]):
        twin = each.over(twin)
    return IndexPlan(twin, batches[0], arrays, size)


def _arrays(node: Node) -> tuple[Any, int] | None:
    """(arrays, number of rows) of a node that is nothing but arrays."""
    if isinstance(node, SlicesNode):
        # Strings stay on the host, where the ordinary iterator makes batches of them.
        plain = all(elements.is_array(leaf) and leaf.dtype.kind != "O" for leaf in elements.flatten(node.arrays))
        return (node.arrays, node.cardinality()) if plain else None
    if type(node) is not ZipNode:
        return None
    parts = [_arrays(child) for child in node.inputs]
    if any(part is None for part in parts):
        return None
    size = min(part[1] for part in parts)  # type: ignore[index]
    cut = [a if n == size else elements.slice_rows(a, 0, size) for a, n in parts]  # type: ignore[misc]
    return pack(node.structure, cut), size
