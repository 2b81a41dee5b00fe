"""Reductions along axes, and positions of extremes."""

from __future__ import annotations

import functools
from typing import Any

import jax
import jax.numpy as jnp
import jax.scipy.special as jsp
import numpy as np
from jax import lax

from addax.core import dtypes, errors
from addax.core.context import state
from addax.core.convert import TensorLike
from addax.core.dispatch import UnfitError, op
from addax.core.tensor import Tensor
from addax.ops import division, small_twins
from addax.ops.elementwise import sqrt
from addax.ops.ordering import place_of_extreme

__all__ = [
    "argmax",
    "argmin",
    "count_nonzero",
    "reduce_all",
    "reduce_any",
    "reduce_euclidean_norm",
    "reduce_logsumexp",
    "reduce_max",
    "reduce_mean",
    "reduce_min",
    "reduce_prod",
    "reduce_std",
    "reduce_sum",
    "reduce_variance",
    "zero_fraction",
]


def reduction_axes(who: str, axis: Any, rank: int) -> tuple[int, ...]:
    """The axes to reduce, counted from the front; None is all of them.

    Raises:
        InvalidArgumentError: an axis that a tensor of this rank does not have, or one named twice.
    """
    if axis is None:
        return tuple(range(rank))
    given = axis if isinstance(axis, tuple | list | range) else (axis,)
    axes = []
    for each in given:
        if int(each) != each:
            raise TypeError(errors.message(f"tf.{who}", expected="axes that are ints", received=f"axis={axis}"))
        if isinstance(each, bool) or not -rank <= each < rank:
            raise errors.InvalidArgumentError(
                errors.message(
                    f"tf.{who}",
                    expected=f"axes from {-rank} to {rank - 1}, of a tensor with {rank} dimensions",
                    received=f"Invalid reduction dimension: axis={axis}",
                )
            )
        axes.append(int(each) % rank)
    if len(set(axes)) != len(axes):
        raise errors.InvalidArgumentError(
            errors.message(f"tf.{who}", expected="each axis once", received=f"axis={axis}")
        )
    return tuple(axes)


@op(kinds="fciu", small=small_twins.total)
def reduce_sum(input_tensor: TensorLike, axis=None, keepdims=False, name: str | None = None) -> Tensor:
    """The sum over axes.

    Args:
        input_tensor: a tensor of numbers.
        axis: an axis, a list of them, or None for all.
        keepdims: whether reduced axes stay, with length 1.
        name: ignored.

    Returns:
        A tensor of the same dtype.

    Raises:
        InvalidArgumentError: an axis out of range.

    >>> import addax as tf
    >>> tf.reduce_sum([[1, 2], [3, 4]], axis=0).numpy().tolist()
    [4, 6]
    """
    axes = reduction_axes("reduce_sum", axis, input_tensor.ndim)
    return jnp.sum(input_tensor, axes, dtype=input_tensor.dtype, keepdims=bool(keepdims))


@op(kinds="fciu", small=small_twins.mean)
def reduce_mean(input_tensor: TensorLike, axis=None, keepdims=False, name: str | None = None) -> Tensor:
    """The mean over axes; of integers, in integers (cut towards zero).

    Args:
        input_tensor: a tensor of numbers.
        axis: an axis, a list of them, or None for all.
        keepdims: whether reduced axes stay, with length 1.
        name: ignored.

    Returns:
        A tensor of the same dtype.

    >>> import addax as tf
    >>> tf.reduce_mean([[1.0, 2.0], [3.0, 4.0]], axis=1).numpy().tolist()
    [1.5, 3.5]
    """
    axes = reduction_axes("reduce_mean", axis, input_tensor.ndim)
    return _mean(input_tensor, axes, bool(keepdims))


