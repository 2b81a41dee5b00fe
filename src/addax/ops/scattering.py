"""Entries put, added or compared into tensors by index vectors: scatter_nd and tensor_scatter_nd_*."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from addax.core import convert, errors
from addax.core.convert import FreeLike, TensorLike
from addax.core.dispatch import op
from addax.core.static_arguments import concrete
from addax.core.tensor import Tensor
from addax.ops.gathering import check_entries, check_integer, known_indices


def _spots(who: str, indices: Any, updates: Any, shape: tuple[int, ...]) -> Any:
    check_integer(who, indices)
    depth = indices.shape[-1] if indices.ndim else 0
    want = (*indices.shape[:-1], *shape[depth:])
    if depth > len(shape) or tuple(updates.shape) != want:
        raise errors.InvalidArgumentError(
            errors.message(
                who,
                expected=f"updates of shape {want} (indices.shape[:-1] followed by shape[indices.shape[-1]:])",
                received={"indices": indices, "updates": updates, "shape": list(shape)},
            )
        )
    return tuple(jnp.moveaxis(indices, -1, 0))


@op(name="scatter_nd")
def _scatter_nd(indices: FreeLike, updates: FreeLike, shape: Any) -> Any:
    spots = _spots("tf.scatter_nd", indices, updates, tuple(shape))
    blank = jnp.zeros(shape, updates.dtype).at[spots]
    return blank.max(updates) if updates.dtype == np.bool_ else blank.add(updates)


def _scatter_text(indices: Any, updates: Any, shape: Any) -> Any:
    _spots("tf.scatter_nd", indices, updates, tuple(shape))
    out = np.full(tuple(shape), b"", object)
    np.add.at(out, tuple(np.moveaxis(np.asarray(indices), -1, 0)), updates)
    return out


_scatter_nd.op.host = _scatter_text


def scatter_nd(indices: Any, updates: Any, shape: Any, bad_indices_policy: str = "", name: str | None = None) -> Tensor:
    """Zeros of `shape` with updates added at indices.

    Args:
        indices: an int tensor; its last axis holds an index into the result.
        updates: the values, of shape indices.shape[:-1] + shape[indices.shape[-1]:].
        shape: ints, or an int tensor.
        bad_indices_policy: "" or "ERROR" refuses indices outside of the shape, "IGNORE" leaves their updates out.
        name: ignored.

    Raises:
        InvalidArgumentError: an index outside of the shape, or an unknown policy.

    >>> import addax as tf
    >>> tf.scatter_nd([[1], [3], [1]], [5, 6, 7], [4]).numpy().tolist()
    [0, 12, 0, 6]
    """
    known = known_indices(indices)
    if _ignores("tf.scatter_nd", bad_indices_policy):
        sizes = concrete(shape, "scatter_nd").tolist()
        return _scatter_nd(*_without_bad(indices, updates, tuple(sizes), "add"), shape)
    if known is not None and known.size and known.ndim and not isinstance(shape, Tensor):
        check_entries("tf.scatter_nd", "shape", known, tuple(int(size) for size in shape))
    elif known is not None and known.size and known.ndim:
        check_entries("tf.scatter_nd", "shape", known, tuple(concrete(shape, "scatter_nd").tolist()))
    return _scatter_nd(indices, updates, shape)


_scatter_nd.op.public = scatter_nd


def _ignores(who: str, policy: str) -> bool:
    """Whether indices that lie outside are left out."""
    if policy not in ("", "DEFAULT", "ERROR", "IGNORE"):
        raise errors.InvalidArgumentError(
            errors.message(
                who,
                expected="bad_indices_policy '', 'ERROR' or 'IGNORE'",
                received=f"Unknown bad indices handling attribute: {policy}",
            )
        )
    return policy == "IGNORE"


@op(name="scatter_nd")
def _without_bad(indices: FreeLike, updates: FreeLike, shape: Any, how: str) -> Any:
    """Indices and updates with those outside turned into updates that change nothing."""
    good = jnp.all((indices >= 0) & (indices < np.asarray(shape[: indices.shape[-1]])), -1)
    if how in ("max", "min"):
        kind = jnp.finfo if jnp.issubdtype(updates.dtype, jnp.floating) else jnp.iinfo
        nothing = kind(updates.dtype).min if how == "max" else kind(updates.dtype).max
    else:
        nothing = 0
    spread = good.reshape(good.shape + (1,) * (updates.ndim - good.ndim))
    return jnp.where(good[..., None], indices, 0), jnp.where(spread, updates, jnp.asarray(nothing, updates.dtype))


@op(name="tensor_scatter_nd")
def _tensor_scatter(tensor: TensorLike, indices: FreeLike, updates: TensorLike, how: str) -> Any:
    who = f"tf.tensor_scatter_nd_{'update' if how == 'set' else how}"
    spots = _spots(who, indices, updates, tensor.shape)
    if how == "set":
        return _replaced(tensor, spots, updates)
    if how in ("max", "min") and jnp.issubdtype(updates.dtype, jnp.floating):  # NaN is neither greater nor less
        limit = jnp.asarray(-np.inf if how == "max" else np.inf, updates.dtype)
        updates = jnp.where(updates != updates, limit, updates)
    return getattr(tensor.at[spots], how)(updates)


@jax.custom_jvp
def _replaced(tensor: Any, spots: Any, updates: Any) -> Any:
    return tensor.at[spots].set(updates)


@_replaced.defjvp
def _replaced_jvp(primals: Any, tangents: Any) -> Any:
    # Of several updates of one entry each gets the whole gradient, as in TensorFlow.
    spots, (change, _, of_updates) = primals[1], tangents
    kept = jnp.ones(change.shape, bool).at[spots].set(False)
    return _replaced(*primals), jnp.where(kept, change, jnp.zeros((), change.dtype)).at[spots].add(of_updates)


def _tensor_scatter_text(tensor: Any, indices: Any, updates: Any, how: str) -> Any:
    _spots("tf.tensor_scatter_nd_update", indices, updates, tensor.shape)
    out = tensor.copy()
    out[tuple(np.moveaxis(np.asarray(indices), -1, 0))] = updates
    return out


_tensor_scatter.op.host = _tensor_scatter_text


def _checked_scatter(tensor: Any, indices: Any, updates: Any, how: str) -> Tensor:
    known = known_indices(indices)
    if known is not None and known.size and known.ndim and not hasattr(tensor, "__symbolic_call__"):
        check_entries("tf.tensor_scatter_nd", "shape", known, tuple(convert.value_of(tensor).shape))
    return _tensor_scatter(tensor, indices, updates, how)


def _of_good_entries(tensor: Any, indices: Any, updates: Any, how: str) -> tuple[Any, Any, Any]:
    tensor = convert.convert_to_tensor(tensor)
    updates = convert.convert_to_tensor(updates, tensor.dtype)
    return tensor, *_without_bad(indices, updates, tuple(tensor.shape.as_list()), how)


def tensor_scatter_nd_update(tensor: Any, indices: Any, updates: Any, name: str | None = None) -> Tensor:
    """The tensor with entries replaced.

    Args:
        tensor: a tensor.
        indices: an int tensor; its last axis holds an index into `tensor`.
        updates: the new values, of shape indices.shape[:-1] + tensor.shape[indices.shape[-1]:].
        name: ignored.

    >>> import addax as tf
    >>> tf.tensor_scatter_nd_update([1, 2, 3], [[1]], [9]).numpy().tolist()
    [1, 9, 3]
    """
    return _checked_scatter(tensor, indices, updates, "set")


def tensor_scatter_nd_add(
    tensor: Any, indices: Any, updates: Any, bad_indices_policy: str = "", name: str | None = None
) -> Tensor:
    """The tensor with updates added to entries; see `tf.tensor_scatter_nd_update`.

    >>> import addax as tf
    >>> tf.tensor_scatter_nd_add([1, 2, 3], [[0], [0]], [10, 20]).numpy().tolist()
    [31, 2, 3]
    """
    if _ignores("tf.tensor_scatter_nd_add", bad_indices_policy):
        tensor, indices, updates = _of_good_entries(tensor, indices, updates, "add")
    return _checked_scatter(tensor, indices, updates, "add")


def tensor_scatter_nd_sub(
    tensor: Any, indices: Any, updates: Any, bad_indices_policy: str = "", name: str | None = None
) -> Tensor:
    """The tensor with updates subtracted from entries; see `tf.tensor_scatter_nd_update`.

    >>> import addax as tf
    >>> tf.tensor_scatter_nd_sub([1, 2, 3], [[0], [2]], [10, 20]).numpy().tolist()
    [-9, 2, -17]
    """
    if _ignores("tf.tensor_scatter_nd_sub", bad_indices_policy):
        tensor, indices, updates = _of_good_entries(tensor, indices, updates, "subtract")
    return _checked_scatter(tensor, indices, updates, "subtract")


def tensor_scatter_nd_max(
    tensor: Any, indices: Any, updates: Any, bad_indices_policy: str = "", name: str | None = None
) -> Tensor:
    """The tensor with entries raised to the updates; see `tf.tensor_scatter_nd_update`.

    >>> import addax as tf
    >>> tf.tensor_scatter_nd_max([1, 2, 3], [[0], [2]], [10, 0]).numpy().tolist()
    [10, 2, 3]
    """
    if _ignores("tf.tensor_scatter_nd_max", bad_indices_policy):
        tensor, indices, updates = _of_good_entries(tensor, indices, updates, "max")
    return _checked_scatter(tensor, indices, updates, "max")


def tensor_scatter_nd_min(
    tensor: Any, indices: Any, updates: Any, bad_indices_policy: str = "", name: str | None = None
) -> Tensor:
    """The tensor with entries lowered to the updates; see `tf.tensor_scatter_nd_update`.

    >>> import addax as tf
    >>> tf.tensor_scatter_nd_min([1, 2, 3], [[0], [2]], [10, 0]).numpy().tolist()
    [1, 2, 0]
    """
    if _ignores("tf.tensor_scatter_nd_min", bad_indices_policy):
        tensor, indices, updates = _of_good_entries(tensor, indices, updates, "min")
    return _checked_scatter(tensor, indices, updates, "min")
