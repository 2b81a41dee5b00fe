"""Protocol buffers on the wire: the few pieces that TFRecord, checkpoint and event files need.

A message is read as (field number, wire type, value) and written by concatenating fields. Reading is bounded by the
bytes at hand and never recurses: nested messages stay bytes until somebody asks for them.
Format: https://protobuf.dev/programming-guides/encoding/
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator

import numpy as np

__all__ = [
    "WireError",
    "VARINT",
    "FIXED64",
    "BYTES",
    "FIXED32",
    "bytes_field",
    "double_field",
    "fields",
    "float_field",
    "message_fields",
    "packed_doubles",
    "packed_floats",
    "packed_varints",
    "read_floats",
    "read_varints",
    "signed",
    "varint",
    "varint_field",
]

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5


_SINGLE = [bytes([value]) for value in range(0x80)]


class WireError(ValueError):
    """Bytes that are no protocol buffer; `offset` says where."""

    def __init__(self, problem: str, offset: int) -> None:
        self.problem = problem
        self.offset = offset
        super().__init__(f"{problem} at byte {offset}")


def read_varint(data: bytes, at: int) -> tuple[int, int]:
    """The varint at a place, and the place after it."""
    value = shift = 0
    start = at
    while True:
        if at >= len(data):
            raise WireError("truncated varint", start)
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at += 1
        if not byte & 0x80:
            return value & 0xFFFFFFFFFFFFFFFF, at
        shift += 7
        if shift > 63:
            raise WireError("varint of more than 10 bytes", start)


def fields(data: bytes) -> Iterator[tuple[int, int, int | bytes]]:
    """The fields of a message: (number, wire type, value); value is an int for varints and bytes for the rest.

    Raises:
        WireError: the bytes are not a message.

    Example:
        >>> from addax.formats import protobuf
        >>> list(protobuf.fields(protobuf.varint_field(1, 300) + protobuf.bytes_field(2, b"hi")))
        [(1, 0, 300), (2, 2, b'hi')]
    """
    at, end = 0, len(data)
    while at < end:
        start = at
        key, at = read_varint(data, at)
        number, kind = key >> 3, key & 7
        if number == 0 or number > 0x1FFFFFFF:
            raise WireError(f"field number {number}", start)
        if kind == VARINT:
            value, at = read_varint(data, at)
            yield number, kind, value
            continue
        if kind == BYTES:
            size, at = read_varint(data, at)
        elif kind in (FIXED64, FIXED32):
            size = 8 if kind == FIXED64 else 4
        else:
            raise WireError(f"wire type {kind}", start)
        if size > end - at:
            raise WireError(f"field {number} of {size} bytes where {end - at} are left", start)
        yield number, kind, data[at : at + size]
        at += size


def message_fields(data: bytes) -> dict[int, list[int | bytes]]:
    """All values of each field number, in order."""
    result: dict[int, list[int | bytes]] = {}
    for number, _, value in fields(data):
        result.setdefault(number, []).append(value)
    return result


def signed(value: int) -> int:
    """A varint read as a two's complement int64."""
    return value - (1 << 64) if value >= 1 << 63 else value


def read_varints(data: bytes) -> list[int]:
    """Packed varints as signed int64."""
    if not data:
        return []
    raw = np.frombuffer(data, np.uint8)
    if raw.max() < 0x80:  # all are single bytes: the common case of labels and flags
        return raw.tolist()
    result, at = [], 0
    while at < len(data):
        value, at = read_varint(data, at)
        result.append(signed(value))
    return result


def read_floats(data: bytes, offset: int = 0) -> np.ndarray:
    """Packed floats as a float32 array."""
    if len(data) % 4:
        raise WireError(f"packed floats of {len(data)} bytes", offset)
    return np.frombuffer(data, "<f4")


def varint(value: int) -> bytes:
    """An integer as a varint; negative ones take 10 bytes, as int64 fields do."""
    if 0 <= value < 0x80:
        return _SINGLE[value]
    if value < 0:
        value += 1 << 64
    if not 0 <= value < 1 << 64:
        raise OverflowError(f"protobuf: expected a value of 64 bits; received {value}")
    parts = bytearray()
    while value > 0x7F:
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    parts.append(value)
    return bytes(parts)


def varint_field(number: int, value: int) -> bytes:
    """A varint field (int32, int64, uint, bool, enum)."""
    return varint(number << 3 | VARINT) + varint(value)


def bytes_field(number: int, value: bytes | str) -> bytes:
    """A length-delimited field (bytes, string, message, packed numbers)."""
    if isinstance(value, str):
        value = value.encode("utf-8")
    return varint(number << 3 | BYTES) + varint(len(value)) + value


def float_field(number: int, value: float) -> bytes:
    """A float field."""
    return varint(number << 3 | FIXED32) + struct.pack("<f", value)


def double_field(number: int, value: float) -> bytes:
    """A double field."""
    return varint(number << 3 | FIXED64) + struct.pack("<d", value)


def packed_floats(values: Iterable[float]) -> bytes:
    """The payload of a packed repeated float field."""
    return np.asarray(values if isinstance(values, np.ndarray) else list(values), "<f4").tobytes()


def packed_doubles(values: Iterable[float]) -> bytes:
    """The payload of a packed repeated double field."""
    return np.asarray(values if isinstance(values, np.ndarray) else list(values), "<f8").tobytes()


def packed_varints(values: Iterable[int]) -> bytes:
    """The payload of a packed repeated int field."""
    values = list(values)
    if values and max(values) < 0x80 and min(values) >= 0:
        return bytes(values)
    return b"".join(map(varint, values))
