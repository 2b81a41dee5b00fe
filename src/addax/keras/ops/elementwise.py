"""`keras.ops`: functions of each element. Integers become floats where the result is one."""

from __future__ import annotations

from typing import Any

from addax.core import dtypes
from addax.keras.ops.function import function
from addax.keras.ops.promotion import floats, is_integer, tensor
from addax.ops import arithmetic, elementwise
from addax.ops import numpy_elementwise as more
from addax.ops.tnp import elementwise as tnp


@function
def absolute(x: Any) -> Any:
    """The absolute value.

    >>> from addax.keras import ops
    >>> ops.absolute([-1, 2]).numpy().tolist()
    [1, 2]
    """
    made = tensor(x)
    return made if made.dtype.is_bool else tnp.abs(made)


@function
def abs(x: Any) -> Any:  # noqa: A001
    """The absolute value.

    >>> from addax.keras import ops
    >>> ops.abs([-1, 2]).numpy().tolist()
    [1, 2]
    """
    return absolute(x)


@function
def fabs(x: Any) -> Any:
    """The absolute value, of floats.

    >>> from addax.keras import ops
    >>> ops.fabs([-1, 2]).numpy().tolist()
    [1.0, 2.0]
    """
    return elementwise.abs(floats(x))


@function
def negative(x: Any) -> Any:
    """-x.

    >>> from addax.keras import ops
    >>> ops.negative([1, -2]).numpy().tolist()
    [-1, 2]
    """
    x = tensor(x)
    return arithmetic.subtract(0, x) if x.dtype.is_unsigned else elementwise.negative(x)


@function
def sign(x: Any) -> Any:
    """-1, 0 or 1; x / |x| for complex numbers.

    >>> from addax.keras import ops
    >>> ops.sign([-3, 0, 2]).numpy().tolist()
    [-1, 0, 1]
    """
    return tnp.sign(tensor(x))


@function
def signbit(x: Any) -> Any:
    """Whether the sign bit is set.

    >>> from addax.keras import ops
    >>> ops.signbit([-0.0, 0.0]).numpy().tolist()
    [True, False]
    """
    return more.signbit(tensor(x))


@function
def square(x: Any) -> Any:
    """x * x; bools become int32.

    >>> from addax.keras import ops
    >>> ops.square([2, -3]).numpy().tolist()
    [4, 9]
    """
    made = tensor(x)
    return elementwise.square(tensor(made, "int32") if made.dtype.is_bool else made)


@function
def sqrt(x: Any) -> Any:
    """The square root.

    >>> from addax.keras import ops
    >>> ops.sqrt([4, 9]).numpy().tolist()
    [2.0, 3.0]
    """
    return elementwise.sqrt(floats(x))


@function
def cbrt(x: Any) -> Any:
    """The cube root, negative for negative numbers.

    >>> from addax.keras import ops
    >>> ops.cbrt([8.0, -27.0]).numpy().tolist()
    [2.0, -3.0]
    """
    return more.cbrt(floats(x))


@function
def reciprocal(x: Any) -> Any:
    """1 / x.

    >>> from addax.keras import ops
    >>> ops.reciprocal([2, 4]).numpy().tolist()
    [0.5, 0.25]
    """
    return elementwise.reciprocal(floats(x))


@function
def exp(x: Any) -> Any:
    """e**x.

    >>> from addax.keras import ops
    >>> print(ops.exp([0, 1]).numpy().round(4))
    [1.     2.7183]
    """
    return elementwise.exp(floats(x))


@function
def exp2(x: Any) -> Any:
    """2**x.

    >>> from addax.keras import ops
    >>> ops.exp2([0, 3]).numpy().tolist()
    [1.0, 8.0]
    """
    return more.exp2(floats(x))


@function
def expm1(x: Any) -> Any:
    """e**x - 1, exact near 0.

    >>> from addax.keras import ops
    >>> print(ops.expm1([0.0, 1.0]).numpy().round(4))
    [0.     1.7183]
    """
    return elementwise.expm1(floats(x))


@function
def log(x: Any) -> Any:
    """The natural logarithm.

    >>> from addax.keras import ops
    >>> print(ops.log([1, 10]).numpy().round(4))
    [0.     2.3026]
    """
    return elementwise.log(floats(x))


@function
def log2(x: Any) -> Any:
    """The logarithm to base 2.

    >>> from addax.keras import ops
    >>> ops.log2([1, 8]).numpy().tolist()
    [0.0, 3.0]
    """
    return more.log2(floats(x))


