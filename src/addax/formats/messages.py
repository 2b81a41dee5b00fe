"""Protocol buffer messages as Python objects: declared fields, bytes in field order, text as `repr`.

A subclass of `Message` declares its fields in `_fields`. What it writes is what protobuf writes (fields by number,
repeated numbers packed, default values of plain fields left out), so that bytes can be exchanged with TensorFlow.
Format: https://protobuf.dev/programming-guides/encoding/
"""

from __future__ import annotations

import operator
import struct
from collections.abc import Iterable
from typing import Any, ClassVar, NamedTuple

import numpy as np

from addax.formats import protobuf
from addax.formats.message_interface import DecodeError, MessageInterface, RepeatedItems

__all__ = ["Field", "Message", "many", "one"]

_VARINTS = ("int32", "int64", "uint32", "uint64", "bool", "enum")
_RANGES = {
    "int32": (-(1 << 31), (1 << 31) - 1),
    "enum": (-(1 << 31), (1 << 31) - 1),
    "int64": (-(1 << 63), (1 << 63) - 1),
    "uint32": (0, (1 << 32) - 1),
    "uint64": (0, (1 << 64) - 1),
}
_DEFAULTS: dict[Any, Any] = {"bool": False, "float": 0.0, "double": 0.0, "string": "", "bytes": b""}


class Field(NamedTuple):
    """A declared field: its number, what it holds ("int64", "bytes", ..., or a message class), and how often."""

    number: int
    kind: Any
    repeated: bool = False
    names: tuple[str, ...] = ()  # of an enum's values, for the text form
    group: str = ""  # the oneof that it belongs to


def one(number: int, kind: Any, names: tuple[str, ...] = (), group: str = "") -> Field:
    """A field with one value."""
    return Field(number, kind, False, names, group)


def many(number: int, kind: Any) -> Field:
    """A repeated field."""
    return Field(number, kind, True)


def _checked(where: str, kind: Any, value: Any) -> Any:
    """A value as a field holds it; TypeError or ValueError where it does not fit."""
    if kind in _RANGES:
        number = operator.index(value)
        low, high = _RANGES[kind]
        if not low <= number <= high:
            raise ValueError(f"{where}: expected a value of {kind}; received {number}")
        return number
    if kind == "bool":
        return bool(operator.index(value))
    if kind in ("float", "double"):
        if isinstance(value, (str, bytes)):
            raise TypeError(f"{where}: expected a number; received {value!r:.40}")
        with np.errstate(over="ignore"):
            return float(np.float32(value)) if kind == "float" else float(value)
    if kind == "string":
        if isinstance(value, bytes):
            return value.decode("utf-8")
        if not isinstance(value, str):
            raise TypeError(f"{where}: expected a str; received {type(value).__name__}")
        return value
    if kind == "bytes":
        if isinstance(value, str) or not isinstance(value, (bytes, bytearray, memoryview)):
            raise TypeError(f"{where}: expected bytes; received {type(value).__name__}")
        return bytes(value)
    if not isinstance(value, kind):
        raise TypeError(f"{where}: expected {kind.__name__}; received {type(value).__name__}")
    return value


class _Repeated(RepeatedItems):
    """The values of a repeated field."""

    def __init__(self, where: str, kind: Any) -> None:
        self._where, self._kind = where, kind
        self._items: list[Any] = []

    def __setitem__(self, index, value) -> None:
        if isinstance(index, slice):
            self._items[index] = [_checked(self._where, self._kind, item) for item in value]
        else:
            self._items[index] = _checked(self._where, self._kind, value)

    def insert(self, index: int, value: Any) -> None:
        self._items.insert(index, _checked(self._where, self._kind, value))

    def extend(self, values: Iterable[Any]) -> None:
        self._items += [_checked(self._where, self._kind, item) for item in values]

    def add(self, **values: Any) -> Any:
        """Append a new message and return it (fields of messages only)."""
        self._items.append(self._kind(**values))
        return self._items[-1]


