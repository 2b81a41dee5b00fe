"""A random box of an image, drawn on the host as TensorFlow draws it: a shape within bounds, then a place.

The same words of 32 bits give the same box as there: in single precision, rounded to even, in this order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from addax.core import philox

_UNIT = 2.0**-23  # words give numbers in [0, 1) by their last 23 bits
_ALMOST_HALF = 0.5 - 1e-7
_float = np.float32


def words(key: Any) -> Iterator[int]:
    """Random words of 32 bits without end.

    Args:
        key: a position of Philox, or the words of another generator's key.
    """
    if key.dtype == np.uint64:
        step = 0
        while True:
            yield from (int(each) for each in philox._words(key, np.uint64(step)))
            step += 1
    generator = np.random.default_rng(key)
    while True:
        yield int(generator.integers(0, 2**32))


def _below(rest: Iterator[int], count: int) -> int:
    """A whole number below `count`, all equally likely."""
    if count & (count - 1) == 0:
        return next(rest) & (count - 1)
    least = (2**32 - 1) % count + 1
    while (word := next(rest)) < least:
        pass
    return word % count


def _nearest(number: Any) -> int:
    return int(np.rint(_float(number)))


def random_box(
    rest: Iterator[int],
    height: int,
    width: int,
    boxes: np.ndarray,
    covered: float,
    ratios: Sequence[float],
    areas: Sequence[float],
) -> tuple[int, int, int, int] | None:
    """One attempt: (top, left, rows, columns) of a box, None if it does not fit or covers too little.

    Args:
        rest: random words.
        height: of the image.
        width: of the image.
        boxes: (n, 4): y1, x1, y2, x2 as shares of the image.
        covered: which share of one of them must lie inside.
        ratios: the bounds of columns to rows.
        areas: the bounds of the share of the image.
    """
    low, high = map(_float, ratios)
    ratio = _float(_float((next(rest) & 0x7FFFFF) * _UNIT) * (high - low) + low)
    sizes = _sizes(rest, height, width, ratio, [_float(each) * _float(width) * _float(height) for each in areas])
    if sizes is None:
        return None
    rows, columns = sizes
    top = _below(rest, height - rows) if rows < height else 0
    left = _below(rest, width - columns) if columns < width else 0
    for y1, x1, y2, x2 in (boxes.astype(np.float32) * np.array([height, width, height, width], np.float32)).astype(int):
        area = (y2 - y1) * (x2 - x1)
        inner = max(0, min(y2, top + rows) - max(y1, top)) * max(0, min(x2, left + columns) - max(x1, left))
        if area >= 1 and _float(inner) / _float(area) >= _float(covered):
            return top, left, rows, columns
    return None


def _sizes(rest: Iterator[int], height: int, width: int, ratio: Any, areas: Sequence[Any]) -> tuple[int, int] | None:
    """The rows and columns of a box with an area within bounds; None if such do not fit."""
    least, most = areas
    rows, top = _nearest(np.sqrt(least / ratio)), _nearest(np.sqrt(most / ratio))
    if _nearest(top * ratio) > width:
        top = int((width + _ALMOST_HALF) / ratio)
        top -= _nearest(top * ratio) > width
    top = min(top, height)
    rows = min(rows, top)
    if rows < top:
        rows += _below(rest, top - rows + 1)
    columns = _nearest(rows * ratio)
    if rows * columns < least:
        rows += 1
        columns = _nearest(rows * ratio)
    if rows * columns > most:
        rows -= 1
        columns = _nearest(rows * ratio)
    fits = least <= rows * columns <= most and 0 < columns <= width and 0 < rows <= height
    return (rows, columns) if fits else None
