"""Values picked and put by index or by mask: gather, where, boolean_mask, scatter_nd, dynamic_partition, ..."""

from __future__ import annotations

import functools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from addax.core import context, convert, errors, unknown_shapes, whole_numbers
from addax.core.convert import FreeLike, TensorLike, TensorList
from addax.core.dispatch import UnfitError, namespace, op
from addax.core.row_gradients import Rows, picked
from addax.core.sizes import is_open
from addax.core.static_arguments import concrete
from addax.core.tensor import Tensor, Tracer
from addax.ops import small_twins

_state = context.state


@functools.cache
def _checks_bounds() -> bool:
    """Whether the default device is a CPU, where TensorFlow refuses indices out of bounds (a GPU does not look)."""
    return jax.default_backend() == "cpu"


def known_indices(x: Any) -> np.ndarray | None:
    """The values of indices, where they are known."""
    if hasattr(x, "__symbolic_call__") or hasattr(x, "__composite_call__") or unknown_shapes.probed() is not None:
        return None
    if type(x) is Tensor:
        value = x._memory
    else:
        value = convert.value_of(x)
    return None if isinstance(value, Tracer) or not _checks_bounds() else np.asarray(value)


def _all_within(indices: Any, shape: tuple[int, ...]) -> bool:
    """Whether a few known indices along the first axis are within bounds."""
    if not shape or isinstance(indices, Tracer) or indices.size > 256:
        return False
    known = np.asarray(indices)
    if not known.size or known.dtype.kind not in "iu":
        return False
    flat = known.tolist() if known.ndim == 1 else known.reshape(-1).tolist()
    return min(flat) >= 0 and max(flat) < shape[0]


def check_integer(who: str, indices: Any) -> None:
    """Refuse indices that are no whole numbers."""
    if str(indices.dtype) not in ("int32", "int64", "int16"):
        raise errors.InvalidArgumentError(
            errors.message(
                who, expected="integer indices (int32 or int64)", received={"indices": indices},
                hint="cast them: tf.cast(indices, tf.int32)",
            )
        )  # fmt: skip


@op(name="gather", host=True, small=small_twins.picked)
def _gather(params: FreeLike, indices: FreeLike, axis: Any, batch_dims: int) -> Any:
    check_integer("tf.gather", indices)
    axis = batch_dims if axis is None else axis  # also where it is negative, and so counts from the end of params
    if batch_dims < 0:
        batch_dims += indices.ndim
    if not isinstance(axis, int) or not -params.ndim <= axis < params.ndim:
        raise errors.InvalidArgumentError(
            errors.message(
                f"tf.gather: Shape must be at least rank {axis + 1 if isinstance(axis, int) else axis} but is rank "
                f"{params.ndim}",
                received={"params": params, "indices": indices},
            )
        )
    axis %= params.ndim
    if batch_dims > axis or batch_dims > indices.ndim:
        raise errors.InvalidArgumentError(
            errors.message(
                "tf.gather",
                expected=f"batch_dims ({batch_dims}) to be at most axis ({axis}) and the rank of indices "
                f"({indices.ndim})",
                received={"params": params, "indices": indices},
            )
        )
    xp = namespace(params)
    if xp is np:
        return _gather_text(params, np.asarray(indices), axis, batch_dims)
    if not batch_dims and not is_open(indices.shape) and 0 in indices.shape:  # jnp.take keeps a size of 0 as it is
        return jnp.zeros((*params.shape[:axis], *indices.shape, *params.shape[axis + 1 :]), params.dtype)
    take = functools.partial(jnp.take, axis=axis - batch_dims)
    for _ in range(batch_dims):
        take = jax.vmap(take)
    return take(params, indices)


def _gathered_rows(cotangent: Any, params: Any, indices: Any, axis: Any, batch_dims: int) -> Rows | None:
    return picked(cotangent, params, indices) if axis in (None, 0) and not batch_dims else None


_gather.op.rows = _gathered_rows


def _gather_text(params: Any, indices: Any, axis: int, batch_dims: int) -> Any:
    if not batch_dims:
        return np.asarray(np.take(params, indices, axis=axis), object)
    parts = [_gather_text(p, i, axis - 1, batch_dims - 1) for p, i in zip(params, indices, strict=True)]
    return np.stack([np.asarray(part, object) for part in parts])


