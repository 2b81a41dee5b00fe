"""Protocol buffer messages whose fields are declared: what `tf.train.Example` and its parts have in common.

Map entries are written sorted by key, as protobuf's deterministic mode does, so that equal messages are equal bytes.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator, MutableMapping
from typing import Any, ClassVar, NamedTuple

import numpy as np

from addax.formats import protobuf
from addax.formats.message_interface import DecodeError, MessageInterface, RepeatedItems

__all__ = ["DecodeError", "Message"]


def _as_bytes(value: Any) -> bytes:
    if not isinstance(value, (bytes, bytearray, memoryview)):
        raise TypeError(f"BytesList.value: expected bytes; received {type(value).__name__} {value!r:.40}")
    return bytes(value)


def _as_int(value: Any) -> int:
    if isinstance(value, (bool, np.bool_)):
        raise TypeError("Int64List.value: expected an int; received a boolean")
    number = operator.index(value)
    if not -(1 << 63) <= number < 1 << 63:
        raise ValueError(f"Int64List.value: expected an int of 64 bits; received {number}")
    return number


def _as_float(value: Any) -> float:
    if isinstance(value, (str, bytes)):
        raise TypeError(f"FloatList.value: expected a number; received {type(value).__name__} {value!r:.40}")
    with np.errstate(over="ignore"):
        return float(np.float32(value))  # what is stored has 32 bits


def _many(values: Iterable[Any], convert: Any) -> list[Any]:
    """Values converted one by one; plain numbers and bytes in one go."""
    items = values.tolist() if isinstance(values, np.ndarray) and values.ndim == 1 else list(values)
    kinds = set(map(type, items))
    if convert is _as_float and kinds <= {float, int}:
        with np.errstate(over="ignore"):
            return np.array(items, np.float64).astype(np.float32).tolist()
    if convert is _as_int and kinds == {int} and min(items) >= -(1 << 63) and max(items) < 1 << 63:
        return items
    if convert is _as_bytes and kinds == {bytes}:
        return items
    return [convert(item) for item in items]


class _Repeated(RepeatedItems):
    """A repeated field: a list that converts its items and tells its message when it changes."""

    def __init__(self, owner: Message, convert: Any) -> None:
        self._owner = owner
        self._convert = convert
        self._items: list[Any] = []

    def __setitem__(self, index, value) -> None:
        if isinstance(index, slice):
            self._items[index] = _many(value, self._convert)
        else:
            self._items[index] = self._convert(value)
        self._owner._touch()

    def __delitem__(self, index) -> None:
        super().__delitem__(index)
        self._owner._touch()

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.array(self._items, _DTYPES.get(self._convert) if dtype is None else dtype)

    def insert(self, index: int, value: Any) -> None:
        self._items.insert(index, self._convert(value))
        self._owner._touch()

    def extend(self, values: Iterable[Any]) -> None:
        self._items += _many(values, self._convert)  # all are checked before any is added
        self._owner._touch()

    MergeFrom = extend

    def sort(self, *, key: Any = None, reverse: bool = False) -> None:
        """Put the items in order."""
        self._items.sort(key=key, reverse=reverse)

    def add(self, **fields: Any) -> Any:
        """Append a new message and return it (repeated message fields only)."""
        message = self._owner._fields["feature"][1][1](**fields)
        self.append(message)
        return self._items[-1]


class _Map(MutableMapping):
    """A map field from strings to messages; reading a missing key creates its message, as protobuf maps do."""

    def __init__(self, owner: Message, kind: type[Message]) -> None:
        self._owner = owner
        self._kind = kind
        self._items: dict[str, Message] = {}

    def __getitem__(self, key: str) -> Any:
        if not isinstance(key, str):
            raise TypeError(f"feature: expected a str key; received {type(key).__name__} {key!r:.40}")
        if key not in self._items:
            self._items[key] = self._kind()
            self._owner._touch()
        return self._items[key]

    def __setitem__(self, key: str, value: Message) -> None:
        raise ValueError("feature: assignment is not allowed; use feature[key].CopyFrom(value)")

    def __delitem__(self, key: str) -> None:
        del self._items[key]
        self._owner._touch()

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __contains__(self, key: object) -> bool:
        return key in self._items

    def get(self, key: str, default: Any = None) -> Any:
        return self._items.get(key, default)

    get_or_create = __getitem__

    def MergeFrom(self, other: _Map) -> None:
        """Take over the messages of another map; those of the same key are replaced."""
        for key, item in other.items():
            self._items[key] = _copy(item)
        self._owner._touch()

    def __repr__(self) -> str:
        return repr(self._items)


class FieldName(NamedTuple):
    """What `ListFields` says of a field."""

    name: str
    number: int


class Descriptor(NamedTuple):
    """What a message class says of itself."""

    full_name: str
    name: str


class _DescriptorOf:
    def __get__(self, instance: Any, owner: type) -> Descriptor:
        return Descriptor(f"tensorflow.{owner.__name__}", owner.__name__)


class Message(MessageInterface):
    """A message whose fields are declared in `_fields`: name -> (number, kind of what it holds).

    A kind is a message class, ("map", class), ("repeated", class) or one of "bytes", "float" and "int64" (repeated).
    """

    _fields: ClassVar[dict[str, tuple[int, Any]]] = {}
    _oneof: ClassVar[str | None] = None
    DESCRIPTOR = _DescriptorOf()

    def __init__(self, **values: Any) -> None:
        # By way of the dict, as setting attributes is checked, which takes most of the time.
        self.__dict__.update(_parent=None, _parent_field=None, _values={}, _present=set())
        for name, value in values.items():
            if name not in self._fields:
                known = ", ".join(self._fields)
                raise ValueError(f"Protocol message {type(self).__name__} has no {name!r} field; it has: {known}")
            if value is not None:
                self._fill(name, value)

    def _fill(self, name: str, value: Any) -> None:
        kind = self._fields[name][1]
        if type(value) is kind:
            self._adopt(name, _copy(value))
            return
        field = getattr(self, name)
        if isinstance(field, _Map):
            for key, item in value.items():
                field[key].CopyFrom(field._kind(**item) if isinstance(item, dict) else item)
        elif isinstance(field, _Repeated):
            if not isinstance(value, Iterable) or isinstance(value, (str, bytes)):
                where = f"{type(self).__name__}.{name}"
                raise TypeError(f"{where}: expected a list of values; received {type(value).__name__} {value!r:.40}")
            field.extend(value)
        elif isinstance(value, dict):
            field.CopyFrom(kind(**value))
            field._touch()
        elif not isinstance(value, kind):
            where = f"{type(self).__name__}.{name}"
            raise TypeError(f"{where}: expected {kind.__name__}; received {type(value).__name__}")
        else:
            field.CopyFrom(value)
            field._touch()

    def _adopt(self, name: str, child: Message) -> None:
        """Have a new message as the value of a field."""
        child.__dict__.update(_parent=self, _parent_field=name)
        self._values[name] = child
        child._touch()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name not in self._fields:
            raise AttributeError(f"{type(self).__name__} has no field {name!r}; it has: {', '.join(self._fields)}")
        if name not in self._values:
            self._values[name] = self._new_field(name)
        return self._values[name]

    def __setattr__(self, name: str, value: Any) -> None:
        if name in self._fields:
            raise AttributeError(f"assignment not allowed to field {name!r} of {type(self).__name__}; use CopyFrom")
        if not name.startswith("_"):
            raise AttributeError(f"{type(self).__name__} has no field {name!r}; it has: {', '.join(self._fields)}")
        object.__setattr__(self, name, value)

    def _new_field(self, name: str) -> Any:
        kind = self._fields[name][1]
        if isinstance(kind, str):
            return _Repeated(self, _SCALARS[kind])
        if isinstance(kind, tuple):
            if kind[0] == "map":
                return _Map(self, kind[1])
            return _Repeated(self, _checker(kind[1]))
        child = kind()
        child.__dict__.update(_parent=self, _parent_field=name)
        return child

    def _touch(self) -> None:
        """Mark this message as set in the one that holds it, clearing its alternatives."""
        if self._parent is None or self._parent_field is None:
            return
        parent, name = self._parent, self._parent_field
        if parent._oneof:
            for other in [n for n in parent._present if n != name]:
                parent.ClearField(other)
        parent._present.add(name)
        parent._touch()

    def _is_set(self, name: str) -> bool:
        field = self._values.get(name)
        if field is None:
            return False
        return name in self._present if isinstance(field, Message) else bool(field._items)

    def HasField(self, field_name: str) -> bool:
        """Whether a message field is set."""
        if not isinstance(self._fields.get(field_name, (0, None))[1], type):
            raise ValueError(f"Protocol message {type(self).__name__} has no message field {field_name!r}.")
        return self._is_set(field_name)

    def WhichOneof(self, oneof_group: str) -> str | None:
        """The name of the alternative that is set, or None."""
        if oneof_group != self._oneof:
            raise ValueError(f"{type(self).__name__} has no oneof {oneof_group!r}")
        return next((n for n in self._fields if self._is_set(n)), None)

    def ListFields(self) -> list[tuple[FieldName, Any]]:
        """The fields that are set: (descriptor, value) in the order of their numbers."""
        return [(FieldName(name, self._fields[name][0]), value) for name, value in self._set_fields()]

    def _set_fields(self) -> list[tuple[str, Any]]:
        if not self._values:
            return []
        return [(name, self._values[name]) for name in self._fields if self._is_set(name)]

    def ClearField(self, field_name: str) -> None:
        """Unset a field; a message obtained from it before stands alone afterwards."""
        if field_name not in self._fields and field_name != self._oneof:
            raise ValueError(f"Protocol message {type(self).__name__} has no {field_name!r} field.")
        if field_name == self._oneof:
            field_name = self.WhichOneof(field_name) or field_name
        field = self._values.pop(field_name, None)
        if isinstance(field, Message):
            field._parent = None
        self._present.discard(field_name)

    def Clear(self) -> None:
        """Unset every field."""
        for name in self._fields:
            self.ClearField(name)

    def SetInParent(self) -> None:
        """Mark this message as set, even when it is empty."""
        self._touch()

    def CopyFrom(self, other: Message) -> None:
        """Become equal to another message of the same class."""
        if type(other) is not type(self):
            raise TypeError(f"CopyFrom: expected {type(self).__name__}; received {type(other).__name__}")
        if other is not self:
            self.Clear()
            self._add(other)
            if self._parent is not None:
                self._touch()

    def MergeFrom(self, other: Message) -> None:
        """Add another message of the same class: lists are appended, maps updated."""
        if type(other) is not type(self):
            raise TypeError(f"MergeFrom: expected {type(self).__name__}; received {type(other).__name__}")
        self._add(other)
        if self._parent is not None:
            self._touch()

    def _add(self, other: Message) -> None:
        for name, field in other._set_fields():
            mine = getattr(self, name)
            if isinstance(field, Message):
                mine._add(field)
                mine._touch()
            elif isinstance(field, _Map):
                for key, item in field.items():
                    mine._items[key] = _copy(item)
            else:
                mine._items += [_copy(item) if isinstance(item, Message) else item for item in field._items]

    def SerializeToString(self, deterministic: bool | None = True) -> bytes:
        """The message as bytes. Map entries are sorted by key, whatever `deterministic` says."""
        parts = []
        for name, field in self._set_fields():
            number, kind = self._fields[name]
            if isinstance(field, Message):
                parts.append(protobuf.bytes_field(number, field.SerializeToString()))
            elif isinstance(field, _Map):
                for key, item in sorted(field._items.items()):
                    entry = protobuf.bytes_field(1, key) + protobuf.bytes_field(2, item.SerializeToString())
                    parts.append(protobuf.bytes_field(number, entry))
            elif kind == "float":
                parts.append(protobuf.bytes_field(number, protobuf.packed_floats(field._items)))
            elif kind == "int64":
                parts.append(protobuf.bytes_field(number, protobuf.packed_varints(field._items)))
            else:
                items = field._items if kind == "bytes" else [item.SerializeToString() for item in field]
                parts += [protobuf.bytes_field(number, item) for item in items]
        return b"".join(parts)

    def ParseFromString(self, serialized: bytes) -> int:
        """Become the message that some bytes hold; returns how many they are. Raises DecodeError."""
        self.Clear()
        return self.MergeFromString(serialized)

    def MergeFromString(self, serialized: bytes) -> int:
        """Add the message that some bytes hold; returns how many they are. Raises DecodeError."""
        data = bytes(serialized)
        try:
            self._merge(data)
        except (protobuf.WireError, UnicodeDecodeError) as error:
            raise DecodeError(
                f"error parsing a message of type {type(self).__name__}: corrupt bytes: {error}"
            ) from None
        if self._parent is not None:
            self._touch()
        return len(data)

    def _merge(self, data: bytes) -> None:
        names = {number: name for name, (number, _) in self._fields.items()}
        for number, wire, value in protobuf.fields(data):
            name = names.get(number)
            if name is None:
                continue  # a field of a later version
            kind = self._fields[name][1]
            if isinstance(kind, str):
                self._merge_scalars(getattr(self, name), kind, wire, value)
                continue
            if not isinstance(value, bytes) or wire != protobuf.BYTES:
                raise protobuf.WireError(f"field {name} has wire type {wire}", 0)
            if isinstance(kind, tuple):
                self._merge_composite(getattr(self, name), kind, value)
            else:
                field = getattr(self, name)
                field._merge(value)
                field._touch()

    def _merge_scalars(self, field: _Repeated, kind: str, wire: int, value: int | bytes) -> None:
        if kind == "int64" and isinstance(value, int):
            field._items.append(protobuf.signed(value))
        elif kind == "int64" and isinstance(value, bytes) and wire == protobuf.BYTES:
            field._items += protobuf.read_varints(value)
        elif kind == "float" and isinstance(value, bytes) and wire in (protobuf.BYTES, protobuf.FIXED32):
            field._items += protobuf.read_floats(value).tolist()
        elif kind == "bytes" and isinstance(value, bytes) and wire == protobuf.BYTES:
            field._items.append(value)
        else:
            raise protobuf.WireError(f"wire type {wire} in a list of {kind}", 0)

    def _merge_composite(self, field: Any, kind: tuple[str, type[Message]], value: bytes) -> None:
        if isinstance(field, _Map):
            entry = protobuf.message_fields(value)
            key, payload = entry.get(1, [b""])[-1], entry.get(2, [b""])[-1]
            if not isinstance(key, bytes) or not isinstance(payload, bytes):
                raise protobuf.WireError("map entry of wrong wire types", 0)
            name = key.decode("utf-8")
            field._items[name] = kind[1]()  # the last entry of a key wins
            field._items[name]._merge(payload)
        else:
            item = kind[1]()
            item._merge(value)
            field._items.append(item)

    def __str__(self) -> str:
        return "".join(line + "\n" for line in self._lines())

    def _lines(self) -> Iterator[str]:
        for name, field in self._set_fields():
            if isinstance(field, _Map):
                for key, item in field.items():
                    inner = ["key: " + _quoted(key.encode())] + _block("value", item)
                    yield from [f"{name} {{", *("  " + line for line in inner), "}"]
            elif isinstance(field, Message):
                yield from _block(name, field)
            else:
                for item in field:
                    if isinstance(item, Message):
                        yield from _block(name, item)
                    else:
                        yield f"{name}: {_quoted(item) if isinstance(item, bytes) else _number(item)}"


def _checker(kind: type[Message]):
    def check(value: Any) -> Message:
        if not isinstance(value, kind):
            raise TypeError(f"expected {kind.__name__}; received {type(value).__name__}")
        return _copy(value)

    return check


def _copy(message: Message) -> Message:
    """The same message once more, nobody's child."""
    kind = type(message)
    made = kind.__new__(kind)
    values: dict[str, Any] = {}
    made.__dict__.update(_parent=None, _parent_field=None, _values=values, _present=set(message._present))
    for name, field in message._values.items():
        if type(field) is _Repeated:
            items = [_copy(item) if isinstance(item, Message) else item for item in field._items]
            values[name] = again = _Repeated(made, field._convert)
            again._items = items
        elif type(field) is _Map:
            values[name] = copied = _Map(made, field._kind)
            copied._items = {key: _copy(item) for key, item in field._items.items()}
        elif name in message._present:
            values[name] = child = _copy(field)
            child.__dict__.update(_parent=made, _parent_field=name)
    return made


def _block(name: str, message: Message) -> list[str]:
    return [f"{name} {{", *("  " + line for line in message._lines()), "}"]


def _number(value: float) -> str:
    if isinstance(value, int):
        return str(value)
    text = f"{value:.6g}"
    return text if value != value or np.float32(text) == np.float32(value) else f"{value:.9g}"


_ESCAPES = {10: r"\n", 13: r"\r", 9: r"\t", 34: r"\"", 39: r"\'", 92: r"\\"}


def _quoted(data: bytes) -> str:
    return '"' + "".join(_ESCAPES.get(b) or (chr(b) if 32 <= b < 127 else f"\\{b:03o}") for b in data) + '"'


_DTYPES = {_as_float: np.float32, _as_int: np.int64, _as_bytes: np.bytes_}  # of a repeated field as an array


_SCALARS = {"bytes": _as_bytes, "float": _as_float, "int64": _as_int}
