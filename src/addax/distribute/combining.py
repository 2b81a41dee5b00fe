"""Values of replicas as one: sums, means, and one after another."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from addax.core import convert
from addax.core.indexed_slices import IndexedSlices
from addax.core.tensor import Tensor
from addax.core.variable import VariableAggregation
from addax.distribute.reduce_op import ReduceOp
from addax.distribute.values import PerReplica, is_distributed
from addax.ops import joining, reductions, sums
from addax.ops.casting import cast


def tensor(value: Any) -> Tensor:
    """A tensor of a value."""
    return convert.convert_to_tensor(value)


def reduced(reduce_op: ReduceOp, values: list[Any]) -> Any:
    """The sum or mean of tensors, or of `tf.IndexedSlices` (whose rows stay side by side)."""
    if any(isinstance(value, IndexedSlices) for value in values):
        return _reduced_slices(reduce_op, values)
    values = [convert.convert_to_tensor(value) for value in values]
    total = sums.add_n(values) if len(values) > 1 else values[0]
    return total if reduce_op is ReduceOp.SUM else total / len(values)


def _reduced_slices(reduce_op: ReduceOp, slices: list[Any]) -> IndexedSlices:
    values = joining.concat([each.values for each in slices], 0)
    if reduce_op is ReduceOp.MEAN:
        values = values / len(slices)
    return IndexedSlices(values, joining.concat([each.indices for each in slices], 0), slices[0].dense_shape)


def joined(values: list[Any], axis: int) -> Tensor:
    """Tensors one after another along an axis."""
    if not values[0].shape.rank:
        raise ValueError(f"all_gather, gather: expected values of rank 1 or more, received scalars {values[0]!r:.80}.")
    return joining.concat(values, axis)


def size_along(value: Tensor, axis: int) -> Tensor:
    """The size of a tensor along an axis, as a vector of one."""
    return convert.convert_to_tensor([value.shape[axis]])


def part(value: Tensor, sizes: Tensor, number: int, axis: int) -> Tensor:
    """The part of a joined tensor that one replica brought."""
    counts = [int(size) for size in sizes.numpy()]
    start = sum(counts[:number])
    array = jnp.take(value._value, jnp.arange(start, start + counts[number]), axis=axis)
    return Tensor(array)


def scatter_reduction(aggregation: Any, name: str) -> ReduceOp:
    """How rows that replicas scatter into a variable come together."""
    if aggregation is VariableAggregation.ONLY_FIRST_REPLICA:
        raise NotImplementedError(f"Variable '{name}': scatter with aggregation ONLY_FIRST_REPLICA inside replicas.")
    return ReduceOp.from_variable_aggregation(aggregation)


def aggregated(strategy: Any, aggregation: Any, value: Any) -> Any:
    """What is assigned to a variable when replicas want to assign `value` (distributed, or the same object).

    Raises:
        ValueError: a sum of what is no distributed value.
    """
    if aggregation is VariableAggregation.ONLY_FIRST_REPLICA:
        return value.values[0] if is_distributed(value) else value
    return reduce_to_one(strategy, ReduceOp.from_variable_aggregation(aggregation), value)


def reduce_to_one(strategy: Any, reduce_op: ReduceOp, value: Any) -> Any:
    """A value of all replicas as one; what is no distributed value stands for itself where that is clear.

    Raises:
        ValueError: a sum over several replicas of what is no distributed value.
    """
    if isinstance(value, PerReplica) and value.is_stacked:  # on the devices, side by side
        total = reductions.reduce_sum(value.stacked(), axis=0)
        return total if reduce_op is ReduceOp.SUM else total / len(strategy)
    if is_distributed(value):
        return reduced(reduce_op, list(value.values))
    if reduce_op is ReduceOp.MEAN or len(strategy) == 1:
        return tensor(value) if not isinstance(value, IndexedSlices) else value
    if isinstance(value, int | float) and value == 0:
        return tensor(value)
    raise ValueError(f"A non-DistributedValues value {value} cannot be reduced with the given reduce op {reduce_op}.")


def reduced_over(strategy: Any, reduce_op: ReduceOp, value: Any, axis: Any) -> Any:
    """A value of all replicas reduced over an axis of each, and over the replicas."""
    parts = [convert.convert_to_tensor(each) for each in strategy.experimental_local_results(value)]
    if not is_distributed(value):
        parts = parts * len(strategy)
    axes = list(axis) if isinstance(axis, list | tuple) else [axis]
    for each in parts:
        if each.shape.rank is not None and any(one >= each.shape.rank for one in axes):
            raise ValueError(
                f"`axis` = {axis} was specified in the reduce() call, but the value has rank {each.shape.rank}."
            )
    total = reduced(ReduceOp.SUM, [reductions.reduce_sum(each, axis=axis) for each in parts])
    if reduce_op is ReduceOp.SUM:
        return total
    count = 0
    for each in parts:
        size = 1
        for one in axes:
            size *= each.shape[one]
        count += size
    return total / cast(tensor(count), total.dtype)
