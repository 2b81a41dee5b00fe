"""Rotations, shifts, shears, zooms and brightness of pictures as NumPy arrays (SciPy is imported when one is made)."""

from __future__ import annotations

from typing import Any

import numpy as np

from addax.core import convert
from addax.keras.image_files import array_to_img, img_to_array
from addax.ops import image_geometry, image_resize, shaping

_MODES = ("constant", "nearest", "reflect", "wrap", "mirror")  # those of scipy.ndimage


def apply_affine_transform(
    x: np.ndarray, theta: float = 0, tx: float = 0, ty: float = 0, shear: float = 0, zx: float = 1, zy: float = 1,
    row_axis: int = 1, col_axis: int = 2, channel_axis: int = 0, fill_mode: str = "nearest", cval: float = 0.0,
    order: int = 1,
) -> np.ndarray:  # fmt: skip
    """A picture rotated, shifted, sheared and zoomed about its middle.

    Args:
        x: a picture of three axes.
        theta: degrees of the rotation.
        tx: columns of the shift.
        ty: rows of the shift.
        shear: degrees of the shear.
        zx: zoom of columns.
        zy: zoom of rows.
        row_axis: the axis of rows.
        col_axis: the axis of columns.
        channel_axis: the axis of channels: the first or the last.
        fill_mode: "constant", "nearest", "reflect", "wrap" or "mirror", for places outside of the picture.
        cval: what is outside, for "constant".
        order: of the spline.

    Returns:
        The new picture, of the same shape.

    Raises:
        ValueError: not a picture, or axes that do not fit.

    >>> import numpy as np, addax as tf
    >>> picture = np.arange(4.0).reshape(2, 2, 1)
    >>> move = tf.keras.preprocessing.image.apply_affine_transform
    >>> move(picture, theta=90, row_axis=0, col_axis=1, channel_axis=2)[..., 0].round().tolist()
    [[1.0, 3.0], [0.0, 2.0]]
    """
    x = np.asarray(x)
    if sorted((row_axis, col_axis, channel_axis)) != [0, 1, 2]:
        raise ValueError(
            "'row_axis', 'col_axis', and 'channel_axis' must be distinct and in 0 to 2. "
            f"Received: {row_axis}, {col_axis}, {channel_axis}"
        )
    if x.ndim != 3 or channel_axis not in (0, 2):
        raise ValueError(
            f"Input arrays must be multi-channel 2D images, channels first or last. Received shape {x.shape}, "
            f"channel_axis={channel_axis}"
        )
    if fill_mode not in _MODES:
        raise ValueError(f"fill_mode must be one of {list(_MODES)}, received {fill_mode!r}")
    matrix = _matrix(theta, tx, ty, shear, zx, zy)
    if matrix is None:
        return x
    from scipy import ndimage  # only for pictures that move

    rows, columns = x.shape[row_axis], x.shape[col_axis]
    matrix = _about_the_middle(matrix, rows, columns)
    if col_axis > row_axis:  # the matrix has x before y, arrays rows before columns
        matrix = matrix[[1, 0, 2]][:, [1, 0, 2]]
    channels = np.moveaxis(x, channel_axis, 0)
    moved = [
        ndimage.affine_transform(channel, matrix[:2, :2], matrix[:2, 2], order=order, mode=fill_mode, cval=cval)
        for channel in channels
    ]
    return np.moveaxis(np.stack(moved), 0, channel_axis)


def _matrix(theta: float, tx: float, ty: float, shear: float, zx: float, zy: float) -> np.ndarray | None:
    """The product of the transforms; None where there is none."""
    made: np.ndarray | None = None
    parts = []
    if theta:
        cos, sin = np.cos(np.deg2rad(theta)), np.sin(np.deg2rad(theta))
        parts.append([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]])
    if tx or ty:
        parts.append([[1, 0, tx], [0, 1, ty], [0, 0, 1]])
    if shear:
        angle = np.deg2rad(shear)
        parts.append([[1, -np.sin(angle), 0], [0, np.cos(angle), 0], [0, 0, 1]])
    if zx != 1 or zy != 1:
        parts.append([[zx, 0, 0], [0, zy, 0], [0, 0, 1]])
    for part in parts:
        made = np.array(part, np.float64) if made is None else made @ np.array(part, np.float64)
    return made


def _about_the_middle(matrix: np.ndarray, rows: int, columns: int) -> np.ndarray:
    x, y = rows / 2 - 0.5, columns / 2 - 0.5
    there, back = (np.array([[1, 0, s * x], [0, 1, s * y], [0, 0, 1]]) for s in (1, -1))
    return there @ matrix @ back