def _mean(x: Any, axes: tuple[int, ...], keepdims: bool) -> Any:
    if x.dtype.kind == "c" and not x.size:  # of no complex numbers it is 0, of no real ones NaN
        return jnp.sum(x, axes, dtype=x.dtype, keepdims=keepdims)
    if x.dtype.kind not in "iu":
        return division.mean(x, axes, keepdims)
    count = int(np.prod([x.shape[axis] for axis in axes], dtype=np.int64))
    total = jnp.sum(x, axes, dtype=np.int64, keepdims=keepdims)  # small integers do not overflow on the way
    return lax.div(total, jnp.full(total.shape, max(count, 1), np.int64)).astype(x.dtype)


@op(kinds="fiu", small=small_twins.largest)
def reduce_max(input_tensor: TensorLike, axis=None, keepdims=False, name: str | None = None) -> Tensor:
    """The maximum over axes; equal maxima share the gradient. -inf (the dtype's lowest) over nothing.

    Args:
        input_tensor: a tensor of real numbers.
        axis: an axis, a list of them, or None for all.
        keepdims: whether reduced axes stay, with length 1.
        name: ignored.

    >>> import addax as tf
    >>> tf.reduce_max([[1, 2], [3, 4]], axis=0).numpy().tolist()
    [3, 4]
    """
    axes = reduction_axes("reduce_max", axis, input_tensor.ndim)
    return _extreme(input_tensor, axes, bool(keepdims), True)


@op(kinds="fiu", small=small_twins.least)
def reduce_min(input_tensor: TensorLike, axis=None, keepdims=False, name: str | None = None) -> Tensor:
    """The minimum over axes; equal minima share the gradient. inf (the dtype's highest) over nothing.

    Args:
        input_tensor: a tensor of real numbers.
        axis: an axis, a list of them, or None for all.
        keepdims: whether reduced axes stay, with length 1.
        name: ignored.

    >>> import addax as tf
    >>> tf.reduce_min([[1, 2], [3, 4]], axis=0).numpy().tolist()
    [1, 2]
    """
    axes = reduction_axes("reduce_min", axis, input_tensor.ndim)
    return _extreme(input_tensor, axes, bool(keepdims), False)


@functools.partial(jax.custom_jvp, nondiff_argnums=(1, 2, 3))
def _extreme(x: Any, axes: tuple[int, ...], keepdims: bool, largest: bool) -> Any:
    pick = jnp.max if largest else jnp.min
    return pick(x, axes, keepdims=keepdims, initial=_lowest(x, axes, least=largest))


@_extreme.defjvp
def _extreme_jvp(axes: tuple[int, ...], keepdims: bool, largest: bool, primals: Any, tangents: Any) -> Any:
    # Equal extremes share the slope. NaN equals nothing, and makes all slopes NaN, as 0 / 0 in TensorFlow.
    (x,), (dx,) = primals, tangents
    out = _extreme(x, axes, True, largest)
    chosen = (x == out).astype(x.dtype)
    count = jnp.sum(chosen, axes, dtype=x.dtype, keepdims=True)
    share = jnp.where(count == 0, jnp.asarray(np.nan, x.dtype), chosen / count)
    slope = jnp.sum(share * dx, axes, dtype=x.dtype, keepdims=keepdims)
    return out if keepdims else lax.reshape(out, slope.shape), slope


def _lowest(x: Any, axes: tuple[int, ...], least: bool) -> Any:
    """What an empty maximum or minimum is; None where there is something to compare."""
    if all(x.shape[axis] for axis in axes):
        return None
    dtype = dtypes.from_numpy(x.dtype)
    if dtype.is_floating:
        return -np.inf if least else np.inf
    return dtype.min if least else dtype.max


