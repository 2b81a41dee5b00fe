"""The graph of a functional model: from symbolic inputs to symbolic outputs, run on real tensors."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from addax.core import convert, errors, trees
from addax.core.tensor import Tensor
from addax.keras import graph
from addax.keras.graph import KerasTensor, Node
from addax.keras.layers.base import InputSpec, Layer
from addax.ops import array, casting


class Graph:
    """The calls between inputs and outputs, in an order in which they can run.

    Args:
        inputs: a KerasTensor, or a list or dict of them.
        outputs: a structure of KerasTensors that depend on the inputs only.

    Raises:
        ValueError: something that is not symbolic, or an output that depends on other inputs.
    """

    def __init__(self, inputs: Any, outputs: Any) -> None:
        # A list of one is as good as its element, as in Keras.
        if isinstance(outputs, list) and len(outputs) == 1:
            outputs = outputs[0]
        if isinstance(inputs, list) and len(inputs) == 1:
            inputs = inputs[0]
        self.inputs, self.outputs = inputs, outputs
        self.flat_inputs = [_symbolic(leaf, "inputs") for leaf in trees.flatten(inputs)]  # a dict's by key
        self.flat_outputs = [_symbolic(leaf, "outputs") for leaf in trees.flatten(outputs)]
        if len({id(tensor) for tensor in self.flat_inputs}) < len(self.flat_inputs):
            raise ValueError(
                "The list of inputs passed to the model contains the same input multiple times. All inputs should only "
                f"appear once. Received inputs={self.flat_inputs}"
            )
        self.input_names = [_input_name(tensor) for tensor in self.flat_inputs]
        self.output_names = _output_names(self.flat_outputs)
        self.input_spec = _spec_of(self)
        self.extra: list[KerasTensor] = []  # symbolic losses and metrics added to the model
        self._sort()

    def _sort(self) -> None:
        self.nodes = graph.sort_nodes([*self.flat_outputs, *self.extra], self.flat_inputs)
        self.layers, self.depths = self._ordered_layers(self.flat_outputs)
        for tensor in self.extra:
            self._put_behind(tensor)
        _check_unique_names(self.layers)
        self.compiled: Any = None  # made by the first call of the model

    def _put_behind(self, tensor: KerasTensor) -> None:
        """Layers that only a loss or metric needs stand behind all others, each below what it takes, as in Keras."""
        known = {id(layer) for layer in self.layers}
        self.layers += [layer for layer in self._ordered_layers([tensor])[0] if id(layer) not in known]
        for node in graph.sort_nodes([tensor], self.flat_inputs):
            if id(node) not in self.depths:
                taken = [self.depths[id(each.node)] for each in self._needs(node) if id(each.node) in self.depths]
                self.depths[id(node)] = min(0, *taken) - 1 if taken else -1

    def require(self, tensor: KerasTensor, shown: Callable[[], KerasTensor]) -> None:
        """Compute one more tensor in every run; `shown` makes the one that the layers end with."""
        graph.sort_nodes([tensor], self.flat_inputs)  # refuses one that depends on other inputs
        self.extra.append(shown())
        self._sort()

    def _ordered_layers(self, ends: list[KerasTensor]) -> tuple[list[Layer], dict[int, int]]:
        """Layers by depth (distance from the outputs), those of one depth as the outputs lead to them: Keras' order.

        Returns:
            (the layers, the depths of calls by id).
        """
        found, places = self._depth_first(ends)
        depths: dict[int, int] = {}
        layer_depths: dict[int, int] = {}
        for node in reversed(found):
            depth = max(depths.get(id(node), 0), layer_depths.get(id(node.layer), 0))
            depths[id(node)] = layer_depths[id(node.layer)] = depth
            for tensor in self._needs(node):
                depths[id(tensor.node)] = max(depths.get(id(tensor.node), 0), depth + 1)
        layers = {id(node.layer): node.layer for node in found}
        for tensor in self.flat_inputs:  # inputs that no output depends on
            if tensor.node is not None and id(tensor.node.layer) not in layers:
                layers[id(tensor.node.layer)] = tensor.node.layer
                depths[id(tensor.node)] = layer_depths[id(tensor.node.layer)] = 0
                places[id(tensor.node.layer)] = -1
        return sorted(layers.values(), key=lambda layer: (-layer_depths[id(layer)], places[id(layer)])), depths

    def _needs(self, node: Node) -> list[KerasTensor]:
        """What a call takes from other calls of this graph; nothing for the calls that make the graph's inputs."""
        if any(tensor.node is node for tensor in self.flat_inputs):
            return []
        return [tensor for tensor in node.inputs if tensor.node is not None]

    def _depth_first(self, ends: list[KerasTensor]) -> tuple[list[Node], dict[int, int]]:
        """The calls from `ends` back, each after what it needs; and when each layer was met first."""
        done: list[Node] = []
        seen: set[int] = set()
        places: dict[int, int] = {}
        stack = [(t.node, False) for t in reversed(ends) if t.node is not None]
        while stack:
            node, ready = stack.pop()
            if ready:
                done.append(node)
                continue
            if id(node) in seen:
                continue
            seen.add(id(node))
            places.setdefault(id(node.layer), len(places))
            stack.append((node, True))
            stack.extend((tensor.node, False) for tensor in reversed(self._needs(node)))
        return done, places

    # ------------------------------------------------------------------ running

    def run(self, inputs: Any, options: dict[str, Any]) -> tuple[Any, list[Any]]:
        """Compute outputs and extra tensors from real inputs.

        Args:
            inputs: in the structure of the model's inputs (a dict by input name is fine too).
            options: `training` and `mask` of the call.

        Returns:
            (outputs in their structure, extra tensors).
        """
        values: dict[int, Any] = {}
        for tensor, value in zip(self.flat_inputs, self.match(inputs), strict=True):
            values[id(tensor)] = self._fit(tensor, value)
        training = options.get("training")
        for node in self.nodes:
            args, kwargs = node.fill(values)
            layer = node.layer
            if layer._layer_call.takes_training and "training" not in kwargs:
                kwargs = {**kwargs, "training": training}
            _keep(values, node.output, layer(*args, **kwargs))
        return self._packed(values), [values[id(tensor)] for tensor in self.extra]

    def infer(self, inputs: Any) -> Any:
        """The outputs for symbolic inputs, as each layer infers its own: for layers that cannot be traced."""
        values: dict[int, Any] = {}
        for tensor, value in zip(self.flat_inputs, self.match(inputs), strict=True):
            values[id(tensor)] = value if isinstance(value, KerasTensor) else tensor
        for node in self.nodes:
            _keep(values, node.output, node.layer._infer(*node.fill(values)))
        return self._packed(values)

    def _packed(self, values: dict[int, Any]) -> Any:
        flat = [values[id(tensor)] for tensor in self.flat_outputs]
        return trees.pack(self.outputs, flat) if trees.is_nested(self.outputs) else flat[0]

    def match(self, inputs: Any) -> list[Any]:
        """The inputs in the order of `flat_inputs`.

        Raises:
            ValueError: a number of inputs, or names, that do not fit.
        """
        count = len(self.flat_inputs)
        if isinstance(inputs, dict):
            keys = list(self.inputs) if isinstance(self.inputs, dict) else self.input_names
            missing = [key for key in keys if key not in inputs]
            if not missing and len(inputs) > len(keys):
                unknown = [key for key in inputs if key not in keys]
                warnings.warn(
                    f"Input dict contained keys {unknown} which did not match any model input. They will be ignored "
                    "by the model.", stacklevel=2,
                )  # fmt: skip
            if missing:
                raise ValueError(
                    f'Missing data for input "{missing[0]}". You passed a data dictionary with keys {list(inputs)}. '
                    f"Expected the following keys: {keys}"
                )
            if isinstance(self.inputs, dict):
                return self._counted([leaf for key in sorted(self.inputs) for leaf in self._under(key, inputs[key])])
            return [inputs[key] for key in keys]
        if isinstance(inputs, list | tuple):
            return self._counted(trees.flatten(inputs))
        if count != 1:
            raise ValueError(
                errors.message(
                    "the model's call", expected=f"{count} inputs {self.input_names}, as a list or a dict",
                    received=errors.describe(inputs),
                )
            )  # fmt: skip
        return [inputs]

    def _under(self, key: str, value: Any) -> list[Any]:
        """What was given under one of the names: one tensor, or several where the model has several there."""
        return trees.flatten(value) if trees.is_nested(self.inputs[key]) else [value]

    def _counted(self, flat: list[Any]) -> list[Any]:
        if len(flat) == len(self.flat_inputs):
            return flat
        raise ValueError(
            errors.message("the model's call", expected=f"{len(self.flat_inputs)} inputs {self.input_names}",
                           received=f"{len(flat)} tensors")
        )  # fmt: skip

    def _fit(self, symbol: KerasTensor, value: Any) -> Any:
        """A real input in the dtype and rank that the symbol declares."""
        if not convert.is_tensor(value) or isinstance(value, np.ndarray):
            value = convert.convert_to_tensor(value)
        if type(value) is not Tensor:
            return value
        want, mask = symbol.dtype, getattr(value, "_keras_mask", None)
        if value._form.dtype != want.np and want.name != "string" and value._form.dtype.kind != "O":
            value = casting.cast(value, want)
        rank = symbol.shape.rank
        if rank is not None and value.ndim != rank:
            if value.ndim == rank - 1 and symbol.shape[-1] == 1:
                value = array.expand_dims(value, -1)
            elif value.ndim == rank + 1 and value.shape[-1] == 1:
                value = array.squeeze(value, -1)
        if mask is not None:
            value._keras_mask = mask
        return value


