"""New arrays: from data, filled, in ranges."""

from __future__ import annotations

import math
from typing import Any

import jax.numpy as jnp
import numpy as np

from addax.core import convert, dtypes
from addax.core.convert import FreeLike, TensorLike
from addax.core.dispatch import op
from addax.core.static_arguments import concrete
from addax.core.tensor import Tensor
from addax.ops import shaping
from addax.ops.casting import cast
from addax.ops.tnp.promotion import (
    as_tensor,
    default_float,
    default_int,
    dtype_of,
    inexact,
    promote,
    result_dtype,
    wanted,
)


def array(val: Any, dtype: Any = None, copy: bool = True, ndmin: int = 0) -> Tensor:
    """A tensor of data, by NumPy's dtype rules.

    Args:
        val: numbers, (nested) lists, arrays, tensors.
        dtype: the dtype wanted; values are cast as NumPy casts them. By default that of the data, with Python ints as
            int64 and floats as float64 (float32 with `prefer_float32`).
        copy: accepted; tensors do not change, so that there is nothing to copy.
        ndmin: the least number of dimensions, made up by leading ones.

    Raises:
        ValueError: rows of different lengths, None.

    >>> import addax as tf
    >>> tf.experimental.numpy.array([1, 2.5], ndmin=2)
    <tf.Tensor: shape=(1, 2), dtype=float64, numpy=array([[1. , 2.5]])>
    """
    made = as_tensor(val, None if dtype is None else wanted(dtype))
    if ndmin > len(made.shape):
        made = shaping.reshape(made, [1] * (ndmin - len(made.shape)) + made.shape.as_list())
    return made


def asarray(a: Any, dtype: Any = None) -> Tensor:
    """`a` as a tensor; see `array`.

    >>> import addax.experimental.numpy as np
    >>> np.asarray([1, 2], dtype=np.float32).numpy().tolist()
    [1.0, 2.0]
    """
    return as_tensor(a, None if dtype is None else wanted(dtype))


def asanyarray(a: Any, dtype: Any = None) -> Tensor:
    """`a` as a tensor; see `array`.

    >>> import addax.experimental.numpy as np
    >>> np.asanyarray([1, 2]).numpy().tolist()
    [1, 2]
    """
    return asarray(a, dtype)


def ascontiguousarray(a: Any, dtype: Any = None) -> Tensor:
    """`a` as a tensor of at least one dimension; see `array`.

    >>> import addax.experimental.numpy as np
    >>> np.ascontiguousarray(3).numpy().tolist()
    [3]
    """
    return array(a, dtype, ndmin=1)


def copy(a: Any) -> Tensor:
    """`a` as a tensor; tensors do not change, so that one is as good as its copy.

    >>> import addax.experimental.numpy as np
    >>> np.copy([1, 2]).numpy().tolist()
    [1, 2]
    """
    return array(a, copy=True)


def astype(a: Any, dtype: Any) -> Tensor:
    """`a` cast to a dtype; complex numbers lose their imaginary part."""
    return cast(as_tensor(a), dtypes.as_dtype(dtype))


# ---------------------------------------------------------------------------- filled


def _dims(shape: Any) -> tuple[int, ...]:
    if isinstance(shape, Tensor) or hasattr(shape, "__tf_value__"):
        shape = concrete(shape, "experimental.numpy").tolist()
    if isinstance(shape, int | np.integer):
        return (int(shape),)
    return tuple(int(size) for size in (shape.as_list() if hasattr(shape, "as_list") else shape))


def _filled(shape: Any, value: Any, dtype: np.dtype) -> Tensor:
    return shaping.broadcast_to(as_tensor(value, dtype), _dims(shape))


def _dtype_or_float(dtype: Any) -> np.dtype:
    return default_float() if dtype is float and default_int() == np.int32 else wanted(dtype)


def zeros(shape: Any, dtype: Any = float) -> Tensor:
    """A tensor of zeros.

    Args:
        shape: ints, or one.
        dtype: the dtype; float64 by default.

    >>> import addax.experimental.numpy as np
    >>> np.zeros(2).numpy().tolist()
    [0.0, 0.0]
    >>> np.zeros(2).dtype
    tf.float64
    """
    return _filled(shape, 0, _dtype_or_float(dtype))


def ones(shape: Any, dtype: Any = float) -> Tensor:
    """A tensor of ones; see `zeros`.

    >>> import addax.experimental.numpy as np
    >>> np.ones((1, 2), dtype=np.int32).numpy().tolist()
    [[1, 1]]
    """
    return _filled(shape, 1, _dtype_or_float(dtype))


def empty(shape: Any, dtype: Any = float) -> Tensor:
    """A tensor of zeros: there is no memory that could be left as it is.

    >>> import addax.experimental.numpy as np
    >>> np.empty((2, 3)).shape
    TensorShape([2, 3])
    """
    return zeros(shape, dtype)


def zeros_like(a: Any, dtype: Any = None) -> Tensor:
    """Zeros of the shape and (unless given) dtype of `a`.

    >>> import addax.experimental.numpy as np
    >>> np.zeros_like([1, 2]).numpy().tolist()
    [0, 0]
    """
    return full_like(a, 0, dtype)


