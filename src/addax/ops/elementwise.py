"""Functions of one tensor, element by element."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import jax.scipy.special as jsp
import numpy as np
from jax import lax

from addax.core.convert import TensorLike
from addax.core.dispatch import op
from addax.core.row_gradients import negated, of_first
from addax.core.tensor import Tensor
from addax.ops import half_precision, hyperbolic, portable, small_twins
from addax.ops.absolute import absolute

__all__ = [
    "abs",
    "acos",
    "acosh",
    "asin",
    "asinh",
    "atan",
    "atanh",
    "ceil",
    "cos",
    "cosh",
    "digamma",
    "erf",
    "erfc",
    "erfcinv",
    "erfinv",
    "exp",
    "expm1",
    "floor",
    "is_finite",
    "is_inf",
    "is_nan",
    "lgamma",
    "log",
    "log1p",
    "log_sigmoid",
    "ndtri",
    "negative",
    "reciprocal",
    "reciprocal_no_nan",
    "rint",
    "round",
    "rsqrt",
    "sigmoid",
    "sign",
    "sin",
    "sinh",
    "sqrt",
    "square",
    "tan",
    "tanh",
]


@op(kinds="fci", small=np.absolute)
def abs(x: TensorLike, name: str | None = None) -> Tensor:  # noqa: A001
    """The absolute value; of complex numbers, the magnitude.

    >>> import addax as tf
    >>> tf.abs([-1.5, 2.0]).numpy().tolist()
    [1.5, 2.0]
    """
    return absolute(x)


@op(kinds="fci", small=np.negative)
def negative(x: TensorLike, name: str | None = None) -> Tensor:
    """-x.

    >>> import addax as tf
    >>> tf.negative([1, -2]).numpy().tolist()
    [-1, 2]
    """
    return jnp.negative(x)


negative.op.rows = of_first(negated)


@op(kinds="fci")
def sign(x: TensorLike, name: str | None = None) -> Tensor:
    """-1, 0 or 1, the sign of x; of complex numbers x / |x|, and 0 for 0.

    >>> import addax as tf
    >>> tf.sign([-3.0, 0.0, 4.0]).numpy().tolist()
    [-1.0, 0.0, 1.0]
    """
    return _direction(x) if x.dtype.kind == "c" else jnp.sign(x)


@jax.custom_jvp
def _direction(x: Any) -> Any:
    return jnp.sign(x)


@_direction.defjvp
def _direction_jvp(primals: Any, tangents: Any) -> Any:
    (x,), (dx,) = primals, tangents
    value, size = jnp.sign(x), jnp.abs(x)
    along = lax.complex(jnp.real(jnp.conj(value) * dx), jnp.zeros_like(size))
    return value, jnp.where(size == 0, 0, (dx - value * along) / jnp.where(size == 0, 1, size).astype(x.dtype))


@op(kinds="fciu", small=np.square)
def square(x: TensorLike, name: str | None = None) -> Tensor:
    """x * x.

    >>> import addax as tf
    >>> tf.square([1.0, -3.0]).numpy().tolist()
    [1.0, 9.0]
    """
    return jnp.multiply(x, x)


@op(kinds="fc", zero_stays_zero=True, small=np.sqrt)
def sqrt(x: TensorLike, name: str | None = None) -> Tensor:
    """The square root.

    >>> import addax as tf
    >>> tf.sqrt([4.0, 9.0]).numpy().tolist()
    [2.0, 3.0]
    """
    return jnp.sqrt(x)


@op(kinds="fc", zero_stays_zero=True)
def rsqrt(x: TensorLike, name: str | None = None) -> Tensor:
    """1 / sqrt(x).

    >>> import addax as tf
    >>> tf.math.rsqrt([4.0, 0.25]).numpy().tolist()
    [0.5, 2.0]
    """
    return lax.rsqrt(x)


@op(kinds="fc", zero_stays_zero=True)
def reciprocal(x: TensorLike, name: str | None = None) -> Tensor:
    """1 / x.

    >>> import addax as tf
    >>> tf.math.reciprocal([4.0, 0.25]).numpy().tolist()
    [0.25, 4.0]
    """
    return jnp.ones((), x.dtype) / x


@op(kinds="fc")
def reciprocal_no_nan(x: TensorLike, name: str | None = None) -> Tensor:
    """1 / x, and 0 where x is 0.

    >>> import addax as tf
    >>> tf.math.reciprocal_no_nan([4.0, 0.0]).numpy().tolist()
    [0.25, 0.0]
    """
    zero = x == 0
    return jnp.where(zero, jnp.zeros((), x.dtype), jnp.ones((), x.dtype) / jnp.where(zero, jnp.ones_like(x), x))


@op(kinds="fc", small=np.exp)
def exp(x: TensorLike, name: str | None = None) -> Tensor:
    """e to the power of x.

    >>> import addax as tf
    >>> tf.exp([0.0, 1.0]).numpy().round(4).tolist()
    [1.0, 2.7183001041412354]
    """
    return jnp.exp(x)


@op(kinds="fc")
def expm1(x: TensorLike, name: str | None = None) -> Tensor:
    """exp(x) - 1, exact also near 0.

    >>> import addax as tf
    >>> tf.math.expm1([0.0]).numpy().tolist()
    [0.0]
    """
    return jnp.expm1(x)


@op(kinds="fc", small=np.log)
def log(x: TensorLike, name: str | None = None) -> Tensor:
    """The natural logarithm; -inf at 0, NaN below.

    >>> import addax as tf
    >>> tf.math.log([1.0]).numpy().tolist()
    [0.0]
    """
    return jnp.log(x)


@op(kinds="fc")
def log1p(x: TensorLike, name: str | None = None) -> Tensor:
    """log(1 + x), exact also near 0.

    >>> import addax as tf
    >>> tf.math.log1p([0.0]).numpy().tolist()
    [0.0]
    """
    return jnp.log1p(x)


@op(kinds="fc")
def sin(x: TensorLike, name: str | None = None) -> Tensor:
    """The sine of x radians.

    >>> import addax as tf
    >>> tf.sin([0.0]).numpy().tolist()
    [0.0]
    """
    return jnp.sin(x)


@op(kinds="fc")
def cos(x: TensorLike, name: str | None = None) -> Tensor:
    """The cosine of x radians.

    >>> import addax as tf
    >>> tf.cos([0.0]).numpy().tolist()
    [1.0]
    """
    return jnp.cos(x)


@op(kinds="fc")
def tan(x: TensorLike, name: str | None = None) -> Tensor:
    """The tangent of x radians.

    >>> import addax as tf
    >>> tf.tan([0.0]).numpy().tolist()
    [0.0]
    """
    return jnp.tan(x)


@op(kinds="fc")
def asin(x: TensorLike, name: str | None = None) -> Tensor:
    """The angle in radians whose sine is x.

    >>> import addax as tf
    >>> tf.asin([0.0]).numpy().tolist()
    [0.0]
    """
    return _complex_asin(x) if x.dtype.kind == "c" else portable.arcsin(x)


@op(kinds="fc")
def acos(x: TensorLike, name: str | None = None) -> Tensor:
    """The angle in radians whose cosine is x.

    >>> import addax as tf
    >>> tf.acos([1.0]).numpy().tolist()
    [0.0]
    """
    return _complex_acos(x) if x.dtype.kind == "c" else portable.arccos(x)


@op(kinds="fc")
def atan(x: TensorLike, name: str | None = None) -> Tensor:
    """The angle in radians whose tangent is x.

    >>> import addax as tf
    >>> tf.atan([0.0]).numpy().tolist()
    [0.0]
    """
    return jnp.arctan(x)


@op(kinds="fc")
def sinh(x: TensorLike, name: str | None = None) -> Tensor:
    """The hyperbolic sine.

    >>> import addax as tf
    >>> tf.sinh([0.0]).numpy().tolist()
    [0.0]
    """
    return portable.sinh(x)


@op(kinds="fc")
def cosh(x: TensorLike, name: str | None = None) -> Tensor:
    """The hyperbolic cosine.

    >>> import addax as tf
    >>> tf.cosh([0.0]).numpy().tolist()
    [1.0]
    """
    return portable.cosh(x)


@op(kinds="fc", small=np.tanh)
def tanh(x: TensorLike, name: str | None = None) -> Tensor:
    """The hyperbolic tangent, between -1 and 1.

    >>> import addax as tf
    >>> tf.tanh([0.0]).numpy().tolist()
    [0.0]
    """
    return hyperbolic.tanh(x)


@op(kinds="fc")
def asinh(x: TensorLike, name: str | None = None) -> Tensor:
    """The inverse of sinh.

    >>> import addax as tf
    >>> tf.asinh([0.0]).numpy().tolist()
    [0.0]
    """
    return _complex_asinh(x) if x.dtype.kind == "c" else portable.arcsinh(x)


@op(kinds="fc")
def acosh(x: TensorLike, name: str | None = None) -> Tensor:
    """The inverse of cosh; NaN below 1.

    >>> import addax as tf
    >>> tf.acosh([1.0]).numpy().tolist()
    [0.0]
    """
    return _complex_acosh(x) if x.dtype.kind == "c" else _arccosh(x)


def _with_slope(function: Any, slope: Any) -> Any:
    """A function of complex numbers whose derivative is slope(x, y), which is right on both sides of branch cuts."""
    made = jax.custom_jvp(function)

    def differentiated(primals: Any, tangents: Any) -> Any:
        out = made(*primals)
        return out, slope(primals[0], out) * tangents[0]

    made.defjvp(differentiated)
    return made


_complex_asin = _with_slope(jnp.arcsin, lambda x, y: jnp.conj(1 / jnp.sqrt(1 - jnp.square(jnp.conj(x)))))
_complex_acos = _with_slope(jnp.arccos, lambda x, y: jnp.conj(-1 / jnp.sqrt(1 - jnp.square(jnp.conj(x)))))
_complex_asinh = _with_slope(jnp.arcsinh, lambda x, y: 1 / jnp.cosh(y))
_complex_acosh = _with_slope(jnp.arccosh, lambda x, y: 1 / jnp.sinh(y))


@jax.custom_jvp
def _arccosh(x: Any) -> Any:
    return portable.arccosh(x)


@_arccosh.defjvp
def _arccosh_jvp(primals: Any, tangents: Any) -> Any:
    (x,), (dx,) = primals, tangents
    value = _arccosh(x)
    return value, dx / portable.sinh(value)  # NaN below 1, like the value


@op(kinds="fc")
def atanh(x: TensorLike, name: str | None = None) -> Tensor:
    """The inverse of tanh; NaN outside -1 to 1.

    >>> import addax as tf
    >>> tf.atanh([0.0]).numpy().tolist()
    [0.0]
    """
    return portable.arctanh(x)


@op(kinds="fc", small=small_twins.sigmoid)
def sigmoid(x: TensorLike, name: str | None = None) -> Tensor:
    """1 / (1 + exp(-x)), the logistic function.

    >>> import addax as tf
    >>> tf.sigmoid([0.0]).numpy().tolist()
    [0.5]
    """
    return half_precision.sigmoid(x) if x.dtype.itemsize == 2 else jax.nn.sigmoid(x)


sigmoid.op.sought = "Sigmoid"


@op(kinds="f")
def log_sigmoid(x: TensorLike, name: str | None = None) -> Tensor:
    """log(sigmoid(x)), exact also far from 0.

    >>> import addax as tf
    >>> tf.math.log_sigmoid([0.0]).numpy().round(4).tolist()
    [-0.6930999755859375]
    """
    return -jnp.logaddexp(-x, jnp.zeros((), x.dtype))


@op(kinds="f", differentiable=False, small=np.floor)
def floor(x: TensorLike, name: str | None = None) -> Tensor:
    """The largest whole number that is not above x.

    >>> import addax as tf
    >>> tf.floor([1.7, -1.2]).numpy().tolist()
    [1.0, -2.0]
    """
    return jnp.floor(x)


@op(kinds="f", differentiable=False, small=np.ceil)
def ceil(x: TensorLike, name: str | None = None) -> Tensor:
    """The smallest whole number that is not below x.

    >>> import addax as tf
    >>> tf.math.ceil([1.2, -1.7]).numpy().tolist()
    [2.0, -1.0]
    """
    return jnp.ceil(x)


@op(kinds="fiu", differentiable=False, small=np.rint)
def round(x: TensorLike, name: str | None = None) -> Tensor:  # noqa: A001
    """The nearest whole number; halves go to the even one.

    >>> import addax as tf
    >>> tf.round([0.5, 1.5, 2.4]).numpy().tolist()
    [0.0, 2.0, 2.0]
    """
    return x if x.dtype.kind in "iu" else jnp.round(x)


@op(kinds="f", differentiable=False, small=np.rint)
def rint(x: TensorLike, name: str | None = None) -> Tensor:
    """The nearest whole number; halves go to the even one.

    >>> import addax as tf
    >>> tf.math.rint([0.5, 1.5]).numpy().tolist()
    [0.0, 2.0]
    """
    return jnp.rint(x)


@op(kinds="f", small=np.isnan)
def is_nan(x: TensorLike, name: str | None = None) -> Tensor:
    """Whether x is NaN.

    >>> import addax as tf
    >>> tf.math.is_nan([1.0, float("nan")]).numpy().tolist()
    [False, True]
    """
    return jnp.isnan(x)


@op(kinds="f", small=np.isinf)
def is_inf(x: TensorLike, name: str | None = None) -> Tensor:
    """Whether x is infinite.

    >>> import addax as tf
    >>> tf.math.is_inf([1.0, float("inf")]).numpy().tolist()
    [False, True]
    """
    return jnp.isinf(x)


@op(kinds="f", small=np.isfinite)
def is_finite(x: TensorLike, name: str | None = None) -> Tensor:
    """Whether x is neither infinite nor NaN.

    >>> import addax as tf
    >>> tf.math.is_finite([1.0, float("inf")]).numpy().tolist()
    [True, False]
    """
    return jnp.isfinite(x)


@op(kinds="f")
def erf(x: TensorLike, name: str | None = None) -> Tensor:
    """The error function, 2/sqrt(pi) times the integral of exp(-t^2) from 0 to x.

    >>> import addax as tf
    >>> tf.math.erf([0.0]).numpy().tolist()
    [0.0]
    """
    return portable.erf(x)


@op(kinds="f")
def erfc(x: TensorLike, name: str | None = None) -> Tensor:
    """1 - erf(x), exact also for large x.

    >>> import addax as tf
    >>> tf.math.erfc([0.0]).numpy().tolist()
    [1.0]
    """
    return lax.erfc(x)


@op(kinds="f")
def erfinv(x: TensorLike, name: str | None = None) -> Tensor:
    """The inverse of erf; infinite at -1 and 1.

    >>> import addax as tf
    >>> tf.math.erfinv([0.0]).numpy().tolist()
    [0.0]
    """
    return lax.erf_inv(x)


@op(kinds="f")
def erfcinv(x: TensorLike, name: str | None = None) -> Tensor:
    """The inverse of erfc.

    >>> import addax as tf
    >>> tf.math.erfcinv([1.0]).numpy().tolist()
    [0.0]
    """
    return _erfcinv(x)


@op(kinds="f")
def ndtri(x: TensorLike, name: str | None = None) -> Tensor:
    """The quantile of the standard normal distribution: the z with x of the probability below it.

    >>> import addax as tf
    >>> tf.math.ndtri([0.5]).numpy().round(4).tolist()
    [0.0]
    """
    return _ndtri(x)


@jax.custom_jvp
def _ndtri(x: Any) -> Any:
    return jsp.ndtri(x)


@_ndtri.defjvp
def _ndtri_jvp(primals: Any, tangents: Any) -> Any:
    (x,), (dx,) = primals, tangents
    value = _ndtri(x)
    return value, dx * np.asarray(np.sqrt(2 * np.pi), x.dtype) * jnp.exp(value * value / 2)  # infinite at 0 and 1


@op(kinds="f")
def lgamma(x: TensorLike, name: str | None = None) -> Tensor:
    """log |Gamma(x)|.

    >>> import addax as tf
    >>> tf.math.lgamma([1.0]).numpy().round(4).tolist()
    [0.0]
    """
    out = lax.lgamma(x)
    return out - lax.stop_gradient(jnp.where(x == 1, out, jnp.zeros((), x.dtype)))  # XLA's is not 0 there


@op(kinds="f")
def digamma(x: TensorLike, name: str | None = None) -> Tensor:
    """The derivative of lgamma.

    >>> import addax as tf
    >>> tf.math.digamma([1.0]).numpy().round(4).tolist()
    [-0.5771999955177307]
    """
    return _digamma(x)


@jax.custom_jvp
def _digamma(x: Any) -> Any:
    return lax.digamma(x)


@_digamma.defjvp
def _digamma_jvp(primals: Any, tangents: Any) -> Any:
    value, slope = jax.jvp(lax.digamma, primals, (jnp.ones_like(primals[0]),))
    return value, jnp.where(primals[0] == np.inf, jnp.zeros_like(slope), slope) * tangents[0]


def _erfcinv(x: Any) -> Any:
    # erfc's inverse by the normal quantile keeps its digits for small x, where 1 - x loses them.
    return 0 - _ndtri(x * 0.5) * np.asarray(np.sqrt(0.5), x.dtype)
