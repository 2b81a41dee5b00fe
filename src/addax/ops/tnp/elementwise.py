"""Functions of each element: arithmetic, exponentials, trigonometry, rounding."""

from __future__ import annotations

import math
from typing import Any

import jax.numpy as jnp
import numpy as np

from addax.core import errors
from addax.core.convert import FreeLike, TensorLike
from addax.core.dispatch import op
from addax.core.linearization import zero_safe
from addax.core.tensor import Tensor
from addax.ops import arithmetic, bitwise, comparison, elementwise, numpy_elementwise
from addax.ops.tnp.promotion import (
    as_tensor,
    default_float,
    dtype_of,
    inexact,
    is_number,
    promote,
    promote_inexact,
    promote_numbers,
    rules,
)

# ---------------------------------------------------------------------------- of one array


@op(name="experimental.numpy.abs", kinds="fciu")
def _abs_unsigned(x: TensorLike) -> Any:
    return jnp.abs(x)


def abs(x: Any) -> Tensor:  # noqa: A001
    """The absolute value."""
    made = as_tensor(x)
    return elementwise.abs(made) if dtype_of(made).kind != "u" else _abs_unsigned(made)


def absolute(x: Any) -> Tensor:
    """The absolute value."""
    return abs(x)


def fabs(x: Any) -> Tensor:
    """The absolute value."""
    return abs(x)


def negative(x: Any) -> Tensor:
    """-x."""
    return elementwise.negative(as_tensor(x))


def positive(x: Any) -> Tensor:
    """+x."""
    return as_tensor(x)


@op(name="experimental.numpy.sign", kinds="fciu")
def _sign_unsigned(x: TensorLike) -> Any:
    return jnp.sign(x)


def sign(x: Any, out: Any = None, where: Any = None, **kwargs: Any) -> Tensor:
    """-1, 0 or 1; x / |x| for complex numbers.

    Args:
        x: a tensor.
        out: None.
        where: None.
        **kwargs: nothing.

    Raises:
        ValueError: one of the other arguments is given.
    """
    if out is not None:
        raise ValueError("tf.experimental.numpy.sign: tf.numpy doesnt support setting out.")
    if where is not None:
        raise ValueError("tf.experimental.numpy.sign: tf.numpy doesnt support setting where.")
    if kwargs:
        raise ValueError(f"tf.experimental.numpy.sign: tf.numpy doesnt support setting {list(kwargs)}.")
    made = as_tensor(x)
    return elementwise.sign(made) if dtype_of(made).kind != "u" else _sign_unsigned(made)


def square(x: Any) -> Tensor:
    """x * x."""
    return elementwise.square(as_tensor(x))


def sqrt(x: Any) -> Tensor:
    """The square root."""
    return elementwise.sqrt(inexact(x))


@op(name="experimental.numpy.cbrt", kinds="f")
def _cbrt(x: TensorLike) -> Any:
    return jnp.cbrt(x)


def cbrt(x: Any) -> Tensor:
    """The cube root, negative for negative numbers."""
    return _cbrt(inexact(x))


def reciprocal(x: Any) -> Tensor:
    """1 / x."""
    return elementwise.reciprocal(as_tensor(x))


def exp(x: Any) -> Tensor:
    """e**x."""
    return elementwise.exp(inexact(x))


@op(name="experimental.numpy.exp2", kinds="fc")
def _exp2(x: TensorLike) -> Any:
    return jnp.exp2(x)


def exp2(x: Any) -> Tensor:
    """2**x."""
    return _exp2(inexact(x))


def expm1(x: Any) -> Tensor:
    """e**x - 1, exact near 0."""
    return elementwise.expm1(inexact(x))


def log(x: Any) -> Tensor:
    """The natural logarithm."""
    return elementwise.log(inexact(x))


def _log_to(x: Any, base: float) -> Tensor:
    made = elementwise.log(inexact(x))
    if rules.enabled:  # there, 1 / log(base) is a float64 beside it, as TensorFlow has it
        made = promote(made, np.float64(1.0))[0] if not rules.prefer_float32 else made
    return made / as_tensor(math.log(base), dtype_of(made))


def log2(x: Any) -> Tensor:
    """The logarithm to base 2."""
    return _log_to(x, 2.0)


def log10(x: Any) -> Tensor:
    """The logarithm to base 10."""
    return _log_to(x, 10.0)


def log1p(x: Any) -> Tensor:
    """log(1 + x), exact near 0."""
    return elementwise.log1p(inexact(x))


def sin(x: Any) -> Tensor:
    """The sine of radians."""
    return elementwise.sin(inexact(x))


