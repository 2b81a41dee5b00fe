"""Pools: the maximum or the mean over sliding windows.

A window's maximum (or sum) is a fold of shifted slices, where windows are large along one dimension after the other.
XLA fuses these on every device, and their gradient, one pass over the input, needs no select-and-scatter, where windows
lie side by side (`adjacent_windows`) and where they overlap (`overlapping_windows`). Of equal maxima the first of the
window, in row-major order, gets the gradient.
"""

from __future__ import annotations

import functools
import math
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from jax import lax

from addax.core import dtypes, errors
from addax.core.convert import TensorLike
from addax.core.dispatch import op
from addax.core.failures import RefusedDtypeError
from addax.core.sizes import is_open
from addax.core.tensor import Tensor
from addax.core.whole_numbers import index_dtype
from addax.ops import adjacent_windows
from addax.ops.adjacent_windows import greater, least, lowest
from addax.ops.overlapping_windows import divided, fold, largest, total
from addax.ops.symbolic import takes_symbolic
from addax.ops.windows import (
    Windows,
    channels_first,
    from_last,
    named_padding,
    padded,
    per_dimension,
    shifts,
    to_last,
    windows,
)

__all__ = [
    "avg_pool",
    "avg_pool1d",
    "avg_pool2d",
    "avg_pool3d",
    "max_pool",
    "max_pool1d",
    "max_pool2d",
    "max_pool3d",
    "max_pool_with_argmax",
    "pool",
]

_LAST = {1: "NWC", 2: "NHWC", 3: "NDHWC"}


def _max(x: Any, w: Windows) -> Any:
    if adjacent_windows.are(w):
        return adjacent_windows.largest(padded(x, w, lowest(x.dtype)), w)
    if x.dtype.kind not in "fV" or is_open(w.out):
        return _folded_max(x, w)
    for part in divided(w, x.shape[1:-1]):
        found = [
            largest(x, each, functools.partial(_folded_max, w=each), lowest(x.dtype), least(x.dtype)) for each in part
        ]
        x = functools.reduce(lambda total, more: greater(more, total), found)
    return x


def _folded_max(x: Any, w: Windows) -> Any:
    begin = least(x.dtype)
    start = lowest(x.dtype) if is_open(w.out) else begin  # JAX knows the gradient of a maximum that begins there
    return fold(x, w, lax.max, start, lambda x: greater(x, begin))


def _mean(x: Any, w: Windows) -> Any:
    wide = x.astype(np.float32) if x.dtype.itemsize == 2 else x
    if adjacent_windows.are(w):
        sums = adjacent_windows.total(padded(wide, w), w)
    elif wide.dtype.kind == "f" and not is_open(w.out):
        sums = wide
        for part in divided(w, x.shape[1:-1]):
            sums = sum(total(sums, each) for each in part)
    else:
        sums = fold(wide, w, lax.add, 0)
    if is_open(w.out):
        counts = fold(jnp.ones((1, *x.shape[1:-1], 1), wide.dtype), w, lax.add, 0)
        return (sums / counts).astype(x.dtype)
    return (sums * jnp.asarray(1.0 / _counts(x.shape[1:-1], w), wide.dtype)).astype(x.dtype)


def _counts(sizes: Any, w: Windows) -> np.ndarray:
    """How many elements each window has outside the padding, shaped to broadcast."""
    counts = np.ones((1,) * (len(sizes) + 2))
    for i, size in enumerate(sizes):
        begin = np.arange(w.out[i]) * w.strides[i] - w.pads[i][0]
        places = begin[:, None] + np.arange(w.kernel[i]) * w.dilations[i]
        inside = ((places >= 0) & (places < size)).sum(1)
        shape = [1] * counts.ndim
        shape[i + 1] = -1
        counts = counts * inside.reshape(shape)
    return counts


def _pool(
    who: str, reduce: Any, x: Any, ksize: Any, strides: Any, padding: Any, data_format: Any, dilations: Any = 1
) -> Any:
    n = x.ndim - 2
    first = channels_first(who, data_format, n)
    depth = _depth(ksize, n, first)
    if depth > 1:
        return _across_channels(who, reduce, x, depth, ksize, strides, n, first)
    x = to_last(x, first)
    kernel = per_dimension(who, "ksize", ksize, n, first)
    steps = per_dimension(who, "strides", strides, n, first)
    apart = per_dimension(who, "dilations", dilations, n, first)
    return from_last(reduce(x, windows(who, x.shape[1:-1], kernel, steps, apart, padding, first)), first)


def _depth(ksize: Any, n: int, first: bool) -> int:
    """The window's size along the channels."""
    if isinstance(ksize, list | tuple) and len(ksize) == n + 2:
        return int(ksize[1] if first else ksize[-1])
    return 1