def ones_like(a: Any, dtype: Any = None) -> Tensor:
    """Ones of the shape and (unless given) dtype of `a`.

    >>> import addax.experimental.numpy as np
    >>> np.ones_like([1.5, 2]).numpy().tolist()
    [1.0, 1.0]
    """
    return full_like(a, 1, dtype)


def empty_like(a: Any, dtype: Any = None) -> Tensor:
    """Zeros of the shape and (unless given) dtype of `a`.

    >>> import addax.experimental.numpy as np
    >>> np.empty_like([[1, 2]]).shape
    TensorShape([1, 2])
    """
    return zeros_like(a, dtype)


def full(shape: Any, fill_value: Any, dtype: Any = None) -> Tensor:
    """A tensor of one value.

    Args:
        shape: ints, or one.
        fill_value: a number, or what broadcasts to the shape.
        dtype: the dtype; by default that of `fill_value`.

    >>> import addax.experimental.numpy as np
    >>> np.full((2, 2), 7).numpy().tolist()
    [[7, 7], [7, 7]]
    """
    dims = (shape,) if isinstance(shape, int | np.integer) else shape
    return shaping.broadcast_to(asarray(fill_value, dtype), _dims(dims))


def full_like(
    a: Any, fill_value: Any, dtype: Any = None, order: str = "K", subok: bool = True, shape: Any = None
) -> Tensor:
    """A tensor of the shape and (unless given) dtype of `a`, of one value.

    Args:
        a: anything that becomes a tensor.
        fill_value: a number, or what broadcasts to the shape.
        dtype: the dtype; by default that of `a`.
        order: "K", the only one there is.
        subok: True.
        shape: None.

    Raises:
        ValueError: another order, subok or shape.

    >>> import addax.experimental.numpy as np
    >>> np.full_like([1, 2], 7).numpy().tolist()
    [7, 7]
    """
    if order != "K":
        raise ValueError(f"tf.experimental.numpy.full_like: Non-standard orders are not supported: {order!r}.")
    if not subok:
        raise ValueError("tf.experimental.numpy.full_like: subok being False is not supported.")
    if shape is not None:
        raise ValueError("tf.experimental.numpy.full_like: Overriding the shape is not supported.")
    made = as_tensor(a)
    return shaping.broadcast_to(as_tensor(fill_value, wanted(dtype) if dtype else dtype_of(made)), tuple(made.shape))


# ---------------------------------------------------------------------------- triangles and diagonals of ones


def eye(N: int, M: int | None = None, k: int = 0, dtype: Any = float) -> Tensor:
    """Ones on the k-th diagonal of an N x M matrix (M is N by default), zeros elsewhere.

    >>> import addax as tf
    >>> tf.experimental.numpy.eye(2, 3, 1, dtype=int).numpy().tolist()
    [[0, 1, 0], [0, 0, 1]]
    """
    return convert.tensor_of(np.eye(N, M, k, dtype=_dtype_or_float(dtype)))


