"""Dataset.shuffle.

TensorFlow's algorithm: a buffer is filled; then each element comes from a random slot, which the next element of the
input takes. Here the slots are drawn many at a time, and over a source the buffer holds indices, so that a whole block
of the order is computed at once: what leaves a slot is what came into it when the slot was last drawn.
"""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from addax.core import errors
from addax.data import elements
from addax.data import seeds as random_seeds
from addax.data.node import END, INFINITE, Node, NodeIterator, Source
from addax.data.seeds import Pass

_BLOCK = 4096


class ShuffleNode(Node):
    """The elements in random order, drawn from a buffer of `size`."""

    label = "_ShuffleDataset"
    index_only = True

    def __init__(self, child: Node, size: int, seed: Any, again: bool) -> None:
        super().__init__(child)
        self._size = size
        self.seeds = random_seeds.Seeds(seed, again)

    @property
    def _source(self) -> Source | None:
        return self.inputs[0].source()

    def held(self) -> tuple[int, int]:
        count = self.inputs[0].cardinality()
        size = self._size if count < 0 else min(self._size, count)
        return size, size * (8 if self._source is not None else elements.bytes_of(self.spec))

    def warn_of_its_size(self) -> None:
        """Say once that the buffer may hold more than the machine does."""
        if not self.inputs[0].spec_is_known:
            return
        count, size = self.held()
        memory = _memory()
        if memory is not None and size > memory:
            errors.warn_once(
                ("shuffle buffer", id(self.seeds)),
                f"Dataset.shuffle: a buffer of {count} elements takes up to {size / 2**30:.1f} GiB, and this machine "
                f"has {memory / 2**30:.1f} GiB of memory.\n"
                "  To do: shuffle before map() and batch(), while elements are small (over arrays in memory only row "
                "numbers are held), or give a smaller buffer_size.",
            )

    def random_parts(self) -> list[Any]:
        return [self]

    @property
    def chunkable(self) -> bool:
        return self._source is not None

    @property
    def lookahead(self) -> bool:
        return self._source is not None

    def iterator(self, run: Pass) -> NodeIterator:
        source = self._source
        if source is not None:
            return _IndexShuffle(source, self._size, self, run)
        return _BufferShuffle(self.inputs[0], self._size, self, run)


