"""Activations that are several ops in TensorFlow and one compiled call here."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from addax.core.convert import TensorLike
from addax.core.dispatch import op
from addax.ops import losses


@op(kinds="f")
def scaled_elu(x: TensorLike, alpha=1.0):
    """x above 0, alpha (exp(x) - 1) below."""
    below = jnp.asarray(alpha, x.dtype) * jnp.expm1(jnp.where(x > 0, jnp.zeros((), x.dtype), x))
    return jnp.where(x > 0, x, below)


@op(kinds="f")
def celu(x: TensorLike, alpha=1.0):
    """x above 0, alpha (exp(x / alpha) - 1) below."""
    return jax.nn.celu(x, jnp.asarray(alpha, x.dtype))


@op(kinds="f")
def mish(x: TensorLike):
    """x tanh(softplus(x))."""
    return x * jnp.tanh(jax.nn.softplus(x))


@op(kinds="f")
def hard_sigmoid(x: TensorLike):
    """0.2 x + 0.5, within [0, 1]."""
    return losses.clip(jnp.asarray(0.2, x.dtype) * x + jnp.asarray(0.5, x.dtype), 0.0, 1.0)


@op(kinds="f")
def hard_silu(x: TensorLike):
    """x relu6(x + 3) / 6."""
    return x * jnp.clip(x + 3, 0, 6) / 6


@op(kinds="fiu")
def bent_relu(x: TensorLike, alpha=0.0, max_value=None, threshold=0.0):
    """x above the threshold (at most max_value), alpha (x - threshold) below; NaN stays NaN."""
    limit, zero = jnp.asarray(threshold, x.dtype), jnp.zeros((), x.dtype)
    kept = jax.lax.stop_gradient(x)  # NaN, where neither comparison holds
    out = jnp.where(x > limit, x, jnp.where(x <= limit, zero, kept))
    if threshold and jnp.issubdtype(x.dtype, jnp.inexact):
        out = jnp.where(kept == -jnp.inf, jnp.nan, out)  # TensorFlow multiplies by 0 or 1 here
    if max_value is not None:
        out = losses.clip(out, 0, max(max_value, 0))
    if alpha:
        below = jnp.where(x < limit, limit - x, jnp.where(x >= limit, zero, kept))
        out = out - jnp.asarray(alpha, x.dtype) * below
    return out
