"""The graph of objects that a checkpoint holds: nodes, the names of edges between them, and which tensors are theirs.

A node's tensors are named by the shortest path of names to it. Format: tensorflow/core/protobuf/
trackable_object_graph.proto, kept as a string under `_CHECKPOINTABLE_OBJECT_GRAPH`.
"""

from __future__ import annotations

import collections
import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from addax.core.module import Module
from addax.core.variable import Variable
from addax.formats import protobuf
from addax.formats.errors import CorruptFileError

GRAPH_KEY = "_CHECKPOINTABLE_OBJECT_GRAPH"
_SUFFIX = "/.ATTRIBUTES/"
VALUE = "VARIABLE_VALUE"
_MAX_NODES = 1 << 20


@dataclasses.dataclass
class Node:
    """An object in a checkpoint: its parts by name, and its tensors by attribute."""

    children: dict[str, int] = dataclasses.field(default_factory=dict)
    tensors: dict[str, str] = dataclasses.field(default_factory=dict)
    slots: list[tuple[int, str, int]] = dataclasses.field(default_factory=list)


# ---------------------------------------------------------------------------- objects


def children(item: Any) -> dict[str, Any]:
    """The parts of an object by the names under which checkpoints know them, in order.

    Variables have none; containers have theirs by index or key; other objects those of their attributes that hold
    something. A class with other names says so in `_checkpoint_children`.

    >>> import addax as tf
    >>> from addax.checkpoint.graph import children
    >>> module = tf.Module()
    >>> module.v, module.text = tf.Variable(1.0), "nothing to keep"
    >>> list(children(module))
    ['v']
    """
    if isinstance(item, Variable):
        return {}
    own = getattr(type(item), "_checkpoint_children", None)
    if own is not None:
        return {name: part for name, part in own(item).items() if holds_state(part)}
    if isinstance(item, Mapping):
        return {str(key): part for key, part in item.items() if holds_state(part)}
    if isinstance(item, list | tuple):
        return {str(index): part for index, part in enumerate(item) if holds_state(part)}
    return {name: part for name, part in vars(item).items() if holds_state(part)} if hasattr(item, "__dict__") else {}


def holds_state(item: Any, depth: int = 8) -> bool:
    """Whether something may have a place in a checkpoint."""
    if isinstance(item, Variable | Module) or hasattr(type(item), "_checkpoint_children") or is_saveable(item):
        return True
    if depth and isinstance(item, Mapping):
        return any(holds_state(part, depth - 1) for part in item.values())
    if depth and isinstance(item, list | tuple):
        return any(holds_state(part, depth - 1) for part in item)
    return False


def is_saveable(item: Any) -> bool:
    """Whether an object keeps bytes of its own: it has `_checkpoint_save` and `_checkpoint_load` (iterators have)."""
    return hasattr(type(item), "_checkpoint_save")


def pieces(item: Any) -> dict[str, tuple[str, ...]]:
    """Attributes that are kept as several tensors, with the names of these: `_checkpoint_pieces` of a class.

    TensorFlow's tables are one attribute "table" with the tensors "table-keys" and "table-values".
    """
    return getattr(type(item), "_checkpoint_pieces", {})


def tensors_of(item: Any, node: Node) -> dict[str, str]:
    """The tensors of an object, as `_checkpoint_load` takes them, by name."""
    found = {}
    for attribute, key in node.tensors.items():
        found.update({name: key + name[len(attribute) :] for name in pieces(item).get(attribute, (attribute,))})
    return found


def walk(root: Any) -> Iterator[tuple[Any, str, dict[str, Any]]]:
    """(object, the shortest path to it, its parts) of everything reachable, each once, nearest first."""
    seen = {id(root)}
    pending = collections.deque([(root, "")])
    while pending:
        item, path = pending.popleft()
        parts = children(item)
        yield item, path, parts
        for name, part in parts.items():
            if id(part) not in seen:
                seen.add(id(part))
                pending.append((part, f"{path}/{escaped(name)}" if path else escaped(name)))


def escaped(name: str) -> str:
    """A name as part of a tensor's name."""
    return name.replace(".", "..").replace("/", ".S") if "/" in name or "." in name else name


def collect(root: Any) -> tuple[list[Node], dict[str, np.ndarray]]:
    """The graph of an object and the tensors in it."""
    found = list(walk(root))
    numbers = {id(item): index for index, (item, _, _) in enumerate(found)}
    nodes, tensors = [], {}
    for item, path, parts in found:
        node = Node({name: numbers[id(part)] for name, part in parts.items()})
        if isinstance(item, Variable):
            node.tensors[VALUE] = _value_key(path)
            tensors[node.tensors[VALUE]] = item.for_reading()
        elif is_saveable(item):
            for attribute, array in item._checkpoint_save().items():
                tensors[f"{path}{_SUFFIX}{attribute}"] = np.asarray(array)
                whole = next((name for name, parts in pieces(item).items() if attribute in parts), attribute)
                node.tensors[whole] = f"{path}{_SUFFIX}{whole}"
        nodes.append(node)
    for key, (item, variable, name, slot) in _slots(found).items():
        nodes[numbers[id(item)]].slots.append((numbers[id(variable)], name, len(nodes)))
        nodes.append(Node({}, {VALUE: key}))
        tensors[key] = slot.for_reading()
    return nodes, tensors


