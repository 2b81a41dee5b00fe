"""The table that `model.summary()` prints, in Keras 2's form."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from addax.core import dtypes
from addax.keras.layers.base import Layer

_ENDS_OF_ITEMS = ("),", "},", "],", "',")
_UNITS = ("Byte", "KB", "MB", "GB", "TB")
_TRAINABLE_WIDTH = 11


def print_summary(
    model: Any,
    line_length: int | None = None,
    positions: Sequence[float] | None = None,
    print_fn: Callable[[str], Any] | None = None,
    expand_nested: bool = False,
    show_trainable: bool = False,
    layer_range: Sequence[str] | None = None,
) -> None:
    """Print the layers of a model with their output shapes, numbers of parameters and (in graphs) their inputs.

    Args:
        model: a model, built.
        line_length: characters of a line; by default 65, or 98 with the column of inputs.
        positions: where the columns end, in characters or as shares of the line.
        print_fn: called with each line; `print` by default.
        expand_nested: show the layers of nested models below them.
        show_trainable: add a column with Y or N.
        layer_range: names (or regular expressions) of the first and last layer to show.

    Raises:
        ValueError: a layer_range that matches nothing.
    """
    table = _Table(model, line_length, positions, print_fn or print, expand_nested, show_trainable)
    first, end = _bounds(model, layer_range)
    table.header()
    for layer in model.layers[first:end]:
        table.layer(layer, 0, False)
    table.print("=" * table.width)
    table.totals()


class _Table:
    def __init__(
        self, model: Any, width: int | None, positions: Any, print_fn: Any, expand: bool, show_trainable: bool
    ) -> None:
        self.model, self.print, self.expand, self.show_trainable = model, print_fn, expand, show_trainable
        self.linear = is_linear(model)
        self.width = width or (65 if self.linear else 98)
        ends = list(positions or ([0.45, 0.85, 1.0] if self.linear else [0.3, 0.6, 0.70, 1.0]))
        self.ends = [int(self.width * end) for end in ends] if ends[-1] <= 1 else ends
        self.titles = ["Layer (type)", "Output Shape", "Param #", *([] if self.linear else ["Connected to"])]
        if show_trainable:
            self.width += _TRAINABLE_WIDTH
            self.ends.append(self.width)
            self.titles.append("Trainable")
        self.inside = set() if self.linear else {id(node) for node in _all_nodes(model)}

    def header(self) -> None:
        self.print(f'Model: "{self.model.name}"')
        self.print("_" * self.width)
        self.row(self.titles, 0)
        self.print("=" * self.width)

    def row(self, fields: Iterable[Any], level: int) -> None:
        """One row, of as many lines as its longest field needs."""
        left = [str(field) for field in fields]
        last = len(self.ends) - 1
        while any(left):
            line = ""
            for column, text in enumerate(left):
                start = self.ends[column - 1] if column else 0
                gap = 2 if column != last else 0
                room = self.ends[column] - start - gap - (column != last) - (level if column == 0 else 0)
                room = max(room, 1)  # a column too narrow for text has a character a line
                part = text[:room]
                breaks = [part.find(end) + len(end) for end in _ENDS_OF_ITEMS if end in part]
                if breaks:
                    room = min(breaks)
                    part = part[:room]
                left[column] = text[room:]
                if column == 0:
                    line += "|" * level + " "
                line += part + " " * gap
                line = line.ljust(self.ends[column] - (level if column == last else 0))
            self.print(line + "|" * level)

    def layer(self, layer: Layer, level: int, is_last_nested: bool) -> None:
        """A layer's row, and below it, if asked for, those of the layers in it."""
        self.row(self.fields(layer), level)
        inner = getattr(layer, "layers", None)
        if self.expand and isinstance(inner, list) and inner:
            self._bar("¯", level + 1)
            for part in inner:
                self.layer(part, level + 1, part is inner[-1])
            self._bar("¯", level)
            # Keras takes the last of the layers inside for the end here: no empty line below a nested model.
            is_last_nested = True
        if not is_last_nested:
            self._bar(" ", level)

    def _bar(self, character: str, level: int) -> None:
        self.print("|" * level + character * (self.width - 2 * level) + "|" * level)

    def fields(self, layer: Layer) -> list[Any]:
        """The texts of a row."""
        is_graph = getattr(layer, "_graph", None) is not None
        unused = self.linear and not layer.built and not is_graph
        found = [
            f"{layer.name} ({type(layer).__name__})",
            _output_shape(layer),
            "0 (unused)" if unused else layer.count_params(),
        ]
        if not self.linear:
            found.append(self.connections(layer))
        if self.show_trainable:
            found.append("Y" if layer.trainable else "N")
        return found

    def connections(self, layer: Layer) -> list[str]:
        """layer[call][output] of each tensor that goes in."""
        return [
            f"{tensor.node.layer.name}[{_number(tensor.node)}][{tensor.index}]"
            for node in layer._inbound_nodes
            if id(node) in self.inside
            for tensor in node.inputs
            if tensor.node is not None
        ]

    def totals(self) -> None:
        learns = {id(weight) for weight in self.model.trainable_weights}
        fixed_weights = [weight for weight in self.model._listed_weights() if id(weight) not in learns]
        groups = self.model.trainable_weights, fixed_weights
        (trainable, bytes_trained), (fixed, bytes_fixed) = (_count(group) for group in groups)
        self.print(f"Total params: {trainable + fixed} ({readable_size(bytes_trained + bytes_fixed)})")
        self.print(f"Trainable params: {trainable} ({readable_size(bytes_trained)})")
        self.print(f"Non-trainable params: {fixed} ({readable_size(bytes_fixed)})")
        self.print("_" * self.width)


