"""Colour spaces, brightness, contrast, saturation, hue, and the dtypes of images."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from addax.core import dtypes, errors
from addax.core.convert import FreeLike, TensorLike
from addax.core.dispatch import UnfitError, op
from addax.core.tensor import Tensor
from addax.ops.casting import cast_body

_TO_YIQ = np.array([[0.299, 0.59590059, 0.2115], [0.587, -0.27455667, -0.52273617], [0.114, -0.32134392, 0.31119955]])
_FROM_YIQ = np.array([[1, 1, 1], [0.95598634, -0.27201283, -1.10674021], [0.6208248, -0.64720424, 1.70423049]])
_TO_YUV = np.array(
    [[0.299, -0.14714119, 0.61497538], [0.587, -0.28886916, -0.51496512], [0.114, 0.43601035, -0.10001026]]
)
_FROM_YUV = np.array([[1, 1, 1], [0, -0.394642334, 2.03206185], [1.13988303, -0.58062185, 0]])
_GRAY = np.array([0.2989, 0.5870, 0.1140])


# ---------------------------------------------------------------------------- dtypes


def _is_float(dtype: Any) -> bool:
    return dtype.kind in "fV"


def _saturated(x: Any, dtype: Any) -> Any:
    """`x` as `dtype`, cut to what it can hold."""
    limits = np.iinfo(dtype)
    if _is_float(x.dtype):
        # The largest int of the wider types is no float; the one below it is.
        high = np.nextafter(np.float32(limits.max), np.float32(0)) if limits.bits > 24 else limits.max
        return jnp.clip(x, limits.min, high).astype(dtype)
    have = np.iinfo(x.dtype)
    return jnp.clip(x, max(limits.min, have.min), min(limits.max, have.max)).astype(dtype)


def convert(image: Any, dtype: Any, saturate: bool = False) -> Any:
    """An image as another dtype, floats being in [0, 1] and ints over their whole range; for bodies."""
    if image.dtype == dtype:
        return image
    if _is_float(image.dtype):
        if _is_float(dtype):
            return image.astype(dtype)
        scaled = image * np.asarray(np.iinfo(dtype).max + 0.5, image.dtype)
        return _saturated(scaled, dtype) if saturate else cast_body(scaled, dtype)
    if _is_float(dtype):
        return image.astype(dtype) * np.asarray(1.0 / np.iinfo(image.dtype).max, dtype)
    most_in, most_out = int(np.iinfo(image.dtype).max), int(np.iinfo(dtype).max)
    if most_in > most_out:
        scaled = image // np.asarray((most_in + 1) // (most_out + 1), image.dtype)
        return _saturated(scaled, dtype) if saturate else scaled.astype(dtype)
    cast = _saturated(image, dtype) if saturate else image.astype(dtype)
    return cast * np.asarray((most_out + 1) // (most_in + 1), dtype)


@op(name="image.convert_image_dtype")
def _convert_image_dtype(image: FreeLike, dtype: Any, saturate: bool) -> Any:
    return convert(image, dtype, saturate)


def convert_image_dtype(image: Any, dtype: Any, saturate: bool = False, name: str | None = None) -> Tensor:
    """Images as another dtype: floats are in [0, 1], ints use their whole range.

    Args:
        image: images.
        dtype: the dtype.
        saturate: whether to clip what the dtype cannot hold.
        name: ignored.

    >>> import addax as tf
    >>> tf.image.convert_image_dtype(tf.constant([0, 255], tf.uint8), tf.float32).numpy().tolist()
    [0.0, 1.0]
    """
    return _convert_image_dtype(image, dtypes.as_dtype(dtype).np, saturate)


# ---------------------------------------------------------------------------- colour spaces


def _check_channels(who: str, images: Any, channels: int = 3) -> None:
    if not images.ndim or images.shape[-1] != channels:
        raise UnfitError(
            errors.message(who, expected=f"images whose last dimension is {channels}", received={"images": images})
        )


def _mixed(who: str, images: Any, matrix: np.ndarray) -> Any:
    _check_channels(who, images)
    return jnp.tensordot(images, jnp.asarray(matrix, images.dtype), axes=[[images.ndim - 1], [0]], precision="highest")


@op(name="image.rgb_to_yiq", kinds="f")
def rgb_to_yiq(images: FreeLike) -> Tensor:
    """RGB images (floats in [0, 1]) in YIQ.

    >>> import addax as tf
    >>> tf.image.rgb_to_yiq([[[1.0, 1.0, 1.0]]]).numpy().round(2)[..., 0]
    array([[1.]], dtype=float32)
    """
    return _mixed("tf.image.rgb_to_yiq", images, _TO_YIQ)


@op(name="image.yiq_to_rgb", kinds="f")
def yiq_to_rgb(images: FreeLike) -> Tensor:
    """YIQ images in RGB.

    >>> import addax as tf
    >>> print(tf.image.yiq_to_rgb([[[1.0, 0.0, 0.0]]]).numpy().round(4))
    [[[1. 1. 1.]]]
    """
    return _mixed("tf.image.yiq_to_rgb", images, _FROM_YIQ)


@op(name="image.rgb_to_yuv", kinds="f")
def rgb_to_yuv(images: FreeLike) -> Tensor:
    """RGB images (floats in [0, 1]) in YUV.

    >>> import addax as tf
    >>> tf.image.rgb_to_yuv([[[1.0, 1.0, 1.0]]]).numpy().round(2)[..., 0]
    array([[1.]], dtype=float32)
    """
    return _mixed("tf.image.rgb_to_yuv", images, _TO_YUV)


@op(name="image.yuv_to_rgb", kinds="f")
def yuv_to_rgb(images: FreeLike) -> Tensor:
    """YUV images in RGB.

    >>> import addax as tf
    >>> print(tf.image.yuv_to_rgb([[[1.0, 0.0, 0.0]]]).numpy().round(4))
    [[[1. 1. 1.]]]
    """
    return _mixed("tf.image.yuv_to_rgb", images, _FROM_YUV)


@op(name="image.rgb_to_grayscale")
def rgb_to_grayscale(images: FreeLike, name: str | None = None) -> Tensor:
    """RGB images with one channel of luminance.

    >>> import addax as tf
    >>> tf.image.rgb_to_grayscale(tf.ones([1, 1, 3])).shape
    TensorShape([1, 1, 1])
    """
    _check_channels("tf.image.rgb_to_grayscale", images)
    flat = convert(images, np.dtype(np.float32))
    gray = jnp.tensordot(flat, jnp.asarray(_GRAY, np.float32), axes=[[flat.ndim - 1], [0]], precision="highest")
    return convert(gray[..., None], images.dtype)


@op(name="image.grayscale_to_rgb")
def grayscale_to_rgb(images: FreeLike, name: str | None = None) -> Tensor:
    """Images of one channel with three equal ones.

    >>> import addax as tf
    >>> tf.image.grayscale_to_rgb([[[5], [6]]]).numpy().tolist()
    [[[5, 5, 5], [6, 6, 6]]]
    """
    _check_channels("tf.image.grayscale_to_rgb", images, 1)
    return jnp.concatenate([images] * 3, axis=-1)


def to_hsv(images: Any) -> Any:
    """RGB to HSV; for bodies."""
    red, green, blue = images[..., 0], images[..., 1], images[..., 2]
    value = jnp.max(images, -1)
    spread = value - jnp.min(images, -1)
    safe = jnp.where(spread > 0, spread, 1)
    norm = 1.0 / (6.0 * safe)
    hue = jnp.where(
        value == red,
        norm * (green - blue),
        jnp.where(value == green, norm * (blue - red) + 2.0 / 6.0, norm * (red - green) + 4.0 / 6.0),
    )
    hue = jnp.where(spread > 0, hue, 0)
    hue = jnp.where(hue < 0, hue + 1, hue)
    saturation = jnp.where(value > 0, spread / jnp.where(value > 0, value, 1), 0)
    return jnp.stack([hue, saturation, value], -1).astype(images.dtype)


def from_hsv(images: Any) -> Any:
    """HSV to RGB; for bodies."""
    hue, saturation, value = images[..., 0], images[..., 1], images[..., 2]
    sixth = hue * 6.0
    red = jnp.clip(jnp.abs(sixth - 3.0) - 1.0, 0, 1)
    green = jnp.clip(2.0 - jnp.abs(sixth - 2.0), 0, 1)
    blue = jnp.clip(2.0 - jnp.abs(sixth - 4.0), 0, 1)
    pure = jnp.stack([red, green, blue], -1)
    return ((1.0 - saturation[..., None] * (1.0 - pure)) * value[..., None]).astype(images.dtype)


def _check_color(who: str, images: Any) -> None:
    if not images.ndim or images.shape[-1] != 3:
        kind = errors.FailedPreconditionError if images.ndim else errors.InvalidArgumentError
        raise kind(errors.message(who, expected="images whose last dimension is 3", received={"images": images}))


@op(name="image.rgb_to_hsv", kinds="f")
def rgb_to_hsv(images: TensorLike, name: str | None = None) -> Tensor:
    """RGB images (floats in [0, 1]) in hue, saturation and value, all in [0, 1].

    >>> import addax as tf
    >>> tf.image.rgb_to_hsv([[[1.0, 0.0, 0.0]]]).numpy().tolist()
    [[[0.0, 1.0, 1.0]]]
    """
    _check_color("tf.image.rgb_to_hsv", images)
    return to_hsv(images)


@op(name="image.hsv_to_rgb", kinds="f")
def hsv_to_rgb(images: TensorLike, name: str | None = None) -> Tensor:
    """Images in hue, saturation and value as RGB.

    >>> import addax as tf
    >>> tf.image.hsv_to_rgb([[[0.0, 1.0, 1.0]]]).numpy().tolist()
    [[[1.0, 0.0, 0.0]]]
    """
    _check_color("tf.image.hsv_to_rgb", images)
    return from_hsv(images)


# ---------------------------------------------------------------------------- adjustments


def _in_single(image: Any) -> Any:
    """In float32 where it is not float16: these adjustments are no more exact in TensorFlow."""
    return image if image.dtype in (np.float32, np.float16) else convert(image, np.dtype(np.float32))


@op(name="image.adjust_brightness")
def adjust_brightness(image: FreeLike, delta: FreeLike) -> Tensor:
    """Images with `delta` added (in units where 1 is white).

    >>> import addax as tf
    >>> tf.image.adjust_brightness(tf.constant([[[100]]], tf.uint8), 0.1).numpy().item()
    125
    """
    flat = _in_single(image)
    return convert(flat + delta.astype(flat.dtype), image.dtype, True)


@op(name="image.adjust_contrast")
def adjust_contrast(images: FreeLike, contrast_factor: FreeLike) -> Tensor:
    """Images whose distance from their mean (per channel) is multiplied.

    Args:
        images: (..., height, width, channels).
        contrast_factor: a float.

    >>> import addax as tf
    >>> tf.image.adjust_contrast([[[1.0], [3.0]]], 2.0).numpy().tolist()
    [[[0.0], [4.0]]]
    """
    flat = _in_single(images)
    mean = flat.mean((-3, -2), keepdims=True)
    return convert((flat - mean) * contrast_factor.astype(flat.dtype) + mean, images.dtype, True)


@op(name="image.adjust_saturation")
def adjust_saturation(image: FreeLike, saturation_factor: FreeLike, name: str | None = None) -> Tensor:
    """RGB images whose saturation is multiplied.

    Args:
        image: (..., height, width, 3).
        saturation_factor: a float.
        name: ignored.

    >>> import addax as tf
    >>> tf.image.adjust_saturation([[[1.0, 0.5, 0.5]]], 0.0).numpy().tolist()
    [[[1.0, 1.0, 1.0]]]
    """
    _check_channels("tf.image.adjust_saturation", image)
    flat = _in_single(image)
    hsv = to_hsv(flat)
    scaled = jnp.clip(hsv[..., 1] * saturation_factor.astype(flat.dtype), 0, 1)
    return convert(from_hsv(jnp.stack([hsv[..., 0], scaled, hsv[..., 2]], -1)), image.dtype)


@op(name="image.adjust_hue")
def _adjust_hue(image: FreeLike, delta: FreeLike) -> Any:
    _check_channels("tf.image.adjust_hue", image)
    flat = _in_single(image)
    hsv = to_hsv(flat)
    turned = jnp.mod(hsv[..., 0] + delta.astype(flat.dtype), 1.0)
    return convert(from_hsv(jnp.stack([turned, hsv[..., 1], hsv[..., 2]], -1)), image.dtype)


def adjust_hue(image: Any, delta: Any, name: str | None = None) -> Tensor:
    """RGB images whose hue is turned.

    Args:
        image: (..., height, width, 3).
        delta: how far, in [-1, 1]; 1 is a whole turn.
        name: ignored.

    >>> import addax as tf
    >>> print(tf.image.adjust_hue([[[1.0, 0.0, 0.0]]], 0.5).numpy().round(4))
    [[[0. 1. 1.]]]
    """
    if isinstance(delta, int | float) and not -1.0 <= delta <= 1.0:
        raise UnfitError(f"tf.image.adjust_hue: delta must be in the interval [-1, 1], received {delta}.")
    return _adjust_hue(image, delta)


@op(name="image.adjust_gamma")
def _adjust_gamma(image: FreeLike, gamma: FreeLike, gain: FreeLike) -> Any:
    flat = _in_single(image)
    return convert(gain.astype(flat.dtype) * flat ** gamma.astype(flat.dtype), image.dtype, True)


def adjust_gamma(image: Any, gamma: Any = 1, gain: Any = 1) -> Tensor:
    """`gain * image ** gamma`, in units where 1 is white.

    Raises:
        ValueError: gamma is negative.

    >>> import addax as tf
    >>> tf.image.adjust_gamma(tf.constant([0.5]), 2).numpy().tolist()
    [0.25]
    """
    if isinstance(gamma, int | float) and gamma < 0:
        raise ValueError(f"tf.image.adjust_gamma: Gamma should be a non-negative real number, received {gamma}.")
    return _adjust_gamma(image, gamma, gain)


@op(name="image.per_image_standardization")
def per_image_standardization(image: FreeLike) -> Tensor:
    """Each image with mean 0 and standard deviation 1 (of at least 1 / sqrt(number of values)).

    Args:
        image: (..., height, width, channels).

    Returns:
        float32 images.

    >>> import addax as tf
    >>> tf.image.per_image_standardization([[[1.0], [3.0]]]).numpy().tolist()
    [[[-1.0], [1.0]]]
    """
    kind = np.dtype(np.float32)
    flat = image.astype(kind)
    axes = (-3, -2, -1)
    count = np.prod(flat.shape[-3:])
    mean, deviation = flat.mean(axes, keepdims=True), flat.std(axes, keepdims=True)
    return (flat - mean) / jnp.maximum(deviation, np.asarray(1.0 / np.sqrt(count), kind))
