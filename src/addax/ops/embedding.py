"""Rows of embedding tables by id."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import lax

from addax.core import convert, errors
from addax.core.convert import FreeLike, TensorLike
from addax.core.dispatch import op
from addax.core.failures import RefusedDtypeError
from addax.core.static_arguments import concrete
from addax.core.tensor import Tensor, Tracer
from addax.ops.creation import zeros_like
from addax.ops.gathering import gather
from addax.ops.joining import concat
from addax.ops.shaping import reshape

__all__ = ["embedding_lookup", "embedding_lookup_sparse", "safe_embedding_lookup_sparse"]


@op(kinds="f", name="nn.embedding_lookup")
def clip_rows(rows: TensorLike, max_norm: FreeLike, ids_rank):
    """Rows scaled down to the norm `max_norm`; the dimensions after the ids' are a row."""
    axes = tuple(range(ids_rank, rows.ndim))
    squared = jnp.sum(rows * rows, axes, keepdims=True)
    limit = max_norm.astype(rows.dtype)
    positive = squared > 0
    norm = jnp.where(positive, jnp.sqrt(jnp.where(positive, squared, jnp.ones_like(squared))), squared)
    return rows * limit / lax.max(norm, jnp.broadcast_to(limit, norm.shape))


def embedding_lookup(params: Any, ids: Any, max_norm: Any = None, name: str | None = None) -> Tensor:
    """The rows of `params` with the numbers `ids`.

    Args:
        params: a tensor or variable of shape (rows, ...), or a list of tensors: the first rows, the next ones, ...
        ids: an integer tensor.
        max_norm: rows with a larger L2 norm are scaled down to it; None leaves them.
        name: ignored.

    Returns:
        A tensor of shape ids.shape + params.shape[1:].

    Raises:
        InvalidArgumentError: ids out of range (on a CPU, where they are known).
        ValueError: an empty list.

    >>> import addax as tf
    >>> tf.nn.embedding_lookup([[1.0], [2.0], [3.0]], [2, 0]).numpy().ravel().tolist()
    [3.0, 1.0]
    """
    if params is None or (isinstance(params, list | tuple) and not len(params)):
        raise ValueError("tf.nn.embedding_lookup: params must not be empty.")
    rows = gather(_one_table(params), ids)
    if max_norm is None:
        return rows
    ids_rank = len(ids.shape) if hasattr(ids, "shape") else np.ndim(ids)
    return clip_rows(rows, max_norm, ids_rank)


# ---------------------------------------------------------------------------- sparse ids


def sparse_matmul(inputs: Any, table: Any) -> Tensor:
    """A sparse matrix times a table (features, ...), whose gradient is IndexedSlices of the features that occur.

    Raises:
        ValueError: another rank than 2.
    """
    if len(inputs.shape) != 2:
        raise ValueError(f"a sparse input must have rank 2, received shape {inputs.shape}.")
    rows, columns = inputs.indices[:, 0], inputs.indices[:, 1]
    distinct, place = _distinct(columns)
    return _combined(gather(table, distinct), inputs.values, place, rows, None, inputs.known_shape()[0], "sum")


def sparse_lookup(table: Any, ids: Any) -> Any:
    """The row of each id of a sparse tensor, as a sparse tensor with one dimension more."""
    from addax.ops.sparse_tensor import SparseTensor  # few tables are asked this way

    who, width = "keras.layers.Embedding", table.shape[-1]
    values = reshape(gather(table, ids.values), [-1])
    known = concrete(ids.indices, who)
    inner = np.tile(np.arange(width), len(known))[:, None]
    places = np.concatenate([np.repeat(known, width, 0), inner], 1)
    return SparseTensor(places, values, [*ids.known_shape(), width])


def _ids(ids: Any, who: str) -> tuple[Any, Any, int]:
    """(values, the row of each, how many rows) of sparse or ragged ids."""
    if hasattr(ids, "dense_shape"):
        rows = ids.indices[:, 0]
        known = rows._value
        if isinstance(known, Tracer):
            return ids.values, rows, int(concrete(ids.dense_shape, who)[0])
        host = np.asarray(known)
        return ids.values, rows, int(host.max()) + 1 if host.size else 0
    if hasattr(ids, "value_rowids"):
        return ids.values, ids.value_rowids(), int(concrete(ids.nrows(), who))
    raise TypeError(f"tf.{who}: sp_ids must be a SparseTensor or RaggedTensor, received {type(ids).__name__}.")


