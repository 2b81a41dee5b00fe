"""Sums, means, extremes and running totals along axes."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from addax.core import errors
from addax.core.convert import FreeLike, TensorLike
from addax.core.dispatch import op
from addax.core.tensor import Tensor
from addax.ops import cumulative, reductions
from addax.ops.shaping import broadcast_to, reshape
from addax.ops.tnp.promotion import as_tensor, default_float, default_int, dtype_of, inexact, promote, wanted

_NO_OUT = "Setting out is not supported."


def _wide(dtype: np.dtype) -> np.dtype:
    """The integers that integers are added up in: of the default int's size at least."""
    if dtype.itemsize >= default_int().itemsize:
        return dtype
    return default_int() if dtype.kind != "u" else np.dtype(f"u{default_int().itemsize}")


def _of_floats(who: str, a: Any, axis: Any, dtype: Any, keepdims: Any) -> Tensor:
    """The sum, mean or product: integers are added up in the widest integers (means: the default float)."""
    made = as_tensor(a)
    kind = dtype_of(made).kind
    if dtype is not None:
        made = as_tensor(made, wanted(dtype))
    elif kind in "biu":
        made = as_tensor(made, default_float() if who == "mean" else _wide(dtype_of(made)))
    if who == "mean" and dtype_of(made).kind in "biu":  # asked for: NumPy takes the mean in floats, then casts
        return as_tensor(reductions.reduce_mean(as_tensor(made, default_float()), axis, bool(keepdims)), dtype_of(made))
    function = getattr(reductions, f"reduce_{who}")
    return function(made, axis, bool(keepdims))


def sum(a: Any, axis: Any = None, dtype: Any = None, keepdims: Any = None) -> Tensor:  # noqa: A001
    """The sum along axes.

    Args:
        a: a tensor.
        axis: ints, or one; all by default.
        dtype: the dtype to add up in; by default that of `a`, for integers and bools int64 or uint64.
        keepdims: whether the axes stay, with length 1.

    Raises:
        InvalidArgumentError: an axis out of range.

    >>> import addax as tf
    >>> tf.experimental.numpy.sum([[True, False], [True, True]], axis=0).numpy().tolist()
    [2, 1]
    """
    return _of_floats("sum", a, axis, dtype, keepdims)


def prod(a: Any, axis: Any = None, dtype: Any = None, keepdims: Any = None) -> Tensor:
    """The product along axes; see `sum`.

    >>> import addax.experimental.numpy as np
    >>> np.prod([[1, 2], [3, 4]], axis=0).numpy().tolist()
    [3, 8]
    """
    return _of_floats("prod", a, axis, dtype, keepdims)


def mean(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = None) -> Tensor:
    """The mean along axes; that of integers is a float. See `sum`.

    Raises:
        ValueError: `out` is given.

    >>> import addax.experimental.numpy as np
    >>> np.mean([[1, 2], [3, 4]], axis=0).numpy().tolist()
    [2.0, 3.0]
    """
    if out is not None:
        raise ValueError(f"tf.experimental.numpy.mean: {_NO_OUT}")
    return _of_floats("mean", a, axis, dtype, keepdims)


@op(name="experimental.numpy.var", kinds="fc")
def _var(a: TensorLike, axis: Any, ddof: int, keepdims: bool, root: bool) -> Any:
    axes = reductions.reduction_axes("experimental.numpy.var", axis, a.ndim)
    made = jnp.var(a, axis=axes, ddof=ddof, keepdims=keepdims)
    return jnp.sqrt(made) if root else made


def _spread(a: Any, axis: Any, dtype: Any, ddof: int, keepdims: Any, root: bool) -> Tensor:
    made = as_tensor(a)
    working = made if dtype is None else as_tensor(made, wanted(dtype))
    small = dtype_of(working).kind == "V"  # bfloat16
    out = _var(inexact(working), axis, int(ddof), bool(keepdims), root)
    return as_tensor(out, dtype_of(working)) if dtype is not None or small else out


def var(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, ddof: int = 0, keepdims: Any = None) -> Tensor:
    """The variance along axes: the mean of the squared distances from the mean.

    Args:
        a: a tensor.
        axis: ints, or one; all by default.
        dtype: the dtype to compute in.
        out: None.
        ddof: what is taken from the number of elements before it divides.
        keepdims: whether the axes stay, with length 1.

    Raises:
        ValueError: `out` is given.

    >>> import addax as tf
    >>> float(tf.experimental.numpy.var([1, 2, 3], ddof=1))
    1.0
    """
    if out is not None:
        raise ValueError(f"tf.experimental.numpy.var: {_NO_OUT}")
    return _spread(a, axis, dtype, ddof, keepdims, False)


def std(a: Any, axis: Any = None, keepdims: Any = None) -> Tensor:
    """The square root of the variance; see `var`.

    >>> import addax.experimental.numpy as np
    >>> np.std([[1.0, 3.0], [2.0, 2.0]], axis=1).numpy().tolist()
    [1.0, 0.0]
    """
    return _spread(a, axis, None, 0, keepdims, True)


