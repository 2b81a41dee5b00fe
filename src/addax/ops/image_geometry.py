"""Images turned, flipped, cropped, padded and cut into patches."""

from __future__ import annotations

import math
from typing import Any

import jax.numpy as jnp
import numpy as np

from addax.core import errors
from addax.core.convert import FreeLike
from addax.core.dispatch import UnfitError, op
from addax.core.static_arguments import concrete
from addax.core.tensor import Tensor


def check_rank(who: str, image: Any) -> None:
    """Refuse what is neither an image nor a batch of images."""
    if image.ndim not in (3, 4):
        raise ValueError(
            errors.message(
                f"{who}: 'image' must have either 3 or 4 dimensions",
                expected="(height, width, channels), or a batch of them",
                received={"image": image},
            )
        )


@op(name="image.flip_left_right")
def flip_left_right(image: FreeLike) -> Tensor:
    """Mirror images.

    >>> import addax as tf
    >>> tf.image.flip_left_right(tf.reshape([1, 2], [1, 2, 1])).numpy().ravel().tolist()
    [2, 1]
    """
    check_rank("tf.image.flip_left_right", image)
    return jnp.flip(image, -2)


@op(name="image.flip_up_down")
def flip_up_down(image: FreeLike) -> Tensor:
    """Images upside down.

    >>> import addax as tf
    >>> tf.image.flip_up_down([[[1], [2]], [[3], [4]]]).numpy()[..., 0].tolist()
    [[3, 4], [1, 2]]
    """
    check_rank("tf.image.flip_up_down", image)
    return jnp.flip(image, -3)


@op(name="image.rot90")
def rot90(image: FreeLike, k: Any = 1, name: str | None = None) -> Tensor:
    """Images turned counter-clockwise by 90 degrees, `k` times.

    >>> import addax as tf
    >>> tf.image.rot90(tf.reshape(tf.range(4), [2, 2, 1])).numpy()[..., 0].tolist()
    [[1, 3], [0, 2]]
    """
    check_rank("tf.image.rot90", image)
    return jnp.rot90(image, k, axes=(-3, -2))


@op(name="image.transpose")
def transpose(image: FreeLike, name: str | None = None) -> Tensor:
    """Images with rows and columns exchanged.

    >>> import addax as tf
    >>> tf.image.transpose([[[1], [2]], [[3], [4]]]).numpy()[..., 0].tolist()
    [[1, 3], [2, 4]]
    """
    check_rank("tf.image.transpose", image)
    return jnp.swapaxes(image, -3, -2)


@op(name="image.central_crop")
def _central_crop(image: FreeLike, central_fraction: float) -> Any:
    check_rank("tf.image.central_crop", image)
    rows, columns = image.shape[-3:-1]
    top, left = int((rows - rows * central_fraction) / 2.0), int((columns - columns * central_fraction) / 2.0)
    return image[..., top : rows - top, left : columns - left, :]


def central_crop(image: Any, central_fraction: Any) -> Tensor:
    """The middle part of images.

    Args:
        image: (height, width, channels), or a batch of them.
        central_fraction: how much of each side to keep, in (0, 1].

    >>> import addax as tf
    >>> tf.image.central_crop(tf.ones([4, 4, 1]), 0.5).shape
    TensorShape([2, 2, 1])
    """
    fraction = float(concrete(central_fraction, "image.central_crop"))
    if not 0.0 < fraction <= 1.0:
        raise ValueError(f"tf.image.central_crop: central_fraction must be within (0, 1], received {fraction}.")
    return _central_crop(image, fraction)


@op(name="image.pad_to_bounding_box")
def pad_to_bounding_box(
    image: FreeLike, offset_height: Any, offset_width: Any, target_height: Any, target_width: Any
) -> Tensor:
    """Images with zeros around.

    Args:
        image: (height, width, channels), or a batch of them.
        offset_height: rows of zeros above.
        offset_width: columns of zeros on the left.
        target_height: the height of the result.
        target_width: its width.

    >>> import addax as tf
    >>> tf.image.pad_to_bounding_box(tf.ones([1, 1, 1]), 0, 1, 1, 3).numpy().ravel().tolist()
    [0.0, 1.0, 0.0]
    """
    check_rank("tf.image.pad_to_bounding_box", image)
    rows, columns = image.shape[-3:-1]
    below, right = target_height - offset_height - rows, target_width - offset_width - columns
    if min(offset_height, offset_width) < 0:
        raise ValueError("tf.image.pad_to_bounding_box: offset_height and offset_width must be >= 0.")
    if below < 0 or right < 0:
        raise ValueError(
            f"tf.image.pad_to_bounding_box: {'width' if right < 0 else 'height'} must be <= target - offset, received "
            f"an image of {rows} x {columns} at ({offset_height}, {offset_width}) in {target_height} x {target_width}."
        )
    pads = [(0, 0)] * (image.ndim - 3) + [(offset_height, below), (offset_width, right), (0, 0)]
    return jnp.pad(image, pads)


