"""Rows and values of ragged tensors picked by number, by slice or by mask."""

from __future__ import annotations

from typing import Any

import numpy as np

from addax.core import convert, errors
from addax.core.static_arguments import concrete
from addax.core.tensor import Tensor
from addax.ops import gathering, joining
from addax.ops.ragged_reductions import rank_of
from addax.ops.ragged_tensor import RaggedTensor, host, ints
from addax.ops.shaping import reshape


def row(ragged: RaggedTensor, index: int) -> Any:
    """One row."""
    splits = host(ragged.row_splits)
    begin, end = int(splits[index]), int(splits[index + 1])
    return (
        getitem(ragged.values, slice(begin, end))
        if isinstance(ragged.values, RaggedTensor)
        else ragged.values[begin:end]
    )


def _taken(values: Any, numbers: np.ndarray) -> Any:
    return (
        gather_rows(values, ints(numbers))
        if isinstance(values, RaggedTensor)
        else gathering.gather(values, ints(numbers))
    )


def gather(params: Any, indices: Any, axis: Any = None, batch_dims: int = 0) -> Any:
    """`tf.gather` where params or indices are ragged."""
    axis = batch_dims if axis is None else int(concrete(convert.convert_to_tensor(axis), "gather"))
    rank = rank_of(params) if isinstance(params, RaggedTensor) else len(params.shape)
    axis = axis % rank
    if batch_dims == 0 and axis == 0:
        if isinstance(indices, RaggedTensor):
            inner = indices.flat_values
            picked = gather_rows(params, inner) if isinstance(params, RaggedTensor) else gathering.gather(params, inner)
            return indices.with_flat_values(picked)
        return gather_rows(params, indices)
    if batch_dims == 0 and isinstance(params, RaggedTensor):
        return _gather_inside(params, indices, axis)
    if batch_dims == 1 and axis == 1:
        return _gather_in_rows(params, indices)
    if batch_dims > 1 and isinstance(params, RaggedTensor) and isinstance(indices, RaggedTensor):
        return params.with_values(gather(params.values, indices.values, axis - 1, batch_dims - 1))
    raise errors.InvalidArgumentError(
        f"tf.gather of a ragged tensor: axis {axis} with batch_dims {batch_dims} is not supported."
    )


def _gather_inside(params: RaggedTensor, indices: Any, axis: int) -> Any:
    """The same items of every row."""
    if axis > 1 or isinstance(indices, RaggedTensor):
        inner = params.values
        if isinstance(inner, RaggedTensor):
            return params.with_values(gather(inner, indices, axis - 1, 0))
        return params.with_values(gathering.gather(inner, indices, axis=axis - 1))
    numbers = host(indices)
    count = params.nrows_known()
    every = ints(np.broadcast_to(numbers, (count, *numbers.shape)))
    return _gather_in_rows(params, every)


def _gather_in_rows(params: Any, indices: Any) -> Any:
    """Items of each row by the row's own numbers."""
    params = params if isinstance(params, RaggedTensor) else RaggedTensor.from_tensor(convert.convert_to_tensor(params))
    dense = not isinstance(indices, RaggedTensor)
    shape = None
    if dense:
        shape = tuple(convert.convert_to_tensor(indices).shape)
        indices = RaggedTensor.from_tensor(reshape(indices, [shape[0], -1]))
    if indices.nrows_known() != params.nrows_known():
        raise errors.InvalidArgumentError(
            f"tf.gather: batch sizes differ: {params.nrows_known()} rows of params, {indices.nrows_known()} of indices."
        )
    begins = host(params.row_splits)[:-1]
    numbers = host(indices.flat_values) + _spread(indices, begins)
    picked = _taken(params.values, numbers)
    if not dense or isinstance(picked, RaggedTensor):
        made = RaggedTensor.from_nested_row_splits(picked, indices.nested_row_splits, validate=False)
        return made
    return reshape(picked, [*shape, *picked.shape[1:]])  # type: ignore[misc]


def _spread(ragged: RaggedTensor, per_row: np.ndarray) -> np.ndarray:
    """A number for each row as one for each innermost value."""
    out = per_row
    for splits in ragged.nested_row_splits:
        out = np.repeat(out, np.diff(host(splits)))
    return out