def cos(x: Any) -> Tensor:
    """The cosine of radians."""
    return elementwise.cos(inexact(x))


def tan(x: Any) -> Tensor:
    """The tangent of radians."""
    return elementwise.tan(inexact(x))


def sinh(x: Any) -> Tensor:
    """The hyperbolic sine."""
    return elementwise.sinh(inexact(x))


def cosh(x: Any) -> Tensor:
    """The hyperbolic cosine."""
    return elementwise.cosh(inexact(x))


def tanh(x: Any) -> Tensor:
    """The hyperbolic tangent."""
    return elementwise.tanh(inexact(x))


def arcsin(x: Any) -> Tensor:
    """The angle in radians whose sine is x."""
    return elementwise.asin(inexact(x))


def arccos(x: Any) -> Tensor:
    """The angle in radians whose cosine is x."""
    return elementwise.acos(inexact(x))


def arctan(x: Any) -> Tensor:
    """The angle in radians whose tangent is x."""
    return elementwise.atan(inexact(x))


def arcsinh(x: Any) -> Tensor:
    """The inverse of sinh."""
    return elementwise.asinh(inexact(x))


def arccosh(x: Any) -> Tensor:
    """The inverse of cosh."""
    return elementwise.acosh(inexact(x))


def arctanh(x: Any) -> Tensor:
    """The inverse of tanh."""
    return elementwise.atanh(inexact(x))


def scaled(x: Any, factor: float) -> Tensor:
    """x * factor as floats."""
    made = inexact(x)
    return made * as_tensor(factor, dtype_of(made))


def deg2rad(x: Any) -> Tensor:
    """Degrees as radians."""
    return scaled(x, math.pi / 180.0)


def rad2deg(x: Any) -> Any:
    """Radians as degrees."""
    return x * (180.0 / math.pi) if is_number(x) else scaled(x, 180.0 / math.pi)


@op(name="experimental.numpy.sinc", kinds="fc")
def _sinc(x: TensorLike) -> Any:
    return jnp.sinc(x)


def sinc(x: Any) -> Tensor:
    """sin(pi x) / (pi x), 1 at 0."""
    return _sinc(inexact(x))


def floor(x: Any) -> Tensor:
    """The largest whole number that is not above x."""
    return elementwise.floor(inexact(x))


def ceil(x: Any) -> Tensor:
    """The smallest whole number that is not below x."""
    return elementwise.ceil(inexact(x))


@op(name="experimental.numpy.fix", kinds="f", differentiable=False)
def _fix(x: TensorLike) -> Any:
    return jnp.trunc(x)


def fix(x: Any) -> Tensor:
    """The next whole number towards 0."""
    return _fix(inexact(x))


@op(name="experimental.numpy.around", kinds="f")
def _around(x: TensorLike, factor: float) -> Any:
    by = jnp.asarray(factor, x.dtype)
    return jnp.round(x * by) / by


def around(a: Any, decimals: int = 0) -> Tensor:
    """Rounded to `decimals` places, halves to the even neighbour; negative places are before the point.

    >>> import addax as tf
    >>> tf.experimental.numpy.around([1.25, 2.5, 0.375], 2).numpy().tolist()
    [1.25, 2.5, 0.38]
    """
    made = as_tensor(a)
    dtype = dtype_of(made)
    if dtype.kind in "fc" and not decimals:
        return elementwise.round(made)
    factor = math.pow(10, decimals)
    wide = made if dtype.kind in "fc" else as_tensor(made, default_float())
    return as_tensor(_around(wide, factor), dtype)


def round(a: Any, decimals: int = 0) -> Tensor:  # noqa: A001
    """Rounded to `decimals` places; see `around`."""
    return around(a, decimals)


@op(name="experimental.numpy.signbit", kinds="fiub", differentiable=False)
def _signbit(x: TensorLike) -> Any:
    return jnp.zeros(x.shape, bool) if x.dtype.kind == "b" else x < 0


def signbit(x: Any) -> Tensor:
    """Whether it is below 0 (-0.0 is not, as TensorFlow has it)."""
    return _signbit(as_tensor(x))


@op(name="experimental.numpy.isfinite", kinds="fiub", differentiable=False)
def _isfinite(x: TensorLike) -> Any:
    return jnp.isfinite(x)


def isfinite(x: Any) -> Tensor:
    """Whether it is neither infinite nor NaN."""
    return _isfinite(as_tensor(x))


@op(name="experimental.numpy.isnan", kinds="fiub", differentiable=False)
def _isnan(x: TensorLike) -> Any:
    return jnp.isnan(x)


def isnan(x: Any) -> Tensor:
    """Whether it is NaN."""
    return _isnan(as_tensor(x))


