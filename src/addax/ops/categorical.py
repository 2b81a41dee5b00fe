"""What Keras's preprocessing layers compute on numbers: encodings of categories, buckets, lookups of integers."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from addax.core.convert import FreeLike
from addax.core.dispatch import op


@op(name="keras.layers.CategoryEncoding")
def counts(indices: FreeLike, weights: FreeLike | None, depth: int, binary: bool, dtype: Any) -> Any:
    """How often each of 0 .. depth - 1 occurs along the last axis (or whether, if `binary`); others are left out.

    Args:
        indices: integers (n,) or (batch, n).
        weights: what each entry counts, or None for 1.
        depth: the number of categories.
        binary: whether to give 1 for any count.
        dtype: of the result.
    """
    if not indices.shape[-1]:
        return jnp.zeros((*indices.shape[:-1], depth), dtype)
    where = jnp.where((indices < 0) | (indices >= depth), depth, indices)
    flat = where.reshape(-1, where.shape[-1])
    rows = jnp.arange(flat.shape[0])[:, None]
    if binary:
        made = jnp.zeros((flat.shape[0], depth + 1), dtype).at[rows, flat].set(1)
    else:
        each = jnp.ones(flat.shape, dtype) if weights is None else weights.astype(dtype).reshape(flat.shape)
        made = jnp.zeros((flat.shape[0], depth + 1), dtype).at[rows, flat].add(each)
    return made[:, :depth].reshape(*where.shape[:-1], depth)


@op(name="keras.layers.Discretization")
def bucketize(x: FreeLike, boundaries: FreeLike, dtype: Any) -> Any:
    """The number of boundaries that are at most x."""
    return jnp.searchsorted(boundaries, x.astype(boundaries.dtype), side="right").astype(dtype)


@op(name="keras.layers.IntegerLookup")
def lookup(x: FreeLike, keys: FreeLike, values: FreeLike, default: FreeLike) -> Any:
    """values[i] where x is keys[i] (sorted), `default` elsewhere."""
    if not keys.shape[0]:
        return jnp.broadcast_to(default, x.shape).astype(values.dtype)
    at = jnp.clip(jnp.searchsorted(keys, x.astype(keys.dtype)), 0, keys.shape[0] - 1)
    return jnp.where(keys[at] == x.astype(keys.dtype), values[at], default.astype(values.dtype))


@op(name="keras.layers.Normalization")
def standardize(x: FreeLike, mean: FreeLike, variance: FreeLike, invert: bool) -> Any:
    """(x - mean) / sqrt(variance), or back."""
    mean, variance = mean.astype(x.dtype), variance.astype(x.dtype)
    deviation = jnp.maximum(jnp.sqrt(variance), jnp.asarray(1e-7, x.dtype))
    return mean + x * deviation if invert else (x - mean) / deviation


@op(name="keras.layers.Rescaling")
def rescale(x: FreeLike, scale: FreeLike, offset: FreeLike, dtype: Any) -> Any:
    """x * scale + offset, in a floating dtype."""
    x = x.astype(dtype)
    return x * scale.astype(x.dtype) + offset.astype(x.dtype)


def as_integers(values: Any) -> np.ndarray:
    """Integers of a vocabulary as an int64 array."""
    return np.asarray(values, np.int64)
