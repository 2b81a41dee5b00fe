"""Isotonic regression: the nearest monotone sequence."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import lax

from addax.core import errors
from addax.core.convert import TensorLike
from addax.core.dispatch import op

__all__ = ["isotonic_regression"]


def _segments(x: Any, decreasing: bool) -> Any:
    """The number of the block of equal results that each element of the last axis belongs to.

    For an increasing result there is a border before element i where no mean of elements that end before it exceeds
    a mean of elements that start with it (Robertson, Wright and Dykstra 1988).
    """
    n = x.shape[-1]
    wide = (-x if decreasing else x).astype(np.float64)
    total = jnp.concatenate([jnp.zeros((*x.shape[:-1], 1)), jnp.cumsum(wide, -1)], -1)
    start, end = np.arange(n)[:, None], np.arange(n)[None, :]
    mean = (total[..., None, 1:] - total[..., :-1, None]) / np.maximum(end - start + 1, 1)
    ending = jnp.max(jnp.where(end >= start, mean, -jnp.inf), -2)
    starting = jnp.min(jnp.where(end >= start, mean, jnp.inf), -1)
    border = ending[..., :-1] <= starting[..., 1:]
    return jnp.concatenate([jnp.zeros((*x.shape[:-1], 1), np.int32), jnp.cumsum(border, -1, dtype=np.int32)], -1)


@op(kinds="fiu", name="nn.isotonic_regression")
def _isotonic(inputs: TensorLike, decreasing, axis):
    if not inputs.ndim or not -inputs.ndim <= axis < inputs.ndim:
        raise errors.InvalidArgumentError(
            errors.message(
                "tf.nn.isotonic_regression",
                expected="a tensor of 1 or more dimensions and one of its axes",
                received=f"axis={axis}, shape {tuple(inputs.shape)}",
            )
        )
    if inputs.dtype.kind in "iu":
        inputs = inputs.astype(np.float32 if inputs.dtype.itemsize <= 2 else np.float64)
    x = jnp.moveaxis(inputs, axis, -1)
    blocks = _segments(lax.stop_gradient(x), decreasing)
    together = (blocks[..., :, None] == blocks[..., None, :]).astype(x.dtype)
    y = jnp.einsum("...ij,...j->...i", together, x) / jnp.sum(together, -1)
    return jnp.moveaxis(y, -1, axis), jnp.moveaxis(blocks, -1, axis)


def isotonic_regression(inputs: Any, decreasing: bool = True, axis: int = -1) -> Any:
    """The monotone sequence with the least sum of squared distances from `inputs`, along an axis.

    Args:
        inputs: a tensor of real numbers (integers become floats).
        decreasing: whether the result decreases (True) or increases.
        axis: the axis of the sequences. Memory and time grow with the square of its length.

    Returns:
        (output, segments): the sequence, and for each element the number of its block of equal results, int32.

    >>> import addax as tf
    >>> tf.nn.isotonic_regression([3.0, 1.0, 2.0])[0].numpy().tolist()
    [3.0, 1.5, 1.5]
    """
    return _isotonic(inputs, bool(decreasing), int(axis))
