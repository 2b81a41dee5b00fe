"""Dataset.shuffle.

TensorFlow's algorithm: a buffer is filled; then each element comes from a random slot, which the next element of the
input takes. Here the slots are drawn many at a time, and over a source the buffer holds indices, so that a whole block
of the order is computed at once: what leaves a slot is what came into it when the slot was last drawn.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from addax.core import errors, machine_memory
from addax.data import buffer_bytes, elements
from addax.data import seeds as random_seeds
from addax.data.node import END, INFINITE, Node, NodeIterator, Source
from addax.data.nodes.shuffle_order import BLOCK, Exchange, Order, described, error_of
from addax.data.nodes.shuffle_rows import RowShuffle
from addax.data.seeds import Pass


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
        memory = machine_memory.available()
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
    def _by_rows(self) -> bool:
        """Whether the buffer holds stacked elements: they come stacked, and look all alike."""
        child = self.inputs[0]
        return child.in_pieces and child.spec_is_known and elements.is_static(child.spec)

    @property
    def chunkable(self) -> bool:
        return self._source is not None or self._by_rows

    @property
    def in_pieces(self) -> bool:
        return self.chunkable

    def how(self) -> str:
        return "many elements at once" if self._source is None and self._by_rows else super().how()

    @property
    def lookahead(self) -> bool:
        return self._source is not None

    def iterator(self, run: Pass) -> NodeIterator:
        source = self._source
        if source is not None:
            return _IndexShuffle(source, self._size, self, run)
        self.warn_of_its_size()
        kind = RowShuffle if self._by_rows else _BufferShuffle
        return kind(self.inputs[0], self._size, run, lambda: Order(run.key(self), self._size))


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
        self._order = Order(self._run.key(self._shuffle), self._buffer)
        self._slots = np.arange(self._size)
        self._read = self._size
        self._indices = np.empty(0, np.int64)
        self._at = 0
        self._drained = False

    def _block(self) -> None:
        """The next block of the order."""
        left = BLOCK if self._source.size == INFINITE else min(BLOCK, self._source.size - self._read)
        if left:
            incoming = np.arange(self._read, self._read + left)
            self._indices = Exchange(self._order.picks(left)).of(self._slots, incoming)
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

    def __init__(self, child: Node, size: int, run: Pass, order: Callable[[], Order]) -> None:
        self._node, self._size, self._run = child, size, run
        self._new_order = order
        self._child: NodeIterator | None = None
        self._begun = False
        self._held = buffer_bytes.HeldBytes("Dataset.shuffle", size)

    def _begin(self) -> None:
        self._begun = True
        self._order = self._new_order()
        self._child = self._node.stream(self._run)
        self._slots: list[Any] = []
        self._taken = 0
        self._rest: list[int] | None = None
        self._hole: int | None = None  # the slot that an error left empty
        self._error: Exception | None = None  # the error, until it is raised

    def next(self) -> Any:
        if not self._begun:
            self._begin()
        assert self._child is not None
        while self._rest is None and len(self._slots) < self._size:
            self._fill()
        if self._hole is not None:
            self._mend()
        if self._rest is None:
            incoming = self._incoming()
            if incoming is not END:
                slot = self._order.pick()
                self._taken += 1
                element, self._slots[slot] = self._slots[slot], incoming
                if self._error is None:
                    self._held.add(0, buffer_bytes.bytes_of(incoming) - buffer_bytes.bytes_of(element))
                else:
                    self._hole = slot
                    self._held.add(-1, -buffer_bytes.bytes_of(element))
                return element
            self._drain()
        if not self._rest:
            return END
        slot = self._rest.pop()
        element, self._slots[slot] = self._slots[slot], None
        self._held.add(-1, -buffer_bytes.bytes_of(element))
        return element

    def _incoming(self) -> Any:
        """The next element of the input, or END. An error waits: what leaves the buffer now comes before it."""
        try:
            return self._child.next()  # type: ignore[union-attr]
        except Exception as error:
            self._error = error
            return None

    def _mend(self) -> None:
        """Raise the error that waits, or fill the slot that it left empty."""
        error, self._error = self._error, None
        if error is not None:
            raise error
        element, hole = self._child.next(), self._hole  # type: ignore[union-attr]
        self._hole = None
        if element is END:
            self._slots.pop(hole)  # type: ignore[arg-type]
            self._drain()
        else:
            self._slots[hole] = element  # type: ignore[call-overload]
            self._held.add(1, buffer_bytes.bytes_of(element))

    def _fill(self) -> None:
        element = self._child.next()  # type: ignore[union-attr]
        if element is END:
            self._drain()
        else:
            self._slots.append(element)
            self._held.add(1, buffer_bytes.bytes_of(element))

    def _drain(self) -> None:
        self._rest = self._order.rest(len(self._slots)).tolist()[::-1]

    def held(self) -> tuple[int, int]:
        return self._held.most

    def state(self) -> Any:
        state: dict[str, Any] = {"begun": self._begun}
        if self._begun:
            state |= {
                "taken": self._taken, "slots": list(self._slots), "child": self._child.state(),  # type: ignore[union-attr]
                "rest": None if self._rest is None else list(self._rest), "hole": self._hole,
                "error": described(self._error),
            }  # fmt: skip
        return state

    def restore(self, state: Any) -> None:
        self.close()
        self._begun = False
        self._held.clear()
        if state["begun"]:
            self._begin()
            self._child.restore(state["child"])  # type: ignore[union-attr]
            self._taken, self._slots = int(state["taken"]), list(state["slots"])
            kept = [element for element in self._slots if element is not None]
            self._held.add(len(kept), sum(map(buffer_bytes.bytes_of, kept)))
            if self._taken:
                self._order.picks(self._taken)
            self._rest = None if state["rest"] is None else list(state["rest"])
            self._hole, self._error = state["hole"], error_of(state["error"])

    def close(self) -> None:
        if self._child is not None:
            self._child.close()