def is_linear(model: Any) -> bool:
    """Whether the layers follow one another, each called once on one tensor (or there is no graph to look at)."""
    if type(model).__name__ == "Sequential" or model._graph is None:
        return True
    depths: dict[int, int] = {}
    for node in _all_nodes(model):
        depth = model._graph.depths[id(node)]
        depths[depth] = depths.get(depth, 0) + 1
        if len(node.inputs) > 1 or depths[depth] > 1:
            return False
    layers = [id(node.layer) for node in _all_nodes(model)]
    return len(layers) == len(set(layers))


def _all_nodes(model: Any) -> list[Any]:
    """The calls of a model's graph, its inputs included."""
    return [tensor.node for tensor in model._graph.flat_inputs if tensor.node is not None] + model._graph.nodes


def _number(node: Any) -> int:
    """Which of its layer's calls this is, as Keras counts."""
    calls = node.layer._inbound_nodes
    return next(i for i, each in enumerate(calls) if each is node)


def _output_shape(layer: Layer) -> Any:
    try:
        return layer.output_shape
    except AttributeError:
        return "multiple"


def _count(weights: Iterable[Any]) -> tuple[int, int]:
    """Number of scalars, and of bytes."""
    scalars = total = 0
    for weight in {id(weight): weight for weight in weights}.values():
        size = weight.shape.num_elements() or 0
        scalars += size
        total += size * dtypes.as_dtype(weight.dtype).size
    return scalars, total


def readable_size(count: float) -> str:
    """Bytes in a unit that fits.

    >>> from addax.keras.models.summary import readable_size
    >>> readable_size(210600)
    '205.66 KB'
    """
    for unit in _UNITS:
        if count < 1024:
            return f"{count:.2f} {unit}"
        count /= 1024
    return f"{count:.2f} PB"


def _bounds(model: Any, layer_range: Sequence[str] | None) -> tuple[int, int]:
    """First index and end of the layers to show."""
    if layer_range is None:
        return 0, len(model.layers)
    if len(layer_range) != 2 or not all(isinstance(name, str) for name in layer_range):
        raise ValueError(f"layer_range must be a list or tuple of 2 strings. Received: layer_range = {layer_range!r}")
    found = [
        [index for index, layer in enumerate(model.layers) if re.match(pattern, layer.name)] for pattern in layer_range
    ]
    if not found[0] or not found[1]:
        raise ValueError(f"Passed layer_names do not match the layer names in the model. Received: {layer_range!r}")
    if min(found[0]) > max(found[1]):
        found.reverse()
    return min(found[0]), max(found[1]) + 1