@op(name="experimental.numpy.isinf", differentiable=False)
def _is_infinite(x: FreeLike, sign: int) -> Any:
    if x.dtype.kind in "iub":
        return jnp.zeros(x.shape, bool)
    if sign == 0:
        return jnp.isinf(x)
    return x == (np.inf if sign > 0 else -np.inf)


def isinf(x: Any) -> Tensor:
    """Whether it is infinite."""
    return _is_infinite(as_tensor(x), 0)


def isposinf(x: Any) -> Tensor:
    """Whether it is positively infinite."""
    return _is_infinite(as_tensor(x), 1)


def isneginf(x: Any) -> Tensor:
    """Whether it is negatively infinite."""
    return _is_infinite(as_tensor(x), -1)


# ---------------------------------------------------------------------------- of two arrays


def add(x1: Any, x2: Any) -> Tensor:
    """x1 + x2; bools are or-ed, strings joined."""
    x, y = promote_numbers(x1, x2)
    return comparison.logical_or(x, y) if dtype_of(x).kind == "b" else arithmetic.add(x, y)


def subtract(x1: Any, x2: Any) -> Tensor:
    """x1 - x2."""
    return arithmetic.subtract(*promote_numbers(x1, x2))


def multiply(x1: Any, x2: Any) -> Tensor:
    """x1 * x2; bools are and-ed."""
    x, y = promote_numbers(x1, x2)
    return comparison.logical_and(x, y) if dtype_of(x).kind == "b" else arithmetic.multiply(x, y)


_FLOAT_OF_QUOTIENT = {
    1: np.dtype(np.float32),
    2: np.dtype(np.float32),
    4: np.dtype(np.float64),
    8: np.dtype(np.float64),
}


def true_divide(x1: Any, x2: Any) -> Tensor:
    """x1 / x2, of floats: 8 and 16-bit integers become float32, wider ones float64, bools the default float."""
    x, y = promote_numbers(x1, x2)
    dtype = dtype_of(x)
    if dtype.kind == "b":
        x, y = as_tensor(x, default_float()), as_tensor(y, default_float())
    elif dtype.kind in "iu":
        wide = _FLOAT_OF_QUOTIENT[dtype.itemsize]
        x, y = as_tensor(x, wide), as_tensor(y, wide)
    return arithmetic.truediv(x, y)


def divide(x1: Any, x2: Any) -> Tensor:
    """x1 / x2; see `true_divide`."""
    return true_divide(x1, x2)


def _small_ints(x1: Any, x2: Any) -> list[Any]:
    """Both in their common dtype, bools as int8."""
    made = promote_numbers(x1, x2)
    return [as_tensor(each, np.dtype(np.int8)) for each in made] if dtype_of(made[0]).kind == "b" else made


def floor_divide(x1: Any, x2: Any) -> Tensor:
    """The largest whole number not above x1 / x2.

    Raises:
        InvalidArgumentError: integers by 0.
    """
    return arithmetic.floordiv(*_small_ints(x1, x2))


def mod(x1: Any, x2: Any) -> Tensor:
    """What floor_divide leaves, of the sign of x2."""
    return arithmetic.floormod(*_small_ints(x1, x2))


def remainder(x1: Any, x2: Any) -> Tensor:
    """What floor_divide leaves; see `mod`."""
    return mod(x1, x2)


def divmod(x1: Any, x2: Any) -> tuple[Tensor, Tensor]:  # noqa: A001
    """(floor_divide(x1, x2), mod(x1, x2))."""
    return floor_divide(x1, x2), mod(x1, x2)


def power(x1: Any, x2: Any) -> Tensor:
    """x1**x2.

    Raises:
        InvalidArgumentError: integers to a negative integer power.
    """
    return arithmetic.pow(*promote_numbers(x1, x2))


def float_power(x1: Any, x2: Any) -> Tensor:
    """x1**x2; see `power`."""
    return power(x1, x2)


def maximum(x1: Any, x2: Any) -> Tensor:
    """The larger of both; bools are or-ed. NaN where one is NaN."""
    x, y = promote_numbers(x1, x2)
    return comparison.logical_or(x, y) if dtype_of(x).kind == "b" else arithmetic.maximum(x, y)


def minimum(x1: Any, x2: Any) -> Tensor:
    """The smaller of both; bools are and-ed. NaN where one is NaN."""
    x, y = promote_numbers(x1, x2)
    return comparison.logical_and(x, y) if dtype_of(x).kind == "b" else arithmetic.minimum(x, y)


