"""What Keras's merging layers compute, one op for a whole list of inputs."""

from __future__ import annotations

import functools
from typing import Any

import jax.numpy as jnp
from jax import lax

from addax.core import errors
from addax.core.convert import FreeLike, TensorList
from addax.core.dispatch import op
from addax.ops.arithmetic import maximum, minimum


def _aligned(values: list[Any]) -> list[Any]:
    """All of one rank: axes of size 1 are put in behind the batch, as Keras does."""
    rank = max(value.ndim for value in values)
    return [
        value.reshape(value.shape[:1] + (1,) * (rank - value.ndim) + value.shape[1:]) if value.ndim < rank else value
        for value in values
    ]


_PAIRS = {
    "add": lambda a, b: a + b,
    "average": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "maximum": maximum.body,
    "minimum": minimum.body,
}


@op(name="keras.layers merging")
def merge(values: TensorList, kind: str) -> Any:
    """Values joined element by element: "add", "subtract", "multiply", "average", "maximum" or "minimum".

    Averages of int32 are float64, as those of TensorFlow's division.
    """
    parts = _aligned(values)
    for part in parts[1:]:
        try:
            jnp.broadcast_shapes(parts[0].shape, part.shape)
        except ValueError:
            raise errors.InvalidArgumentError(
                errors.message(
                    f"tf.keras.layers.{kind}",
                    expected="inputs whose shapes broadcast against each other",
                    received=[tuple(value.shape) for value in values],
                )
            ) from None
    joined = functools.reduce(_PAIRS[kind], parts)
    if kind != "average":
        return joined
    return (joined.astype(jnp.float64) if joined.dtype == jnp.int32 else joined) / len(values)


@op(name="keras.layers.Concatenate")
def full_mask(x: FreeLike, mask: FreeLike | None) -> Any:
    """A mask in the shape of x; True everywhere where there is none."""
    if mask is None:
        return jnp.ones(x.shape, bool)
    mask = mask.astype(bool)
    return jnp.broadcast_to(mask.reshape(mask.shape + (1,) * (x.ndim - mask.ndim)), x.shape)


@op(name="keras.layers.Dot")
def batch_dot(a: FreeLike, b: FreeLike, axes: tuple[int, int], normalize: bool) -> Any:
    """Sums over one axis of each input, example by example; at least rank 2."""
    if normalize:
        a, b = (
            x * lax.rsqrt(jnp.maximum(jnp.sum(x * x, axis, keepdims=True), jnp.asarray(1e-12, x.dtype)))
            for x, axis in ((a, axes[0]), (b, axes[1]))
        )
    y = lax.dot_general(a, b, (((axes[0],), (axes[1],)), ((0,), (0,))))
    return y if y.ndim > 1 else y[:, None]
