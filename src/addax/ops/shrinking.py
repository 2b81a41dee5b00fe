"""Activations that are flat somewhere: shrinkage, thresholds, and sparse forms of sigmoid, softplus and softmax."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from addax.core.convert import TensorLike
from addax.core.dispatch import op


@op(kinds="f")
def glu(x: TensorLike, axis=-1):
    """The first half along the axis times the sigmoid of the second."""
    first, second = jnp.split(x, 2, axis)
    return first * jax.nn.sigmoid(second)


@op(kinds="f")
def hard_shrink(x: TensorLike, threshold=0.5):
    """x where it is further from 0 than the threshold, 0 elsewhere."""
    return jnp.where(jnp.abs(x) > threshold, x, jnp.zeros((), x.dtype))


@op(kinds="f")
def soft_shrink(x: TensorLike, threshold=0.5):
    """x moved towards 0 by the threshold, at most to 0."""
    by = jnp.asarray(threshold, x.dtype)
    return jnp.where(x > by, x - by, jnp.where(x < -by, x + by, jnp.zeros((), x.dtype)))


@op(kinds="f")
def tanh_shrink(x: TensorLike):
    """x - tanh(x)."""
    return x - jnp.tanh(x)


@op(kinds="f")
def sparse_plus(x: TensorLike):
    """0 up to -1, (x + 1)² / 4 up to 1, x beyond."""
    quarter = jnp.square(x + 1) / 4
    return jnp.where(x <= -1, jnp.zeros((), x.dtype), jnp.where(x < 1, quarter, x))


@op(kinds="f")
def sparse_sigmoid(x: TensorLike):
    """(x + 1) / 2, at least 0 and at most 1."""
    return jnp.clip(x + 1, 0, 2) / 2


@op(kinds="f")
def squareplus(x: TensorLike, b=4):
    """(x + sqrt(x² + b)) / 2."""
    return (x + jnp.sqrt(x * x + jnp.asarray(b, x.dtype))) / 2


@op(kinds="f")
def threshold(x: TensorLike, threshold, default_value):
    """x above the threshold, another value elsewhere."""
    return jnp.where(x > threshold, x, jnp.asarray(default_value, x.dtype))


@op(kinds="f")
def sparsemax(x: TensorLike, axis=-1):
    """The point of the probability simplex that is nearest to x."""
    x = jnp.moveaxis(x, axis, -1)
    ordered = -jnp.sort(-x, -1)
    sums = jnp.cumsum(ordered, -1)
    ranks = jnp.arange(1, x.shape[-1] + 1, dtype=x.dtype)
    inside = 1 + ranks * ordered > sums
    count = inside.sum(-1, keepdims=True)
    shift = (jnp.take_along_axis(sums, count - 1, -1) - 1) / count.astype(x.dtype)
    return jnp.moveaxis(jnp.maximum(x - shift, jnp.zeros((), x.dtype)), -1, axis)