def _extreme(who: str, a: Any, axis: Any, keepdims: Any) -> Tensor:
    made = as_tensor(a)
    if dtype_of(made).kind == "b":
        return (reductions.reduce_any if who == "max" else reductions.reduce_all)(made, axis, bool(keepdims))
    return getattr(reductions, f"reduce_{who}")(made, axis, bool(keepdims))


def max(a: Any, axis: Any = None, keepdims: Any = None) -> Tensor:  # noqa: A001
    """The largest along axes; see `sum` for the arguments.

    >>> import addax.experimental.numpy as np
    >>> np.max([[1, 5], [3, 4]], axis=1).numpy().tolist()
    [5, 4]
    """
    return _extreme("max", a, axis, keepdims)


def min(a: Any, axis: Any = None, keepdims: Any = None) -> Tensor:  # noqa: A001
    """The smallest along axes; see `sum` for the arguments.

    >>> import addax.experimental.numpy as np
    >>> np.min([[1, 5], [3, 4]], axis=1).numpy().tolist()
    [1, 3]
    """
    return _extreme("min", a, axis, keepdims)


def amax(a: Any, axis: Any = None, out: Any = None, keepdims: Any = None) -> Tensor:
    """The largest along axes.

    Raises:
        ValueError: `out` is given.

    >>> import addax.experimental.numpy as np
    >>> np.amax([[1, 5], [3, 4]], axis=1).numpy().tolist()
    [5, 4]
    """
    if out is not None:
        raise ValueError(f"tf.experimental.numpy.amax: {_NO_OUT}")
    return max(a, axis, keepdims)


def amin(a: Any, axis: Any = None, out: Any = None, keepdims: Any = None) -> Tensor:
    """The smallest along axes.

    Raises:
        ValueError: `out` is given.

    >>> import addax.experimental.numpy as np
    >>> np.amin([[1, 5], [3, 4]], axis=1).numpy().tolist()
    [1, 3]
    """
    if out is not None:
        raise ValueError(f"tf.experimental.numpy.amin: {_NO_OUT}")
    return min(a, axis, keepdims)


def ptp(a: Any, axis: Any = None, keepdims: Any = None) -> Tensor:
    """The largest minus the smallest along axes.

    >>> import addax.experimental.numpy as np
    >>> np.ptp([[1, 5], [3, 4]], axis=1).numpy().tolist()
    [4, 1]
    """
    made = as_tensor(a)
    return max(made, axis, keepdims) - min(made, axis, keepdims)


def _flat(a: Any, axis: Any) -> tuple[Any, int]:
    """A tensor and an axis: flat and 0 where there is none."""
    made = as_tensor(a)
    return (reshape(made, [-1]), 0) if axis is None or not len(made.shape) else (made, axis)


def argmax(a: Any, axis: Any = None) -> Tensor:
    """The index of the largest along an axis, of the flat array by default.

    >>> import addax.experimental.numpy as np
    >>> np.argmax([[1, 5], [3, 4]], axis=1).numpy().tolist()
    [1, 1]
    """
    return reductions.argmax(*_flat(a, axis))


def argmin(a: Any, axis: Any = None) -> Tensor:
    """The index of the smallest along an axis, of the flat array by default.

    >>> import addax.experimental.numpy as np
    >>> np.argmin([[1, 5], [3, 4]], axis=1).numpy().tolist()
    [0, 0]
    """
    return reductions.argmin(*_flat(a, axis))


def _running(function: Any, a: Any, axis: Any, dtype: Any) -> Tensor:
    made = as_tensor(a)
    if dtype is not None:
        made = as_tensor(made, wanted(dtype))
    elif dtype_of(made).kind in "biu" and dtype_of(made) != np.int64:
        made = as_tensor(made, default_int())
    return function(*_flat(made, axis))


def cumsum(a: Any, axis: Any = None, dtype: Any = None) -> Tensor:
    """The sums up to each element along an axis, of the flat array by default.

    >>> import addax as tf
    >>> tf.experimental.numpy.cumsum([[1, 2], [3, 4]]).numpy().tolist()
    [1, 3, 6, 10]
    """
    return _running(cumulative.cumsum, a, axis, dtype)


def cumprod(a: Any, axis: Any = None, dtype: Any = None) -> Tensor:
    """The products up to each element along an axis, of the flat array by default.

    >>> import addax.experimental.numpy as np
    >>> np.cumprod([1, 2, 3]).numpy().tolist()
    [1, 2, 6]
    """
    return _running(cumulative.cumprod, a, axis, dtype)


@op(name="experimental.numpy.count_nonzero", differentiable=False)
def _count_nonzero(a: FreeLike, axis: Any) -> Any:
    axes = reductions.reduction_axes("experimental.numpy.count_nonzero", axis, a.ndim)
    return jnp.sum(a != 0, axis=axes, dtype=np.int64)


