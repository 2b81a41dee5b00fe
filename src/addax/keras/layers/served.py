"""How a layer or model is called, for SavedModels: the calls that are compiled, and the signature that serves it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from addax.checkpoint.saved_model.objects import attribute_functions
from addax.checkpoint.saved_model.traces import Trace
from addax.core import trees
from addax.core.spec import TensorSpec
from addax.keras import graph
from addax.keras.layers.rnn import RNN
from addax.keras.layers.static_shapes import FollowsInputs, open_batch

_PLAIN = inspect.Parameter.POSITIONAL_OR_KEYWORD


class ServedCall:
    """A call of a layer that a SavedModel keeps.

    Args:
        name: the function's name.
        call: what is called.
        choices: the arguments of each call that is kept, with specs in the places of tensors.
        signature: the parameters under which callers know them.
        owner: the layer.
    """

    def __init__(
        self, name: str, call: Callable[..., Any], choices: list[tuple[Any, ...]], signature: inspect.Signature,
        owner: Any,
    ) -> None:  # fmt: skip
        self._name = name
        self._call = call
        self._choices = choices
        self._call_signature = signature
        self._owner = owner

    def _saved_traces(self) -> list[Trace]:
        key = (id(self._owner), self._name)
        return [Trace(self._name, args, {}, self._call, [self._owner, self._call], key) for args in self._choices]


def call_specs(layer: Any, dynamic_batch: bool = True) -> Any:
    """The specs of a layer's inputs, in the structure in which it takes them; None where they are not known."""
    made = layer.__dict__.get("_graph")
    if made is not None:
        if dynamic_batch and isinstance(layer, FollowsInputs):
            layer._hear(open_batch)  # it describes itself by what is saved
            made = layer.__dict__["_graph"]
        return graph.map_leaves(_spec_of, made.inputs)
    shape, dtype = layer.__dict__.get("_build_input_shape"), layer.__dict__.get("_seen_dtypes")
    if shape is None or not layer.built:
        return None
    flat = iter(dtype or [])

    def one(shape: Any) -> TensorSpec | None:
        dims = list(shape)
        if dynamic_batch and dims:
            dims[0] = None
        return TensorSpec(dims, next(flat, None) or layer.compute_dtype or "float32")

    try:
        return _map_shapes(one, shape)
    except (TypeError, ValueError):  # a shape of something else than tensors
        return None


def _map_shapes(function: Callable[[Any], Any], shape: Any) -> Any:
    if isinstance(shape, dict):
        return {key: _map_shapes(function, part) for key, part in shape.items()}
    if isinstance(shape, list | tuple) and any(not (part is None or isinstance(part, int)) for part in shape):
        return type(shape)(_map_shapes(function, part) for part in shape)
    return function(shape)


def _spec_of(leaf: Any) -> TensorSpec:
    return TensorSpec(leaf.shape, leaf.dtype, getattr(leaf, "name", None))


def served_parts(layer: Any) -> dict[str, Any]:
    """What a SavedModel keeps of a layer besides its parts: lists of variables, calls, functions of its class."""
    found: dict[str, Any] = {
        "variables": list(layer.variables),
        "trainable_variables": list(layer.trainable_variables),
        "regularization_losses": [],
    }
    metrics = [metric for each in layer._flatten_layers() for metric in each._own_metrics]
    if metrics:  # calls update them
        found["_metric_variables"] = [variable for metric in metrics for variable in metric.variables]
    own = attribute_functions(layer)
    found.update({name: own[name] for name in own if name not in _INTERNAL and not name.startswith("__")})
    specs = call_specs(layer)
    leaves = [] if specs is None else trees.flatten(specs)
    if not leaves or not all(isinstance(leaf, TensorSpec) for leaf in leaves):
        return found
    found["__call__"] = _call_of(layer, specs)
    if hasattr(layer, "layers"):
        found["_default_save_signature"] = serving_call(layer, specs)
        if layer.__dict__.get("_graph") is None:
            found["keras_api"] = KerasCalls(_call_of(layer, specs, with_losses=True))
    return found


class KerasCalls:
    """Where Keras 2 looks for the call of a model that it cannot make from a config: with the losses that it adds."""

    def __init__(self, call: ServedCall) -> None:
        self._call = call

    def _checkpoint_children(self) -> dict[str, Any]:
        return {}

    def _saved_model_parts(self) -> dict[str, Any]:
        return {"call_and_return_conditional_losses": self._call}


_INTERNAL = frozenset({"train_function", "test_function", "predict_function", "train_tf_function", "call"})


def _call_of(layer: Any, specs: Any, with_losses: bool = False) -> ServedCall:
    trains = layer._layer_call.takes_training
    parameters = [inspect.Parameter("inputs", _PLAIN)]
    if trains:
        parameters.append(inspect.Parameter("training", _PLAIN, default=False))

    def call(inputs: Any, training: Any = False) -> Any:
        outputs = layer(inputs, training=training) if trains else layer(inputs)
        if not with_losses:
            return outputs
        return outputs, [loss for each in layer._flatten_layers() for loss in each._own_losses]

    choices = [(specs, False), (specs, True)] if trains else [(specs,)]
    name = f"{layer.name}_layer_call_{'and_return_conditional_losses' if with_losses else 'fn'}"
    return ServedCall(name, call, choices, inspect.Signature(parameters), layer)


def serving_call(model: Any, specs: Any) -> ServedCall:
    """The model's predictions as a function by names of inputs and outputs."""
    names = list(model.input_names or ()) or [f"input_{i + 1}" for i in range(len(trees.flatten(specs)))]
    flat = [TensorSpec(s.shape, s.dtype, name) for s, name in zip(trees.flatten(specs), names, strict=True)]

    def serve(inputs: Any) -> dict[str, Any]:
        outputs = trees.flatten(model(inputs, training=False) if model._layer_call.takes_training else model(inputs))
        known = model.output_names
        known = known if known and len(known) == len(outputs) else [f"output_{i + 1}" for i in range(len(outputs))]
        return dict(zip(known, outputs, strict=True))

    signature = inspect.Signature([inspect.Parameter("inputs", _PLAIN)])
    return ServedCall("serving_default", serve, [(trees.pack(specs, flat),)], signature, model)


def identifier(item: Any) -> str:
    """The name under which TensorFlow's loader knows the kind of a Keras object."""
    if getattr(item, "is_input", False):
        return "_tf_keras_input_layer"
    if hasattr(item, "layers") and hasattr(item, "fit"):
        if type(item).__name__ == "Sequential":
            return "_tf_keras_sequential"
        return "_tf_keras_network" if item.__dict__.get("_graph") is not None else "_tf_keras_model"
    return "_tf_keras_rnn_layer" if isinstance(item, RNN) else "_tf_keras_layer"
