"""Blocks and elements taken out of arrays and put into them, at places that are computed: XLA's dynamic slices."""

from __future__ import annotations

import jax.numpy as jnp
from jax import lax

from addax.core.convert import FreeLike, TensorLike
from addax.core.dispatch import op


def _starts(start: FreeLike) -> list:
    return [start[i] for i in range(start.shape[0])]


@op
def dynamic_slice(x: FreeLike, start: FreeLike, shape):
    """The block of this shape that begins at `start`, moved so that it lies inside."""
    return lax.dynamic_slice(x, _starts(start), tuple(int(n) for n in shape))


@op
def dynamic_update_slice(x: TensorLike, updates: TensorLike, start: FreeLike):
    """x with the block at `start` replaced."""
    return lax.dynamic_update_slice(x, updates, _starts(start))


UPDATES = {None: "set", "add": "add", "max": "max", "min": "min", "mul": "multiply"}


@op
def scatter_update(x: TensorLike, updates: TensorLike, indices: FreeLike, reduction=None):
    """x with elements or rows replaced, or combined with what is there.

    Args:
        x: a tensor.
        updates: of shape (*places, *rest of x).
        indices: integers of shape (*places, dimensions that are indexed).
        reduction: None, "add", "max", "min" or "mul".
    """
    place = x.at[tuple(jnp.moveaxis(indices, -1, 0))]
    return getattr(place, UPDATES[reduction])(updates)


@op
def scatter(updates: FreeLike, indices: FreeLike, shape):
    """Zeros of this shape with updates added at their places; those that lie outside are left out."""
    zeros = jnp.zeros(tuple(int(n) for n in shape), updates.dtype)
    return zeros.at[tuple(jnp.moveaxis(indices, -1, 0))].add(updates)
