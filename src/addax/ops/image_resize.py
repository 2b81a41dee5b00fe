"""Images in another size: tf.image.resize with all its methods, resize_with_pad, crop_and_resize.

Every method but "nearest" is a weighted mean of pixels, separable in rows and columns; the weights are computed once
per pair of sizes (at trace time, in NumPy) and applied as two small matrix products.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from addax.core import errors
from addax.core.convert import FreeLike, TensorLike, value_of
from addax.core.dispatch import UnfitError, op
from addax.core.result_sizes import possible
from addax.core.tensor import Tensor
from addax.ops.gathering import known_indices
from addax.ops.quantization import single
from addax.ops.resampling import resampled


class ResizeMethod:
    """The names of the methods of `tf.image.resize`.

    >>> import addax as tf
    >>> tf.image.ResizeMethod.BILINEAR
    'bilinear'
    """

    AREA = "area"
    BICUBIC = "bicubic"
    BILINEAR = "bilinear"
    GAUSSIAN = "gaussian"
    LANCZOS3 = "lanczos3"
    LANCZOS5 = "lanczos5"
    MITCHELLCUBIC = "mitchellcubic"
    NEAREST_NEIGHBOR = "nearest"


METHODS = ("area", "bicubic", "bilinear", "gaussian", "lanczos3", "lanczos5", "mitchellcubic", "nearest")
_KEEPING = ("area", "bicubic", "bilinear", "nearest")  # an image of the size it has stays as it is


# ---------------------------------------------------------------------------- kernels: weight at a distance


def _lanczos(radius: float) -> Callable[[np.ndarray], np.ndarray]:
    def kernel(x: np.ndarray) -> np.ndarray:
        safe = np.where(x <= 1e-3, 1.0, x)
        value = radius * np.sin(np.pi * safe) * np.sin(np.pi * safe / radius) / (np.pi * np.pi * safe * safe)
        return np.where(x > radius, 0.0, np.where(x <= 1e-3, 1.0, value))

    return kernel


def _gaussian(x: np.ndarray) -> np.ndarray:
    return np.where(x < 1.5, np.exp(-(x**2) / (2 * 0.5**2)), 0.0)


def _triangle(x: np.ndarray) -> np.ndarray:
    return np.maximum(1.0 - x, 0.0)


def _keys(x: np.ndarray) -> np.ndarray:
    """Keys' cubic with a = -0.5 (Keys 1981, "Cubic convolution interpolation")."""
    near = ((1.5 * x - 2.5) * x) * x + 1.0
    far = ((-0.5 * x + 2.5) * x - 4.0) * x + 2.0
    return np.where(x >= 2.0, 0.0, np.where(x >= 1.0, far, near))


def _mitchell(x: np.ndarray) -> np.ndarray:
    """Mitchell and Netravali's cubic with B = C = 1/3 (1988, "Reconstruction filters in computer graphics")."""
    near = ((7.0 / 6.0 * x - 2.0) * x) * x + 8.0 / 9.0
    far = ((-7.0 / 18.0 * x + 2.0) * x - 10.0 / 3.0) * x + 16.0 / 9.0
    return np.where(x >= 2.0, 0.0, np.where(x >= 1.0, far, near))


_KERNELS: dict[str, tuple[float, Callable[[np.ndarray], np.ndarray]]] = {
    "lanczos3": (3.0, _lanczos(3.0)), "lanczos5": (5.0, _lanczos(5.0)), "gaussian": (1.5, _gaussian),
    "bilinear": (1.0, _triangle), "bicubic": (2.0, _keys), "mitchellcubic": (2.0, _mitchell),
}  # fmt: skip


# ---------------------------------------------------------------------------- weights, (out, in) per axis


def _sampled_weights(size: int, out: int, method: str, antialias: bool) -> np.ndarray:
    """A kernel around the place of each output pixel, normalised; wider when antialiasing a smaller image."""
    radius, kernel = _KERNELS[method]
    scale = size / out
    wide = max(scale, 1.0) if antialias else 1.0
    centers = (np.arange(out) + 0.5) * scale
    low = np.clip(np.ceil(centers - radius * wide - 0.5), 0, size - 1)
    high = np.clip(np.floor(centers + radius * wide - 0.5), 0, size - 1)
    source = np.arange(size)
    weights = kernel(np.abs(source + 0.5 - centers[:, None]) / wide)
    weights = np.where((source >= low[:, None]) & (source <= high[:, None]), weights, 0.0)
    total = weights.sum(1, keepdims=True)
    return weights / np.where(np.abs(total) < 1e-30, 1.0, total)


