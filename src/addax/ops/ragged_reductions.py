"""Reductions, softmax and cumulative sums over ragged tensors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from addax.core import convert, errors
from addax.core.convert import FreeLike
from addax.core.dispatch import op
from addax.core.static_arguments import concrete
from addax.ops import segment
from addax.ops.gathering import gather
from addax.ops.ragged_tensor import RaggedTensor, host, ints
from addax.ops.shaping import expand_dims as dense_expand_dims
from addax.ops.shaping import reshape


@op(name="segment")
def _segment(values: FreeLike, rows: FreeLike, count: int, how: str) -> Any:
    """Groups of values folded; negative rows are left out."""
    rows = jnp.where(rows < 0, count, rows)
    if how in ("any", "all"):
        reduced = jax.ops.segment_max if how == "any" else jax.ops.segment_min
        out = reduced(values.astype(np.int32), rows, count)
        return (out > 0) if how == "any" else (out > 0) | (out == np.iinfo(np.int32).max)
    sizes = jax.ops.segment_sum(jnp.ones(rows.shape, np.int32), rows, count)
    wide = sizes.reshape((count,) + (1,) * (values.ndim - 1))
    if how == "mean":
        if values.dtype.kind in "iu":
            values = values.astype(np.float64)
        return jax.ops.segment_sum(values, rows, count) / wide.astype(values.dtype)
    if how == "safe_mean":
        return jax.ops.segment_sum(values, rows, count) / jnp.maximum(wide, 1).astype(values.dtype)
    if how == "sum":
        return jax.ops.segment_sum(values, rows, count)
    return segment.folded(values, rows, count, how)


def _grouped(values: Any, groups: np.ndarray, count: int, how: str) -> Any:
    """Rows of `values` (a tensor, or ragged) folded into `count` groups, position by position."""
    if not isinstance(values, RaggedTensor):
        return _segment(values, ints(groups), count, how)
    splits = host(values.row_splits)
    lengths = np.diff(splits)
    longest = np.zeros(count, np.int64)
    np.maximum.at(longest, groups[groups >= 0], lengths[groups >= 0])
    begins = np.concatenate([[0], np.cumsum(longest)])
    rows = np.repeat(np.arange(len(lengths)), lengths)
    columns = np.arange(splits[-1]) - splits[rows] if len(rows) else np.zeros(0, np.int64)
    inner = np.where(groups[rows] >= 0, begins[groups[rows]] + columns, -1)
    return RaggedTensor(_grouped(values.values, inner, int(begins[-1]), how), values._ints(begins))


def rank_of(ragged: RaggedTensor) -> int:
    """The number of dimensions."""
    return ragged.ragged_rank + len(ragged.flat_values.shape)


def checked_axis(who: str, axis: Any, rank: int) -> int:
    """An axis counted from the front.

    Raises:
        ValueError: it does not exist.
    """
    axis = int(concrete(convert.convert_to_tensor(axis), who))
    if not -rank <= axis < rank:
        raise ValueError(f"tf.{who}: axis={axis} out of bounds: expected {-rank}<=axis<{rank}.")
    return axis % rank


def reduce(ragged: RaggedTensor, how: str, axis: Any, keepdims: bool) -> Any:
    """A reduction over axes of a ragged tensor."""
    rank = rank_of(ragged)
    if axis is None:
        out = _dense(how)(ragged.flat_values)
        return reshape(out, [1] * rank) if keepdims else out
    axes = np.asarray(concrete(convert.convert_to_tensor(axis), f"reduce_{how}"))
    if how == "mean" and axes.size > 1:  # not the mean of the rows' means: rows differ in length
        from addax.ops import arithmetic, creation

        ones = ragged.with_flat_values(creation.ones_like(ragged.flat_values))
        return arithmetic.divide(reduce(ragged, "sum", axis, keepdims), reduce(ones, "sum", axis, keepdims))
    if axes.ndim:
        whole: Any = ragged
        for each in sorted((checked_axis(f"reduce_{how}", a, rank) for a in axes.tolist()), reverse=True):
            whole = _dense(how)(whole, axis=each, keepdims=keepdims)
        return whole
    at = checked_axis(f"reduce_{how}", axis, rank)
    if at == 0:
        out = _grouped(ragged, np.zeros(ragged.nrows_known(), np.int64), 1, how).values
    elif at == 1:
        out = _grouped(ragged.values, host(ragged.value_rowids()), ragged.nrows_known(), how)
    else:
        out = ragged.with_values(_dense(how)(ragged.values, axis=at - 1))
    return _expanded(out, at) if keepdims else out


def _expanded(out: Any, axis: int) -> Any:
    from addax.ops import ragged_joining  # which builds on this file

    return ragged_joining.expand_dims(out, axis) if isinstance(out, RaggedTensor) else dense_expand_dims(out, axis)


def _dense(how: str) -> Callable[..., Any]:
    from addax.ops import reductions  # whose functions come back here for ragged tensors

    return getattr(reductions, f"reduce_{how}")


def variance(input_tensor: RaggedTensor, axis: Any = None, keepdims: bool = False, **_: Any) -> Any:
    """The mean of the squares without the square of the mean."""
    mean = reduce(input_tensor, "mean", axis, keepdims)
    return reduce(input_tensor * input_tensor, "mean", axis, keepdims) - mean * mean


def deviation(input_tensor: RaggedTensor, axis: Any = None, keepdims: bool = False, **_: Any) -> Any:
    """The root of the variance."""
    from addax.ops.elementwise import sqrt

    return sqrt(variance(input_tensor, axis, keepdims))


def log_sum_exp(input_tensor: RaggedTensor, axis: Any = None, keepdims: bool = False, **_: Any) -> Any:
    """log(sum(exp(x))), computed beside the maximum."""
    from addax.ops import elementwise, reductions, shaping

    if axis is None:
        out = reductions.reduce_logsumexp(input_tensor.flat_values)
        return reshape(out, [1] * rank_of(input_tensor)) if keepdims else out
    top = shaping.stop_gradient(reduce(input_tensor, "max", axis, True))
    total = reduce(elementwise.exp(input_tensor - top), "sum", axis, keepdims)
    top = top if keepdims else shaping.stop_gradient(reduce(input_tensor, "max", axis, False))
    return elementwise.log(total) + top


def softmax(logits: RaggedTensor, axis: Any = -1, **_: Any) -> RaggedTensor:
    """Softmax over the last axis: the innermost rows, or the last of the values' own axes."""
    from addax.ops import activations, arithmetic, elementwise

    rank, inner = logits.shape.rank, len(logits.flat_values.shape) - 1
    axis = -1 if axis is None else axis
    if inner and (axis if axis >= 0 else axis + rank) >= rank - inner:
        return logits.with_flat_values(activations.softmax(logits.flat_values, (axis - rank) if axis >= 0 else axis))
    if isinstance(logits.values, RaggedTensor):
        return logits.with_values(softmax(logits.values, axis))
    rows, count = logits.value_rowids(), logits.nrows_known()
    top = gather(_segment(logits.values, rows, count, "max"), rows)
    powers = elementwise.exp(arithmetic.subtract(logits.values, top))
    total = gather(_segment(powers, rows, count, "sum"), rows)
    return logits.with_values(arithmetic.divide(powers, total))


