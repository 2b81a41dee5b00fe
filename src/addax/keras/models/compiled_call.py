"""`model(x)` of a plain functional model as one compiled program, instead of one for each layer.

It is used where nobody can see the difference: eagerly, with no tape, mask, device scope or hook, for inference, in
models that consist of a few built-in layers that only compute (`_PLAIN`) in float32. Everything else runs layer by
layer. A layer whose attributes change is noticed (`Tracked._changes`) and compiled anew.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import numpy as np

from addax.core import context, convert, trees
from addax.core.executable import Executable
from addax.core.function import functions_run_eagerly
from addax.core.tensor import Tensor
from addax.core.trace import lift
from addax.keras import registry
from addax.keras.layers import base

if TYPE_CHECKING:
    from addax.keras.models.functional import Graph

_MOST_LAYERS = 32  # larger models compute longer than their layers' calls take
_MOST_PROGRAMS = 8  # for inputs of so many shapes
_PLAIN = frozenset(
    (
        "Activation Add AlphaDropout Average AveragePooling1D AveragePooling2D BatchNormalization Concatenate Conv1D "
        "Conv2D Cropping1D Cropping2D Dense DepthwiseConv2D Dropout ELU Embedding Flatten GaussianDropout "
        "GaussianNoise GlobalAveragePooling1D GlobalAveragePooling2D GlobalMaxPooling1D GlobalMaxPooling2D InputLayer "
        "LayerNormalization LeakyReLU MaxPooling1D MaxPooling2D Maximum Minimum Multiply Permute ReLU RepeatVector "
        "Rescaling Reshape SeparableConv2D Softmax SpatialDropout1D SpatialDropout2D Subtract UpSampling2D "
        "ZeroPadding1D ZeroPadding2D"
    ).split()
)  # by name: not all of them are imported with the rest of Keras
_NOTHING = object()


class CompiledCall:
    """The compiled programs of a graph, by the shape and dtype of the input.

    Args:
        graph: of a functional model.
    """

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._programs: dict[Any, Any] = {}
        self._attributes = [layer.__dict__ for layer in graph.layers]
        self._changes = -1
        self._plain = False
        self._array = type(convert.convert_to_tensor(0.0)._value)  # what JAX's arrays are, tracers left out

    def __reduce__(self) -> tuple[Any, ...]:
        return type(None), ()  # copies of the model have other layers

    def __call__(self, inputs: Any) -> Any:
        """The model's outputs, or None if this call has to run layer by layer."""
        if type(inputs) is Tensor:
            array = inputs._value
            if type(array) is not self._array or getattr(inputs, "_keras_mask", None) is not None:
                return None
        elif type(inputs) is np.ndarray:
            array = inputs
        else:
            return None
        if not context.state.quiet or base.calls_are_special() or context.state.devices:
            return None
        changes = 0
        for attributes in self._attributes:
            changes += attributes.get("_changes", 0)
        if changes != self._changes:
            self._plain, self._changes = self._is_plain(), changes
            self._programs.clear()
        if not self._plain:
            return None
        key = array.shape, array.dtype
        program = self._programs.get(key)
        if program is None:
            program = self._compile(*key)
        return None if program is _NOTHING else program(array)

    def _is_plain(self) -> bool:
        graph = self._graph
        if len(graph.flat_inputs) != 1 or graph.extra or not 1 < len(graph.layers) <= _MOST_LAYERS:
            return False
        if any(node.kwargs for node in graph.nodes):
            return False
        return all(_is_plain(layer) for layer in graph.layers)

    def _compile(self, shape: tuple[int, ...], dtype: np.dtype) -> Any:
        if functions_run_eagerly():
            return _NOTHING
        if len(self._programs) >= _MOST_PROGRAMS:
            self._programs.clear()
        symbol = self._graph.flat_inputs[0]
        fits = dtype == symbol.dtype.np and symbol.shape.is_compatible_with(shape)
        made = self._programs[(shape, dtype)] = self._program(np.empty(shape, dtype)) if fits else _NOTHING
        return made

    def _program(self, example: np.ndarray) -> Any:
        graph = self._graph

        def run(tensor: Tensor) -> tuple[list[Any], Any]:
            outputs, _ = graph.run(tensor, {"training": None})
            flat = trees.flatten(outputs)
            logits = [_activated(each) for each in flat]
            known = [each[1]._value for each in logits if each is not None]
            return [each._value for each in flat] + known, [each and each[0] for each in logits]

        try:
            lifted = lift(run, [example], [w for layer in graph.layers for w in layer.weights])
        except Exception:  # noqa: BLE001 - layer by layer, the same error says which layer it was
            return _NOTHING
        if lifted.written or lifted.new or lifted.closed.effects:
            return _NOTHING
        kinds, nested = lifted.out_tree, trees.is_nested(graph.outputs)
        executable = Executable(lifted)

        def program(array: Any) -> Any:
            results = executable([array])
            flat = [Tensor(each) for each in results[: len(kinds)]]
            rest = iter(results[len(kinds) :])
            for tensor, kind in zip(flat, kinds, strict=True):
                if kind is not None:
                    tensor._keras_logits = (kind, Tensor(next(rest)))
            return trees.pack(graph.outputs, flat) if nested else flat[0]

        return program


def _activated(output: Tensor) -> Any:
    """What an output's activation was computed from; that of an operation is known in traced functions only."""
    found = getattr(output, "_keras_logits", None)
    return found if found is not None and found[0].islower() else None


def _is_plain(layer: Any) -> bool:
    attributes = layer.__dict__
    activation = attributes.get("activation")
    policy = layer.dtype_policy
    return (
        registry.builtin_name("layer", type(layer)) in _PLAIN
        and layer.built
        and "call" not in attributes
        and policy.compute_dtype == policy.variable_dtype == "float32"
        and attributes.get("_activity_regularizer") is None
        and not attributes.get("mask_zero")
        and len(layer._inbound_nodes) >= 1
        and (activation is None or _is_own_function(activation))
    )


def _is_own_function(activation: Any) -> bool:
    return inspect.isfunction(activation) and activation.__module__.startswith("addax.")
