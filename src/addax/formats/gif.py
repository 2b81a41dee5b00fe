"""GIF images frame by frame, composed as TensorFlow does: each over the one before it, whatever it says of disposal.

The file is taken apart here; the pixels of each frame are read by Pillow, as a file with that frame only.
Source: https://www.w3.org/Graphics/GIF/spec-gif89a.txt
"""

from __future__ import annotations

import struct
from typing import NamedTuple

import numpy as np

from addax.formats.errors import CorruptFileError, TooLargeError
from addax.formats.pictures import open_picture, pixel_limit

__all__ = ["decode_gif"]

_EXTENSION, _IMAGE, _CONTROL = 0x21, 0x2C, 0xF9


class _Frame(NamedTuple):
    left: int
    top: int
    width: int
    height: int
    colours: bytes
    data: bytes  # from the image's descriptor to its last block
    transparent: int  # the number of the colour that lets the frame before show through, or -1


def decode_gif(data: bytes, file: str) -> np.ndarray:
    """The frames of a GIF file.

    Args:
        data: the file. Frames that are not there in whole are left out.
        file: path to name in errors.

    Returns:
        uint8 (frames, height, width, 3).

    Raises:
        CorruptFileError: no such file, no whole frame, or (TooLargeError) more pixels than the file can account for.

    Example:
        >>> import io, PIL.Image
        >>> from addax.formats.gif import decode_gif
        >>> stream = io.BytesIO()
        >>> PIL.Image.new("RGB", (3, 2)).save(stream, "GIF")
        >>> decode_gif(stream.getvalue(), "a.gif").shape
        (1, 2, 3, 3)
    """
    if data[:6] not in (b"GIF87a", b"GIF89a") or len(data) < 13:
        raise CorruptFileError(file, "no GIF image", expected="GIF89a", received=f"{data[:6]!r}")
    width, height, flags = struct.unpack_from("<HHB", data, 6)
    table = 3 << ((flags & 7) + 1) if flags & 0x80 else 0
    found = _frames(data, 13 + table, data[13 : 13 + table])
    if not found or not width or not height:
        raise CorruptFileError(file, "Only partial image", expected="a whole frame", received=f"{len(data)} bytes")
    if width * height * len(found) > pixel_limit(len(data)):
        raise TooLargeError(
            file, "frames of too many pixels", expected=f"at most {pixel_limit(len(data))}",
            received=f"{len(found)} of {width} x {height}",
        )  # fmt: skip
    made = np.zeros((len(found), height, width, 3), np.uint8)
    for number, frame in enumerate(found):
        if number:
            made[number] = made[number - 1]
        _draw(made[number], frame, file)
    return made


def _frames(data: bytes, at: int, shared: bytes) -> list[_Frame]:
    """The frames that are there in whole."""
    found: list[_Frame] = []
    transparent = -1
    while at < len(data):
        if data[at] == _EXTENSION and at + 2 < len(data):
            body, at, kind = at + 2, _end(data, at + 2), data[at + 1]
            if kind == _CONTROL and at > body + 5:
                transparent = data[body + 4] if data[body + 1] & 1 else -1
        elif data[at] == _IMAGE and at + 11 < len(data):
            left, top, width, height, flags = struct.unpack_from("<HHHHB", data, at + 1)
            table = 3 << ((flags & 7) + 1) if flags & 0x80 else 0
            body, end = at + 10 + table, _end(data, at + 11 + table)
            if end < 0 or not width or not height:
                return found
            colours = data[at + 10 : body] if table else shared
            header = struct.pack("<BHHHHB", _IMAGE, 0, 0, width, height, flags & 0x40)
            found.append(_Frame(left, top, width, height, colours, header + data[body:end], transparent))
            at, transparent = end, -1
        else:
            return found
        if at < 0:
            return found
    return found


def _end(data: bytes, at: int) -> int:
    """Where a chain of blocks ends, or -1: it does not."""
    while at < len(data) and data[at]:
        at += 1 + data[at]
    return at + 1 if at < len(data) else -1


def _draw(canvas: np.ndarray, frame: _Frame, file: str) -> None:
    if not frame.colours:
        raise CorruptFileError(file, "missing color map", expected="a table of colours", received="none")
    # A full table of greys: what Pillow reads are then the numbers of the colours.
    head = b"GIF89a" + struct.pack("<HHBBB", frame.width, frame.height, 0xF7, 0, 0)
    greys = np.repeat(np.arange(256, dtype=np.uint8), 3).tobytes()
    picture = open_picture(head + greys + frame.data + b";", file, ("GIF",))
    numbers = np.asarray(picture.convert("L"))
    rows = slice(frame.top, frame.top + frame.height)
    columns = slice(frame.left, frame.left + frame.width)
    place = canvas[rows, columns]
    numbers = numbers[: place.shape[0], : place.shape[1]]
    colours = np.frombuffer(frame.colours, np.uint8).reshape(-1, 3)
    shown = numbers != frame.transparent
    if shown.any() and int(numbers[shown].max()) >= len(colours):
        raise CorruptFileError(
            file, "a colour outside of the table", expected=f"below {len(colours)}", received=str(numbers.max())
        )
    place[shown] = colours[numbers[shown]]
