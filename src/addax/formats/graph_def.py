"""`GraphDef`: the nodes of a graph as a protocol buffer.

Schema: tensorflow/core/framework/{graph,node_def,attr_value,versions}.proto.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from addax.formats.messages import Message, many, one
from addax.formats.tensor_proto import TYPE_NAMES, TensorProto, TensorShapeProto

__all__ = ["AttrValue", "GraphDef", "NodeDef", "VersionDef"]


class _ListValue(Message):
    """Several values of one kind."""

    _fields = {
        "s": many(2, "bytes"), "i": many(3, "int64"), "f": many(4, "float"), "b": many(5, "bool"),
        "type": many(6, "enum"), "shape": many(7, TensorShapeProto), "tensor": many(8, TensorProto),
    }  # fmt: skip


class AttrValue(Message):
    """The value of an attribute: one of its fields."""

    ListValue = _ListValue
    _fields = {
        "list": one(1, _ListValue, group="value"),
        "s": one(2, "bytes", group="value"),
        "i": one(3, "int64", group="value"),
        "f": one(4, "float", group="value"),
        "b": one(5, "bool", group="value"),
        "type": one(6, "enum", TYPE_NAMES, group="value"),
        "shape": one(7, TensorShapeProto, group="value"),
        "tensor": one(8, TensorProto, group="value"),
    }


class _Attribute(Message):
    """A name and its value: an entry of a map."""

    _fields = {"key": one(1, "string"), "value": one(2, AttrValue)}


class _Attributes:
    """The attributes of a node as a mapping; a name that is asked for and missing is made, as protobuf does it."""

    def __init__(self, entries: Any) -> None:
        self._entries = entries

    def add(self) -> Any:
        """A new entry (for the reader of messages)."""
        return self._entries.add()

    def extend(self, values: Any) -> None:
        """Take over the entries of a dict of AttrValues."""
        for key, value in dict(values).items():
            self[key].CopyFrom(value)

    def get(self, key: str, default: Any = None) -> Any:
        """The value of a name, or `default`."""
        return next((entry.value for entry in self._entries if entry.key == key), default)

    def __getitem__(self, key: str) -> AttrValue:
        found = self.get(key)
        return self._entries.add(key=key).value if found is None else found

    def __contains__(self, key: object) -> bool:
        return any(entry.key == key for entry in self._entries)

    def __iter__(self) -> Iterator[str]:
        return (entry.key for entry in self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def keys(self) -> list[str]:
        """The names."""
        return list(self)

    def values(self) -> list[AttrValue]:
        """The values."""
        return [entry.value for entry in self._entries]

    def items(self) -> list[tuple[str, AttrValue]]:
        """(name, value) pairs."""
        return [(entry.key, entry.value) for entry in self._entries]


class NodeDef(Message):
    """An operation of a graph: its name, type ("op"), names of inputs, device and attributes.

    Example:
        >>> from addax.formats.graph_def import NodeDef
        >>> node = NodeDef(name="sum", op="AddV2", input=["x", "y"])
        >>> node.attr["T"].type = 1
        >>> NodeDef.FromString(node.SerializeToString()) == node, list(node.attr)
        (True, ['T'])
    """

    _fields = {
        "name": one(1, "string"), "op": one(2, "string"), "input": many(3, "string"), "device": one(4, "string"),
        "attr": many(5, _Attribute),
    }  # fmt: skip

    @property
    def attr(self) -> _Attributes:
        """The attributes by name."""
        return _Attributes(super().__getattr__("attr"))


class VersionDef(Message):
    """Which versions of TensorFlow wrote a graph and may read it."""

    _fields = {"producer": one(1, "int32"), "min_consumer": one(2, "int32"), "bad_consumers": many(3, "int32")}


class GraphDef(Message):
    """A graph: its nodes.

    Example:
        >>> from addax.formats.graph_def import GraphDef
        >>> [node.name for node in GraphDef(node=[]).node]
        []
    """

    _fields = {"node": many(1, NodeDef), "versions": one(4, VersionDef)}
