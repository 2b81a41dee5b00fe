"""`keras.ops.image`: images in other sizes, colors, places."""

from __future__ import annotations

from typing import Any

import numpy as np

from addax.core import errors
from addax.keras import config
from addax.keras.ops import nn
from addax.keras.ops.function import named
from addax.keras.ops.promotion import floats, tensor
from addax.ops import casting, clip, image_color, image_quality, image_warp, joining, random, shaping

_ORDERS = {"nearest": 0, "bilinear": 1}
_MODES = ("constant", "nearest", "wrap", "mirror", "reflect")
_INTERPOLATIONS = ("nearest", "bilinear", "bicubic", "lanczos3", "lanczos5")


def _first(data_format: str | None) -> bool:
    return (data_format or config.image_data_format()) == "channels_first"


def _images(images: Any, data_format: str | None) -> tuple[Any, bool]:
    """(batch, height, width, channels), and whether a batch was given."""
    made = tensor(images)
    rank = len(made.shape)
    if rank not in (3, 4):
        raise ValueError(
            "Invalid images rank: expected rank 3 (single image) or rank 4 (batch of images). "
            f"Received input with shape: images.shape={tuple(made.shape)}"
        )
    made = made if rank == 4 else shaping.expand_dims(made, 0)
    return (shaping.transpose(made, [0, 2, 3, 1]) if _first(data_format) else made), rank == 4


def _back(images: Any, data_format: str | None, batch: bool) -> Any:
    made = shaping.transpose(images, [0, 3, 1, 2]) if _first(data_format) else images
    return made if batch else shaping.squeeze(made, [0])


def _one_of(what: str, value: Any, known: Any) -> Any:
    if value not in known:
        raise ValueError(f"Invalid value for argument `{what}`. Expected of one {set(known)}. Received: {what}={value}")
    return value


# ---------------------------------------------------------------------------- colors


def _colors(code: Any, images: Any, data_format: str | None) -> Any:
    made = tensor(images)
    if not _first(data_format):
        return code(made)
    order = [0, 2, 3, 1] if len(made.shape) == 4 else [1, 2, 0]
    return shaping.transpose(code(shaping.transpose(made, order)), [0, 3, 1, 2] if len(order) == 4 else [2, 0, 1])


@named("image.rgb_to_grayscale")
def rgb_to_grayscale(images: Any, data_format: str | None = None) -> Any:
    """Gray images, of one channel.

    >>> from addax.keras import ops
    >>> ops.image.rgb_to_grayscale(ops.ones((2, 2, 3))).shape
    TensorShape([2, 2, 1])
    """
    made, batch = _images(images, data_format)
    if made.shape[-1] not in (1, 3):
        raise ValueError(
            "Invalid channel size: expected 3 (RGB) or 1 (Grayscale). "
            f"Received input with shape: images.shape={tuple(made.shape)}"
        )
    if made.shape[-1] == 3:
        wide = floats(made)
        red, green, blue = (wide[..., i : i + 1] for i in range(3))
        made = casting.cast(0.2989 * red + 0.5870 * green + 0.1140 * blue, made.dtype)
    return _back(made, data_format, batch)


@named("image.rgb_to_hsv")
def rgb_to_hsv(images: Any, data_format: str | None = None) -> Any:
    """Hue, saturation and value of floating images in [0, 1].

    Args:
        images: (..., height, width, 3), or channels first.
        data_format: by default `image_data_format()`.
    Raises:
        ValueError: integers, or fewer than three axes.

    >>> from addax.keras import ops
    >>> ops.image.rgb_to_hsv([[[1.0, 0.0, 0.0]]]).numpy().tolist()
    [[[0.0, 1.0, 1.0]]]
    """
    return _colors(image_color.rgb_to_hsv, images, data_format)


@named("image.hsv_to_rgb")
def hsv_to_rgb(images: Any, data_format: str | None = None) -> Any:
    """The inverse of `rgb_to_hsv`.

    Args:
        images: (..., height, width, 3), or channels first, in [0, 1].
        data_format: by default `image_data_format()`.

    >>> from addax.keras import ops
    >>> ops.image.hsv_to_rgb([[[0.0, 1.0, 1.0]]]).numpy().tolist()
    [[[1.0, 0.0, 0.0]]]
    """
    return _colors(image_color.hsv_to_rgb, images, data_format)


# ---------------------------------------------------------------------------- sizes


