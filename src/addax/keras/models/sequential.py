"""Sequential: a stack of layers."""

from __future__ import annotations

from typing import Any

from addax.core import errors
from addax.keras import graph, naming, registry
from addax.keras.layers.base import Layer
from addax.keras.layers.input_layer import Input, InputLayer
from addax.keras.models.functional import Graph
from addax.keras.models.model import Functional, Model, graph_calls
from addax.keras.models.told_shapes import made_for


class Sequential(Functional):
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
        self._stack: list[Layer] = []
        self._input_layer: InputLayer | None = None
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
            from addax.core.module import Module  # plain modules are wrapped

            if not isinstance(layer, Module):
                raise TypeError(
                    errors.message(
                        f"Sequential {self.name}, add", expected="an instance of keras.layers.Layer",
                        received=f"{type(layer).__name__}: {layer!r:.80}",
                        hint="call the class: layers.Dense(8), not layers.Dense" if isinstance(layer, type) else None,
                    )
                )  # fmt: skip
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
            self._input_layer = InputLayer(
                batch_input_shape=(None, *tuple(input_shape)[1:]), dtype=self.compute_dtype,
                name=f"{self._stack[0].name}_input",
            )  # fmt: skip
            self._build_graph()
        self.built = True

    def call(self, inputs: Any, training: Any = None, mask: Any = None) -> Any:
        """Run the layers one after another."""
        if self._graph is not None:
            return super().call(inputs, training=training, mask=mask)
        for layer in self._stack:
            kwargs: dict[str, Any] = {}
            if layer._layer_call.takes_training:
                kwargs["training"] = training
            inputs = layer(inputs, **kwargs)
        return inputs

    def _inner_scopes(self, outer: tuple[str, ...]) -> tuple[str, ...]:
        return ()

    def _children(self) -> list[Layer]:
        if self._input_layer is not None and self._graph is not None:
            known = {id(layer) for layer in self._stack}
            extra = [layer for layer in self._graph_layers if id(layer) not in known and not layer.is_input]
            return [self._input_layer, *self._stack, *extra]
        return list(self._stack)

    def _weighted_parts(self) -> list[Any]:
        """The layers alone; metrics in attributes are not among the weights, as in Keras."""
        return self._children()

    @property
    def layers(self) -> list[Layer]:
        """The layers, without the input layer."""
        return list(self._stack)

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
    dtype = layer.compute_dtype if not getattr(layer, "takes_integers", False) else "int32"
    return InputLayer(batch_input_shape=shape, dtype=dtype, name=f"{layer.name}_input")


graph_calls.add(Sequential.call)