def attach_masks(tensors: list[Any], masks: Any) -> None:
    """Let inputs carry the masks that a call was given."""
    masks = list(masks) if isinstance(masks, list | tuple) else [masks]
    for tensor, mask in zip(tensors, masks, strict=False):
        if mask is not None and convert.is_tensor(tensor):
            tensor._keras_mask = mask


def _keep(values: dict[int, Any], output: Any, result: Any) -> None:
    """Note what a call returned in the places of its symbolic outputs."""
    if type(output) is KerasTensor:
        values[id(output)] = result
        return
    for symbol, value in zip(trees.flatten(output), trees.flatten(result), strict=True):
        if isinstance(symbol, KerasTensor):
            values[id(symbol)] = value


def _check_unique_names(layers: list[Layer]) -> None:
    seen: set[str] = set()
    for layer in layers:
        if layer.name in seen:
            count = sum(each.name == layer.name for each in layers)
            raise ValueError(
                f'The name "{layer.name}" is used {count} times in the model. All layer names should be unique.\n'
                f'  To do: give one of them another name (name="{layer.name}_2").'
            )
        seen.add(layer.name)


def _symbolic(leaf: Any, what: str) -> KerasTensor:
    if not isinstance(leaf, KerasTensor):
        raise ValueError(
            errors.message(
                f"keras.Model, {what}",
                expected="symbolic tensors that come from keras.Input",
                received=f"{type(leaf).__name__}: {leaf!r:.80}",
                hint="start from x = keras.Input(shape=...) and call layers on it",
            )
        )
    return leaf