@op(name="nn.embedding_lookup_sparse")
def _combined(
    picked: FreeLike,
    weights: FreeLike | None,
    place: FreeLike,
    rows: FreeLike,
    max_norm: FreeLike | None,
    count,
    combiner,
):
    """Rows picked from the table, combined: entry i is `picked[place[i]]` and belongs to `rows[i]`."""
    if weights is None and picked.dtype.kind not in "fV":
        raise RefusedDtypeError(
            errors.message(
                "tf.nn.embedding_lookup_sparse",
                expected="params of a floating dtype where no weights are given",
                received=f"params of dtype {picked.dtype}",
                hint="give sp_weights of the params' dtype",
            )
        )
    if max_norm is not None:
        picked = clip_rows.body(picked, max_norm, 1)
    picked = picked[place]
    dtype = picked.dtype
    w = jnp.ones(place.shape, dtype) if weights is None else weights.astype(dtype)
    shape = (count,) + (1,) * (picked.ndim - 1)
    total = (
        jnp.zeros((count, *picked.shape[1:]), dtype)
        .at[rows]
        .add(picked * w.reshape(w.shape + (1,) * (picked.ndim - 1)), mode="drop")
    )
    if combiner == "sum":
        return total
    size = jnp.zeros((count,), dtype).at[rows].add(w if combiner == "mean" else w * w, mode="drop")
    size = size if combiner == "mean" else jnp.sqrt(jnp.where(size > 0, size, jnp.ones_like(size)))
    filled = jnp.zeros((count,), np.int32).at[rows].add(1, mode="drop") > 0
    return jnp.where(filled.reshape(shape), total / jnp.where(filled, size, 1).reshape(shape), jnp.zeros((), dtype))