@named("image.resize")
def resize(
    images: Any, size: Any, interpolation: str = "bilinear", antialias: bool = False,
    crop_to_aspect_ratio: bool = False, pad_to_aspect_ratio: bool = False, fill_mode: str = "constant",
    fill_value: float = 0.0, data_format: str | None = None,
) -> Any:  # fmt: skip
    """Images in another size.

    Args:
        images: (height, width, channels), a batch of them, or channels first.
        size: (height, width).
        interpolation: "nearest", "bilinear", "bicubic", "lanczos3" or "lanczos5".
        antialias: whether to blur before making smaller.
        crop_to_aspect_ratio: whether to cut off at two sides, so that shapes keep their proportions.
        pad_to_aspect_ratio: or to add at two sides.
        fill_mode: "constant".
        fill_value: what is added.
        data_format: by default `image_data_format()`.

    >>> from addax.keras import ops
    >>> ops.image.resize(ops.ones((4, 4, 3)), (2, 2)).shape
    TensorShape([2, 2, 3])
    """
    _one_of("interpolation", interpolation, _INTERPOLATIONS)
    if fill_mode != "constant":
        raise ValueError(
            f"Invalid value for argument `fill_mode`. Only `'constant'` is supported. Received: fill_mode={fill_mode}"
        )
    if pad_to_aspect_ratio and crop_to_aspect_ratio:
        raise ValueError("Only one of `pad_to_aspect_ratio` & `crop_to_aspect_ratio` can be `True`.")
    if len(size) != 2:
        raise ValueError(f"Argument `size` must be a tuple of two elements (height, width). Received: size={size}")
    made, batch = _images(images, data_format)
    (height, width), (rows, columns) = (int(each) for each in size), made.shape[1:3].as_list()
    if crop_to_aspect_ratio:
        tall = max(min(rows, int(columns * height / width)), 1)
        wide = max(min(columns, int(rows * width / height)), 1)
        top, left = (rows - tall) // 2, (columns - wide) // 2
        made = made[:, top : top + tall, left : left + wide]
    elif pad_to_aspect_ratio:
        top = (max(rows, int(columns * height / width)) - rows) // 2
        left = (max(columns, int(rows * width / height)) - columns) // 2
        made = joining.pad(made, [[0, 0], [top, top], [left, left], [0, 0]], constant_values=fill_value)
    return _back(image_warp.resized(made, height, width, False, interpolation, antialias), data_format, batch)


def _sides(before: int | None, after: int | None, target: int | None, size: int, crop: bool) -> tuple[int, int]:
    """How much is taken away (or added) at both ends of a dimension, of which two of three are given."""
    if sum(each is None for each in (before, after, target)) != 1:
        raise ValueError(
            "Must specify exactly two of the two sides and the target size. "
            f"Received: {before}, {after}, target {target}"
        )
    change = 0 if target is None else (size - target if crop else target - size)
    before = change - after if before is None else before  # type: ignore[operator]
    after = change - before if after is None else after
    if before < 0 or after < 0:
        raise ValueError(f"The image does not fit: {size} pixels, {before} and {after} at the sides, target {target}.")
    return before, after


@named("image.crop_images")
def crop_images(
    images: Any, top_cropping: int | None = None, left_cropping: int | None = None,
    bottom_cropping: int | None = None, right_cropping: int | None = None, target_height: int | None = None,
    target_width: int | None = None, data_format: str | None = None,
) -> Any:  # fmt: skip
    """Images without their borders; of two sides and the target size, two are given.

    Args:
        images: (..., height, width, channels), or channels first.
        top_cropping: rows.
        left_cropping: columns.
        bottom_cropping: rows.
        right_cropping: columns.
        target_height: rows of the result.
        target_width: columns of the result.
        data_format: by default `image_data_format()`.

    >>> from addax.keras import ops
    >>> image = ops.ones((4, 5, 1))
    >>> ops.image.crop_images(image, top_cropping=1, left_cropping=2, target_height=2, target_width=3).shape
    TensorShape([2, 3, 1])
    """
    made, batch = _images(images, data_format)
    rows, columns = made.shape[1:3].as_list()
    top, bottom = _sides(top_cropping, bottom_cropping, target_height, rows, True)
    left, right = _sides(left_cropping, right_cropping, target_width, columns, True)
    return _back(made[:, top : rows - bottom, left : columns - right], data_format, batch)


