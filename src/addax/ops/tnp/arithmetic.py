"""Arithmetic of two arrays, which come to a common dtype."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from addax.core.convert import TensorLike
from addax.core.dispatch import op
from addax.core.tensor import Tensor
from addax.ops import arithmetic, comparison
from addax.ops.tnp.promotion import (
    as_tensor,
    default_float,
    dtype_of,
    promote,
    promote_inexact,
    promote_numbers,
)


def add(x1: Any, x2: Any) -> Tensor:
    """x1 + x2; bools are or-ed, strings joined.

    >>> import addax.experimental.numpy as np
    >>> np.add([1, 2], 0.5).numpy().tolist()
    [1.5, 2.5]
    """
    x, y = promote_numbers(x1, x2)
    return comparison.logical_or(x, y) if dtype_of(x).kind == "b" else arithmetic.add(x, y)


def subtract(x1: Any, x2: Any) -> Tensor:
    """x1 - x2.

    >>> import addax.experimental.numpy as np
    >>> np.subtract([3, 2], [1, 1]).numpy().tolist()
    [2, 1]
    """
    return arithmetic.subtract(*promote_numbers(x1, x2))


def multiply(x1: Any, x2: Any) -> Tensor:
    """x1 * x2; bools are and-ed.

    >>> import addax.experimental.numpy as np
    >>> np.multiply([3, 2], 2).numpy().tolist()
    [6, 4]
    """
    x, y = promote_numbers(x1, x2)
    return comparison.logical_and(x, y) if dtype_of(x).kind == "b" else arithmetic.multiply(x, y)


_FLOAT_OF_QUOTIENT = {
    1: np.dtype(np.float32),
    2: np.dtype(np.float32),
    4: np.dtype(np.float64),
    8: np.dtype(np.float64),
}


def true_divide(x1: Any, x2: Any) -> Tensor:
    """x1 / x2, of floats: 8 and 16-bit integers become float32, wider ones float64, bools the default float.

    >>> import addax.experimental.numpy as np
    >>> np.true_divide([3, 2], 2).numpy().tolist()
    [1.5, 1.0]
    """
    x, y = promote_numbers(x1, x2)
    dtype = dtype_of(x)
    if dtype.kind == "b":
        x, y = as_tensor(x, default_float()), as_tensor(y, default_float())
    elif dtype.kind in "iu":
        wide = _FLOAT_OF_QUOTIENT[dtype.itemsize]
        x, y = as_tensor(x, wide), as_tensor(y, wide)
    return arithmetic.truediv(x, y)


def divide(x1: Any, x2: Any) -> Tensor:
    """x1 / x2; see `true_divide`.

    >>> import addax.experimental.numpy as np
    >>> np.divide([3, 2], 2).numpy().tolist()
    [1.5, 1.0]
    """
    return true_divide(x1, x2)


def _small_ints(x1: Any, x2: Any) -> list[Any]:
    """Both in their common dtype, bools as int8."""
    made = promote_numbers(x1, x2)
    return [as_tensor(each, np.dtype(np.int8)) for each in made] if dtype_of(made[0]).kind == "b" else made


def floor_divide(x1: Any, x2: Any) -> Tensor:
    """The largest whole number not above x1 / x2.

    Raises:
        InvalidArgumentError: integers by 0.

    >>> import addax.experimental.numpy as np
    >>> np.floor_divide([7, -7], 2).numpy().tolist()
    [3, -4]
    """
    return arithmetic.floordiv(*_small_ints(x1, x2))


def mod(x1: Any, x2: Any) -> Tensor:
    """What floor_divide leaves, of the sign of x2.

    >>> import addax.experimental.numpy as np
    >>> np.mod([7, -7], 3).numpy().tolist()
    [1, 2]
    """
    return arithmetic.floormod(*_small_ints(x1, x2))


def remainder(x1: Any, x2: Any) -> Tensor:
    """What floor_divide leaves; see `mod`.

    >>> import addax.experimental.numpy as np
    >>> np.remainder([7, -7], 3).numpy().tolist()
    [1, 2]
    """
    return mod(x1, x2)


def divmod(x1: Any, x2: Any) -> tuple[Tensor, Tensor]:  # noqa: A001
    """(floor_divide(x1, x2), mod(x1, x2)).

    >>> import addax.experimental.numpy as np
    >>> [each.numpy().tolist() for each in np.divmod([7, -7], 3)]
    [[2, -3], [1, 2]]
    """
    return floor_divide(x1, x2), mod(x1, x2)


def power(x1: Any, x2: Any) -> Tensor:
    """x1**x2.

    Raises:
        InvalidArgumentError: integers to a negative integer power.

    >>> import addax.experimental.numpy as np
    >>> np.power([2, 3], 2).numpy().tolist()
    [4, 9]
    """
    return arithmetic.pow(*promote_numbers(x1, x2))


def float_power(x1: Any, x2: Any) -> Tensor:
    """x1**x2; see `power`.

    >>> import addax.experimental.numpy as np
    >>> print(np.float_power([2.0, 4.0], 0.5).numpy().round(4))
    [1.4142 2.    ]
    """
    return power(x1, x2)


def maximum(x1: Any, x2: Any) -> Tensor:
    """The larger of both; bools are or-ed. NaN where one is NaN.

    >>> import addax.experimental.numpy as np
    >>> np.maximum([1, 5], 3).numpy().tolist()
    [3, 5]
    """
    x, y = promote_numbers(x1, x2)
    return comparison.logical_or(x, y) if dtype_of(x).kind == "b" else arithmetic.maximum(x, y)


def minimum(x1: Any, x2: Any) -> Tensor:
    """The smaller of both; bools are and-ed. NaN where one is NaN.

    >>> import addax.experimental.numpy as np
    >>> np.minimum([1, 5], 3).numpy().tolist()
    [1, 3]
    """
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


@op(name="experimental.numpy.logaddexp", kinds="f")
def _logaddexp(x: TensorLike, y: TensorLike, two: bool) -> Any:
    return jnp.logaddexp2(x, y) if two else jnp.logaddexp(x, y)


def logaddexp(x1: Any, x2: Any) -> Tensor:
    """log(exp(x1) + exp(x2)), without overflow.

    >>> import addax.experimental.numpy as np
    >>> print(np.logaddexp([0.0], [0.0]).numpy().round(4))
    [0.6931]
    """
    return _logaddexp(*promote_inexact(x1, x2), False)


def logaddexp2(x1: Any, x2: Any) -> Tensor:
    """log2(2**x1 + 2**x2), without overflow.

    >>> import addax.experimental.numpy as np
    >>> print(np.logaddexp2([2.0], [2.0]).numpy().round(4))
    [3.]
    """
    return _logaddexp(*promote_inexact(x1, x2), True)


@op(name="experimental.numpy.heaviside", kinds="f")
def _heaviside(x: TensorLike, at_zero: TensorLike) -> Any:
    # NaN counts as 0 here, as in TensorFlow.
    return jnp.where(x < 0, jnp.zeros((), x.dtype), jnp.where(x > 0, jnp.ones((), x.dtype), at_zero))


_heaviside.op.links = (0b10,)


def heaviside(x1: Any, x2: Any) -> Tensor:
    """0 where x1 is negative, 1 where it is positive, x2 where it is 0.

    >>> import addax.experimental.numpy as np
    >>> np.heaviside([-1.0, 0.0, 2.0], 0.5).numpy().tolist()
    [0.0, 0.5, 1.0]
    """
    return _heaviside(*promote_inexact(x1, x2))


def nextafter(x1: Any, x2: Any) -> Tensor:
    """The next float after x1 in the direction of x2.

    >>> import addax.experimental.numpy as np
    >>> (np.nextafter([1.0], [2.0]) > 1.0).numpy().tolist()
    [True]
    """
    return arithmetic.nextafter(*promote_inexact(x1, x2))