def _spec_of(made: Graph) -> list[InputSpec] | None:
    """What the inputs must be; None for structures in structures."""
    inputs = made.inputs
    if isinstance(inputs, dict | list | tuple) and len(inputs) != len(made.flat_inputs):
        return None
    names = sorted(inputs) if isinstance(inputs, dict) else made.input_names
    return [
        InputSpec(shape=(None, *tensor.shape.as_list()[1:]), allow_last_axis_squeeze=True, name=name)
        if tensor.shape.rank
        else InputSpec(name=name)
        for tensor, name in zip(made.flat_inputs, names, strict=True)
    ]


def _input_name(tensor: KerasTensor) -> str:
    return tensor.node.layer.name if tensor.node is not None and tensor.node.layer.is_input else tensor.name


def _output_names(flat: list[KerasTensor]) -> list[str]:
    """The names of the layers that make the outputs, whatever their structure; repeated ones are numbered."""
    names: list[str] = []
    for tensor in flat:
        base = tensor.node.layer.name if tensor.node is not None else tensor.name
        name, count = base, 1
        while name in names:
            name = f"{base}_{count}"
            count += 1
        names.append(name)
    return names


def node_index(node: Node) -> int:
    """Which call of its layer a node is."""
    return next(i for i, each in enumerate(node.layer._inbound_nodes) if each is node)