@named("image.pad_images")
def pad_images(
    images: Any, top_padding: int | None = None, left_padding: int | None = None, bottom_padding: int | None = None,
    right_padding: int | None = None, target_height: int | None = None, target_width: int | None = None,
    data_format: str | None = None,
) -> Any:  # fmt: skip
    """Images with zeros around; of two sides and the target size, two are given.

    Args:
        images: (..., height, width, channels), or channels first.
        top_padding: rows.
        left_padding: columns.
        bottom_padding: rows.
        right_padding: columns.
        target_height: rows of the result.
        target_width: columns of the result.
        data_format: by default `image_data_format()`.

    >>> from addax.keras import ops
    >>> image = ops.ones((2, 2, 1))
    >>> ops.image.pad_images(image, top_padding=1, left_padding=0, target_height=4, target_width=4).shape
    TensorShape([4, 4, 1])
    """
    made, batch = _images(images, data_format)
    rows, columns = made.shape[1:3].as_list()
    pads = [
        [0, 0],
        list(_sides(top_padding, bottom_padding, target_height, rows, False)),
        list(_sides(left_padding, right_padding, target_width, columns, False)),
        [0, 0],
    ]
    return _back(joining.pad(made, pads), data_format, batch)


# ---------------------------------------------------------------------------- windows


def _patches(x: Any, size: tuple[int, ...], strides: Any, dilation_rate: Any, padding: str, first: bool) -> Any:
    channels = x.shape[1 if first else -1]
    count = int(np.prod(size)) * channels
    kernel = tensor(np.eye(count).reshape(*size, channels, count), x.dtype)
    layout = "channels_first" if first else "channels_last"
    return nn.conv(x, kernel, size if not strides else strides, padding, layout, dilation_rate)


@named("image.extract_patches")
def extract_patches(
    images: Any, size: Any, strides: Any = None, dilation_rate: Any = 1, padding: str = "valid",
    data_format: str | None = None,
) -> Any:  # fmt: skip
    """Windows of images, flattened into channels; of volumes, if `size` has three numbers.

    >>> from addax.keras import ops
    >>> ops.image.extract_patches(ops.ones((1, 4, 4, 3)), 2).shape
    TensorShape([1, 2, 2, 12])
    """
    if not isinstance(size, int) and len(size) == 3:
        return extract_patches_3d(images, size, strides, dilation_rate, padding, data_format)
    given = tensor(images)
    made = floats(given)
    batch = len(made.shape) == 4
    made = made if batch else shaping.expand_dims(made, 0)
    sizes = (size, size) if isinstance(size, int) else tuple(size)
    out = _patches(made, sizes, strides, dilation_rate, padding, _first(data_format))
    return tensor(out if batch else shaping.squeeze(out, [0]), given.dtype)


@named("image.extract_patches_3d")
def extract_patches_3d(
    volumes: Any, size: Any, strides: Any = None, dilation_rate: Any = 1, padding: str = "valid",
    data_format: str | None = None,
) -> Any:  # fmt: skip
    """Windows of volumes, flattened into channels.

    Args:
        volumes: (batch, depth, height, width, channels), or channels first.
        size: of a window, a number or (depth, height, width).
        strides: between windows; by default the size.
        dilation_rate: between the points of a window.
        padding: "valid" or "same".
        data_format: by default `image_data_format()`.

    >>> from addax.keras import ops
    >>> ops.image.extract_patches_3d(ops.ones((1, 4, 4, 4, 1)), 2).shape
    TensorShape([1, 2, 2, 2, 8])
    """
    made = floats(volumes)
    batch = len(made.shape) == 5
    made = made if batch else shaping.expand_dims(made, 0)
    sizes = (size,) * 3 if isinstance(size, int) else tuple(size)
    out = _patches(made, sizes, strides, dilation_rate, padding, _first(data_format))
    return out if batch else shaping.squeeze(out, [0])


# ---------------------------------------------------------------------------- other places


@named("image.map_coordinates")
def map_coordinates(
    inputs: Any, coordinates: Any, order: int, fill_mode: str = "constant", fill_value: float = 0
) -> Any:
    """A tensor's numbers at coordinates.

    Args:
        inputs: a tensor.
        coordinates: one row per dimension, (rank, ...).
        order: 0 takes the nearest element, 1 interpolates linearly.
        fill_mode: what lies outside: "constant", "nearest", "wrap", "mirror" or "reflect".
        fill_value: with "constant".

    >>> from addax.keras import ops
    >>> ops.image.map_coordinates([[0.0, 2.0]], [[0.0], [0.5]], 1).numpy().tolist()
    [1.0]
    """
    made, places = tensor(inputs), tensor(coordinates)
    if places.shape[0] != len(made.shape):
        raise ValueError(
            "First dim of `coordinates` must be the same as the rank of `inputs`. "
            f"Received inputs with shape: {tuple(made.shape)} and coordinate leading dim of {places.shape[0]}"
        )
    if len(places.shape) < 2:
        raise ValueError(f"Invalid coordinates rank: expected at least rank 2. Received shape: {tuple(places.shape)}")
    _one_of("order", order, (0, 1))
    return image_warp.map_coordinates(made, places, order, _one_of("fill_mode", fill_mode, _MODES), float(fill_value))


