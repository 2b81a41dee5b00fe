"""Random integers, and choices drawn by odds: TensorFlow's own numbers.

The integers are Philox's words in order. A choice takes two of them for a seed, whose first draw is compared with the
odds. Passes that differ from each other take their seeds, again, from the integers of the given ones.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from addax.core import dtypes, philox, philox_host, random
from addax.core.spec import TensorSpec
from addax.data import seeds
from addax.data.node import INFINITE, Node, NodeIterator
from addax.data.seeds import Pass

_WORD, _LONG = (1 << 32) - 1, (1 << 64) - 1


def integers(pair: tuple[int, int], start: int, count: int) -> np.ndarray:
    """Integers below 2**32 of a pair of seeds, from number `start` on."""
    first, steps = start // 4, -(-(start % 4 + count) // 4)
    numbers = np.arange(first & _LONG, (first & _LONG) + steps, dtype=np.uint64)
    position = np.array([0, pair[1] & _LONG, pair[0] & _LONG], np.uint64)
    return philox_host.words(position, numbers).reshape(-1)[start % 4 : start % 4 + count].astype(np.int64)


def points(pairs: np.ndarray) -> np.ndarray:
    """The first draw from [0, 1) of each pair of seeds: an array of shape (number of pairs, 2) to one of doubles."""
    return philox.first_unit(philox.seeded(pairs.T, np))


class RandomSeeds(seeds.Seeds):
    """The seed of a node, as the pair that TensorFlow makes of it and of the program's seed."""

    def __init__(self, seed: Any, again: bool) -> None:
        super().__init__(0, again)
        self.entropy = list(random.seed_pair(seed))


class RandomNode(Node):
    """Random integers below 2**32 without end; with `weights`, numbers below len(weights) with those odds."""

    label = "_RandomDataset"
    chunkable = lookahead = True  # type: ignore[assignment]

    def __init__(self, seed: Any, again: bool, weights: np.ndarray | None = None) -> None:
        super().__init__()
        self.seeds = RandomSeeds(seed, again)
        self.edges = None if weights is None else np.cumsum(weights / weights.sum())

    @property
    def spec(self) -> Any:
        return TensorSpec([], dtypes.int64)

    def random_parts(self) -> list[Any]:
        return [self]

    def cardinality(self) -> int:
        return INFINITE

    def iterator(self, run: Pass) -> NodeIterator:
        return RandomIterator(self, run)


class RandomIterator(NodeIterator):
    """Computes numbers of any position."""

    def __init__(self, node: RandomNode, run: Pass) -> None:
        self._node, self._run = node, run
        self._pair: tuple[int, int] | None = None
        self._position = 0

    def _begin(self) -> tuple[int, int]:
        node = self._node
        first, second, *path = self._run.key(node)
        if node.seeds.again:
            number, *inner = path  # of the pass; in it, a number for each inner pass
            at = number if not inner else (number << 40) + inner[0]
            for step in inner[1:]:
                at = (at << 12) + step
            first, second = integers((first, second), (2 * at) & _LONG, 2).tolist()
        self._pair = first, second
        return first, second

    def chunk(self, count: int) -> tuple[int, Any]:
        pair = self._pair or self._begin()
        start, edges = self._position, self._node.edges
        self._position = start + count
        if edges is None:
            return count, integers(pair, start, count)
        drawn = points(integers(pair, 2 * start, 2 * count).reshape(count, 2))
        return count, np.minimum(np.searchsorted(edges, drawn, side="right"), len(edges) - 1)

    def skip(self, count: int) -> int:
        self._position += count
        return count

    def state(self) -> Any:
        return {"position": self._position}

    def restore(self, state: Any) -> None:
        self._pair, self._position = None, int(state["position"])