class Message(MessageInterface):
    """A message; subclasses declare `_fields`, name -> `one(number, kind)` or `many(number, kind)`.

    Example:
        >>> from addax.formats.messages import Message, many, one
        >>> class Point(Message):
        ...     _fields = {"name": one(1, "string"), "at": many(2, "int64")}
        >>> point = Point(name="a", at=[3, -1])
        >>> Point.FromString(point.SerializeToString()) == point
        True
        >>> print(point)
        name: "a"
        at: 3
        at: -1
    """

    _fields: ClassVar[dict[str, Field]] = {}

    def __init__(self, **values: Any) -> None:
        self._values: dict[str, Any] = {}
        for name, value in values.items():
            field = self._field(name)
            if value is None:
                continue
            if field.repeated:
                getattr(self, name).extend(value)
            elif isinstance(field.kind, str):
                setattr(self, name, value)
            elif isinstance(value, dict):
                self._values[name] = field.kind(**value)
            else:
                getattr(self, name).CopyFrom(value)
                self._values[name] = getattr(self, name)

    def _field(self, name: str) -> Field:
        if name not in self._fields:
            known = ", ".join(self._fields)
            raise ValueError(f"Protocol message {type(self).__name__} has no {name!r} field; it has: {known}")
        return self._fields[name]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name not in self._fields:
            raise AttributeError(f"{type(self).__name__} has no field {name!r}; it has: {', '.join(self._fields)}")
        if name in self._values:
            return self._values[name]
        field = self._fields[name]
        if field.repeated:
            made: Any = _Repeated(f"{type(self).__name__}.{name}", field.kind)
        elif isinstance(field.kind, str):
            return _DEFAULTS.get(field.kind, 0)
        else:
            made = field.kind()
        self._values[name] = made
        return made

    def __setattr__(self, name: str, value: Any) -> None:
        if name.startswith("_"):
            object.__setattr__(self, name, value)
            return
        if name not in self._fields:
            raise AttributeError(f"{type(self).__name__} has no field {name!r}; it has: {', '.join(self._fields)}")
        field = self._fields[name]
        if field.repeated or not isinstance(field.kind, str):
            raise AttributeError(f"Assignment not allowed to field {name!r} of {type(self).__name__}; use CopyFrom")
        checked = _checked(f"{type(self).__name__}.{name}", field.kind, value)
        self._leave_group(name)
        self._values[name] = checked

    def _leave_group(self, name: str) -> None:
        group = self._fields[name].group
        if group:
            for other, field in self._fields.items():
                if field.group == group and other != name:
                    self._values.pop(other, None)

    # ------------------------------------------------------------------ what is set

    def _set_fields(self) -> list[tuple[str, Field, Any]]:
        """The fields with something in them, by number."""
        found = []
        for name, field in sorted(self._fields.items(), key=lambda item: item[1].number):
            if name not in self._values:
                continue
            value = self._values[name]
            if field.repeated:
                present = len(value) > 0
            elif isinstance(field.kind, str):
                present = bool(field.group) or value != _DEFAULTS.get(field.kind, 0)
            else:
                present = bool(value._set_fields()) or getattr(value, "_present", False)
            if present:
                found.append((name, field, value))
        return found

    def SetInParent(self) -> None:  # noqa: N802  (protobuf's names)
        """Count as present though empty."""
        self._present = True

    def HasField(self, name: str) -> bool:  # noqa: N802
        """Whether a field of one message, or of a oneof, is set."""
        field = self._field(name)
        if field.repeated or (isinstance(field.kind, str) and not field.group):
            raise ValueError(f"Field {type(self).__name__}.{name} does not have presence.")
        return any(name == each for each, _, _ in self._set_fields())

    def WhichOneof(self, group: str) -> str | None:  # noqa: N802
        """The field of a oneof that is set."""
        return next((name for name, field, _ in self._set_fields() if field.group == group), None)

    def ListFields(self) -> list[tuple[str, Any]]:  # noqa: N802
        """(name, value) of the fields with something in them."""
        return [(name, value) for name, _, value in self._set_fields()]

    def ClearField(self, name: str) -> None:  # noqa: N802
        """Forget a field's value."""
        self._field(name)
        self._values.pop(name, None)

    def Clear(self) -> None:  # noqa: N802
        """Forget everything."""
        self._values = {}

    # ------------------------------------------------------------------ copies

    def CopyFrom(self, other: Any) -> None:  # noqa: N802
        """Become a copy of `other`."""
        if other is not self:
            self.Clear()
            self.MergeFrom(other)
            self._present = True

    def MergeFrom(self, other: Any) -> None:  # noqa: N802
        """Take over what `other` has: plain values replace, repeated ones are added."""
        if type(other) is not type(self):
            raise TypeError(f"expected a {type(self).__name__}; received {type(other).__name__}")
        self.MergeFromString(other.SerializeToString())

    # ------------------------------------------------------------------ bytes

    def SerializeToString(self, deterministic: bool | None = None) -> bytes:  # noqa: N802
        """The message as bytes (always deterministic)."""
        return b"".join(_written(field, value) for _, field, value in self._set_fields())

    def ParseFromString(self, data: bytes) -> int:  # noqa: N802
        """Become the message that `data` holds; returns how many bytes were read.

        Raises:
            DecodeError: the bytes are no such message.
        """
        self.Clear()
        return self.MergeFromString(data)

    def MergeFromString(self, data: bytes) -> int:  # noqa: N802
        """Take over what the message in `data` has."""
        data = bytes(data)
        numbers = {field.number: (name, field) for name, field in self._fields.items()}
        try:
            for number, wire, value in protobuf.fields(data):
                if number in numbers:  # others are of a newer schema
                    self._take(*numbers[number], wire, value)
        except (protobuf.WireError, UnicodeDecodeError, struct.error, ValueError) as error:
            raise DecodeError(f"Error parsing message with type {type(self).__name__!r}: {error}") from None
        return len(data)

    def _take(self, name: str, field: Field, wire: int, value: Any) -> None:
        if not isinstance(field.kind, str):
            if wire != protobuf.BYTES:
                raise protobuf.WireError(f"field {name} of wire type {wire}", 0)
            target = getattr(self, name).add() if field.repeated else getattr(self, name)
            target.MergeFromString(value)
            target._present = True
            return
        values = _read(field.kind, wire, value)
        if field.repeated:
            getattr(self, name)._items.extend(values)
        else:
            self._leave_group(name)
            self._values[name] = values[-1] if values else _DEFAULTS.get(field.kind, 0)

    # ------------------------------------------------------------------ text

    def __str__(self) -> str:
        return "".join(_text(name, field, value, "") for name, field, value in self._set_fields())