@named("image.affine_transform")
def affine_transform(
    images: Any, transform: Any, interpolation: str = "bilinear", fill_mode: str = "constant", fill_value: float = 0,
    data_format: str | None = None,
) -> Any:  # fmt: skip
    """Images read at (x, y) moved to (a0 x + a1 y + a2, b0 x + b1 y + b2).

    Args:
        images: one, or a batch.
        transform: (a0, a1, a2, b0, b1, b2, c0, c1), or one for each image; c0 and c1 have no effect on x and y.
        interpolation: "nearest" or "bilinear".
        fill_mode: "constant", "nearest", "wrap", "mirror" or "reflect".
        fill_value: with "constant".
        data_format: by default `image_data_format()`.

    >>> from addax.keras import ops
    >>> image = ops.reshape([1.0, 2.0, 3.0], (1, 3, 1))
    >>> ops.image.affine_transform(image, [1, 0, 1, 0, 1, 0, 0, 0]).numpy().ravel().tolist()
    [2.0, 3.0, 0.0]
    """
    made, batch = _images(images, data_format)
    matrices = tensor(transform)
    matrices = matrices if len(matrices.shape) == 2 else shaping.expand_dims(matrices, 0)
    order = _ORDERS[_one_of("interpolation", interpolation, _ORDERS)]
    mode = _one_of("fill_mode", fill_mode, _MODES)
    return _back(image_warp.projected(made, matrices, order, mode, float(fill_value), False), data_format, batch)


@named("image.perspective_transform")
def perspective_transform(
    images: Any, start_points: Any, end_points: Any, interpolation: str = "bilinear", fill_value: float = 0,
    data_format: str | None = None,
) -> Any:  # fmt: skip
    """Images seen from where the four `start_points` (x, y) come to lie at the `end_points`.

    >>> from addax.keras import ops
    >>> image = ops.reshape(ops.arange(9, dtype="float32"), (3, 3, 1))
    >>> corners = [[0, 0], [2, 0], [0, 2], [2, 2]]
    >>> ops.image.perspective_transform(image, corners, corners).numpy().ravel().tolist()
    [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]
    """
    made, batch = _images(images, data_format)
    start, end = tensor(start_points, "float32"), tensor(end_points, "float32")
    if start.shape[-2:].as_list() != [4, 2] or start.shape.as_list() != end.shape.as_list():
        raise ValueError(
            "start_points and end_points must have the same shape, (4, 2) or (N, 4, 2). "
            f"Received start_points.shape={tuple(start.shape)}, end_points.shape={tuple(end.shape)}"
        )
    if len(start.shape) == 2:
        start, end = shaping.expand_dims(start, 0), shaping.expand_dims(end, 0)
    matrices = image_warp.homography(start, end)
    order = _ORDERS[_one_of("interpolation", interpolation, _ORDERS)]
    return _back(image_warp.projected(made, matrices, order, "constant", float(fill_value), True), data_format, batch)


def _bell(size: int, sigma: float) -> np.ndarray:
    x = np.arange(size) - (size - 1) / 2
    values = np.exp(-0.5 * (x / sigma) ** 2)
    return values / values.sum()


@named("image.gaussian_blur")
def gaussian_blur(
    images: Any, kernel_size: Any = (3, 3), sigma: Any = (1.0, 1.0), data_format: str | None = None
) -> Any:
    """Images under a bell of a size and a width, each (first, second) as Keras has it; zeros around.

    >>> from addax.keras import ops
    >>> ops.image.gaussian_blur(ops.ones((3, 3, 1))).numpy()[1, 1].round(3).tolist()
    [1.0]
    """
    made, batch = _images(floats(images), data_format)
    wide, tall = (_bell(int(n), float(s)) for n, s in zip(kernel_size, sigma, strict=True))
    return _back(image_warp.filtered(made, tensor(np.outer(tall, wide), "float32")), data_format, batch)


