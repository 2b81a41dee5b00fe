"""Tensors made from shapes and numbers: zeros, ones, fill, eye, range, linspace, one_hot, ..."""

from __future__ import annotations

import functools
import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from addax.core import convert, dtypes, errors
from addax.core.context import state
from addax.core.convert import FreeLike, TensorLike, TensorList
from addax.core.dispatch import UnfitError, namespace, op
from addax.core.failures import RefusedDtypeError
from addax.core.refused_dtypes import SMALL, UNSIGNED
from addax.core.sizes import SizesTensor
from addax.core.static_arguments import concrete
from addax.core.tensor import NotCompilable, Tensor
from addax.ops import small_twins
from addax.ops.shaping import broadcast_static_shape, broadcast_to, cast_to
from addax.ops.symbolic import takes_symbolic


def _dims(who: str, shape: Any) -> tuple[int, ...]:
    dims = (shape,) if isinstance(shape, int) else tuple(shape)
    if any(not _is_size(size) for size in dims):
        kind = errors.InvalidArgumentError if all(isinstance(size, int) for size in dims) else UnfitError
        raise kind(
            errors.message(
                who, expected="dimensions that are ints >= 0 (Dimension must be >= 0)", received=f"{list(dims)}"
            )
        )
    return dims


def _is_size(size: Any) -> bool:
    """Whether something can be a dimension: an int, or a symbol in a program with open dimensions."""
    if isinstance(size, int | float):
        return size >= 0 and type(size) is int
    from jax import export  # seldom needed, and it takes time to import

    return export.is_symbolic_dim(size)


@op(name="zeros", small=np.zeros)
def _zeros(shape: Any, dtype: Any) -> Any:
    return jnp.zeros(_dims("tf.zeros", shape), dtype)


@op(name="ones", small=np.ones)
def _ones(shape: Any, dtype: Any) -> Any:
    return jnp.ones(_dims("tf.ones", shape), dtype)


def _text(shape: Any, value: bytes) -> Tensor:
    out = np.empty(tuple(np.asarray(convert.value_of(shape, None, np.dtype(np.int32))).reshape(-1).tolist()), object)
    out.fill(value)
    return Tensor(out)


def zeros(shape: Any, dtype: Any = dtypes.float32, name: str | None = None, layout: Any = None) -> Tensor:
    """A tensor of zeros (empty strings for `tf.string`).

    Args:
        shape: ints, or a 1-D int tensor.
        dtype: the element type.
        name: ignored.
        layout: must be None.

    Returns:
        A tensor of `shape`.

    >>> import addax as tf
    >>> tf.zeros([2]).numpy().tolist()
    [0.0, 0.0]
    """
    dtype = dtypes.as_dtype(dtype)
    if dtype is dtypes.string:
        return fill(shape, "") if hasattr(shape, "__static_call__") else _text(shape, b"")
    return _zeros(shape, dtype.np)


def ones(shape: Any, dtype: Any = dtypes.float32, name: str | None = None, layout: Any = None) -> Tensor:
    """A tensor of ones.

    Args:
        shape: ints, or a 1-D int tensor.
        dtype: the element type.
        name: ignored.
        layout: must be None.

    Returns:
        A tensor of `shape`.

    >>> import addax as tf
    >>> tf.ones([2], tf.int32).numpy().tolist()
    [1, 1]
    """
    dtype = dtypes.as_dtype(dtype)
    if dtype is dtypes.string:
        raise TypeError("tf.ones: there is no one of dtype string; use tf.fill(shape, value).")
    return _ones(shape, dtype.np)


def _zeros_like_text(input: Any, dtype: Any) -> Any:  # noqa: A002
    text = dtype is None or dtype.kind == "O"
    return np.full(np.shape(input), b"", object) if text else np.zeros(np.shape(input), dtype)


@op(name="zeros_like", differentiable=False, host=_zeros_like_text, small=small_twins.zeros_like)
def _zeros_like(input: FreeLike, dtype: Any) -> Any:
    return jnp.zeros(input.shape, dtype or input.dtype)


@op(name="ones_like", differentiable=False, small=small_twins.ones_like)
def _ones_like(input: FreeLike, dtype: Any) -> Any:
    return jnp.ones(input.shape, dtype or input.dtype)