def gather(
    params: Any,
    indices: Any,
    validate_indices: Any = None,
    axis: Any = None,
    batch_dims: int = 0,
    name: str | None = None,
) -> Tensor:
    """Slices of `params` along an axis, by index.

    Args:
        params: a tensor.
        indices: an int tensor of any shape, each in [0, params.shape[axis]).
        validate_indices: ignored.
        axis: an int; `batch_dims` by default.
        batch_dims: how many leading axes of params and indices go together.
        name: ignored.

    Returns:
        A tensor of shape params.shape[:axis] + indices.shape[batch_dims:] + params.shape[axis + 1:].

    Raises:
        InvalidArgumentError: an index out of bounds (known indices, on a CPU).

    >>> import addax as tf
    >>> tf.gather([10, 20, 30], [2, 0]).numpy().tolist()
    [30, 10]
    """
    if axis is None and not batch_dims and type(params) is Tensor and type(indices) is Tensor:
        if _all_within(indices._memory, params._form.shape):
            return _gather(params, indices, None, 0)
    if hasattr(params, "__gather__"):  # ragged tensors, IndexedSlices
        return params.__gather__(indices, axis, batch_dims)
    known = known_indices(indices)
    if known is not None and known.size and known.dtype.kind in "iu" and not hasattr(params, "__symbolic_call__"):
        shape = params.shape if hasattr(params, "shape") else convert.value_of(params).shape
        where = axis if axis is not None else batch_dims
        if isinstance(where, Tensor):
            where = axis = int(where)
        if isinstance(where, int) and -len(shape) <= where < len(shape):
            size = shape[where]
            if size is not None and (known.min() < 0 or known.max() >= size):
                bad = np.argwhere((known < 0) | (known >= size))[0].tolist()
                raise errors.InvalidArgumentError(
                    errors.message(
                        f"tf.gather: indices[{','.join(map(str, bad))}] = {known[tuple(bad)]} is not in [0, {size})",
                        received={"params": params, "indices": known},
                    )
                )
    return _gather(params, indices, axis, batch_dims)


_gather.op.public = gather


@op(name="gather_nd", host=True)
def _gather_nd(params: FreeLike, indices: FreeLike, batch_dims: int) -> Any:
    check_integer("tf.gather_nd", indices)
    depth = indices.shape[-1]
    if depth > params.ndim - batch_dims:
        raise errors.InvalidArgumentError(
            errors.message(
                f"tf.gather_nd: index innermost dimension length must be <= params rank; saw: {depth} vs. "
                f"{params.ndim - batch_dims}",
                received={"params": params, "indices": indices},
            )
        )
    if namespace(params) is np:
        if not depth:
            each = params.shape[batch_dims:]
            ones = (1,) * (indices.ndim - 1 - batch_dims)
            return np.broadcast_to(params.reshape(params.shape[:batch_dims] + ones + each), indices.shape[:-1] + each)
        shape = indices.shape[:-1]
        rows = np.ix_(*map(range, shape[:batch_dims]))
        rows = [each.reshape(each.shape + (1,) * (len(shape) - batch_dims)) for each in rows]
        return np.asarray(params[(*rows, *np.moveaxis(np.asarray(indices), -1, 0))], object)

    def pick(params: Any, indices: Any) -> Any:
        return (
            params.at[tuple(jnp.moveaxis(indices, -1, 0))].get()
            if depth
            else jnp.broadcast_to(params, indices.shape[:-1] + params.shape)
        )

    for _ in range(batch_dims):
        pick = jax.vmap(pick)
    return pick(params, indices)