def _bilinear_weights(size: int, out: int) -> np.ndarray:
    place = (np.arange(out, dtype=np.float32) + np.float32(0.5)) * np.float32(size / out) - np.float32(0.5)
    low = np.floor(place)
    part = place - low
    weights = np.zeros((out, size))
    rows = np.arange(out)
    np.add.at(weights, (rows, np.maximum(low, 0).astype(int)), 1.0 - part)
    np.add.at(weights, (rows, np.minimum(np.ceil(place), size - 1).astype(int)), part)
    return weights


def _bicubic_weights(size: int, out: int) -> np.ndarray:
    """Four pixels per output pixel; TensorFlow takes distances in steps of 1/1024, and so does this."""
    place = (np.arange(out, dtype=np.float32) + np.float32(0.5)) * np.float32(size / out) - np.float32(0.5)
    low = np.floor(place).astype(int)
    part = np.rint((place - low) * 1024) / 1024
    weights = np.zeros((out, size))
    for step in (-1, 0, 1, 2):
        index = low + step
        value = np.where((index >= 0) & (index < size), _keys(np.abs(part - step)), 0.0)
        np.add.at(weights, (np.arange(out), np.clip(index, 0, size - 1)), value)
    total = weights.sum(1, keepdims=True)
    return weights / np.where(np.abs(total) < 1000 * np.finfo(np.float32).tiny, 1.0, total)


def _area_weights(size: int, out: int) -> np.ndarray:
    """How much of each pixel lies under an output pixel."""
    scale = size / out
    begin, end = np.arange(out)[:, None] * scale, (np.arange(out)[:, None] + 1) * scale
    source = np.arange(size)[None]
    cover = np.clip(np.minimum(end, source + 1) - np.maximum(begin, source), 0.0, None)
    return cover / cover.sum(1, keepdims=True)


@functools.lru_cache(maxsize=256)
def weights(size: int, out: int, method: str, antialias: bool) -> np.ndarray:
    """The matrix (out, size) that resizes an axis."""
    if method == "area":
        made = _area_weights(size, out)
    elif method == "bilinear" and not antialias:
        made = _bilinear_weights(size, out)
    elif method == "bicubic" and not antialias:
        made = _bicubic_weights(size, out)
    else:
        made = _sampled_weights(size, out, method, antialias)
    return made.astype(np.float32)


def _nearest(size: int, out: int) -> np.ndarray:
    place = np.floor((np.arange(out, dtype=np.float32) + np.float32(0.5)) * np.float32(size / out)).astype(int)
    return np.minimum(place, size - 1)


def resized(images: Any, height: int, width: int, method: str, antialias: bool) -> Any:
    """(batch, h, w, channels) at another size; for bodies."""
    rows, columns = images.shape[1:3]
    possible("image.resize", jax.ShapeDtypeStruct((images.shape[0], height, width, images.shape[3]), images.dtype))
    if method == "nearest":
        return jnp.take(jnp.take(images, _nearest(rows, height), axis=1), _nearest(columns, width), axis=2)
    kind = images.dtype if images.dtype == np.float64 else np.float32
    out = images.astype(kind)
    if method == "area":
        antialias = False
    out = resampled(out, 1, weights, (rows, height, method, antialias))
    return resampled(out, 2, weights, (columns, width, method, antialias)).astype(np.float32)


# ---------------------------------------------------------------------------- public


def _batched(who: str, images: Any) -> tuple[Any, bool]:
    if images.ndim not in (3, 4):
        raise ValueError(
            errors.message(
                f"{who}: 'images' must have either 3 or 4 dimensions", expected="(height, width, channels), or a batch",
                received={"images": images},
            )
        )  # fmt: skip
    return (images, True) if images.ndim == 4 else (images[None], False)


def _sizes(who: str, size: Any) -> tuple[int, int]:
    pair = tuple(size) if isinstance(size, tuple | list) else (size,)
    if len(pair) != 2:
        raise ValueError(f"{who}: 'size' must be a 1-D Tensor of 2 elements: new_height, new_width; received {size}.")
    if any(int(each) != each for each in pair):
        raise ValueError(f"{who}: 'size' must be a 1-D int32 Tensor, received {size}.")
    height, width = (int(each) for each in pair)
    if height <= 0 or width <= 0:
        raise errors.InvalidArgumentError(f"{who}: output dimensions must be positive, received {size}.")
    return height, width


