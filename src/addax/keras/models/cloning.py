"""clone_model: the same architecture with new layers and new weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from addax.core import errors
from addax.keras import graph
from addax.keras.graph import KerasTensor
from addax.keras.layers.base import Layer
from addax.keras.layers.input_layer import Input
from addax.keras.layers.model_additions import Addition
from addax.keras.models.model import Functional, Model
from addax.keras.models.sequential import Sequential


def clone_model(
    model: Model,
    input_tensors: Any = None,
    clone_function: Callable[[Layer], Layer] | None = None,
    call_function: Callable[..., Any] | None = None,
    recursive: bool = False,
) -> Any:
    """A model of the same architecture with new layers, hence new weights.

    Args:
        model: a Sequential or functional model; a subclassed one is made again from its `get_config`.
        input_tensors: the inputs of the new model: KerasTensors in the order of the model's inputs; new ones by
            default.
        clone_function: makes the new layer of each layer that is not an input; by default from its config.
        call_function: calls a new layer: `call_function(layer, *args, **kwargs)`, in functional models.
        recursive: whether models inside are cloned by the same functions, rather than given to `clone_function`.

    Returns:
        The new model.

    Raises:
        ValueError: not a model, or arguments that need a graph for a model that has none.

    >>> import addax as tf
    >>> model = tf.keras.Sequential([tf.keras.layers.Dense(2, input_shape=(3,), name="d")])
    >>> copy = tf.keras.models.clone_model(model)
    >>> copy.layers[0].name, copy.layers[0] is model.layers[0]
    ('d', False)
    """
    if not isinstance(model, Model):
        raise ValueError(
            errors.message(
                "clone_model(model)", expected="a keras Model", received=errors.describe(model),
                hint="pass a Sequential or functional model",
            )
        )  # fmt: skip
    if clone_function is not None and not callable(clone_function):
        raise ValueError(f"Expected `clone_function` argument to be a callable. Received: {clone_function!r}")
    make = clone_function or _from_config
    if recursive:
        make = _recursive(make, call_function)
    if isinstance(model, Sequential):
        if call_function is not None:
            raise ValueError(f"`call_function` is not supported with Sequential models. Received: model={model}")
        return _clone_sequential(model, input_tensors, make)
    given = clone_function or call_function or recursive or input_tensors is not None
    if model._graph is not None and (_plain_config(model) or given):
        return _clone_functional(model, input_tensors, make, call_function or _called)
    if given:
        raise ValueError(
            "Arguments clone_function and input_tensors are only supported for Sequential models or Functional models. "
            f"Received model of type '{type(model).__name__}', with clone_function={clone_function} and "
            f"input_tensors={input_tensors}"
        )
    return type(model).from_config(model.get_config())


def _called(layer: Layer, *args: Any, **kwargs: Any) -> Any:
    return layer(*args, **kwargs)


def _recursive(make: Callable[[Layer], Layer], call: Callable[..., Any] | None) -> Callable[[Any], Any]:
    """`make`, but for models inside, whose layers it makes."""

    def made(layer: Any) -> Any:
        if not isinstance(layer, Model):
            return make(layer)
        return clone_model(layer, None, make, None if isinstance(layer, Sequential) else call, True)

    return made


def _from_config(layer: Layer) -> Layer:
    return type(layer).from_config(layer.get_config())


def _plain_config(model: Model) -> bool:
    """Whether the class leaves its config to Model; one of its own is to be followed."""
    return type(model).get_config is Model.get_config


def _clone_sequential(model: Sequential, input_tensors: Any, make: Callable[[Layer], Layer]) -> Sequential:
    layers: list[Any] = [make(layer) for layer in model._stack]
    if input_tensors is not None:
        given = list(input_tensors) if isinstance(input_tensors, list | tuple) else [input_tensors]
        if len(given) != 1:
            raise ValueError(
                "To clone a `Sequential` model, we expect at most one tensor as part of `input_tensors`. "
                f"Received: input_tensors={input_tensors}"
            )
        tensor = _as_input(given[0], "input_wrapper_for_" + str(getattr(given[0], "name", "input")))
        if tensor.node is None or not tensor.node.layer.is_input:
            raise ValueError(
                "Cannot clone a `Sequential` model on top of a tensor that comes from a Keras layer other than an "
                f"`InputLayer`. Use the Functional API instead. Received: input_tensors={input_tensors}"
            )
        layers.insert(0, tensor.node.layer)
    elif model._input_layer is not None:
        layers.insert(0, _from_config(model._input_layer))
    return Sequential(layers, name=model.name)


def _clone_functional(
    model: Model, input_tensors: Any, make: Callable[[Layer], Layer], call: Callable[..., Any]
) -> Model:
    old = model._graph.flat_inputs
    if input_tensors is None:
        fresh = [_fresh_input(tensor) for tensor in old]
    else:
        given = graph.symbolic_leaves(input_tensors) or _flat(input_tensors)
        if len(given) != len(old):
            raise ValueError(
                f"clone_model: expected {len(old)} input_tensors for {model.input_names}, received {len(given)}."
            )
        fresh = [
            _as_input(new, f"input_wrapper_for_{name}") for new, name in zip(given, model.input_names, strict=True)
        ]
    values: dict[int, Any] = {id(a): b for a, b in zip(old, fresh, strict=True)}
    clones: dict[int, Layer] = {}
    for layer in model._graph.layers:
        if not layer.is_input and not isinstance(layer, Addition):
            clones[id(layer)] = make(layer)
    for node in model._graph.nodes:
        if isinstance(node.layer, Addition):
            continue
        args, kwargs = node.fill(values)
        made = call(clones[id(node.layer)], *args, **kwargs)
        for symbol, new in zip(node.outputs, graph.symbolic_leaves(made), strict=True):
            values[id(symbol)] = new

    def swap(leaf: Any) -> Any:
        return values[id(leaf)]

    inputs = graph.map_leaves(swap, model._graph.inputs)
    outputs = graph.map_leaves(swap, model._graph.outputs)
    cls = type(model) if _takes_graph(type(model)) else Functional
    copy = cls(inputs, outputs, name=model.name)
    for index in model._symbolic_losses:
        node = model._graph.extra[index].node
        copy._add_symbolic_loss(values[id(node.inputs[0])], node.layer.name)
    for index, metric in model._symbolic_metrics:
        node = model._graph.extra[index].node
        copy._add_symbolic_metric(values[id(node.inputs[0])], metric.name, node.layer.name)
    return copy


def _takes_graph(cls: type) -> bool:
    """Whether a class is made from (inputs, outputs, name), as Model itself is."""
    import inspect  # looked at only when a subclass is cloned

    if cls.__init__ is Model.__init__:
        return True
    names = list(inspect.signature(cls.__init__).parameters)[1:]
    return names[:2] == ["inputs", "outputs"] or names == ["args", "kwargs"]


def _fresh_input(tensor: KerasTensor) -> KerasTensor:
    layer = tensor.node.layer if tensor.node is not None else None
    if layer is not None and layer.is_input:
        return type(layer)(**layer.get_config()).input
    return Input(batch_shape=tuple(tensor.shape.as_list()), dtype=tensor.dtype)


def _as_input(tensor: Any, name: str) -> KerasTensor:
    if isinstance(tensor, KerasTensor):
        return tensor
    if isinstance(tensor, Layer) and tensor.is_input:
        return tensor.input
    return Input(tensor=tensor, name=name)


def _flat(tensors: Any) -> list[Any]:
    return list(tensors) if isinstance(tensors, list | tuple) else [tensors]
