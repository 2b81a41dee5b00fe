"""Sizes for the open dimensions of a symbolic call whose arguments do not fit each other if all open ones are alike.

A mask of five steps goes with inputs of any number of steps; a state of three rows with any batch. Where the call
refuses the sizes that usually stand for open dimensions, those that other arguments say are tried.
"""

from __future__ import annotations

from collections.abc import Sequence

Shape = Sequence[int | None]


def of_others(shapes: Sequence[Shape]) -> dict[int, int]:
    """By axis, the last one (features) aside: the size that some of the shapes say and others leave open.

    >>> from addax.keras.open_sizes import of_others
    >>> of_others([(None, None, 8), (None, 5)])
    {1: 5}
    >>> of_others([(None, 8), (3, None)])
    {0: 3}
    """
    found: dict[int, int] = {}
    for axis in range(max((len(shape) - 1 for shape in shapes), default=0)):
        sizes = {shape[axis] for shape in shapes if len(shape) > axis}
        known = [size for size in sizes if size is not None]
        if len(known) == 1 < len(sizes):
            found[axis] = known[0]
    return found


def filled(shape: Shape, sizes: Sequence[int], instead: dict[int, int]) -> tuple[int, ...]:
    """`sizes`, with those of open dimensions taken from `instead` where it has them."""
    return tuple(instead.get(i, size) if shape[i] is None else size for i, size in enumerate(sizes))


def opened(shape: Shape, closed: dict[int, int]) -> list[int | None]:
    """A result's shape, open again where its sizes may come from those that were put in for open ones."""
    return [None if size == closed.get(i, -1) else size for i, size in enumerate(shape)]
