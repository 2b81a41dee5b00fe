"""Batches for a training loop, several at a time where their shapes allow it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from addax.data import elements
from addax.data.node import END, Node
from addax.data.seeds import Position


class BatchStream:
    """One pass over a dataset of batches.

    Args:
        node: the dataset's last node.
    """

    def __init__(self, node: Node) -> None:
        source = node.behind_prefetch
        self.in_blocks = source.in_blocks
        self._iterator = Position(source if self.in_blocks else node).iterator
        self._waiting: Any = None  # a batch of another shape than those before it
        self._alone: list[Any] = []  # batches of a block that cannot be behind each other
        self._failure: Exception | None = None

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        element = self._next()
        if element is END:
            raise StopIteration
        return element

    def _next(self) -> Any:
        if self._alone:
            return self._alone.pop(0)
        if self._waiting is not None:
            element, self._waiting = self._waiting, None
            return element
        if self._failure is not None:
            error, self._failure = self._failure, None
            raise error
        return self._iterator.next()

    def several(self, count: int) -> tuple[int, Any]:
        """Up to `count` batches of the same shapes, their rows behind each other.

        An error in the data comes when the batches before it have been handed out.

        Returns:
            (number of batches, structure of arrays); (0, None) at the end. A batch that cannot be put behind another
            one (strings, ragged and sparse tensors, scalars) comes alone.
        """
        if self._alone:
            return 1, self._alone.pop(0)
        if self.in_blocks:
            got, rows = self._iterator.several(count)
            sizes = {len(leaf) for leaf in elements.flatten(rows) if leaf is not None} if got > 1 else ()
            if len(sizes) > 1:  # datasets with batches of other sizes were zipped
                self._alone = [_of_block(rows, got, place) for place in range(got)]
                return 1, self._alone.pop(0)
            return got, rows
        first = self._next()
        if first is END:
            return 0, None
        items = [first]
        wanted = _shapes(first)
        while len(items) < count and wanted is not None:
            try:
                element = self._next()
            except Exception as error:
                self._failure = error
                break
            if element is END:
                break
            if _shapes(element) != wanted:
                self._waiting = element
                break
            items.append(element)
        return len(items), elements.join(items)


def _of_block(rows: Any, count: int, place: int) -> Any:
    """One of `count` batches behind each other, whose leaves may have sizes of their own."""

    def part(leaf: Any) -> Any:
        size = len(leaf) // count
        return leaf[place * size : (place + 1) * size]

    return elements.apply(part, rows)


def _shapes(element: Any) -> Any:
    """What batches that fit behind each other have in common; None where none fits."""
    if type(element) is tuple and all(map(_is_plain, element)):
        leaves, structure = element, None  # by far the most; looked at once a batch
    else:
        leaves = [leaf for leaf in elements.flatten(element) if leaf is not None]
        structure = elements.apply(lambda leaf: 0, element)
        if not all(map(_is_plain, leaves)):
            return None
    described = [(leaf.shape, leaf.dtype) for leaf in leaves]
    if not described or not all(shape and dtype.kind != "O" for shape, dtype in described):
        return None
    rows = described[0][0][0]
    if not rows or any(shape[0] != rows for shape, _ in described):
        return None
    return described, structure


_plain: dict[type, bool] = {}


def _is_plain(leaf: Any) -> bool:
    """Whether a leaf is an array: its type says so."""
    kind = type(leaf)
    found = _plain.get(kind)
    if found is None:
        found = _plain[kind] = elements.is_array(leaf)
    return found