@op(kinds="fciu", small=small_twins.product)
def reduce_prod(input_tensor: TensorLike, axis=None, keepdims=False, name: str | None = None) -> Tensor:
    """The product over axes.

    Args:
        input_tensor: a tensor of numbers.
        axis: an axis, a list of them, or None for all.
        keepdims: whether reduced axes stay, with length 1.
        name: ignored.

    >>> import addax as tf
    >>> tf.reduce_prod([[1, 2], [3, 4]], axis=1).numpy().tolist()
    [2, 12]
    """
    axes = reduction_axes("reduce_prod", axis, input_tensor.ndim)
    return jnp.prod(input_tensor, axes, dtype=input_tensor.dtype, keepdims=bool(keepdims))


@op(kinds="b", small=small_twins.any_of)
def reduce_any(input_tensor: TensorLike, axis=None, keepdims=False, name: str | None = None) -> Tensor:
    """Whether any element is true, over axes.

    Args:
        input_tensor: a bool tensor.
        axis: an axis, a list of them, or None for all.
        keepdims: whether reduced axes stay, with length 1.
        name: ignored.

    >>> import addax as tf
    >>> tf.reduce_any([[True, False], [False, False]], axis=1).numpy().tolist()
    [True, False]
    """
    return jnp.any(input_tensor, reduction_axes("reduce_any", axis, input_tensor.ndim), keepdims=bool(keepdims))


@op(kinds="b", small=small_twins.all_of)
def reduce_all(input_tensor: TensorLike, axis=None, keepdims=False, name: str | None = None) -> Tensor:
    """Whether all elements are true, over axes.

    Args:
        input_tensor: a bool tensor.
        axis: an axis, a list of them, or None for all.
        keepdims: whether reduced axes stay, with length 1.
        name: ignored.

    >>> import addax as tf
    >>> tf.reduce_all([[True, True], [True, False]], axis=1).numpy().tolist()
    [True, False]
    """
    return jnp.all(input_tensor, reduction_axes("reduce_all", axis, input_tensor.ndim), keepdims=bool(keepdims))


def _variance(x: Any, axes: tuple[int, ...], keepdims: bool, who: str) -> Any:
    if x.dtype.kind in "iub":
        raise UnfitError(
            errors.message(
                f"tf.{who}",
                expected="a floating or complex input_tensor (Input must be either real or complex)",
                received=f"dtype {dtypes.from_numpy(x.dtype).name}",
                hint="cast it: tf.cast(x, tf.float32)",
            )
        )
    difference = x - division.mean(x, axes, keepdims=True)
    squared = jnp.real(difference * jnp.conj(difference)) if x.dtype.kind == "c" else difference * difference
    return division.mean(squared, axes, keepdims)


@op(name="math.reduce_variance")
def reduce_variance(input_tensor: TensorLike, axis=None, keepdims=False, name: str | None = None) -> Tensor:
    """The mean of the squared distances from the mean, over axes (divided by n, not n - 1).

    Args:
        input_tensor: a floating or complex tensor.
        axis: an axis, a list of them, or None for all.
        keepdims: whether reduced axes stay, with length 1.
        name: ignored.

    Raises:
        TypeError: integers.

    >>> import addax as tf
    >>> tf.math.reduce_variance([1.0, 3.0]).numpy()
    np.float32(1.0)
    """
    axes = reduction_axes("math.reduce_variance", axis, input_tensor.ndim)
    return _variance(input_tensor, axes, bool(keepdims), "math.reduce_variance")


@op(name="math.reduce_std")
def _reduce_std(input_tensor: TensorLike, axis, keepdims):
    axes = reduction_axes("math.reduce_std", axis, input_tensor.ndim)
    return jnp.sqrt(_variance(input_tensor, axes, bool(keepdims), "math.reduce_std"))


@op(name="math.reduce_std")
def _before_root(input_tensor: TensorLike, axis, keepdims):
    axes = reduction_axes("math.reduce_std", axis, input_tensor.ndim)
    return _variance(input_tensor, axes, bool(keepdims), "math.reduce_std")


