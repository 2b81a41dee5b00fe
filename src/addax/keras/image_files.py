"""Pictures as arrays and files (Pillow is imported when one is read or written)."""

from __future__ import annotations

import io
import os
import warnings
from typing import Any

import numpy as np

from addax.formats.atomic import atomic_write
from addax.formats.errors import CorruptFileError, TooLargeError
from addax.formats.limits import open_regular
from addax.formats.pictures import open_picture
from addax.keras.config import floatx, image_data_format

__all__ = ["array_to_img", "img_to_array", "load_img", "save_img"]


def _pillow() -> Any:
    try:
        import PIL.Image
    except ImportError:
        raise ImportError(
            "Could not import PIL.Image. The use of `load_img` requires PIL.\n  To do: pip install addax[image]"
        ) from None
    return PIL.Image


def _filter(name: str) -> Any:
    image = _pillow()
    filters = {
        "nearest": image.NEAREST, "bilinear": image.BILINEAR, "bicubic": image.BICUBIC, "hamming": image.HAMMING,
        "box": image.BOX, "lanczos": image.LANCZOS,
    }  # fmt: skip
    if name.lower() not in filters:
        raise ValueError(
            f"Value not recognized for `interpolation`: {name.lower()}. Supported values are: {list(filters)}"
        )
    return filters[name.lower()]


def _layout(data_format: str | None) -> str:
    data_format = image_data_format() if data_format is None else data_format
    if data_format not in ("channels_first", "channels_last"):
        raise ValueError(f"Invalid data_format: {data_format}")
    return data_format


def array_to_img(x: Any, data_format: str | None = None, scale: bool = True, dtype: Any = None) -> Any:
    """A Pillow image from an array.

    Args:
        x: (rows, columns, channels) with 1, 3 or 4 channels, or channels first.
        data_format: "channels_last" or "channels_first"; by default the setting.
        scale: whether to bring values to 0 to 255 (from their least and largest).
        dtype: to compute in; `floatx()` by default.

    Returns:
        A `PIL.Image.Image`.

    Raises:
        ValueError: not an image's shape.

    >>> import numpy as np, addax as tf
    >>> tf.keras.utils.array_to_img(np.ones((2, 3, 1))).size
    (3, 2)
    """
    image = _pillow()
    x = np.asarray(x, dtype=dtype or floatx())
    if x.ndim != 3:
        raise ValueError(f"Expected image array to have rank 3 (single image). Got array with shape: {x.shape}")
    if _layout(data_format) == "channels_first":
        x = x.transpose(1, 2, 0)
    if scale:
        x = x - np.min(x)
        largest = np.max(x)
        if largest != 0:
            x = x / largest
        x = x * 255
    channels = x.shape[2]
    if channels in (3, 4):
        return image.fromarray(x.astype("uint8"))
    if channels == 1:
        return image.fromarray(x[:, :, 0].astype("int32" if np.max(x) > 255 else "uint8"))
    raise ValueError(f"Unsupported channel number: {channels}")


def img_to_array(img: Any, data_format: str | None = None, dtype: Any = None) -> np.ndarray:
    """An array of three axes from a Pillow image.

    Args:
        img: the image.
        data_format: "channels_last" or "channels_first"; by default the setting.
        dtype: of the array; `floatx()` by default.

    Returns:
        (rows, columns, channels), or channels first.

    >>> import numpy as np, addax as tf
    >>> tf.keras.utils.img_to_array(tf.keras.utils.array_to_img(np.ones((2, 3, 1)))).shape
    (2, 3, 1)
    """
    layout = _layout(data_format)
    x = np.asarray(img, dtype=dtype or floatx())
    if x.ndim == 2:
        x = x.reshape((1, *x.shape) if layout == "channels_first" else (*x.shape, 1))
    elif x.ndim != 3:
        raise ValueError(f"Unsupported image shape: {x.shape}")
    elif layout == "channels_first":
        x = x.transpose(2, 0, 1)
    return x


