"""Constraints by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from addax.keras import registry


def get(identifier: Any) -> Any:
    """A constraint from its name, its dict, or as it is.

    Args:
        identifier: a name, a dict of `serialize`, a callable, or None.

    Returns:
        A constraint, a function, or None.

    Raises:
        ValueError: an unknown name, with the nearest ones.

    >>> import addax as tf
    >>> type(tf.keras.constraints.get("max_norm")).__name__
    'MaxNorm'
    """
    return registry.get("constraint", identifier)


def serialize(constraint: Any, use_legacy_format: bool = False) -> Any:
    """The dict of a constraint.

    Args:
        constraint: a constraint, or None.
        use_legacy_format: the dict of Keras before 2.13: class_name and config only.

    Returns:
        What `deserialize` takes.

    >>> import addax as tf
    >>> tf.keras.constraints.serialize(tf.keras.constraints.MaxNorm())["class_name"]
    'MaxNorm'
    """
    return registry.serialize(constraint, use_legacy_format)


def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None, use_legacy_format: bool = False) -> Any:
    """A constraint from what `serialize` returned.

    Args:
        config: a dict or a name.
        custom_objects: names of constraints of your own.
        use_legacy_format: both formats are told apart by what they hold; accepted for Keras' signature.

    Returns:
        A constraint.

    Raises:
        ValueError: an unknown name, with the nearest ones.

    >>> import addax as tf
    >>> type(tf.keras.constraints.deserialize({"class_name": "MaxNorm", "config": {}})).__name__
    'MaxNorm'
    """
    return registry.deserialize("constraint", config, custom_objects)
