"""What a layer is: its name and dtypes, its place in the graph, its config."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from addax.core import context, trees
from addax.keras import dtype_policy, graph, regularizers
from addax.keras.layers.input_spec import InputSpec
from addax.keras.layers.symbolic_masks import masks_of


class LayerScope(context.name_scope):
    """A name scope that Keras 2 has as a method: called, it is the scope's name.

    >>> import addax as tf
    >>> tf.keras.layers.Dense(2, name="head").name_scope()
    'head/'
    """

    def __call__(self) -> str:
        return f"{self.name}/"


class Description:
    """The part of a layer that says what it is."""

    _name: str
    _dynamic: bool
    _input_spec: Any
    _declared_spec: Any = None  # what a model's input layers say
    _policy: Any
    _activity_regularizer: Any
    _inbound_nodes: list[graph.Node]
    _outbound_nodes: list[graph.Node]
    built: bool
    _infer: Callable[..., Any]
    _maybe_build: Callable[..., None]
    _symbolic_call: Callable[..., Any]

    @property
    def name(self) -> str:
        """The layer's name."""
        return self._name

    @property
    def dtype(self) -> str | None:
        """The dtype of the variables, by name."""
        return self._policy.variable_dtype

    @property
    def variable_dtype(self) -> str | None:
        """The dtype of the variables, by name."""
        return self._policy.variable_dtype

    @property
    def compute_dtype(self) -> str | None:
        """The dtype of the computations, by name."""
        return self._policy.compute_dtype

    @property
    def input_dtype(self) -> str | None:
        """The dtype that floating inputs are cast to, by name; Keras 3's word."""
        return self._policy.compute_dtype

    def compute_output_spec(self, *args: Any, **kwargs: Any) -> Any:
        """What a call with these arguments returns, as symbolic tensors; Keras 3's way to say it.

        A subclass that overrides it is not run abstractly when it is called on symbolic tensors.

        >>> import addax as tf
        >>> tf.keras.layers.Dense(2).compute_output_spec(tf.keras.KerasTensor((None, 3), "float32")).shape
        TensorShape([None, 2])
        """
        if not self.built:
            self._maybe_build(args, kwargs)
        return self._infer(args, kwargs)

    def symbolic_call(self, *args: Any, **kwargs: Any) -> Any:
        """The same, noted in the graph: what a call on symbolic tensors does."""
        return self._symbolic_call(args, kwargs)

    @property
    def dtype_policy(self) -> Any:
        """The `tf.keras.mixed_precision.Policy`, or the `DTypePolicyMap` that it comes from."""
        return self.__dict__.get("_policy_map", self._policy)

    @property
    def dynamic(self) -> bool:
        """Whether `call` must run as plain Python."""
        return any(layer._dynamic for layer in self._flatten_layers())

    @property
    def activity_regularizer(self) -> Any:
        """The regularizer of the output."""
        return self._activity_regularizer

    @activity_regularizer.setter
    def activity_regularizer(self, regularizer: Any) -> None:
        self._activity_regularizer = regularizers.get(regularizer)

    @property
    def name_scope(self) -> LayerScope:
        """A `tf.name_scope` of the layer's name; called, it tells the scope's name."""
        return LayerScope(self._name)

    @property
    def input_spec(self) -> Any:
        """What inputs must be: an `InputSpec` or a structure of them, None where nothing is asked.

        Raises:
            TypeError: set to something else.
        """
        return self._input_spec if self._input_spec is not None else self._declared_spec

    @input_spec.setter
    def input_spec(self, spec: Any) -> None:
        for each in trees.flatten(spec):
            if not isinstance(each, InputSpec | None):
                raise TypeError(f"Layer {self.name}: input_spec must be an instance of InputSpec, received {each!r}.")
        self._input_spec = spec

    @property
    def inbound_nodes(self) -> list[graph.Node]:
        """The symbolic calls of this layer."""
        return self._inbound_nodes

    @property
    def outbound_nodes(self) -> list[graph.Node]:
        """The symbolic calls that take this layer's outputs."""
        return self._outbound_nodes

    def _only_node(self, what: str) -> graph.Node:
        if not self._inbound_nodes:
            raise AttributeError(
                f"The layer {self.name!r} has never been called on a symbolic tensor and has no defined {what}."
            )
        if len(self._inbound_nodes) > 1 and what.endswith("shape"):
            shapes = {str(getattr(node, f"{what}s")) for node in self._inbound_nodes}
            if len(shapes) == 1:
                return self._inbound_nodes[0]
        if len(self._inbound_nodes) > 1:
            raise AttributeError(
                f"Layer {self.name!r} has multiple inbound nodes, hence the notion of {what!r} is ill-defined. "
                f"Use `get_{what}_at(node_index)` instead."
            )
        return self._inbound_nodes[0]

    def _node_at(self, node_index: int, what: str) -> graph.Node:
        """A call by its number.

        Raises:
            RuntimeError: there was none.
            ValueError: there were fewer.
        """
        nodes = self._inbound_nodes
        if not nodes:
            raise RuntimeError(f"The layer {self.name} has never been called and thus has no defined {what}.")
        if node_index >= len(nodes):
            raise ValueError(
                f"Asked to get {what} at node {node_index}, but the layer has only {len(nodes)} inbound nodes."
            )
        return nodes[node_index]

    @property
    def input(self) -> Any:
        """The symbolic input of the first call."""
        return self._input_of(self._inbound_nodes[0] if self._inbound_nodes else self._only_node("input"))

    @staticmethod
    def _input_of(node: graph.Node) -> Any:
        return node.args[0] if node.args else next(iter(node.kwargs.values()), node.output)

    @property
    def output(self) -> Any:
        """The symbolic output of the first call."""
        return self._node_at(0, "output").output if self._inbound_nodes else self._only_node("output").output

    @property
    def input_shape(self) -> Any:
        """The shape of the input, as a tuple."""
        return self._only_node("input_shape").input_shapes

    @property
    def output_shape(self) -> Any:
        """The shape of the output, as a tuple."""
        return self._only_node("output_shape").output_shapes

    def get_input_at(self, node_index: int) -> Any:
        """The symbolic input of a call."""
        return self._input_of(self._node_at(node_index, "input"))

    def get_output_at(self, node_index: int) -> Any:
        """The symbolic output of a call."""
        return self._node_at(node_index, "output").output

    @property
    def input_mask(self) -> Any:
        """The symbolic mask of the input of the only call; None where nothing is masked."""
        return masks_of(self.input)

    @property
    def output_mask(self) -> Any:
        """The symbolic mask of the output of the only call; None where nothing is masked."""
        return masks_of(self.output)

    def get_input_mask_at(self, node_index: int) -> Any:
        """The symbolic mask of the input of a call."""
        return masks_of(self.get_input_at(node_index))

    def get_output_mask_at(self, node_index: int) -> Any:
        """The symbolic mask of the output of a call."""
        return masks_of(self.get_output_at(node_index))

    def get_input_shape_at(self, node_index: int) -> Any:
        """The shape of the input of a call."""
        return self._node_at(node_index, "input shape").input_shapes

    def get_output_shape_at(self, node_index: int) -> Any:
        """The shape of the output of a call."""
        return self._node_at(node_index, "output shape").output_shapes

    # ------------------------------------------------------------------ config

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs to make the layer again (without its weights).

        Raises:
            NotImplementedError: a subclass with constructor arguments that cannot be written down.
        """
        config: dict[str, Any] = {"name": self.name, "trainable": self.trainable, "dtype": self._dtype_config()}
        if hasattr(self, "_batch_input_shape"):
            config["batch_input_shape"] = self._batch_input_shape
        if not getattr(type(self).get_config, "automatic", False):
            return config
        if self._dynamic and "dynamic" in self._init_arguments[1]:
            config["dynamic"] = True
        if type(self)._takes_only_base_arguments():
            return config
        accepted = inspect.signature(type(self).__init__).parameters
        if all(each.kind is not inspect.Parameter.VAR_KEYWORD for each in accepted.values()):
            config = {name: value for name, value in config.items() if name in accepted}
        return {**config, **self._constructor_config()}

    get_config.automatic = True  # type: ignore[attr-defined]  # as long as a class has none of its own

    def _constructor_config(self) -> dict[str, Any]:
        """What the constructor was called with, beyond what every layer takes; NotImplementedError if not plain."""
        return _automatic_config(self, _init_arguments(self))

    def _dtype_config(self) -> Any:
        return dtype_policy.serialize(self.dtype_policy)

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """Make a layer from what `get_config` returned."""
        try:
            return cls(**config)
        except TypeError as error:
            raise TypeError(
                f"Error when deserializing class {cls.__name__!r} using config={config!s:.300}.\n"
                f"  Exception encountered: {error}\n"
                "  To do: give the class a get_config() with the arguments of its __init__."
            ) from None

    def __repr__(self) -> str:
        return f"<{type(self).__module__}.{type(self).__qualname__} object at {id(self):#x}>"


_BASE_ARGUMENTS = frozenset(
    ("name", "trainable", "dtype", "dynamic", "input_shape", "input_dim", "batch_input_shape", "batch_size")
)


def _init_arguments(layer: Any) -> dict[str, Any]:
    """What the constructor of a subclass was called with, beyond what every layer takes."""
    args, kwargs = layer._init_arguments
    try:
        bound = inspect.signature(type(layer).__init__).bind(layer, *args, **kwargs)
    except TypeError:
        return {}
    found = dict(list(bound.arguments.items())[1:])
    for parameter in inspect.signature(type(layer).__init__).parameters.values():
        if parameter.kind is inspect.Parameter.VAR_KEYWORD:
            found.update(found.pop(parameter.name, {}))
        elif parameter.kind is inspect.Parameter.VAR_POSITIONAL and found.pop(parameter.name, None):
            return {"*args": layer}
    return {name: value for name, value in found.items() if name not in _BASE_ARGUMENTS}


def _automatic_config(layer: Any, extra: dict[str, Any]) -> dict[str, Any]:
    """Plain constructor arguments are their own config; anything else needs a get_config."""
    for name, value in extra.items():
        if not _plain(value):
            arguments = ", ".join(extra)
            raise NotImplementedError(
                f"Layer {layer.name} ({type(layer).__name__}) has an argument {name!r} ({type(value).__name__}) in its "
                f"`__init__` and therefore must override `get_config`.\n  To do:\n"
                f"    def get_config(self):\n"
                f"        return {{**super().get_config(), {', '.join(f'{n!r}: self.{n}' for n in extra)}}}\n"
                f"  (arguments: {arguments})"
            )
    return extra


def _plain(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return all(_plain(item) for item in value)
    if isinstance(value, dict):
        return all(isinstance(key, str) and _plain(item) for key, item in value.items())
    return value is None or isinstance(value, str | int | float | bool)