def owners(root: Any) -> dict[str, Any]:
    """The variables in an object, by the names of their tensors."""
    found = list(walk(root))
    own = {_value_key(path): item for item, path, _ in found if isinstance(item, Variable)}
    return own | {key: slot for key, (_, _, _, slot) in _slots(found).items()}


def _value_key(path: str) -> str:
    """The name of a variable's tensor."""
    return f"{path}{_SUFFIX}{VALUE}" if path else f"{_SUFFIX[1:]}{VALUE}"


def _slots(found: list[Any]) -> dict[str, tuple[Any, Any, str, Any]]:
    """Slot variables of optimizers that keep them by variable, by the names of their tensors.

    Each as (optimizer, variable, name, slot variable). The names are the variable's, then the optimizer's.
    """
    paths = {id(item): path for item, path, _ in found}
    return {
        f"{paths[id(variable)]}/.OPTIMIZER_SLOT/{path}/{escaped(name)}{_SUFFIX}{VALUE}": (item, variable, name, slot)
        for item, path, _ in found
        if has_slots(item)
        for variable, name, slot in item._checkpoint_slots()
        if id(variable) in paths
    }


def has_slots(item: Any) -> bool:
    """Whether an object has `_checkpoint_slots`: (variable, name, slot variable) of each."""
    return hasattr(type(item), "_checkpoint_slots")


# ---------------------------------------------------------------------------- on the wire


def to_bytes(nodes: list[Node], names: Mapping[str, str] | None = None) -> bytes:
    """The graph as a protocol buffer."""
    holding = _nodes_with_values(nodes)
    return b"".join(protobuf.bytes_field(1, _node_bytes(node, index in holding)) for index, node in enumerate(nodes))


def _nodes_with_values(nodes: list[Node]) -> set[int]:
    """Nodes with tensors, and those above them."""
    holding = {index for index, node in enumerate(nodes) if node.tensors}
    above = collections.defaultdict(list)
    for index, node in enumerate(nodes):
        for child in node.children.values():
            above[child].append(index)
    pending = list(holding)
    while pending:
        for parent in above[pending.pop()]:
            if parent not in holding:
                holding.add(parent)
                pending.append(parent)
    return holding


def _node_bytes(node: Node, has_values: bool) -> bytes:
    made = b""
    for name, child in node.children.items():
        made += protobuf.bytes_field(
            1, (protobuf.varint_field(1, child) if child else b"") + protobuf.bytes_field(2, name)
        )
    for attribute, key in node.tensors.items():
        full = key.split(_SUFFIX)[0]
        made += protobuf.bytes_field(
            2, protobuf.bytes_field(1, attribute) + protobuf.bytes_field(2, full) + protobuf.bytes_field(3, key)
        )
    for variable, name, slot in node.slots:
        made += protobuf.bytes_field(
            3, protobuf.varint_field(1, variable) + protobuf.bytes_field(2, name) + protobuf.varint_field(3, slot)
        )
    return made + protobuf.bytes_field(5, protobuf.varint_field(1, 1) if has_values else b"")


def from_bytes(data: bytes, file: str) -> list[Node]:
    """The graph that a protocol buffer describes.

    Raises:
        CorruptFileError: damaged, or with edges that lead nowhere.
    """
    try:
        nodes = [_node(bytes(each)) for each in protobuf.message_fields(data).get(1, [])]
    except (protobuf.WireError, UnicodeDecodeError, TypeError) as error:
        raise CorruptFileError(file, f"damaged object graph ({error})", member=GRAPH_KEY) from None
    if not nodes:
        raise CorruptFileError(file, "an object graph without objects", member=GRAPH_KEY)
    if len(nodes) > _MAX_NODES:
        raise CorruptFileError(file, "too many objects", member=GRAPH_KEY, received=f"{len(nodes)}")
    for node in nodes:
        targets = [*node.children.values(), *(each for a, _, b in node.slots for each in (a, b))]
        if any(not 0 <= target < len(nodes) for target in targets):
            raise CorruptFileError(file, "an object refers to one that is not there", member=GRAPH_KEY)
    return nodes


def _node(data: bytes) -> Node:
    found = protobuf.message_fields(data)
    node = Node()
    for part in found.get(1, []):
        edge = protobuf.message_fields(bytes(part))  # type: ignore[arg-type]
        node.children[bytes(edge.get(2, [b""])[-1]).decode()] = int(edge.get(1, [0])[-1])
    for part in found.get(2, []):
        tensor = protobuf.message_fields(bytes(part))  # type: ignore[arg-type]
        node.tensors[bytes(tensor.get(1, [b""])[-1]).decode()] = bytes(tensor.get(3, [b""])[-1]).decode()
    for part in found.get(3, []):
        slot = protobuf.message_fields(bytes(part))  # type: ignore[arg-type]
        node.slots.append(
            (int(slot.get(1, [0])[-1]), bytes(slot.get(2, [b""])[-1]).decode(), int(slot.get(3, [0])[-1]))
        )
    return node
