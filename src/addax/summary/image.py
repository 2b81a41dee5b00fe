"""`tf.summary.image`: pictures."""

from __future__ import annotations

from typing import Any

import numpy as np

from addax.core.errors import InvalidArgumentError, message
from addax.core.tensor import Tensor
from addax.formats.png import encode_png
from addax.summary.events import encode_metadata
from addax.summary.writer import summary_scope, write_made

__all__ = ["image", "to_bytes"]


def image(name: str, data: Any, step: Any = None, max_outputs: int = 3, description: str | None = None) -> Tensor:
    """Write pictures.

    Args:
        name: their name; the tag is the name behind the open name scopes.
        data: (pictures, height, width, channels) with 1 (grey), 2 (grey and alpha), 3 (RGB) or 4 (RGBA) channels;
            floats from 0 to 1, or uint8, or other integers over their whole range.
        step: an int, or an integer tensor or variable; default the thread's step.
        max_outputs: the first so many pictures are written.
        description: a text about them, in Markdown.

    Returns:
        a bool tensor: whether they were written.

    Raises:
        ValueError: not of rank 4, or no step is set.
        InvalidArgumentError: another number of channels, or a negative max_outputs.

    Example:
        >>> import tempfile, addax as tf
        >>> import numpy as np
        >>> with tf.summary.create_file_writer(tempfile.mkdtemp()).as_default():
        ...     _ = tf.summary.image("noise", np.random.default_rng(0).random((2, 8, 8, 1)), step=1)
    """

    def value(array: np.ndarray) -> np.ndarray:
        who = f"tf.summary.image({name!r})"
        if array.ndim != 4:
            expected = "rank 4 (pictures, height, width, channels)"
            raise ValueError(message(who, expected=expected, received={"data": array}))
        if int(max_outputs) < 0:
            raise InvalidArgumentError(message(who, expected="max_outputs >= 0", received={"max_outputs": max_outputs}))
        if array.shape[3] not in (1, 2, 3, 4):
            raise InvalidArgumentError(message(who, expected="1, 2, 3 or 4 channels", received={"data": array}))
        pictures = [encode_png(to_bytes(picture)) for picture in array[: int(max_outputs)]]
        sizes = [str(array.shape[2]).encode(), str(array.shape[1]).encode()]
        return np.array([*sizes, *pictures], dtype=object)

    with summary_scope(name, "image_summary") as (tag, _):
        return write_made(tag, data, value, step, encode_metadata("images", description=description))


def to_bytes(picture: np.ndarray) -> np.ndarray:
    """Pixel values as uint8, as `tf.image.convert_image_dtype(picture, tf.uint8, saturate=True)` has them.

    Example:
        >>> import numpy as np
        >>> from addax.summary.image import to_bytes
        >>> to_bytes(np.array([-1.0, 0.5, 2.0])), to_bytes(np.array([300, 65535], np.uint16))
        (array([  0, 127, 255], dtype=uint8), array([  1, 255], dtype=uint8))
    """
    if picture.dtype == np.uint8:
        return picture
    if picture.dtype.kind in "iu":
        steps = np.iinfo(picture.dtype).max + 1
        wide = picture.astype(np.float64)
        scaled = np.floor(wide / (steps // 256)) if steps > 256 else np.maximum(wide, 0) * (256 // steps)
        return np.clip(scaled, 0, 255).astype(np.uint8)
    if picture.dtype.kind not in "f" and picture.dtype.name != "bfloat16":
        raise TypeError(f"tf.summary.image: expected floats or integers; received {picture.dtype}. Cast it first")
    # 255.5: each of the 256 values gets an equal part of the range; NaN becomes 0.
    return np.clip(np.nan_to_num(picture.astype(np.float32)) * np.float32(255.5), 0, 255).astype(np.uint8)
