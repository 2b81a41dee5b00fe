"""Changes of images' colors, each value by itself or by its image's range."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from addax.core.convert import FreeLike
from addax.core.dispatch import op

Range = tuple[float, float]


def _moved(x: Any, source: Range, target: Range) -> Any:
    """Values of one range in another."""
    if source == target:
        return x
    return (x - source[0]) / (source[1] - source[0]) * (target[1] - target[0]) + target[0]


def _for_images(drawn: Any, x: Any) -> Any:
    """A number for each image, to be broadcast over it."""
    return drawn.reshape((-1, 1, 1, 1) if x.ndim == 4 else (1, 1, 1))


@op(name="keras.layers.AutoContrast")
def stretch(x: FreeLike, values: Range, first: bool) -> Any:
    """Each channel of each image stretched over the range of values; what is all alike stays."""
    wide = _moved(x, values, (0.0, 255.0))
    axes = (-2, -1) if first else (-3, -2)
    low, high = wide.min(axes, keepdims=True), wide.max(axes, keepdims=True)
    flat = high == low
    scale = 255.0 / jnp.where(flat, 1, high - low)
    stretched = _moved(jnp.clip(wide * scale - low * scale, 0, 255), (0.0, 255.0), values)
    return jnp.where(flat, x, stretched).astype(x.dtype)


@op(name="keras.layers.Solarization")
def solarize(x: FreeLike, additions: FreeLike, thresholds: FreeLike, values: Range) -> Any:
    """Something added; then values from a threshold on are inverted. Both are of images from 0 to 255."""
    added = _moved(x, values, (0.0, 255.0)) + _for_images(additions, x).astype(x.dtype)
    added = jnp.clip(added, 0, 255)
    turned = jnp.where(added < _for_images(thresholds, x).astype(x.dtype), added, 255 - added)
    return _moved(turned, (0.0, 255.0), values).astype(x.dtype)


@op(name="keras.layers.RandomInvert")
def invert(x: FreeLike, probabilities: FreeLike, drawn: FreeLike, highest: float) -> Any:
    """`highest` minus the image where what was drawn is below the image's probability."""
    return jnp.where(_for_images(drawn < probabilities, x), jnp.asarray(highest, x.dtype) - x, x)


@op(name="keras.layers.RandomPosterization")
def posterize(x: FreeLike, bits: FreeLike, values: Range) -> Any:
    """The highest bits of images as bytes."""
    dropped = _for_images(8 - bits, x)
    whole = _moved(x, values, (0.0, 255.0)).astype(jnp.uint8).astype(jnp.int32)
    return _moved(((whole >> dropped) << dropped).astype(x.dtype), (0.0, 255.0), values).astype(x.dtype)
