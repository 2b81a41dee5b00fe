"""Sparse tensors cut, joined and rearranged: what happens to the places of the entries (`tf.sparse`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np

from addax.core import convert, errors
from addax.core.failures import UnfitError
from addax.core.shapes import TensorShape
from addax.core.static_arguments import concrete
from addax.core.tensor import Tensor, Tracer
from addax.ops import joining
from addax.ops.gathering import gather
from addax.ops.sparse_tensor import SparseTensor, entries, expected_sparse, to_dense
from addax.ops.sparse_tensor import ordered as reorder

_INT64 = np.dtype(np.int64)


def places(sp: SparseTensor) -> tuple[Any, Any]:
    """(array library, indices): NumPy where the indices are known, else jax.numpy."""
    value = sp.indices._value
    return (jnp, value) if isinstance(value, Tracer) else (np, np.asarray(value))


def known_places(sp: SparseTensor, who: str) -> np.ndarray:
    """The indices, where they decide how many entries the result has."""
    return concrete(sp.indices, who)


def ints(array: Any) -> Tensor:
    """Indices as a tensor."""
    if isinstance(array, Tracer):
        return Tensor(array.astype(_INT64))
    return convert.tensor_of(np.asarray(array, _INT64))


def picked(sp: SparseTensor, which: np.ndarray, indices: Any, shape: Any) -> SparseTensor:
    """The entries number `which` of a sparse tensor, at other places of another shape."""
    return SparseTensor(ints(indices), entries(sp.values, ints(which)), ints(shape))


def rows(sp: SparseTensor, numbers: np.ndarray) -> SparseTensor:
    """Some rows (of the first axis) of a sparse tensor, in the given order."""
    known, shape = known_places(sp, "sparse rows"), sp.known_shape()
    by_row = np.argsort(known[:, 0], kind="stable")
    begins = np.searchsorted(known[by_row, 0], np.arange(shape[0] + 1))
    counts = np.diff(begins)[numbers]
    which = by_row[np.concatenate([np.arange(begins[n], begins[n + 1]) for n in numbers] or [by_row[:0]])]
    moved = known[which]
    moved[:, 0] = np.repeat(np.arange(len(numbers)), counts)
    return picked(sp, which, moved, [len(numbers), *shape[1:]])


def whole_numbers(who: str, what: str, value: Any, ndim: int | None = None) -> np.ndarray:
    """An argument as an array of whole numbers.

    Raises:
        UnfitError: other numbers, text, or another number of dimensions.
    """
    found = concrete(value, who)
    if (found.size and found.dtype.kind not in "iu") or (ndim is not None and found.ndim != ndim):
        rank = "" if ndim is None else " (a vector)" if ndim else " (a scalar)"
        raise UnfitError(errors.message(f"tf.{who}", expected=f"{what} of whole numbers{rank}", received=value))
    return found


def _axis(who: str, axis: Any, rank: int) -> int:
    axis = int(whole_numbers(who, "axis", axis, 0)) if not isinstance(axis, int) else axis
    if not -rank <= axis < rank:
        raise errors.InvalidArgumentError(
            errors.message(f"tf.{who}", expected=f"an axis in the range [-{rank}, {rank})", received=f"axis {axis}")
        )
    return axis % rank


def expand_dims(sp_input: SparseTensor, axis: Any = None, name: str | None = None) -> SparseTensor:
    """A sparse tensor with a new axis of size 1.

    Args:
        sp_input: a sparse tensor.
        axis: where the new axis goes; the last by default.
        name: ignored.

    Raises:
        InvalidArgumentError: an axis that does not exist.

    >>> import addax as tf
    >>> tf.sparse.expand_dims(tf.sparse.eye(2), 0).shape
    TensorShape([1, 2, 2])
    """
    shape = list(expected_sparse("sparse.expand_dims", sp_input).known_shape())
    at = _axis("sparse.expand_dims", -1 if axis is None else axis, len(shape) + 1)
    xp, indices = places(sp_input)
    zeros = xp.zeros((indices.shape[0], 1), _INT64)
    moved = xp.concatenate([indices[:, :at], zeros, indices[:, at:]], axis=1)
    return SparseTensor(ints(moved), sp_input.values, ints([*shape[:at], 1, *shape[at:]]))


def transpose(sp_input: SparseTensor, perm: Any = None, name: str | None = None) -> SparseTensor:
    """A sparse tensor with its axes in another order, entries in row-major order.

    Args:
        sp_input: a sparse tensor.
        perm: the old axis of each new one; by default the reverse.
        name: ignored.

    Raises:
        ValueError: a permutation of another length.

    >>> import addax as tf
    >>> tf.sparse.transpose(tf.SparseTensor([[0, 2]], [1.0], [2, 3])).indices.numpy().tolist()
    [[2, 0]]
    """
    shape = expected_sparse("sparse.transpose", sp_input).known_shape()
    order = np.arange(len(shape))[::-1] if perm is None else whole_numbers("sparse.transpose", "perm", perm)
    if sorted(order.tolist()) != list(range(len(shape))):
        raise UnfitError(
            errors.message(
                "tf.sparse.transpose", expected=f"a permutation of {len(shape)} axes", received=order.tolist()
            )
        )
    _, indices = places(sp_input)
    moved = SparseTensor(ints(indices[:, order]), sp_input.values, ints(np.asarray(shape)[order]))
    return reorder(moved)


def reshape(sp_input: SparseTensor, shape: Any, name: str | None = None) -> SparseTensor:
    """A sparse tensor of another shape, with the entries in the same row-major places.

    Args:
        sp_input: a sparse tensor.
        shape: the new shape; one size may be -1.
        name: ignored.

    Raises:
        InvalidArgumentError: another number of elements.

    >>> import addax as tf
    >>> tf.sparse.reshape(tf.SparseTensor([[1, 0]], [5], [2, 3]), [-1]).indices.numpy().tolist()
    [[3]]
    """
    old = expected_sparse("sparse.reshape", sp_input).known_shape()
    sizes = concrete(shape, "sparse.reshape")
    cast = sizes.astype(_INT64) if sizes.dtype.kind == "f" else sizes  # as TensorFlow casts them
    new = whole_numbers("sparse.reshape", "shape", cast, 1).tolist()
    total, rest = _product(old), _product([n for n in new if n != -1])
    fits = new.count(-1) < 2 and min(new, default=0) >= -1
    if fits and -1 in new:
        fits = rest > 0 and total % rest == 0
        new = [total // rest if n == -1 else n for n in new] if fits else new
    if not fits or _product(new) != total:
        raise errors.InvalidArgumentError(
            errors.message(
                "tf.sparse.reshape",
                expected=f"a shape of {total} elements, as the input of shape {tuple(old)} has, with at most one -1",
                received=f"shape {new}",
            )
        )
    _, indices = places(sp_input)
    flat = sum((indices[:, i] * _product(old[i + 1 :]) for i in range(len(old))), np.zeros(indices.shape[0], _INT64))
    xp, _ = places(sp_input)
    columns = [flat // _product(new[i + 1 :]) % max(new[i], 1) for i in range(len(new))]
    moved = xp.stack(columns, 1) if columns else xp.zeros((indices.shape[0], 0), _INT64)
    return SparseTensor(ints(moved), sp_input.values, ints(new))


def _product(sizes: Sequence[int]) -> int:
    total = 1
    for size in sizes:
        total *= int(size)
    return total


def concat(
    axis: Any, sp_inputs: Sequence[SparseTensor], expand_nonconcat_dims: bool = False, name: str | None = None
) -> SparseTensor:
    """Sparse tensors joined along an axis.

    Args:
        axis: the axis.
        sp_inputs: sparse tensors of one rank and dtype.
        expand_nonconcat_dims: whether the other dimensions may differ; the largest size is taken then.
        name: ignored.

    Raises:
        TypeError: something that is not sparse.
        InvalidArgumentError: nothing to join, or shapes that do not fit.

    >>> import addax as tf
    >>> tf.sparse.concat(0, [tf.sparse.eye(1), tf.sparse.eye(1)]).indices.numpy().tolist()
    [[0, 0], [1, 0]]
    """
    if not isinstance(sp_inputs, list | tuple):
        raise TypeError(f"tf.sparse.concat: expected a list of sparse tensors, received {type(sp_inputs).__name__}.")
    parts = [expected_sparse("sparse.concat", part) for part in sp_inputs]
    if not parts:
        raise errors.InvalidArgumentError("tf.sparse.concat: expected at least one sparse tensor, received none.")
    shapes = [part.known_shape() for part in parts]
    if len({len(shape) for shape in shapes}) > 1:
        raise errors.InvalidArgumentError(
            errors.message("tf.sparse.concat", expected="tensors of one rank", received=shapes)
        )
    if len(parts) == 1:
        return parts[0]
    at = _axis("sparse.concat", axis, len(shapes[0]))
    whole = [max(sizes) for sizes in zip(*shapes, strict=True)]
    if not expand_nonconcat_dims and any(
        shape[i] != whole[i] for shape in shapes for i in range(len(whole)) if i != at
    ):
        raise errors.InvalidArgumentError(
            errors.message(
                "tf.sparse.concat",
                expected=f"equal shapes but for axis {at}",
                received=shapes,
                hint="expand_nonconcat_dims=True takes the largest",
            )
        )
    moved, offset = [], 0
    for part, shape in zip(parts, shapes, strict=True):
        shift = np.zeros(len(shape), _INT64)
        shift[at] = offset
        moved.append(places(part)[1] + shift)
        offset += shape[at]
    whole[at] = offset
    xp = jnp if any(isinstance(each, Tracer) for each in moved) else np
    joined = SparseTensor(ints(xp.concatenate(moved)), joining.concat([part.values for part in parts], 0), ints(whole))
    return reorder(joined)


def slice_(sp_input: SparseTensor, start: Any, size: Any, name: str | None = None) -> SparseTensor:
    """A box cut out of a sparse tensor (`tf.sparse.slice`).

    Args:
        sp_input: a sparse tensor.
        start: where the box begins, an int per dimension.
        size: how large it is; it ends where the tensor ends.
        name: ignored.

    Raises:
        InvalidArgumentError: another number of dimensions, or a negative size.

    >>> import addax as tf
    >>> tf.sparse.slice(tf.sparse.eye(3), [1, 1], [2, 2]).indices.numpy().tolist()
    [[0, 0], [1, 1]]
    """
    shape = np.asarray(expected_sparse("sparse.slice", sp_input).known_shape(), _INT64)
    begin = whole_numbers("sparse.slice", "start", start, 1).astype(_INT64)
    extent = whole_numbers("sparse.slice", "size", size, 1).astype(_INT64)
    if begin.size != shape.size or extent.size != shape.size or (extent < 0).any() or (begin < 0).any():
        raise errors.InvalidArgumentError(
            errors.message(
                "tf.sparse.slice",
                expected=f"start and size of {shape.size} ints each, none negative",
                received=f"start {begin.tolist()}, size {extent.tolist()}",
            )
        )
    end = np.minimum(begin + extent, shape)
    indices = known_places(sp_input, "sparse.slice")
    inside = np.flatnonzero(((indices >= begin) & (indices < end)).all(-1))
    return picked(sp_input, inside, indices[inside] - begin, np.maximum(end - begin, 0))


def split(
    sp_input: SparseTensor | None = None, num_split: Any = None, axis: Any = None, name: str | None = None
) -> list[SparseTensor]:
    """A sparse tensor cut into pieces along an axis; the first ones are larger by one where they must be.

    Args:
        sp_input: a sparse tensor.
        num_split: how many pieces.
        axis: along which axis.
        name: ignored.

    Raises:
        ValueError: an argument is missing.
        InvalidArgumentError: more pieces than the axis is long.

    >>> import addax as tf
    >>> [part.shape[1] for part in tf.sparse.split(tf.sparse.eye(3), num_split=2, axis=1)]
    [2, 1]
    """
    for what, given in (("sp_input", sp_input), ("num_split", num_split), ("axis", axis)):
        if given is None:
            raise ValueError(f"tf.sparse.split: {what} is required.")
    sparse = expected_sparse("sparse.split", sp_input)
    shape = list(sparse.known_shape())
    at = _axis("sparse.split", axis, len(shape))
    count = int(whole_numbers("sparse.split", "num_split", num_split, 0))
    if not 1 <= count <= shape[at]:
        raise errors.InvalidArgumentError(
            errors.message(
                "tf.sparse.split", expected=f"num_split in the interval [1, {shape[at]}]", received=f"num_split {count}"
            )
        )
    least, larger = divmod(shape[at], count)
    pieces, start = [], [0] * len(shape)
    for i in range(count):
        size = shape.copy()
        size[at] = least + (i < larger)
        pieces.append(slice_(sparse, start, size))
        start[at] += size[at]
    return pieces


def retain(sp_input: SparseTensor, to_retain: Any) -> SparseTensor:
    """Some of the entries of a sparse tensor.

    Args:
        sp_input: a sparse tensor.
        to_retain: a bool per entry.

    Raises:
        TypeError: something that is not sparse.
        ValueError: another number of bools.

    >>> import addax as tf
    >>> tf.sparse.retain(tf.sparse.eye(2), [False, True]).indices.numpy().tolist()
    [[1, 1]]
    """
    sparse = expected_sparse("sparse.retain", sp_input)
    keep = np.asarray(concrete(to_retain, "sparse.retain"), bool)
    count = sparse.values._value.shape[0]
    if keep.shape != (count,):
        raise ValueError(
            errors.message("tf.sparse.retain", expected=f"{count} bools, one per entry", received=f"shape {keep.shape}")
        )
    which = np.flatnonzero(keep)
    return SparseTensor(gather(sparse.indices, ints(which)), gather(sparse.values, ints(which)), sparse.dense_shape)


def reset_shape(sp_input: SparseTensor, new_shape: Any = None) -> SparseTensor:
    """A sparse tensor of the same entries in a larger shape, or in the smallest that holds them.

    Args:
        sp_input: a sparse tensor.
        new_shape: a shape not smaller than the present one; None takes the smallest that holds all entries.

    Raises:
        ValueError: a smaller shape, or one of another rank.

    >>> import addax as tf
    >>> tf.sparse.reset_shape(tf.SparseTensor([[0, 1]], [1.0], [9, 9])).shape
    TensorShape([1, 2])
    """
    sparse = expected_sparse("sparse.reset_shape", sp_input)
    if new_shape is None:
        known = known_places(sparse, "sparse.reset_shape")
        shape = known.max(0) + 1 if known.size else np.zeros(known.shape[1], _INT64)
        return SparseTensor(sparse.indices, sparse.values, ints(shape))
    wanted = new_shape.as_list() if isinstance(new_shape, TensorShape) else new_shape
    shape = np.asarray(concrete(wanted, "sparse.reset_shape")).reshape(-1)
    old = sparse.known_shape()
    if shape.size != len(old) or (shape < np.asarray(old)).any():
        raise ValueError(
            errors.message(
                "tf.sparse.reset_shape",
                expected=f"new_shape of rank {len(old)} and not smaller than {tuple(old)}",
                received=shape.tolist(),
            )
        )
    return SparseTensor(sparse.indices, sparse.values, ints(shape))


def fill_empty_rows(sp_input: SparseTensor, default_value: Any, name: str | None = None) -> tuple[SparseTensor, Tensor]:
    """A sparse tensor in whose empty rows a value stands in the first column.

    Args:
        sp_input: a sparse tensor of rank 2 or more (rows are those of the first axis).
        default_value: a scalar of its dtype.
        name: ignored.

    Returns:
        (the sparse tensor, in row-major order; which rows were empty, bool (rows,))

    Raises:
        InvalidArgumentError: a default value that is no scalar.

    >>> import addax as tf
    >>> filled, empty = tf.sparse.fill_empty_rows(tf.SparseTensor([[1, 0]], [5], [2, 3]), 0)
    >>> filled.values.numpy().tolist(), empty.numpy().tolist()
    ([0, 5], [True, False])
    """
    sparse = expected_sparse("sparse.fill_empty_rows", sp_input)
    default = convert.convert_to_tensor(default_value, sparse.dtype)
    if default.shape.rank != 0:
        raise errors.InvalidArgumentError(
            errors.message(
                "tf.sparse.fill_empty_rows", expected="default_value must be a scalar", received={"default": default}
            )
        )
    indices, shape = known_places(sparse, "sparse.fill_empty_rows"), sparse.known_shape()
    if indices.size and (indices[:, 0].min() < 0 or indices[:, 0].max() >= shape[0]):
        raise errors.InvalidArgumentError(
            f"tf.sparse.fill_empty_rows: indices {indices[:, 0].tolist()} of rows are not in [0, {shape[0]})."
        )
    empty = np.bincount(indices[:, 0], minlength=shape[0])[: shape[0]] == 0 if shape[0] else np.zeros(0, bool)
    new = np.zeros((int(empty.sum()), len(shape)), _INT64)
    new[:, 0] = np.flatnonzero(empty)
    every = np.concatenate([indices, new])
    order = np.argsort(every[:, 0], kind="stable")  # the order inside of rows stays
    which = np.concatenate([np.arange(len(indices)), np.full(len(new), len(indices))])[order]
    values = joining.concat([sparse.values, _row_of(default)], 0) if len(new) else sparse.values
    filled = SparseTensor(ints(every[order]), entries(values, ints(which)), sparse.dense_shape)
    return filled, convert.tensor_of(empty)


def _row_of(scalar: Tensor) -> Tensor:
    from addax.ops.shaping import reshape as reshaped  # the name is taken here

    return reshaped(scalar, [1])


def to_indicator(sp_input: SparseTensor, vocab_size: Any, name: str | None = None) -> Tensor:
    """Which ids occur: the last axis becomes one of `vocab_size` bools.

    Args:
        sp_input: a sparse tensor of ids.
        vocab_size: how many ids there are.
        name: ignored.

    Raises:
        InvalidArgumentError: an id out of range.

    >>> import addax as tf
    >>> ids = tf.SparseTensor([[0, 0], [1, 0], [1, 1]], [2, 0, 1], [2, 2])
    >>> tf.sparse.to_indicator(ids, 3).numpy().tolist()
    [[False, False, True], [True, True, False]]
    """
    sparse = expected_sparse("sparse.to_indicator", sp_input)
    size = int(concrete(vocab_size, "sparse.to_indicator"))
    ids = np.asarray(concrete(sparse.values, "sparse.to_indicator")).astype(_INT64)
    if ids.size and (ids.min() < 0 or ids.max() >= size):
        raise errors.InvalidArgumentError(
            errors.message("tf.sparse.to_indicator", expected=f"ids in [0, {size})", received=ids.tolist())
        )
    indices = np.concatenate([known_places(sparse, "sparse.to_indicator")[:, :-1], ids[:, None]], 1)
    shape = [*sparse.known_shape()[:-1], size]
    flags = convert.constant(np.ones(len(ids), bool))
    return to_dense(SparseTensor(ints(indices), flags, ints(shape)), False, validate_indices=False)