def gather_rows(ragged: RaggedTensor, indices: Any) -> Any:
    """Rows of a ragged tensor, by number."""
    picked = host(indices)
    count = ragged.nrows_known()
    if picked.size and (picked.min() < 0 or picked.max() >= count):
        raise errors.InvalidArgumentError(f"tf.gather: indices {picked.tolist()} are not in [0, {count})")
    splits = host(ragged.row_splits)
    lengths = np.diff(splits)[picked.reshape(-1)]
    starts = splits[:-1][picked.reshape(-1)]
    where = np.concatenate([np.arange(a, a + n) for a, n in zip(starts, lengths, strict=True)] or [np.zeros(0, int)])
    values = _taken(ragged.values, where)
    out = RaggedTensor(values, ragged._ints(np.concatenate([[0], np.cumsum(lengths)])), ragged._uniform)
    for i in reversed(range(1, picked.ndim)):
        number = int(np.prod(picked.shape[:i]))
        out = RaggedTensor(out, ragged._ints(np.arange(number + 1) * picked.shape[i]))
    return out if picked.ndim else row(out, 0)


def gather_nd(params: Any, indices: Any, batch_dims: Any = 0, **_: Any) -> Any:
    """Items of a ragged tensor by index vectors."""
    if isinstance(indices, RaggedTensor):
        return indices.with_flat_values(gathering.gather_nd(params, indices.flat_values, batch_dims))
    if batch_dims:
        raise ValueError("tf.gather_nd: batch_dims must be 0 for ragged params.")
    known = host(indices)
    lead, depth = known.shape[:-1], known.shape[-1]
    if not lead:
        known, lead = known[None], (1,)
    if depth == 0:
        from addax.ops import ragged_joining  # which builds on this file

        whole = params
        for size in reversed(lead):
            whole = ragged_joining.stack([whole] * size, 0)
        return whole
    at, inner = known[..., 0].reshape(-1), params
    for level in range(1, depth):
        if not isinstance(inner, RaggedTensor):
            rest = np.concatenate([at[:, None], known[..., level:].reshape(len(at), -1)], 1)
            found = gathering.gather_nd(inner, ints(rest))
            return reshape(found, [*lead, *found.shape[1:]])
        at = host(inner.row_splits)[at] + known[..., level].reshape(-1)
        inner = inner.values
    if isinstance(inner, RaggedTensor):
        return gather_rows(inner, ints(at.reshape(lead)))
    return gathering.gather(inner, ints(at.reshape(lead)))


def places(condition: RaggedTensor, x: Any = None, y: Any = None, **_: Any) -> Tensor:
    """`tf.where(condition)`: where the values are true, int64 (n, rank)."""
    found = condition.to_sparse()
    true = concrete(found.values, "where").astype(bool)
    return gathering.gather(found.indices, ints(np.flatnonzero(true)))


def dynamic_partition(data: Any, partitions: Any, num_partitions: Any, **_: Any) -> list[Any]:
    """`tf.dynamic_partition` of ragged data by row, or by value."""
    count = int(concrete(convert.convert_to_tensor(num_partitions), "dynamic_partition"))
    if isinstance(partitions, RaggedTensor):
        if not isinstance(data, RaggedTensor):
            data = RaggedTensor.from_tensor(convert.convert_to_tensor(data), ragged_rank=partitions.ragged_rank)
        return gathering.dynamic_partition(data.flat_values, partitions.flat_values, count)
    groups = host(partitions)
    if groups.ndim != 1:
        raise ValueError("tf.dynamic_partition: partitions of ragged data have to be a vector, or ragged.")
    return [gather_rows(data, ints(np.flatnonzero(groups == i))) for i in range(count)]


def dropout(x: RaggedTensor, rate: Any, noise_shape: Any = None, seed: Any = None, name: str | None = None) -> Any:
    """`tf.nn.dropout` of the values."""
    from addax.ops.nn import dropout as dense_dropout

    if noise_shape is not None:
        raise ValueError("tf.nn.dropout: noise_shape is not supported for ragged tensors.")
    return x.with_flat_values(dense_dropout(x.flat_values, rate, seed=seed))


