"""Changes of the colors of batches of images, by numbers that were drawn; `first`: whether channels come first."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from addax.core.convert import FreeLike
from addax.core.dispatch import op
from addax.ops.image_color import from_hsv, to_hsv
from addax.ops.windows import from_last, to_last

Range = tuple[float, float]
BYTES = (0.0, 255.0)
GRAY = (0.2989, 0.5870, 0.1140)


def moved(x: Any, source: Range, target: Range) -> Any:
    """Values of one range in another."""
    if source == target:
        return x
    return (x - source[0]) / (source[1] - source[0]) * (target[1] - target[0]) + target[0]


def for_images(drawn: Any, dtype: Any = None) -> Any:
    """A number for each image, to be broadcast over it."""
    wide = drawn.reshape(-1, 1, 1, 1)
    return wide if dtype is None else wide.astype(dtype)


@op(name="keras.layers.AutoContrast")
def stretch(x: FreeLike, values: Range, first: bool) -> Any:
    """Each channel of each image stretched over the range of values; what is all alike stays."""
    wide = moved(x, values, BYTES)
    axes = (-2, -1) if first else (-3, -2)
    low, high = wide.min(axes, keepdims=True), wide.max(axes, keepdims=True)
    flat = high == low
    scale = 255.0 / jnp.where(flat, 1, high - low)
    stretched = moved(jnp.clip(wide * scale - low * scale, 0, 255), BYTES, values)
    return jnp.where(flat, x, stretched).astype(x.dtype)


@op(name="keras.layers.Solarization")
def solarize(x: FreeLike, additions: FreeLike, thresholds: FreeLike, values: Range) -> Any:
    """Something added; then values from a threshold on are inverted. Both are of images from 0 to 255."""
    added = jnp.clip(moved(x, values, BYTES) + for_images(additions, x.dtype), 0, 255)
    turned = jnp.where(added < for_images(thresholds, x.dtype), added, 255 - added)
    return moved(turned, BYTES, values).astype(x.dtype)


@op(name="keras.layers.RandomInvert")
def invert(x: FreeLike, chosen: FreeLike, highest: float) -> Any:
    """`highest` minus the image, for chosen images."""
    return jnp.where(for_images(chosen), jnp.asarray(highest, x.dtype) - x, x)


@op(name="keras.layers.RandomPosterization")
def posterize(x: FreeLike, dropped: FreeLike, values: Range) -> Any:
    """The highest bits of images as bytes, all but as many as are dropped."""
    dropped = for_images(dropped, jnp.int32)
    whole = moved(x, values, BYTES).astype(jnp.uint8).astype(jnp.int32)
    return moved(((whole >> dropped) << dropped).astype(x.dtype), BYTES, values).astype(x.dtype)


def _gray(x: Any) -> Any:
    """The brightness of (..., 3) images, of one channel; one channel stays."""
    if x.shape[-1] == 1:
        return x
    if x.shape[-1] != 3:
        raise ValueError(f"Images need 1 or 3 channels to be made gray. Received: images.shape={x.shape}")
    wide = x if jnp.issubdtype(x.dtype, jnp.floating) else x.astype(jnp.float32)
    return sum(wide[..., i : i + 1] * jnp.asarray(GRAY[i], wide.dtype) for i in range(3)).astype(x.dtype)


@op(name="keras.layers.RandomGrayscale")
def grayscale(x: FreeLike, chosen: FreeLike, first: bool) -> Any:
    """Chosen images in gray, with as many channels as before."""
    last = to_last(x, first)
    return from_last(jnp.where(for_images(chosen), _gray(last), last), first)


@op(name="keras.layers.RandomColorDegeneration")
def degenerate(x: FreeLike, share: FreeLike, values: Range, first: bool) -> Any:
    """Images moved by a share of the way to gray."""
    last = to_last(x, first)
    return from_last(jnp.clip(last + for_images(share, x.dtype) * (_gray(last) - last), *values), first)


def _check_colors(x: Any, who: str) -> None:
    if x.shape[-1] != 3:
        raise ValueError(f"{who} needs images with 3 channels (red, green, blue). Received: images.shape={x.shape}")


@op(name="keras.layers.RandomSaturation")
def saturate(x: FreeLike, factor: FreeLike, values: Range, first: bool) -> Any:
    """Images with their saturation times a factor."""
    last = to_last(x, first)
    _check_colors(last, "RandomSaturation")
    parts = to_hsv(last)
    saturation = jnp.clip(parts[..., 1:2] * for_images(factor, x.dtype), *values)
    return from_last(from_hsv(jnp.concatenate([parts[..., :1], saturation, parts[..., 2:]], -1)), first)


@op(name="keras.layers.RandomHue")
def turn_hue(x: FreeLike, delta: FreeLike, values: Range, first: bool) -> Any:
    """Images with their hue moved by shares of a full turn."""
    last = to_last(moved(x, values, (0.0, 1.0)), first)
    _check_colors(last, "RandomHue")
    parts = to_hsv(last)
    hue = parts[..., :1] + for_images(delta, x.dtype)
    hue = jnp.where(hue > 1, hue - 1, jnp.where(hue < 0, hue + 1, hue))
    changed = jnp.clip(from_hsv(jnp.concatenate([hue, parts[..., 1:]], -1)), 0, 1)
    return from_last(moved(changed, (0.0, 1.0), values), first).astype(x.dtype)


@op
def brighten(x: FreeLike, delta: FreeLike, values: Range) -> Any:
    """Something added to images, cut at the ends of the range."""
    return jnp.clip(x + for_images(delta, x.dtype), *values)


@op
def scale_contrast(x: FreeLike, factor: FreeLike, values: Range, first: bool) -> Any:
    """Distances from each channel's mean times a factor, cut at the ends of the range."""
    mean = x.mean((-2, -1) if first else (-3, -2), keepdims=True)
    return jnp.clip((x - mean) * for_images(factor, x.dtype) + mean, *values).astype(x.dtype)