@op(name="math.cumsum")
def _running(values: FreeLike, order: FreeLike, begins: FreeLike, exclusive: bool, reverse: bool) -> Any:
    """Cumulative sums in groups: `order` sorts values by group, `begins` is where each one's group begins."""
    sorted_values = values[order]
    total = jnp.cumsum(sorted_values, 0, dtype=values.dtype)
    before = jnp.concatenate([jnp.zeros_like(total[:1]), total])
    out = total - before[begins]
    if exclusive:
        out = out - sorted_values
    return jnp.zeros_like(values).at[order].set(out)


def cumulative(
    x: RaggedTensor, axis: Any = 0, exclusive: bool = False, reverse: bool = False, **_: Any
) -> RaggedTensor:
    """Cumulative sums along an axis."""
    from addax.ops.cumulative import cumsum

    at = checked_axis("cumsum", axis, rank_of(x))
    if at > x.ragged_rank:
        inner = cumsum(x.flat_values, at - x.ragged_rank, exclusive, reverse)
        return x.with_flat_values(inner)
    places = x.coordinates()
    others = [column for i, column in enumerate(places) if i != at]
    along = -places[at] if reverse else places[at]
    order = np.lexsort((along, *others[::-1]))
    keys = np.stack([column[order] for column in others], 1) if others else np.zeros((len(order), 0))
    fresh = np.concatenate([[True], (np.diff(keys, axis=0) != 0).any(1)]) if len(order) else np.zeros(0, bool)
    begins = np.maximum.accumulate(np.where(fresh, np.arange(len(order)), 0))
    return x.with_flat_values(_running(x.flat_values, ints(order), ints(begins), bool(exclusive), bool(reverse)))