def random_rotation(
    x: np.ndarray, rg: float, row_axis: int = 1, col_axis: int = 2, channel_axis: int = 0, fill_mode: str = "nearest",
    cval: float = 0.0, interpolation_order: int = 1,
) -> np.ndarray:  # fmt: skip
    """A picture rotated by up to `rg` degrees either way.

    >>> import numpy as np
    >>> from addax.keras.preprocessing import image
    >>> x = np.ones((4, 4, 1))
    >>> image.random_rotation(x, 30, row_axis=0, col_axis=1, channel_axis=2).shape
    (4, 4, 1)
    """
    theta = np.random.uniform(-rg, rg)
    return apply_affine_transform(
        x, theta=theta, row_axis=row_axis, col_axis=col_axis, channel_axis=channel_axis, fill_mode=fill_mode, cval=cval,
        order=interpolation_order,
    )  # fmt: skip


def random_shift(
    x: np.ndarray, wrg: float, hrg: float, row_axis: int = 1, col_axis: int = 2, channel_axis: int = 0,
    fill_mode: str = "nearest", cval: float = 0.0, interpolation_order: int = 1,
) -> np.ndarray:  # fmt: skip
    """A picture shifted by up to shares `wrg` of its width and `hrg` of its height either way.

    >>> import numpy as np
    >>> from addax.keras.preprocessing import image
    >>> x = np.ones((4, 4, 1))
    >>> image.random_shift(x, 0.5, 0.5, row_axis=0, col_axis=1, channel_axis=2).shape
    (4, 4, 1)
    """
    tx = np.random.uniform(-hrg, hrg) * x.shape[row_axis]
    ty = np.random.uniform(-wrg, wrg) * x.shape[col_axis]
    return apply_affine_transform(
        x, tx=tx, ty=ty, row_axis=row_axis, col_axis=col_axis, channel_axis=channel_axis, fill_mode=fill_mode,
        cval=cval, order=interpolation_order,
    )  # fmt: skip


def random_shear(
    x: np.ndarray, intensity: float, row_axis: int = 1, col_axis: int = 2, channel_axis: int = 0,
    fill_mode: str = "nearest", cval: float = 0.0, interpolation_order: int = 1,
) -> np.ndarray:  # fmt: skip
    """A picture sheared by up to `intensity` degrees either way.

    >>> import numpy as np
    >>> from addax.keras.preprocessing import image
    >>> x = np.ones((4, 4, 1))
    >>> image.random_shear(x, 30, row_axis=0, col_axis=1, channel_axis=2).shape
    (4, 4, 1)
    """
    shear = np.random.uniform(-intensity, intensity)
    return apply_affine_transform(
        x, shear=shear, row_axis=row_axis, col_axis=col_axis, channel_axis=channel_axis, fill_mode=fill_mode, cval=cval,
        order=interpolation_order,
    )  # fmt: skip


def random_zoom(
    x: np.ndarray, zoom_range: Any, row_axis: int = 1, col_axis: int = 2, channel_axis: int = 0,
    fill_mode: str = "nearest", cval: float = 0.0, interpolation_order: int = 1,
) -> np.ndarray:  # fmt: skip
    """A picture zoomed by factors between the two of `zoom_range`, rows and columns each by its own.

    >>> import numpy as np
    >>> from addax.keras.preprocessing import image
    >>> x = np.ones((4, 4, 1))
    >>> image.random_zoom(x, (0.5, 2.0), row_axis=0, col_axis=1, channel_axis=2).shape
    (4, 4, 1)
    """
    if len(zoom_range) != 2:
        raise ValueError(f"`zoom_range` should be a tuple or list of two floats. Received: {zoom_range}")
    zx, zy = (1, 1) if tuple(zoom_range) == (1, 1) else np.random.uniform(zoom_range[0], zoom_range[1], 2)
    return apply_affine_transform(
        x, zx=zx, zy=zy, row_axis=row_axis, col_axis=col_axis, channel_axis=channel_axis, fill_mode=fill_mode,
        cval=cval, order=interpolation_order,
    )  # fmt: skip


def apply_channel_shift(x: np.ndarray, intensity: float, channel_axis: int = 0) -> np.ndarray:
    """A picture with `intensity` added, kept between its least and largest value.

    >>> import numpy as np
    >>> from addax.keras.preprocessing import image
    >>> x = np.ones((4, 4, 1))
    >>> image.apply_channel_shift(np.array([[[1.0], [3.0]]]), 1.0, channel_axis=2).ravel().tolist()
    [2.0, 3.0]
    """
    del channel_axis  # every channel is shifted alike
    return np.clip(x + intensity, np.min(x), np.max(x))


