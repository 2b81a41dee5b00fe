"""The state of an iterator as bytes, and back: what checkpoints keep of it."""

from __future__ import annotations

import json
import struct
from typing import Any

import numpy as np

from addax.core import errors, trees
from addax.data import elements, storage
from addax.formats.json_text import read_json

_PLAIN = (bool, int, float, str)


def to_bytes(state: Any) -> bytes:
    """A state that `get_state` gave as bytes.

    Raises:
        TypeError: elements that wait in a buffer cannot be written to a file (datasets, optionals, namedtuples).
    """
    leaves: list[Any] = []
    described = _describe(state, leaves)
    kept = tuple(leaves)
    head = json.dumps({"state": described, "spec": storage.spec_to_json(elements.spec_of(kept))}).encode()
    return struct.pack("<I", len(head)) + head + storage.encode(kept)


def from_bytes(data: bytes) -> Any:
    """The state that `to_bytes` made bytes of.

    Raises:
        tf.errors.DataLossError: the bytes are no such state.
    """
    who = "the state of an iterator"
    try:
        (length,) = struct.unpack_from("<I", data)
        head = read_json(data[4 : 4 + length], file=who)
        spec = storage.spec_from_json(head["spec"])
        leaves = storage.decode(data[4 + length :], spec, who)
        return _rebuild(head["state"], leaves)
    except (ValueError, LookupError, TypeError, AttributeError, struct.error, errors.OpError) as error:
        raise errors.DataLossError(None, None, f"{who} is damaged: {error}") from None


def _describe(value: Any, leaves: list[Any]) -> Any:
    """JSON values of a state, with the numbers of its arrays in their places."""
    if value is None or type(value) in _PLAIN:
        return value
    if isinstance(value, np.integer):
        return int(value)
    if type(value) is bytes:
        return {"bytes": value.hex()}
    if isinstance(value, dict):
        return {"dict": [[_describe(key, leaves), _describe(item, leaves)] for key, item in value.items()]}
    if type(value) in (list, tuple):
        return {type(value).__name__: [_describe(item, leaves) for item in value]}
    if isinstance(value, trees.CompositeTensor) or elements.is_array(value) or isinstance(value, np.generic):
        leaves.append(value if isinstance(value, trees.CompositeTensor) else np.asarray(value))
        return {"array": len(leaves) - 1}
    raise TypeError(
        f"the state of an iterator: a {type(value).__name__} that waits in a buffer of the pipeline cannot be written "
        "to a file.\n  To do: save the iterator where no such element is buffered, or leave it out of the checkpoint."
    )


def _rebuild(described: Any, leaves: tuple[Any, ...]) -> Any:
    if not isinstance(described, dict):
        return described
    ((kind, value),) = described.items()
    if kind == "dict":
        return {_rebuild(key, leaves): _rebuild(item, leaves) for key, item in value}
    if kind == "array":
        return leaves[value]
    if kind == "bytes":
        return bytes.fromhex(value)
    items = [_rebuild(item, leaves) for item in value]
    return {"list": list, "tuple": tuple}[kind](items)
