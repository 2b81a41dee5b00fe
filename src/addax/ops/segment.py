"""Reductions of rows that belong together: segments named by sorted or unsorted ids."""

from __future__ import annotations

import functools
import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from addax.core import dtypes, errors
from addax.core.context import state as _state
from addax.core.convert import FreeLike, TensorLike, convert_to_tensor
from addax.core.dispatch import UnfitError, op
from addax.core.static_arguments import concrete
from addax.core.tensor import Tensor, Tracer
from addax.ops.arithmetic import _truediv
from addax.ops.division import divided

__all__ = [
    "segment_max",
    "segment_mean",
    "segment_min",
    "segment_prod",
    "segment_sum",
    "unsorted_segment_max",
    "unsorted_segment_mean",
    "unsorted_segment_min",
    "unsorted_segment_prod",
    "unsorted_segment_sqrt_n",
    "unsorted_segment_sum",
]

# ---------------------------------------------------------------------------- the computation


def _scatter(data: Any, ids: Any, count: int, how: str, start: Any) -> Any:
    """Fold the rows of data into `count` segments; ids out of range are dropped."""
    ids = jnp.where(ids < 0, count, ids)
    base = jnp.full((count, *data.shape[1:]), start, data.dtype)
    return getattr(base.at[ids], how)(data, mode="drop")


def _sum(data: Any, ids: Any, count: int) -> Any:
    return _scatter(data, ids, count, "add", 0)


def _sizes(ids: Any, count: int, data: Any) -> Any:
    """How many rows each segment has, shaped to broadcast."""
    ones = jnp.ones(ids.shape, data.dtype)
    return _sum(ones, ids, count).reshape((count,) + (1,) * (data.ndim - 1))


def _rows(values: Any, ids: Any, count: int) -> Any:
    return values[jnp.clip(ids, 0, max(count - 1, 0))]


def _extreme(how: str) -> Any:
    """Segment maximum or minimum; equal ones share the gradient."""

    def plain(data: Any, ids: Any, count: int, empty: Any) -> Any:
        return _scatter(data, ids, count, how, empty)

    def beyond_nan(data: Any, ids: Any, count: int, empty: Any) -> Any:
        # TensorFlow's fold is `x < best ? best : x`: NaN replaces what came before it, and is replaced by what follows.
        place = jnp.arange(ids.size).reshape(ids.shape)
        places = place.reshape(ids.shape + (1,) * (data.ndim - ids.ndim))
        last_nan = _scatter(jnp.where(jnp.isnan(data), places, -1), ids, count, "max", -1)
        last = _scatter(place, ids, count, "max", 0).reshape((count,) + (1,) * (data.ndim - ids.ndim))
        later = jnp.where(places > _rows(last_nan, ids, count), data, jnp.asarray(empty, data.dtype))
        return jnp.where(last_nan == last, jnp.asarray(np.nan, data.dtype), plain(later, ids, count, empty))

    def scatter(data: Any, ids: Any, count: int, empty: Any) -> Any:
        if data.dtype.kind in "iu" or not data.size or not count:
            return plain(data, ids, count, empty)
        ways = [functools.partial(way, count=count, empty=empty) for way in (beyond_nan, plain)]
        return jax.lax.cond(jnp.isnan(data).any(), *ways, data, ids)

    pick = jax.custom_jvp(scatter, nondiff_argnums=(2, 3))

    @pick.defjvp
    def pick_jvp(count: int, empty: Any, primals: Any, tangents: Any) -> Any:
        (data, ids), (delta, _) = primals, tangents
        out = pick(data, ids, count, empty)
        best = (data == _rows(out, ids, count)).astype(data.dtype)
        ties = _sum(best, ids, count)
        return out, _sum(best * delta, ids, count) / jnp.maximum(ties, jnp.ones((), data.dtype))

    return pick


_max, _min = _extreme("max"), _extreme("min")


def _scatter_product(data: Any, ids: Any, count: int) -> Any:
    return _scatter(data, ids, count, "multiply", 1)


_prod = jax.custom_jvp(_scatter_product, nondiff_argnums=(2,))


@_prod.defjvp
def _prod_jvp(count: int, primals: Any, tangents: Any) -> Any:
    # The product of the others: of all by this one, unless this or another one is zero.
    (data, ids), (delta, _) = primals, tangents
    zero = data == 0
    nonzero = jnp.where(zero, jnp.ones_like(data), data)
    zeros = _rows(_sum(zero.astype(np.int32), ids, count), ids, count)
    rest = _rows(_prod(nonzero, ids, count), ids, count) / nonzero
    others = jnp.where(zeros - zero.astype(np.int32) == 0, rest, jnp.zeros_like(rest))
    # TensorFlow does not conjugate here.
    return _prod(data, ids, count), _sum(jnp.conj(others) * delta, ids, count)


def folded(data: Any, ids: Any, count: int, how: str) -> Any:
    """Rows of unsorted segments by "max", "min" or "prod"; segments without rows get the dtype's limit, or 1."""
    if how == "prod":
        return _prod(data, ids, count)
    limits = dtypes.from_numpy(data.dtype)
    if limits.is_complex:
        raise UnfitError(
            errors.message(f"segment {how}", expected="real numbers, which have an order", received={"data": data})
        )
    return (_max if how == "max" else _min)(data, ids, count, limits.min if how == "max" else limits.max)