@op(name="image.crop_to_bounding_box")
def crop_to_bounding_box(
    image: FreeLike, offset_height: Any, offset_width: Any, target_height: Any, target_width: Any
) -> Tensor:
    """A box of images.

    Args:
        image: (height, width, channels), or a batch of them.
        offset_height: the first row.
        offset_width: the first column.
        target_height: the height of the box.
        target_width: its width.

    >>> import addax as tf
    >>> tf.image.crop_to_bounding_box(tf.reshape(tf.range(4), [2, 2, 1]), 1, 0, 1, 2).numpy().ravel().tolist()
    [2, 3]
    """
    check_rank("tf.image.crop_to_bounding_box", image)
    rows, columns = image.shape[-3:-1]
    if min(offset_height, offset_width) < 0 or min(target_height, target_width) <= 0:
        raise ValueError("tf.image.crop_to_bounding_box: offsets must be >= 0 and target sizes > 0.")
    if offset_height + target_height > rows or offset_width + target_width > columns:
        raise ValueError(
            f"tf.image.crop_to_bounding_box: image must be >= target + offset: {rows} x {columns} is smaller than "
            f"({offset_height} + {target_height}) x ({offset_width} + {target_width})."
        )
    return image[..., offset_height : offset_height + target_height, offset_width : offset_width + target_width, :]


