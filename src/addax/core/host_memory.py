"""NumPy arrays that XLA on a CPU reads where they are, without a copy.

XLA takes memory over in place if it begins on a 64-byte boundary; NumPy begins large arrays 16 bytes past one. So XLA
is given the memory from the boundary before the array on (the same page of memory, so it may be read), flat, and rows
are picked by their distance from there. Training takes no second copy of its data, which may be a memory-mapped file.
The memory is of one length wherever the array begins, and the distance is an argument: so a program that was compiled
for an array, also in an earlier process, is the program for every array of its size.
"""

from __future__ import annotations

import math
import mmap
from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import numpy as np

from addax.core import context
from addax.core.tensor import Tensor
from addax.formats.memory import ALIGNMENT, aligned_zeros

LEAST = 1 << 20  # bytes; smaller arrays are copied
_FLAT = jax.lax.GatherDimensionNumbers(offset_dims=(1,), collapsed_slice_dims=(), start_index_map=(0,))


class _Window:
    """Memory as NumPy's array interface describes it; keeps its owner alive."""

    def __init__(self, owner: np.ndarray, address: int, size: int) -> None:
        self.owner = owner
        self.__array_interface__ = {"data": (address, True), "shape": (size,), "typestr": "|u1", "version": 3}


@partial(jax.tree_util.register_dataclass, data_fields=["flat", "skip"], meta_fields=["row_shape"])
@dataclass(frozen=True)
class RowsInPlace:
    """Examples of an array that is read where it is.

    Attributes:
        flat: a vector from the boundary before the array to its end or some elements on, which nobody reads.
        skip: elements before the first example, int32.
        row_shape: the shape of an example.
    """

    flat: Any
    skip: Any
    row_shape: tuple[int, ...]

    def slice(self, start: Any, count: int) -> Any:
        """Examples start..start+count-1."""
        size = math.prod(self.row_shape)
        flat = jax.lax.dynamic_slice(self.flat, (self._at(start),), (count * size,))
        return flat.reshape((count, *self.row_shape))

    def take(self, rows: Any) -> Any:
        """The examples of these numbers, which are within the array."""
        size = math.prod(self.row_shape)
        found = jax.lax.gather(self.flat, self._at(rows)[:, None], _FLAT, (size,), mode="promise_in_bounds")
        return found.reshape((rows.shape[0], *self.row_shape))

    def _at(self, row: Any) -> Any:
        wide = np.int32 if self.flat.shape[0] < 2**31 else np.int64
        return jax.lax.convert_element_type(self.skip, wide) + row.astype(wide) * wide(math.prod(self.row_shape))


def taken_over(array: np.ndarray) -> Any:
    """A large array that nobody else will write to, as a tensor which takes its memory over where it can; or itself.

    Memory is taken over by a CPU if it begins on a 64-byte boundary (`formats.memory.aligned_empty`).
    """
    if array.nbytes < LEAST or array.dtype.kind in "OSUV" or context.state.trace is not None:
        return array
    return Tensor(jax.device_put(array))


def zeros(shape: tuple[int, ...], dtype: Any) -> Tensor:
    """Zeros; on a CPU large ones take no memory before they are read."""
    return Tensor(jax.device_put(aligned_zeros(shape, dtype)))


def in_place(array: np.ndarray) -> RowsInPlace | None:
    """The rows of a large array for XLA on a CPU; None where it has to be copied.

    The array must not change while the rows are in use.
    """
    start = array.__array_interface__["data"][0]
    skip, part = divmod(start % ALIGNMENT, array.itemsize)
    if array.nbytes < LEAST or part or array.ndim < 1 or not array.flags.c_contiguous:
        return None
    before, last = skip * array.itemsize, start + array.nbytes - 1
    after = ALIGNMENT - array.itemsize - before
    if (last + after) // mmap.PAGESIZE != last // mmap.PAGESIZE:
        after = 0  # the next page of memory may be nobody's
    memory = np.asarray(_Window(array, start - before, before + array.nbytes + after))
    return RowsInPlace(jax.device_put(memory.view(array.dtype)), np.int32(skip), array.shape[1:])