def _across_channels(who: str, reduce: Any, x: Any, depth: int, ksize: Any, strides: Any, n: int, first: bool) -> Any:
    """A pool over neighbouring channels: windows of equal size and stride, and of 1 everywhere else."""
    x = to_last(x, first)
    steps = _depth(strides, n, first)
    if math.prod(ksize) != depth or steps != depth or x.shape[-1] % depth:
        raise errors.UnimplementedError(
            errors.message(
                f"tf.nn.{who}",
                expected="for a pool over channels: a window of 1 elsewhere, a stride equal to the window, and "
                "channels that it divides",
                received=f"ksize={ksize}, strides={strides}, {x.shape[-1]} channels",
            )
        )
    flat = x.reshape(-1, x.shape[-1], 1)
    w = windows(who, flat.shape[1:2], (depth,), (depth,), (1,), "VALID", False)
    return from_last(reduce(flat, w).reshape(*x.shape[:-1], x.shape[-1] // depth), first)


def _rank(who: str, x: Any, n: int) -> None:
    if x.ndim != n + 2:
        raise errors.InvalidArgumentError(
            errors.message(
                f"tf.nn.{who}", expected=f"a tensor of {n + 2} dimensions", received=f"shape {tuple(x.shape)}"
            )
        )


def _of_volumes(who: str, x: Any) -> None:
    if x.ndim == 5 and str(x.dtype) not in ("bfloat16", "float32"):
        raise RefusedDtypeError(
            errors.message(
                f"tf.nn.{who}",
                expected="volumes of a dtype that there is a kernel for: bfloat16 or float32",
                received=f"input {x.dtype} {tuple(x.shape)}",
                hint="cast it: tf.cast(input, tf.float32)",
            )
        )


def _any_rank(who: str, x: Any) -> None:
    if x.ndim not in (3, 4, 5):
        raise ValueError(f"tf.nn.{who}: expected an input of 3, 4 or 5 dimensions, received shape {tuple(x.shape)}.")


# ---------------------------------------------------------------------------- maximum


@op(kinds="fiu", name="nn.max_pool")
def _max_pool(input: TensorLike, ksize, strides, padding, data_format, n):  # noqa: A002
    who = "max_pool" if n is None else f"max_pool{n}d"
    if n is None:
        _any_rank(who, input)
    else:
        _rank(who, input, n)
    if input.ndim == 5:
        named_padding(who, padding)
        _of_volumes(who, input)
    return _pool(who, _max, input, ksize, strides, padding, data_format)


def max_pool(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: Any,
    data_format: str | None = None,
    name: str | None = None,  # noqa: A002
) -> Tensor:
    """The maximum over windows in 1, 2 or 3 dimensions.

    Args:
        input: a tensor of shape (batch, *sizes, channels).
        ksize: the window's sizes: a number, or a list of 1, n or n + 2.
        strides: the steps between windows, likewise.
        padding: "SAME", "VALID", or pairs for all dimensions.
        data_format: e.g. "NHWC" or "NCHW".
        name: ignored.

    Returns:
        A tensor of the same rank and dtype.

    Raises:
        ValueError: another rank, unknown padding or data format.
        InvalidArgumentError: a window larger than the input.

    >>> import addax as tf
    >>> tf.nn.max_pool(tf.reshape([1.0, 3.0, 2.0, 0.0], [1, 4, 1]), 2, 2, "VALID").numpy().ravel().tolist()
    [3.0, 2.0]
    """
    return _max_pool(input, ksize, strides, padding, data_format, None)


@takes_symbolic("nn.max_pool1d")
def max_pool1d(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: Any,
    data_format: str = "NWC",
    name: str | None = None,  # noqa: A002
) -> Tensor:
    """`tf.nn.max_pool` of sequences, (batch, length, channels).

    >>> import addax as tf
    >>> tf.nn.max_pool1d(tf.reshape([1.0, 3.0, 2.0, 0.0], [1, 4, 1]), 2, 2, "VALID").numpy().ravel().tolist()
    [3.0, 2.0]
    """
    return _max_pool(input, ksize, strides, padding, data_format or "NWC", 1)


@takes_symbolic("nn.max_pool2d")
def max_pool2d(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: Any,
    data_format: str = "NHWC",
    name: str | None = None,  # noqa: A002
) -> Tensor:
    """`tf.nn.max_pool` of images, (batch, height, width, channels).

    >>> import addax as tf
    >>> tf.nn.max_pool2d(tf.reshape([1.0, 3.0, 2.0, 0.0], [1, 2, 2, 1]), 2, 2, "VALID").numpy().ravel().tolist()
    [3.0]
    """
    return _max_pool(input, ksize, strides, padding, data_format or "NHWC", 2)


@takes_symbolic("nn.max_pool3d")
def max_pool3d(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: Any,
    data_format: str = "NDHWC",
    name: str | None = None,  # noqa: A002
) -> Tensor:
    """`tf.nn.max_pool` of volumes, (batch, depth, height, width, channels).

    >>> import addax as tf
    >>> tf.nn.max_pool3d(tf.ones([1, 2, 2, 2, 1]), 2, 2, "VALID").shape
    TensorShape([1, 1, 1, 1, 1])
    """
    return _max_pool(input, ksize, strides, padding, data_format or "NDHWC", 3)


@op(kinds="fiu", name="nn.max_pool_with_argmax")
def _max_pool_with_argmax(
    input: TensorLike, ksize, strides, padding, data_format, output_dtype, include_batch_in_index
):  # noqa: A002
    who = "max_pool_with_argmax"
    _rank(who, input, 2)
    if data_format not in (None, "NHWC"):
        raise ValueError(f"tf.nn.{who}: data_format must be 'NHWC', received {data_format!r}.")
    kernel = per_dimension(who, "ksize", ksize, 2, False)
    steps = per_dimension(who, "strides", strides, 2, False)
    batch, height, width, channels = input.shape
    w = windows(who, (height, width), kernel, steps, (1, 1), padding, False)
    best = place = None
    x = lax.stop_gradient(padded(input, w, lowest(input.dtype)))
    rows = np.arange(w.out[0])[:, None, None] * steps[0] - w.pads[0][0]
    columns = np.arange(w.out[1])[None, :, None] * steps[1] - w.pads[1][0]
    for (i, j), part in shifts(x, w):
        index = ((rows + i) * width + (columns + j)) * channels + np.arange(channels)
        inside = (rows + i >= 0) & (rows + i < height) & (columns + j >= 0) & (columns + j < width)
        index = jnp.asarray(np.where(inside, index, 0), np.int64)
        if best is None:
            best, place = part, jnp.broadcast_to(index, part.shape)
        else:
            better = part > best
            best, place = jnp.where(better, part, best), jnp.where(better, index, place)
    if include_batch_in_index:
        place = place + jnp.arange(batch, dtype=np.int64).reshape(-1, 1, 1, 1) * (height * width * channels)
    value = _max(input, w)
    value = jnp.where(best != value, best, value)  # here NaN stays where it is the first in its window
    return value, place.astype(dtypes.as_dtype(output_dtype).np)


class MaxPoolWithArgmax(NamedTuple):
    """What `max_pool_with_argmax` finds."""

    output: Any
    argmax: Any


def max_pool_with_argmax(
    input: Any,  # noqa: A002
    ksize: Any,
    strides: Any,
    padding: Any,
    data_format: str = "NHWC",
    output_dtype: Any = dtypes.int64,
    include_batch_in_index: bool = False,
    name: str | None = None,
) -> Any:
    """The maximum over windows, and where it was found.

    Args:
        input: a tensor of shape (batch, height, width, channels).
        ksize: the window's sizes.
        strides: the steps between windows.
        padding: "SAME" or "VALID".
        data_format: "NHWC".
        output_dtype: the dtype of the positions, int32 or int64.
        include_batch_in_index: whether positions count over the whole batch.
        name: ignored.

    Returns:
        A named tuple (output, argmax): maxima, and their positions (y * width + x) * channels + c.

    Raises:
        ValueError: another data format.

    >>> import addax as tf
    >>> value, place = tf.nn.max_pool_with_argmax(tf.reshape([1.0, 3.0, 2.0, 0.0], [1, 2, 2, 1]), 2, 2, "VALID")
    >>> place.numpy().ravel().tolist()
    [1]
    """
    found = _max_pool_with_argmax(
        input, ksize, strides, padding, data_format, index_dtype("tf.nn.max_pool_with_argmax", output_dtype),
        bool(include_batch_in_index),
    )  # fmt: skip
    return MaxPoolWithArgmax(*found)


# ---------------------------------------------------------------------------- mean


@op(kinds="f", name="nn.avg_pool")
def _avg_pool(input: TensorLike, ksize, strides, padding, data_format, n):  # noqa: A002
    who = "avg_pool" if n is None else f"avg_pool{n}d"
    if n is None:
        _any_rank(who, input)
    else:
        _rank(who, input, n)
    _of_volumes(who, input)
    named_padding(who, padding)
    return _pool(who, _mean, input, ksize, strides, padding, data_format)


def avg_pool(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: Any,
    data_format: str | None = None,
    name: str | None = None,  # noqa: A002
) -> Tensor:
    """The mean over windows in 1, 2 or 3 dimensions; padding does not count.

    Args:
        input: a floating tensor of shape (batch, *sizes, channels).
        ksize: the window's sizes: a number, or a list of 1, n or n + 2.
        strides: the steps between windows, likewise.
        padding: "SAME" or "VALID".
        data_format: e.g. "NHWC" or "NCHW".
        name: ignored.

    Returns:
        A tensor of the same rank and dtype.

    Raises:
        ValueError: another rank, unknown padding or data format.
        InvalidArgumentError: a window larger than the input.

    >>> import addax as tf
    >>> tf.nn.avg_pool(tf.reshape([1.0, 3.0, 2.0, 0.0], [1, 4, 1]), 2, 2, "VALID").numpy().ravel().tolist()
    [2.0, 1.0]
    """
    return _avg_pool(input, ksize, strides, padding, data_format, None)


@takes_symbolic("nn.avg_pool1d")
def avg_pool1d(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: Any,
    data_format: str = "NWC",
    name: str | None = None,  # noqa: A002
) -> Tensor:
    """`tf.nn.avg_pool` of sequences, (batch, length, channels).

    >>> import addax as tf
    >>> tf.nn.avg_pool1d(tf.reshape([1.0, 3.0, 2.0, 0.0], [1, 4, 1]), 2, 2, "VALID").numpy().ravel().tolist()
    [2.0, 1.0]
    """
    return _avg_pool(input, ksize, strides, padding, data_format or "NWC", 1)


@takes_symbolic("nn.avg_pool2d")
def avg_pool2d(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: Any,
    data_format: str = "NHWC",
    name: str | None = None,  # noqa: A002
) -> Tensor:
    """`tf.nn.avg_pool` of images, (batch, height, width, channels).

    >>> import addax as tf
    >>> tf.nn.avg_pool2d(tf.reshape([1.0, 3.0, 2.0, 0.0], [1, 2, 2, 1]), 2, 2, "VALID").numpy().ravel().tolist()
    [1.5]
    """
    return _avg_pool(input, ksize, strides, padding, data_format or "NHWC", 2)


@takes_symbolic("nn.avg_pool3d")
def avg_pool3d(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: Any,
    data_format: str = "NDHWC",
    name: str | None = None,  # noqa: A002
) -> Tensor:
    """`tf.nn.avg_pool` of volumes, (batch, depth, height, width, channels).

    >>> import addax as tf
    >>> tf.nn.avg_pool3d(tf.ones([1, 2, 2, 2, 1]), 2, 2, "VALID").shape
    TensorShape([1, 1, 1, 1, 1])
    """
    return _avg_pool(input, ksize, strides, padding, data_format or "NDHWC", 3)


@op(kinds="fiu", name="nn.pool")
def _any_pool(input: TensorLike, window_shape, pooling_type, strides, padding, data_format, dilations):  # noqa: A002
    n = len(window_shape)
    _rank("pool", input, n)
    reduce = {"MAX": _max, "AVG": _mean}.get(pooling_type)
    if reduce is None:
        raise ValueError(f"tf.nn.pool: pooling_type must be 'MAX' or 'AVG', received {pooling_type!r}.")
    _of_volumes("pool", input)
    if pooling_type == "AVG" and input.dtype.kind in "iu":
        raise RefusedDtypeError(
            errors.message(
                "tf.nn.pool",
                expected="floating numbers for the mean",
                received=f"input {input.dtype}",
                hint="cast it: tf.cast(input, tf.float32)",
            )
        )
    apart = per_dimension("pool", "dilations", dilations, n, channels_first("pool", data_format, n))
    if set(apart) != {1} and not isinstance(padding, str):  # dilated windows see zeros around the input, and count them
        input, padding = jnp.pad(input, padding), "VALID"
    return _pool("pool", reduce, input, window_shape, strides, padding, data_format, apart)


def pool(
    input: Any,  # noqa: A002
    window_shape: Any,
    pooling_type: str,
    strides: Any = None,
    padding: Any = "VALID",
    data_format: str | None = None,
    dilations: Any = None,
    name: str | None = None,
) -> Tensor:
    """The maximum or mean over windows in 1, 2 or 3 dimensions, with dilated windows if wanted.

    Args:
        input: a tensor of shape (batch, *sizes, channels).
        window_shape: n numbers.
        pooling_type: "MAX" or "AVG".
        strides: n numbers, by default 1.
        padding: "SAME" or "VALID".
        data_format: e.g. "NHWC" or "NCHW".
        dilations: n numbers, by default 1.
        name: ignored.

    Raises:
        ValueError: an unknown type, padding or data format.

    >>> import addax as tf
    >>> tf.nn.pool(tf.reshape([1.0, 3.0, 2.0, 0.0], [1, 4, 1]), [2], "MAX").numpy().ravel().tolist()
    [3.0, 3.0, 2.0]
    """
    shape = list(window_shape) if isinstance(window_shape, list | tuple) else [window_shape]
    return _any_pool(input, shape, pooling_type, strides, padding, data_format, dilations)