def gather_nd(
    params: Any, indices: Any, batch_dims: Any = 0, name: str | None = None, bad_indices_policy: str = ""
) -> Tensor:
    """Elements or slices of `params`, each by an index vector.

    Args:
        params: a tensor.
        indices: an int tensor; its last axis holds an index of up to rank(params) - batch_dims ints.
        batch_dims: how many leading axes of params and indices go together.
        name: ignored.
        bad_indices_policy: "" or "ERROR" refuse indices out of bounds, "IGNORE" gives zeros for them.

    >>> import addax as tf
    >>> tf.gather_nd([[1, 2], [3, 4]], [[0, 0], [1, 1]]).numpy().tolist()
    [1, 4]
    """
    for each in (params, indices):
        if hasattr(each, "__ragged_call__"):
            return each.__ragged_call__("gather_nd", params, indices, batch_dims)
    if bad_indices_policy not in ("", "DEFAULT", "ERROR", "IGNORE"):
        raise errors.InvalidArgumentError(f"tf.gather_nd: unknown bad_indices_policy {bad_indices_policy!r}")
    if isinstance(batch_dims, int) and batch_dims < 0:
        raise ValueError(f"tf.gather_nd: expected batch_dims of 0 or more, not negative, received {batch_dims}.")
    known = None if bad_indices_policy == "IGNORE" else known_indices(indices)
    symbolic = hasattr(params, "__symbolic_call__")
    if known is not None and known.dtype.kind in "iu" and known.size and known.ndim and not symbolic:
        shape = tuple(convert.value_of(params).shape)
        check_entries("tf.gather_nd", "param shape", known, shape[batch_dims:])
    if bad_indices_policy == "IGNORE":
        return _gather_nd_ignoring(params, indices, batch_dims)
    return _gather_nd(params, indices, batch_dims)


def _entries_as_rows(cotangent: Any, params: Any, indices: Any, batch_dims: int) -> Rows | None:
    return (
        picked(cotangent, params, indices) if indices.ndim == 2 and indices.shape[1] == 1 and not batch_dims else None
    )


_gather_nd.op.public = gather_nd
_gather_nd.op.rows = _entries_as_rows


@op(name="gather_nd")
def _gather_nd_ignoring(params: FreeLike, indices: FreeLike, batch_dims: int) -> Any:
    sizes = np.asarray(params.shape[batch_dims : batch_dims + indices.shape[-1]])
    good = jnp.all((indices >= 0) & (indices < sizes), -1)
    out = _gather_nd.body(params, jnp.where(good[..., None], indices, 0), batch_dims)
    return jnp.where(good.reshape(good.shape + (1,) * (out.ndim - good.ndim)), out, jnp.zeros((), out.dtype))


def check_entries(who: str, what: str, known: np.ndarray, shape: tuple[int, ...]) -> None:
    """Refuse index vectors (the last axis of `known`) that lie outside of a shape."""
    depth = known.shape[-1]
    if depth > len(shape):
        return
    bad = ((known < 0) | (known >= np.asarray(shape[:depth], np.int64))).any(-1)
    if bad.any():
        spot = tuple(np.argwhere(bad)[0].tolist())
        label = ",".join(map(str, spot)) if spot else "0"
        raise errors.InvalidArgumentError(
            errors.message(
                f"{who}: indices[{label}] = {known[spot].tolist()} does not index into {what} {list(shape)}",
                received={"indices": known},
            )
        )


# ---------------------------------------------------------------------------- masks


def _where_text(condition: Any, x: Any, y: Any) -> Any:
    return np.where(condition, x, y)


@op(name="where", host=_where_text, small=np.where)
def _where(condition: FreeLike, x: TensorLike, y: TensorLike) -> Any:
    if condition.dtype != np.bool_:
        raise errors.InvalidArgumentError(
            errors.message(
                "tf.where: cannot compute SelectV2 as condition was expected to be a bool tensor",
                received={"condition": condition},
                hint="compare it: tf.where(condition != 0, x, y)",
            )
        )
    return jnp.where(condition, x, y)


