"""The bytes that a buffer of elements holds, and their bound: this machine's memory."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from addax.core import errors, machine_memory
from addax.core.tensor import Tensor
from addax.data import composites, elements

_OBJECT = 33  # bytes of Python around a string


def bytes_of(element: Any) -> int:
    """The bytes of an element, or of several that are stacked."""
    if type(element) is np.ndarray and element.dtype.kind != "O":
        return element.nbytes
    if type(element) is tuple:
        return sum(map(bytes_of, element))
    return sum(map(_of_leaf, elements.flatten(element)))


def held(items: Iterable[Any]) -> tuple[int, int]:
    """How many elements some are, and their bytes."""
    sizes = [bytes_of(item) for item in items]
    return len(sizes), sum(sizes)


def _of_leaf(leaf: Any) -> int:
    if type(leaf) is np.ndarray and leaf.dtype.kind == "O":
        items = leaf.reshape(-1).tolist()
        return sum(map(len, items)) + _OBJECT * len(items)
    if type(leaf) is composites.Rows:
        return sum(map(bytes_of, leaf.items))
    if isinstance(leaf, Tensor):
        return _of_leaf(leaf.numpy())
    if hasattr(leaf, "nbytes"):
        return int(leaf.nbytes)
    parts = [getattr(leaf, name, None) for name in ("values", "indices", "row_splits")]
    return sum(_of_leaf(part) for part in parts if part is not None)


class HeldBytes:
    """Counts what a buffer holds, and refuses what would not fit into memory.

    Args:
        who: what holds it, for messages.
        wanted: how many elements it is to hold.
    """

    def __init__(self, who: str, wanted: int) -> None:
        self._who, self._wanted = who, wanted
        self._most = machine_memory.available()
        self.most = 0, 0  # elements and bytes that were held at a time
        self.clear()

    def clear(self) -> None:
        """Nothing is held."""
        self.count = self.bytes = 0

    def add(self, count: int, size: int) -> None:
        """`count` elements of `size` bytes in all came in (or went, where they are negative).

        Raises:
            tf.errors.ResourceExhaustedError: they do not fit.
        """
        self.count += count
        self.bytes += size
        self.most = max(self.most[0], self.count), max(self.most[1], self.bytes)
        if self._most is not None and self.bytes > self._most:
            raise errors.ResourceExhaustedError(
                errors.message(
                    self._who,
                    expected=f"a buffer of at most {self._most / 2**30:.2f} GiB, the memory of this machine",
                    received=f"{self.bytes / 2**30:.2f} GiB with {self.count} of {self._wanted} elements",
                    hint="a smaller buffer_size, or shuffle() before map() and batch(), while elements are small; "
                    "over arrays in memory only row numbers are held",
                )
            )
