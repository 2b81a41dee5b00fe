"""Penalties on weights and projections of weights, each one compiled call; Keras' regularizers and constraints."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from addax.core import errors
from addax.core.convert import FreeLike, TensorLike
from addax.core.dispatch import op
from addax.core.failures import RefusedDtypeError
from addax.ops import losses
from addax.ops.absolute import absolute


@op(kinds="fi")
def l1_l2(x: TensorLike, l1=None, l2=None):
    """l1 sum |x| + l2 sum x²; None leaves a sum out, which a factor of 0 does not: 0 times infinity is NaN.

    Of integers there is the first sum only, and its factor is cut to an integer, as in TensorFlow.
    """
    if x.dtype.kind == "i":
        if l1 is None or l2 is not None:
            raise RefusedDtypeError(
                errors.message(
                    "tf.l1_l2", expected="x of a floating dtype", received={"x": x},
                    hint="cast it: tf.cast(x, tf.float32)",
                )
            )  # fmt: skip
        return jnp.asarray(int(l1), x.dtype) * jnp.sum(jnp.abs(x), dtype=x.dtype)
    total = jnp.zeros((), x.dtype)
    if l1 is not None:
        total = total + jnp.asarray(l1, x.dtype) * jnp.sum(absolute(x))
    if l2 is not None:
        total = total + jnp.asarray(l2, x.dtype) * jnp.sum(jnp.square(x))
    return total


@op(kinds="f")
def orthogonality(x: TensorLike, factor=0.01, mode="rows"):
    """factor times half the mean |cosine| between the rows (or columns) of a matrix."""
    axis = 1 if mode == "rows" else 0
    unit = losses.l2_normalize(x, axis)
    products = unit @ unit.T if mode == "rows" else unit.T @ unit
    size = x.shape[1 - axis]
    off_diagonal = products * (1.0 - jnp.eye(size, dtype=x.dtype))
    pairs = size * (size - 1.0) / 2.0
    return jnp.asarray(factor, x.dtype) * 0.5 * jnp.sum(absolute(off_diagonal)) / pairs


def _norms(x: Any, axis: Any) -> Any:
    return jnp.sqrt(jnp.sum(jnp.square(x), axis=axis, keepdims=True))


@op(kinds="f")
def limit_norms(x: TensorLike, low=None, high=2.0, rate=1.0, axis=0, epsilon=1e-7):
    """x with its norms along `axis` brought into [low, high], by the share `rate` of the way."""
    norms = _norms(x, axis)
    wanted = jnp.maximum(jnp.minimum(norms, high), 0 if low is None else low)  # low wins where it is above high
    if rate != 1.0:
        wanted = rate * wanted + (1 - rate) * norms
    return (x * (wanted / (epsilon + norms))).astype(x.dtype)


@op(kinds="f")
def unit_norms(x: TensorLike, axis=0, epsilon=1e-7):
    """x over its norms along `axis`."""
    return x / (epsilon + _norms(x, axis))


@op
def not_negative(x: FreeLike):
    """x with its negative entries as zero."""
    return x * (x >= 0).astype(x.dtype)


@op
def radial(x: FreeLike):
    """Square kernels [size, size, in, out] made equal along rings around the centre, from their diagonal."""
    size = x.shape[0]
    start = size // 2
    offsets = np.arange(size)
    ring = np.maximum(*np.meshgrid(*[np.maximum(start - (1 - size % 2) - offsets, offsets - start)] * 2))
    # The centre is the entry before the middle; ring i is the i-th entry from the middle on.
    diagonal = np.where(ring == 0, start - 1, start + ring - size % 2)
    return x[diagonal, diagonal]