def where(condition: Any, x: Any = None, y: Any = None, name: str | None = None) -> Tensor:
    """`x` where the condition holds and `y` elsewhere; or, with one argument, where it holds.

    Args:
        condition: a bool tensor (with one argument: of any dtype, true where not zero).
        x: a tensor; the three broadcast.
        y: a tensor of the dtype of x.
        name: ignored.

    Returns:
        A tensor; with one argument the int64 indices of true elements, of shape (count, rank). Their number depends on
        the data, so that form cannot be compiled.

    >>> import addax as tf
    >>> tf.where([True, False], [1, 2], [10, 20]).numpy().tolist()
    [1, 20]
    >>> tf.where([False, True]).numpy().tolist()
    [[1]]
    """
    if (x is None) != (y is None):
        raise ValueError("tf.where: x and y must both be non-None or both be None.")
    if x is None:
        if hasattr(condition, "__ragged_call__"):
            return condition.__ragged_call__("where", condition)
        array = concrete(convert.convert_to_tensor(condition), "where")
        if array.dtype.kind == "O" or not array.ndim:
            raise errors.InvalidArgumentError(
                errors.message(
                    "tf.where",
                    expected="a condition of numbers or bools, of one or more dimensions (Unhandled input dimensions)",
                    received={"condition": condition},
                    hint="with x and y, a single bool chooses between them",
                )
            )
        return Tensor(_fresh(np.argwhere(array).astype(np.int64)))
    try:
        return _where(condition, x, y)
    except errors.InvalidArgumentError:
        if not isinstance(condition, np.ndarray | np.generic) or condition.dtype.kind not in "iufc":
            raise
    return _where(condition.astype(bool), x, y)  # NumPy's numbers become what is asked for


_where.op.public = where


def _fresh(array: np.ndarray) -> Any:
    """A new array, of a shape that depends on data, on the device: moved without compiling anything."""
    if _state.trace is None:
        return jax.device_put(array)
    with jax.ensure_compile_time_eval():
        return jnp.asarray(array)


def boolean_mask(tensor: Any, mask: Any, axis: Any = None, name: str = "boolean_mask") -> Tensor:
    """The entries of a tensor where `mask` is true.

    Args:
        tensor: a tensor.
        mask: a bool tensor of known values, of the shape of the axes it is about.
        axis: the first of those axes; 0 by default.
        name: ignored.

    Returns:
        A tensor in which those axes are one, of the number of true values. As that depends on data, this cannot be
        compiled.

    Raises:
        ValueError: the mask's shape does not fit.

    >>> import addax as tf
    >>> tf.boolean_mask([1, 2, 3], [True, False, True]).numpy().tolist()
    [1, 3]
    """
    if not hasattr(tensor, "__tf_value__"):
        tensor = convert.convert_to_tensor(tensor)
    known = concrete(convert.convert_to_tensor(mask), "boolean_mask")
    if known.dtype.kind == "O":
        raise UnfitError(errors.message("tf.boolean_mask", expected="a bool mask", received={"mask": known}))
    known = known.astype(bool)
    whole_numbers.check(axis, "axis", "boolean_mask")
    axis = 0 if axis is None else int(axis)
    shape = tuple(convert.value_of(tensor).shape)
    if known.ndim == 0:
        raise ValueError("tf.boolean_mask: mask cannot be scalar.")
    # With a negative axis TensorFlow, too, sees nothing of an axis that would end at -0.
    if shape[axis : axis + known.ndim] != known.shape:
        raise ValueError(
            f"tf.boolean_mask: Shapes {shape[axis : axis + known.ndim]} and {known.shape} are incompatible (the "
            "tensor's, from axis on, and the mask's)"
        )
    axis = axis + len(shape) if axis < 0 else axis
    value = convert.value_of(tensor)
    if isinstance(value, np.ndarray) or (_state.quiet and _checks_bounds()):
        picked = np.asarray(value)[(slice(None),) * axis + (known,)]
        return Tensor(picked if picked.dtype.kind == "O" else _fresh(picked))
    return _masked(tensor, Tensor(_fresh(np.flatnonzero(known))), axis, known.ndim)


@op(name="boolean_mask")
def _masked(tensor: FreeLike, where: FreeLike, axis: int, count: int) -> Any:
    shape = tensor.shape
    flat = tensor.reshape((*shape[:axis], int(np.prod(shape[axis : axis + count])), *shape[axis + count :]))
    return jnp.take(flat, where, axis=axis)


