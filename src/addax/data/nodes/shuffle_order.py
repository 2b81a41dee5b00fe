"""The random choices of a shuffle: which slot of the buffer each element comes from."""

from __future__ import annotations

from typing import Any

import numpy as np

from addax.core import errors
from addax.data import seeds as random_seeds

BLOCK = 4096


class Order:
    """The random choices of one pass: slots while the input lasts, then an order for what is left.

    Args:
        key: of the pass.
        size: the buffer's.
    """

    def __init__(self, key: list[int], size: int) -> None:
        self._random = random_seeds.generator(key)
        self._size = size
        self._dtype = np.uint16 if size <= 1 << 16 else np.int64  # NumPy draws and sorts 16 bits faster
        self._picks = np.empty(0, self._dtype)
        self._numbers: list[int] | None = None  # the same as Python's numbers
        self._at = 0

    def picks(self, count: int) -> np.ndarray:
        """The next slots. They are drawn a block at a time, so that it does not matter how many are asked for."""
        parts = []
        while count:
            if self._at == len(self._picks):
                self._draw()
            part = self._picks[self._at : self._at + count]
            self._at += len(part)
            count -= len(part)
            parts.append(part)
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def pick(self) -> int:
        """The next slot."""
        if self._at == len(self._picks):
            self._draw()
        if self._numbers is None:
            self._numbers = self._picks.tolist()
        self._at += 1
        return self._numbers[self._at - 1]

    def _draw(self) -> None:
        self._picks = self._random.integers(0, self._size, BLOCK, self._dtype)
        self._numbers, self._at = None, 0

    def rest(self, count: int) -> np.ndarray:
        """The order of the elements left in the buffer."""
        return self._random.permutation(count)


def described(error: Exception | None) -> Any:
    """An error that waits for its turn, for the iterator's state."""
    return None if error is None else [type(error).__name__, str(error)]


def error_of(kept: Any) -> Exception | None:
    """The error that `described` told of."""
    if kept is None:
        return None
    kind = getattr(errors, str(kept[0]), None)
    if not (isinstance(kind, type) and issubclass(kind, errors.OpError)):
        kind = errors.UnknownError
    return kind(None, None, str(kept[1]))


class Exchange:
    """What leaves the drawn slots, one after the other, while what comes in takes their places.

    Args:
        picks: the slots, in the order in which they are drawn; at least one.
    """

    def __init__(self, picks: np.ndarray) -> None:
        self._picks = picks
        self._order = np.argsort(picks, kind="stable")
        self._drawn = picks.take(self._order)
        self._again = self._drawn[1:] == self._drawn[:-1]  # draws of a slot that was drawn before

    def of(self, slots: np.ndarray, incoming: np.ndarray) -> np.ndarray:
        """Exchange rows of `slots`, in place, for those of `incoming`; returns the rows that leave."""
        left = slots.take(self._drawn, axis=0)
        # What the draw before each put in, if it was of the same slot.
        came = incoming.take(self._order[:-1], axis=0)
        if left.ndim == 1:
            np.copyto(left[1:], came, where=self._again)
        else:
            left[1:][self._again] = came[self._again]
        out = np.empty_like(left)
        out[self._order] = left
        slots[self._picks] = incoming  # of equal slots the last one counts
        return out
