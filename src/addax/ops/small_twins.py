"""What ops that move and pick numbers do with small tensors, over NumPy's arrays (see core.small_tensors).

Each takes an op's arrays, then its static arguments as keywords; where it cannot do what the op does it raises, and the
op goes its usual way.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from addax.core import dtypes

_ONE = np.float32(1)
_FEW = 64  # numbers that Python's min and max go through faster than NumPy's


def relu(x: Any) -> Any:
    """The larger of x and 0."""
    return np.maximum(x, x.dtype.type(0))


def clipped(x: Any, low: Any, high: Any) -> Any:
    """x between limits, of which the lower one counts where they cross."""
    return np.maximum(np.minimum(x, high), low)


def cast(x: Any, dtype: Any) -> Any:
    """x as another dtype; floats as integers where they fit well."""
    want = dtypes.as_dtype(dtype).np
    if want.kind == "b":
        return np.not_equal(x, 0)
    if x.dtype.kind == "f" and want.kind in "iu" and not (want.kind == "i" and (np.absolute(x) < 2**31).all()):
        raise OverflowError
    return x.astype(want)


def zeros_like(x: Any, dtype: Any) -> Any:
    """Zeros of the shape of x."""
    return np.zeros(x.shape, dtype or x.dtype)


def ones_like(x: Any, dtype: Any) -> Any:
    """Ones of the shape of x."""
    return np.ones(x.shape, dtype or x.dtype)


def reshaped(x: Any, shape: Any) -> Any:
    """The same numbers in another shape."""
    return x.reshape(shape)


def transposed(x: Any, perm: Any, conjugate: bool) -> Any:
    """x with its axes in another order."""
    return x.transpose() if perm is None else x.transpose(perm)


def reversed_along(x: Any, axis: Any) -> Any:
    """x read backwards along axes."""
    return np.flip(x, axis)


def repeated(x: Any, multiples: Any) -> Any:
    """x again and again along each axis."""
    return np.tile(x, multiples)


def padded(x: Any, filling: Any, paddings: Any, mode: str) -> Any:
    """x inside an array of one value."""
    if mode != "CONSTANT":
        raise NotImplementedError
    sizes = list(zip(x.shape, paddings, strict=True))
    out = np.empty([size + before + after for size, (before, after) in sizes], x.dtype)
    out.fill(filling)
    out[tuple([slice(before, before + size) for size, (before, _) in sizes])] = x
    return out


def parts(x: Any, num_or_size_splits: Any, axis: int, num: Any) -> Any:
    """x in equal parts."""
    size = x.shape[axis] // num_or_size_splits
    before = (slice(None),) * (axis % x.ndim)
    return [x[(*before, slice(start, start + size))] for start in range(0, x.shape[axis], size)]


def rows(x: Any, num: Any, axis: int) -> Any:
    """The slices of x along an axis."""
    return list(x if not axis else np.moveaxis(x, axis, 0))


def picked(x: Any, indices: Any, axis: Any, batch_dims: int) -> Any:
    """Slices of x by index, none of them negative."""
    if batch_dims or indices.size > _FEW or indices.size and min(indices.reshape(-1).tolist()) < 0:
        raise IndexError
    return np.take(x, indices, axis or 0)


def one_hot(indices: Any, on: Any, off: Any, depth: int, axis: int) -> Any:
    """`on` at each index along a new last axis."""
    if axis != -1:
        raise NotImplementedError
    return np.where(indices[..., None] == np.arange(depth, dtype=indices.dtype), on, off)


def power(x: Any, y: Any) -> Any:
    """x ** y of a few float32 numbers, by float64 as XLA computes it; of many its vectors are faster."""
    if x.dtype != np.float32 or x.size > 64 or y.size > 64:
        raise NotImplementedError
    return np.power(x, y, dtype=np.float64).astype(np.float32)


def total(x: Any, axis: Any, keepdims: Any) -> Any:
    """Sums."""
    return np.add.reduce(x, axis, x.dtype, None, keepdims)


def product(x: Any, axis: Any, keepdims: Any) -> Any:
    """Products."""
    return np.multiply.reduce(x, axis, x.dtype, None, keepdims)


def mean(x: Any, axis: Any, keepdims: Any) -> Any:
    """Means of floats; those of integers are rounded towards zero, which NumPy's are not."""
    if x.dtype.itemsize < 4 or x.dtype.kind != "f" or not x.size:
        raise NotImplementedError
    if axis is None and not keepdims:
        return np.add.reduce(x, None) / x.size
    out = np.add.reduce(x, axis, x.dtype, None, keepdims)
    return out / x.dtype.type(x.size // out.size)


def sigmoid(x: Any) -> Any:
    """1 / (1 + exp(-x))."""
    if x.dtype.itemsize < 4 or x.dtype.kind != "f":
        raise NotImplementedError
    out = np.negative(x)
    if not x.ndim:
        return 1 / (np.exp(out) + 1)
    np.exp(out, out)
    np.add(out, _ONE, out)
    return np.reciprocal(out, out)


def place_of_largest(x: Any, axis: Any, output_type: Any) -> Any:
    """Where the largest numbers are; of NaN, which is never one, the usual way knows."""
    extreme = np.maximum.reduce(x, None)
    if extreme != extreme:
        raise ValueError
    return x.argmax(axis or 0).astype(dtypes.as_dtype(output_type).np, copy=False)


def place_of_least(x: Any, axis: Any, output_type: Any) -> Any:
    """Where the least numbers are; of NaN likewise."""
    extreme = np.minimum.reduce(x, None)
    if extreme != extreme:
        raise ValueError
    return x.argmin(axis or 0).astype(dtypes.as_dtype(output_type).np, copy=False)


def running_total(x: Any, axis: Any, exclusive: Any, reverse: Any) -> Any:
    """The sums up to each number."""
    if exclusive or reverse:
        raise NotImplementedError
    return np.add.accumulate(x, axis, x.dtype)


def largest(x: Any, axis: Any, keepdims: Any) -> Any:
    """Largest numbers."""
    return np.maximum.reduce(x, axis, None, None, keepdims)


def least(x: Any, axis: Any, keepdims: Any) -> Any:
    """Least numbers."""
    return np.minimum.reduce(x, axis, None, None, keepdims)


def any_of(x: Any, axis: Any, keepdims: Any) -> Any:
    """Whether any of them is true."""
    return np.logical_or.reduce(x, axis, None, None, keepdims)


def all_of(x: Any, axis: Any, keepdims: Any) -> Any:
    """Whether all of them are true."""
    return np.logical_and.reduce(x, axis, None, None, keepdims)


def eye(num_rows: int, num_columns: Any, batch_shape: Any, dtype: Any) -> Any:
    """An identity matrix."""
    if batch_shape is not None:
        raise NotImplementedError
    return np.eye(num_rows, num_columns, dtype=dtype)


def matmul(a: Any, b: Any, transpose_a: Any, transpose_b: Any, adjoint_a: Any, adjoint_b: Any, output_type: Any) -> Any:
    """Products of matrices."""
    if output_type is not None:
        raise NotImplementedError
    return np.matmul(
        a.swapaxes(-1, -2) if transpose_a or adjoint_a else a, b.swapaxes(-1, -2) if transpose_b or adjoint_b else b
    )