def _written(field: Field, value: Any) -> bytes:
    kind, number = field.kind, field.number
    if not isinstance(kind, str):
        parts = value if field.repeated else [value]
        return b"".join(protobuf.bytes_field(number, part.SerializeToString()) for part in parts)
    if kind in ("string", "bytes"):
        parts = value if field.repeated else [value]
        return b"".join(protobuf.bytes_field(number, part) for part in parts)
    if field.repeated:
        packed = {"float": protobuf.packed_floats, "double": protobuf.packed_doubles}.get(kind, protobuf.packed_varints)
        return protobuf.bytes_field(number, packed([int(v) if kind in _VARINTS else v for v in value]))
    if kind == "float":
        return protobuf.float_field(number, value)
    if kind == "double":
        return protobuf.double_field(number, value)
    return protobuf.varint_field(number, int(value))


def _read(kind: str, wire: int, value: Any) -> list[Any]:
    """The values of one occurrence of a field: several where numbers are packed."""
    if kind in _VARINTS:
        if wire == protobuf.VARINT:
            raw = [value]
        elif wire == protobuf.BYTES:
            raw = [each % (1 << 64) for each in protobuf.read_varints(value)]
        else:
            raise protobuf.WireError(f"wire type {wire} for a {kind}", 0)
        return [_plain(kind, each) for each in raw]
    if kind in ("float", "double"):
        if wire == protobuf.VARINT:
            raise protobuf.WireError(f"wire type {wire} for a {kind}", 0)
        dtype = np.dtype("<f4" if kind == "float" else "<f8")
        if len(value) % dtype.itemsize:
            raise protobuf.WireError(f"{len(value)} bytes of {kind}s", 0)
        return np.frombuffer(value, dtype).astype(float).tolist()
    if wire != protobuf.BYTES:
        raise protobuf.WireError(f"wire type {wire} for a {kind}", 0)
    return [value.decode("utf-8") if kind == "string" else bytes(value)]


def _plain(kind: str, raw: int) -> Any:
    if kind == "bool":
        return bool(raw)
    if kind in ("int32", "enum"):
        low = raw & 0xFFFFFFFF
        return low - (1 << 32) if low >= 1 << 31 else low
    if kind == "int64":
        return protobuf.signed(raw)
    return raw & 0xFFFFFFFF if kind == "uint32" else raw


def _text(name: str, field: Field, value: Any, indent: str) -> str:
    if field.repeated:
        single = field._replace(repeated=False)
        return "".join(_text(name, single, item, indent) for item in value)
    if not isinstance(field.kind, str):
        inside = "".join(_text(n, f, v, indent + "  ") for n, f, v in value._set_fields())
        return f"{indent}{name} {{\n{inside}{indent}}}\n"
    if field.kind == "enum" and 0 <= value < len(field.names):
        shown = field.names[value]
    elif field.kind == "bool":
        shown = "true" if value else "false"
    elif field.kind in ("string", "bytes"):
        raw = value.encode("utf-8") if isinstance(value, str) else value
        shown = '"' + "".join(_escaped(byte) for byte in raw) + '"'
    elif field.kind in ("float", "double"):
        short = str(np.float32(value)) if field.kind == "float" else repr(value)
        shown = short.removesuffix(".0")
    else:
        shown = str(value)
    return f"{indent}{name}: {shown}\n"


def _escaped(byte: int) -> str:
    known = {9: "\\t", 10: "\\n", 13: "\\r", 34: '\\"', 39: "\\'", 92: "\\\\"}
    return known.get(byte) or (chr(byte) if 32 <= byte < 127 else f"\\{byte:03o}")
