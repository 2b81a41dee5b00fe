"""Functions of each element of one array: signs, powers, exponentials, rounding."""

from __future__ import annotations

import math
from typing import Any

import jax.numpy as jnp
import numpy as np

from addax.core.convert import FreeLike, TensorLike
from addax.core.dispatch import op
from addax.core.tensor import Tensor
from addax.ops import elementwise
from addax.ops.tnp.promotion import (
    as_tensor,
    default_float,
    dtype_of,
    inexact,
    promote,
    rules,
)


@op(name="experimental.numpy.abs", kinds="fciu")
def _abs_unsigned(x: TensorLike) -> Any:
    return jnp.abs(x)


def abs(x: Any) -> Tensor:  # noqa: A001
    """The absolute value.

    >>> import addax.experimental.numpy as np
    >>> np.abs([-1, 2]).numpy().tolist()
    [1, 2]
    """
    made = as_tensor(x)
    return elementwise.abs(made) if dtype_of(made).kind != "u" else _abs_unsigned(made)


def absolute(x: Any) -> Tensor:
    """The absolute value.

    >>> import addax.experimental.numpy as np
    >>> np.absolute([-1, 2]).numpy().tolist()
    [1, 2]
    """
    return abs(x)


def fabs(x: Any) -> Tensor:
    """The absolute value.

    >>> import addax.experimental.numpy as np
    >>> np.fabs([-1.0, 2.0]).numpy().tolist()
    [1.0, 2.0]
    """
    return abs(x)


def negative(x: Any) -> Tensor:
    """-x.

    >>> import addax.experimental.numpy as np
    >>> np.negative([1, -2]).numpy().tolist()
    [-1, 2]
    """
    return elementwise.negative(as_tensor(x))


def positive(x: Any) -> Tensor:
    """+x.

    >>> import addax.experimental.numpy as np
    >>> np.positive([1, -2]).numpy().tolist()
    [1, -2]
    """
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

    >>> import addax.experimental.numpy as np
    >>> np.sign([-3.0, 0.0, 2.0]).numpy().tolist()
    [-1.0, 0.0, 1.0]
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
    """x * x.

    >>> import addax.experimental.numpy as np
    >>> np.square([2, -3]).numpy().tolist()
    [4, 9]
    """
    return elementwise.square(as_tensor(x))


def sqrt(x: Any) -> Tensor:
    """The square root.

    >>> import addax.experimental.numpy as np
    >>> np.sqrt([4, 9]).numpy().tolist()
    [2.0, 3.0]
    """
    return elementwise.sqrt(inexact(x))


@op(name="experimental.numpy.cbrt", kinds="f")
def _cbrt(x: TensorLike) -> Any:
    return jnp.cbrt(x)


def cbrt(x: Any) -> Tensor:
    """The cube root, negative for negative numbers.

    >>> import addax.experimental.numpy as np
    >>> print(np.cbrt([8.0, -27.0]).numpy().round(4))
    [ 2. -3.]
    """
    return _cbrt(inexact(x))


def reciprocal(x: Any) -> Tensor:
    """1 / x.

    >>> import addax.experimental.numpy as np
    >>> np.reciprocal([2.0, 4.0]).numpy().tolist()
    [0.5, 0.25]
    """
    return elementwise.reciprocal(as_tensor(x))


def exp(x: Any) -> Tensor:
    """e**x.

    >>> import addax.experimental.numpy as np
    >>> print(np.exp([0.0, 1.0]).numpy().round(4))
    [1.     2.7183]
    """
    return elementwise.exp(inexact(x))


@op(name="experimental.numpy.exp2", kinds="fc")
def _exp2(x: TensorLike) -> Any:
    return jnp.exp2(x)


def exp2(x: Any) -> Tensor:
    """2**x.

    >>> import addax.experimental.numpy as np
    >>> print(np.exp2([0.0, 3.0]).numpy().round(4))
    [1. 8.]
    """
    return _exp2(inexact(x))


def expm1(x: Any) -> Tensor:
    """e**x - 1, exact near 0.

    >>> import addax.experimental.numpy as np
    >>> print(np.expm1([0.0, 1.0]).numpy().round(4))
    [0.     1.7183]
    """
    return elementwise.expm1(inexact(x))


def log(x: Any) -> Tensor:
    """The natural logarithm.

    >>> import addax.experimental.numpy as np
    >>> print(np.log([1.0, 10.0]).numpy().round(4))
    [0.     2.3026]
    """
    return elementwise.log(inexact(x))


def _log_to(x: Any, base: float) -> Tensor:
    made = elementwise.log(inexact(x))
    if rules.enabled:  # there, 1 / log(base) is a float64 beside it, as TensorFlow has it
        made = promote(made, np.float64(1.0))[0] if not rules.prefer_float32 else made
    return made / as_tensor(math.log(base), dtype_of(made))