def may_be_derived(tensor: Any) -> bool:
    """Whether a gradient may flow through what is computed of `tensor` now.

    Then a root is a function of its own: its slope at zero is infinite, and a gradient of zero stays zero there.
    """
    if not (state.tapes or state.trace is not None):
        return False
    return isinstance(tensor, Tensor) or hasattr(tensor, "__tf_value__")


def reduce_std(input_tensor: Any, axis: Any = None, keepdims: bool = False, name: str | None = None) -> Tensor:
    """The square root of `tf.math.reduce_variance`.

    Args:
        input_tensor: a floating or complex tensor.
        axis: an axis, a list of them, or None for all.
        keepdims: whether reduced axes stay, with length 1.
        name: ignored.

    Raises:
        TypeError: integers.

    >>> import addax as tf
    >>> tf.math.reduce_std([1.0, 3.0]).numpy()
    np.float32(1.0)
    """
    if may_be_derived(input_tensor):
        return sqrt(_before_root(input_tensor, axis, keepdims))
    return _reduce_std(input_tensor, axis, keepdims)


@op(kinds="f")
def reduce_logsumexp(input_tensor: TensorLike, axis=None, keepdims=False, name: str | None = None) -> Tensor:
    """log(sum(exp(x))) over axes, computed so that it does not overflow.

    Args:
        input_tensor: a floating tensor.
        axis: an axis, a list of them, or None for all.
        keepdims: whether reduced axes stay, with length 1.
        name: ignored.

    >>> import addax as tf
    >>> tf.reduce_logsumexp([1000.0, 1000.0]).numpy().round(3)
    np.float32(1000.693)
    """
    axes = reduction_axes("reduce_logsumexp", axis, input_tensor.ndim)
    if not all(input_tensor.shape[axis] for axis in axes):
        return jnp.log(jnp.sum(jnp.exp(input_tensor), axes, keepdims=bool(keepdims)))
    return jsp.logsumexp(input_tensor, axes, keepdims=bool(keepdims)).astype(input_tensor.dtype)


@op(kinds="fciu", name="math.reduce_euclidean_norm")
def reduce_euclidean_norm(input_tensor: TensorLike, axis=None, keepdims=False, name: str | None = None) -> Tensor:
    """The square root of the sum of squares over axes.

    Args:
        input_tensor: a tensor of numbers.
        axis: an axis, a list of them, or None for all.
        keepdims: whether reduced axes stay, with length 1.
        name: ignored.

    >>> import addax as tf
    >>> tf.math.reduce_euclidean_norm([3.0, 4.0]).numpy()
    np.float32(5.0)
    """
    axes, x = reduction_axes("math.reduce_euclidean_norm", axis, input_tensor.ndim), input_tensor
    total = jnp.sum(x * jnp.conj(x), axes, dtype=x.dtype, keepdims=bool(keepdims))
    if x.dtype.kind in "iu":
        return jnp.sqrt(total.astype(np.float64)).astype(x.dtype)
    return jnp.sqrt(total)


def _nonzero_text(input: Any, axis: Any, keepdims: Any, dtype: Any) -> Any:  # noqa: A002
    count = np.asarray(input != b"").astype(dtypes.as_dtype(dtype).np)
    axes = reduction_axes("math.count_nonzero", axis, count.ndim)
    return np.sum(count, axis=axes, keepdims=bool(keepdims), dtype=count.dtype)


@op(name="math.count_nonzero", host=_nonzero_text)
def _count_nonzero(input: TensorLike, axis, keepdims, dtype):  # noqa: A002
    axes = reduction_axes("math.count_nonzero", axis, input.ndim)
    return jnp.sum(input != 0, axes, dtype=dtypes.as_dtype(dtype).np, keepdims=bool(keepdims))


