"""NumPy's functions of each element that TensorFlow has no op for; arguments are of one dtype already."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from addax.core.convert import FreeLike, TensorLike
from addax.core.dispatch import op

# ---------------------------------------------------------------------------- of one array


@op(name="numpy.cbrt", kinds="f")
def cbrt(x: TensorLike) -> Any:
    """The cube root, negative for negative numbers."""
    return jnp.cbrt(x)


@op(name="numpy.exp2", kinds="fc")
def exp2(x: TensorLike) -> Any:
    """2**x."""
    return jnp.exp2(x)


@op(name="numpy.log2", kinds="fc")
def log2(x: TensorLike) -> Any:
    """The logarithm to base 2."""
    return jnp.log2(x)


@op(name="numpy.log10", kinds="fc")
def log10(x: TensorLike) -> Any:
    """The logarithm to base 10."""
    return jnp.log10(x)


@op(name="numpy.trunc", kinds="f")
def trunc(x: TensorLike) -> Any:
    """Without what is behind the point."""
    return jnp.trunc(x)


@op(name="numpy.round", kinds="fciu")
def round(x: TensorLike, decimals: int) -> Any:  # noqa: A001
    """Rounded to that many places, halves to even numbers; negative ones are in front of the point."""
    if x.dtype.kind in "iu":
        if decimals >= 0:
            return x
        factor = np.float32(10.0**decimals)
        return (jnp.round(x.astype(np.float32) * factor) / factor).astype(x.dtype)
    return jnp.round(x, decimals)


@op(name="numpy.sinc", kinds="fc")
def sinc(x: TensorLike) -> Any:
    """sin(pi x) / (pi x), 1 at 0."""
    return jnp.sinc(x)


@op(name="numpy.i0", kinds="f")
def i0(x: TensorLike) -> Any:
    """The modified Bessel function of the first kind and order 0."""
    return jnp.i0(x)


@op(name="numpy.signbit", differentiable=False)
def signbit(x: FreeLike) -> Any:
    """Whether the sign bit is set (-0.0 has one)."""
    return jnp.signbit(x)


@op(name="numpy.infinite", differentiable=False)
def infinite(x: FreeLike, sign: int) -> Any:
    """Whether it is infinite, of a sign (0: any)."""
    if x.dtype.kind in "biu":
        return jnp.zeros(x.shape, bool)
    return jnp.isinf(x) if sign == 0 else jnp.isposinf(x) if sign > 0 else jnp.isneginf(x)


@op(name="numpy.finite", differentiable=False)
def finite(x: FreeLike, nan: bool) -> Any:
    """Whether it is a finite number (or, with `nan`, whether it is none at all)."""
    if x.dtype.kind in "biu":
        return jnp.full(x.shape, not nan)
    return jnp.isnan(x) if nan else jnp.isfinite(x)


@op(name="numpy.nan_to_num")
def nan_to_num(x: FreeLike, nan: float, posinf: Any, neginf: Any) -> Any:
    """Numbers for NaN and the infinities (None: the largest and lowest of the dtype)."""
    return jnp.nan_to_num(x, nan=nan, posinf=posinf, neginf=neginf)


@op(name="numpy.view", differentiable=False)
def view(x: FreeLike, dtype: Any) -> Any:
    """The same bytes as another dtype."""
    return x.view(dtype.np)


# ---------------------------------------------------------------------------- of two arrays


@op(name="numpy.fmax", kinds="fiub")
def fmax(x: TensorLike, y: TensorLike) -> Any:
    """The larger one, or the one that is not NaN."""
    return jnp.fmax(x, y)


@op(name="numpy.fmin", kinds="fiub")
def fmin(x: TensorLike, y: TensorLike) -> Any:
    """The smaller one, or the one that is not NaN."""
    return jnp.fmin(x, y)


@op(name="numpy.fmod", kinds="fiu")
def fmod(x: TensorLike, y: TensorLike) -> Any:
    """What is left of x / y rounded towards 0, of the sign of x."""
    return jnp.fmod(x, y)


@op(name="numpy.floor_divide", kinds="fiu")
def floor_divide(x: TensorLike, y: TensorLike) -> Any:
    """The largest whole number not above x / y; integers by 0 are not refused."""
    return jnp.floor_divide(x, y)


@op(name="numpy.mod", kinds="fiu")
def mod(x: TensorLike, y: TensorLike) -> Any:
    """What floor_divide leaves; integers by 0 are not refused."""
    return jnp.mod(x, y)


@op(name="numpy.power", kinds="fciu")
def power(x: TensorLike, y: TensorLike) -> Any:
    """x**y; integers to a negative power are not refused."""
    return jnp.power(x, y)


@op(name="numpy.hypot", kinds="f")
def hypot(x: TensorLike, y: TensorLike) -> Any:
    """sqrt(x**2 + y**2)."""
    return jnp.hypot(*jnp.broadcast_arrays(x, y))


@op(name="numpy.logaddexp", kinds="f")
def logaddexp(x: TensorLike, y: TensorLike) -> Any:
    """log(exp(x) + exp(y)), without overflow."""
    return jnp.logaddexp(x, y)


@op(name="numpy.logaddexp2", kinds="f")
def logaddexp2(x: TensorLike, y: TensorLike) -> Any:
    """log2(2**x + 2**y), without overflow."""
    return jnp.logaddexp2(x, y)


@op(name="numpy.heaviside", kinds="f")
def heaviside(x: TensorLike, y: TensorLike) -> Any:
    """0 where x is negative, 1 where it is positive, y where it is 0."""
    return jnp.heaviside(x, y)


@op(name="numpy.ldexp")
def ldexp(x: FreeLike, y: FreeLike) -> Any:
    """x * 2**y."""
    return jnp.ldexp(x, y).astype(x.dtype)


@op(name="numpy.gcd", kinds="iu", differentiable=False)
def gcd(x: TensorLike, y: TensorLike, least_multiple: bool) -> Any:
    """The greatest common divisor, or the least common multiple."""
    plain = np.dtype(f"u{x.dtype.itemsize}")  # the least integer has no absolute value, and the search no end
    x, y = jnp.broadcast_arrays(jnp.abs(x), jnp.abs(y))
    divisor = jnp.gcd(x.astype(plain), y.astype(plain)).astype(x.dtype)
    if not least_multiple:
        return divisor
    return jnp.where(divisor == 0, divisor, x * (y // jnp.where(divisor == 0, jnp.ones_like(divisor), divisor)))


@op(name="numpy.shift", kinds="iu", differentiable=False)
def shift(x: TensorLike, y: TensorLike, left: bool) -> Any:
    """The bits moved by y places."""
    return jnp.left_shift(x, y) if left else jnp.right_shift(x, y)


@op(name="numpy.isclose", differentiable=False)
def isclose(x: TensorLike, y: TensorLike, rtol: float, atol: float, equal_nan: bool) -> Any:
    """Whether |x - y| is at most atol + rtol |y|."""
    return jnp.isclose(x, y, rtol, atol, equal_nan)


@op(name="numpy.compare", differentiable=False)
def compare(x: TensorLike, y: TensorLike, relation: str) -> Any:
    """Whether x is "less", "less_equal", "greater" or "greater_equal" than y; also of bools and complex numbers."""
    return getattr(jnp, relation)(x, y)
