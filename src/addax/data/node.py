"""What a dataset is made of: nodes, which are immutable, and their iterators, which hold all the state.

Elements inside a pipeline are structures (tuples, dicts, namedtuples) of arrays on the host; tensors are made at the
end. A node whose elements can be reached by index offers a `Source`, and a node whose elements all look alike can hand
out many at once, stacked along a new first axis (`chunk`), so that most pipelines do no work per element at all.
"""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from addax.data import elements
from addax.data.seeds import Pass

INFINITE, UNKNOWN = -1, -2


class _End:
    def __repr__(self) -> str:
        return "END"


END: Any = _End()  # what an iterator's `next` returns when nothing is left


class Source:
    """Elements that can be reached by index, without side effects.

    `size` is their number, or INFINITE. `gather(indices)` gives the elements at an int64 index array, stacked;
    `rows(start, stop)` those of a range.
    """

    size: int

    def gather(self, indices: np.ndarray) -> Any:
        """The elements at `indices`, stacked along a new first axis."""
        raise NotImplementedError

    def rows(self, start: int, stop: int) -> Any:
        """The elements from `start` to `stop`, stacked."""
        return self.gather(np.arange(start, stop))


class Node:
    """One transformation, or source, of a dataset. Subclasses describe; their iterators do."""

    label = "_Dataset"  # TensorFlow's class name, in repr(dataset)
    index_only = False  # whether it only chooses and orders elements, never changes them

    def __init__(self, *inputs: Node) -> None:
        self.inputs = inputs

    @property
    def spec(self) -> Any:
        """The structure of specs of one element."""
        return self.inputs[0].spec

    @property
    def spec_is_known(self) -> bool:
        """Whether `spec` can be told without running a function of the user's on elements."""
        return all(child.spec_is_known for child in self.inputs)

    @property
    def safe_spec(self) -> Any:
        """The spec, with no more said of shapes than is sure: elements that were looked at do not speak for all."""
        return self.spec if self.spec_is_known else elements.loosened(self.spec)

    def cardinality(self) -> int:
        """The number of elements, INFINITE or UNKNOWN."""
        return self.inputs[0].cardinality()

    def source(self) -> Source | None:
        """Random access to the elements, where there is any."""
        return None

    @property
    def chunkable(self) -> bool:
        """Whether the iterator can hand out many elements at once, stacked."""
        return self.source() is not None

    @property
    def lookahead(self) -> bool:
        """Whether elements may be computed before they are asked for: nobody can tell, and the state is small."""
        return self.source() is not None

    @property
    def in_pieces(self) -> bool:
        """Whether the iterator hands out what is ready, stacked (`piece`), errors after what is before them."""
        return self.chunkable and self.lookahead

    @property
    def in_blocks(self) -> bool:
        """Whether the iterator hands out batches many at a time (`several`), and nobody can tell when they are made."""
        return False

    @property
    def behind_prefetch(self) -> Node:
        """The node whose elements these are, without the nodes that only make them earlier or carry options."""
        return self

    @property
    def instant(self) -> bool:
        """Whether elements lie in memory and are only picked: nothing is gained by making them ahead."""
        return self.index_only and all(child.instant for child in self.inputs)

    def how(self) -> str:
        """In what way it runs, in a few words."""
        if self.source() is not None or (self.index_only and self.chunkable):
            return "on row numbers"
        return "many elements at once" if self.chunkable else "element by element"

    def held(self) -> tuple[int, int]:
        """How many elements it keeps in buffers, and their bytes as far as they are known."""
        return 0, 0

    @property
    def replays(self) -> bool:
        """Whether its elements are kept already, so that the input is not read."""
        return False

    def random_parts(self) -> list[Any]:
        """What here has random state: objects with an attribute `seeds`."""
        return []

    def iterator(self, run: Pass) -> NodeIterator:
        """A new iterator over the elements."""
        source = self.source()
        assert source is not None, f"{type(self).__name__} has neither a source nor an iterator"
        return SourceIterator(source)

    def stream(self, run: Pass) -> NodeIterator:
        """A new iterator for use one element at a time."""
        iterator = self.iterator(run)
        if self.chunkable and self.lookahead:
            return Lookahead(iterator, elements.block_size(self.spec))
        return iterator

    def configured(self, options: Any) -> Node:
        """The same node with what `tf.data.Options` say in the places where nothing was said."""
        return self.over(*[child.configured(options) for child in self.inputs]) if self.inputs else self

    def over(self, *inputs: Node) -> Node:
        """The same transformation of other inputs, sharing random state."""
        twin = copy.copy(self)
        twin.inputs = inputs
        return twin