@op(name="image.resize", kinds="fiu")
def resize(
    images: TensorLike,
    size: Any,
    method: str = ResizeMethod.BILINEAR,
    preserve_aspect_ratio: bool = False,
    antialias: bool = False,
    name: str | None = None,
) -> Tensor:
    """Images in another size.

    Args:
        images: (height, width, channels), or a batch of them.
        size: (new height, new width).
        method: one of `tf.image.ResizeMethod`.
        preserve_aspect_ratio: whether the image only has to fit into `size`.
        antialias: whether to blur before making smaller (no effect on "nearest" and "area").
        name: ignored.

    Returns:
        float32 images (of the same dtype for "nearest").

    Raises:
        ValueError: wrong rank, size or method.

    >>> import addax as tf
    >>> tf.image.resize(tf.reshape(tf.range(4.0), [2, 2, 1]), [1, 1]).numpy().item()
    1.5
    """
    who = "tf.image.resize"
    batch, was_batch = _batched(who, images)
    height, width = _sizes(who, size)
    method = method.lower() if isinstance(method, str) else method
    if method not in METHODS:
        raise ValueError(f"{who}: Resize method is not implemented: {method!r}; the methods are {', '.join(METHODS)}.")
    if preserve_aspect_ratio:
        factor = min(np.float32(height) / np.float32(batch.shape[1]), np.float32(width) / np.float32(batch.shape[2]))
        height, width = int(np.round(factor * batch.shape[1])), int(np.round(factor * batch.shape[2]))
    if (height, width) == tuple(batch.shape[1:3]) and method in _KEEPING:
        return images if method == ResizeMethod.NEAREST_NEIGHBOR else images.astype(np.float32)
    out = resized(batch, height, width, method, antialias)
    return out if was_batch else out[0]


@op(name="image.resize_with_pad", kinds="fiu")
def resize_with_pad(
    image: TensorLike,
    target_height: Any,
    target_width: Any,
    method: str = ResizeMethod.BILINEAR,
    antialias: bool = False,
) -> Tensor:
    """Images resized to fit into a size without changing their shape, with zeros around.

    Args:
        image: (height, width, channels), or a batch of them.
        target_height: the height of the result.
        target_width: its width.
        method: one of `tf.image.ResizeMethod`.
        antialias: whether to blur before making smaller.

    >>> import addax as tf
    >>> tf.image.resize_with_pad(tf.ones([2, 4, 1]), 4, 4).numpy()[:, 0, 0].tolist()
    [0.0, 1.0, 1.0, 0.0]
    """
    who = "tf.image.resize_with_pad"
    batch, was_batch = _batched(who, image)
    target_height, target_width = _sizes(who, (target_height, target_width))
    rows, columns = batch.shape[1:3]
    ratio = max(columns / target_width, rows / target_height)
    height, width = math.floor(rows / ratio), math.floor(columns / ratio)
    top = max(0, math.floor((target_height - rows / ratio) / 2))
    left = max(0, math.floor((target_width - columns / ratio) / 2))
    if (height, width) != (rows, columns):
        out = resized(batch, height, width, method.lower(), antialias)
    else:
        out = batch if method.lower() == ResizeMethod.NEAREST_NEIGHBOR else batch.astype(np.float32)
    pads = [(0, 0), (top, target_height - height - top), (left, target_width - width - left), (0, 0)]
    out = jnp.pad(out, pads)
    return out if was_batch else out[0]


