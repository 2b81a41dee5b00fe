"""Order: sort, argsort, searchsorted, unique, ..."""

from __future__ import annotations

from collections import namedtuple
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from addax.core import convert, dtypes, errors
from addax.core.convert import FreeLike, TensorLike
from addax.core.dispatch import op
from addax.core.failures import refusing
from addax.core.static_arguments import concrete
from addax.core.tensor import Tensor
from addax.core.whole_numbers import index_dtype
from addax.ops.gathering import _fresh
from addax.ops.ordering import ascending, stable_order
from addax.ops.shaping import normal_axis


def _check_direction(who: str, direction: Any) -> None:
    if direction not in ("ASCENDING", "DESCENDING"):
        raise ValueError(
            f"{who}: Argument `direction` should be one of 'ASCENDING' or 'DESCENDING'. Received: direction={direction}"
        )


def _flipped(values: Any) -> Any:
    """Values in the opposite order, so that descending order is stable too."""
    if values.dtype.kind == "b":
        return ~values
    return ~values if values.dtype.kind in "iu" else -values


@op(name="sort", kinds="fiu")
def sort(values: TensorLike, axis: Any = -1, direction: str = "ASCENDING", name: str | None = None) -> Tensor:
    """The values in order along an axis.

    Args:
        values: a tensor of numbers.
        axis: an int.
        direction: "ASCENDING" or "DESCENDING".
        name: ignored.

    >>> import addax as tf
    >>> tf.sort([3, 1, 2], direction="DESCENDING").numpy().tolist()
    [3, 2, 1]
    """
    _check_direction("tf.sort", direction)
    axis = normal_axis("tf.sort", axis, values.ndim)
    out = ascending(values, axis)
    return out if direction == "ASCENDING" else jnp.flip(out, axis)


@op(name="argsort", kinds="fiu")
def argsort(
    values: TensorLike, axis: Any = -1, direction: str = "ASCENDING", stable: bool = False, name: str | None = None
) -> Tensor:
    """The indices that put the values in order along an axis (always stable).

    Args:
        values: a tensor of numbers.
        axis: an int.
        direction: "ASCENDING" or "DESCENDING".
        stable: accepted; equal values keep their order either way.
        name: ignored.

    Returns:
        An int32 tensor of the shape of `values`.

    >>> import addax as tf
    >>> tf.argsort([3, 1, 2]).numpy().tolist()
    [1, 2, 0]
    """
    _check_direction("tf.argsort", direction)
    axis = normal_axis("tf.argsort", axis, values.ndim)
    keys = values if direction == "ASCENDING" else _flipped(values)
    return stable_order(keys, axis)


@op(name="searchsorted")
def _searchsorted(sorted_sequence: TensorLike, values: TensorLike, side: str, out_type: Any) -> Any:
    if side not in ("left", "right"):
        raise ValueError(f"tf.searchsorted: side must be either 'right' or 'left'. Saw: {side}.")
    if 0 in (sorted_sequence.shape[-1], values.shape[-1]):
        return jnp.zeros(values.shape, out_type)
    rows = sorted_sequence.reshape((-1, sorted_sequence.shape[-1]))
    wanted = values.reshape((-1, values.shape[-1]))
    found = jax.vmap(lambda a, v: jnp.searchsorted(a, v, side=side))(rows, wanted)
    if side == "left" and jnp.issubdtype(values.dtype, jnp.floating):
        found = jnp.where(jnp.isnan(wanted), 0, found)  # nothing is less than NaN
    return found.reshape(values.shape).astype(out_type)


def searchsorted(
    sorted_sequence: Any, values: Any, side: str = "left", out_type: Any = dtypes.int32, name: str | None = None
) -> Tensor:
    """Where values would be inserted into sorted rows.

    Args:
        sorted_sequence: a tensor, sorted along its last axis.
        values: a tensor with the same leading axes.
        side: "left": before equal elements, "right": behind them.
        out_type: tf.int32 or tf.int64.
        name: ignored.

    >>> import addax as tf
    >>> tf.searchsorted([1, 3, 5], [3, 4]).numpy().tolist()
    [1, 2]
    """
    return _searchsorted(sorted_sequence, values, side, index_dtype("tf.searchsorted", out_type).np)


Unique = namedtuple("Unique", ["y", "idx"])
UniqueWithCounts = namedtuple("UniqueWithCounts", ["y", "idx", "count"])