class NodeIterator:
    """A position in a node's elements. Iterators are used by one thread at a time."""

    def next(self) -> Any:
        """The next element, or END."""
        count, rows = self.chunk(1)
        return elements.row(rows, 0) if count else END

    def chunk(self, count: int) -> tuple[int, Any]:
        """Up to `count` elements, stacked: (number, structure). Fewer than `count` only at the end."""
        raise NotImplementedError

    def piece(self, count: int) -> tuple[int, Any]:
        """Up to `count` elements, stacked, fewer where that is easier; (0, None) at the end only.

        An error comes after the elements before it. Only iterators of nodes that say `in_pieces` can do this.
        """
        return self.chunk(count)

    def held(self) -> tuple[int, int] | None:
        """How many elements it keeps in buffers now, and their bytes; None where its node knows."""
        return None

    def several(self, count: int) -> tuple[int, Any]:
        """Up to `count` batches of one size, their rows behind each other: (number of batches, structure).

        (0, None) at the end. Only iterators of nodes that say `in_blocks` can do this.
        """
        raise NotImplementedError

    def skip(self, count: int) -> int:
        """Pass over up to `count` elements; returns how many there were."""
        for done in range(count):
            if self.next() is END:
                return done
        return count

    def state(self) -> Any:
        """All that is needed to go on from here in an iterator made anew from the same dataset."""
        raise NotImplementedError

    def restore(self, state: Any) -> None:
        """Go on from where `state` was taken."""
        raise NotImplementedError

    def close(self) -> None:
        """Stop threads and close files."""


class WhereItsChildIs(NodeIterator):
    """An iterator whose position is that of its child, and which keeps nothing else."""

    _child: NodeIterator

    def state(self) -> Any:
        return self._child.state()

    def restore(self, state: Any) -> None:
        self._child.restore(state)

    def close(self) -> None:
        self._child.close()


def pieces(stream: NodeIterator, count: int) -> tuple[int, list[Any]]:
    """How many elements there were, at most `count`, and the stacked pieces of them as the stream gives them."""
    parts, got = [], 0
    while got < count:
        some, rows = stream.piece(count - got)
        if not some:
            break
        parts.append(rows)
        got += some
    return got, parts


def gathered(child: NodeIterator, size: int, whole: bool) -> list[Any]:
    """The next elements, at most `size`; `whole`: with an element that fails, those it would be with are left out."""
    items: list[Any] = []
    while len(items) < size:
        try:
            element = child.next()
        except Exception:
            if whole:
                pass_over(child, size - len(items) - 1)
            raise
        if element is END:
            break
        items.append(element)
    return items


def pass_over(child: NodeIterator, count: int) -> None:
    """Leave out some elements, whether they can be made or not."""
    for _ in range(count):
        try:
            if child.next() is END:
                return
        except Exception:
            continue


class SourceIterator(NodeIterator):
    """The elements of a source in order."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._position = 0

    def _advance(self, count: int) -> int:
        size = self._source.size
        start = self._position
        self._position = start + count if size == INFINITE else max(start, min(start + count, size))
        return self._position - start

    def chunk(self, count: int) -> tuple[int, Any]:
        start = self._position
        count = self._advance(count)
        return count, self._source.rows(start, start + count) if count else None

    def skip(self, count: int) -> int:
        return self._advance(count)

    def state(self) -> Any:
        return {"position": self._position}

    def restore(self, state: Any) -> None:
        self._position = int(state["position"])


class Lookahead(NodeIterator):
    """One element at a time from an iterator that is read in blocks."""

    def __init__(self, child: NodeIterator, block: int) -> None:
        self._child = child
        self._block = block
        self._begin(self._child.state())

    def _begin(self, before: Any) -> None:
        self._before, self._rows, self._count, self._at = before, None, 0, 0

    def next(self) -> Any:
        if self._at == self._count:
            self._begin(self._child.state())
            self._count, self._rows = self._child.chunk(self._block)
            if not self._count:
                return END
        self._at += 1
        return elements.row(self._rows, self._at - 1)

    def skip(self, count: int) -> int:
        kept = min(count, self._count - self._at)
        self._at += kept
        if kept == count:
            return kept
        skipped = self._child.skip(count - kept)
        self._begin(self._child.state())
        return kept + skipped

    def state(self) -> Any:
        return {"child": self._before, "at": self._at}

    def restore(self, state: Any) -> None:
        self._child.restore(state["child"])
        self._begin(state["child"])
        if state["at"]:
            self._child.skip(int(state["at"]))
            self._begin(self._child.state())

    def close(self) -> None:
        self._child.close()
