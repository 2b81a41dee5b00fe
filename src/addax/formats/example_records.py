"""One serialized `tf.train.Example`, or another message made of fields: where its parts lie, and its values.

Schema: tensorflow/core/example/example.proto and feature.proto.
"""

from __future__ import annotations

from typing import Any

from addax.formats import protobuf
from addax.formats.protobuf import BYTES, FIXED32, VARINT, WireError

__all__ = ["KINDS", "TAGS", "entries", "feature_values", "map_entries", "spans_of"]

KINDS = {1: "bytes", 2: "float", 3: "int64"}
TAGS = {"bytes": 0x0A, "float": 0x12, "int64": 0x1A}


def entries(record: bytes, start: int, end: int) -> Any:
    """The features of a record: (key, start of the Feature, its end, width of the header up to it)."""
    for number, kind, at, stop in spans_of(record, start, end):
        if number == 1 and kind == BYTES:
            yield from map_entries(record, at, stop)


def map_entries(record: bytes, start: int, end: int) -> Any:
    """The entries of a map field, number 1 of a message: (key, start of the value, its end)."""
    for number, kind, at, stop in spans_of(record, start, end):
        if number == 1 and kind == BYTES:
            key, value = b"", (stop, stop)
            for inner, wire, a, b in spans_of(record, at, stop):
                if inner == 1 and wire == BYTES:
                    key = record[a:b]
                elif inner == 2 and wire == BYTES:
                    value = (a, b)
            yield key, *value


def spans_of(data: bytes, at: int, end: int) -> Any:
    """The fields of a message: (number, wire type, where its payload starts, where it stops)."""
    while at < end:
        start = at
        key, at = protobuf.read_varint(data, at)
        kind = key & 7
        if kind == BYTES:
            size, at = protobuf.read_varint(data, at)
        elif kind == VARINT:
            size = protobuf.read_varint(data, at)[1] - at
        elif kind in (protobuf.FIXED64, FIXED32):
            size = 8 if kind == protobuf.FIXED64 else 4
        else:
            raise WireError(f"wire type {kind}", start)
        if not key >> 3 or size > end - at:
            raise WireError(f"field {key >> 3} of {size} bytes where {end - at} are left", start)
        yield key >> 3, kind, at, at + size
        at += size


def feature_values(record: bytes, start: int, end: int) -> tuple[str | None, list[Any]]:
    """The kind and the values of one Feature message; kind None: nothing is set."""
    found, values = None, []
    for number, wire, at, stop in spans_of(record, start, end):
        if number not in KINDS or wire != BYTES:
            continue
        if KINDS[number] != found:  # of alternatives the last one counts
            found, values = KINDS[number], []
        for inner, kind, a, b in spans_of(record, at, stop):
            if inner != 1:
                continue
            if found == "bytes" and kind == BYTES:
                values.append(record[a:b])
            elif found == "float" and kind in (BYTES, FIXED32):
                values += protobuf.read_floats(record[a:b], a).tolist()
            elif found == "int64" and kind in (BYTES, VARINT):
                values += protobuf.read_varints(record[a:b])
            else:
                raise WireError(f"wire type {kind} in a list of {found}", a)
    return found, values
