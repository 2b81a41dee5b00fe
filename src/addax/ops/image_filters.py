"""Images under windows whose widths were drawn: sharpened, blurred, moved by smooth noise."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from addax.core.convert import FreeLike
from addax.core.dispatch import op
from addax.ops.color_augmentation import Range, for_images
from addax.ops.image_warp import displaced, filtered
from addax.ops.windows import from_last, to_last


@op(name="keras.layers.RandomSharpness", convolves=True)
def sharpen(x: FreeLike, factor: FreeLike, values: Range, first: bool) -> Any:
    """Images moved from (factor 0) a smooth version of themselves, over themselves (0.5), to a sharper one (1)."""
    last = to_last(x, first)
    window = np.full((3, 3), 1 / 13, np.float32)
    window[1, 1] = 5 / 13
    smooth = filtered.body(last, jnp.asarray(window))
    made = last + (1 - for_images(factor, x.dtype) * 2) * (smooth - last)
    return from_last(jnp.clip(made, *values), first)


def _bell(size: int, sigma: Any, cut: Any = None) -> Any:
    """A bell curve of a size that adds up to 1; `cut`: how far from the middle it is not 0."""
    at = jnp.arange(size, dtype=np.float32) - np.float32((size - 1) / 2)
    values = jnp.exp(-0.5 * (at / sigma) ** 2)
    if cut is not None:
        values = jnp.where(jnp.abs(at) <= cut, values, 0)
    return values / values.sum()


@op(name="keras.layers.RandomGaussianBlur", convolves=True)
def blur(x: FreeLike, sigma: FreeLike, chosen: FreeLike, size: tuple[int, int], values: Range, first: bool) -> Any:
    """Chosen images under a bell; size and sigma are (across, down)."""
    last, sigma = to_last(x, first), sigma.astype(np.float32)
    soft = filtered.body(last, _bell(size[0], sigma[0])[None])
    soft = filtered.body(soft, _bell(size[1], sigma[1])[:, None])
    return from_last(jnp.clip(jnp.where(for_images(chosen), soft, last), *values), first)


@op(name="keras.layers.RandomElasticTransform", convolves=True)
def distort(
    x: FreeLike, noise: FreeLike, share: FreeLike, chosen: FreeLike, order: int, mode: str, fill: float, values: Range,
    first: bool,
) -> Any:  # fmt: skip
    """Chosen images with each pixel moved by smooth noise (Simard et al. 2003).

    Args:
        x: a batch of images.
        noise: normal draws, (batch, height, width): pixels move as far down as across, as they do in Keras 3.
        share: from 0 to 1; a tenth of it, of the longer side, is how far pixels move, a twentieth, of the shorter
            side, how smooth the noise is.
        chosen: whether, for each image.
        order: 0 for the nearest pixel, 1 for interpolation.
        mode: what lies outside.
        fill: with mode "constant".
        values: where results are cut.
        first: whether channels come first.
    """
    last, share = to_last(x, first), share.astype(np.float32)
    tall, wide = last.shape[1:3]
    far, sigma = max(tall, wide) * 0.1 * share, min(tall, wide) * 0.05 * share
    # The window's size hangs on sigma, which may be known later than the program: the largest, with zeros outside.
    window = _bell(int(6 * 0.05 * min(tall, wide)) | 1, sigma, jnp.floor(6 * sigma) // 2)
    maps = (noise.astype(np.float32) * sigma)[..., None]
    maps = filtered.body(filtered.body(maps, window[None]), window[:, None])[..., 0] * far
    made = displaced.body(last, maps, maps, order, mode, fill)
    return from_last(jnp.clip(jnp.where(for_images(chosen), made, last), *values).astype(x.dtype), first)


@op(name="keras.layers.RandomErasing")
def erase(x: FreeLike, boxes: FreeLike, fill: FreeLike, chosen: FreeLike) -> Any:
    """Chosen images with `fill` where `boxes` is true."""
    return jnp.where(for_images(chosen) & boxes, fill.astype(x.dtype), x)


@op
def boxes_of(left: FreeLike, right: FreeLike, top: FreeLike, bottom: FreeLike, sizes: tuple[int, ...], first: bool):
    """Whether pixels (rows, columns, channels) lie in a box for each image, and the share of the image it takes."""
    rows, columns, channels = sizes
    kind = left.dtype
    y, x = jnp.arange(rows, dtype=kind)[:, None, None], jnp.arange(columns, dtype=kind)[:, None]
    left, right, top, bottom = (for_images(each) for each in (left, right, top, bottom))
    inside = (x >= left) & (x < right) & (y >= top) & (y < bottom)
    inside = jnp.broadcast_to(inside, (*inside.shape[:-1], channels))
    return from_last(inside, first), (right - left) * (bottom - top) / (columns * rows)


@op
def mixed(x: FreeLike, weight: FreeLike, order: FreeLike) -> Any:
    """A share of each, and the rest from another of the batch."""
    weight = weight.reshape(-1, *[1] * (x.ndim - 1)).astype(x.dtype)
    return weight * x + (1 - weight) * x[order]


@op(name="keras.layers.CutMix")
def replaced(x: FreeLike, boxes: FreeLike, order: FreeLike) -> Any:
    """Each image with the part in its box from another of the batch."""
    return jnp.where(boxes, x[order], x)
