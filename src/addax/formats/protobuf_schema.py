"""Protocol buffers by schema: messages as dicts of named fields, bounded in depth and checked by kind.

A schema is a table of messages: {message: {field number: "name kind"}}. Kinds are `int` (any varint), `sint` (zigzag),
`bool`, `float`, `double`, `str`, `bytes`, or the name of a message of the table; `kind*` is repeated; `map kind` is a
map from strings. Unknown fields are passed over, as protobuf asks.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from typing import Any

from addax.formats import protobuf
from addax.formats.protobuf import WireError

__all__ = ["Codec"]

_VARINTS = ("int", "sint", "bool")
_FIXED = {"float": ("<f", protobuf.FIXED32), "double": ("<d", protobuf.FIXED64)}


class Codec:
    """Reads and writes the messages of a schema.

    Args:
        schema: the table.
        depth: how deep messages may be nested.

    Example:
        >>> from addax.formats.protobuf_schema import Codec
        >>> codec = Codec({"Shape": {2: "dim Dim*"}, "Dim": {1: "size int"}})
        >>> codec.decode("Shape", codec.encode("Shape", {"dim": [{"size": -1}, {"size": 3}]}))
        {'dim': [{'size': -1}, {'size': 3}]}
    """

    def __init__(self, schema: Mapping[str, Mapping[int, str]], depth: int = 100) -> None:
        self._depth = depth
        self._fields = {
            message: {number: _parsed(text) for number, text in fields.items()} for message, fields in schema.items()
        }

    def decode(self, message: str, data: bytes, depth: int = 0) -> dict[str, Any]:
        """A message as a dict of the fields that it has.

        Raises:
            WireError: the bytes are not such a message, or nested too deeply.
        """
        if depth > self._depth:
            raise WireError(f"messages nested more than {self._depth} deep", 0)
        made: dict[str, Any] = {}
        fields = self._fields[message]
        for number, wire, value in protobuf.fields(data):
            field = fields.get(number)
            if field is None:
                continue
            name, kind, form = field
            if form == "map":
                entry = protobuf.message_fields(_payload(value, wire, name))
                key = _text(_last(entry, 1), name)
                made.setdefault(name, {})[key] = self._value(kind, _last(entry, 2), protobuf.BYTES, name, depth)
            elif form == "*":
                made.setdefault(name, []).extend(self._repeated(kind, value, wire, name, depth))
            else:
                made[name] = self._value(kind, value, wire, name, depth)
        return made

    def _repeated(self, kind: str, value: Any, wire: int, name: str, depth: int) -> Iterator[Any]:
        if kind in _VARINTS and wire == protobuf.BYTES:
            for each in protobuf.read_varints(value):
                yield self._value(kind, each, protobuf.VARINT, name, depth)
        elif kind in _FIXED and wire == protobuf.BYTES:
            code = _FIXED[kind][0]
            if len(value) % struct.calcsize(code):
                raise WireError(f"field {name}: packed numbers of {len(value)} bytes", 0)
            yield from (each[0] for each in struct.iter_unpack(code, value))
        else:
            yield self._value(kind, value, wire, name, depth)

    def _value(self, kind: str, value: Any, wire: int, name: str, depth: int) -> Any:
        if kind in _VARINTS:
            if wire != protobuf.VARINT:
                raise WireError(f"field {name}: wire type {wire} for an integer", 0)
            if kind == "sint":
                return (value >> 1) ^ -(value & 1)
            return bool(value) if kind == "bool" else protobuf.signed(value) if value >= 0 else value
        if kind in _FIXED:
            code, expected = _FIXED[kind]
            if wire != expected:
                raise WireError(f"field {name}: wire type {wire} for a {kind}", 0)
            return struct.unpack(code, value)[0]
        data = _payload(value, wire, name)
        if kind == "bytes":
            return data
        return _text(data, name) if kind == "str" else self.decode(kind, data, depth + 1)

    def encode(self, message: str, fields: Mapping[str, Any]) -> bytes:
        """A dict of fields as the message's bytes; the same dict always gives the same bytes.

        Raises:
            KeyError: a field that the message does not have.
        """
        known = {field[0]: (number, *field[1:]) for number, field in self._fields[message].items()}
        made = []
        for name in sorted(fields, key=lambda each: known[each][0]):
            number, kind, form = known[name]
            value = fields[name]
            if form == "map":
                for key in value:
                    entry = protobuf.bytes_field(1, key) + self._field(2, kind, value[key])
                    made.append(protobuf.bytes_field(number, entry))
            elif form == "*" and kind in _VARINTS:
                made.append(protobuf.bytes_field(number, protobuf.packed_varints(map(int, value))) if value else b"")
            elif form == "*":
                made.extend(self._field(number, kind, each) for each in value)
            else:
                made.append(self._field(number, kind, value))
        return b"".join(made)

    def _field(self, number: int, kind: str, value: Any) -> bytes:
        if kind in ("int", "bool"):
            return protobuf.varint_field(number, int(value))
        if kind == "sint":
            return protobuf.varint_field(number, (value << 1) ^ (value >> 63) if value < 0 else value << 1)
        if kind == "float":
            return protobuf.float_field(number, value)
        if kind == "double":
            return protobuf.double_field(number, value)
        if kind in ("str", "bytes"):
            return protobuf.bytes_field(number, value)
        return protobuf.bytes_field(number, self.encode(kind, value))


def _parsed(text: str) -> tuple[str, str, str]:
    """(name, kind, form) of an entry of a schema; form is "", "*" or "map"."""
    name, _, kind = text.partition(" ")
    if kind.startswith("map "):
        return name, kind.removeprefix("map "), "map"
    return (name, kind[:-1], "*") if kind.endswith("*") else (name, kind, "")


def _last(entry: Mapping[int, list[Any]], number: int) -> bytes:
    value = entry.get(number, [b""])[-1]
    return _payload(value, protobuf.VARINT if isinstance(value, int) else protobuf.BYTES, "of a map")


def _payload(value: Any, wire: int, name: str) -> bytes:
    if wire != protobuf.BYTES:
        raise WireError(f"field {name}: wire type {wire} where bytes are expected", 0)
    return value


def _text(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise WireError(f"field {name}: text that is not UTF-8", 0) from None
