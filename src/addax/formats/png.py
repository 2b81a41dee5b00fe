"""PNG images: writing 8 or 16 bits, and taking files of 16 bits apart (https://www.w3.org/TR/png/)."""

from __future__ import annotations

import struct
import zlib

import numpy as np

from addax.formats.errors import CorruptFileError, TooLargeError
from addax.formats.pictures import pixel_limit

__all__ = ["encode_png", "halves"]

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
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
    return _SIGNATURE + _chunk(b"IHDR", header) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def halves(data: bytes, file: str) -> tuple[bytes, bytes]:
    """A file of 16 bits as two files of 8 bits: of the high bytes, and of the low ones.

    A filter of PNG connects bytes with those at the same place of neighbouring pixels only. So the high bytes of the
    filtered rows are filtered rows of an image of 8 bits, and any reader of such images can undo the filters.

    Args:
        data: the file.
        file: path to name in errors.

    Raises:
        CorruptFileError: no such file, or a damaged one; TooLargeError: more pixels than it can account for.

    Example:
        >>> import numpy as np
        >>> from addax.formats.png import encode_png, halves
        >>> high, low = halves(encode_png(np.full((2, 3, 3), 258, np.uint16)), "a.png")
        >>> from addax.formats.pictures import open_picture
        >>> [open_picture(half, "a.png").getpixel((0, 0)) for half in (high, low)]
        [(1, 1, 1), (2, 2, 2)]
    """
    header, packed = _read(data, file)
    width, height, depth, colour, _, _, interlace = header
    channels = {number: count for count, number in _COLOUR_TYPES.items()}.get(colour)
    if depth != 16 or channels is None or interlace not in (0, 1) or not width or not height:
        raise CorruptFileError(file, "no PNG image of 16 bits", expected="16 bits a channel", received=header)
    if width * height > pixel_limit(len(data)):
        raise TooLargeError(
            file, "picture too large", expected=f"at most {pixel_limit(len(data))} pixels",
            received=f"{width} x {height} pixels in {len(data)} bytes",
        )  # fmt: skip
    passes = [
        (-((y - height) // down), -((x - width) // right))
        for x, y, right, down in (_ADAM7 if interlace else ((0, 0, 1, 1),))
        if y < height and x < width
    ]
    whole = sum(rows * (1 + 2 * channels * columns) for rows, columns in passes)
    try:
        flat = np.frombuffer(zlib.decompressobj().decompress(packed, whole), np.uint8)
    except zlib.error as error:
        raise CorruptFileError(
            file, f"damaged pixels ({error})", expected="a zlib stream", received="another"
        ) from None
    if len(flat) != whole:
        raise CorruptFileError(file, "it ends early", expected=f"{whole} bytes of pixels", received=f"{len(flat)}")
    parts: tuple[list[bytes], list[bytes]] = ([], [])
    for rows, columns in passes:
        lines, flat = np.split(flat, [rows * (1 + 2 * channels * columns)])
        lines = lines.reshape(rows, -1)
        for i, part in enumerate(parts):
            part.append(np.concatenate([lines[:, :1], lines[:, 1 + i :: 2]], axis=1).tobytes())
    head = _SIGNATURE + _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, interlace))
    high, low = (head + _chunk(b"IDAT", zlib.compress(b"".join(part), 1)) + _chunk(b"IEND", b"") for part in parts)
    return high, low


def _read(data: bytes, file: str) -> tuple[tuple[int, ...], bytes]:
    """The header of a file, and its packed pixels."""
    at, header, packed = len(_SIGNATURE), None, []
    while data.startswith(_SIGNATURE) and at + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, at)
        kind, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        at += 12 + length
        if len(body) != length or at > len(data):
            break
        if header is None and kind == b"IHDR" and length == 13:
            header = struct.unpack(">IIBBBBB", body)
        elif kind == b"IDAT":
            packed.append(body)
        elif kind == b"IEND":
            break
    if header is None:
        raise CorruptFileError(file, "no PNG image", expected="a header", received=f"{data[:8]!r}")
    return header, b"".join(packed)