# ---------------------------------------------------------------------------- indexing


def getitem(ragged: RaggedTensor, key: Any) -> Any:
    """`ragged[key]`: ints, slices, None and ellipsis; a ragged dimension takes slices."""
    items = key if isinstance(key, tuple) else (key,)
    if any(item is Ellipsis for item in items):
        spot = next(i for i, item in enumerate(items) if item is Ellipsis)
        spare = rank_of(ragged) - sum(1 for item in items if item is not None and item is not Ellipsis)
        items = (*items[:spot], *[slice(None)] * spare, *items[spot + 1 :])
    for item in items:
        if isinstance(item, str | float):
            raise TypeError(f"ragged[...]: expected ints, slices, None or an ellipsis, received {item!r}.")
    if not items:
        return ragged
    first, rest = items[0], items[1:]
    if first is None:
        return _expanded(getitem(ragged, rest) if rest else ragged, 0)
    count = ragged.nrows_known()
    if isinstance(first, slice):
        bounds = [None if part is None else int(part) for part in (first.start, first.stop, first.step)]
        rows = np.arange(count)[slice(*bounds)]
        out = ragged if len(rows) == count and bounds[2] in (None, 1) else gather_rows(ragged, ints(rows))
        return _inside(out, rest) if rest else out
    index = int(host(first))
    if not -count <= index < count:
        raise IndexError(f"x[...]: slice index {index} of dimension 0 out of bounds: there are {count} rows")
    found = row(ragged, index % count)
    return found[rest if len(rest) > 1 else rest[0]] if rest else found


def _expanded(out: Any, axis: int) -> Any:
    from addax.ops import ragged_joining  # which builds on this file

    return ragged_joining.expand_dims(out, axis)


def _inside(ragged: RaggedTensor, items: tuple[Any, ...]) -> Any:
    """Indexing of each row."""
    first, rest = items[0], items[1:]
    if first is None:
        return _expanded(_inside(ragged, rest) if rest else ragged, 1)
    inner = ragged.values
    if not isinstance(first, slice):
        if ragged._uniform is None:
            raise ValueError(f"Cannot index into an inner ragged dimension: {first!r}; use a slice, or to_tensor().")
        index = int(host(first))
        if not -ragged._uniform <= index < ragged._uniform:
            raise IndexError(f"x[:, {index}]: out of bounds for rows of length {ragged._uniform}.")
        found = _taken(inner, np.arange(ragged.nrows_known()) * ragged._uniform + index % ragged._uniform)
        if not rest:
            return found
        return _inside(found, rest) if isinstance(found, RaggedTensor) else found[(slice(None), *rest)]
    bounds = [None if part is None else int(part) for part in (first.start, first.stop, first.step)]
    splits = host(ragged.row_splits)
    wheres = [np.arange(a, b)[slice(*bounds)] for a, b in zip(splits[:-1], splits[1:], strict=True)]
    if bounds == [None, None, None]:
        out, values = ragged, inner
    else:
        values = _taken(inner, np.concatenate(wheres or [np.zeros(0, int)]))
        out = RaggedTensor.from_row_lengths(values, ragged._ints([len(each) for each in wheres]), validate=False)
    if not rest:
        return out
    return out.with_values(_inside(values, rest) if isinstance(values, RaggedTensor) else values[(slice(None), *rest)])


def reverse(tensor: RaggedTensor, axis: Any, **_: Any) -> RaggedTensor:
    """Rows, or the values of each row, in the opposite order."""
    axes = np.asarray(concrete(convert.convert_to_tensor(axis), "reverse")).reshape(-1).tolist()
    out: Any = tensor
    for each in (a % rank_of(tensor) for a in axes):
        if each == 0:
            out = gather_rows(out, ints(np.arange(out.nrows_known())[::-1]))
        elif each == 1:
            out = _inside(out, (slice(None, None, -1),))
        else:
            inner = out.values
            out = out.with_values(
                reverse(inner, [each - 1]) if isinstance(inner, RaggedTensor) else joining.reverse(inner, [each - 1])
            )
    return out
