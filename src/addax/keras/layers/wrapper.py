"""Wrapper: a layer around a layer."""

from __future__ import annotations

from typing import Any

from addax.core.shapes import TensorShape
from addax.keras import registry
from addax.keras.layers.arguments import register
from addax.keras.layers.base import Layer


class Wrapper(Layer):
    """A layer that holds another one as `layer`.

    Args:
        layer: the layer inside.
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> tf.keras.layers.Wrapper(tf.keras.layers.Dense(2)).layer.units
    2
    """

    def __init__(self, layer: Layer, **kwargs: Any) -> None:
        if not isinstance(layer, Layer):
            raise ValueError(
                f"Layer {layer} supplied to {type(self).__name__} isn't a supported layer type. "
                "Please ensure wrapped layer is a valid Keras layer."
            )
        super().__init__(**kwargs)
        self.layer = layer

    def build(self, input_shape: Any = None) -> None:
        """Build the layer inside."""
        if not self.layer.built:
            self.layer.build(input_shape)
            self.layer.built = True
            if self.layer.__dict__.get("_build_input_shape") is None:
                self.layer._build_input_shape = input_shape
        super().build(input_shape)

    @property
    def activity_regularizer(self) -> Any:
        """That of the layer inside."""
        return self.layer.activity_regularizer

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        return {**super().get_config(), "layer": registry.serialize_keras_object(self.layer)}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> Any:
        """Make a wrapper from what `get_config` returned."""
        config = dict(config)
        inner = config["layer"]
        built_for = None
        if isinstance(inner, dict):  # the wrapper builds it, so that weights have the wrapper's name
            built_for = inner.get("build_config")
            inner = {key: value for key, value in inner.items() if key != "build_config"}
        config["layer"] = registry.deserialize("layer", inner, custom_objects)
        if isinstance(built_for, dict) and set(built_for) == {"input_shape"}:
            config["layer"]._build_input_shape = built_for["input_shape"]
        return cls(**config)


def shape_tuple(shape: Any) -> tuple[int | None, ...]:
    """A shape as a tuple."""
    return tuple(TensorShape(shape).as_list())


register(Wrapper)
