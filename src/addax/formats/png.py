"""Writing PNG images: 8 or 16 bits, 1 to 4 channels (https://www.w3.org/TR/png/)."""

from __future__ import annotations

import struct
import zlib

import numpy as np

__all__ = ["encode_png"]

_COLOUR_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}  # grey, grey and alpha, RGB, RGBA


def encode_png(image: np.ndarray, compression: int = -1) -> bytes:
    """An image as a PNG file.

    Args:
        image: uint8 or uint16 (height, width, channels); 1 (grey), 2 (grey and alpha), 3 (RGB) or 4 (RGBA) channels.
        compression: 0 to 9, or -1 for zlib's default.

    Raises:
        ValueError: another dtype, rank or number of channels, or no pixel.

    Example:
        >>> import numpy as np
        >>> from addax.formats.png import encode_png
        >>> encode_png(np.zeros((2, 3, 1), np.uint8))[:8]
        b'\\x89PNG\\r\\n\\x1a\\n'
    """
    image = np.asarray(image)
    if (
        image.dtype not in (np.uint8, np.uint16)
        or image.ndim != 3
        or image.shape[2] not in _COLOUR_TYPES
        or 0 in image.shape
    ):
        raise ValueError(
            "encode_png: expected a uint8 or uint16 image (height, width, 1 to 4 channels) of at least one pixel; "
            f"received {image.dtype} {image.shape}"
        )
    height, width, channels = image.shape
    size = image.dtype.itemsize
    rows = np.zeros(
        (height, 1 + width * channels * size), np.uint8
    )  # each row behind the number of its filter, 0: none
    rows[:, 1:] = np.ascontiguousarray(image.reshape(height, -1), image.dtype.newbyteorder(">")).view(np.uint8)
    header = struct.pack(">IIBBBBB", width, height, 8 * size, _COLOUR_TYPES[channels], 0, 0, 0)
    data = zlib.compress(rows.tobytes(), compression)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
