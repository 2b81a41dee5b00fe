"""BMP images without compression, 8, 24 or 32 bits a pixel, as TensorFlow reads them: palettes are not looked at.

Source: https://learn.microsoft.com/windows/win32/gdi/bitmap-storage
"""

from __future__ import annotations

import struct

import numpy as np

from addax.formats.errors import CorruptFileError

__all__ = ["decode_bmp"]

_HEADER = 32  # bytes up to and with what is read of the headers


def decode_bmp(data: bytes, file: str) -> np.ndarray:
    """The pixels of a BMP file.

    Args:
        data: the file.
        file: path to name in errors.

    Returns:
        uint8 (height, width, channels): 1 (the pixels' bytes), 3 (RGB) or 4 (RGBA) channels.

    Raises:
        CorruptFileError: no such file, one that ends early, or other bits a pixel.

    Example:
        >>> import struct
        >>> from addax.formats.bmp import decode_bmp
        >>> head = b"BM" + struct.pack("<IHHIIiiHHI", 58, 0, 0, 54, 40, 1, 1, 1, 24, 0) + bytes(20)
        >>> decode_bmp(head + bytes([3, 2, 1, 0]), "a.bmp").tolist()
        [[[1, 2, 3]]]
    """
    if data[:2] != b"BM":
        raise CorruptFileError(file, "no BMP image", expected="b'BM'", received=f"{data[:2]!r}")
    if len(data) < _HEADER:
        raise CorruptFileError(file, "Incomplete bmp content", expected=f"{_HEADER} bytes", received=str(len(data)))
    (start,) = struct.unpack_from("<I", data, 10)
    width, height, _, bits = struct.unpack_from("<iiHH", data, 18)
    rows, channels = abs(height), bits // 8
    if channels not in (1, 3, 4):
        raise CorruptFileError(
            file, "Number of channels inherent in the image must be 1, 3 or 4", expected="8, 24 or 32 bits a pixel",
            received=f"{bits}",
        )  # fmt: skip
    if width <= 0 or not rows:
        raise CorruptFileError(file, "no pixels", expected="a positive size", received=f"{width} x {height}")
    stride = (width * channels + 3) // 4 * 4
    needed = stride * (rows - 1) + width * channels
    if start + needed > len(data):
        raise CorruptFileError(
            file, "Incomplete bmp content", expected=f"{start + needed} bytes", received=str(len(data))
        )
    whole = np.zeros(stride * rows, np.uint8)
    whole[:needed] = np.frombuffer(data, np.uint8, needed, start)
    pixels = whole.reshape(rows, stride)[:, : width * channels].reshape(rows, width, channels)
    pixels = pixels[::-1] if height > 0 else pixels  # rows go upwards, unless the height is negative
    if channels > 1:
        pixels = pixels[..., [2, 1, 0, 3][:channels]]
    return np.ascontiguousarray(pixels)
