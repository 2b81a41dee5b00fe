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
_PIECE = 8192  # bytes a chunk
_BLOCK = 128  # rows filtered at once
_COLOUR_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}  # grey, grey and alpha, RGB, RGBA


def encode_png(image: np.ndarray, compression: int = -1) -> bytes:
    """An image as a PNG file.

    Args:
        image: uint8 or uint16 (height, width, channels); 1 (grey), 2 (grey and alpha), 3 (RGB) or 4 (RGBA) channels.
        compression: 0 to 9, or -1 for zlib's default. Filters, and so the bytes, are libpng's.

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
    rows = np.ascontiguousarray(image.reshape(height, -1), image.dtype.newbyteorder(">")).view(np.uint8)
    header = struct.pack(">IIBBBBB", width, height, 8 * size, _COLOUR_TYPES[channels], 0, 0, 0)
    packed = _packed(_filtered(rows, channels * size, width), compression)
    data = b"".join(_chunk(b"IDAT", packed[at : at + _PIECE]) for at in range(0, len(packed), _PIECE))
    return _SIGNATURE + _chunk(b"IHDR", header) + data + _chunk(b"IEND", b"")


def _filtered(rows: np.ndarray, step: int, width: int) -> bytes:
    """Rows behind the number of their filter: the one whose bytes, taken as signed, have the smallest sum.

    Args:
        rows: uint8 (height, bytes in a row).
        step: bytes a pixel.
        width: pixels a row.
    """
    out = np.empty((len(rows), rows.shape[1] + 1), np.uint8)
    above = np.zeros_like(rows[:1])
    for start in range(0, len(rows), _BLOCK):
        here = rows[start : start + _BLOCK]
        up = np.concatenate([above, here[:-1]])
        above = here[-1:]
        left, corner = np.zeros_like(here), np.zeros_like(here)
        left[:, step:], corner[:, step:] = here[:, :-step], up[:, :-step]
        kinds = {0: here}
        if width > 1:
            kinds[1] = here - left
        if len(rows) > 1:
            kinds[2] = here - up
        if width > 1 and len(rows) > 1:
            kinds[3] = here - ((left.astype(np.uint16) + up) >> 1).astype(np.uint8)
            kinds[4] = here - _paeth(left, up, corner)
        sums = np.stack([np.abs(kind.view(np.int8).astype(np.int16)).sum(1, dtype=np.int64) for kind in kinds.values()])
        if not start:  # nothing is above the first row
            sums[np.array(list(kinds)) >= 2, 0] = np.iinfo(np.int64).max
        best = sums.argmin(0)
        block = out[start : start + _BLOCK]
        for which, (number, kind) in enumerate(kinds.items()):
            chosen = best == which
            block[chosen, 0] = number
            block[chosen, 1:] = kind[chosen]
    return out.tobytes()


def _paeth(left: np.ndarray, up: np.ndarray, corner: np.ndarray) -> np.ndarray:
    """Of left, above and above left the one nearest to left + above - above left."""
    a, b, c = left.astype(np.int16), up.astype(np.int16), corner.astype(np.int16)
    to_left, to_up, to_corner = np.abs(b - c), np.abs(a - c), np.abs(a + b - 2 * c)
    nearest = np.where(to_up <= to_corner, up, corner)
    return np.where((to_left <= to_up) & (to_left <= to_corner), left, nearest)


def _packed(data: bytes, compression: int) -> bytes:
    """A zlib stream whose window is not larger than the data needs."""
    bits = 15
    while len(data) <= 16384 and bits > 9 and len(data) + 262 <= 1 << (bits - 1):
        bits -= 1
    packer = zlib.compressobj(compression, zlib.DEFLATED, bits, 8, zlib.Z_FILTERED)
    made = bytearray(packer.compress(data) + packer.flush())
    window = made[0] >> 4
    while len(data) <= 16384 and window > 0 and len(data) <= 1 << (window + 7):
        window -= 1
    made[0] = window << 4 | 8
    made[1] = (made[1] & 0xE0) + 31 - ((made[0] << 8) + (made[1] & 0xE0)) % 31
    return bytes(made)


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