def identity(n: int, dtype: Any = float) -> Tensor:
    """The n x n matrix with ones on its diagonal.

    >>> import addax.experimental.numpy as np
    >>> np.identity(2).numpy().tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    return eye(n, dtype=dtype)


def tri(N: int, M: int | None = None, k: int = 0, dtype: Any = None) -> Tensor:
    """Ones on and below the k-th diagonal of an N x M matrix, zeros above.

    >>> import addax.experimental.numpy as np
    >>> np.tri(3, 2).numpy().tolist()
    [[1.0, 0.0], [1.0, 1.0], [1.0, 1.0]]
    """
    return convert.tensor_of(np.tri(N, M, k, dtype=_dtype_or_float(float if dtype is None else dtype)))


# ---------------------------------------------------------------------------- ranges


def arange(start: Any, stop: Any = None, step: Any = 1, dtype: Any = None) -> Tensor:
    """Numbers from `start` up to `stop` (not included), `step` apart; one argument is the stop.

    Args:
        start: a number.
        stop: a number.
        step: a number, not 0.
        dtype: the dtype; by default that of the numbers.

    Raises:
        ValueError: a step of 0.

    >>> import addax as tf
    >>> tf.experimental.numpy.arange(2, 8, 3).numpy().tolist()
    [2, 5]
    """
    target = result_dtype(start, *([] if stop is None else [stop]), step) if dtype is None else wanted(dtype)
    first, last, by = (None if each is None else _number(each) for each in (start, stop, step))
    if by == 0:
        raise ValueError("tf.experimental.numpy.arange: step must be non-zero.")
    if last is None:
        first, last = 0, first
    count = max(math.ceil((last - first) / by), 0)  # type: ignore[operator]
    values = np.arange(first, last, by, dtype=target) if count else np.zeros(0, target)
    return convert.tensor_of(values)


def _number(value: Any) -> Any:
    return concrete(as_tensor(value), "experimental.numpy.arange").item()


@op(name="experimental.numpy.linspace")
def _linspace(start: TensorLike, stop: TensorLike, num: int, endpoint: bool, axis: int) -> Any:
    return jnp.linspace(start, stop, num, endpoint=endpoint, axis=axis)


def linspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: Any = float,
    axis: int = 0,
) -> Any:
    """`num` numbers from `start` to `stop`, evenly apart.

    Args:
        start: a number, or a tensor.
        stop: a number, or a tensor.
        num: how many, at least 0.
        endpoint: whether `stop` is the last one.
        retstep: whether to return (numbers, step).
        dtype: the dtype of the result.
        axis: where the new axis goes.

    Raises:
        ValueError: a negative `num`.

    >>> import addax as tf
    >>> tf.experimental.numpy.linspace(0, 1, 3).numpy().tolist()
    [0.0, 0.5, 1.0]
    """
    if num < 0:
        raise ValueError(
            "tf.experimental.numpy.linspace: Argument `num` (number of samples) must be a non-negative integer. "
            f"Received: num={num}"
        )
    first, last = _spanned(start, stop, dtype)
    made = _linspace(first, last, num, endpoint, axis)
    steps = num - 1 if endpoint else num
    if dtype and dtype is not float:
        made = astype_wanted(made, dtype)
    if not retstep:
        return made
    step = (last - first) / steps if steps > 0 else as_tensor(np.nan, dtype_of(first))
    return made, step


def _spanned(start: Any, stop: Any, dtype: Any) -> list[Any]:
    """Both ends in the dtype that is computed in."""
    if dtype and dtype is not float and wanted(dtype).kind in "fc":
        return [as_tensor(start, wanted(dtype)), as_tensor(stop, wanted(dtype))]
    kind = result_dtype(start, stop, 0.0)
    return [inexact(as_tensor(start, kind)), inexact(as_tensor(stop, kind))]


def astype_wanted(made: Any, dtype: Any) -> Any:
    """A tensor cast to what a `dtype` argument names."""
    return as_tensor(made, wanted(dtype))


@op(name="experimental.numpy.power_of")
def _power_of(exponents: FreeLike, base: float) -> Any:
    return jnp.power(jnp.asarray(base, exponents.dtype), exponents)


def logspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    base: float = 10.0,
    dtype: Any = None,
    axis: int = 0,
) -> Tensor:
    """`num` numbers from base**start to base**stop, evenly apart on a logarithmic scale; see `linspace`.

    >>> import addax.experimental.numpy as np
    >>> print(np.logspace(0, 2, 3).numpy().round(4))
    [  1.  10. 100.]
    """
    target = np.dtype(result_dtype(start, stop)) if dtype is None else wanted(dtype)
    exponents = linspace(start, stop, num, endpoint, axis=axis, dtype=default_float())
    made = _power_of(exponents, float(base))
    if dtype is None and target.kind not in "fc":
        target = default_float()
    return as_tensor(made, target)


@op(name="experimental.numpy.geomspace")
def _geomspace(start: TensorLike, stop: TensorLike, num: int, endpoint: bool, axis: int) -> Any:
    return jnp.geomspace(start, stop, num, endpoint=endpoint, axis=axis)


def geomspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True, dtype: Any = None, axis: int = 0) -> Tensor:
    """`num` numbers from `start` to `stop`, each a constant multiple of the one before.

    >>> import addax as tf
    >>> tf.experimental.numpy.geomspace(1, 8, 4).numpy().round(6).tolist()
    [1.0, 2.0, 4.0, 8.0]
    """
    first, last = (inexact(each) for each in promote(start, stop))
    if dtype is not None and wanted(dtype).kind in "fc":
        first, last = as_tensor(first, wanted(dtype)), as_tensor(last, wanted(dtype))
    elif dtype_of(first).kind == "f":
        first, last = as_tensor(first, np.float64), as_tensor(last, np.float64)
    made = _geomspace(first, last, num, endpoint, axis)
    return made if dtype is None else as_tensor(made, wanted(dtype))


# ---------------------------------------------------------------------------- vandermonde


@op(name="experimental.numpy.vander")
def _vander(x: FreeLike, count: int, increasing: bool) -> Any:
    return jnp.vander(x, count, increasing=increasing)


def vander(x: Any, N: int | None = None, increasing: bool = False) -> Tensor:
    """The powers of the numbers of a vector, one row for each.

    Args:
        x: a vector.
        N: how many powers; by default as many as there are numbers.
        increasing: whether the 0-th power comes first.

    Raises:
        ValueError: x is no vector, or N is negative.

    >>> import addax as tf
    >>> tf.experimental.numpy.vander([2, 3], 3).numpy().tolist()
    [[4, 2, 1], [9, 3, 1]]
    """
    made = as_tensor(x)
    if len(made.shape) != 1:
        raise ValueError(
            f"tf.experimental.numpy.vander: x must be a one-dimensional array, received shape {made.shape}."
        )
    count = made.shape[0] if N is None else int(N)
    if count < 0:
        raise ValueError(f"tf.experimental.numpy.vander: N must be nonnegative, received {count}.")
    return _vander(made, count, increasing)
