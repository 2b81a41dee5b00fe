"""Dataset.unbatch and Dataset.rebatch."""

from __future__ import annotations

from typing import Any

import numpy as np

from addax.core import errors
from addax.core.composite_specs import SparseTensorSpec
from addax.core.spec import NoneTensorSpec, TensorSpec
from addax.data import buffer_bytes, composites, elements
from addax.data.node import END, INFINITE, UNKNOWN, Node, NodeIterator
from addax.data.seeds import Pass


class UnbatchNode(Node):
    """The rows of the elements."""

    label = "_UnbatchDataset"

    def __init__(self, child: Node) -> None:
        super().__init__(child)
        for leaf in elements.flatten_specs(child.spec):
            shape = getattr(leaf, "shape", None)  # None: extension types look at the specs of their fields
            if shape is not None and shape.rank == 0:
                raise ValueError("Unbatching a tensor is only supported for rank >= 1")
        sizes = {
            leaf.shape[0]
            for leaf in elements.flatten_specs(child.spec)
            if isinstance(leaf, TensorSpec) and leaf.shape.rank
        }
        if len(sizes - {None}) > 1:
            known = sorted(sizes - {None})
            raise ValueError(f"Dataset.unbatch: Dimensions {known[0]} and {known[1]} are not compatible")
        self._spec = elements.map_specs(
            lambda leaf: leaf if isinstance(leaf, NoneTensorSpec) else _row(leaf), child.spec
        )

    @property
    def spec(self) -> Any:
        return self._spec

    def cardinality(self) -> int:
        size, leaves = self.inputs[0].cardinality(), elements.flatten_specs(self.inputs[0].spec)
        if size != INFINITE and any(isinstance(leaf, SparseTensorSpec) for leaf in leaves):
            return UNKNOWN
        sizes = {
            leaf.shape[0]
            for leaf in leaves
            if getattr(leaf, "shape", None) is not None and leaf.shape.rank  # type: ignore[attr-defined]
        } - {None}
        if size == INFINITE:
            return INFINITE
        return size * sizes.pop() if size >= 0 and len(sizes) == 1 else UNKNOWN

    def iterator(self, run: Pass) -> NodeIterator:
        return UnbatchIterator(self.inputs[0].stream(run))


def _row(spec: Any) -> Any:
    shape = getattr(spec, "shape", None)
    return spec._unbatch() if shape is None or shape.rank is not None else spec


class UnbatchIterator(NodeIterator):
    """Hands out the rows of one element after the other."""

    def __init__(self, child: NodeIterator) -> None:
        self._child = child
        self._rows: Any = None
        self._count = self._at = 0

    def next(self) -> Any:
        while self._at == self._count:
            self._rows = self._child.next()
            if self._rows is END:
                self._count = self._at = 0
                return END
            self._rows = elements.apply(composites.rows_of, elements.to_host(self._rows))
            self._count, self._at = _length(self._rows, "Dataset.unbatch"), 0
        self._at += 1
        return elements.apply(lambda leaf: leaf[self._at - 1, ...] if type(leaf) is np.ndarray else leaf[self._at - 1],
                              self._rows)  # fmt: skip

    def held(self) -> tuple[int, int]:
        left = self._count - self._at
        return left, buffer_bytes.bytes_of(self._rows) * left // self._count if left else 0

    def state(self) -> Any:
        rest = None
        if self._at < self._count:
            rest = elements.apply(lambda leaf: leaf[self._at :], self._rows)
        return {"child": self._child.state(), "rest": rest}

    def restore(self, state: Any) -> None:
        self._child.restore(state["child"])
        self._rows = state["rest"]
        self._count = 0 if self._rows is None else _length(self._rows, "Dataset.unbatch")
        self._at = 0

    def close(self) -> None:
        self._child.close()


def _length(rows: Any, who: str) -> int:
    leaves = [leaf for leaf in elements.flatten(rows) if leaf is not None]
    if any(type(leaf) is np.ndarray and not leaf.ndim for leaf in leaves):
        raise errors.InvalidArgumentError(
            errors.message(
                f"{who}: Input element must have a non-scalar value in each component",
                expected="components with rows",
                received=str(elements.spec_of(rows)),
            )
        )
    sizes = {len(leaf) for leaf in leaves}
    if len(sizes) != 1:
        raise errors.InvalidArgumentError(
            errors.message(who, expected="components of one length in the first dimension", received=sorted(sizes))
        )
    return sizes.pop()


class RebatchNode(Node):
    """The rows of the elements in batches of other sizes, which are gone through in turn."""

    label = "_RebatchDataset"

    def __init__(self, child: Node, sizes: list[int], drop_remainder: bool) -> None:
        super().__init__(child)
        for leaf in elements.flatten_specs(child.spec):
            if getattr(leaf, "shape", None) is not None and leaf.shape.rank == 0:  # type: ignore[attr-defined]
                raise ValueError(
                    "Invalid `batch_sizes`. Expected dataset with rank of >= 1 but found a dataset with scalar "
                    "elements. Fix the issue by adding the `batch` transformation to the dataset."
                )
        self._sizes, self._drop = sizes, drop_remainder

    @property
    def spec(self) -> Any:
        size = self._sizes[0] if self._drop and len(set(self._sizes)) == 1 else None
        return elements.map_specs(lambda leaf: leaf._unbatch()._batch(size), self.inputs[0].spec)

    def cardinality(self) -> int:
        size = self.inputs[0].cardinality()
        return size if size == -1 else UNKNOWN

    def iterator(self, run: Pass) -> NodeIterator:
        rows = elements.map_specs(lambda leaf: leaf._unbatch(), self.inputs[0].spec)
        return RebatchIterator(self.inputs[0].stream(run), self._sizes, self._drop, rows)


class RebatchIterator(NodeIterator):
    """Joins and cuts batches."""

    def __init__(self, child: NodeIterator, sizes: list[int], drop: bool, spec: Any) -> None:
        self._child, self._sizes, self._drop, self._spec = child, sizes, drop, spec
        self._rest: Any = None
        self._have = 0
        self._turn = 0

    def next(self) -> Any:
        wanted = self._sizes[self._turn]
        parts = [] if self._rest is None else [self._rest]
        have, self._have = self._have, 0  # what is here is lost with an error
        self._rest = None
        while have < wanted and (batch := self._child.next()) is not END:
            batch = elements.apply(composites.rows_of, elements.to_host(batch))
            have += _length(batch, "Dataset.rebatch")
            parts.append(batch)
        self._have = have
        rows = elements.join(parts) if parts else None
        if not self._have or (self._drop and self._have < wanted):
            self._have = 0
            return END
        taken = min(wanted, self._have)
        self._turn = (self._turn + 1) % len(self._sizes)
        if taken < self._have:
            self._rest = elements.slice_rows(rows, taken, self._have)
            rows = elements.slice_rows(rows, 0, taken)
        self._have -= taken
        return elements.stack_rows(rows, self._spec, "Dataset.rebatch")

    def held(self) -> tuple[int, int]:
        return self._have, 0 if self._rest is None else buffer_bytes.bytes_of(self._rest)

    def state(self) -> Any:
        return {"child": self._child.state(), "rest": self._rest, "have": self._have, "turn": self._turn}

    def restore(self, state: Any) -> None:
        self._child.restore(state["child"])
        self._rest, self._have, self._turn = state["rest"], int(state["have"]), int(state["turn"])

    def close(self) -> None:
        self._child.close()
