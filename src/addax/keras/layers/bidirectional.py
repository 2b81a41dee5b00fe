"""Bidirectional: a recurrent layer forwards, a copy of it backwards."""

from __future__ import annotations

import copy
from typing import Any

from addax.core import context, trees
from addax.core.shapes import TensorShape
from addax.keras import registry
from addax.keras.layers.arguments import register
from addax.keras.layers.base import Layer
from addax.keras.layers.conv_lstm import ConvLSTM
from addax.keras.layers.shape_rules import by_rule
from addax.keras.layers.wrapper import Wrapper
from addax.ops import array
from addax.ops import merging as ops

_KINDS = {"sum": "add", "mul": "multiply", "ave": "average"}


class Bidirectional(Wrapper):
    """Runs a recurrent layer in both directions and joins the outputs.

    Args:
        layer: a recurrent layer.
        merge_mode: "concat", "sum", "mul", "ave", or None for a list of both.
        weights: initial weights.
        backward_layer: the layer for the other direction; by default a copy of `layer`.
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> tf.keras.layers.Bidirectional(tf.keras.layers.LSTM(4))(tf.ones((2, 3, 5))).shape
    TensorShape([2, 8])
    """

    def __init__(
        self, layer: Layer, merge_mode: str | None = "concat", weights: Any = None, backward_layer: Any = None,
        **kwargs: Any,
    ) -> None:  # fmt: skip
        if not isinstance(layer, Layer):
            raise ValueError(
                f"Please initialize `Bidirectional` layer with a `tf.keras.layers.Layer` instance. Received: {layer}"
            )
        if backward_layer is not None and not isinstance(backward_layer, Layer):
            raise ValueError(
                f"`backward_layer` need to be a `tf.keras.layers.Layer` instance. Received: {backward_layer}"
            )
        if merge_mode not in ("sum", "mul", "ave", "concat", None):
            raise ValueError(
                f"Invalid merge mode. Received: {merge_mode}. Merge mode should be one of "
                '{"sum", "mul", "ave", "concat", None}'
            )
        for needed in ("go_backwards", "return_sequences", "return_state", "stateful"):
            if not hasattr(layer, needed):
                raise ValueError(
                    f"Layer {layer} has no `{needed}`: Bidirectional takes recurrent layers such as LSTM, GRU or RNN."
                )
        kwargs.setdefault("trainable", layer.trainable)
        super().__init__(layer, **kwargs)
        self.__dict__.get("_noted", {}).pop("layer", None)  # its weights are those of forward_layer
        self.forward_layer = self._copied(layer, "forward_" + layer.name)
        if backward_layer is None:
            self.backward_layer = self._copied(layer, "backward_" + layer.name, turned=True)
        else:
            self._backward_config = registry.serialize_keras_object(backward_layer)  # under the name it came with
            backward_layer._name = "backward_" + backward_layer.name
            self.backward_layer = backward_layer
        self._given_backward_layer = backward_layer is not None
        self._check_pair()
        if weights is not None:
            half = len(weights) // 2
            self.forward_layer._initial_weights = weights[:half]
            self.backward_layer._initial_weights = weights[half:]
        self.merge_mode = merge_mode
        self._num_constants: int = getattr(layer, "_num_constants", 0)
        self.return_sequences = layer.return_sequences
        self.return_state = layer.return_state
        self.stateful = layer.stateful
        self.supports_masking = True
        self.input_spec = layer.input_spec

    @staticmethod
    def _copied(layer: Layer, name: str, turned: bool = False) -> Layer:
        config = {**layer.get_config(), "name": name}
        if turned:
            config["go_backwards"] = not config["go_backwards"]
        with registry.CustomObjectScope(_cell_classes(layer)):  # classes of the user's need no registration here
            return type(layer).from_config(config)

    def _check_pair(self) -> None:
        if self.forward_layer.go_backwards == self.backward_layer.go_backwards:
            raise ValueError(
                "Forward layer and backward layer should have different `go_backwards` value. Received: "
                f"forward_layer.go_backwards {self.forward_layer.go_backwards}, "
                f"backward_layer.go_backwards={self.backward_layer.go_backwards}"
            )
        for name in ("stateful", "return_sequences", "return_state"):
            a, b = getattr(self.forward_layer, name), getattr(self.backward_layer, name)
            if a != b:
                raise ValueError(
                    f"Forward layer and backward layer are expected to have the same value for attribute '{name}', "
                    f"got '{a}' for forward layer and '{b}' for backward layer"
                )
        for layer in (self.forward_layer, self.backward_layer):
            # In sequences, masked steps are 0: "the step before" means different steps to the two layers.
            # TensorFlow's convolutional LSTMs repeat them all the same.
            if hasattr(layer, "zero_output_for_mask") and not isinstance(layer, ConvLSTM):
                layer.zero_output_for_mask = layer.return_sequences

    def build(self, input_shape: Any = None) -> None:
        """Build both layers."""
        for layer in (self.forward_layer, self.backward_layer):
            if not layer.built:
                with context.name_scope(layer.name):
                    layer.build(input_shape)
                    layer.built = True
                if layer._initial_weights is not None:
                    layer.set_weights(layer._initial_weights)
                    layer._initial_weights = None
        self._build_input_shape = input_shape
        self.built = True

    def __call__(self, inputs: Any, initial_state: Any = None, constants: Any = None, **kwargs: Any) -> Any:
        if isinstance(inputs, list) and inputs and not isinstance(inputs[0], int | float | list):
            count = self._num_constants
            if count:
                inputs, constants = inputs[:-count], inputs[-count:]
            if len(inputs) > 1:
                initial_state = inputs[1:]
            inputs = inputs[0]
        if initial_state is not None:
            kwargs["initial_state"] = initial_state
        if constants is not None:
            kwargs["constants"] = constants = list(constants) if isinstance(constants, list | tuple) else [constants]
            self._num_constants = len(constants)
        return super().__call__(inputs, **kwargs)

    def call(
        self, inputs: Any, training: Any = None, mask: Any = None, initial_state: Any = None, constants: Any = None
    ) -> Any:
        """The joined outputs (and the states of both)."""
        options: dict[str, Any] = {"training": training}
        if mask is not None:
            options["mask"] = mask
        if constants is not None:
            options["constants"] = constants
        if initial_state is not None:
            states = list(initial_state)
            if len(states) % 2:
                raise ValueError(
                    "When passing `initial_state` to a Bidirectional RNN, the state should be a list containing the "
                    f"states of the underlying RNNs. Received: {initial_state}"
                )
            half = len(states) // 2
            first = self.forward_layer(inputs, initial_state=states[:half], **options)
            second = self.backward_layer(inputs, initial_state=states[half:], **options)
        else:
            first, second = self.forward_layer(inputs, **options), self.backward_layer(inputs, **options)
        states = []
        if self.return_state:
            states = [*first[1:], *second[1:]]
            first, second = first[0], second[0]
        if self.return_sequences:
            axis = 0 if getattr(self.forward_layer, "time_major", False) else 1
            second = array.reverse(second, axis=[axis])
        if self.merge_mode == "concat":
            output: Any = array.concat([first, second], axis=-1)
        elif self.merge_mode is None:
            output = [first, second]
        else:
            output = ops.merge([first, second], _KINDS[self.merge_mode])
        if not self.return_state:
            return output
        return [*output, *states] if self.merge_mode is None else [output, *states]

    @property
    def states(self) -> list[Any]:
        """The states of the forward layer, then those of the backward one; None where there are none yet."""
        return [*self.forward_layer.states, *self.backward_layer.states]

    def reset_state(self) -> None:
        """Set the states of both layers to zeros; Keras 3's name."""
        self.reset_states()

    def reset_states(self, states: Any = None) -> None:
        """Set the states of both layers, which must be stateful."""
        if not self.stateful:
            raise AttributeError("Layer must be stateful.")
        half = None if states is None else len(states) // 2
        self.forward_layer.reset_states(None if states is None else states[:half])
        self.backward_layer.reset_states(None if states is None else states[half:])

    def _modules(self) -> list[Any]:
        return [*super()._modules(), self.layer]  # which both are copies of

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """The mask of the outputs, where they are sequences."""
        mask = trees.flatten(mask)[0] if mask is not None else None
        output: Any = mask if self.return_sequences else None
        if not self.merge_mode:
            output = [output, output]
        if not self.return_state:
            return output
        count = 2 * len(self.forward_layer.states)
        return [*(output if isinstance(output, list) else [output]), *[None] * count]

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The shapes of the joined output and, with `return_state`, of the states."""
        shapes = self.forward_layer.compute_output_shape(input_shape)
        output, states = (shapes[0], shapes[1:]) if self.return_state else (shapes, [])
        if self.merge_mode == "concat":
            sizes = TensorShape(output).as_list()
            output = TensorShape([*sizes[:-1], sizes[-1] * 2])
        elif self.merge_mode is None:
            output = [output, output]
        if not self.return_state:
            return output
        return [*(output if isinstance(output, list) else [output]), *states, *states]

    def _symbolic_shape(self, input_shape: Any) -> Any:
        """As a call has it: the other direction may have units of its own, which Keras's computed shape leaves out."""
        found = self.compute_output_shape(input_shape)
        if self.return_state or self.merge_mode is None:
            return found
        sizes = TensorShape(found).as_list()
        here = TensorShape(self.forward_layer.compute_output_shape(input_shape)).as_list()[-1]
        there = TensorShape(self.backward_layer.compute_output_shape(input_shape)).as_list()[-1]
        if here == there or here is None or there is None:
            return found
        if self.merge_mode != "concat":
            raise ValueError(
                f"Layer {self.name} (Bidirectional): Dimensions must be equal to be joined by "
                f"merge_mode={self.merge_mode!r}. Received: {here} units forward and {there} backward."
            )
        return TensorShape([*sizes[:-1], here + there])

    @property
    def constraints(self) -> dict[Any, Any]:
        """The constraints of both layers' weights."""
        return {w.name: w.constraint for w in self.weights if w.constraint is not None}

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        config = {**super().get_config(), "merge_mode": self.merge_mode}
        if self._num_constants:
            config["num_constants"] = self._num_constants
        if self._given_backward_layer:
            config["backward_layer"] = copy.deepcopy(self._backward_config)
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> Any:
        """Make the pair from what `get_config` returned."""
        config = dict(config)
        count = config.pop("num_constants", None) or 0
        if config.get("backward_layer") is not None:
            config["backward_layer"] = registry.deserialize("layer", config["backward_layer"], custom_objects)
        made = super().from_config(config, custom_objects)
        made._num_constants = count
        return made


def _cell_classes(layer: Layer) -> dict[str, Any]:
    """The classes of a layer's cell, and of the cells that are stacked in it, by name."""
    cell = getattr(layer, "cell", None)
    return {type(each).__name__: type(each) for each in (cell, *getattr(cell, "cells", ())) if each is not None}


register(Bidirectional)
by_rule(Bidirectional)