def _mean(data: Any, ids: Any, count: int, root: bool = False) -> Any:
    sizes = jnp.maximum(_sizes(ids, count, data), jnp.ones((), data.dtype))
    total = _sum(data, ids, count)
    if data.dtype.kind in "iu":
        return jax.lax.div(total, jnp.broadcast_to(sizes, total.shape))
    return divided(total, jnp.sqrt(sizes) if root else sizes)


@op(kinds="fciu", name="math.segment_sum")
def _segment(data: TensorLike, segment_ids: FreeLike, count, how, sorted):
    rank = segment_ids.ndim
    if (
        str(segment_ids.dtype) not in ("int32", "int64", "int16")[: 2 if sorted else 3]
        or data.shape[:rank] != segment_ids.shape
    ):
        raise errors.InvalidArgumentError(
            errors.message(
                "tf.math.segment_*",
                expected="integer segment_ids, whose shape is the start of data's"
                + (" (segment_ids should be the same size as dimension 0 of input)" if sorted else ""),
                received=f"data {tuple(data.shape)}, segment_ids {tuple(segment_ids.shape)} {segment_ids.dtype}",
            )
        )
    if not sorted and (how == "mean" and data.dtype.kind == "c" or how == "sqrt_n" and data.dtype.kind in "iuc"):
        raise errors.InvalidArgumentError(
            errors.message(
                f"tf.math.unsorted_segment_{how}",
                expected=f"data that a {how} is defined for",
                received=f"data of dtype {dtypes.from_numpy(data.dtype).name}",
            )
        )
    ids, rest = segment_ids.reshape(-1), data.shape[rank:]
    data = data.reshape(math.prod(data.shape[:rank]), *rest)
    if how in ("max", "min"):
        out = folded(data, ids, count, how)
        # Without rows, sorted segments are 0, unsorted ones the limit.
        return jnp.where(_sizes(ids, count, data) > 0, out, jnp.zeros((), data.dtype)) if sorted else out
    if how == "prod":
        return _prod(data, ids, count)
    if how == "mean" and not sorted and data.dtype.kind in "iu":  # a true quotient, unlike that of sorted segments
        return _truediv.body(_sum(data, ids, count), jnp.maximum(_sizes(ids, count, data), jnp.ones((), data.dtype)))
    return _sum(data, ids, count) if how == "sum" else _mean(data, ids, count, how == "sqrt_n")


# ---------------------------------------------------------------------------- sorted


def _sorted(data: Any, segment_ids: Any, how: str) -> Tensor:
    ids = concrete(
        convert_to_tensor(segment_ids), f"math.segment_{how} (its result has as many rows as segment_ids say)"
    )
    if ids.ndim != 1:
        raise errors.InvalidArgumentError(
            errors.message(f"tf.math.segment_{how}", expected="segment_ids of rank 1", received=f"shape {ids.shape}")
        )
    if ids.size and (ids[0] < 0 or np.any(np.diff(ids) < 0)):
        raise errors.InvalidArgumentError(
            errors.message(
                f"tf.math.segment_{how}",
                expected="sorted ids of 0 and more (segment ids are not increasing)",
                received=f"segment_ids {ids.tolist()[:10]}",
                hint=f"use tf.math.unsorted_segment_{how}",
            )
        )
    return _segment(data, segment_ids, int(ids[-1]) + 1 if ids.size else 0, how, True)


def segment_sum(data: Any, segment_ids: Any, name: str | None = None) -> Tensor:
    """The sum of the rows of each segment.

    Args:
        data: a tensor of shape (rows, ...).
        segment_ids: the segment of each row: sorted integers, shape (rows,).
        name: ignored.

    Returns:
        A tensor with one row per segment; 0 for segments without rows.

    Raises:
        InvalidArgumentError: ids that are negative, not sorted or not as many as rows.

    >>> import addax as tf
    >>> tf.math.segment_sum([1, 2, 3], [0, 0, 1]).numpy().tolist()
    [3, 3]
    """
    return _sorted(data, segment_ids, "sum")


def segment_mean(data: Any, segment_ids: Any, name: str | None = None) -> Tensor:
    """The mean of the rows of each segment; otherwise as `tf.math.segment_sum`.

    >>> import addax as tf
    >>> tf.math.segment_mean([1.0, 2.0, 3.0], [0, 0, 1]).numpy().tolist()
    [1.5, 3.0]
    """
    return _sorted(data, segment_ids, "mean")


def segment_max(data: Any, segment_ids: Any, name: str | None = None) -> Tensor:
    """The maximum of the rows of each segment; otherwise as `tf.math.segment_sum`.

    >>> import addax as tf
    >>> tf.math.segment_max([1, 2, 3], [0, 0, 1]).numpy().tolist()
    [2, 3]
    """
    return _sorted(data, segment_ids, "max")


