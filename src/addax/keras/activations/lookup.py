"""Activations by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from addax.keras import registry
from addax.keras.activations.functions import linear


def get(identifier: Any) -> Callable[..., Any]:
    """An activation from its name, its dict, or as it is.

    Args:
        identifier: a name ("relu"), a dict of `serialize`, a callable (a layer too), or None for `linear`.

    Returns:
        The function or layer.

    Raises:
        ValueError: an unknown name, with the nearest ones.
        TypeError: something else.

    >>> import addax as tf
    >>> tf.keras.activations.get("relu") is tf.keras.activations.relu
    True
    """
    if identifier is None:
        return linear
    if isinstance(identifier, str | dict):
        return deserialize(identifier)
    if callable(identifier):
        return identifier
    raise TypeError(f"Could not interpret activation function identifier: {identifier}")


def serialize(activation: Any, use_legacy_format: bool = False) -> Any:
    """The name of an activation, or the dict of a function or layer of your own.

    Args:
        activation: a function or layer.
        use_legacy_format: the dict of Keras before 2.13: class_name and config only.

    Returns:
        What `deserialize` takes.

    >>> import addax as tf
    >>> tf.keras.activations.serialize(tf.keras.activations.tanh)
    'tanh'
    """
    found = registry.builtin_name("activation", activation)
    return found if found is not None else registry.serialize(activation, use_legacy_format)


def deserialize(name: Any, custom_objects: Mapping[str, Any] | None = None, use_legacy_format: bool = False) -> Any:
    """An activation from what `serialize` returned.

    Args:
        name: a name or a dict.
        custom_objects: names of functions of your own.
        use_legacy_format: both formats are told apart by what they hold; accepted for Keras' signature.

    Returns:
        The function or layer.

    Raises:
        ValueError: an unknown name, with the nearest ones.

    >>> import addax as tf
    >>> tf.keras.activations.deserialize("linear")(3)
    3
    """
    return registry.deserialize("activation", name, custom_objects, also=("layer",))
