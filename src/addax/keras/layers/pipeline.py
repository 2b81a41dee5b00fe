"""Pipeline: layers one after another as one layer; of Keras 3."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from addax.core import trees
from addax.core.shapes import TensorShape
from addax.keras import registry
from addax.keras.layers import arguments
from addax.keras.layers.base import Layer


class Pipeline(Layer):
    """Layers one after another, such as those that prepare images; unlike a `Sequential` it is no model.

    Args:
        layers: the layers.
        name: the name.

    Raises:
        TypeError: something that is no layer.

    >>> import addax as tf
    >>> layer = tf.keras.layers.Pipeline([tf.keras.layers.Rescaling(2.0), tf.keras.layers.Rescaling(1.0, offset=1.0)])
    >>> layer(tf.constant([[1.0, 2.0]])).numpy().tolist()
    [[3.0, 5.0]]
    """

    def __init__(self, layers: Sequence[Layer], name: str | None = None, **kwargs: Any) -> None:
        super().__init__(name=name, **kwargs)
        if not isinstance(layers, list | tuple) or not all(isinstance(layer, Layer) for layer in layers):
            raise TypeError(f"Pipeline: expected `layers` to be a list of layers. Received: layers={layers!r}")
        self.supports_masking = True
        self._pipeline_layers = list(layers)

    @property
    def layers(self) -> list[Layer]:
        """The layers, in order."""
        return list(self._pipeline_layers)

    def call(self, inputs: Any, training: Any = True, mask: Any = None) -> Any:
        """What the last layer makes of it.

        Args:
            inputs: what the first layer takes.
            training: for the layers that take it; True where nobody says.
            mask: for the first layer.
        """
        for layer in self._pipeline_layers:
            options = {"training": training} if layer._layer_call.takes_training and training is not None else {}
            if mask is not None and layer._layer_call.takes_mask:
                options["mask"] = mask
            inputs = layer(inputs, **options)
            found = [getattr(leaf, "_keras_mask", None) for leaf in trees.flatten(inputs)]
            mask = found[0] if len(found) == 1 else None
        return inputs

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """The mask behind the last layer."""
        for layer in self._pipeline_layers:
            passes = layer._layer_call.takes_mask or layer.supports_masking or layer._computes_masks
            mask = layer.compute_mask(inputs, mask) if passes else None  # as where the layer is called by itself
        return mask

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The shape behind the last layer."""
        shape = TensorShape(input_shape) if not isinstance(input_shape, list) else input_shape
        for layer in self._pipeline_layers:
            shape = layer.compute_output_shape(shape)
        return shape

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        layers = [registry.serialize_keras_object(layer) for layer in self._pipeline_layers]
        usual = {"trainable": True, "dtype": "float32"}  # Keras 3's pipelines do not take these arguments
        config = {key: value for key, value in super().get_config().items() if usual.get(key, key) != value}
        return {**config, "layers": layers}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """A pipeline from what `get_config` returned.

        Raises:
            ValueError: no list of layers.
        """
        layers = config.get("layers")
        if not isinstance(layers, list | tuple):
            raise ValueError(f"{cls.__name__}: expected `layers` in the config to be a list. Received: {layers!r}")
        made = [each if isinstance(each, Layer) else registry.deserialize("layer", each) for each in layers]
        return cls(**{**config, "layers": made})


arguments.register(Pipeline)
