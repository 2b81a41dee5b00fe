"""The messages of a TensorBoard event file, as bytes.

Schemas: tensorflow/core/util/event.proto, framework/summary.proto, framework/tensor.proto, framework/graph.proto.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from addax.formats.protobuf import bytes_field, double_field, varint_field

__all__ = ["encode_event", "encode_graph", "encode_metadata", "encode_tensor", "encode_value"]

FILE_VERSION = "brain.Event:2"
SOURCE = "tensorflow.core.util.events_writer"
_STRING = 7
_DTYPES = {
    "float32": 1,
    "float64": 2,
    "int32": 3,
    "uint8": 4,
    "int16": 5,
    "int8": 6,
    "complex64": 8,
    "int64": 9,
    "bool": 10,
    "bfloat16": 14,
    "uint16": 17,
    "complex128": 18,
    "float16": 19,
    "uint32": 22,
    "uint64": 23,
}


def encode_event(
    wall_time: float,
    step: int = 0,
    *,
    summary: bytes | None = None,
    graph: bytes | None = None,
    file_version: str | None = None,
) -> bytes:
    """An Event: a time (seconds since 1970), a step and one of its payloads (a Summary, a GraphDef, or the version)."""
    parts = [double_field(1, wall_time)]
    if step:
        parts.append(varint_field(2, step))
    if file_version is not None:
        parts.append(bytes_field(3, file_version))
        parts.append(bytes_field(10, bytes_field(1, SOURCE)))
    if graph is not None:
        parts.append(bytes_field(4, graph))
    if summary is not None:
        parts.append(bytes_field(5, summary))
    return b"".join(parts)


def encode_value(tag: str, tensor: np.ndarray, metadata: bytes = b"") -> bytes:
    """A Summary of one tensor."""
    value = bytes_field(1, tag) + bytes_field(8, encode_tensor(tensor))
    if metadata:
        value += bytes_field(9, metadata)
    return bytes_field(1, value)


def encode_metadata(plugin: str, content: bytes = b"", description: str | None = None) -> bytes:
    """A SummaryMetadata: the plugin of TensorBoard that shows the values, and a text about them."""
    data = bytes_field(1, plugin) + (bytes_field(2, content) if content else b"")
    return bytes_field(1, data) + (bytes_field(3, description) if description else b"")


def encode_tensor(array: np.ndarray) -> bytes:
    """A TensorProto of numbers, booleans or strings (str or bytes, in an array of any kind).

    Raises:
        TypeError: an array of something else.
    """
    shape = bytes_field(2, b"".join(bytes_field(2, varint_field(1, n) if n else b"") for n in array.shape))
    if array.dtype.kind in "SUO":
        items = b"".join(bytes_field(8, _as_bytes(item)) for item in array.ravel().tolist())
        return varint_field(1, _STRING) + shape + items
    code = _DTYPES.get(array.dtype.name)
    if code is None:
        raise TypeError(f"tf.summary: expected numbers, booleans or strings; received an array of {array.dtype}")
    content = np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<"), copy=False).tobytes()
    return varint_field(1, code) + shape + (bytes_field(4, content) if content else b"")


def _as_bytes(item: Any) -> bytes:
    if isinstance(item, str):
        return item.encode("utf-8")
    if isinstance(item, bytes):
        return item
    raise TypeError(f"tf.summary: expected strings; received a {type(item).__name__}")


def encode_graph(nodes: Iterable[tuple[str, str, Iterable[str], Mapping[str, str]]]) -> bytes:
    """A GraphDef that TensorBoard draws.

    Args:
        nodes: (name, operation, names of inputs, texts by name) of each node; slashes in names make groups.

    Returns:
        its bytes, for `tf.summary.graph`.

    Example:
        >>> from addax.summary.events import encode_graph
        >>> len(encode_graph([("x", "Input", [], {}), ("y", "Dense", ["x"], {"shape": "(None, 3)"})])) > 20
        True
    """
    parts = []
    for name, operation, inputs, texts in nodes:
        node = bytes_field(1, name) + bytes_field(2, operation) + b"".join(bytes_field(3, i) for i in inputs)
        for key in sorted(texts):
            node += bytes_field(5, bytes_field(1, key) + bytes_field(2, bytes_field(2, texts[key])))
        parts.append(bytes_field(1, node))
    return b"".join(parts) + bytes_field(4, varint_field(1, 1))
