"""Descriptions of protocol buffer messages, and values of chosen fields by them: what tf.io.decode_proto needs.

A description is a FileDescriptorSet (`protoc --include_imports --descriptor_set_out=FILE`), as bytes.
Formats: google/protobuf/descriptor.proto; https://protobuf.dev/programming-guides/encoding/
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from addax.formats import protobuf
from addax.formats.protobuf_schema import Codec

__all__ = ["FieldType", "decode_fields", "encode_fields", "local_messages", "messages_of"]

_CODEC = Codec({
    "Set": {1: "file File*"},
    "File": {2: "package str", 4: "message_type Message*", 5: "enum_type Enum*", 12: "syntax str"},
    "Message": {1: "name str", 2: "field Field*", 3: "nested_type Message*", 4: "enum_type Enum*"},
    "Field": {1: "name str", 3: "number int", 4: "label int", 5: "type int", 6: "type_name str", 7: "default str",
              8: "options Options"},
    "Options": {2: "packed bool"},
    "Enum": {1: "name str", 2: "value EnumValue*"},
    "EnumValue": {1: "name str", 2: "number int"},
})  # fmt: skip

# Numbers of types in descriptor.proto.
DOUBLE, FLOAT, INT64, UINT64, INT32, FIXED64, FIXED32, BOOL, STRING = range(1, 10)
MESSAGE, BYTES, UINT32, ENUM, SFIXED32, SFIXED64, SINT32, SINT64 = range(11, 19)
_FIXED = {
    DOUBLE: "<d", FLOAT: "<f", FIXED64: "<Q", FIXED32: "<I", SFIXED32: "<i", SFIXED64: "<q",
}  # fmt: skip
TEXTS = (STRING, BYTES, MESSAGE)


class FieldType(NamedTuple):
    """A field of a message: its number, type (of descriptor.proto), and what it is where it is not set."""

    number: int
    type: int
    repeated: bool
    packed: bool
    default: Any
    message: str = ""
    names: Mapping[str, int] = {}  # of an enum's values


def messages_of(data: bytes) -> dict[str, dict[str, FieldType]]:
    """The messages of a FileDescriptorSet: fields by name, by full name of the message.

    Raises:
        WireError: the bytes are none.
    """
    made: dict[str, dict[str, FieldType]] = {}
    enums: dict[str, dict[str, int]] = {}
    files = _CODEC.decode("Set", data).get("file", [])
    for file in files:
        _enums_of(file, file.get("package", ""), enums)
    for file in files:
        for message in file.get("message_type", []):
            _add(made, enums, message, file.get("package", ""), file.get("syntax", "proto2") == "proto3")
    return made


def _joined(scope: str, name: str) -> str:
    return f"{scope}.{name}" if scope else name


def _enums_of(holder: Mapping[str, Any], scope: str, enums: dict[str, dict[str, int]]) -> None:
    for enum in holder.get("enum_type", []):
        values = {each.get("name", ""): each.get("number", 0) for each in enum.get("value", [])}
        enums[_joined(scope, enum.get("name", ""))] = values
    for message in (*holder.get("message_type", []), *holder.get("nested_type", [])):
        _enums_of(message, _joined(scope, message.get("name", "")), enums)


def _add(made: Any, enums: Any, message: Mapping[str, Any], scope: str, proto3: bool) -> None:
    full = _joined(scope, message.get("name", ""))
    made[full] = {}
    for field in message.get("field", []):
        kind, repeated = field.get("type", 0), field.get("label", 1) == 3
        packed = field.get("options", {}).get("packed", proto3 and kind not in TEXTS)
        named = field.get("type_name", "").lstrip(".")
        default = _default(kind, field.get("default"), enums.get(named, {}))
        made[full][field.get("name", "")] = FieldType(
            field.get("number", 0), kind, repeated, repeated and packed, default, named, enums.get(named, {})
        )
    for nested in message.get("nested_type", []):
        _add(made, enums, nested, full, proto3)


def _default(kind: int, text: str | None, values: Mapping[str, int]) -> Any:
    if kind in TEXTS:
        return (text or "").encode("utf-8")
    if kind == ENUM:
        return values.get(text, 0) if text else next(iter(values.values()), 0)
    if kind == BOOL:
        return text == "true"
    if kind in (DOUBLE, FLOAT):
        return float(text or 0)
    return int(text or 0)


def local_messages() -> dict[str, dict[str, FieldType]]:
    """The messages that are known without a description: those of tf.train."""

    def fields(**known: tuple[int, int, bool, str]) -> dict[str, FieldType]:
        return {
            name: FieldType(number, kind, many, many and kind not in TEXTS, b"" if kind in TEXTS else 0, message)
            for name, (number, kind, many, message) in known.items()
        }

    def one(number: int, message: str) -> tuple[int, int, bool, str]:
        return number, MESSAGE, False, f"tensorflow.{message}"

    def mapped(message: str) -> dict[str, FieldType]:
        return fields(key=(1, STRING, False, ""), value=one(2, message))

    return {
        "tensorflow.BytesList": fields(value=(1, BYTES, True, "")),
        "tensorflow.FloatList": fields(value=(1, FLOAT, True, "")),
        "tensorflow.Int64List": fields(value=(1, INT64, True, "")),
        "tensorflow.Feature": fields(
            bytes_list=one(1, "BytesList"), float_list=one(2, "FloatList"), int64_list=one(3, "Int64List")
        ),
        "tensorflow.Features": fields(feature=(1, MESSAGE, True, "tensorflow.Features.FeatureEntry")),
        "tensorflow.Features.FeatureEntry": mapped("Feature"),
        "tensorflow.FeatureList": fields(feature=(1, MESSAGE, True, "tensorflow.Feature")),
        "tensorflow.FeatureLists": fields(feature_list=(1, MESSAGE, True, "tensorflow.FeatureLists.FeatureListEntry")),
        "tensorflow.FeatureLists.FeatureListEntry": mapped("FeatureList"),
        "tensorflow.Example": fields(features=one(1, "Features")),
        "tensorflow.SequenceExample": fields(context=one(1, "Features"), feature_lists=one(2, "FeatureLists")),
    }


# ---------------------------------------------------------------------------- values


def decode_fields(data: bytes, wanted: Sequence[FieldType]) -> list[list[Any]]:
    """The values that a message has of each of some fields.

    Raises:
        WireError: the bytes are not a message.
    """
    found: dict[int, list[Any]] = {}
    types = {field.number: field for field in wanted}
    for number, wire, value in protobuf.fields(data):
        field = types.get(number)
        if field is None:
            continue
        values = _values(field.type, wire, value)
        if field.repeated:
            found.setdefault(number, []).extend(values)
        elif field.type == MESSAGE and number in found:
            found[number] = [found[number][0] + values[0]]  # written twice, it is both together
        elif values:
            found[number] = values[-1:]
    return [found.get(field.number, []) for field in wanted]


def _values(kind: int, wire: int, value: Any) -> list[Any]:
    if kind in TEXTS:
        return [bytes(value)] if wire == protobuf.BYTES else []
    code = _FIXED.get(kind)
    if code is not None:
        size = struct.calcsize(code)
        if wire == protobuf.VARINT or len(value) % size or wire != protobuf.BYTES and len(value) != size:
            return []
        return [each[0] for each in struct.iter_unpack(code, value)]
    if wire == protobuf.VARINT:
        return [_number(kind, value)]
    if wire != protobuf.BYTES:
        return []
    values, at = [], 0
    while at < len(value):
        raw, at = protobuf.read_varint(value, at)
        values.append(_number(kind, raw))
    return values


def _number(kind: int, raw: int) -> Any:
    if kind == BOOL:
        return raw != 0
    if kind == UINT64:
        return raw
    if kind in (SINT32, SINT64):
        return (raw >> 1) ^ -(raw & 1)
    if kind == INT64:
        return protobuf.signed(raw)
    raw &= 0xFFFFFFFF
    return raw if kind == UINT32 or raw < 1 << 31 else raw - (1 << 32)


def encode_fields(fields: Sequence[tuple[FieldType, Sequence[Any]]]) -> bytes:
    """A message of the values of some fields, in the order of their numbers."""
    return b"".join(
        _encoded(field, values) for field, values in sorted(fields, key=lambda pair: pair[0].number) if values
    )


def _encoded(field: FieldType, values: Sequence[Any]) -> bytes:
    if field.type in TEXTS:
        return b"".join(protobuf.bytes_field(field.number, value) for value in values)
    parts = [_plain(field.type, value) for value in values]
    if field.packed:
        return protobuf.bytes_field(field.number, b"".join(parts))
    code = _FIXED.get(field.type)
    wire = protobuf.VARINT if code is None else protobuf.FIXED64 if struct.calcsize(code) == 8 else protobuf.FIXED32
    return b"".join(protobuf.varint(field.number << 3 | wire) + part for part in parts)


def _plain(kind: int, value: Any) -> bytes:
    code = _FIXED.get(kind)
    if code is not None:
        size = 8 * struct.calcsize(code)
        if kind in (FIXED32, FIXED64):
            value = int(value) % (1 << size)
        return struct.pack(code, value if kind in (DOUBLE, FLOAT) else int(value))
    number = int(value)
    if kind in (SINT32, SINT64):
        number = (number << 1) ^ (number >> 63)
    elif kind == UINT32:
        number &= 0xFFFFFFFF
    return protobuf.varint(number & 0xFFFFFFFFFFFFFFFF)
