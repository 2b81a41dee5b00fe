"""A model of an input pipeline: what each of its nodes took, as a protocol buffer.

Schema: tensorflow/core/framework/model.proto.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from addax.formats.messages import Field, Message, many, one

__all__ = ["ModelProto"]

NODE_CLASSES = (
    "UNKNOWN", "INTERLEAVE_MANY", "ASYNC_INTERLEAVE_MANY", "KNOWN_RATIO", "ASYNC_KNOWN_RATIO", "UNKNOWN_RATIO",
    "ASYNC_UNKNOWN_RATIO",
)  # fmt: skip


class _Parameter(Message):
    """A setting of a node that can be tuned."""

    _fields = {
        "name": one(1, "string"), "value": one(2, "double"), "state_value": one(3, "double"),
        "min": one(4, "double"), "max": one(5, "double"), "tunable": one(6, "bool"),
    }  # fmt: skip


class Node(Message):
    """A node: times in nanoseconds, without those of its inputs; `inputs` are the numbers of other nodes."""

    _fields = {
        "id": one(1, "int64"), "name": one(2, "string"), "autotune": one(3, "bool"),
        "buffered_bytes": one(4, "int64"), "buffered_elements": one(5, "int64"), "bytes_consumed": one(6, "int64"),
        "bytes_produced": one(7, "int64"), "num_elements": one(8, "int64"), "processing_time": one(9, "int64"),
        "record_metrics": one(10, "bool"), "parameters": many(11, _Parameter),
        "input_processing_time_sum": one(12, "double"), "input_processing_time_count": one(13, "int64"),
        "inputs": many(14, "int64"), "node_class": one(15, "enum", NODE_CLASSES), "ratio": one(16, "double"),
        "memory_ratio": one(17, "double"),
    }  # fmt: skip


class _Entry(Message):
    """An entry of `ModelProto.nodes`; both parts are written always, as those of maps are."""

    _fields = {"key": one(1, "int64"), "value": one(2, Node)}

    def _set_fields(self) -> list[tuple[str, Field, Any]]:
        return [(name, field, getattr(self, name)) for name, field in self._fields.items()]


class _Nodes(Mapping):
    """The entries of a model as a map from numbers to nodes."""

    def __init__(self, entries: Any) -> None:
        self._entries = entries

    def __getitem__(self, key: int) -> Node:
        for entry in self._entries:
            if entry.key == key:
                return entry.value
        raise KeyError(key)

    def __iter__(self) -> Iterator[int]:
        return iter(dict.fromkeys(entry.key for entry in self._entries))

    def __len__(self) -> int:
        return len(list(iter(self)))

    def __repr__(self) -> str:
        return repr(dict(self))

    def add(self) -> _Entry:
        """A new entry (used while bytes are read)."""
        return self._entries.add()


class _Optimization(Message):
    """What the last tuning was given."""

    _fields = {
        "algorithm": one(1, "enum", ("DEFAULT", "HILL_CLIMB", "GRADIENT_DESCENT", "MAX_PARALLELISM", "STAGE_BASED")),
        "cpu_budget": one(2, "int64"), "ram_budget": one(3, "int64"), "model_input_time": one(4, "double"),
    }  # fmt: skip


class ModelProto(Message):
    """A pipeline: its nodes by their numbers, and which of them is the last.

    Example:
        >>> from addax.formats.pipeline_model import ModelProto, Node
        >>> model = ModelProto(output=1)
        >>> model.put(Node(id=1, name="Range", num_elements=5))
        >>> model.nodes[model.output].name
        'Range'
    """

    Node = Node
    _fields = {
        "nodes": many(1, _Entry), "output": one(2, "int64"), "id_counter": one(3, "int64"),
        "optimization_params": one(5, _Optimization), "gap_times": many(6, "uint64"), "dataset_name": one(7, "string"),
    }  # fmt: skip

    @property
    def nodes(self) -> _Nodes:
        """The nodes by their numbers."""
        return _Nodes(Message.__getattr__(self, "nodes"))

    def put(self, node: Node) -> None:
        """Add a node."""
        Message.__getattr__(self, "nodes").append(_Entry(key=node.id, value=node))
