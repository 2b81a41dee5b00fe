"""Where the randomness of datasets comes from: each random node has a seed, and each pass over it a number."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np

from addax.core import context, random


class _Peeking(threading.local):
    active = False


_peeking = _Peeking()


@contextlib.contextmanager
def peeking() -> Iterator[None]:
    """Passes begun inside do not count: somebody only looks at what elements are like."""
    outer, _peeking.active = _peeking.active, True
    try:
        yield
    finally:
        _peeking.active = outer


class Seeds:
    """The seed of a node and the number of the next pass over it.

    Args:
        seed: the user's seed; None draws one from the program's random stream, which `tf.random.set_seed` restarts.
        again: whether each pass differs (reshuffle_each_iteration).
        now: draw now, so that the order of construction decides; otherwise when first needed.
    """

    def __init__(self, seed: Any = None, again: bool = True, now: bool = True) -> None:
        self._seed = None if seed is None else int(seed)
        self._entropy: list[int] | None = None
        self._lock = threading.Lock()
        self.again = again
        self.passes = 0
        if self._seed is not None:
            self._entropy = [int(random._mixed(self._seed)) & 0xFFFFFFFFFFFFFFFF]
        elif now:
            self._entropy = _drawn()

    @property
    def entropy(self) -> list[int]:
        """The numbers that the seed stands for."""
        if self._entropy is None:
            self._entropy = _drawn()
        return self._entropy

    def begin(self) -> int:
        """The number of a pass that begins now."""
        if not self.again:
            return 0
        with self._lock:
            number = self.passes
            if not _peeking.active:
                self.passes += 1
        return number

    def resume(self, following: int, entropy: list[int] | None = None) -> None:
        """Let the next pass have this number (and a restored seed)."""
        with self._lock:
            self.passes = following
            self._entropy = self._entropy if entropy is None else list(entropy)


def generator(entropy: list[int], number: int) -> np.random.Generator:
    """The random numbers of one pass."""
    return np.random.Generator(np.random.SFC64(np.random.SeedSequence([*entropy, number])))


def _drawn() -> list[int]:
    with context.init_scope():
        return [int(word) for word in np.asarray(random.next_key()._value)]