def random_channel_shift(x: np.ndarray, intensity_range: float, channel_axis: int = 0) -> np.ndarray:
    """A picture with up to `intensity_range` added or taken away.

    >>> import numpy as np
    >>> from addax.keras.preprocessing import image
    >>> x = np.ones((4, 4, 1))
    >>> image.random_channel_shift(x, 1.0, channel_axis=2).shape
    (4, 4, 1)
    """
    return apply_channel_shift(x, np.random.uniform(-intensity_range, intensity_range), channel_axis)


def apply_brightness_shift(x: np.ndarray, brightness: float, scale: bool = True) -> np.ndarray:
    """A picture made darker (below 1) or brighter (above 1).

    Args:
        x: a picture of three axes.
        brightness: the factor.
        scale: whether to bring values to 0 to 255 first.

    >>> import numpy as np
    >>> from addax.keras.preprocessing import image
    >>> x = np.ones((4, 4, 1))
    >>> image.apply_brightness_shift(np.full((1, 1, 3), 100.0), 0.5, scale=False).ravel().tolist()
    [50.0, 50.0, 50.0]
    """
    from PIL import ImageEnhance  # only for pictures that change

    least, largest = np.min(x), np.max(x)
    outside = bool(least < 0 or largest > 255)
    made = img_to_array(ImageEnhance.Brightness(array_to_img(x, scale=outside or scale)).enhance(brightness))
    return made / 255 * (largest - least) + least if not scale and outside else made


def random_brightness(x: np.ndarray, brightness_range: Any, scale: bool = True) -> np.ndarray:
    """A picture made darker or brighter by a factor between the two of `brightness_range`.

    >>> import numpy as np
    >>> from addax.keras.preprocessing import image
    >>> x = np.ones((4, 4, 1))
    >>> image.random_brightness(np.full((4, 4, 3), 100.0), (0.5, 1.5)).shape
    (4, 4, 3)
    """
    if len(brightness_range) != 2:
        raise ValueError(f"`brightness_range should be tuple or list of two floats. Received: {brightness_range}")
    return apply_brightness_shift(x, np.random.uniform(brightness_range[0], brightness_range[1]), scale)


def flip_axis(x: np.ndarray, axis: int) -> np.ndarray:
    """An array back to front along an axis."""
    return np.flip(np.asarray(x), axis)


def smart_resize(x: Any, size: Any, interpolation: str = "bilinear", data_format: str = "channels_last") -> Any:
    """A picture in another size without distortion: the middle is cropped to the new proportions first.

    Args:
        x: (rows, columns, channels), or a batch of them.
        size: (rows, columns).
        interpolation: of `tf.image.resize`.
        data_format: "channels_last", or "channels_first" for (channels, rows, columns).

    Returns:
        The new picture, an array if `x` is one.

    >>> import numpy as np, addax as tf
    >>> tf.keras.preprocessing.image.smart_resize(np.ones((4, 6, 3)), (2, 2)).shape
    (2, 2, 3)
    """
    if len(size) != 2:
        raise ValueError(f"Expected `size` to be a tuple of 2 integers, but got: {size}.")
    picture = convert.convert_to_tensor(x)
    if data_format == "channels_first":
        last = shaping.transpose(picture, [1, 2, 0] if len(picture.shape) == 3 else [0, 2, 3, 1])
        made = smart_resize(last, size, interpolation)
        made = shaping.transpose(made, [2, 0, 1] if len(picture.shape) == 3 else [0, 3, 1, 2])
        return made.numpy() if isinstance(x, np.ndarray) else made
    if len(picture.shape) not in (3, 4):
        raise ValueError(
            "Expected an image array with shape `(height, width, channels)`, or `(batch_size, height, width, "
            f"channels)`, but got input with incorrect rank, of shape {picture.shape}."
        )
    rows, columns = (int(n) for n in picture.shape[-3:-1])
    height = min(rows, int(np.float32(columns * size[0]) / size[1]))
    width = min(columns, int(np.float32(rows * size[1]) / size[0]))
    part = image_geometry.crop_to_bounding_box(picture, (rows - height) // 2, (columns - width) // 2, height, width)
    made = image_resize.resize(part, tuple(int(n) for n in size), method=interpolation)
    return made.numpy() if isinstance(x, np.ndarray) else made
