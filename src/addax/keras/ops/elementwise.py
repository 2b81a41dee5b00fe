"""`keras.ops`: functions of each element. Integers become floats where the result is one."""

from __future__ import annotations

from typing import Any

from addax.core import dtypes, errors
from addax.keras.ops.function import function
from addax.keras.ops.promotion import common, common_floats, floats, is_integer, tensor
from addax.ops import arithmetic, bitwise, casting, comparison, elementwise
from addax.ops import numpy_elementwise as more
from addax.ops.tnp import complex_numbers
from addax.ops.tnp import elementwise as tnp

# ---------------------------------------------------------------------------- of one tensor


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
    """The absolute value."""
    return absolute(x)


@function
def fabs(x: Any) -> Any:
    """The absolute value, of floats."""
    return elementwise.abs(floats(x))


@function
def negative(x: Any) -> Any:
    """-x."""
    x = tensor(x)
    return arithmetic.subtract(0, x) if x.dtype.is_unsigned else elementwise.negative(x)


@function
def sign(x: Any) -> Any:
    """-1, 0 or 1; x / |x| for complex numbers."""
    return tnp.sign(tensor(x))


@function
def signbit(x: Any) -> Any:
    """Whether the sign bit is set."""
    return more.signbit(tensor(x))


@function
def square(x: Any) -> Any:
    """x * x; bools become int32."""
    made = tensor(x)
    return elementwise.square(tensor(made, "int32") if made.dtype.is_bool else made)


@function
def sqrt(x: Any) -> Any:
    """The square root."""
    return elementwise.sqrt(floats(x))


@function
def cbrt(x: Any) -> Any:
    """The cube root, negative for negative numbers."""
    return more.cbrt(floats(x))


@function
def reciprocal(x: Any) -> Any:
    """1 / x."""
    return elementwise.reciprocal(floats(x))


@function
def exp(x: Any) -> Any:
    """e**x."""
    return elementwise.exp(floats(x))


@function
def exp2(x: Any) -> Any:
    """2**x."""
    return more.exp2(floats(x))


@function
def expm1(x: Any) -> Any:
    """e**x - 1, exact near 0."""
    return elementwise.expm1(floats(x))


@function
def log(x: Any) -> Any:
    """The natural logarithm."""
    return elementwise.log(floats(x))


@function
def log2(x: Any) -> Any:
    """The logarithm to base 2."""
    return more.log2(floats(x))


@function
def log10(x: Any) -> Any:
    """The logarithm to base 10."""
    return more.log10(floats(x))


@function
def log1p(x: Any) -> Any:
    """log(1 + x), exact near 0."""
    return elementwise.log1p(floats(x))


@function
def sin(x: Any) -> Any:
    """The sine of an angle in radians."""
    return elementwise.sin(floats(x))


@function
def cos(x: Any) -> Any:
    """The cosine of an angle in radians."""
    return elementwise.cos(floats(x))


@function
def tan(x: Any) -> Any:
    """The tangent of an angle in radians."""
    return elementwise.tan(floats(x))


@function
def arcsin(x: Any) -> Any:
    """The angle of a sine."""
    return elementwise.asin(floats(x))


@function
def arccos(x: Any) -> Any:
    """The angle of a cosine."""
    return elementwise.acos(floats(x))


@function
def arctan(x: Any) -> Any:
    """The angle of a tangent."""
    return elementwise.atan(floats(x))


@function
def sinh(x: Any) -> Any:
    """The hyperbolic sine."""
    return elementwise.sinh(floats(x))


@function
def cosh(x: Any) -> Any:
    """The hyperbolic cosine."""
    return elementwise.cosh(floats(x))


@function
def tanh(x: Any) -> Any:
    """The hyperbolic tangent."""
    return elementwise.tanh(floats(x))


@function
def arcsinh(x: Any) -> Any:
    """The inverse of sinh."""
    return elementwise.asinh(floats(x))


@function
def arccosh(x: Any) -> Any:
    """The inverse of cosh."""
    return elementwise.acosh(floats(x))


@function
def arctanh(x: Any) -> Any:
    """The inverse of tanh."""
    return elementwise.atanh(floats(x))


@function
def sinc(x: Any) -> Any:
    """sin(pi x) / (pi x), 1 at 0."""
    return more.sinc(floats(x))