def clip(a: Any, a_min: Any, a_max: Any) -> Tensor:
    """`a` within [a_min, a_max]; one of them may be None.

    Raises:
        ValueError: both are None.

    >>> import addax as tf
    >>> tf.experimental.numpy.clip([1, 5, 9], 2, 6).numpy().tolist()
    [2, 5, 6]
    """
    if a_min is None and a_max is None:
        raise ValueError("tf.experimental.numpy.clip: Not more than one of `a_min` and `a_max` may be `None`.")
    if a_min is None:
        return minimum(a, a_max)
    if a_max is None:
        return maximum(a, a_min)
    value, low, high = promote(a, a_min, a_max)
    return arithmetic.minimum(arithmetic.maximum(value, low), high)


def arctan2(x1: Any, x2: Any) -> Tensor:
    """The angle of the points (x2, x1), in radians."""
    return arithmetic.atan2(*promote_inexact(x1, x2))


@op(name="experimental.numpy.hypot", kinds="fc")
def _hypot(x: TensorLike, y: TensorLike) -> Any:
    return zero_safe(jnp.sqrt)(x * x + y * y)


def hypot(x1: Any, x2: Any) -> Tensor:
    """sqrt(x1**2 + x2**2)."""
    return _hypot(*promote_inexact(x1, x2))


@op(name="experimental.numpy.logaddexp", kinds="f")
def _logaddexp(x: TensorLike, y: TensorLike, two: bool) -> Any:
    return jnp.logaddexp2(x, y) if two else jnp.logaddexp(x, y)


def logaddexp(x1: Any, x2: Any) -> Tensor:
    """log(exp(x1) + exp(x2)), without overflow."""
    return _logaddexp(*promote_inexact(x1, x2), False)


def logaddexp2(x1: Any, x2: Any) -> Tensor:
    """log2(2**x1 + 2**x2), without overflow."""
    return _logaddexp(*promote_inexact(x1, x2), True)


@op(name="experimental.numpy.heaviside", kinds="f")
def _heaviside(x: TensorLike, at_zero: TensorLike) -> Any:
    # NaN counts as 0 here, as in TensorFlow.
    return jnp.where(x < 0, jnp.zeros((), x.dtype), jnp.where(x > 0, jnp.ones((), x.dtype), at_zero))


_heaviside.op.links = (0b10,)


def heaviside(x1: Any, x2: Any) -> Tensor:
    """0 where x1 is negative, 1 where it is positive, x2 where it is 0."""
    return _heaviside(*promote_inexact(x1, x2))


def nextafter(x1: Any, x2: Any) -> Tensor:
    """The next float after x1 in the direction of x2."""
    return arithmetic.nextafter(*promote_inexact(x1, x2))


# ---------------------------------------------------------------------------- integers


def _bits(function: Any, logical: Any, x1: Any, x2: Any) -> Tensor:
    x, y = promote_numbers(x1, x2)
    return logical(x, y) if dtype_of(x).kind == "b" else function(x, y)


def bitwise_and(x1: Any, x2: Any) -> Tensor:
    """The bits that both have."""
    return _bits(bitwise.bitwise_and, comparison.logical_and, x1, x2)


def bitwise_or(x1: Any, x2: Any) -> Tensor:
    """The bits that one of both has."""
    return _bits(bitwise.bitwise_or, comparison.logical_or, x1, x2)


def bitwise_xor(x1: Any, x2: Any) -> Tensor:
    """The bits that exactly one of both has."""
    return _bits(bitwise.bitwise_xor, comparison.logical_xor, x1, x2)


def bitwise_not(x: Any) -> Tensor:
    """All bits turned over."""
    made = as_tensor(x)
    return comparison.logical_not(made) if dtype_of(made).kind == "b" else bitwise.invert(made)


@op(name="experimental.numpy.gcd", kinds="iu", differentiable=False)
def _gcd(x: TensorLike, y: TensorLike, least_multiple: bool) -> Any:
    return numpy_elementwise.gcd.body(x, y, least_multiple)


def _integers(x1: Any, x2: Any, who: str) -> list[Any]:
    made = promote_numbers(x1, x2)
    if dtype_of(made[0]).kind not in "iu":
        raise ValueError(
            errors.message(
                f"tf.experimental.numpy.{who}: Arguments to {who} must be integers",
                received={"x1": made[0], "x2": made[1]},
            )
        )
    return made


def gcd(x1: Any, x2: Any) -> Tensor:
    """The greatest common divisor of integers.

    Raises:
        ValueError: other numbers.
    """
    return _gcd(*_integers(x1, x2, "gcd"), False)


def lcm(x1: Any, x2: Any) -> Tensor:
    """The least common multiple of integers; see `gcd`."""
    return _gcd(*_integers(x1, x2, "lcm"), True)
