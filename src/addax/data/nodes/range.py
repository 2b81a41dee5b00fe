"""Dataset.range and Dataset.counter: numbers in steps."""

from __future__ import annotations

from typing import Any

import numpy as np

from addax.core import dtypes
from addax.core.spec import TensorSpec
from addax.data.node import INFINITE, Node, Source


class _Steps(Source):
    def __init__(self, start: int, step: int, size: int, dtype: np.dtype) -> None:
        self.size = size
        self._start, self._step, self._dtype = start, step, dtype

    def gather(self, indices: np.ndarray) -> Any:
        return (self._start + self._step * indices.astype(np.int64)).astype(self._dtype, copy=False)

    def rows(self, start: int, stop: int) -> Any:
        return self.gather(np.arange(start, stop))


class RangeNode(Node):
    """start, start + step, ...: up to `stop`, or for ever where `stop` is None."""

    label = "_RangeDataset"
    instant = True  # type: ignore[assignment]

    def __init__(self, start: int, stop: int | None, step: int, dtype: Any = dtypes.int64) -> None:
        super().__init__()
        if step == 0:
            raise ValueError("Dataset.range: expected a step that is not 0, received step=0.")
        self._dtype = dtypes.as_dtype(dtype)
        self._size = INFINITE if stop is None else max(0, -((start - stop) // step))
        self._steps = _Steps(start, step, self._size, self._dtype.np)

    @property
    def spec(self) -> Any:
        return TensorSpec([], self._dtype)

    def cardinality(self) -> int:
        return self._size

    def source(self) -> Source | None:
        return self._steps