@function
def i0(x: Any) -> Any:
    """The modified Bessel function of the first kind and order 0."""
    return more.i0(floats(x))


@function
def deg2rad(x: Any) -> Any:
    """Degrees as radians."""
    return floats(x) * 0.017453292519943295


@function
def rad2deg(x: Any) -> Any:
    """Radians as degrees."""
    return floats(x) * 57.29577951308232


@function
def floor(x: Any) -> Any:
    """The largest whole number that is not above; a float."""
    return elementwise.floor(floats(x))


@function
def ceil(x: Any) -> Any:
    """The smallest whole number that is not below; a float."""
    return elementwise.ceil(floats(x))


@function
def trunc(x: Any) -> Any:
    """Without what is behind the point."""
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
def real(x: Any) -> Any:
    """The real part."""
    return complex_numbers.real(tensor(x))


@function
def imag(x: Any) -> Any:
    """The imaginary part; zeros where there is none."""
    return complex_numbers.imag(tensor(x))


@function
def angle(x: Any) -> Any:
    """The angle of complex numbers, in radians."""
    return casting.angle(floats(x))


@function
def conjugate(x: Any) -> Any:
    """The complex conjugate."""
    made = tensor(x)
    return casting.conj(made) if made.dtype.is_complex else made


@function
def conj(x: Any) -> Any:
    """The complex conjugate."""
    return conjugate(x)


@function
def isfinite(x: Any) -> Any:
    """Whether it is neither infinite nor NaN."""
    return more.finite(tensor(x), False)


@function
def isnan(x: Any) -> Any:
    """Whether it is NaN."""
    return more.finite(tensor(x), True)


@function
def isinf(x: Any) -> Any:
    """Whether it is infinite."""
    return more.infinite(tensor(x), 0)


@function
def isposinf(x: Any) -> Any:
    """Whether it is positively infinite."""
    return more.infinite(tensor(x), 1)


@function
def isneginf(x: Any) -> Any:
    """Whether it is negatively infinite."""
    return more.infinite(tensor(x), -1)


@function
def isreal(x: Any) -> Any:
    """Whether the imaginary part is 0."""
    return complex_numbers.isreal(tensor(x))


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
    """The same bytes as another dtype."""

    made = tensor(x)
    return made if dtype is None else more.view(made, dtypes.as_dtype(dtype))


# ---------------------------------------------------------------------------- of two tensors


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
    """x1 - x2 in their common dtype."""
    return arithmetic.subtract(*common(x1, x2))


@function
def multiply(x1: Any, x2: Any) -> Any:
    """x1 * x2 in their common dtype; bools are and-ed."""
    x, y = common(x1, x2)
    return comparison.logical_and(x, y) if x.dtype.is_bool else arithmetic.multiply(x, y)


@function
def divide(x1: Any, x2: Any) -> Any:
    """x1 / x2, of floats."""
    return arithmetic.truediv(*common_floats(x1, x2))


@function
def true_divide(x1: Any, x2: Any) -> Any:
    """x1 / x2, of floats."""
    return divide(x1, x2)


@function
def divide_no_nan(x1: Any, x2: Any) -> Any:
    """x1 / x2, 0 where x2 is 0."""
    return arithmetic.divide_no_nan(*common_floats(x1, x2))


def _numbers(*values: Any) -> list[Any]:
    """Tensors of their common dtype, bools as int32."""
    made = common(*values)
    return [tensor(each, "int32") for each in made] if made[0].dtype.is_bool else made


@function
def floor_divide(x1: Any, x2: Any) -> Any:
    """The largest whole number that is not above x1 / x2."""
    return more.floor_divide(*_numbers(x1, x2))


@function
def mod(x1: Any, x2: Any) -> Any:
    """What floor_divide leaves, of the sign of x2."""
    return more.mod(*_numbers(x1, x2))


@function
def fmod(x1: Any, x2: Any) -> Any:
    """What is left of x1 / x2 rounded towards 0, of the sign of x1."""
    return more.fmod(*_numbers(x1, x2))


@function
def power(x1: Any, x2: Any) -> Any:
    """x1**x2 in their common dtype."""
    return more.power(*_numbers(x1, x2))


