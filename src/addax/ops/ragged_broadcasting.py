"""Ragged shapes: what two broadcast to, and values that are made or reshaped to one.

Dimensions meet from the right, as dense ones do. A dimension that is said to have size 1 (a uniform one) repeats; row
lengths of ragged ones have to be the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from addax.core import convert, errors
from addax.ops import creation, shaping
from addax.ops.dynamic_ragged_shape import DynamicRaggedShape, flattened
from addax.ops.gathering import gather
from addax.ops.ragged_tensor import RaggedTensor, ints
from addax.ops.row_partition import RowPartition

__all__ = ["broadcast_shapes", "broadcast_to", "call", "reshape"]


def _is_one(part: RowPartition) -> bool:
    return part.uniform == 1


def _met(a: DynamicRaggedShape, b: DynamicRaggedShape, axis: int) -> errors.InvalidArgumentError:
    return errors.InvalidArgumentError(
        errors.message(
            f"ragged shapes cannot be broadcast (Condition x == y did not hold): they differ in dimension {axis}",
            expected="the same row lengths, or a uniform dimension of size 1",
            received=f"{a} and {b}",
        )
    )


class _Walk:
    """A shape walked from the outside in: which of its rows stands at each row of the result."""

    def __init__(self, shape: DynamicRaggedShape) -> None:
        self.shape = shape
        self.rows = np.arange(shape.outer_size)

    def lengths(self, level: int) -> np.ndarray:
        return self.shape.row_partitions[level].lengths[self.rows]

    def down(self, level: int, lengths: np.ndarray) -> None:
        part = self.shape.row_partitions[level]
        begins = np.repeat(part.splits[:-1][self.rows], lengths)
        if not _is_one(part):
            begins = begins + np.arange(int(lengths.sum())) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        self.rows = begins


def _outermost(a: _Walk, b: _Walk) -> int:
    one, other = a.shape.outer_size, b.shape.outer_size
    if one != other and 1 not in (one, other):
        raise _met(a.shape, b.shape, 0)
    size = one if other == 1 else other
    for walk, count in ((a, one), (b, other)):
        if count != size:
            walk.rows = np.zeros(size, int)
    return size


def _level(a: _Walk, b: _Walk, level: int, dtype: Any) -> RowPartition:
    one, other = a.shape.row_partitions[level], b.shape.row_partitions[level]
    mine, its = a.lengths(level), b.lengths(level)
    if _is_one(one):
        taken, uniform = its, other.uniform
    elif _is_one(other):
        taken, uniform = mine, one.uniform
    elif np.array_equal(mine, its):
        taken, uniform = mine, None if other.uniform is None else one.uniform
    else:
        raise _met(a.shape, b.shape, level + 1)
    for walk in (a, b):
        walk.down(level, taken)
    return RowPartition.of(np.concatenate([[0], np.cumsum(taken)]).astype(dtype), uniform)


def _aligned(shapes: Sequence[DynamicRaggedShape]) -> list[DynamicRaggedShape]:
    """The shapes with the same number of dimensions, and of row partitions."""
    rank = max(shape.rank for shape in shapes)
    deep = [shape.with_leading_ones(rank - shape.rank) for shape in shapes]
    count = max(shape.num_row_partitions for shape in deep)
    return [shape.with_row_partitions(count) for shape in deep]


def broadcast_shapes(x: DynamicRaggedShape, y: DynamicRaggedShape) -> DynamicRaggedShape:
    """The shape that two shapes broadcast to.

    Raises:
        InvalidArgumentError: they do not fit.
    """
    if not x.rank or not y.rank:
        return x if x.rank else y
    one, other = (_Walk(shape) for shape in _aligned([x, y]))
    size = _outermost(one, other)
    dtype = x.dtype.np
    parts = [_level(one, other, level, dtype) for level in range(one.shape.num_row_partitions)]
    inner = _dense(one.shape.inner_sizes[1:], other.shape.inner_sizes[1:], one.shape, other.shape)
    return DynamicRaggedShape(parts, [parts[-1].static_nvals if parts else size, *inner], x.dtype)


def _dense(mine: Sequence[int], its: Sequence[int], a: DynamicRaggedShape, b: DynamicRaggedShape) -> list[Any]:
    try:
        return list(np.broadcast_shapes(tuple(mine), tuple(its)))
    except ValueError:
        wrong = next(i for i, (x, y) in enumerate(zip(mine, its, strict=True)) if x != y and 1 not in (x, y))
        raise _met(a, b, a.rank - len(mine) + wrong) from None


def broadcast_to(value: Any, shape: DynamicRaggedShape) -> Any:
    """A tensor repeated along dimensions of size 1, and new ones, up to a ragged shape.

    Raises:
        InvalidArgumentError: it does not fit.
    """
    if not isinstance(value, RaggedTensor):
        value = convert.convert_to_tensor(value)
    have = DynamicRaggedShape.from_tensor(value)
    if have.rank > shape.rank:
        raise ValueError(f"tf.broadcast_to: a tensor of shape {have} has more dimensions than {shape}.")
    if not shape.num_row_partitions and not have.num_row_partitions:
        return shaping.broadcast_to(value, list(shape.inner_sizes))
    mine, wanted = _aligned([have, shape])
    one, other = _Walk(mine), _Walk(wanted)
    if _outermost(one, other) != wanted.outer_size:
        raise _met(have, shape, 0)
    for level in range(wanted.num_row_partitions):
        part = _level(one, other, level, wanted.dtype.np)
        if not np.array_equal(part.splits, wanted.row_partitions[level].splits):
            raise _met(have, shape, level + 1)
    inner = _dense(mine.inner_sizes[1:], wanted.inner_sizes[1:], have, shape)
    if inner != list(wanted.inner_sizes[1:]):
        raise _met(have, shape, shape.rank - len(inner))
    flat = flattened(value, mine)
    if not np.array_equal(one.rows, np.arange(mine.inner_sizes[0])):
        flat = gather(flat, ints(one.rows))
    if mine.inner_sizes[1:] != wanted.inner_sizes[1:]:
        flat = shaping.broadcast_to(flat, list(wanted.inner_sizes))
    return shape.around(shaping.reshape(flat, list(shape.inner_sizes)))


def reshape(value: Any, shape: DynamicRaggedShape) -> Any:
    """The values of a tensor, in order, as a tensor of a ragged shape.

    Raises:
        InvalidArgumentError: another number of values.
    """
    flat = value.flat_values if isinstance(value, RaggedTensor) else value
    return shape.around(shaping.reshape(flat, list(shape.inner_sizes)))


def together(values: Sequence[Any]) -> list[Any]:
    """Tensors, ragged ones among them, broadcast to one shape."""
    shapes = [DynamicRaggedShape.from_tensor(value) for value in values]
    whole = shapes[0]
    for shape in shapes[1:]:
        whole = broadcast_shapes(whole, shape)
    return [broadcast_to(value, whole) for value in values]


def _made(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function that makes a tensor of a shape, for a ragged one: its values are made first."""

    def make(shape: DynamicRaggedShape, *arguments: Any) -> Any:
        return shape.around(function(list(shape.inner_sizes), *arguments))

    return make


_ZEROS, _ONES, _FILL = _made(creation._zeros), _made(creation._ones), _made(creation.fill)
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "broadcast_to": lambda input, shape: broadcast_to(input, shape),
    "reshape": lambda tensor, shape: reshape(tensor, shape),
    "zeros": lambda shape, dtype: _ZEROS(shape, dtype),
    "ones": lambda shape, dtype: _ONES(shape, dtype),
    "fill": lambda value, dims: _FILL(dims, value),
}


def call(function: Callable[..., Any], arrays: Any, static: Any, made: Any) -> Any:
    """An op with a ragged shape among its arguments."""
    known = _FUNCTIONS.get(made.name)
    if known is None:
        raise ValueError(
            errors.message(
                f"tf.{made.name}", expected="a dense shape", received="a DynamicRaggedShape",
                hint="make the values of shape.inner_shape, then tf.reshape them to the ragged shape",
            )
        )  # fmt: skip
    names = [argument for argument, _ in made.groups]
    given = dict(zip(names, arrays, strict=True)) | dict(zip(made.statics, static, strict=True))
    given.pop("name", None)
    return known(**given)
