"""Initializers by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from addax.keras import registry


def get(identifier: Any) -> Any:
    """An initializer from its name, its dict, or as it is.

    Args:
        identifier: a name, a dict of `serialize`, a callable, or None.

    Returns:
        An initializer, a function, or None.

    Raises:
        ValueError: an unknown name, with the nearest ones.

    >>> import addax as tf
    >>> type(tf.keras.initializers.get("zeros")).__name__
    'Zeros'
    """
    return registry.get("initializer", identifier)


def serialize(initializer: Any, use_legacy_format: bool = False) -> Any:
    """The dict of an initializer.

    Args:
        initializer: an initializer, or None.
        use_legacy_format: the dict of Keras before 2.13: class_name and config only.

    Returns:
        What `deserialize` takes.

    >>> import addax as tf
    >>> tf.keras.initializers.serialize(tf.keras.initializers.Zeros())["class_name"]
    'Zeros'
    """
    return registry.serialize(initializer, use_legacy_format)


def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None, use_legacy_format: bool = False) -> Any:
    """An initializer from what `serialize` returned.

    Args:
        config: a dict or a name.
        custom_objects: names of initializers of your own.
        use_legacy_format: both formats are told apart by what they hold; accepted for Keras' signature.

    Returns:
        An initializer.

    Raises:
        ValueError: an unknown name, with the nearest ones.

    >>> import addax as tf
    >>> type(tf.keras.initializers.deserialize({"class_name": "Zeros", "config": {}})).__name__
    'Zeros'
    """
    return registry.deserialize("initializer", config, custom_objects)
