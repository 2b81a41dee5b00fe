"""What a picture of a model shows: boxes for layers, arrows between them, groups for nested models."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from typing import Any

from addax.keras.graph import sort_nodes, symbolic_leaves

__all__ = ["Box", "Diagram", "describe", "model_edges"]


@dataclasses.dataclass(frozen=True)
class Options:
    """What is said about each layer."""

    shapes: bool = False
    dtype: bool = False
    names: bool = True
    expand_nested: bool = False
    activations: bool = False
    trainable: bool = False


@dataclasses.dataclass(eq=False)
class Box:
    """A layer: its title, and lines of (label, text) below it."""

    key: str
    title: str
    kind: str
    rows: list[tuple[str, str]]


@dataclasses.dataclass(eq=False)
class Diagram:
    """Boxes and groups (nested diagrams) in order, and arrows between boxes or groups of this diagram.

    An arrow joins items of this diagram; `ends` gives the boxes, which may be inside groups, where it starts and ends.
    """

    key: str
    name: str
    items: list[Box | Diagram] = dataclasses.field(default_factory=list)
    edges: list[tuple[Box | Diagram, Box | Diagram]] = dataclasses.field(default_factory=list)
    ends: list[tuple[Box, Box]] = dataclasses.field(default_factory=list)
    entries: list[Box] = dataclasses.field(default_factory=list)
    exits: list[Box] = dataclasses.field(default_factory=list)

    def boxes(self) -> list[Box]:
        """All boxes, those of groups too."""
        found: list[Box] = []
        for item in self.items:
            found += [item] if isinstance(item, Box) else item.boxes()
        return found

    def arrows(self) -> list[tuple[Box, Box]]:
        """All arrows between boxes, those of groups too."""
        found = list(self.ends)
        for item in self.items:
            if isinstance(item, Diagram):
                found += item.arrows()
        return found


def model_edges(model: Any) -> tuple[list[Any], list[tuple[Any, Any]]]:
    """The layers of a model and the pairs of them that are joined, in the order of computation.

    Args:
        model: a functional, sequential or subclassed model. A graph of calls is used where the model has symbolic
            `inputs` and `outputs`; a sequential model without them is a chain; anything else has no inner structure.

    Returns:
        (layers, edges): each edge (from layer, to layer). ([], []) for a model without known structure.
    """
    inputs, outputs = _tensors(model, "inputs"), _tensors(model, "outputs")
    if inputs and outputs and all(getattr(tensor, "node", None) is not None for tensor in outputs):
        nodes = sort_nodes(outputs, inputs)
        layers = [tensor.node.layer for tensor in inputs if tensor.node is not None] + [node.layer for node in nodes]
        edges = []
        for node in nodes:
            edges += [(tensor.node.layer, node.layer) for tensor in node.inputs if tensor.node is not None]
        layers, edges = _unique(layers), _unique(edges)
        places = {id(layer): number for number, layer in enumerate(getattr(model, "layers", ()))}
        if all(id(layer) in places for layer in layers):  # in the model's own order
            layers.sort(key=lambda layer: places[id(layer)])
            edges.sort(key=lambda edge: places[id(edge[1])])
        return layers, edges
    if any(base.__name__ == "Sequential" for base in type(model).__mro__):
        layers = list(model.layers)
        return layers, list(zip(layers, layers[1:], strict=False))
    return [], []


def _tensors(model: Any, name: str) -> list[Any]:
    try:
        value = getattr(model, name, None)
    except (AttributeError, ValueError):
        return []
    return symbolic_leaves(value)


def _unique(items: list[Any]) -> list[Any]:
    seen: dict[Any, Any] = {}
    for item in items:
        seen.setdefault(tuple(map(id, item)) if isinstance(item, tuple) else id(item), item)
    return list(seen.values())


def describe(model: Any, options: Options, layer_range: Sequence[str] | None = None, key: str = "model") -> Diagram:
    """The diagram of a model.

    Args:
        model: a built model.
        options: what is said about each layer.
        layer_range: names (or patterns) of the first and last layer to show.
        key: prefix of the boxes' keys.

    Raises:
        ValueError: the model is not built, or layer_range does not name two of its layers.
    """
    if not getattr(model, "built", True):
        raise ValueError(
            f"plot_model: model {getattr(model, 'name', '?')!r} has not been built yet. Build it first: call "
            "build(input_shape), or call the model on a batch of data"
        )
    layers, edges = model_edges(model)
    diagram = Diagram(key, getattr(model, "name", type(model).__name__))
    if not layers:
        diagram.items = [Box(key + ".0", diagram.name, type(model).__name__, [])]
        return diagram
    shown = _in_range(layers, layer_range)
    items: dict[int, Box | Diagram] = {}
    for number, layer in enumerate(shown):
        items[id(layer)] = _item(layer, options, f"{key}.{number}")
    diagram.items = list(items.values())
    for start, end in edges:
        if id(start) in items and id(end) in items:
            diagram.edges.append((items[id(start)], items[id(end)]))
            pairs = [(a, b) for a in _exits(items[id(start)]) for b in _entries(items[id(end)])]
            diagram.ends += pairs
    sources, targets = {id(a) for a, _ in diagram.edges}, {id(b) for _, b in diagram.edges}
    diagram.entries = [b for item in diagram.items if id(item) not in targets for b in _entries(item)]
    diagram.exits = [b for item in diagram.items if id(item) not in sources for b in _exits(item)]
    return diagram


def _entries(item: Box | Diagram) -> list[Box]:
    return [item] if isinstance(item, Box) else item.entries


def _exits(item: Box | Diagram) -> list[Box]:
    return [item] if isinstance(item, Box) else item.exits


def _in_range(layers: list[Any], layer_range: Sequence[str] | None) -> list[Any]:
    if layer_range is None:
        return layers
    if len(layer_range) != 2 or not all(isinstance(name, str) for name in layer_range):
        raise ValueError(f"plot_model(layer_range): expected two names of layers; received {layer_range!r}")
    found = [[i for i, layer in enumerate(layers) if re.match(name, layer.name)] for name in layer_range]
    if not all(found):
        names = ", ".join(layer.name for layer in layers)
        raise ValueError(f"plot_model(layer_range): {layer_range!r} do not match layers of the model; it has: {names}")
    first, last = min(found[0]), max(found[1])
    if first > last:
        first, last = min(found[1]), max(found[0])
    return layers[first : last + 1]


def _is_nested(layer: Any) -> bool:
    return bool(getattr(layer, "layers", None)) and bool(model_edges(layer)[0])


def _item(layer: Any, options: Options, key: str) -> Box | Diagram:
    inner = getattr(layer, "layer", None)  # of a wrapper
    if options.expand_nested and _is_nested(layer):
        return describe(layer, options, key=key)
    kind, name = type(layer).__name__, layer.name
    if inner is not None and hasattr(inner, "name"):
        kind, name = f"{kind}({type(inner).__name__})", f"{name}({inner.name})"
        if options.expand_nested and _is_nested(inner):
            nested = describe(inner, options, key=key)
            nested.name = f"{name}: {kind}"
            return nested
    return Box(key, name if options.names else kind, kind if options.names else "", _rows(layer, options))


def _rows(layer: Any, options: Options) -> list[tuple[str, str]]:
    rows = []
    activation = getattr(layer, "activation", None)
    if options.activations and activation is not None:
        name = getattr(activation, "name", None) or getattr(activation, "__name__", None) or str(activation)
        rows.append(("activation", str(name)))
    if options.dtype:
        dtype = getattr(layer, "dtype", None)
        rows.append(("dtype", "?" if dtype is None else str(getattr(dtype, "name", dtype))))
    if options.trainable:
        rows.append(("trainable", "yes" if getattr(layer, "trainable", False) else "no"))
    if options.shapes:
        rows.append(("input", _shape(layer, "input_shape")))
        rows.append(("output", _shape(layer, "output_shape")))
    return rows


def _shape(layer: Any, attribute: str) -> str:
    """The shape of what a layer takes or gives, of its first call where there are several."""
    try:
        shape = getattr(layer, attribute)
    except (AttributeError, RuntimeError, ValueError):  # never called, or called with different shapes
        nodes = getattr(layer, "_inbound_nodes", None)
        shape = getattr(nodes[0], attribute + "s") if nodes else None
    return "?" if shape is None else _shape_text(shape)


def _shape_text(shape: Any) -> str:
    if isinstance(shape, dict):
        return ", ".join(f"{name}: {_shape_text(part)}" for name, part in shape.items())
    if isinstance(shape, list):
        return f"[{', '.join(map(_shape_text, shape))}]"
    if isinstance(shape, tuple) and shape and not all(n is None or isinstance(n, int) for n in shape):
        return ", ".join(map(_shape_text, shape))
    return str(tuple(shape)) if hasattr(shape, "__iter__") else str(shape)