def unsorted(how: str) -> Callable[..., Any]:
    """`tf.math.unsorted_segment_...` of ragged data: rows of a segment are folded position by position."""

    def reduced(data: Any, segment_ids: Any, num_segments: Any, name: str | None = None, **_: Any) -> Any:
        count = int(concrete(convert.convert_to_tensor(num_segments), f"math.unsorted_segment_{how}"))
        kind = "safe_mean" if how == "mean" else how
        if isinstance(segment_ids, RaggedTensor):
            flat = data.flat_values if isinstance(data, RaggedTensor) else data
            return _segment(flat, segment_ids.flat_values, count, kind)
        groups = host(segment_ids)
        if groups.shape != (data.nrows_known(),):
            raise errors.InvalidArgumentError(
                errors.message(
                    f"tf.math.unsorted_segment_{how}",
                    expected=f"a segment id for each of {data.nrows_known()} rows",
                    received=f"segment_ids of shape {groups.shape}",
                )
            )
        return _grouped(data, groups, count, kind)

    return reduced


def join(
    inputs: RaggedTensor, axis: Any = None, keepdims: bool = False, separator: str = "", name: str | None = None
) -> Any:
    """`tf.strings.reduce_join` of ragged strings."""
    from addax.ops import strings

    rank = rank_of(inputs)
    if axis is None:
        out = strings.reduce_join(inputs.flat_values, separator=separator)
        return reshape(out, [1] * rank) if keepdims else out
    axes = axis if isinstance(axis, list | tuple) else [axis]
    whole: Any = inputs
    for each in sorted((checked_axis("strings.reduce_join", a, rank) for a in axes), reverse=True):
        if not isinstance(whole, RaggedTensor):
            whole = strings.reduce_join(whole, axis=each, separator=separator)
            continue
        whole = _joined(whole, each, separator)
        whole = _expanded(whole, each) if keepdims else whole
    return whole


def _joined(ragged: RaggedTensor, axis: int, separator: Any) -> Any:
    from addax.ops import strings

    if axis > 1:
        inner = ragged.values
        if isinstance(inner, RaggedTensor):
            return ragged.with_values(_joined(inner, axis - 1, separator))
        return ragged.with_values(strings.reduce_join(inner, axis=axis - 1, separator=separator))
    rows = ragged.to_list()
    between = concrete(convert.convert_to_tensor(separator), "strings.reduce_join").item()
    if isinstance(ragged.values, RaggedTensor):
        raise ValueError(f"tf.strings.reduce_join: axis {axis} of ragged rows of ragged rows is not supported.")
    if axis == 1:
        return convert.constant(np.array([between.join(row) for row in rows], object).reshape(len(rows)))
    width = max((len(row) for row in rows), default=0)
    columns: Sequence[bytes] = [between.join([row[i] for row in rows if i < len(row)]) for i in range(width)]
    return convert.constant(np.array(columns, object).reshape(width))
