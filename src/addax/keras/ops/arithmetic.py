"""`keras.ops`: arithmetic of two tensors, in their common dtype."""

from __future__ import annotations

from typing import Any

from addax.core import errors
from addax.keras.ops.function import function
from addax.keras.ops.promotion import common, common_floats, floats, numbers, tensor
from addax.ops import arithmetic, comparison
from addax.ops import numpy_elementwise as more


@function
def add(x1: Any, x2: Any) -> Any:
    """x1 + x2 in their common dtype; bools are or-ed.

    >>> from addax.keras import ops
    >>> ops.add([1, 2], 0.5).numpy().tolist()
    [1.5, 2.5]
    """
    x, y = common(x1, x2)
    return comparison.logical_or(x, y) if x.dtype.is_bool else arithmetic.add(x, y)


@function
def subtract(x1: Any, x2: Any) -> Any:
    """x1 - x2 in their common dtype.

    >>> from addax.keras import ops
    >>> ops.subtract([3, 2], [1, 0.5]).numpy().tolist()
    [2.0, 1.5]
    """
    return arithmetic.subtract(*common(x1, x2))


@function
def multiply(x1: Any, x2: Any) -> Any:
    """x1 * x2 in their common dtype; bools are and-ed.

    >>> from addax.keras import ops
    >>> ops.multiply([3, 2], 2).numpy().tolist()
    [6, 4]
    """
    x, y = common(x1, x2)
    return comparison.logical_and(x, y) if x.dtype.is_bool else arithmetic.multiply(x, y)


@function
def divide(x1: Any, x2: Any) -> Any:
    """x1 / x2, of floats.

    >>> from addax.keras import ops
    >>> ops.divide([3, 2], 2).numpy().tolist()
    [1.5, 1.0]
    """
    return arithmetic.truediv(*common_floats(x1, x2))


@function
def true_divide(x1: Any, x2: Any) -> Any:
    """x1 / x2, of floats.

    >>> from addax.keras import ops
    >>> ops.true_divide([3, 2], 2).numpy().tolist()
    [1.5, 1.0]
    """
    return divide(x1, x2)


@function
def divide_no_nan(x1: Any, x2: Any) -> Any:
    """x1 / x2, 0 where x2 is 0.

    >>> from addax.keras import ops
    >>> ops.divide_no_nan([3.0, 2.0], [2.0, 0.0]).numpy().tolist()
    [1.5, 0.0]
    """
    return arithmetic.divide_no_nan(*common_floats(x1, x2))


@function
def floor_divide(x1: Any, x2: Any) -> Any:
    """The largest whole number that is not above x1 / x2.

    >>> from addax.keras import ops
    >>> ops.floor_divide([7, -7], 2).numpy().tolist()
    [3, -4]
    """
    return more.floor_divide(*numbers(x1, x2))


@function
def mod(x1: Any, x2: Any) -> Any:
    """What floor_divide leaves, of the sign of x2.

    >>> from addax.keras import ops
    >>> ops.mod([7, -7], 3).numpy().tolist()
    [1, 2]
    """
    return more.mod(*numbers(x1, x2))


@function
def fmod(x1: Any, x2: Any) -> Any:
    """What is left of x1 / x2 rounded towards 0, of the sign of x1.

    >>> from addax.keras import ops
    >>> ops.fmod([7, -7], 3).numpy().tolist()
    [1, -1]
    """
    return more.fmod(*numbers(x1, x2))


@function
def power(x1: Any, x2: Any) -> Any:
    """x1**x2 in their common dtype.

    >>> from addax.keras import ops
    >>> ops.power([2, 3], 2).numpy().tolist()
    [4, 9]
    """
    return more.power(*numbers(x1, x2))


@function
def maximum(x1: Any, x2: Any) -> Any:
    """The larger of both; NaN where one is NaN.

    >>> from addax.keras import ops
    >>> ops.maximum([1, 5], 3).numpy().tolist()
    [3, 5]
    """
    x, y = common(x1, x2)
    return comparison.logical_or(x, y) if x.dtype.is_bool else arithmetic.maximum(x, y)


@function
def minimum(x1: Any, x2: Any) -> Any:
    """The smaller of both; NaN where one is NaN.

    >>> from addax.keras import ops
    >>> ops.minimum([1, 5], 3).numpy().tolist()
    [1, 3]
    """
    x, y = common(x1, x2)
    return comparison.logical_and(x, y) if x.dtype.is_bool else arithmetic.minimum(x, y)


@function
def fmax(x1: Any, x2: Any) -> Any:
    """The larger of both, or the one that is not NaN.

    >>> from addax.keras import ops
    >>> ops.fmax([1.0, float("nan")], 0.5).numpy().tolist()
    [1.0, 0.5]
    """
    return more.fmax(*common(x1, x2))


@function
def fmin(x1: Any, x2: Any) -> Any:
    """The smaller of both, or the one that is not NaN.

    >>> from addax.keras import ops
    >>> ops.fmin([1.0, float("nan")], 0.5).numpy().tolist()
    [0.5, 0.5]
    """
    return more.fmin(*common(x1, x2))


@function
def clip(x: Any, x_min: Any, x_max: Any) -> Any:
    """`x` between two bounds; one of them may be None.

    >>> from addax.keras import ops
    >>> ops.clip([1, 5, 9], 2, 6).numpy().tolist()
    [2, 5, 6]
    """
    made = tensor(x)
    made = tensor(made, "int32") if made.dtype.is_bool else made
    made = made if x_min is None else arithmetic.maximum(*common(made, x_min))
    return made if x_max is None else arithmetic.minimum(*common(made, x_max))


@function
def logaddexp(x1: Any, x2: Any) -> Any:
    """log(exp(x1) + exp(x2)), without overflow.

    >>> from addax.keras import ops
    >>> print(ops.logaddexp([0.0], [0.0]).numpy().round(4))
    [0.6931]
    """
    return more.logaddexp(*common_floats(tensor(x1), tensor(x2)))  # numbers are no weaker here


@function
def logaddexp2(x1: Any, x2: Any) -> Any:
    """log2(2**x1 + 2**x2), without overflow.

    >>> from addax.keras import ops
    >>> ops.logaddexp2([2.0], [2.0]).numpy().tolist()
    [3.0]
    """
    return more.logaddexp2(*common_floats(tensor(x1), tensor(x2)))  # numbers are no weaker here


@function
def heaviside(x1: Any, x2: Any) -> Any:
    """0 where x1 is negative, 1 where it is positive, x2 where it is 0.

    >>> from addax.keras import ops
    >>> ops.heaviside([-1.0, 0.0, 2.0], 0.5).numpy().tolist()
    [0.0, 0.5, 1.0]
    """
    return more.heaviside(*common_floats(x1, x2))


@function
def nextafter(x1: Any, x2: Any) -> Any:
    """The next float after x1 in the direction of x2.

    >>> from addax.keras import ops
    >>> (ops.nextafter([1.0], [2.0]) > 1.0).numpy().tolist()
    [True]
    """
    return arithmetic.nextafter(*common_floats(x1, x2))


@function
def ldexp(x1: Any, x2: Any) -> Any:
    """x1 * 2**x2.

    Raises:
        TypeError: x2 holds no integers.

    >>> from addax.keras import ops
    >>> ops.ldexp([1.0, 3.0], [2, -1]).numpy().tolist()
    [4.0, 1.5]
    """
    power_of_two = tensor(x2)
    if not power_of_two.dtype.is_integer:
        raise TypeError(errors.message("keras.ops.ldexp", expected="x2 of integers", received={"x2": power_of_two}))
    return more.ldexp(floats(x1), power_of_two)
