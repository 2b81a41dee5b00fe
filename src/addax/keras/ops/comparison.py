"""`keras.ops`: comparisons and logic."""

from __future__ import annotations

from typing import Any

from addax.keras.ops.function import function
from addax.keras.ops.promotion import common, tensor
from addax.ops import comparison
from addax.ops import numpy_elementwise as more
from addax.ops import numpy_statistics as statistics
from addax.ops.tnp import logic


@function
def equal(x1: Any, x2: Any) -> Any:
    """Whether x1 == x2."""
    return comparison.equal(*common(x1, x2))


@function
def not_equal(x1: Any, x2: Any) -> Any:
    """Whether x1 != x2."""
    return comparison.not_equal(*common(x1, x2))


@function
def less(x1: Any, x2: Any) -> Any:
    """Whether x1 < x2.

    >>> from addax.keras import ops
    >>> ops.less([1, 2], 1.5).numpy().tolist()
    [True, False]
    """
    return more.compare(*common(x1, x2), "less")


@function
def less_equal(x1: Any, x2: Any) -> Any:
    """Whether x1 <= x2."""
    return more.compare(*common(x1, x2), "less_equal")


@function
def greater(x1: Any, x2: Any) -> Any:
    """Whether x1 > x2."""
    return more.compare(*common(x1, x2), "greater")


@function
def greater_equal(x1: Any, x2: Any) -> Any:
    """Whether x1 >= x2."""
    return more.compare(*common(x1, x2), "greater_equal")


@function
def isclose(x1: Any, x2: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Any:
    """Whether |x1 - x2| is at most atol + rtol |x2|; with `equal_nan`, NaN is close to NaN."""
    return more.isclose(*common(x1, x2), float(rtol), float(atol), bool(equal_nan))


@function
def allclose(x1: Any, x2: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Any:
    """Whether all are close; see `isclose`."""
    return logic.all(isclose(x1, x2, rtol, atol, equal_nan))


@function
def isin(x1: Any, x2: Any, assume_unique: bool = False, invert: bool = False) -> Any:
    """Whether each element of x1 is one of x2's.

    Args:
        x1: a tensor.
        x2: a tensor.
        assume_unique: a promise that no element stands twice in either; the result does not depend on it.
        invert: whether it is none of x2's.
    """
    return statistics.isin(*common(x1, x2), bool(invert))


@function
def logical_and(x1: Any, x2: Any) -> Any:
    """Whether neither is 0."""
    return logic.logical_and(tensor(x1), tensor(x2))


@function
def logical_or(x1: Any, x2: Any) -> Any:
    """Whether one is not 0."""
    return logic.logical_or(tensor(x1), tensor(x2))


@function
def logical_xor(x1: Any, x2: Any) -> Any:
    """Whether exactly one is not 0."""
    return logic.logical_xor(tensor(x1), tensor(x2))


@function
def logical_not(x: Any) -> Any:
    """Whether it is 0."""
    return logic.logical_not(tensor(x))