def _memory() -> int | None:
    """The bytes of memory of this machine, where it says."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return None


class _Order:
    """The random choices of one pass: slots while the input lasts, then an order for what is left."""

    def __init__(self, key: list[int], size: int) -> None:
        self._random = random_seeds.generator(key)
        self._size = size
        self._picks = np.empty(0, np.int64)
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
        self._picks = self._random.integers(0, self._size, _BLOCK, np.int64)
        self._numbers, self._at = None, 0

    def rest(self, count: int) -> np.ndarray:
        """The order of the elements left in the buffer."""
        return self._random.permutation(count)


def _exchange(slots: np.ndarray, picks: np.ndarray, incoming: np.ndarray) -> np.ndarray:
    """What leaves the drawn slots, one after the other, while `incoming` takes their places."""
    keys = picks.astype(np.uint16) if len(slots) <= 1 << 16 else picks  # NumPy sorts 16 bits by radix
    order = np.argsort(keys, kind="stable")
    drawn = keys[order]
    left = slots[drawn]
    came = incoming[order[:-1]]  # what the draw before this one put in, if it was of the same slot
    np.copyto(left[1:], came, where=drawn[1:] == drawn[:-1])
    out = np.empty_like(left)
    out[order] = left
    slots[picks] = incoming  # of equal slots the last one counts
    return out


class _IndexShuffle(NodeIterator):
    """A shuffle over a source: the buffer holds indices, and elements are gathered when they leave."""

    def __init__(self, source: Source, size: int, node: ShuffleNode, run: Pass) -> None:
        self._source = source
        self._size = size if source.size == INFINITE else min(size, source.size)
        self._buffer = size
        self._shuffle, self._run = node, run
        self._begun = False
        self._position = 0

    def _begin(self) -> None:
        self._begun = True
        self._order = _Order(self._run.key(self._shuffle), self._buffer)
        self._slots = np.arange(self._size)
        self._read = self._size
        self._indices = np.empty(0, np.int64)
        self._at = 0
        self._drained = False

    def _block(self) -> None:
        """The next block of the order."""
        left = _BLOCK if self._source.size == INFINITE else min(_BLOCK, self._source.size - self._read)
        if left:
            incoming = np.arange(self._read, self._read + left)
            self._indices = _exchange(self._slots, self._order.picks(left), incoming)
            self._read += left
        elif self._drained:
            self._indices = self._indices[:0]
        else:
            self._indices = self._slots[self._order.rest(self._size)]
            self._drained = True
        self._at = 0

    def indices(self, count: int) -> np.ndarray:
        """The next indices of the order, up to `count`."""
        if not self._begun:
            self._begin()
        parts, have = [], 0
        while have < count:
            if self._at == len(self._indices):
                self._block()
                if not len(self._indices):
                    break
            part = self._indices[self._at : self._at + count - have]
            self._at += len(part)
            have += len(part)
            parts.append(part)
        self._position += have
        return parts[0] if len(parts) == 1 else np.concatenate(parts) if parts else np.empty(0, np.int64)

    def chunk(self, count: int) -> tuple[int, Any]:
        indices = self.indices(count)
        return len(indices), self._source.gather(indices) if len(indices) else None

    def skip(self, count: int) -> int:
        return len(self.indices(count))

    def state(self) -> Any:
        return {"begun": self._begun, "position": self._position}

    def restore(self, state: Any) -> None:
        self._begun, self._position = False, 0
        if state["begun"]:
            self._begin()
            self.indices(int(state["position"]))


class _BufferShuffle(NodeIterator):
    """A shuffle over a stream: the buffer holds elements."""

    def __init__(self, child: Node, size: int, node: ShuffleNode, run: Pass) -> None:
        self._node = child
        self._child: NodeIterator | None = None
        self._size = size
        self._shuffle, self._run = node, run
        self._begun = False

    def _begin(self) -> None:
        self._begun = True
        self._order = _Order(self._run.key(self._shuffle), self._size)
        self._shuffle.warn_of_its_size()
        self._child = self._node.stream(self._run)
        self._slots: list[Any] = []
        self._taken = 0
        self._rest: list[int] | None = None

    def next(self) -> Any:
        if not self._begun:
            self._begin()
        assert self._child is not None
        while self._rest is None and len(self._slots) < self._size:
            self._fill()
        if self._rest is None:
            incoming = self._child.next()
            if incoming is not END:
                slot = self._order.pick()
                self._taken += 1
                element, self._slots[slot] = self._slots[slot], incoming
                return element
            self._drain()
        if not self._rest:
            return END
        slot = self._rest.pop()
        element, self._slots[slot] = self._slots[slot], None
        return element

    def _fill(self) -> None:
        element = self._child.next()  # type: ignore[union-attr]
        if element is END:
            self._drain()
        else:
            self._slots.append(element)

    def _drain(self) -> None:
        self._rest = self._order.rest(len(self._slots)).tolist()[::-1]

    def state(self) -> Any:
        state: dict[str, Any] = {"begun": self._begun}
        if self._begun:
            state |= {
                "taken": self._taken, "slots": list(self._slots), "child": self._child.state(),  # type: ignore[union-attr]
                "rest": None if self._rest is None else list(self._rest),
            }  # fmt: skip
        return state

    def restore(self, state: Any) -> None:
        self.close()
        self._begun = False
        if state["begun"]:
            self._begin()
            self._child.restore(state["child"])  # type: ignore[union-attr]
            self._taken, self._slots = int(state["taken"]), list(state["slots"])
            if self._taken:
                self._order.picks(self._taken)
            self._rest = None if state["rest"] is None else list(state["rest"])

    def close(self) -> None:
        if self._child is not None:
            self._child.close()
