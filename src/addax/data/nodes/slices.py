"""Dataset.from_tensor_slices: elements are the rows of arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

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


class SlicesNode(Node):
    """Rows of arrays that share their first dimension."""

    label = "_TensorSliceDataset"
    instant = True  # type: ignore[assignment]

    def __init__(self, arrays: Any) -> None:
        super().__init__()
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
        self._spec = elements.map_specs(
            lambda leaf: leaf._unbatch() if hasattr(leaf, "_unbatch") else leaf, elements.spec_of(arrays)
        )

    @property
    def spec(self) -> Any:
        return self._spec

    def cardinality(self) -> int:
        return self._source.size

    def source(self) -> Source | None:
        return self._source
