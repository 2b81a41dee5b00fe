"""Losses of overlaps, of noisy labels and of distances between embeddings."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from addax.core.convert import FreeLike, TensorLike
from addax.core.dispatch import op


@op(kinds="f", name="keras.losses.tversky")
def tversky(y_true: TensorLike, y_pred: TensorLike, alpha, beta, axis, epsilon):
    """1 - overlap / (overlap + alpha missed + beta falsely found), with epsilon above and below."""
    overlap = (y_true * y_pred).sum(axis)
    missed = (y_true * (1 - y_pred)).sum(axis)
    wrong = ((1 - y_true) * y_pred).sum(axis)
    return 1 - (overlap + epsilon) / (overlap + missed * alpha + wrong * beta + epsilon)


@op(kinds="f", name="keras.losses.dice")
def dice(y_true: TensorLike, y_pred: TensorLike, axis, epsilon):
    """1 - 2 overlap / (sum of both), with epsilon above and below."""
    overlap = (y_true * y_pred).sum(axis)
    return 1 - (2 * overlap + epsilon) / (y_true.sum(axis) + y_pred.sum(axis) + epsilon)


@op(name="keras.losses.categorical_generalized_cross_entropy")
def generalized_cross_entropy(y_true: FreeLike, y_pred: FreeLike, q):
    """(1 - p^q) / q of the probability p of the true class."""
    if y_true.ndim == y_pred.ndim and y_true.shape[-1] == 1:
        y_true = y_true[..., 0]
    labels = jax.nn.one_hot(y_true.astype("int32"), y_pred.shape[-1], dtype=y_pred.dtype)
    return (1 - jnp.power((labels * y_pred).sum(-1), q)) / q


@op(name="keras.losses.circle")
def circle(
    y_true: FreeLike, y_pred: FreeLike, ref_labels: FreeLike, ref_embeddings: FreeLike, remove_diagonal, gamma, margin
):
    """softplus of the log of summed exponentials over pairs of one label plus that over pairs of two."""
    same = y_true.reshape(-1)[:, None] == ref_labels.reshape(-1)[None, :]
    other = ~same
    if remove_diagonal:
        same = same & ~jnp.eye(*same.shape, dtype=bool)
    zero = jnp.zeros((), y_pred.dtype)
    distances = jnp.maximum(1 - y_pred @ ref_embeddings.astype(y_pred.dtype).T, zero)  # embeddings may be longer than 1
    near = jnp.where(same, distances, zero)
    far = jnp.where(other, distances, zero)
    pull = -gamma * jnp.maximum(margin + near, zero) * (margin - near)
    push = gamma * jnp.maximum(1 + margin - far, zero) * (1 - margin - far)
    total = _logsumexp(pull, same) + _logsumexp(push, other)
    return jax.nn.softplus(total)


def _logsumexp(values, which):
    return jax.nn.logsumexp(jnp.where(which, values, -jnp.inf), axis=1)
