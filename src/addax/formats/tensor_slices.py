"""Tensors that a checkpoint holds in slices: where each lies, and the keys under which the index has them.

A key is a zero, the name, the rank, and a start and length per dimension, in a coding whose bytes sort as the values do
(tensorflow/core/framework/tensor_slice.proto, tensorflow/core/lib/strings/ordered_code.cc).
"""

from __future__ import annotations

import math

from addax.formats import protobuf

Slice = tuple[tuple[int, int], ...]  # (start, length) per dimension


def volume(place: Slice) -> int:
    """How many values a slice has."""
    return math.prod(length for _, length in place)


def parsed(message: bytes, shape: tuple[int, ...]) -> Slice:
    """A slice of a tensor of a shape from its protocol buffer.

    Raises:
        ValueError: it does not lie in the tensor.
    """
    extents = protobuf.message_fields(message).get(1, [])
    if len(extents) != len(shape):
        raise ValueError(f"{len(extents)} extents for {len(shape)} dimensions")
    place = []
    for extent, size in zip(extents, shape, strict=True):
        found = protobuf.message_fields(bytes(extent))  # type: ignore[arg-type]
        start = protobuf.signed(int(found.get(1, [0])[-1]))
        length = protobuf.signed(int(found[2][-1])) if 2 in found else size - start
        if start < 0 or length < 0 or start + length > size:
            raise ValueError(f"{start} to {start + length} of {size}")
        place.append((start, length))
    return tuple(place)


def message(place: Slice) -> bytes:
    """A slice as a protocol buffer."""
    extents = []
    for start, length in place:
        extents.append((protobuf.varint_field(1, start) if start else b"") + protobuf.varint_field(2, length))
    return b"".join(protobuf.bytes_field(1, extent) for extent in extents)


def key(name: str, place: Slice) -> bytes:
    """The key of a slice of a tensor.

    >>> from addax.formats.tensor_slices import key
    >>> key("v", ((0, 50),))
    b'\\x00v\\x00\\x01\\x01\\x01\\x80\\xb2'
    """
    text = name.encode("utf-8").replace(b"\x00", b"\x00\xff")
    numbers = b"".join(_signed(start) + _signed(length) for start, length in place)
    return _unsigned(0) + text + b"\x00\x01" + _unsigned(len(place)) + numbers


def _unsigned(number: int) -> bytes:
    data = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return bytes([len(data)]) + data


def _signed(number: int) -> bytes:
    """A number >= 0: as many leading ones as there are bytes, a zero for the sign, then its bits."""
    size = number.bit_length() // 7 + 1  # each byte has one bit for the header; one more bit is the sign
    bits = ((1 << size) - 1) << (7 * size) | number
    return bits.to_bytes(size, "big")
