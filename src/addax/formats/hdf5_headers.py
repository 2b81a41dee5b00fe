"""The attributes in the header of an HDF5 object, as bytes.

A string of any length is stored as its length and the place of its text; HDF5 takes the memory for it before it looks
whether there is such a text. Here the lengths are looked at first.
Format: HDF5 File Format Specification, IV.A "Data Object Headers" (versions 1 and 2), IV.A.2.m "The Attribute Message".
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO

__all__ = ["attribute_bytes", "base_address", "text_references"]

_SIGNATURE = b"\x89HDF\r\n\x1a\n"
_CONTINUATION, _ATTRIBUTE = 0x10, 0x0C
_MOST_BLOCKS = 10_000


def base_address(stream: BinaryIO) -> int | None:
    """Where addresses count from, if they have 8 bytes, as all files of today; else None.

    Args:
        stream: the file, seekable.
    """
    at = 0
    while at < 1 << 20:
        stream.seek(at)
        head = stream.read(32)
        if head.startswith(_SIGNATURE):
            sizes, base = (head[13:15], 24) if head[8] < 2 else (head[9:11], 12)
            if head[8] == 1:
                base = 28
            return struct.unpack_from("<Q", head.ljust(40, b"\0"), base)[0] if sizes == b"\x08\x08" else None
        at = max(512, at * 2)
    return None


def attribute_bytes(stream: BinaryIO, address: int, base: int) -> dict[bytes, bytes]:
    """The attributes in an object's header: what stands there for each, by name. Those kept elsewhere are left out.

    Args:
        stream: the file, seekable.
        address: where the header begins.
        base: where addresses count from (`base_address`).

    Raises:
        ValueError: the header is damaged.
    """
    found = {}
    for kind, body in _messages(stream, address + base, base):
        if kind == _ATTRIBUTE:
            name, value = _attribute(body)
            found[name] = value
    return found


def text_references(value: bytes) -> list[tuple[int, int]]:
    """Length and place of the heap of each of the strings of any length whose references these bytes are."""
    return [(length, heap) for length, heap in struct.iter_unpack("<IQ4x", value[: len(value) // 16 * 16])]


def _messages(stream: BinaryIO, address: int, base: int) -> Iterator[tuple[int, bytes]]:
    """(kind, bytes) of the messages of a header, those of its continuations too."""
    stream.seek(address)
    head = stream.read(32)
    if head[:4] == b"OHDR":
        flags, at = head[5], 6
        at += (16 if flags & 0x20 else 0) + (4 if flags & 0x10 else 0)
        width = 1 << (flags & 3)
        stream.seek(address + at)
        size = int.from_bytes(stream.read(width), "little")
        blocks, form = [(address + at + width, size)], (4 + (2 if flags & 4 else 0), True)
    elif head[:1] == b"\x01":
        blocks, form = [(address + 16, struct.unpack_from("<I", head.ljust(32, b"\0"), 8)[0])], (8, False)
    else:
        raise ValueError("no object header")
    seen = 0
    while blocks:
        seen += 1
        if seen > _MOST_BLOCKS:
            raise ValueError("a header of too many parts")
        place, size = blocks.pop()
        stream.seek(place)
        for kind, body in _in_block(stream.read(min(size, 1 << 24)), *form):
            if kind == _CONTINUATION and len(body) >= 16:
                start, length = struct.unpack_from("<QQ", body)
                # Of version 2, a signature stands before the messages and a checksum behind them.
                blocks.append((start + base + 4, max(0, length - 8)) if form[1] else (start + base, length))
            else:
                yield kind, body


def _in_block(block: bytes, head: int, second: bool) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + head <= len(block):
        kind, size = struct.unpack_from("<BH" if second else "<HH", block, at)
        at += head
        yield kind, block[at : at + size]
        at += size


def _attribute(body: bytes) -> tuple[bytes, bytes]:
    version = body[0] if body else 0
    if version not in (1, 2, 3) or len(body) < 9:
        raise ValueError(f"an attribute of version {version}")
    name, dtype, space = struct.unpack_from("<HHH", body, 2)
    at = 9 if version == 3 else 8
    pad = (lambda n: (n + 7) // 8 * 8) if version == 1 else (lambda n: n)
    return body[at : at + name].rstrip(b"\0"), body[at + pad(name) + pad(dtype) + pad(space) :]
