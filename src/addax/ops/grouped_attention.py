"""Attention whose queries share keys and values in groups."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from addax.core.convert import FreeLike
from addax.core.dispatch import op
from addax.ops.layers import dropout


@op(name="keras.layers.GroupQueryAttention")
def grouped_query_attention(
    query: FreeLike, key: FreeLike, value: FreeLike, gate: FreeLike | None, query_mask: FreeLike | None,
    value_mask: FreeLike | None, key_mask: FreeLike | None, mask: FreeLike | None, noise: FreeLike | None,
    causal: bool, window: int | None, rate: float,
) -> Any:  # fmt: skip
    """Scaled dot-product attention where several heads of queries share one of keys (Ainslie et al. 2023).

    Args:
        query: (batch, queries, heads, size), projected.
        key: (batch, keys, groups, size); groups divide heads.
        value: as `key`.
        gate: what outputs are multiplied with, or None.
        query_mask: (batch, queries), which queries there are; those left out see nothing, that is: all keys alike.
        value_mask: (batch, keys), which values there are.
        key_mask: (batch, keys), which keys there are.
        mask: which keys each query may see: (batch, queries, keys), or with heads behind the batch.
        noise: a random key if weights are dropped out.
        causal: whether a query sees only keys up to its own place.
        window: how far a query sees to both sides, itself included; None for everything.
        rate: of dropout.

    Returns:
        (outputs per head, weights (batch, heads, queries, keys))
    """
    batch, rows, heads, size = query.shape
    groups, columns = key.shape[2], key.shape[1]
    query = query * jnp.asarray(1.0 / np.sqrt(float(size)), query.dtype)
    query = query.reshape(batch, rows, groups, heads // groups, size)
    kind = jnp.promote_types(query.dtype, jnp.float32)
    scores = jnp.einsum("bqgrh,bkgh->bgrqk", query, key, preferred_element_type=kind)
    scores = scores.reshape(batch, heads, rows, columns)
    seen = []
    if query_mask is not None:
        seen.append(query_mask.astype(bool)[:, None, :, None])
    seen += [each.astype(bool)[:, None, None, :] for each in (value_mask, key_mask) if each is not None]
    if mask is not None:
        seen.append((mask if mask.ndim == 4 else jnp.expand_dims(mask, -3)).astype(bool))
    apart = jnp.arange(rows)[:, None] - jnp.arange(columns)[None, :]
    if causal:
        seen.append(apart >= 0)
    if window is not None:
        seen.append(jnp.abs(apart) < window)
    for each in seen[1:]:
        seen[0] = seen[0] & each
    if seen:
        scores = jnp.where(seen[0], scores, jnp.asarray(-0.7 * float(jnp.finfo(kind).max), kind))
    weights = jax.nn.softmax(scores, axis=-1).astype(value.dtype)
    kept = weights if noise is None else dropout.body(weights, noise, rate, None)
    kept = kept.reshape(batch, groups, heads // groups, rows, columns)
    outputs = jnp.einsum("bgrqk,bkgh->bqgrh", kept, value).reshape(batch, rows, heads, size)
    return (outputs if gate is None else outputs * gate), weights