def count_nonzero(
    input: Any,
    axis: Any = None,
    keepdims: Any = None,
    dtype: Any = dtypes.int64,
    name: str | None = None,  # noqa: A002
) -> Tensor:
    """How many elements are not zero (of strings: not empty), over axes.

    Args:
        input: a tensor of numbers, bools or strings.
        axis: an axis, a list of them, or None for all.
        keepdims: whether reduced axes stay, with length 1.
        dtype: the dtype of the counts.
        name: ignored.

    >>> import addax as tf
    >>> int(tf.math.count_nonzero([0, 3, 5]))
    2
    """
    return _count_nonzero(input, axis, bool(keepdims), dtypes.as_dtype(dtype))


@op(name="math.zero_fraction", differentiable=False)
def _zero_fraction(value: TensorLike):
    return jnp.mean(value == 0, dtype=np.float32)


def zero_fraction(value: Any, name: str | None = None) -> Tensor:
    """The share of elements that are zero, as float32; NaN of an empty tensor.

    >>> import addax as tf
    >>> tf.math.zero_fraction([0.0, 1.0]).numpy()
    np.float32(0.5)
    """
    return _zero_fraction(value)


# ---------------------------------------------------------------------------- positions


def _position(who: str, pick: Any, x: Any, axis: Any, output_type: Any) -> Any:
    axis = 0 if axis is None else axis
    if not -x.ndim <= axis < x.ndim:
        raise errors.InvalidArgumentError(
            errors.message(
                f"tf.{who}",
                expected=f"an axis from {-x.ndim} to {x.ndim - 1}",
                received=f"axis={axis}, a tensor of shape {tuple(x.shape)}",
            )
        )
    if x.shape[axis] == 0:
        raise errors.InvalidArgumentError(
            errors.message(f"tf.{who}", expected="an axis that is not empty", received=f"shape {tuple(x.shape)}")
        )
    index_dtype = dtypes.as_dtype(output_type).np
    if index_dtype.name not in (("int32", "int64") if pick is lax.argmin else ("int16", "int32", "int64", "uint16")):
        raise UnfitError(f"tf.{who}: output_type must be int32 or int64, received {index_dtype.name}.")
    if x.dtype.kind == "b":
        x = x.astype(np.int8)
    x = without_nan(x, -np.inf if pick is lax.argmax else np.inf)
    return place_of_extreme(pick, x, axis % x.ndim, index_dtype)


def without_nan(x: Any, instead: float) -> Any:
    """x with an infinity for NaN, which is then never picked as the largest or least, as in TensorFlow."""
    return jnp.where(jnp.isnan(x), np.array(instead, x.dtype), x) if x.dtype.kind in "fV" else x


@op(kinds="fiub", small=small_twins.place_of_largest)
def argmax(input: TensorLike, axis=None, output_type=dtypes.int64, name: str | None = None) -> Tensor:  # noqa: A002
    """The index of the largest element along an axis; of equal ones the first.

    Args:
        input: a tensor of real numbers or bools.
        axis: the axis (None is 0).
        output_type: the dtype of the indices.
        name: ignored.

    Raises:
        InvalidArgumentError: an axis out of range, or an empty one.

    >>> import addax as tf
    >>> tf.argmax([[1, 9, 9], [7, 2, 3]], axis=1).numpy().tolist()
    [1, 0]
    """
    return _position("argmax", lax.argmax, input, axis, output_type)


@op(kinds="fiub", small=small_twins.place_of_least)
def argmin(input: TensorLike, axis=None, output_type=dtypes.int64, name: str | None = None) -> Tensor:  # noqa: A002
    """The index of the smallest element along an axis; of equal ones the first.

    Args:
        input: a tensor of real numbers or bools.
        axis: the axis (None is 0).
        output_type: the dtype of the indices.
        name: ignored.

    Raises:
        InvalidArgumentError: an axis out of range, or an empty one.

    >>> import addax as tf
    >>> tf.argmin([[1, 9, 1], [7, 2, 3]], axis=1).numpy().tolist()
    [0, 1]
    """
    return _position("argmin", lax.argmin, input, axis, output_type)
