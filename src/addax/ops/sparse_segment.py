"""Segment reductions of picked rows (`tf.sparse.segment_sum`, ...)."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from addax.core import errors
from addax.core.convert import FreeLike, TensorLike, convert_to_tensor
from addax.core.dispatch import op
from addax.core.row_gradients import Rows, whole
from addax.core.static_arguments import concrete
from addax.core.tensor import Tensor

__all__ = ["segment_mean", "segment_sqrt_n", "segment_sum"]


@op(kinds="fciu", name="sparse.segment_sum")
def _segment(data: TensorLike, indices: FreeLike, segment_ids: FreeLike, count: int, how: str, sparse_gradient: bool):
    if how != "sum" and jnp.issubdtype(data.dtype, np.integer):
        raise errors.InvalidArgumentError(
            errors.message(f"tf.sparse.segment_{how}", expected="floating data", received=f"dtype {data.dtype}")
        )
    total = jnp.zeros((count, *data.shape[1:]), data.dtype).at[segment_ids].add(data[indices])
    return total if how == "sum" else total / _divisors(segment_ids, count, how, data)


def _divisors(segment_ids: Any, count: int, how: str, data: Any) -> Any:
    sizes = jnp.maximum(jnp.zeros((count,), data.dtype).at[segment_ids].add(1), 1)
    return (sizes if how == "mean" else jnp.sqrt(sizes)).reshape((count,) + (1,) * (data.ndim - 1))


def _rows(
    cotangent: Any, data: Any, indices: Any, segment_ids: Any, count: int, how: str, sparse_gradient: bool
) -> Rows | None:
    if not sparse_gradient:
        return None
    back = whole(cotangent)
    if how != "sum":
        back = back / _divisors(segment_ids, count, how, data)
    return Rows(back[segment_ids], indices, data.shape)


_segment.op.rows = _rows


def _reduced(data: Any, indices: Any, segment_ids: Any, num_segments: Any, how: str, sparse_gradient: bool) -> Tensor:
    who = f"sparse.segment_{how}"
    data = convert_to_tensor(data)
    if not data.shape.rank:
        raise errors.InvalidArgumentError(f"tf.{who}: expected data of shape (rows, ...), received a scalar.")
    ids, rows = concrete(segment_ids, who), concrete(indices, who)
    if any(each.size and each.dtype.kind != "i" for each in (ids, rows)):
        raise errors.InvalidArgumentError(
            errors.message(
                f"tf.{who}",
                expected="int32 or int64 indices and segment_ids",
                received={"indices": rows, "segment_ids": ids},
            )
        )
    if ids.ndim != 1 or rows.shape != ids.shape:
        raise errors.InvalidArgumentError(
            errors.message(
                f"tf.{who}: segment_ids and indices should have same size",
                received=f"segment_ids {ids.shape}, indices {rows.shape}",
            )
        )
    if ids.size and (ids[0] < 0 or (np.diff(ids) < 0).any()):
        raise errors.InvalidArgumentError(
            errors.message(f"tf.{who}", expected="sorted segment_ids of 0 and more", received=ids.tolist()[:10])
        )
    last = int(ids[-1]) if ids.size else -1
    count = last + 1 if num_segments is None else int(concrete(num_segments, who))
    if last >= count:
        raise errors.InvalidArgumentError(
            errors.message(f"tf.{who}", expected=f"segment ids < {count}", received=f"segment_ids with {last}")
        )
    size = data.shape[0]
    if rows.size and (rows.min() < 0 or rows.max() >= size):
        raise errors.InvalidArgumentError(
            errors.message(f"tf.{who}: Index out of range", expected=f"[0, {size})", received=rows.tolist()[:10])
        )
    return _segment(
        data, convert_to_tensor(rows.astype(np.int32)), convert_to_tensor(ids.astype(np.int32)), count, how,
        bool(sparse_gradient),
    )  # fmt: skip


def segment_sum(
    data: Any,
    indices: Any,
    segment_ids: Any,
    num_segments: Any = None,
    name: str | None = None,
    sparse_gradient: bool = False,
) -> Tensor:
    """The sum of picked rows, segment by segment.

    Args:
        data: a tensor of shape (rows, ...).
        indices: the numbers of the rows to take.
        segment_ids: the segment of each of these, sorted ints.
        num_segments: how many segments there are; by default as many as the ids say.
        name: ignored.
        sparse_gradient: whether the gradient of `data` is an IndexedSlices.

    Returns:
        A tensor with one row per segment; 0 for segments without rows.

    Raises:
        InvalidArgumentError: ids that are not sorted, or indices out of range.

    >>> import addax as tf
    >>> tf.sparse.segment_sum([[1], [2], [4]], [0, 2, 2], [0, 0, 1]).numpy().ravel().tolist()
    [5, 4]
    """
    return _reduced(data, indices, segment_ids, num_segments, "sum", sparse_gradient)


def segment_mean(
    data: Any,
    indices: Any,
    segment_ids: Any,
    num_segments: Any = None,
    name: str | None = None,
    sparse_gradient: bool = False,
) -> Tensor:
    """The mean of picked rows, segment by segment; otherwise as `tf.sparse.segment_sum`.

    >>> import addax as tf
    >>> tf.sparse.segment_mean([[1.0], [3.0]], [0, 1], [0, 0]).numpy().tolist()
    [[2.0]]
    """
    return _reduced(data, indices, segment_ids, num_segments, "mean", sparse_gradient)


def segment_sqrt_n(
    data: Any,
    indices: Any,
    segment_ids: Any,
    num_segments: Any = None,
    name: str | None = None,
    sparse_gradient: bool = False,
) -> Tensor:
    """The sum of picked rows divided by the square root of their number; otherwise as `tf.sparse.segment_sum`.

    >>> import addax as tf
    >>> tf.sparse.segment_sqrt_n([[1.0]], [0, 0, 0, 0], [0, 0, 0, 0]).numpy().tolist()
    [[2.0]]
    """
    return _reduced(data, indices, segment_ids, num_segments, "sqrt_n", sparse_gradient)