def count_nonzero(a: Any, axis: Any = None) -> Tensor:
    """How many elements along axes are not 0.

    >>> import addax.experimental.numpy as np
    >>> np.count_nonzero([[0, 2], [3, 4]], axis=1).numpy().tolist()
    [1, 2]
    """
    return _count_nonzero(as_tensor(a), axis)


# ---------------------------------------------------------------------------- without NaN


@op(name="experimental.numpy.nan_filled")
def _filled(a: FreeLike, value: float) -> Any:
    return jnp.where(jnp.isnan(a), jnp.asarray(value, a.dtype), a)


def _without_nan(a: Any, value: float) -> Any:
    made = as_tensor(a)
    return _filled(made, value) if dtype_of(made).kind not in "biu" else made


def nansum(a: Any, axis: Any = None, dtype: Any = None, keepdims: Any = False) -> Tensor:
    """The sum along axes of what is not NaN; see `sum`.

    >>> import addax.experimental.numpy as np
    >>> np.nansum([[1.0, float("nan"), 2.0]], axis=1).numpy().tolist()
    [3.0]
    """
    return sum(_without_nan(a, 0.0), axis, dtype, keepdims)


def nanprod(a: Any, axis: Any = None, dtype: Any = None, keepdims: Any = False) -> Tensor:
    """The product along axes of what is not NaN; see `sum`.

    >>> import addax.experimental.numpy as np
    >>> np.nanprod([[3.0, float("nan"), 2.0]], axis=1).numpy().tolist()
    [6.0]
    """
    return prod(_without_nan(a, 1.0), axis, dtype, keepdims)


@op(name="experimental.numpy.nanmean")
def _nanmean(a: FreeLike, axis: Any, keepdims: bool) -> Any:
    axes = reductions.reduction_axes("experimental.numpy.nanmean", axis, a.ndim)
    return jnp.nanmean(a, axis=axes, keepdims=keepdims)


def nanmean(a: Any, axis: Any = None, dtype: Any = None, keepdims: Any = None) -> Tensor:
    """The mean along axes of what is not NaN; NaN where nothing is left. See `sum`.

    >>> import addax.experimental.numpy as np
    >>> np.nanmean([[1.0, float("nan"), 2.0]], axis=1).numpy().tolist()
    [1.5]
    """
    made = as_tensor(a)
    if dtype_of(made).kind in "biu":
        return mean(made, axis, dtype, keepdims=keepdims)
    return _nanmean(made if dtype is None else as_tensor(made, wanted(dtype)), axis, bool(keepdims))


# ---------------------------------------------------------------------------- weighted


@op(name="experimental.numpy.average", kinds="fc")
def _average(a: TensorLike, weights: TensorLike, axis: Any) -> Any:
    if weights.shape != a.shape:
        shape = [1] * a.ndim
        shape[axis] = weights.shape[0]
        weights = jnp.broadcast_to(weights.reshape(shape), a.shape)
    total = jnp.sum(weights, axis=axis)
    return jnp.sum(a * weights, axis=axis) / total, total


def average(a: Any, axis: Any = None, weights: Any = None, returned: bool = False) -> Any:
    """The mean along an axis, weighted.

    Args:
        a: a tensor.
        axis: an int; all by default.
        weights: one for each element, or one for each place along the axis.
        returned: whether to return (mean, sum of weights).

    Raises:
        ValueError: several axes.
        InvalidArgumentError: weights of another shape.

    >>> import addax as tf
    >>> float(tf.experimental.numpy.average([1, 2, 3], weights=[1, 1, 2]))
    2.25
    """
    if axis is not None and not isinstance(axis, int | np.integer):
        raise ValueError(
            f"tf.experimental.numpy.average: Argument `axis` must be an integer. Received axis={axis} (of type "
            f"{type(axis)})"
        )
    made = as_tensor(a)
    if weights is None:
        made = as_tensor(made, default_float()) if dtype_of(made).kind in "biu" else made
        out = reductions.reduce_mean(made, axis)
        if not returned:
            return out
        count = np.prod(made.shape.as_list()) if axis is None else made.shape[axis]
        return out, broadcast_to(as_tensor(float(count), dtype_of(out)), tuple(out.shape))
    made, given = promote(made, weights)
    if dtype_of(made).kind in "biu":
        made, given = as_tensor(made, default_float()), as_tensor(given, default_float())
    _check_weights(made, given, axis)
    out, total = _average(made, given, axis)
    return (out, total) if returned else out


def _check_weights(a: Any, weights: Any, axis: Any) -> None:
    shape, have = a.shape.as_list(), weights.shape.as_list()
    if have == shape:
        return
    expected = f"weights of the shape {shape} of a"
    if axis is not None:
        if len(have) == 1 and have[0] == shape[axis]:
            return
        expected += f", or [{shape[axis]}], one for each place along axis {axis}"
    raise errors.InvalidArgumentError(
        errors.message(
            "tf.experimental.numpy.average", expected=expected, received={"a": a, "weights": weights, "axis": axis}
        )
    )
