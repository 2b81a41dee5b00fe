"""Sequential: a stack of layers."""

from __future__ import annotations

from typing import Any

from addax.core import context, errors
from addax.core.module import Module
from addax.core.tensor import Tensor
from addax.keras import config, graph, naming, registry
from addax.keras.layers import static_shapes
from addax.keras.layers.base import Layer
from addax.keras.layers.input_layer import Input, InputLayer
from addax.keras.layers.module_wrapper import ModuleWrapper
from addax.keras.models.model import Functional, Model, graph_calls
from addax.keras.models.told_shapes import made_for


class Sequential(static_shapes.FollowsInputs, Functional):
    """Layers one after another, each with one input and one output.

    The model is built as soon as its input shape is known: from an `Input`, from the first layer's `input_shape`, or
    from the first data.

    Args:
        layers: a list of layers.
        name: the model's name.

    >>> import addax as tf
    >>> model = tf.keras.Sequential([tf.keras.layers.Dense(8, activation="relu"), tf.keras.layers.Dense(1)])
    >>> model(tf.ones((2, 3))).shape
    TensorShape([2, 1])
    """

    def __init__(self, layers: Any = None, name: str | None = None, trainable: bool = True) -> None:
        Model.__init__(self, name=name or naming.unique_name("sequential"), trainable=trainable)
        self.supports_masking = True
        self._autocast = False
        self._stack: list[Layer] = []
        self._input_layer: InputLayer | None = None
        self._met: static_shapes.Shape | None = None  # the inputs so far, where the model follows their shapes
        self._deferred = False  # whether the inputs are only known from data
        self._met_nodes: list[graph.Node] = []
        if layers is not None:
            for layer in layers if isinstance(layers, list | tuple) else [layers]:
                self.add(layer)

    # ------------------------------------------------------------------ changing the stack

    def add(self, layer: Any) -> None:
        """Put a layer on top.

        Args:
            layer: a layer, a model, or (first) a `keras.Input`.

        Raises:
            TypeError: something that is not a layer.
            ValueError: a layer of the same name is there already.
        """
        if isinstance(layer, graph.KerasTensor) and layer.node is not None:
            layer = layer.node.layer
        if not isinstance(layer, Layer):
            if not isinstance(layer, Module):
                raise TypeError(
                    errors.message(
                        f"Sequential {self.name}, add", expected="an instance of keras.layers.Layer",
                        received=f"{type(layer).__name__}: {layer!r:.80}",
                        hint="call the class: layers.Dense(8), not layers.Dense" if isinstance(layer, type) else None,
                    )
                )  # fmt: skip
            layer = ModuleWrapper(layer)
        if any(known.name == layer.name for known in self._stack):
            raise ValueError(
                f"All layers added to a Sequential model should have unique names. Name {layer.name!r} is already the "
                f"name of a layer in this model. Update the `name` argument to pass a unique name."
            )
        if isinstance(layer, InputLayer):
            if self._stack or self._input_layer is not None:
                raise ValueError(f"Sequential {self.name}, add: an Input must come first, received {layer.name!r}.")
            self._input_layer = layer
        else:
            self._stack = [*self._stack, layer]
            if self._input_layer is None and len(self._stack) == 1:
                self._input_layer = _declared_input(layer)
        self._forget_programs()
        if self._input_layer is not None:
            self._build_graph()

    def pop(self) -> None:
        """Take the top layer off.

        Raises:
            TypeError: there is none.
        """
        if not self._stack:
            raise TypeError("There are no layers in the model.")
        layer = self._stack[-1]
        self._stack = self._stack[:-1]
        layer._inbound_nodes.clear()
        self._forget_programs()
        if self._input_layer is not None and self._stack:
            self._build_graph()
        else:
            self._graph = None
            self.built = False
            if self._deferred:
                self._deferred = False
                self._input_layer = self._met = self.inputs = self.outputs = None

    def _build_graph(self) -> None:
        """Connect the layers from the input on, reusing calls that are there."""
        tensor = self._input_layer.input
        for layer in self._stack:
            made = next((n.output for n in layer._inbound_nodes if len(n.inputs) == 1 and n.inputs[0] is tensor), None)
            tensor = made if made is not None else layer(tensor)
            if not isinstance(tensor, graph.KerasTensor):
                raise ValueError(
                    f"All layers in a Sequential model should have a single output tensor. Layer {layer.name!r} "
                    f"returned {type(tensor).__name__}. For multi-output layers, use the functional API."
                )
        if self._stack or self._graph is None:
            self._init_graph(self._input_layer.input, tensor)

    # ------------------------------------------------------------------ building and running

    def build(self, input_shape: Any = None) -> None:
        """Build for inputs of this shape (with the batch dimension)."""
        if self._graph is not None and self._input_layer is not None:
            self.built = True
            return
        if input_shape is None:
            raise ValueError(
                f"Sequential {self.name}: you must provide an `input_shape` argument, since the model's input shape is "
                "not known yet."
            )
        self._build_input_shape = input_shape
        if isinstance(input_shape, dict) or isinstance(input_shape, list) and not _is_shape(input_shape):
            self.built = True  # several inputs: the layers are built one after another, as data comes
            return
        if self._stack:
            told = static_shapes.static_shape(input_shape)
            shape = static_shapes.to_build_for(input_shape, told)
            self._deferred = True
            self._input_layer = self._input_for(shape, next(iter(self.__dict__.get("_seen_dtypes", [])), None))
            outer, context.state.scopes = context.state.scopes, ()  # names start anew, whatever calls `build`
            try:
                self._build_graph()
            finally:
                context.state.scopes = outer
            self._met, self._met_nodes = shape, [layer._inbound_nodes[-1] for layer in self._stack]
            self._meet(told)
        self.built = True

    def _input_for(self, shape: static_shapes.Shape, dtype: Any) -> InputLayer:
        return InputLayer(batch_input_shape=shape, dtype=dtype or config.floatx(), name=f"{self._stack[0].name}_input")

    def _meet(self, met: static_shapes.Shape, dtype: Any = None) -> None:
        """Describe a model that follows its inputs for those of one more shape: sizes that differ become None."""
        if self._met is None or met == self._met or self._graph is None or self._graph.extra:
            return
        shape = static_shapes.relaxed(self._met, met)
        if shape is None or shape == self._met:
            return
        kept = [(layer._inbound_nodes, list(layer._inbound_nodes)) for layer in self._stack]
        try:
            with context.init_scope():
                self._connect_anew(self._input_for(shape, dtype or self.inputs[0].dtype))
        except (errors.OpError, ValueError, TypeError):  # as it was, from now on
            for nodes, before in kept:
                nodes[:] = before
            self._met = None
        else:
            self._met = shape

    def _connect_anew(self, entry: InputLayer) -> None:
        """Call the layers from another input on; their weights, and all that was compiled, stay."""
        tensor, made = entry.input, []
        for layer in self._stack:
            layer._inbound_nodes[:] = [
                node for node in layer._inbound_nodes if all(node is not old for old in self._met_nodes)
            ]
            tensor = layer(tensor)
            made.append(tensor.node)
        symbolic = self._symbolic_losses, self._symbolic_metrics
        self._init_graph(entry.input, tensor)
        self._symbolic_losses, self._symbolic_metrics = symbolic
        self._input_layer, self._met_nodes = entry, made

    def _symbolic_call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if self._met is not None and args and isinstance(args[0], graph.KerasTensor):
            self._meet(tuple(args[0].shape.as_list()), args[0].dtype)
        return super()._symbolic_call(args, kwargs)

    def call(self, inputs: Any, training: Any = None, mask: Any = None) -> Any:
        """Run the layers one after another."""
        if self._graph is not None:
            if self._met is not None and isinstance(inputs, Tensor):
                self._meet(static_shapes.static_shape(inputs._form.shape), inputs.dtype)
            return super().call(inputs, training=training, mask=mask)
        for layer in self._stack:
            kwargs: dict[str, Any] = {}
            if layer._layer_call.takes_training:
                kwargs["training"] = training
            inputs = layer(inputs, **kwargs)
        return inputs

    @property
    def _declared_spec(self) -> Any:
        return None if self._deferred else super()._declared_spec

    def _inner_scopes(self, outer: tuple[str, ...]) -> tuple[str, ...]:
        return ()

    def _children(self) -> list[Layer]:
        if self._input_layer is not None and self._graph is not None:
            known = {id(layer) for layer in self._stack}
            extra = [layer for layer in self._graph_layers if id(layer) not in known and not layer.is_input]
            return [self._input_layer, *self._stack, *extra]
        return list(self._stack)

    def _weighted_parts(self) -> list[Any]:
        """The layers alone; metrics and modules in attributes are not among the weights, as in Keras."""
        return self._children()

    @property
    def layers(self) -> list[Layer]:
        """The layers, without the input layer; those of `add_loss` and `add_metric` behind them."""
        if self._graph is None or not self._graph.extra:
            return list(self._stack)
        return [layer for layer in self._children() if not layer.is_input]

    # ------------------------------------------------------------------ config

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        layers = [self._input_layer] if self._input_layer is not None else []
        config: dict[str, Any] = {
            "name": self.name,
            "layers": [registry.serialize_keras_object(layer) for layer in [*layers, *self._stack]],
        }
        shape = self.__dict__.get("_build_input_shape")
        if self._graph is None and shape is not None and not isinstance(shape, list | dict):
            config["build_input_shape"] = tuple(shape)
        return config

    @classmethod
    def from_config(cls, config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
        """Make a model from what `get_config` returned."""
        if isinstance(config, list):  # the oldest form
            config = {"layers": config}
        with registry.custom_object_scope(custom_objects or {}), registry.building(cls.__name__, config):
            described = registry.checked_layers(config["layers"], f"{cls.__name__} {config.get('name')!r:.100}")
            layers = [registry.deserialize_keras_object(each, kinds=("layer", "model")) for each in described]
            model = cls(name=config.get("name"))
            for layer, description in zip(layers, described, strict=True):
                if model._graph is not None and isinstance(layer, Layer) and not layer.is_input:
                    layer = made_for(layer, description, (model._graph.outputs,), {})
                model.add(layer)
            shape = config.get("build_input_shape")
            if model._graph is None and shape is not None and model._stack:
                model.build(tuple(shape))
        return model


registry.register("model", Sequential)


def _is_shape(given: list[Any]) -> bool:
    return all(size is None or isinstance(size, int) for size in given)


def _declared_input(layer: Layer) -> InputLayer | None:
    """An input layer for a first layer that says its input shape, or a model that has one."""
    shape = getattr(layer, "_batch_input_shape", None)
    if shape is None and isinstance(layer, Model) and layer._graph is not None:
        first = layer._graph.flat_inputs[0]
        if len(layer._graph.flat_inputs) == 1:
            shape = tuple(first.shape.as_list())
            return Input(batch_shape=shape, dtype=first.dtype, name=f"{layer.name}_input").node.layer
    if shape is None:
        return None
    dtype = layer.dtype if not getattr(layer, "takes_integers", False) else "int32"
    return InputLayer(batch_input_shape=shape, dtype=dtype, name=f"{layer.name}_input")


graph_calls.add(Sequential.call)