def _distinct(ids: Any) -> tuple[Any, Any]:
    """(the ids, each once where they are known, in the order in which they come; which of these each is)"""
    value = convert.convert_to_tensor(ids)._value
    if isinstance(value, Tracer):
        return ids, Tensor(jnp.arange(value.shape[0]))
    known, first, place = np.unique(np.asarray(value), return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return convert.tensor_of(known[order]), convert.tensor_of(rank[place.reshape(-1)])


def _check_combiner(who: str, combiner: Any) -> str:
    combiner = "mean" if combiner is None else combiner
    if combiner not in ("mean", "sqrtn", "sum"):
        raise ValueError(f"tf.nn.{who}: combiner must be one of 'mean', 'sqrtn' or 'sum', received {combiner!r}.")
    return combiner


def _one_table(params: Any) -> Any:
    if isinstance(params, list | tuple) and any(hasattr(part, "shape") for part in params):
        return params[0] if len(params) == 1 else concat(list(params), 0)
    return params


def embedding_lookup_sparse(
    params: Any,
    sp_ids: Any,
    sp_weights: Any,
    combiner: str | None = None,
    max_norm: Any = None,
    name: str | None = None,
    allow_fast_lookup: bool = False,
) -> Tensor:
    """For each row of sparse ids, the combination of the embeddings with these ids.

    Args:
        params: the table, shape (ids, ...), or a list of tensors: the first rows, the next ones, ...
        sp_ids: a SparseTensor or RaggedTensor of integers, two-dimensional, without empty rows.
        sp_weights: a weight for each id, of the same structure; None counts each as 1.
        combiner: "mean" (default: divided by the sum of weights), "sqrtn" (by the root of the sum of their squares) or
            "sum".
        max_norm: embeddings with a larger L2 norm are scaled down to it first.
        name: ignored.
        allow_fast_lookup: a hint for TensorFlow's kernels; there is one way here, the fast one.

    Returns:
        A tensor of shape (rows, ...); rows without ids are 0.

    Raises:
        TypeError: ids that are neither sparse nor ragged.
        ValueError: an unknown combiner.

    >>> import addax as tf
    >>> ids = tf.SparseTensor([[0, 0], [0, 1]], tf.constant([0, 1], tf.int64), [1, 2])
    >>> tf.nn.embedding_lookup_sparse(tf.constant([[1.0], [3.0]]), ids, None, combiner="sum").numpy().tolist()
    [[4.0]]
    """
    who = "nn.embedding_lookup_sparse"
    values, rows, count = _ids(sp_ids, who)
    weights = None if sp_weights is None else sp_weights.values
    combiner = _check_combiner("embedding_lookup_sparse", combiner)
    distinct, place = _distinct(values)
    return _combined(gather(_one_table(params), distinct), weights, place, rows, max_norm, count, combiner)


def safe_embedding_lookup_sparse(
    embedding_weights: Any,
    sparse_ids: Any,
    sparse_weights: Any = None,
    combiner: str | None = "mean",
    default_id: int | None = None,
    max_norm: Any = None,
    name: str | None = None,
    allow_fast_lookup: bool = False,
) -> Tensor:
    """`tf.nn.embedding_lookup_sparse` that skips ids below 0 and weights of 0 and less, and allows empty rows.

    Args:
        embedding_weights: the table, shape (ids, ...), or a list of tensors: the first rows, the next ones, ...
        sparse_ids: a SparseTensor or RaggedTensor of integers; all dimensions but the last are rows.
        sparse_weights: a weight for each id, of the same structure; None counts each as 1.
        combiner: "mean", "sqrtn" or "sum".
        default_id: the id whose embedding empty rows get; None leaves them 0.
        max_norm: embeddings with a larger L2 norm are scaled down to it first.
        name: ignored.
        allow_fast_lookup: a hint for TensorFlow's kernels; there is one way here, the fast one.

    Returns:
        A tensor of the rows' shape followed by an embedding's.

    Raises:
        TypeError: ids that are neither sparse nor ragged.
        ValueError: no table, or an unknown combiner.

    >>> import addax as tf
    >>> ids = tf.SparseTensor([[1, 0]], tf.constant([1], tf.int64), [2, 1])
    >>> tf.nn.safe_embedding_lookup_sparse(tf.constant([[1.0], [3.0]]), ids).numpy().tolist()
    [[0.0], [3.0]]
    """
    who = "nn.safe_embedding_lookup_sparse"
    if embedding_weights is None or (isinstance(embedding_weights, list | tuple) and not embedding_weights):
        raise ValueError(f"tf.{who}: Missing embedding_weights {embedding_weights!r}.")
    if hasattr(sparse_ids, "dense_shape"):
        lead = tuple(int(n) for n in concrete(sparse_ids.dense_shape, who)[:-1])
        places = sparse_ids.indices[:, :-1]
        strides = np.array([int(np.prod(lead[i + 1 :])) for i in range(len(lead))], np.int64)
        values, rows = sparse_ids.values, _row_numbers(places, strides)
    else:
        values, rows, count = _ids(sparse_ids, who)
        lead = (count,)
    weights = None if sparse_weights is None else sparse_weights.values
    combiner = _check_combiner("safe_embedding_lookup_sparse", combiner)
    valid = _valid_ids(values, default_id)
    if default_id is None and not rows.is_symbolic and len(np.unique(rows.numpy())) < np.prod(lead):
        valid = concat([valid, zeros_like(valid[:1])], 0)  # empty rows touch row 0, with no effect but on its slots
    distinct, place = _distinct(valid)
    place = place[: values.shape[0]]
    picked = gather(_one_table(embedding_weights), distinct)
    total = int(np.prod(lead))
    spare = None if default_id is None else gather(_one_table(embedding_weights), [default_id])
    out = _safely_combined(picked, values, weights, place, rows, max_norm, spare, total, combiner)
    return reshape(out, (*lead, *out.shape[1:])) if len(lead) != 1 else out


@op(name="nn.safe_embedding_lookup_sparse")
def _valid_ids(ids: FreeLike, default_id):
    """Ids below 0, which do not count, by the number of a row that exists."""
    return jnp.where(ids >= 0, ids, jnp.asarray(default_id or 0, ids.dtype))


@op(name="nn.safe_embedding_lookup_sparse")
def _row_numbers(places: FreeLike, strides: FreeLike):
    return jnp.sum(places.astype(np.int64) * strides, -1)


@op(name="nn.safe_embedding_lookup_sparse")
def _safely_combined(
    picked: FreeLike,
    ids: FreeLike,
    weights: FreeLike | None,
    place: FreeLike,
    rows: FreeLike,
    max_norm: FreeLike | None,
    spare: FreeLike | None,
    count,
    combiner,
):
    keep = ids >= 0
    if weights is not None and combiner != "sum":
        keep &= weights > 0
    rows = jnp.where(keep, rows, count)  # rows out of range are dropped
    out = _combined.body(picked, weights, place, rows, max_norm, count, combiner)
    if spare is None:
        return out
    filled = jnp.zeros((count,), np.int32).at[rows].add(1, mode="drop") > 0
    spare = spare if max_norm is None else clip_rows.body(spare, max_norm, 1)
    return jnp.where(filled.reshape((count,) + (1,) * (out.ndim - 1)), out, spare)


@op(name="nn.embedding_lookup_sparse")
def combine_rows(rows: FreeLike, weights: FreeLike, max_norm: FreeLike | None, combiner) -> Any:
    """Rows (..., n, width) combined over n by weights (..., n), which are 0 where there is none; (..., width)."""
    if max_norm is not None:
        rows = clip_rows.body(rows, max_norm, rows.ndim - 1)
    weights = weights.astype(rows.dtype)
    total = (rows * weights[..., None]).sum(-2)
    if combiner == "sum":
        return total
    size = weights.sum(-1, keepdims=True) if combiner == "mean" else (weights * weights).sum(-1, keepdims=True)
    some = (weights != 0).any(-1, keepdims=True)
    size = jnp.where(some, size, jnp.ones_like(size))
    return jnp.where(some, total / (size if combiner == "mean" else jnp.sqrt(size)), jnp.zeros_like(total))
