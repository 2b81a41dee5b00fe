"""Regularizers by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from addax.keras import registry
from addax.keras.regularizers.base import l1_l2


def get(identifier: Any) -> Any:
    """A regularizer from its name, its dict, or as it is.

    Args:
        identifier: a name, a dict of `serialize`, a callable, or None.

    Returns:
        A regularizer, a function, or None.

    Raises:
        ValueError: an unknown name, with the nearest ones.

    >>> import addax as tf
    >>> type(tf.keras.regularizers.get("l2")).__name__
    'L2'
    """
    return deserialize(identifier) if isinstance(identifier, str) else registry.get("regularizer", identifier)


def serialize(regularizer: Any, use_legacy_format: bool = False) -> Any:
    """The dict of a regularizer.

    Args:
        regularizer: a regularizer, or None.
        use_legacy_format: the dict of Keras before 2.13: class_name and config only.

    Returns:
        What `deserialize` takes.

    >>> import addax as tf
    >>> tf.keras.regularizers.serialize(tf.keras.regularizers.L2())["class_name"]
    'L2'
    """
    return registry.serialize(regularizer, use_legacy_format)


def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None, use_legacy_format: bool = False) -> Any:
    """A regularizer from what `serialize` returned.

    Args:
        config: a dict or a name.
        custom_objects: names of regularizers of your own.
        use_legacy_format: both formats are told apart by what they hold; accepted for Keras' signature.

    Returns:
        A regularizer.

    Raises:
        ValueError: an unknown name, with the nearest ones.

    >>> import addax as tf
    >>> type(tf.keras.regularizers.deserialize({"class_name": "L2", "config": {}})).__name__
    'L2'
    """
    if config == "l1_l2":  # the function of this name, whose factors are not zero
        return l1_l2()
    return registry.deserialize("regularizer", config, custom_objects)