@function
def log10(x: Any) -> Any:
    """The logarithm to base 10.

    >>> from addax.keras import ops
    >>> print(ops.log10([1, 100]).numpy().round(4))
    [0. 2.]
    """
    return more.log10(floats(x))


@function
def log1p(x: Any) -> Any:
    """log(1 + x), exact near 0.

    >>> from addax.keras import ops
    >>> print(ops.log1p([0, 1]).numpy().round(4))
    [0.     0.6931]
    """
    return elementwise.log1p(floats(x))


@function
def i0(x: Any) -> Any:
    """The modified Bessel function of the first kind and order 0.

    >>> from addax.keras import ops
    >>> print(ops.i0([0.0, 1.0]).numpy().round(4))
    [1.     1.2661]
    """
    return more.i0(floats(x))


@function
def floor(x: Any) -> Any:
    """The largest whole number that is not above; a float.

    >>> from addax.keras import ops
    >>> ops.floor([1.5, -1.5]).numpy().tolist()
    [1.0, -2.0]
    """
    return elementwise.floor(floats(x))


@function
def ceil(x: Any) -> Any:
    """The smallest whole number that is not below; a float.

    >>> from addax.keras import ops
    >>> ops.ceil([1.5, -1.5]).numpy().tolist()
    [2.0, -1.0]
    """
    return elementwise.ceil(floats(x))


@function
def trunc(x: Any) -> Any:
    """Without what is behind the point.

    >>> from addax.keras import ops
    >>> ops.trunc([1.5, -1.5]).numpy().tolist()
    [1.0, -1.0]
    """
    made = tensor(x)
    return made if is_integer(made) else more.trunc(made)


@function
def round(x: Any, decimals: int = 0) -> Any:  # noqa: A001
    """Rounded, halves to even numbers.

    Args:
        x: a tensor.
        decimals: to how many places behind the point; negative: in front of it.

    >>> from addax.keras import ops
    >>> ops.round([0.5, 1.5, 1.24]).numpy().tolist()
    [0.0, 2.0, 1.0]
    """
    made = tensor(x)
    return more.round(tensor(made, "int32") if made.dtype.is_bool else made, int(decimals))


@function
def isfinite(x: Any) -> Any:
    """Whether it is neither infinite nor NaN.

    >>> from addax.keras import ops
    >>> ops.isfinite([1.0, float("inf"), float("nan")]).numpy().tolist()
    [True, False, False]
    """
    return more.finite(tensor(x), False)


@function
def isnan(x: Any) -> Any:
    """Whether it is NaN.

    >>> from addax.keras import ops
    >>> ops.isnan([1.0, float("inf"), float("nan")]).numpy().tolist()
    [False, False, True]
    """
    return more.finite(tensor(x), True)


@function
def isinf(x: Any) -> Any:
    """Whether it is infinite.

    >>> from addax.keras import ops
    >>> ops.isinf([1.0, float("-inf"), float("nan")]).numpy().tolist()
    [False, True, False]
    """
    return more.infinite(tensor(x), 0)


@function
def isposinf(x: Any) -> Any:
    """Whether it is positively infinite.

    >>> from addax.keras import ops
    >>> ops.isposinf([float("inf"), float("-inf")]).numpy().tolist()
    [True, False]
    """
    return more.infinite(tensor(x), 1)


@function
def isneginf(x: Any) -> Any:
    """Whether it is negatively infinite.

    >>> from addax.keras import ops
    >>> ops.isneginf([float("inf"), float("-inf")]).numpy().tolist()
    [False, True]
    """
    return more.infinite(tensor(x), -1)


@function
def nan_to_num(x: Any, nan: float = 0.0, posinf: Any = None, neginf: Any = None) -> Any:
    """Numbers in place of NaN and the infinities.

    Args:
        x: a tensor.
        nan: for NaN.
        posinf: for infinity; the largest number of the dtype by default.
        neginf: for minus infinity; the lowest number of the dtype by default.

    >>> from addax.keras import ops
    >>> ops.nan_to_num([1.0, float("nan"), float("inf")], posinf=9).numpy().tolist()
    [1.0, 0.0, 9.0]
    """
    return more.nan_to_num(tensor(x), nan, posinf, neginf)


@function
def view(x: Any, dtype: Any = None) -> Any:
    """The same bytes as another dtype.

    >>> from addax.keras import ops
    >>> ops.view([1.0], "int32").numpy().tolist()
    [1065353216]
    """

    made = tensor(x)
    return made if dtype is None else more.view(made, dtypes.as_dtype(dtype))
