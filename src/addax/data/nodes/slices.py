"""Dataset.from_tensor_slices: elements are the rows of arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from addax.core import unknown_shapes
from addax.core.spec import TensorSpec
from addax.data import elements
from addax.data.node import Node, Source


class ArraySource(Source):
    """Rows of arrays in memory."""

    def __init__(self, arrays: Any, size: int) -> None:
        self.arrays = arrays
        self.size = size

    def gather(self, indices: np.ndarray) -> Any:
        return elements.apply(lambda leaf: leaf.take(indices, axis=0), self.arrays)

    def rows(self, start: int, stop: int) -> Any:
        return elements.apply(lambda leaf: leaf[start:stop], self.arrays)


def _row_specs(spec: Any) -> Any:
    """The specs of the rows of arrays."""

    def row(leaf: Any) -> Any:
        if isinstance(leaf, TensorSpec) and leaf.shape.rank == 0:
            raise ValueError("Unbatching a tensor is only supported for rank >= 1")
        return leaf._unbatch() if hasattr(leaf, "_unbatch") else leaf

    return elements.map_specs(row, spec)


def _made_up_rows(arrays: Any) -> tuple[Any, Any]:
    """Arrays in place of made-up ones, whose open shapes do not matter, and the specs of the rows."""
    spec = _row_specs(elements.spec_of(arrays))

    def open_rows(leaf: Any) -> Any:
        known = unknown_shapes.known_of(leaf)
        return None if known is None or (known.rank is not None and known[0] is not None) else leaf

    leaves = elements.flatten(arrays)
    sizes = [len(leaf) for leaf in leaves if leaf is not None and open_rows(leaf) is None]
    size = sizes[0] if sizes else 1

    def fitted(leaf: Any) -> Any:
        if leaf is None or open_rows(leaf) is None:
            return leaf
        return np.resize(leaf, (size, *leaf.shape[1:]))

    return elements.pack_like(arrays, [fitted(leaf) for leaf in leaves]), spec


class SlicesNode(Node):
    """Rows of arrays that share their first dimension."""

    label = "_TensorSliceDataset"
    instant = True  # type: ignore[assignment]

    def __init__(self, arrays: Any, spec: Any = None) -> None:
        super().__init__()
        if unknown_shapes.probed() is not None:
            arrays, self._spec = _made_up_rows(arrays)
        else:
            self._spec = _row_specs(elements.spec_of(arrays))
            if spec is not None:  # of elements like these, which need not all have one shape
                self._spec = elements.merge_specs(self._spec, spec)
        leaves = [leaf for leaf in elements.flatten(arrays) if leaf is not None]
        if not leaves:
            raise ValueError("Invalid `tensors`. `tensors` should not be empty.")
        for leaf in leaves:
            if not leaf.ndim:
                raise ValueError("Unbatching a tensor is only supported for rank >= 1")
        sizes = [len(leaf) for leaf in leaves]
        if len(set(sizes)) > 1:
            raise ValueError(
                "Dataset.from_tensor_slices: expected arrays of one length in the first dimension.\n"
                f"  Received: lengths {sizes}.\n"
                "  To do: slice them to one length, or use Dataset.zip of two datasets."
            )
        self.arrays = arrays
        self._source = ArraySource(arrays, sizes[0])

    @property
    def spec(self) -> Any:
        return self._spec

    def cardinality(self) -> int:
        return self._source.size

    def source(self) -> Source | None:
        return self._source