def _distinct(x: Any, who: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    array = concrete(convert.convert_to_tensor(x), who)
    if array.ndim != 1:
        raise errors.InvalidArgumentError(
            errors.message(f"tf.{who}: unique expects a 1D vector", received={"x": array})
        )
    if array.dtype.kind in "OV":
        seen: dict[Any, int] = {}
        index = np.array([seen.setdefault(item, len(seen)) for item in array.tolist()], np.int64)
        values = np.empty(len(seen), object) if array.dtype.kind == "O" else np.empty(len(seen), array.dtype)
        values[:] = list(seen)
        return values, index, np.bincount(index, minlength=len(seen))
    values, first, inverse, counts = np.unique(
        array, return_index=True, return_inverse=True, return_counts=True, equal_nan=False
    )
    order = np.argsort(first, kind="stable")  # TensorFlow lists values as they first appear
    place = np.empty_like(order)
    place[order] = np.arange(order.size)
    return values[order], place[inverse.reshape(-1)], counts[order]


def _tensor(array: np.ndarray) -> Tensor:
    return Tensor(array if array.dtype.kind == "O" else _fresh(array))


def unique(x: Any, out_idx: Any = dtypes.int32, name: str | None = None) -> Any:
    """The distinct values of a 1-D tensor in the order in which they first appear.

    Args:
        x: a 1-D tensor of known values (the result's shape depends on them).
        out_idx: the dtype of the indices.
        name: ignored.

    Returns:
        A named tuple of y (the values) and idx (for each element of x, where in y it is).

    >>> import addax as tf
    >>> y, idx = tf.unique([4, 4, 2])
    >>> y.numpy().tolist(), idx.numpy().tolist()
    ([4, 2], [0, 0, 1])
    """
    values, index, _ = _distinct(x, "unique")
    return Unique(_tensor(values), _tensor(index.astype(index_dtype("tf.unique", out_idx).np)))


def unique_with_counts(x: Any, out_idx: Any = dtypes.int32, name: str | None = None) -> Any:
    """`tf.unique`, and how often each value appears.

    >>> import addax as tf
    >>> tf.unique_with_counts([4, 4, 2]).count.numpy().tolist()
    [2, 1]
    """
    values, index, counts = _distinct(x, "unique_with_counts")
    kind = index_dtype("tf.unique_with_counts", out_idx).np
    return UniqueWithCounts(_tensor(values), _tensor(index.astype(kind)), _tensor(counts.astype(kind)))


@op(name="unravel_index")
def _unravel(indices: FreeLike, dims: Any) -> Any:
    return jnp.stack(jnp.unravel_index(indices, tuple(dims))).astype(indices.dtype)


@refusing("tf.unravel_index")
def unravel_index(indices: Any, dims: Any, name: str | None = None) -> Tensor:
    """Flat indices as coordinates.

    Args:
        indices: an int tensor.
        dims: the shape that is indexed.
        name: ignored.

    Returns:
        A tensor of shape (len(dims),) + indices.shape.

    Raises:
        InvalidArgumentError: an index out of bounds.

    >>> import addax as tf
    >>> tf.unravel_index([5], [2, 3]).numpy().tolist()
    [[1], [2]]
    """
    shape = concrete(convert.convert_to_tensor(dims), "unravel_index").tolist()
    made = convert.convert_to_tensor(indices)
    if not made.is_symbolic and made.numpy().size and np.max(made.numpy()) >= np.prod(shape):
        raise errors.InvalidArgumentError(
            errors.message("tf.unravel_index: index is out of bound as with dims", received=f"dims {shape}")
        )
    return _unravel(made, shape)


def approx_top_k(
    input: Any,
    k: int,
    reduction_dimension: int = -1,
    recall_target: float = 0.95,
    is_max_k: bool = True,
    reduction_input_size_override: int = -1,
    aggregate_to_topk: bool = True,
    name: str | None = None,
) -> Any:
    """The k largest (or smallest) values along an axis, found approximately where the hardware has a fast way.

    Args:
        input: a float tensor.
        k: how many.
        reduction_dimension: the axis.
        recall_target: the wanted share of right ones.
        is_max_k: whether the largest are wanted.
        reduction_input_size_override: as for `jax.lax.approx_max_k`.
        aggregate_to_topk: False returns more candidates than k.
        name: ignored.

    Returns:
        (values, int32 indices).

    >>> import addax as tf
    >>> values, places = tf.math.approx_max_k([1.0, 5.0, 3.0], 2)
    >>> values.numpy().tolist(), places.numpy().tolist()
    ([5.0, 3.0], [1, 2])
    """
    return tuple(
        _approx_top_k(
            input, k, reduction_dimension, recall_target, is_max_k, reduction_input_size_override, aggregate_to_topk
        )
    )


@op(name="approx_top_k")
def _approx_top_k(
    input: FreeLike, k: int, axis: int, recall: float, largest: bool, override: int, aggregate: bool
) -> Any:
    find = jax.lax.approx_max_k if largest else jax.lax.approx_min_k
    return list(find(input, k, axis, recall, override, aggregate))
