"""Every step-th element of a source from an offset on: what take, skip and shard are over random access."""

from __future__ import annotations

from typing import Any

import numpy as np

from addax.data import elements
from addax.data.node import INFINITE, Source


class Part(Source):
    """Elements offset, offset + step, ... of a source, at most `limit` (None: all)."""

    def __init__(self, source: Source, offset: int = 0, step: int = 1, limit: int | None = None) -> None:
        self._source, self._offset, self._step = source, offset, step
        if source.size == INFINITE:
            self.size = INFINITE if limit is None else limit
        else:
            there = max(0, -((offset - source.size) // step))
            self.size = there if limit is None else min(there, limit)

    def gather(self, indices: np.ndarray) -> Any:
        return self._source.gather(indices * self._step + self._offset)

    def rows(self, start: int, stop: int) -> Any:
        first = self._offset + start * self._step
        if self._step == 1:
            return self._source.rows(first, first + stop - start)
        rows = self._source.rows(first, first + (stop - start - 1) * self._step + 1)
        return elements.apply(lambda leaf: leaf[:: self._step], rows)