@op(name="image.resize_with_crop_or_pad")
def resize_with_crop_or_pad(image: FreeLike, target_height: Any, target_width: Any) -> Tensor:
    """Images cropped or padded with zeros, around the middle, to a size.

    >>> import addax as tf
    >>> tf.image.resize_with_crop_or_pad(tf.ones([3, 1, 1]), 1, 3).numpy().ravel().tolist()
    [0.0, 1.0, 0.0]
    """
    check_rank("tf.image.resize_with_crop_or_pad", image)
    if target_height <= 0 or target_width <= 0:
        raise ValueError("tf.image.resize_with_crop_or_pad: target_height and target_width must be > 0.")
    index: list[Any] = [slice(None)] * image.ndim
    pads = [(0, 0)] * image.ndim
    for axis, target in ((image.ndim - 3, target_height), (image.ndim - 2, target_width)):
        spare = target - image.shape[axis]
        if spare < 0:
            begin = -spare // 2
            index[axis] = slice(begin, begin + target)
        else:
            pads[axis] = (spare // 2, spare - spare // 2)
    return jnp.pad(image[tuple(index)], pads)


# ---------------------------------------------------------------------------- patches


def _patches(x: Any, sizes: Any, strides: Any, rates: Any, padding: str) -> Any:
    """Windows over the middle axes of x, each flattened (window places, then channels)."""
    if padding not in ("SAME", "VALID"):
        raise UnfitError(f'tf.image.extract_patches: padding must be "SAME" or "VALID", received {padding!r}.')
    count = x.ndim - 2
    spans = [(sizes[i] - 1) * rates[i] + 1 for i in range(count)]
    pads, outs = [(0, 0)], []
    for i in range(count):
        size = x.shape[i + 1]
        if padding == "SAME":
            outs.append(math.ceil(size / strides[i]))
            total = max((outs[-1] - 1) * strides[i] + spans[i] - size, 0)
            pads.append((total // 2, total - total // 2))
        else:
            outs.append(max(0, (size - spans[i]) // strides[i] + 1))
            pads.append((0, 0))
    x = jnp.pad(x, [*pads, (0, 0)])
    pieces = []
    for place in np.ndindex(*sizes):
        index = tuple(
            slice(at * rate, at * rate + (out - 1) * stride + 1, stride)
            for at, rate, out, stride in zip(place, rates, outs, strides, strict=True)
        )
        pieces.append(x[(slice(None), *index)])
    return jnp.concatenate(pieces, axis=-1)


def _check_windows(who: str, rank: int, *windows: Any) -> None:
    for window in windows:
        if not isinstance(window, tuple) or len(window) != rank or {window[0], window[-1]} != {1} or min(window) < 1:
            raise UnfitError(
                errors.message(who, expected=f"{rank} positive ints that begin and end with 1", received=f"{window}")
            )


@op(name="image.extract_patches")
def extract_patches(
    images: FreeLike, sizes: Any, strides: Any, rates: Any, padding: str, name: str | None = None
) -> Tensor:
    """Windows of images, each as one long vector.

    Args:
        images: (batch, height, width, channels).
        sizes: [1, rows, columns, 1] of a window.
        strides: [1, rows, columns, 1] from one window to the next.
        rates: [1, rows, columns, 1] from one pixel of a window to the next.
        padding: "VALID" or "SAME".
        name: ignored.

    Returns:
        (batch, rows of windows, columns of windows, window rows * window columns * channels).

    >>> import addax as tf
    >>> tf.image.extract_patches(tf.ones([1, 4, 4, 1]), [1, 2, 2, 1], [1, 2, 2, 1], [1, 1, 1, 1], "VALID").shape
    TensorShape([1, 2, 2, 4])
    """
    _check_windows("tf.image.extract_patches", 4, sizes, strides, rates)
    return _patches(images, sizes[1:3], strides[1:3], rates[1:3], padding)


@op(name="extract_volume_patches")
def extract_volume_patches(input: FreeLike, ksizes: Any, strides: Any, padding: str, name: str | None = None) -> Tensor:
    """`tf.image.extract_patches` for volumes (batch, depth, height, width, channels).

    >>> import addax as tf
    >>> volume, two = tf.ones([1, 4, 4, 4, 1]), [1, 2, 2, 2, 1]
    >>> tf.extract_volume_patches(volume, two, two, "VALID").shape
    TensorShape([1, 2, 2, 2, 8])
    """
    _check_windows("tf.extract_volume_patches", 5, ksizes, strides)
    return _patches(input, ksizes[1:4], strides[1:4], (1, 1, 1), padding)


@op(name="image.extract_glimpse")
def _glimpse(input: FreeLike, offsets: FreeLike, noise: FreeLike, size: Any, centered: bool, normalized: bool) -> Any:
    height, width = (int(each) for each in size)
    rows, columns = input.shape[1:3]
    places = offsets.astype(np.float32)
    full, want = np.array([rows, columns], np.float32), np.array([height, width], np.float32)
    if normalized:
        places = places * full
    if centered:
        places = places / 2.0 + (full - want) / 2.0 if normalized else places + full / 2.0
    begin = jnp.trunc(places).astype(np.int32)
    ys = begin[:, 0, None] + jnp.arange(height)
    xs = begin[:, 1, None] + jnp.arange(width)
    inside = ((ys >= 0) & (ys < rows))[:, :, None] & ((xs >= 0) & (xs < columns))[:, None, :]
    batch = jnp.arange(input.shape[0])[:, None, None]
    out = input[batch, jnp.clip(ys, 0, rows - 1)[:, :, None], jnp.clip(xs, 0, columns - 1)[:, None, :]]
    return jnp.where(inside[..., None], out, noise.astype(out.dtype))


def extract_glimpse(
    input: Any,
    size: Any,
    offsets: Any,
    centered: bool = True,
    normalized: bool = True,
    noise: str = "uniform",
    name: str | None = None,
) -> Tensor:
    """A window of each image around a place.

    Args:
        input: float (batch, height, width, channels).
        size: (height, width) of the windows.
        offsets: (batch, 2): the (y, x) of each window's first corner; of its middle, if centered and normalized.
        centered: whether (0, 0) is the middle of the image.
        normalized: whether 1 is the size of the image, or from its middle to the border (otherwise: pixels).
        noise: what lies outside: "uniform", "gaussian" or "zero".
        name: ignored.

    >>> import addax as tf
    >>> tf.image.extract_glimpse(tf.ones([1, 4, 4, 1]), [2, 2], [[0.0, 0.0]]).shape
    TensorShape([1, 2, 2, 1])
    """
    from addax.core.convert import convert_to_tensor
    from addax.ops import random as draws

    input = convert_to_tensor(input)
    if len(input.shape) != 4:
        raise errors.InvalidArgumentError(
            errors.message("tf.image.extract_glimpse", expected="an input of 4 dimensions", received={"input": input})
        )
    height, width = (int(each) for each in concrete(size, "image.extract_glimpse"))
    shape = (input.shape[0], height, width, input.shape[3])
    if noise == "uniform":
        outside = draws.uniform(shape)
    elif noise == "gaussian":
        outside = draws.normal(shape)
    elif noise == "zero":
        outside = convert_to_tensor(np.zeros((), np.float32))
    else:
        raise ValueError(f"tf.image.extract_glimpse: noise must be 'uniform', 'gaussian' or 'zero', not {noise!r}.")
    return _glimpse(input, offsets, outside, (height, width), centered, normalized)
