"""Layers from and to their configs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from addax.keras import registry


def serialize(layer: Any, use_legacy_format: bool = False) -> dict[str, Any]:
    """A layer as JSON-ready data.

    Args:
        layer: the layer.
        use_legacy_format: whether in Keras's older form, {"class_name", "config"} alone.

    >>> import addax as tf
    >>> tf.keras.layers.serialize(tf.keras.layers.Dense(2))["class_name"]
    'Dense'
    """
    if use_legacy_format:
        return {"class_name": registry.get_registered_name(type(layer)), "config": layer.get_config()}
    return registry.serialize_keras_object(layer)


def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None, use_legacy_format: bool = False) -> Any:
    """The layer that `serialize` described, without its weights.

    Args:
        config: the description.
        custom_objects: names of classes and functions of the caller's own.
        use_legacy_format: accepted; both forms are told apart by themselves.

    Raises:
        ValueError: an unknown layer, with the nearest names.

    >>> import addax as tf
    >>> tf.keras.layers.deserialize({"class_name": "Dense", "config": {"units": 3}}).units
    3
    """
    return registry.deserialize("layer", config, custom_objects, also=("model",))
