"""LinearModel: a weighted sum of all features."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from addax.keras import activations, initializers, layers, registry, regularizers
from addax.keras.models.model import Model
from addax.ops import arithmetic


class LinearModel(Model):
    """activation(sum of inputs @ kernels + bias), for one input, a list of them or a dict.

    Args:
        units: the size of the output's last axis.
        activation: a function, or the name of one; None for the identity.
        use_bias: whether there is a bias.
        kernel_initializer: of each input's kernel.
        bias_initializer: of the bias.
        kernel_regularizer: adds to the losses.
        bias_regularizer: the same for the bias.
        **kwargs: as for every `Model`.

    Raises:
        ValueError: when called, inputs of another structure than the model was built with.

    >>> import addax as tf
    >>> model = tf.keras.experimental.LinearModel(kernel_initializer="ones")
    >>> model({"a": tf.ones((1, 2)), "b": tf.ones((1, 3))}).numpy().tolist()
    [[5.0]]
    """

    _serialized_as = ("keras.experimental", None)  # what files of Keras say

    def __init__(
        self,
        units: int = 1,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "zeros",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.units = units
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self._keys: list[str] | None = None
        self.dense_layers: list[Any] = []
        self.bias: Any = None

    def build(self, input_shape: Any) -> None:
        """A kernel for each input, and the bias."""
        if isinstance(input_shape, Mapping):
            self._keys = sorted(input_shape)
            names = [str(key) for key in self._keys]
            shapes = [input_shape[key] for key in self._keys]
        elif isinstance(input_shape, list) or (isinstance(input_shape, tuple) and _several(input_shape)):
            shapes, names = list(input_shape), [None] * len(input_shape)
        else:
            shapes, names = [input_shape], [None]
        made = []
        for shape, name in zip(shapes, names, strict=True):
            layer = layers.Dense(
                self.units,
                use_bias=False,
                kernel_initializer=copy.deepcopy(self.kernel_initializer),
                kernel_regularizer=copy.deepcopy(self.kernel_regularizer),
                name=name,
            )
            layer.build(shape)
            made.append(layer)
        self.dense_layers = made
        if self.use_bias:
            self.bias = self.add_weight(
                "bias", shape=(self.units,), initializer=self.bias_initializer, regularizer=self.bias_regularizer,
                dtype=self.dtype, trainable=True,
            )  # fmt: skip
        self.built = True

    def call(self, inputs: Any) -> Any:
        """The activation of the sum."""
        result = None
        for layer, value in zip(self.dense_layers, self._parts(inputs), strict=True):
            part = layer(value)
            result = part if result is None else arithmetic.add(result, part)
        if self.bias is not None:
            result = arithmetic.add(result, self.bias)
        return result if self.activation is None else self.activation(result)

    def _parts(self, inputs: Any) -> list[Any]:
        if isinstance(inputs, Mapping):
            names = self._keys if self._keys is not None else [layer.name for layer in self.dense_layers]
            if self._keys is None or not set(names) <= set(inputs):
                raise ValueError(
                    "The `inputs` dictionary does not match the structure expected by the model.\n"
                    f"\tExpected keys: {set(names)}\n\tReceived keys: {set(inputs)}\n"
                    f"\tMissing keys: {set(names) - set(inputs)}"
                )
            return [inputs[name] for name in names]
        parts = list(inputs) if isinstance(inputs, list | tuple) else [inputs]
        if self._keys is not None or len(parts) != len(self.dense_layers):
            expected = f"a dictionary with the keys {self._keys}" if self._keys else f"{len(self.dense_layers)} inputs"
            raise ValueError(
                f"The inputs do not match the structure expected by the model: {expected}. Received: {len(parts)} "
                f"inputs of type {type(inputs).__name__}."
            )
        return parts

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        return {
            "name": self.name,
            "trainable": self.trainable,
            "dtype": self.dtype,
            "units": self.units,
            "activation": activations.serialize(self.activation),
            "use_bias": self.use_bias,
            "kernel_initializer": initializers.serialize(self.kernel_initializer),
            "bias_initializer": initializers.serialize(self.bias_initializer),
            "kernel_regularizer": regularizers.serialize(self.kernel_regularizer),
            "bias_regularizer": regularizers.serialize(self.bias_regularizer),
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> LinearModel:
        """A model of its config."""
        del custom_objects
        return cls(**config)


def _several(shapes: tuple[Any, ...]) -> bool:
    return bool(shapes) and not isinstance(shapes[0], int | type(None))


registry.register("layer", LinearModel)