def zeros_like(input: Any, dtype: Any = None, name: str | None = None, layout: Any = None) -> Tensor:
    """Zeros of the shape of `input`.

    Args:
        input: a tensor.
        dtype: the element type; that of `input` by default.
        name: ignored.
        layout: must be None.

    >>> import addax as tf
    >>> tf.zeros_like([1, 2]).numpy().tolist()
    [0, 0]
    """
    if dtype is not None and dtypes.as_dtype(dtype) is dtypes.string:
        return zeros(convert.convert_to_tensor(input).shape, dtypes.string)
    return _zeros_like(input, convert.numpy_dtype(dtype))


def ones_like(input: Any, dtype: Any = None, name: str | None = None, layout: Any = None) -> Tensor:
    """Ones of the shape of `input`.

    Args:
        input: a tensor.
        dtype: the element type; that of `input` by default.
        name: ignored.
        layout: must be None.

    >>> import addax as tf
    >>> tf.ones_like([5, 7], dtype=tf.float32).numpy().tolist()
    [1.0, 1.0]
    """
    if dtype is not None and getattr(input, "dtype", None) is dtypes.string:
        return ones(input.shape, dtype)
    return _ones_like(input, convert.numpy_dtype(dtype))


def _fill_host(value: Any, dims: Any, name: Any = None) -> Any:
    return np.broadcast_to(value, _dims("tf.fill", dims)).copy()


@op(name="fill", host=_fill_host)
def _fill(value: FreeLike, dims: Any) -> Any:
    if value.ndim > 1 or value.size != 1:
        raise errors.InvalidArgumentError(
            errors.message("tf.fill", expected="a scalar value", received=f"value of shape {value.shape}")
        )
    return jnp.broadcast_to(value.reshape(()), _dims("tf.fill", dims))


def fill(dims: Any, value: Any, name: str | None = None, layout: Any = None) -> Tensor:
    """A tensor of `dims` filled with the scalar `value`.

    Args:
        dims: ints, or a 1-D int tensor.
        value: a scalar of any dtype; decides the dtype of the result.
        name: ignored.
        layout: must be None.

    >>> import addax as tf
    >>> tf.fill([2, 2], 9).numpy().tolist()
    [[9, 9], [9, 9]]
    """
    return _fill(value, dims)


@op(name="eye", small=small_twins.eye)
def _eye(num_rows: Any, num_columns: Any, batch_shape: Any, dtype: Any) -> Any:
    rows, columns = _dims("tf.eye", (num_rows, num_rows if num_columns is None else num_columns))
    batch_shape = None if batch_shape is None else _dims("tf.eye", batch_shape)
    return jnp.broadcast_to(jnp.eye(rows, columns, dtype=dtype), (*(batch_shape or ()), rows, columns))