@function
def maximum(x1: Any, x2: Any) -> Any:
    """The larger of both; NaN where one is NaN."""
    x, y = common(x1, x2)
    return comparison.logical_or(x, y) if x.dtype.is_bool else arithmetic.maximum(x, y)


@function
def minimum(x1: Any, x2: Any) -> Any:
    """The smaller of both; NaN where one is NaN."""
    x, y = common(x1, x2)
    return comparison.logical_and(x, y) if x.dtype.is_bool else arithmetic.minimum(x, y)


@function
def fmax(x1: Any, x2: Any) -> Any:
    """The larger of both, or the one that is not NaN."""
    return more.fmax(*common(x1, x2))


@function
def fmin(x1: Any, x2: Any) -> Any:
    """The smaller of both, or the one that is not NaN."""
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
def arctan2(x1: Any, x2: Any) -> Any:
    """The angle of the points (x2, x1), in radians."""
    return arithmetic.atan2(*common_floats(tensor(x1), tensor(x2)))  # numbers are no weaker here


@function
def hypot(x1: Any, x2: Any) -> Any:
    """sqrt(x1**2 + x2**2)."""
    return more.hypot(*common_floats(x1, x2))


@function
def logaddexp(x1: Any, x2: Any) -> Any:
    """log(exp(x1) + exp(x2)), without overflow."""
    return more.logaddexp(*common_floats(tensor(x1), tensor(x2)))  # numbers are no weaker here


@function
def logaddexp2(x1: Any, x2: Any) -> Any:
    """log2(2**x1 + 2**x2), without overflow."""
    return more.logaddexp2(*common_floats(tensor(x1), tensor(x2)))  # numbers are no weaker here


@function
def heaviside(x1: Any, x2: Any) -> Any:
    """0 where x1 is negative, 1 where it is positive, x2 where it is 0."""
    return more.heaviside(*common_floats(x1, x2))


@function
def nextafter(x1: Any, x2: Any) -> Any:
    """The next float after x1 in the direction of x2."""
    return arithmetic.nextafter(*common_floats(x1, x2))


@function
def ldexp(x1: Any, x2: Any) -> Any:
    """x1 * 2**x2.

    Raises:
        TypeError: x2 holds no integers.
    """
    power_of_two = tensor(x2)
    if not power_of_two.dtype.is_integer:
        raise TypeError(errors.message("keras.ops.ldexp", expected="x2 of integers", received={"x2": power_of_two}))
    return more.ldexp(floats(x1), power_of_two)


# ---------------------------------------------------------------------------- integers and bits


@function
def gcd(x1: Any, x2: Any) -> Any:
    """The greatest common divisor of integers."""
    return more.gcd(*common(x1, x2), False)


@function
def lcm(x1: Any, x2: Any) -> Any:
    """The least common multiple of integers."""
    return more.gcd(*common(x1, x2), True)


@function
def bitwise_and(x: Any, y: Any) -> Any:
    """The bits that both have."""
    return tnp.bitwise_and(*common(x, y))


@function
def bitwise_or(x: Any, y: Any) -> Any:
    """The bits that one of both has."""
    return tnp.bitwise_or(*common(x, y))


@function
def bitwise_xor(x: Any, y: Any) -> Any:
    """The bits that exactly one of both has."""
    return tnp.bitwise_xor(*common(x, y))


@function
def bitwise_invert(x: Any) -> Any:
    """All bits turned over."""
    made = tensor(x)
    return comparison.logical_not(made) if made.dtype.is_bool else bitwise.invert(made)


@function
def bitwise_not(x: Any) -> Any:
    """All bits turned over."""
    return bitwise_invert(x)


@function
def bitwise_left_shift(x: Any, y: Any) -> Any:
    """The bits of x moved up by y places."""
    return more.shift(*_numbers(x, y), True)


@function
def left_shift(x: Any, y: Any) -> Any:
    """The bits of x moved up by y places."""
    return bitwise_left_shift(x, y)


@function
def bitwise_right_shift(x: Any, y: Any) -> Any:
    """The bits of x moved down by y places."""
    return more.shift(*_numbers(x, y), False)


@function
def right_shift(x: Any, y: Any) -> Any:
    """The bits of x moved down by y places."""
    return bitwise_right_shift(x, y)