def dynamic_partition(data: Any, partitions: Any, num_partitions: int, name: str | None = None) -> list[Tensor]:
    """The entries of `data` sorted into parts by number.

    Args:
        data: a tensor whose leading axes are those of `partitions`.
        partitions: an int tensor of known values in [0, num_partitions).
        num_partitions: how many parts.
        name: ignored.

    >>> import addax as tf
    >>> [t.numpy().tolist() for t in tf.dynamic_partition([1, 2, 3], [0, 1, 0], 2)]
    [[1, 3], [2]]
    """
    for each in (data, partitions):
        if hasattr(each, "__ragged_call__"):
            return each.__ragged_call__("dynamic_partition", data, partitions, num_partitions)
    known = _whole_numbers(partitions, "dynamic_partition")
    _check_partition(data, known, num_partitions)
    if known.size and not (0 <= known.min() and known.max() < num_partitions):
        raise errors.InvalidArgumentError(
            errors.message(
                "tf.dynamic_partition", expected=f"partitions in [0, {num_partitions})", received=f"{known.tolist()}"
            )
        )
    if known.ndim == 0:
        data, known = convert.convert_to_tensor(data)[None], known[None]
    return [boolean_mask(data, known == i) for i in range(num_partitions)]


def _whole_numbers(x: Any, who: str) -> np.ndarray:
    """Known numbers; NumPy's wider ones as int32."""
    known = concrete(convert.convert_to_tensor(x), who)
    return known.astype(np.int32) if isinstance(x, np.ndarray) and known.dtype.kind == "i" else known


def _check_partition(data: Any, known: np.ndarray, count: Any) -> None:
    shape = tuple(convert.value_of(data).shape)
    if known.dtype != np.int32 or shape[: known.ndim] != known.shape or type(count) is not int or count < 1:
        raise UnfitError(
            errors.message(
                "tf.dynamic_partition",
                expected="int32 partitions of the shape that data starts with, and an int num_partitions > 0",
                received=f"data {shape}, partitions {errors.describe(known)}, num_partitions {count!r}",
            )
        )


def dynamic_stitch(indices: Any, data: Any, name: str | None = None) -> Tensor:
    """A tensor whose row `indices[m][i]` is `data[m][i]`; the last of several wins.

    Args:
        indices: a list of int tensors of known values.
        data: a list of tensors; data[m] has the shape of indices[m] followed by that of a row.
        name: ignored.

    >>> import addax as tf
    >>> tf.dynamic_stitch([[0, 2], [1]], [[10, 30], [20]]).numpy().tolist()
    [10, 20, 30]
    """
    known = [_whole_numbers(each, "dynamic_stitch") for each in indices]
    shapes = [tuple(convert.value_of(each).shape) for each in data]
    fit = len(known) == len(shapes) and all(s[: k.ndim] == k.shape for s, k in zip(shapes, known, strict=True))
    if not known or not fit or any(each.dtype != np.int32 for each in known):
        raise UnfitError(
            errors.message(
                "tf.dynamic_stitch",
                expected="as many indices as data, int32, and data of shapes that start with those of the indices",
                received=f"indices {[errors.describe(each) for each in known]}, data of shapes {shapes}",
            )
        )
    flat = np.concatenate([each.reshape(-1) for each in known])
    size = int(flat.max()) + 1 if flat.size else 0
    source = np.full(size, flat.size, np.int64)  # rows that nobody names are zeros
    source[flat] = np.arange(flat.size)
    return _stitched(list(data), Tensor(_fresh(source)), Tensor(_fresh(flat)), tuple(each.ndim for each in known))


@op(name="dynamic_stitch", host=True)
def _stitched(data: TensorList, source: FreeLike, places: FreeLike, ranks: Any) -> Any:
    rows = [each.reshape((-1, *each.shape[rank:])) for each, rank in zip(data, ranks, strict=True)]
    xp = namespace(data)
    one = (1, *rows[0].shape[1:])
    blank = np.full(one, b"", object) if xp is np else jnp.zeros(one, rows[0].dtype)
    if xp is np:
        return np.take(np.concatenate([*rows, blank]), np.asarray(source), axis=0)
    return _stitched_rows(jnp.concatenate(rows), blank, source, places)


@jax.custom_jvp
def _stitched_rows(rows: Any, blank: Any, source: Any, places: Any) -> Any:
    return jnp.take(jnp.concatenate([rows, blank]), source, axis=0)


@_stitched_rows.defjvp
def _stitched_rows_jvp(primals: Any, tangents: Any) -> Any:
    # Rows that others overwrite get the gradient of their place too, as in TensorFlow.
    out, change = _stitched_rows(*primals), tangents[0]
    return out, jnp.zeros_like(out).at[primals[3]].add(change)
