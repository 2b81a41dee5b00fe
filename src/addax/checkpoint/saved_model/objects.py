"""The objects that a SavedModel describes: what a root reaches by attributes, with its functions and assets."""

from __future__ import annotations

import collections
from collections.abc import Mapping, Sequence
from typing import Any

from addax.checkpoint import graph
from addax.checkpoint.saved_model.options import Asset
from addax.checkpoint.saved_model.traces import is_function
from addax.core.function import Function
from addax.core.variable import Variable

_LISTS = {list: "trackable_list_wrapper", tuple: "trackable_tuple_wrapper"}


class Node:
    """An object in a SavedModel, and its parts by name."""

    def __init__(self, item: Any, parts: dict[str, Any], served: bool = False) -> None:
        self.item = item
        self.parts = parts
        self.served = served
        self.children: dict[str, int] = {}
        self.slots: list[tuple[int, str, int]] = []  # (variable, name, slot variable) of an optimizer


def walk(root: Any, serve: bool = True, without: Sequence[str] = ()) -> list[Node]:
    """Everything reachable from a root, each object once, nearest first; their children by number.

    Args:
        root: the object.
        serve: ask objects for `_served_parts`.
        without: parts of the root that are left out.
    """
    nodes = [_node(root, not serve)]
    nodes[0].parts = {name: part for name, part in nodes[0].parts.items() if name not in without}
    numbers = {id(root): 0}
    pending = collections.deque(nodes)
    while pending:
        node = pending.popleft()
        for name, part in node.parts.items():
            if id(part) not in numbers:
                numbers[id(part)] = len(nodes)
                made = _node(part, node.served)
                nodes.append(made)
                pending.append(made)
            node.children[name] = numbers[id(part)]
    _add_slots(nodes, numbers)
    return nodes


def _add_slots(nodes: list[Node], numbers: dict[int, int]) -> None:
    """Slot variables of optimizers that keep them by variable."""
    for node in list(nodes):
        for variable, name, slot in node.item._checkpoint_slots() if graph.has_slots(node.item) else ():
            if id(variable) in numbers:
                node.slots.append((numbers[id(variable)], name, len(nodes)))
                nodes.append(Node(slot, {}))


def _node(item: Any, inside: bool) -> Node:
    serve = None if inside else getattr(type(item), "_served_parts", None)
    extra = serve(item) if serve is not None else {}
    return Node(item, {**parts_of(item), **extra}, inside or serve is not None)


def parts_of(item: Any) -> dict[str, Any]:
    """The parts of an object: those that hold variables, and its functions and assets.

    A class says more in `_saved_model_parts`; in `_served_parts` what only the outermost of its kind keeps (models have
    functions, the layers in them have not).
    """
    if isinstance(item, Variable | Asset) or is_function(item):
        return {}
    found = dict(graph.children(item))
    own = getattr(type(item), "_saved_model_parts", None)
    if own is not None:
        return {**found, **own(item)}
    if isinstance(item, Mapping):
        found.update({str(key): part for key, part in item.items() if _counts(part)})
    elif isinstance(item, list | tuple):
        found.update({str(index): part for index, part in enumerate(item) if _counts(part)})
    elif not hasattr(type(item), "_checkpoint_children"):
        found.update(attribute_functions(item))
        found.update({name: part for name, part in vars(item).items() if _counts(part)})
    return found


def attribute_functions(item: Any) -> dict[str, Any]:
    """The tf.functions among an object's attributes and methods."""
    found = {}
    for cls in reversed(type(item).__mro__):
        for name, value in vars(cls).items():
            if isinstance(value, Function):
                found[name] = getattr(item, name)
    found.update({name: value for name, value in vars(item).items() if is_function(value)})
    return found


def _counts(part: Any, depth: int = 4) -> bool:
    if isinstance(part, Asset) or is_function(part):
        return True
    if depth and isinstance(part, list | tuple | Mapping):
        parts = part.values() if isinstance(part, Mapping) else part
        return any(_counts(each, depth - 1) for each in parts)
    return False


def can_be_saved(item: Any) -> bool:
    """Whether something can be the root of a SavedModel."""
    return (
        graph.holds_state(item)
        or hasattr(type(item), "_saved_model_parts")
        or isinstance(item, Mapping | list | tuple)
        and _counts(item)
    )


def identifier_of(item: Any) -> str:
    """The name under which readers know the kind of an object."""
    own = getattr(type(item), "_saved_model_identifier", None)
    if own is not None:
        return own(item)
    if isinstance(item, Mapping):
        return "trackable_dict_wrapper"
    return next((name for kind, name in _LISTS.items() if isinstance(item, kind)), "_generic_user_object")
