"""Ragged tensors joined, repeated, cut and given other axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from addax.core import convert, errors
from addax.core.static_arguments import concrete
from addax.ops import joining, shaping
from addax.ops.ragged_picking import gather_rows, getitem
from addax.ops.ragged_reductions import checked_axis, rank_of
from addax.ops.ragged_tensor import RaggedTensor, host, ints


def joining_rows(rows: Sequence[Any], splits: Any = np.int64) -> RaggedTensor:
    """Rows (tensors or ragged tensors) as one ragged tensor."""
    lengths = [row.nrows_known() if isinstance(row, RaggedTensor) else row.shape[0] for row in rows]
    values = concat(rows, 0) if any(isinstance(r, RaggedTensor) for r in rows) else joining.concat(list(rows), 0)
    return RaggedTensor.from_row_lengths(values, ints(lengths, splits), validate=False)


def expand_dims(input: Any, axis: Any, **_: Any) -> Any:
    """A new axis of size 1."""
    if not isinstance(input, RaggedTensor):
        return shaping.expand_dims(input, axis)
    rank = rank_of(input)
    axis = int(concrete(convert.convert_to_tensor(axis), "expand_dims"))
    if not -rank - 1 <= axis <= rank:
        raise ValueError(f"tf.expand_dims: axis={axis} out of bounds: expected {-rank - 1}<=axis<={rank}.")
    axis = axis + rank + 1 if axis < 0 else axis
    if axis == 0:
        return RaggedTensor(input, input._ints([0, input.nrows_known()]), input.nrows_known())
    if axis == 1:
        return RaggedTensor(input, input._ints(np.arange(input.nrows_known() + 1)), 1)
    return input.with_values(expand_dims(input.values, axis - 1))


def squeeze(input: RaggedTensor, axis: Any = None, **_: Any) -> Any:
    """Without axes of size 1."""
    if axis is None:
        raise ValueError("tf.squeeze: Ragged.squeeze must have an axis argument.")
    axes = np.asarray(concrete(convert.convert_to_tensor(axis), "squeeze")).reshape(-1).tolist()
    rank, out = rank_of(input), input
    for at in sorted((checked_axis("squeeze", each, rank) for each in axes), reverse=True):
        out = _without(out, at)
    return out


def _without(ragged: Any, axis: int) -> Any:
    if not isinstance(ragged, RaggedTensor):
        return shaping.squeeze(ragged, [axis])
    lengths = np.diff(host(ragged.row_splits))
    if axis == 0 and ragged.nrows_known() == 1 or axis == 1 and (lengths == 1).all():
        return ragged.values
    if axis <= 1:
        raise errors.InvalidArgumentError(
            f"tf.squeeze: expected size 1 along axis {axis}, received "
            f"{ragged.nrows_known() if axis == 0 else lengths.tolist()}."
        )
    return ragged.with_values(_without(ragged.values, axis - 1))


def tile(input: RaggedTensor, multiples: Any, **_: Any) -> RaggedTensor:
    """Rows, and the values of each row, repeated."""
    numbers = np.asarray(concrete(convert.convert_to_tensor(multiples), "tile")).reshape(-1).tolist()
    if len(numbers) != rank_of(input):
        raise IndexError(f"tf.tile: expected {rank_of(input)} multiples, one per axis, received {numbers}.")
    first, second, *rest = numbers
    inner = input.values
    if any(size != 1 for size in rest):
        deeper = (1, *rest)
        input = input.with_values(
            tile(inner, deeper) if isinstance(inner, RaggedTensor) else joining.tile(inner, deeper)
        )
    if second == 0:
        input = getitem(input, (slice(None), slice(0, 0)))
    out = concat([input] * second, 1) if second > 1 else input
    if first == 0:
        return gather_rows(out, ints(np.zeros(0)))
    return concat([out] * first, 0) if first > 1 else out


def _ragged(value: Any, rank: int, splits: Any) -> RaggedTensor:
    if isinstance(value, RaggedTensor):
        return value
    made = RaggedTensor.from_tensor(convert.convert_to_tensor(value), ragged_rank=rank, row_splits_dtype=splits)
    return _without_lengths(made)


def _without_lengths(ragged: Any) -> Any:
    """The same without saying that rows have one length."""
    if not isinstance(ragged, RaggedTensor):
        return ragged
    return RaggedTensor(_without_lengths(ragged.values), ragged.row_splits)


def _made_ragged(values: Sequence[Any]) -> list[RaggedTensor]:
    kinds = {each.row_splits.dtype for each in values if isinstance(each, RaggedTensor)}
    if len(kinds) > 1:
        raise ValueError(
            "tf.concat of ragged tensors: Input RaggedTensors have mismatched row_splits dtypes; use "
            "RaggedTensor.with_row_splits_dtype() to convert them."
        )
    rank = max(each.ragged_rank for each in values if isinstance(each, RaggedTensor))
    return [_ragged(each, rank, next(iter(kinds))) for each in values]


def concat(values: Sequence[Any], axis: Any) -> Any:
    """Ragged tensors joined along an axis."""
    if len(values) == 1:
        return values[0]
    parts = _made_ragged(values)
    axis = checked_axis("concat", axis, rank_of(parts[0]))
    if axis == 0:
        inner = [part.values for part in parts]
        joined = concat(inner, 0) if any(isinstance(i, RaggedTensor) for i in inner) else joining.concat(inner, 0)
        lengths = np.concatenate([np.diff(host(part.row_splits)) for part in parts])
        return RaggedTensor.from_row_lengths(joined, parts[0]._ints(lengths), validate=False)
    if axis == 1:
        counts = {part.nrows_known() for part in parts}
        if len(counts) != 1:
            raise errors.InvalidArgumentError(f"tf.concat of ragged tensors: numbers of rows differ: {sorted(counts)}.")
        stacked = concat(parts, 0)
        count = counts.pop()
        order = np.arange(count * len(parts)).reshape(len(parts), count).T.reshape(-1)
        mixed = gather_rows(stacked, ints(order))
        lengths = np.sum([np.diff(host(part.row_splits)) for part in parts], axis=0)
        return RaggedTensor.from_row_lengths(mixed.values, parts[0]._ints(lengths), validate=False)
    inner = [part.values for part in parts]
    joined = concat(inner, axis - 1) if isinstance(inner[0], RaggedTensor) else joining.concat(inner, axis - 1)
    return parts[0].with_values(joined)


def stack(values: Sequence[Any], axis: Any) -> RaggedTensor:
    """Ragged tensors stacked along a new axis."""
    if not any(isinstance(each, RaggedTensor) for each in values):
        parts = [_ragged(each, max(len(each.shape) - 1, 1), np.int64) for each in values]
    else:
        parts = _made_ragged(values)
    rank = rank_of(parts[0])
    axis = int(concrete(convert.convert_to_tensor(axis), "stack"))
    axis = axis + rank + 1 if axis < 0 else axis
    if len(parts) == 1:
        return _without_lengths(expand_dims(parts[0], axis))
    return concat([expand_dims(part, axis) for part in parts], axis)


def split(value: RaggedTensor, num_or_size_splits: Any, axis: Any = 0, num: Any = None, name: str | None = None) -> Any:
    """`tf.split` of a ragged tensor by rows, or along an inner axis of one size."""
    at = checked_axis("split", axis, rank_of(value))
    if at > value.ragged_rank:
        pieces = joining.split(value.flat_values, num_or_size_splits, at - value.ragged_rank)
        return [value.with_flat_values(piece) for piece in pieces]
    if at:
        raise ValueError(f"tf.split: axis {at} of a ragged tensor is ragged.")
    rows = value.nrows_known()
    sizes = np.asarray(concrete(convert.convert_to_tensor(num_or_size_splits), "split"))
    if not sizes.ndim:
        if int(sizes) < 1 or rows % int(sizes):
            raise errors.InvalidArgumentError(f"tf.split: {rows} rows cannot be split into {sizes} equal parts.")
        sizes = np.full(int(sizes), rows // int(sizes))
    if sizes.sum() != rows:
        raise errors.InvalidArgumentError(f"tf.split: sizes {sizes.tolist()} are not {rows} rows together.")
    ends = np.cumsum(sizes)
    return [getitem(value, slice(int(end - size), int(end))) for size, end in zip(sizes, ends, strict=True)]


def matmul(
    a: Any, b: Any, transpose_a: bool = False, transpose_b: bool = False, adjoint_a: bool = False,
    adjoint_b: bool = False, **_: Any,
) -> Any:  # fmt: skip
    """Batches of matrices of different sizes, multiplied matrix by matrix."""
    from addax.ops.products import matmul as dense_matmul

    if len(a.shape) != len(b.shape) or len(a.shape) < 3:
        raise ValueError(
            errors.message(
                "tf.matmul of ragged tensors", expected="two batches of matrices, of one rank of at least 3",
                received=f"shapes {a.shape} and {b.shape}",
            )
        )  # fmt: skip
    if len(a.shape) > 3:
        ragged = a if isinstance(a, RaggedTensor) else b
        inner = matmul(a.values, b.values, transpose_a, transpose_b, adjoint_a, adjoint_b)
        return ragged.with_values(inner)
    flipped_a, flipped_b = transpose_a or adjoint_a, transpose_b or adjoint_b
    sizes_a, sizes_b = _sizes(a), _sizes(b)
    rows, common_a = (sizes_a[1], sizes_a[0]) if flipped_a else sizes_a
    common_b, columns = (sizes_b[1], sizes_b[0]) if flipped_b else sizes_b
    if len(common_a) != len(common_b) or (common_a != common_b).any():
        raise errors.InvalidArgumentError(
            f"tf.matmul: inner sizes differ: {common_a.tolist()} and {common_b.tolist()}."
        )
    product = dense_matmul(_padded(a), _padded(b), transpose_a, transpose_b, adjoint_a, adjoint_b)
    ragged_rows = _is_ragged(a, 2 if flipped_a else 1)
    ragged_columns = _is_ragged(b, 1 if flipped_b else 2)
    if ragged_columns:
        each = np.repeat(columns, rows)
        return RaggedTensor.from_tensor(product, lengths=[ints(rows), ints(each)])
    return RaggedTensor.from_tensor(product, lengths=ints(rows)) if ragged_rows else product


def _padded(value: Any) -> Any:
    return value.to_tensor() if isinstance(value, RaggedTensor) else value


def _sizes(value: Any) -> tuple[np.ndarray, np.ndarray]:
    """The rows and columns of each matrix."""
    if not isinstance(value, RaggedTensor):
        shape = tuple(value.shape)
        return np.full(shape[0], shape[1]), np.full(shape[0], shape[2])
    rows = np.diff(host(value.row_splits))
    if not isinstance(value.values, RaggedTensor):
        return rows, np.full(len(rows), value.values.shape[1])
    lengths, splits = np.diff(host(value.values.row_splits)), host(value.row_splits)
    columns = [set(lengths[a:b].tolist()) for a, b in zip(splits[:-1], splits[1:], strict=True)]
    if any(len(each) > 1 for each in columns):
        raise errors.InvalidArgumentError("tf.matmul: a row of a ragged batch is no matrix: its rows differ in length.")
    return rows, np.array([next(iter(each), 0) for each in columns])


def _is_ragged(value: Any, axis: int) -> bool:
    return isinstance(value, RaggedTensor) and value.shape[axis] is None