def crop_and_resize(
    image: Any,
    boxes: Any,
    box_indices: Any,
    crop_size: Any,
    method: str = "bilinear",
    extrapolation_value: float = 0.0,
    name: str | None = None,
) -> Tensor:
    """Parts of images, each in the same size.

    Args:
        image: (batch, height, width, channels).
        boxes: (n, 4) floats: y1, x1, y2, x2, where 0 is the first and 1 the last pixel.
        box_indices: (n,) ints: the image that a box is about.
        crop_size: (height, width) of each crop.
        method: "bilinear" or "nearest".
        extrapolation_value: what lies outside of the image.
        name: ignored.

    Returns:
        float32 (n, crop height, crop width, channels).

    Raises:
        InvalidArgumentError: an unknown method, or shapes that do not fit.
        OutOfRangeError: an index of no image (known ones, on a CPU).

    >>> import addax as tf
    >>> image = tf.reshape(tf.range(4.0), [1, 2, 2, 1])
    >>> tf.image.crop_and_resize(image, [[0.0, 0.0, 1.0, 1.0]], [0], [3, 3]).numpy()[0, ..., 0].tolist()
    [[0.0, 0.5, 1.0], [1.0, 1.5, 2.0], [2.0, 2.5, 3.0]]
    """
    known = known_indices(box_indices)
    if known is not None and known.size and known.dtype.kind in "iu" and not hasattr(image, "__symbolic_call__"):
        count = value_of(image).shape[0]
        if known.min() < 0 or known.max() >= count:
            raise errors.OutOfRangeError(
                errors.message(
                    "tf.image.crop_and_resize",
                    expected=f"box_indices in [0, {count})",
                    received=f"box_index from {known.min()} to {known.max()}",
                )
            )
    if isinstance(box_indices, np.ndarray) and box_indices.dtype.kind == "i":
        box_indices = box_indices.astype(np.int32)
    return _crop_and_resize(image, boxes, box_indices, crop_size, method, extrapolation_value)


@op(name="image.crop_and_resize")
def _crop_and_resize(
    image: FreeLike, boxes: FreeLike, box_indices: FreeLike, crop_size: Any, method: str, extrapolation_value: Any
) -> Any:
    if (
        image.ndim != 4
        or boxes.ndim != 2
        or boxes.shape[1] != 4
        or box_indices.shape != boxes.shape[:1]
        or box_indices.dtype != np.int32
    ):
        raise UnfitError(
            errors.message(
                "tf.image.crop_and_resize",
                expected="images of 4 dimensions, boxes of shape (n, 4) and n int32 box_indices",
                received={"image": image, "boxes": boxes, "box_indices": box_indices},
            )
        )
    if method not in ("bilinear", "nearest"):
        raise errors.InvalidArgumentError(
            f"tf.image.crop_and_resize: method must be bilinear or nearest, not {method!r}."
        )
    height, width = _sizes("tf.image.crop_and_resize", crop_size)
    image = image.astype(np.float32)

    def places(begin: Any, end: Any, count: int, size: int) -> Any:
        # Each step is rounded: a last place just beyond the last pixel lies outside of the image.
        if count == 1:
            return single(0.5 * single(begin + end) * (size - 1))[:, None]
        step = single(single(single(end - begin) * (size - 1)) / (count - 1))[:, None]
        return single(single(begin * (size - 1))[:, None] + single(np.arange(count, dtype=np.float64) * step))

    boxes = boxes.astype(np.float32).astype(np.float64)
    ys = places(boxes[:, 0], boxes[:, 2], height, image.shape[1]).astype(np.float32)
    xs = places(boxes[:, 1], boxes[:, 3], width, image.shape[2]).astype(np.float32)
    inside = ((ys >= 0) & (ys <= image.shape[1] - 1))[:, :, None] & ((xs >= 0) & (xs <= image.shape[2] - 1))[:, None, :]
    which = box_indices[:, None, None]

    def pixel(rows: Any, columns: Any) -> Any:
        rows = jnp.clip(rows, 0, image.shape[1] - 1).astype(np.int32)[:, :, None]
        columns = jnp.clip(columns, 0, image.shape[2] - 1).astype(np.int32)[:, None, :]
        return image[which, rows, columns]

    if method == "nearest":
        away = lambda x: jnp.sign(x) * jnp.floor(jnp.abs(x) + 0.5)  # noqa: E731  (half away from zero, as C's round)
        out = pixel(away(ys), away(xs))
    else:
        top, left = jnp.floor(ys), jnp.floor(xs)
        dy, dx = (ys - top)[:, :, None, None], (xs - left)[:, None, :, None]
        bottom, right = jnp.ceil(ys), jnp.ceil(xs)
        upper = pixel(top, left) + (pixel(top, right) - pixel(top, left)) * dx
        lower = pixel(bottom, left) + (pixel(bottom, right) - pixel(bottom, left)) * dx
        out = upper + (lower - upper) * dy
    return jnp.where(inside[..., None], out, np.float32(extrapolation_value))
