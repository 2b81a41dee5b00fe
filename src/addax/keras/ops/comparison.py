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
    """Whether x1 == x2.

    >>> from addax.keras import ops
    >>> ops.equal([1, 2], [1.0, 3.0]).numpy().tolist()
    [True, False]
    """
    return comparison.equal(*common(x1, x2))


@function
def not_equal(x1: Any, x2: Any) -> Any:
    """Whether x1 != x2.

    >>> from addax.keras import ops
    >>> ops.not_equal([1, 2], [1.0, 3.0]).numpy().tolist()
    [False, True]
    """
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
    """Whether x1 <= x2.

    >>> from addax.keras import ops
    >>> ops.less_equal([1, 2, 3], 2).numpy().tolist()
    [True, True, False]
    """
    return more.compare(*common(x1, x2), "less_equal")


@function
def greater(x1: Any, x2: Any) -> Any:
    """Whether x1 > x2.

    >>> from addax.keras import ops
    >>> ops.greater([1, 2, 3], 2).numpy().tolist()
    [False, False, True]
    """
    return more.compare(*common(x1, x2), "greater")


@function
def greater_equal(x1: Any, x2: Any) -> Any:
    """Whether x1 >= x2.

    >>> from addax.keras import ops
    >>> ops.greater_equal([1, 2, 3], 2).numpy().tolist()
    [False, True, True]
    """
    return more.compare(*common(x1, x2), "greater_equal")


@function
def isclose(x1: Any, x2: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Any:
    """Whether |x1 - x2| is at most atol + rtol |x2|; with `equal_nan`, NaN is close to NaN.

    >>> from addax.keras import ops
    >>> ops.isclose([1.0, 1.0], [1.000001, 1.1]).numpy().tolist()
    [True, False]
    """
    return more.isclose(*common(x1, x2), float(rtol), float(atol), bool(equal_nan))


@function
def allclose(x1: Any, x2: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Any:
    """Whether all are close; see `isclose`.

    >>> from addax.keras import ops
    >>> ops.allclose([1.0, 2.0], [1.000001, 2.0]).numpy()
    np.True_
    """
    return logic.all(isclose(x1, x2, rtol, atol, equal_nan))


@function
def isin(x1: Any, x2: Any, assume_unique: bool = False, invert: bool = False) -> Any:
    """Whether each element of x1 is one of x2's.

    Args:
        x1: a tensor.
        x2: a tensor.
        assume_unique: a promise that no element stands twice in either; the result does not depend on it.
        invert: whether it is none of x2's.

    >>> from addax.keras import ops
    >>> ops.isin([1, 2, 3], [3, 1]).numpy().tolist()
    [True, False, True]
    """
    return statistics.isin(*common(x1, x2), bool(invert))


@function
def logical_and(x1: Any, x2: Any) -> Any:
    """Whether neither is 0.

    >>> from addax.keras import ops
    >>> ops.logical_and([1, 0], [True, True]).numpy().tolist()
    [True, False]
    """
    return logic.logical_and(tensor(x1), tensor(x2))


@function
def logical_or(x1: Any, x2: Any) -> Any:
    """Whether one is not 0.

    >>> from addax.keras import ops
    >>> ops.logical_or([1, 0], [False, False]).numpy().tolist()
    [True, False]
    """
    return logic.logical_or(tensor(x1), tensor(x2))


@function
def logical_xor(x1: Any, x2: Any) -> Any:
    """Whether exactly one is not 0.

    >>> from addax.keras import ops
    >>> ops.logical_xor([True, True], [False, True]).numpy().tolist()
    [True, False]
    """
    return logic.logical_xor(tensor(x1), tensor(x2))


@function
def logical_not(x: Any) -> Any:
    """Whether it is 0.

    >>> from addax.keras import ops
    >>> ops.logical_not([1, 0]).numpy().tolist()
    [False, True]
    """
    return logic.logical_not(tensor(x))