@named("image.elastic_transform")
def elastic_transform(
    images: Any, alpha: float = 20.0, sigma: float = 5.0, interpolation: str = "bilinear", fill_mode: str = "reflect",
    fill_value: float = 0.0, seed: Any = None, data_format: str | None = None,
) -> Any:  # fmt: skip
    """Images with each pixel moved by smooth noise (Simard et al. 2003), as far down as across, as in Keras 3.

    Args:
        images: one, or a batch.
        alpha: how far.
        sigma: how smooth, in pixels.
        interpolation: "nearest" or "bilinear".
        fill_mode: "constant", "nearest", "wrap", "mirror" or "reflect".
        fill_value: with "constant".
        seed: an integer or a `keras.random.SeedGenerator`.
        data_format: by default `image_data_format()`.

    >>> from addax.keras import ops
    >>> ops.image.elastic_transform(ops.ones((4, 4, 1)), seed=1).shape
    TensorShape([4, 4, 1])
    """
    from addax.keras import random as keras_random  # which is written with these ops

    made, batch = _images(floats(images), data_format)
    size = int(6 * float(sigma)) | 1
    noise = keras_random.normal((*made.shape[:3].as_list(), 1), 0.0, float(sigma), made.dtype.name, seed)
    moved = gaussian_blur(noise, (size, size), (sigma, sigma), "channels_last")[..., 0] * float(alpha)
    order = _ORDERS[_one_of("interpolation", interpolation, _ORDERS)]
    mode = _one_of("fill_mode", fill_mode, _MODES)
    return _back(image_warp.displaced(made, moved, moved, order, mode, float(fill_value)), data_format, batch)


@named("image.scale_and_translate")
def scale_and_translate(
    images: Any, output_shape: Any, scale: Any, translation: Any, spatial_dims: Any, method: str,
    antialias: bool = True,
) -> Any:  # fmt: skip
    """Images scaled and moved along `spatial_dims` into another shape.

    Args:
        images: a tensor.
        output_shape: of all dimensions.
        scale: a factor for each of `spatial_dims`.
        translation: pixels of the result for each of them.
        spatial_dims: which dimensions.
        method: "linear", "bilinear", "trilinear", "cubic", "bicubic", "tricubic", "lanczos3" or "lanczos5".
        antialias: whether to blur before making smaller.

    >>> from addax.keras import ops
    >>> image = ops.ones((2, 2, 1))
    >>> ops.image.scale_and_translate(image, (4, 4, 1), [2.0, 2.0], [0.0, 0.0], (0, 1), "linear").shape
    TensorShape([4, 4, 1])
    """
    known = ("linear", "bilinear", "trilinear", "cubic", "bicubic", "tricubic", "lanczos3", "lanczos5")
    return image_warp.scale_and_translate(
        floats(images), tensor(scale), tensor(translation), tuple(output_shape), tuple(spatial_dims),
        _one_of("method", method, known), antialias,
    )  # fmt: skip


@named("image.sobel_edges")
def sobel_edges(images: Any, data_format: str | None = None) -> Any:
    """How fast images change, (..., [downwards, to the right]).

    >>> from addax.keras import ops
    >>> image = ops.reshape(ops.arange(9, dtype="float32"), (3, 3, 1))
    >>> ops.image.sobel_edges(image).numpy()[1, 1].tolist()
    [[24.0, 8.0]]
    """
    made, batch = _images(floats(images), data_format)
    across = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])
    found = [image_warp.filtered(made, tensor(each, "float32")) for each in (across.T, across)]
    return joining.stack([_back(each, data_format, batch) for each in found], -1)


@named("image.ssim")
def ssim(
    image1: Any, image2: Any, max_val: float = 1.0, filter_size: int = 11, filter_sigma: float = 1.5,
    k1: float = 0.01, k2: float = 0.03, data_format: str | None = None,
) -> Any:  # fmt: skip
    """The structural similarity of images (Wang et al. 2004), one number for each.

    >>> from addax.keras import ops
    >>> ops.image.ssim(ops.ones((16, 16, 3)), ops.ones((16, 16, 3))).numpy()
    np.float32(1.0)
    """
    first, batch = _images(floats(image1), data_format)
    second, _ = _images(floats(image2), data_format)
    out = image_quality.ssim(first, second, max_val, filter_size, filter_sigma, k1, k2)
    return out if batch else shaping.squeeze(out, [0])
