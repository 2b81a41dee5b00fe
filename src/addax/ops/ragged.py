"""`tf.ragged`: functions that make ragged tensors and work on their rows."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from addax.core import convert, dtypes, errors
from addax.core.tensor import Tensor
from addax.ops import ragged_joining, ragged_ops, ragged_picking, ragged_reductions
from addax.ops.gathering import boolean_mask as dense_mask
from addax.ops.gathering import gather
from addax.ops.joining import stack as dense_stack
from addax.ops.ragged_tensor import RaggedTensor, host, ints
from addax.ops.shaping import reshape


def constant(
    pylist: Any,
    dtype: Any = None,
    ragged_rank: int | None = None,
    inner_shape: Any = None,
    name: str | None = None,
    row_splits_dtype: Any = dtypes.int64,
) -> Any:
    """A ragged tensor of nested lists.

    Args:
        pylist: nested lists, tuples or arrays.
        dtype: the element type; by default that of the data.
        ragged_rank: how many ragged dimensions; by default all but the first (or as inner_shape leaves).
        inner_shape: the shape of what is not ragged, inside.
        name: ignored.
        row_splits_dtype: tf.int64 or tf.int32.

    Raises:
        ValueError: lists of different depth.

    >>> import addax as tf
    >>> tf.ragged.constant([[1, 2], [3]])
    <tf.RaggedTensor [[1, 2], [3]]>
    """
    scalars, deepest = _depths(pylist)
    depth = max(deepest, (ragged_rank or 0) + 1) if scalars is None else scalars
    if depth == 0:
        if ragged_rank:
            raise ValueError(
                f"tf.ragged.constant: Invalid pylist={pylist!r}: incompatible with ragged_rank={ragged_rank}."
            )
        return convert.constant(pylist, dtype)
    inner = None if inner_shape is None else tuple(inner_shape) if not isinstance(inner_shape, int) else (inner_shape,)
    if ragged_rank is None:
        ragged_rank = max(depth - 1 - len(inner or ()), 0)
    if ragged_rank >= depth and depth:
        raise ValueError(f"tf.ragged.constant: pylist has depth {depth}, too little for ragged_rank {ragged_rank}.")
    kind = dtypes.as_dtype(row_splits_dtype).np
    rows: list[Any] = _listed(pylist)
    splits = []
    for _ in builtins.range(ragged_rank):
        splits.append(ints(np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int64), kind))
        rows = [item for row in rows for item in row]
    if not rows and dtype is None:
        flat = convert.constant(np.zeros((0, *(inner or ())), np.float32))
    else:
        flat = convert.constant(rows, dtype)
    if not rows and inner:
        flat = convert.constant(np.zeros((0, *inner), np.float32), dtype)
    if inner is not None and tuple(flat.shape)[1:] != inner:
        raise ValueError(
            f"tf.ragged.constant: Invalid pylist={pylist!r:.80}: incompatible with inner_shape={inner}: the values "
            f"have shape {tuple(flat.shape)[1:]}."
        )
    return RaggedTensor.from_nested_row_splits(flat, splits, validate=False)


def _listed(pylist: Any) -> list[Any]:
    """Nested lists, with arrays made lists too."""
    if isinstance(pylist, np.ndarray):
        pylist = pylist.tolist()
    return [_listed(each) if isinstance(each, np.ndarray | list | tuple) else each for each in pylist]


def _depths(pylist: Any) -> tuple[int | None, int]:
    """(how deep scalars stand, None without any; how deep lists are nested)."""
    if isinstance(pylist, np.ndarray) and pylist.dtype != object:
        return (pylist.ndim if pylist.size else None), pylist.ndim
    if isinstance(pylist, str | bytes) or not isinstance(pylist, list | tuple | np.ndarray):
        return 0, 0
    parts = [_depths(item) for item in pylist]
    scalars = {scalar for scalar, _ in parts if scalar is not None}
    deepest = 1 + max((depth for _, depth in parts), default=0)
    if len(scalars) > 1 or (scalars and deepest > next(iter(scalars)) + 1):
        raise ValueError("tf.ragged.constant: all scalar values must have the same nesting depth")
    return (next(iter(scalars)) + 1 if scalars else None), deepest


def map_flat_values(op: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """`op` on the flat values of ragged tensors, which must have the same rows.

    >>> import addax as tf
    >>> tf.ragged.map_flat_values(tf.square, tf.ragged.constant([[1, 2], [3]]))
    <tf.RaggedTensor [[1, 4], [9]]>
    """
    every = [each for each in (*args, *kwargs.values()) if isinstance(each, RaggedTensor)]
    if not every:
        return op(*args, **kwargs)
    first = every[0]

    def flat(each: Any) -> Any:
        return _same(each, first) if isinstance(each, RaggedTensor) else each

    def _same(each: RaggedTensor, first: RaggedTensor) -> Any:
        if each.ragged_rank != first.ragged_rank:
            raise ValueError("tf.ragged.map_flat_values: All ragged inputs must have the same ragged_rank.")
        return ragged_ops.fitted_to(each, first)

    out = op(*[flat(each) for each in args], **{key: flat(each) for key, each in kwargs.items()})
    return first.with_flat_values(out)


def range(  # noqa: A001  (TensorFlow's name)
    starts: Any,
    limits: Any = None,
    deltas: Any = 1,
    dtype: Any = None,
    name: str | None = None,
    row_splits_dtype: Any = dtypes.int64,
) -> RaggedTensor:
    """Rows of numbers, each from a start to a limit.

    Args:
        starts: a tensor of starts; with one argument, of limits.
        limits: a tensor of ends, not included.
        deltas: a tensor of steps.
        dtype: the element type.
        name: ignored.
        row_splits_dtype: tf.int64 or tf.int32.

    >>> import addax as tf
    >>> tf.ragged.range([2, 0, 1])
    <tf.RaggedTensor [[0, 1], [], [0]]>
    """
    if limits is None:
        starts, limits = 0, starts
    wanted = None if dtype is None else dtypes.as_dtype(dtype).np
    parts = [host(convert.convert_to_tensor(each)) for each in (starts, limits, deltas)]
    floats = [part.dtype for part in parts if part.dtype.kind == "f"]
    kind = wanted or (np.result_type(*floats) if floats else np.result_type(*[part.dtype for part in parts]))
    sizes = {part.size for part in parts if part.ndim}
    if any(part.ndim > 1 for part in parts) or len(sizes) > 1:
        raise errors.InvalidArgumentError(
            errors.message(
                "tf.ragged.range", expected="starts, limits and deltas as scalars or vectors of one size",
                received=[part.shape for part in parts],
            )
        )  # fmt: skip
    begin, end, step = np.broadcast_arrays(*[np.atleast_1d(part) for part in parts])
    if (step == 0).any():
        raise errors.InvalidArgumentError("tf.ragged.range: Requires delta != 0")
    rows = [np.arange(a, b, d, dtype=kind) for a, b, d in zip(begin, end, step, strict=True)]
    flat = convert.constant(np.concatenate(rows or [np.zeros(0, kind)]).astype(kind))
    lengths = ints([len(row) for row in rows], dtypes.as_dtype(row_splits_dtype).np)
    return RaggedTensor.from_row_lengths(flat, lengths, validate=False)


def stack(values: Sequence[Any], axis: int = 0, name: str | None = None) -> Any:
    """Tensors of different shapes as one ragged tensor.

    >>> import addax as tf
    >>> tf.ragged.stack([[1, 2], [3]])
    <tf.RaggedTensor [[1, 2], [3]]>
    """
    if isinstance(values, Tensor):
        values = [values]
    made = [each if isinstance(each, RaggedTensor) else convert.convert_to_tensor(each) for each in values]
    if not made:
        raise ValueError("tf.ragged.stack: values must not be empty.")
    ranks = {len(each.shape) for each in made}
    if len(ranks) > 1:
        raise ValueError(f"tf.ragged.stack: expected tensors of one rank, received ranks {sorted(ranks)}.")
    rank = ranks.pop()
    if not rank:
        return dense_stack(made, axis)
    if rank == 1 and axis in (0, -2):
        return ragged_joining.joining_rows(made, np.int32)
    deep = [
        each if isinstance(each, RaggedTensor) else RaggedTensor.from_tensor(each, ragged_rank=max(rank - 1, 1))
        for each in made
    ]
    return ragged_joining.stack(deep, axis)


def boolean_mask(data: Any, mask: Any, name: str | None = None) -> Any:
    """The values where the mask is true; a mask of rank n keeps the rows of its first n - 1 axes.

    >>> import addax as tf
    >>> tf.ragged.boolean_mask([[1, 2], [3, 4]], [[True, False], [True, True]])
    <tf.RaggedTensor [[1], [3, 4]]>
    """
    if not isinstance(mask, RaggedTensor):
        mask = convert.convert_to_tensor(mask)
    if not isinstance(data, RaggedTensor):
        data = convert.convert_to_tensor(data)
    if mask.dtype.name != "bool":
        raise TypeError(errors.message("tf.ragged.boolean_mask", expected="a bool mask", received={"mask": mask}))
    if isinstance(mask, Tensor) and len(mask.shape) == 1:
        if isinstance(data, RaggedTensor):
            return ragged_picking.gather_rows(data, ints(np.flatnonzero(host(mask))))
        return dense_mask(data, mask)
    if isinstance(mask, Tensor):
        mask = RaggedTensor.from_tensor(mask, ragged_rank=len(mask.shape) - 1)
    if isinstance(data, Tensor):
        data = RaggedTensor.from_tensor(data, ragged_rank=mask.ragged_rank)
    lengths = ragged_reductions.reduce(
        mask.with_flat_values(_as_ints(mask.flat_values)), "sum", mask.ragged_rank, False
    )
    inner: Any = data
    for _ in builtins.range(mask.ragged_rank):
        inner = inner.values
    kept = boolean_mask(inner, mask.flat_values)
    flat_lengths = lengths.flat_values if isinstance(lengths, RaggedTensor) else lengths
    out = RaggedTensor.from_row_lengths(kept, flat_lengths, validate=False)
    for splits in reversed(mask.nested_row_splits[:-1]):
        out = RaggedTensor.from_row_splits(out, splits, validate=False)
    return out


def _as_ints(flags: Tensor) -> Tensor:
    return ints(host(flags))


def row_splits_to_segment_ids(splits: Any, name: str | None = None, out_type: Any = None) -> Tensor:
    """The row of each value.

    >>> import addax as tf
    >>> tf.ragged.row_splits_to_segment_ids([0, 2, 3]).numpy().tolist()
    [0, 0, 1]
    """
    made = convert.convert_to_tensor(splits) if isinstance(splits, Tensor) else ints(np.asarray(splits))
    kind = made._value.dtype if out_type is None else dtypes.as_dtype(out_type).np
    lengths = np.diff(host(made))
    return ints(np.repeat(np.arange(len(lengths)), lengths), kind)


def segment_ids_to_row_splits(
    segment_ids: Any, num_segments: Any = None, out_type: Any = None, name: str | None = None
) -> Tensor:
    """Where rows begin and end, from the row of each value.

    >>> import addax as tf
    >>> tf.ragged.segment_ids_to_row_splits([0, 0, 2]).numpy().tolist()
    [0, 2, 2, 3]
    """
    given = segment_ids if isinstance(segment_ids, Tensor) else ints(np.asarray(segment_ids, np.int64))
    rows = host(given)
    kind = given._value.dtype if out_type is None else dtypes.as_dtype(out_type).np
    count = (int(rows.max()) + 1 if rows.size else 0) if num_segments is None else int(host(num_segments))
    return ints(np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=count))]), kind)


def stack_dynamic_partitions(data: Any, partitions: Any, num_partitions: Any, name: str | None = None) -> RaggedTensor:
    """The rows of `data` grouped by number.

    >>> import addax as tf
    >>> tf.ragged.stack_dynamic_partitions(["a", "b", "c"], [1, 0, 1], 2)
    <tf.RaggedTensor [[b'b'], [b'a', b'c']]>
    """

    if isinstance(partitions, RaggedTensor):
        kind, data, partitions = partitions.row_splits._value.dtype, data.flat_values, partitions.flat_values
    else:
        partitions = convert.convert_to_tensor(partitions)
        kind = partitions._value.dtype
        if len(partitions.shape) > 1 and not isinstance(data, RaggedTensor):
            data = convert.convert_to_tensor(data)
            data = reshape(data, [-1, *data.shape[len(partitions.shape) :]])
    groups = host(partitions).reshape(-1)
    count = int(host(num_partitions))
    if groups.size and (groups.min() < 0 or groups.max() >= count):
        raise errors.InvalidArgumentError(f"tf.ragged.stack_dynamic_partitions: partitions must be in [0, {count}).")
    order = ints(np.argsort(groups, kind="stable"))
    if isinstance(data, RaggedTensor):
        values: Any = ragged_picking.gather_rows(data, order)
        kind = data.row_splits._value.dtype
    else:
        values = gather(convert.convert_to_tensor(data), order)
    return RaggedTensor.from_row_lengths(values, ints(np.bincount(groups, minlength=count), kind), validate=False)
