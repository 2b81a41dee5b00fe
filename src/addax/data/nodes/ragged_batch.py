"""Dataset.ragged_batch and Dataset.sparse_batch."""

from __future__ import annotations

from typing import Any

from addax.core import dtypes
from addax.core.composite_specs import RaggedTensorSpec, SparseTensorSpec
from addax.core.shapes import TensorShape
from addax.core.spec import TensorSpec
from addax.data import composites, elements
from addax.data.node import END, Node, NodeIterator, WhereItsChildIs, gathered
from addax.data.seeds import Pass


class RaggedBatchNode(Node):
    """Consecutive elements put together; components whose shape varies become ragged tensors."""

    label = "_MapDataset"

    def __init__(self, child: Node, size: int, drop_remainder: bool, splits: Any) -> None:
        super().__init__(child)
        self.size, self.drop, self.splits = size, drop_remainder, dtypes.as_dtype(splits)

    @property
    def spec(self) -> Any:
        size = self.size if self.drop else None
        return elements.map_specs(lambda leaf: self._batched(leaf, size), specs_for(self.inputs[0]))

    def _batched(self, spec: Any, size: int | None) -> Any:
        rank = ragged_rank_of(spec)
        if rank is None:
            return spec._batch(size)
        return RaggedTensorSpec(TensorShape([size]).concatenate(spec.shape), spec.dtype, rank, self.splits)

    def cardinality(self) -> int:
        count = self.inputs[0].cardinality()
        return count if count < 0 else count // self.size if self.drop else -(-count // self.size)

    def iterator(self, run: Pass) -> NodeIterator:
        ranks = [ragged_rank_of(spec) for spec in elements.flatten_specs(specs_for(self.inputs[0]))]

        def put_together(items: list[Any]) -> Any:
            columns = zip(*[elements.flatten(item) for item in items], strict=True)
            made = [
                elements.stack(column, "Dataset.ragged_batch") if rank is None
                else composites.stack_ragged(column, rank - 1, self.splits.np)
                for column, rank in zip(columns, ranks, strict=True)
            ]  # fmt: skip
            return elements.pack_like(items[0], made)

        return CollectIterator(self.inputs[0].stream(run), self.size, self.drop, put_together, whole=True)


def specs_for(node: Node) -> Any:
    """The specs that decide what becomes ragged. Where elements were only looked at, equal shapes may be chance."""
    if node.spec_is_known:
        return node.spec
    return elements.map_specs(
        lambda seen, loose: loose if ragged_rank_of(seen) is None else seen, node.spec, elements.loosened(node.spec)
    )


def ragged_rank_of(spec: Any) -> int | None:
    """The ragged rank of a batch of such elements; None where they can simply be stacked."""
    if type(spec) is not TensorSpec or spec.shape.rank in (None, 0):
        return None
    unknown = [axis for axis, size in enumerate(spec.shape.as_list()) if size is None]
    return unknown[-1] + 1 if unknown else None


class SparseBatchNode(Node):
    """Consecutive elements of one rank put together as sparse tensors."""

    label = "_DenseToSparseBatchDataset"

    def __init__(self, child: Node, size: int, row_shape: Any) -> None:
        super().__init__(child)
        spec = child.spec
        if not isinstance(spec, TensorSpec | SparseTensorSpec):
            raise TypeError(
                f"`dense_to_sparse_batch` requires an input dataset whose elements are tensors, not {spec}."
            )
        self._size, self._row_shape = size, TensorShape(row_shape)

    @property
    def spec(self) -> Any:
        return SparseTensorSpec(TensorShape([None]).concatenate(self._row_shape), self.inputs[0].spec.dtype)

    def cardinality(self) -> int:
        count = self.inputs[0].cardinality()
        return count if count < 0 else -(-count // self._size)

    def iterator(self, run: Pass) -> NodeIterator:
        shape = self._row_shape.as_list()
        rows = Checked(self.inputs[0].stream(run), lambda element: composites.sparse_parts(element, shape))
        return CollectIterator(rows, self._size, False, lambda items: composites.stack_to_sparse(items, shape))


class Checked(WhereItsChildIs):
    """The same elements; one that a function refuses is an error of its own, and what was read before it is gone."""

    def __init__(self, child: NodeIterator, check: Any) -> None:
        self._child, self._check = child, check

    def next(self) -> Any:
        element = self._child.next()
        if element is not END:
            self._check(element)
        return element


class CollectIterator(WhereItsChildIs):
    """Puts consecutive elements together by a function."""

    def __init__(self, child: NodeIterator, size: int, drop: bool, put_together: Any, whole: bool = False) -> None:
        self._child, self._size, self._drop, self._put_together = child, size, drop, put_together
        self._whole = whole  # with an element that fails, all of its batch is left out

    def next(self) -> Any:
        items = gathered(self._child, self._size, self._whole)
        if not items or (self._drop and len(items) < self._size):
            return END
        return self._put_together(items)