def save_img(
    path: Any, x: Any, data_format: str | None = None, file_format: str | None = None, scale: bool = True, **kwargs: Any
) -> None:
    """Write an array as a picture.

    Args:
        path: the file, or an open binary file.
        x: (rows, columns, channels), or channels first.
        data_format: "channels_last" or "channels_first"; by default the setting.
        file_format: of Pillow ("png", "jpeg"); by default by the suffix.
        scale: whether to bring values to 0 to 255 (from their least and largest).
        **kwargs: passed on to Pillow's `save`.

    >>> import tempfile
    >>> import numpy as np
    >>> from addax import keras
    >>> path = tempfile.mkdtemp() + "/a.png"
    >>> keras.utils.save_img(path, np.zeros((4, 6, 3)))
    >>> keras.utils.load_img(path).size
    (6, 4)
    """
    img = array_to_img(x, data_format=data_format, scale=scale)
    if img.mode == "RGBA" and file_format in ("jpg", "jpeg"):
        warnings.warn("The JPG format does not support RGBA images, converting to RGB.")
        img = img.convert("RGB")
    if hasattr(path, "write"):
        img.save(path, format=file_format, **kwargs)
        return
    suffix = os.path.splitext(os.fspath(path))[1].lower()
    kind = file_format or _pillow().registered_extensions().get(suffix)
    if kind is None:
        raise ValueError(f"save_img: unknown file extension {suffix!r}; give file_format, e.g. 'png'.")
    kind = "jpeg" if kind.lower() == "jpg" else kind
    with atomic_write(path) as file:
        img.save(file, format=kind, **kwargs)


def load_img(
    path: Any,
    grayscale: bool = False,
    color_mode: str = "rgb",
    target_size: Any = None,
    interpolation: str = "nearest",
    keep_aspect_ratio: bool = False,
) -> Any:
    """Read a picture.

    Args:
        path: the file, or a `BytesIO`.
        grayscale: the older spelling of color_mode="grayscale".
        color_mode: "rgb", "rgba" or "grayscale".
        target_size: (rows, columns) to resize to.
        interpolation: "nearest", "bilinear", "bicubic", "lanczos", "box" or "hamming".
        keep_aspect_ratio: crop the middle before resizing, so that nothing is distorted.

    Returns:
        A `PIL.Image.Image`.

    Raises:
        TypeError: not a path.
        ValueError: an unknown mode, or a file that holds no picture.

    >>> import tempfile
    >>> import numpy as np
    >>> from addax import keras
    >>> path = tempfile.mkdtemp() + "/a.png"
    >>> keras.utils.save_img(path, np.zeros((4, 6, 3)))
    >>> keras.utils.load_img(path, target_size=(2, 3)).size
    (3, 2)
    """
    if grayscale:
        warnings.warn('grayscale is deprecated. Please use color_mode = "grayscale"')
        color_mode = "grayscale"
    if isinstance(path, io.BytesIO):
        img = _open(path.getvalue(), "<bytes>")
    elif isinstance(path, str | bytes | os.PathLike):
        with open_regular(path) as file:  # type: ignore[arg-type]
            img = _open(file.read(), str(path))
    else:
        raise TypeError(f"path should be path-like or io.BytesIO, not {type(path)}")
    img = _with_mode(img, color_mode)
    if target_size is not None:
        size = (target_size[1], target_size[0])
        if img.size != size:
            img = _resized(img, size, _filter(interpolation), keep_aspect_ratio)
    return img


def _open(data: bytes, name: str) -> Any:
    _pillow()
    try:
        return open_picture(data, name)
    except TooLargeError:
        raise
    except CorruptFileError as error:
        raise CorruptFileError(name, f"cannot identify image file ({error.problem})", expected="a picture") from None


def _with_mode(img: Any, color_mode: str) -> Any:
    if color_mode == "grayscale":
        return img if img.mode in ("L", "I;16", "I") else img.convert("L")
    if color_mode == "rgba":
        return img if img.mode == "RGBA" else img.convert("RGBA")
    if color_mode == "rgb":
        return img if img.mode == "RGB" else img.convert("RGB")
    raise ValueError('color_mode must be "grayscale", "rgb", or "rgba"')


def _resized(img: Any, size: tuple[int, int], resample: Any, keep_aspect_ratio: bool) -> Any:
    if not keep_aspect_ratio:
        return img.resize(size, resample)
    width, height = img.size
    target_width, target_height = size
    crop_height = min(height, (width * target_height) // target_width)
    crop_width = min(width, (height * target_width) // target_height)
    top, left = (height - crop_height) // 2, (width - crop_width) // 2
    return img.resize(size, resample, box=[left, top, left + crop_width, top + crop_height])
