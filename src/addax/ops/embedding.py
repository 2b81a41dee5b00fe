"""Rows of embedding tables by id."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
from jax import lax

from addax.core import errors
from addax.core.convert import FreeLike, TensorLike
from addax.core.dispatch import op
from addax.core.tensor import Tensor
from addax.ops.gathering import gather
from addax.ops.joining import concat

__all__ = ["embedding_lookup"]


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
        params: a tensor or variable of shape (rows, ...), or a list of tensors, whose rows are dealt out in turn:
            row i is in tensor i % n ("mod").
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
    if isinstance(params, list | tuple) and any(hasattr(part, "shape") for part in params):
        params = params[0] if len(params) == 1 else _dealt(list(params))
    rows = gather(params, ids)
    if max_norm is None:
        return rows
    ids_rank = len(ids.shape) if hasattr(ids, "shape") else jnp.ndim(ids)
    return clip_rows(rows, max_norm, ids_rank)


def _dealt(parts: list[Any]) -> Tensor:
    """One table from tables that hold its rows in turn."""
    order = sorted(
        (row * len(parts) + number, number, row) for number, part in enumerate(parts) for row in range(part.shape[0])
    )
    if [position for position, _, _ in order] != list(range(len(order))):
        raise errors.InvalidArgumentError(
            errors.message(
                "tf.nn.embedding_lookup",
                expected="a list of tables whose first sizes differ by at most 1, the longer ones first",
                received=", ".join(str(tuple(part.shape)) for part in parts),
            )
        )
    starts = [sum(int(part.shape[0]) for part in parts[:number]) for number in range(len(parts))]
    return gather(concat(parts, 0), [starts[number] + row for _, number, row in order])