def log2(x: Any) -> Tensor:
    """The logarithm to base 2.

    >>> import addax.experimental.numpy as np
    >>> print(np.log2([1.0, 8.0]).numpy().round(4))
    [0. 3.]
    """
    return _log_to(x, 2.0)


def log10(x: Any) -> Tensor:
    """The logarithm to base 10.

    >>> import addax.experimental.numpy as np
    >>> print(np.log10([1.0, 100.0]).numpy().round(4))
    [0. 2.]
    """
    return _log_to(x, 10.0)


def log1p(x: Any) -> Tensor:
    """log(1 + x), exact near 0.

    >>> import addax.experimental.numpy as np
    >>> print(np.log1p([0.0, 1.0]).numpy().round(4))
    [0.     0.6931]
    """
    return elementwise.log1p(inexact(x))


def floor(x: Any) -> Tensor:
    """The largest whole number that is not above x.

    >>> import addax.experimental.numpy as np
    >>> np.floor([1.5, -1.5]).numpy().tolist()
    [1.0, -2.0]
    """
    return elementwise.floor(inexact(x))


def ceil(x: Any) -> Tensor:
    """The smallest whole number that is not below x.

    >>> import addax.experimental.numpy as np
    >>> np.ceil([1.5, -1.5]).numpy().tolist()
    [2.0, -1.0]
    """
    return elementwise.ceil(inexact(x))


@op(name="experimental.numpy.fix", kinds="f", differentiable=False)
def _fix(x: TensorLike) -> Any:
    return jnp.trunc(x)


def fix(x: Any) -> Tensor:
    """The next whole number towards 0.

    >>> import addax.experimental.numpy as np
    >>> np.fix([1.5, -1.5]).numpy().tolist()
    [1.0, -1.0]
    """
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
    """Rounded to `decimals` places; see `around`.

    >>> import addax.experimental.numpy as np
    >>> print(np.round([1.26, -1.5], 1).numpy().round(4))
    [ 1.3 -1.5]
    """
    return around(a, decimals)


@op(name="experimental.numpy.signbit", kinds="fiub", differentiable=False)
def _signbit(x: TensorLike) -> Any:
    return jnp.zeros(x.shape, bool) if x.dtype.kind == "b" else x < 0


def signbit(x: Any) -> Tensor:
    """Whether it is below 0 (-0.0 is not, as TensorFlow has it).

    >>> import addax.experimental.numpy as np
    >>> np.signbit([-1.0, -0.0, 1.0]).numpy().tolist()
    [True, False, False]
    """
    return _signbit(as_tensor(x))


@op(name="experimental.numpy.isfinite", kinds="fiub", differentiable=False)
def _isfinite(x: TensorLike) -> Any:
    return jnp.isfinite(x)


def isfinite(x: Any) -> Tensor:
    """Whether it is neither infinite nor NaN.

    >>> import addax.experimental.numpy as np
    >>> np.isfinite([1.0, float("inf"), float("nan")]).numpy().tolist()
    [True, False, False]
    """
    return _isfinite(as_tensor(x))


@op(name="experimental.numpy.isnan", kinds="fiub", differentiable=False)
def _isnan(x: TensorLike) -> Any:
    return jnp.isnan(x)


def isnan(x: Any) -> Tensor:
    """Whether it is NaN.

    >>> import addax.experimental.numpy as np
    >>> np.isnan([1.0, float("inf"), float("nan")]).numpy().tolist()
    [False, False, True]
    """
    return _isnan(as_tensor(x))


@op(name="experimental.numpy.isinf", differentiable=False)
def _is_infinite(x: FreeLike, sign: int) -> Any:
    if x.dtype.kind in "iub":
        return jnp.zeros(x.shape, bool)
    if sign == 0:
        return jnp.isinf(x)
    return x == (np.inf if sign > 0 else -np.inf)


def isinf(x: Any) -> Tensor:
    """Whether it is infinite.

    >>> import addax.experimental.numpy as np
    >>> np.isinf([1.0, float("-inf"), float("nan")]).numpy().tolist()
    [False, True, False]
    """
    return _is_infinite(as_tensor(x), 0)


def isposinf(x: Any) -> Tensor:
    """Whether it is positively infinite.

    >>> import addax.experimental.numpy as np
    >>> np.isposinf([float("inf"), float("-inf")]).numpy().tolist()
    [True, False]
    """
    return _is_infinite(as_tensor(x), 1)


def isneginf(x: Any) -> Tensor:
    """Whether it is negatively infinite.

    >>> import addax.experimental.numpy as np
    >>> np.isneginf([float("inf"), float("-inf")]).numpy().tolist()
    [False, True]
    """
    return _is_infinite(as_tensor(x), -1)
