"""Random numbers of a key that is given: two words (Threefry, JAX's numbers), or a key of the global streams."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from addax.core import random as streams
from addax.core.convert import FreeLike
from addax.core.dispatch import op


def _key(key: Any) -> Any:
    return jax.random.wrap_key_data(key, impl="threefry2x32") if key.shape == (2,) else streams.unwrap(key)


@op
def normal(key: FreeLike, mean: FreeLike, stddev: FreeLike, shape, dtype):
    """Normally distributed numbers."""
    return (jax.random.normal(_key(key), tuple(shape), dtype.np) * stddev + mean).astype(dtype.np)


@op
def truncated_normal(key: FreeLike, mean: FreeLike, stddev: FreeLike, shape, dtype):
    """Normally distributed numbers, none beyond two standard deviations."""
    sample = jax.random.truncated_normal(_key(key), -2.0, 2.0, tuple(shape), dtype.np)
    return (sample * stddev + mean).astype(dtype.np)


@op
def uniform(key: FreeLike, low: FreeLike, high: FreeLike, shape, dtype):
    """Evenly distributed numbers in [low, high)."""
    return jax.random.uniform(_key(key), tuple(shape), dtype.np, low.astype(dtype.np), high.astype(dtype.np))


@op
def randint(key: FreeLike, low: FreeLike, high: FreeLike, shape, dtype):
    """Integers in [low, high)."""
    return jax.random.randint(_key(key), tuple(shape), low, high, dtype.np)


@op
def categorical(key: FreeLike, logits: FreeLike, count, dtype):
    """Class numbers, (batch, count)."""
    shape = (logits.shape[0], count)
    return jax.random.categorical(_key(key), logits[..., None], axis=1, shape=shape).astype(dtype.np)


@op
def dropout(x: FreeLike, key: FreeLike, rate, shape):
    """x with elements at 0 with probability rate, the others over 1 - rate."""
    keep = jax.random.bernoulli(_key(key), jnp.float32(1.0 - rate), tuple(shape))
    return jnp.where(jnp.broadcast_to(keep, x.shape), x / jnp.asarray(1.0 - rate, x.dtype), jnp.zeros((), x.dtype))


@op
def shuffle(x: FreeLike, key: FreeLike, axis):
    """x with each line along the axis in an order of its own."""
    return jax.random.permutation(_key(key), x, axis, independent=True)


@op
def gamma(key: FreeLike, alpha: FreeLike, shape, dtype):
    """Gamma distributed numbers of scale 1."""
    return jax.random.gamma(_key(key), alpha.astype(dtype.np), tuple(shape), dtype.np)


@op
def beta(key: FreeLike, alpha: FreeLike, beta: FreeLike, shape, dtype):
    """Beta distributed numbers."""
    return jax.random.beta(_key(key), alpha.astype(dtype.np), beta.astype(dtype.np), tuple(shape), dtype.np)


@op
def binomial(key: FreeLike, counts: FreeLike, probabilities: FreeLike, shape, dtype):
    """Successes among `counts` trials."""
    trials, chance = counts.astype(dtype.np), probabilities.astype(dtype.np)
    return jax.random.binomial(_key(key), trials, chance, tuple(shape), dtype.np)
