"""Quotients that are rounded once.

XLA turns x / y into x * (1 / y) where y is a constant or broadcast. That is off by a bit in every other quotient, so
that 41 / 41 is not 1, and its floor 0. TensorFlow divides.
"""

from __future__ import annotations

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from addax.core import context

_FEWER_BITS = 1 << 24


def divided(x: Any, y: Any) -> Any:
    """x / y of two arrays of one dtype, for the bodies of ops; each quotient of real numbers rounded once."""
    if x.dtype.kind in "iubc" or _divides_exactly(y):
        return x / y
    # Where x is NaN, so is the quotient, whatever y is; XLA cannot know that x is none.
    hidden = jnp.where(x != x, y * jnp.finfo(x.dtype).eps, np.asarray(-0.0, x.dtype))
    divisor = y + lax.stop_gradient(hidden)
    return quotient(x, divisor) if isinstance(y, jax.core.Tracer) else x / divisor


@jax.custom_jvp
def quotient(x: Any, y: Any) -> Any:
    """x / y, whose gradients divide twice by y: its square may be too small a number where y itself is none."""
    return x / y


@quotient.defjvp
def _change_of_quotient(primals: Any, tangents: Any) -> Any:
    (x, y), (dx, dy) = primals, tangents
    found = quotient(x, y)
    return found, dx / y - found * dy / y  # in an order that XLA does not turn into a division by the square


def _divides_exactly(y: Any) -> bool:
    """Whether y is known, and a power of two, whose reciprocal is exact."""
    if isinstance(y, jax.core.Tracer) or np.ndim(y):
        return False
    return math.frexp(abs(complex(y)))[0] == 0.5


def _as_doubles(count: int) -> bool:
    """Whether to divide by a whole number as doubles, by a product with its reciprocal.

    That is the same quotient: it is farther from the middle between two numbers of 24 bits than a double is inexact.
    XLA joins it with what the gradient is broadcast to, which it does with no division, and which takes half the time.
    """
    return 0 < count < _FEWER_BITS and jax.default_backend() == "cpu" and not context.state.portable


def mean(x: Any, axes: tuple[int, ...], keepdims: bool = False) -> Any:
    """The mean of numbers over axes, half precision summed in float32; for the bodies of ops."""
    wide = np.dtype(np.float32) if x.dtype.itemsize == 2 else x.dtype
    count = math.prod([x.shape[axis] for axis in axes])
    total = jnp.sum(x, axes, dtype=wide, keepdims=keepdims)
    if wide == np.float32 and isinstance(count, int) and _as_doubles(count):
        return (total.astype(np.float64) * (1.0 / count)).astype(wide).astype(x.dtype)
    count = np.asarray(count, wide) if isinstance(count, int) else jnp.asarray(count).astype(wide)
    return divided(total, count).astype(x.dtype)


@jax.custom_jvp
def remainder(x: Any, y: Any) -> Any:
    """x - floor(x / y) * y; the gradient of y is that floor."""
    return jnp.remainder(x, y)


@remainder.defjvp
def _change_of_remainder(primals: Any, tangents: Any) -> Any:
    (x, y), (dx, dy) = primals, tangents
    return remainder(x, y), dx - jnp.floor(divided(x, y)) * dy