def segment_min(data: Any, segment_ids: Any, name: str | None = None) -> Tensor:
    """The minimum of the rows of each segment; otherwise as `tf.math.segment_sum`.

    >>> import addax as tf
    >>> tf.math.segment_min([1, 2, 3], [0, 0, 1]).numpy().tolist()
    [1, 3]
    """
    return _sorted(data, segment_ids, "min")


def segment_prod(data: Any, segment_ids: Any, name: str | None = None) -> Tensor:
    """The product of the rows of each segment (1 without rows); otherwise as `tf.math.segment_sum`.

    >>> import addax as tf
    >>> tf.math.segment_prod([2, 3, 4], [0, 0, 1]).numpy().tolist()
    [6, 4]
    """
    return _sorted(data, segment_ids, "prod")


# ---------------------------------------------------------------------------- unsorted


def _unsorted(data: Any, segment_ids: Any, num_segments: Any, how: str) -> Any:
    for each in (data, segment_ids):
        if hasattr(each, "__ragged_call__"):
            return each.__ragged_call__(f"unsorted_segment_{how}", data, segment_ids, num_segments)
    if isinstance(num_segments, float):
        raise UnfitError(f"tf.math.unsorted_segment_{how}: num_segments must be an integer, received {num_segments}.")
    out = _segment(data, segment_ids, num_segments, how, False)
    if _state.trace is None and type(out) is Tensor and jax.default_backend() == "cpu":
        ids, count = convert_to_tensor(segment_ids)._value, out._value.shape[0]
        if not isinstance(ids, Tracer) and ids.size and int(np.asarray(ids).max()) >= count:
            raise errors.InvalidArgumentError(
                errors.message(
                    f"tf.math.unsorted_segment_{how}",
                    expected=f"segment_ids in the range [0, {count}), or negative for rows to leave out",
                    received=f"segment_ids with {int(np.asarray(ids).max())}, which is out of range",
                )
            )
    return out


def unsorted_segment_sum(data: Any, segment_ids: Any, num_segments: Any, name: str | None = None) -> Tensor:
    """The sum of the rows of each segment.

    Args:
        data: a tensor whose shape starts with that of `segment_ids`.
        segment_ids: the segment of each row, integers in any order; rows with a negative id are left out.
        num_segments: how many segments there are.
        name: ignored.

    Returns:
        A tensor of shape (num_segments, ...); 0 for segments without rows.

    Raises:
        InvalidArgumentError: shapes that do not fit, or (on a CPU, outside compiled functions) ids out of range.

    >>> import addax as tf
    >>> tf.math.unsorted_segment_sum([1, 2, 3], [1, 0, 1], 2).numpy().tolist()
    [2, 4]
    """
    return _unsorted(data, segment_ids, num_segments, "sum")


def unsorted_segment_mean(data: Any, segment_ids: Any, num_segments: Any, name: str | None = None) -> Tensor:
    """The mean of the rows of each segment; otherwise as `tf.math.unsorted_segment_sum`.

    >>> import addax as tf
    >>> tf.math.unsorted_segment_mean([1.0, 2.0, 3.0], [1, 0, 1], 2).numpy().tolist()
    [2.0, 2.0]
    """
    return _unsorted(data, segment_ids, num_segments, "mean")


def unsorted_segment_sqrt_n(data: Any, segment_ids: Any, num_segments: Any, name: str | None = None) -> Tensor:
    """The sum divided by the square root of the number of rows; otherwise as `tf.math.unsorted_segment_sum`.

    >>> import addax as tf
    >>> tf.math.unsorted_segment_sqrt_n([1.0, 1.0, 1.0, 1.0], [0, 0, 0, 0], 1).numpy().tolist()
    [2.0]
    """
    return _unsorted(data, segment_ids, num_segments, "sqrt_n")


def unsorted_segment_max(data: Any, segment_ids: Any, num_segments: Any, name: str | None = None) -> Tensor:
    """The maximum of the rows of each segment (the dtype's lowest number without rows).

    Otherwise as `tf.math.unsorted_segment_sum`.

    >>> import addax as tf
    >>> tf.math.unsorted_segment_max([1, 2, 3], [1, 0, 1], 2).numpy().tolist()
    [2, 3]
    """
    return _unsorted(data, segment_ids, num_segments, "max")


def unsorted_segment_min(data: Any, segment_ids: Any, num_segments: Any, name: str | None = None) -> Tensor:
    """The minimum of the rows of each segment (the dtype's highest number without rows).

    Otherwise as `tf.math.unsorted_segment_sum`.

    >>> import addax as tf
    >>> tf.math.unsorted_segment_min([1, 2, 3], [1, 0, 1], 2).numpy().tolist()
    [2, 1]
    """
    return _unsorted(data, segment_ids, num_segments, "min")


def unsorted_segment_prod(data: Any, segment_ids: Any, num_segments: Any, name: str | None = None) -> Tensor:
    """The product of the rows of each segment (1 without rows); otherwise as `tf.math.unsorted_segment_sum`.

    >>> import addax as tf
    >>> tf.math.unsorted_segment_prod([2, 3, 4], [1, 0, 1], 2).numpy().tolist()
    [3, 8]
    """
    return _unsorted(data, segment_ids, num_segments, "prod")