def eye(
    num_rows: Any,
    num_columns: Any = None,
    batch_shape: Any = None,
    dtype: Any = dtypes.float32,
    name: str | None = None,
) -> Tensor:
    """An identity matrix, or a batch of them.

    Args:
        num_rows: the number of rows.
        num_columns: the number of columns; `num_rows` by default.
        batch_shape: leading dimensions.
        dtype: the element type.
        name: ignored.

    Raises:
        TypeError: numbers that are not whole.

    >>> import addax as tf
    >>> tf.eye(2).numpy().tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    if isinstance(num_rows, float) or isinstance(num_columns, float):
        raise TypeError(
            f"tf.eye: num_rows and num_columns must be positive integers, received {num_rows!r} and {num_columns!r}."
        )
    return _eye(num_rows, num_columns, batch_shape, dtypes.as_dtype(dtype).np)


_RANGE_ORDER = ["int32", "int64", "float16", "bfloat16", "float32", "float64"]


@op(name="range")
def _steps(start: FreeLike, delta: FreeLike, size: int) -> Any:
    index = jnp.arange(size, dtype=start.dtype)
    return start + index * delta


@takes_symbolic("range")
def range(start: Any, limit: Any = None, delta: Any = 1, dtype: Any = None, name: str = "range") -> Tensor:
    """The numbers from `start` up to but not including `limit`, `delta` apart.

    Args:
        start: the first number; with one argument, the limit (and the first is 0).
        limit: the end, not included.
        delta: the step, not 0.
        dtype: the element type; by default the widest of the arguments'.
        name: ignored.

    Returns:
        A 1-D tensor.

    Raises:
        InvalidArgumentError: delta is 0, or leads away from the limit.
        AssertionError: bools, strings or complex numbers.

    >>> import addax as tf
    >>> tf.range(3, 10, 3).numpy().tolist()
    [3, 6, 9]
    """
    if limit is None:
        start, limit = 0, start
    want = convert.numpy_dtype(dtype)
    if isinstance(limit, SizesTensor) and not isinstance(limit.sizes, tuple):
        return _open_range(start, limit, delta, want)
    parts = [
        concrete(
            convert.convert_to_tensor(each, want) if want is None or not isinstance(each, Tensor) else each, "range"
        )
        for each in (start, limit, delta)
    ]
    parts = [part[0] if part.shape == (1,) else part for part in parts]
    if any(part.ndim for part in parts):
        raise errors.InvalidArgumentError(
            errors.message("tf.range", expected="scalars", received={"start": parts[0], "limit": parts[1]})
        )
    if want is not None and want.kind not in "bOc":  # tensors are cast to a dtype that was asked for
        parts = [part.real if part.dtype.kind == "c" else part for part in parts]
    if any(part.dtype.kind in ("O" if want is not None and want.kind not in "bOc" else "bOc") for part in parts):
        received = {"start": parts[0], "limit": parts[1], "delta": parts[2]}
        message = errors.message("tf.range", expected="integers or floating numbers", received=received)
        raise UnfitError(message) if want is not None else AssertionError(message)
    if want is None:
        names = [part.dtype.name for part in parts]
        known = [name for name in names if name in _RANGE_ORDER] or names
        best = max(known, key=lambda name: _RANGE_ORDER.index(name) if name in _RANGE_ORDER else -1)
        want = dtypes.as_dtype(best).np
    _refuse_small(parts, want, dtype is not None)
    first, last, step = (part.astype(want).item() for part in parts)
    wrong = errors.InvalidArgumentError if state.trace is None else errors.GraphArgumentError
    if step == 0:
        raise wrong(errors.message("tf.range: Requires delta != 0", received="delta 0"))
    if not (last - first) * step >= 0:  # also where one is NaN
        raise wrong(
            errors.message(
                f"tf.range: Requires start {'<=' if step > 0 else '>='} limit when delta {'>' if step > 0 else '<'} 0",
                received=f"start {first}, limit {last}, delta {step}",
            )
        )
    if isinstance(first, int):
        size = max(0, -((first - last) // step))
        return _constant(np.arange(first, first + size * step, step, dtype=np.int64).astype(want))
    size = max(0, math.ceil(abs((last - first) / step)))
    return _steps(_constant(np.asarray(first, want)), _constant(np.asarray(step, want)), size)


def _refuse_small(parts: list[Any], want: Any, said: bool) -> None:
    """Refuse ranges of integers that are neither int32 nor int64, which TensorFlow has no kernels for."""
    others = [dtype.name for dtype in ([want] if said else [part.dtype for part in parts])]
    if not SMALL.isdisjoint(others) or not UNSIGNED.isdisjoint(others):
        message = errors.message("tf.range", expected="int32, int64 or floating numbers", received=", ".join(others))
        raise RefusedDtypeError(message) if said else AssertionError(message)


def _open_range(start: Any, limit: SizesTensor, delta: Any, want: Any) -> Tensor:
    """A range up to a size that is a symbol."""
    first = start.sizes if isinstance(start, SizesTensor) else concrete(start, "range").item()
    if concrete(delta, "range").item() != 1 or isinstance(first, float | tuple):
        raise NotCompilable("tf.range up to an open size with a step, or from a float")
    size = jax.core.max_dim(limit.sizes - first, 0)
    kind = limit._value.dtype if want is None else want
    return Tensor(jnp.arange(size, dtype=kind) + jnp.asarray(first, kind))


def _constant(array: Any) -> Tensor:
    return convert.tensor_of(array)


@op(name="linspace")
def _linspace(start: TensorLike, stop: TensorLike, num: int, axis: int) -> Any:
    if num < 0:
        raise errors.InvalidArgumentError(
            errors.message("tf.linspace", expected="num of 0 or more (Requires start <= limit)", received=f"num {num}")
        )
    if num < 1:
        shape = list(start.shape)
        shape.insert(axis if axis >= 0 else axis + start.ndim + 1, 0)
        return jnp.zeros(shape, start.dtype)
    count = np.arange(num).reshape((num,) + (1,) * start.ndim)
    delta = (stop - start) / np.asarray(max(num - 1, 1), start.dtype)
    out = start[None] + jnp.asarray(count, start.dtype) * delta[None]
    if num > 1:
        out = out.at[-1].set(stop)
    return jnp.moveaxis(out, 0, axis)


def linspace(start: Any, stop: Any, num: Any, name: str | None = None, axis: int = 0) -> Tensor:
    """`num` numbers from `start` to `stop`, both included, evenly spaced.

    Args:
        start: a tensor; ints become float64, those of 8 and 16 bits float32.
        stop: a tensor of the same dtype and a shape that broadcasts.
        num: how many.
        name: ignored.
        axis: the new axis.

    >>> import addax as tf
    >>> tf.linspace(0.0, 1.0, 3).numpy().tolist()
    [0.0, 0.5, 1.0]
    """
    start = convert.convert_to_tensor(start)
    stop = convert.convert_to_tensor(stop, start.dtype) if not isinstance(stop, Tensor) else stop
    if start.dtype.is_integer:
        start = cast_to(start, np.dtype(np.float32 if start.dtype.size <= 2 else np.float64))
    if stop.dtype.is_integer:
        stop = cast_to(stop, np.dtype(np.float32 if stop.dtype.size <= 2 else np.float64))
    if isinstance(num, Tensor) and num.dtype.is_integer:
        num = int(concrete(num, "linspace"))
    if tuple(start.shape) != tuple(stop.shape):
        shape = tuple(broadcast_static_shape(start.shape, stop.shape).as_list())
        start, stop = broadcast_to(start, shape), broadcast_to(stop, shape)
    return _linspace(start, stop, num, axis)


_FLOAT = np.dtype(np.float32)


@op(name="one_hot", host=True, small=small_twins.one_hot)
def _one_hot(indices: FreeLike, on_value: FreeLike, off_value: FreeLike, depth: int, axis: int) -> Any:
    if str(indices.dtype) not in ("int32", "int64", "uint8", "int8"):
        raise errors.InvalidArgumentError(
            errors.message(
                "tf.one_hot",
                expected="integer indices (uint8, int8, int32 or int64)",
                received={"indices": indices},
                hint="tf.cast(indices, tf.int32)",
            )
        )
    if on_value.ndim or off_value.ndim:
        raise errors.InvalidArgumentError(
            errors.message(
                "tf.one_hot",
                expected="on_value and off_value that are scalars",
                received={"on_value": on_value, "off_value": off_value},
            )
        )
    if depth < 0:
        raise errors.InvalidArgumentError(
            errors.message("tf.one_hot", expected="depth to be non-negative", received={"depth": depth})
        )
    axis = indices.ndim if axis == -1 else axis
    if not 0 <= axis <= indices.ndim:
        raise errors.InvalidArgumentError(
            errors.message("tf.one_hot", expected=f"axis in [-1, {indices.ndim}]", received=f"axis {axis}")
        )
    xp = namespace(on_value)
    places = xp.arange(depth, dtype=indices.dtype).reshape((depth,) + (1,) * (indices.ndim - axis))
    return xp.where(xp.expand_dims(indices, axis) == places, on_value, off_value)


@functools.cache
def _one_and_zero() -> tuple[Tensor, Tensor]:
    return convert.scalar_tensor(1, _FLOAT), convert.scalar_tensor(0, _FLOAT)


def one_hot(
    indices: Any,
    depth: Any,
    on_value: Any = None,
    off_value: Any = None,
    axis: int | None = None,
    dtype: Any = None,
    name: str | None = None,
) -> Tensor:
    """`on_value` at each index along a new axis of size `depth`, `off_value` elsewhere.

    Args:
        indices: an int tensor; indices outside [0, depth) give rows of `off_value`.
        depth: the size of the new axis.
        on_value: a scalar, 1 by default.
        off_value: a scalar, 0 by default.
        axis: where the new axis stands; last by default.
        dtype: the element type; that of the values, or float32.
        name: ignored.

    >>> import addax as tf
    >>> tf.one_hot([0, 2], 3).numpy().tolist()
    [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]
    """
    if dtype is None and on_value is None and off_value is None and type(indices) is Tensor:  # the usual call
        on, off = _one_and_zero()
        return _one_hot(indices, on, off, depth, -1 if axis is None else axis)
    if isinstance(indices, np.ndarray) and indices.dtype.kind == "f":
        indices = indices.astype(np.int64)  # NumPy labels are often floats; TensorFlow casts them too, but not tensors
    want = convert.numpy_dtype(dtype)
    if want is None and on_value is None and off_value is None:
        want = _FLOAT
    elif want is None:
        given = [convert.convert_to_tensor(value) for value in (on_value, off_value) if value is not None]
        want = given[0]._value.dtype
        if len(given) == 2 and given[1]._value.dtype != want:
            on_value, off_value = given  # refused below
    on, off = (
        value
        if isinstance(value, Tensor)
        else Tensor(convert.scalar(value, want))
        if type(value) in (int, float)
        else convert.constant(value, dtypes.from_numpy(want))
        for value in (1 if on_value is None else on_value, 0 if off_value is None else off_value)
    )
    if on._value.dtype != want or off._value.dtype != want:
        raise TypeError(
            errors.message(
                "tf.one_hot",
                expected=f"on_value and off_value of dtype {dtypes.from_numpy(want).name}",
                received={"on_value": on, "off_value": off},
            )
        )
    return _one_hot(indices, on, off, depth, -1 if axis is None else axis)


@op(name="sequence_mask")
def _sequence_mask(lengths: FreeLike, maxlen: int, dtype: Any) -> Any:
    if isinstance(maxlen, int) and maxlen < 0:
        raise errors.InvalidArgumentError(
            errors.message("tf.sequence_mask", expected="maxlen of 0 or more", received=f"maxlen {maxlen}")
        )
    return (jnp.arange(maxlen, dtype=lengths.dtype) < lengths[..., None]).astype(dtype)


def _counts(lengths: Any, maxlen: Any) -> tuple[Tensor, Any]:
    """Lengths as numbers to compare with: where maxlen is given, what is no integer is cut to one."""
    lengths = convert.convert_to_tensor(lengths)
    kind = lengths.dtype.np.kind
    if maxlen is not None:
        return (lengths if kind in "iu" else cast_to(lengths, np.dtype(np.int32))), maxlen
    if kind in "bc" or kind in "iu" and lengths.dtype.name not in ("int32", "int64"):
        raise UnfitError(
            errors.message(
                "tf.sequence_mask", expected="int32, int64 or floating lengths where maxlen is not given",
                received={"lengths": lengths}, hint="give maxlen, or cast them: tf.cast(lengths, tf.int32)",
            )
        )  # fmt: skip
    known = concrete(lengths, "sequence_mask")
    return lengths, math.ceil(known.max()) if known.size else 0


def sequence_mask(lengths: Any, maxlen: Any = None, dtype: Any = dtypes.bool, name: str | None = None) -> Tensor:
    """For each length, that many True (or 1) followed by False.

    Args:
        lengths: a tensor of numbers.
        maxlen: the size of the new last axis; by default the largest length, which then has to be known.
        dtype: the element type of the result.
        name: ignored.

    >>> import addax as tf
    >>> tf.sequence_mask([1, 3], 3).numpy().tolist()
    [[True, False, False], [True, True, True]]
    """
    lengths, maxlen = _counts(lengths, maxlen)
    return _sequence_mask(lengths, maxlen, dtypes.as_dtype(dtype).np)


def meshgrid(*args: Any, **kwargs: Any) -> list[Tensor]:
    """Coordinates of a grid over 1-D tensors.

    Args:
        *args: 1-D tensors.
        **kwargs: `indexing` ("xy", default, or "ij") and `name`.

    Returns:
        One tensor per argument, of the shape of the grid.

    >>> import addax as tf
    >>> [g.numpy().tolist() for g in tf.meshgrid([1, 2], [3, 4])]
    [[[1, 2], [1, 2]], [[3, 3], [4, 4]]]
    """
    indexing = kwargs.pop("indexing", "xy")
    kwargs.pop("name", None)
    if kwargs:
        raise TypeError(f"'{next(iter(kwargs))}' is an invalid keyword argument for tf.meshgrid.")
    if indexing not in ("xy", "ij"):
        raise ValueError(f"tf.meshgrid: indexing must be 'xy' or 'ij', received {indexing!r}.")
    if not args:
        return []
    return _meshgrid(list(args), indexing)


@op(name="meshgrid")
def _meshgrid(values: TensorList, indexing: str) -> Any:
    return list(jnp.meshgrid(*[value.reshape(-1) for value in values], indexing=indexing))
