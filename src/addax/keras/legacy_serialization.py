"""Keras objects as dicts in the form that Keras had before 2.13 (tf.keras.utils.legacy)."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from addax.core.names import missing_name
from addax.keras import registry

_HELP = (
    "Please ensure you are using a `keras.utils.custom_object_scope` and that this object is included in the scope. "
    "See https://www.tensorflow.org/guide/keras/save_and_serialize#registering_the_custom_object for details."
)


def serialize_keras_object(instance: Any) -> Any:
    """The description of an object in the older form, {"class_name", "config"}.

    Args:
        instance: an object with `get_config`, a function or class, or None.

    Returns:
        A dict; for functions and classes their registered names; None for None.

    Raises:
        ValueError: anything else.

    >>> import addax as tf
    >>> tf.keras.utils.legacy.serialize_keras_object(tf.keras.initializers.GlorotUniform(1))
    {'class_name': 'GlorotUniform', 'config': {'seed': 1}}
    """
    return registry.serialize_legacy(instance)


def deserialize_keras_object(
    identifier: Any,
    module_objects: Mapping[str, Any] | None = None,
    custom_objects: Mapping[str, Any] | None = None,
    printable_module_name: str = "object",
) -> Any:
    """The object of a description in the older form.

    Args:
        identifier: the description, a name, or a function, which comes back as it is.
        module_objects: the classes and functions by name among which names are looked up last; none by default.
        custom_objects: names of the caller's own.
        printable_module_name: what errors call the object.

    Returns:
        The object. Of a class's name, an instance made without arguments.

    Raises:
        ValueError: no description, or a name that is not known.

    >>> import addax as tf
    >>> config = {"class_name": "Constant", "config": {"value": 2}}
    >>> made = tf.keras.utils.legacy.deserialize_keras_object(config, vars(tf.keras.initializers))
    >>> made.get_config()
    {'value': 2}
    """
    if identifier is None or inspect.isfunction(identifier):
        return identifier
    if isinstance(identifier, str):
        found = _find(identifier, module_objects, custom_objects, printable_module_name)
        return found() if isinstance(found, type) else found
    if not isinstance(identifier, Mapping):
        raise ValueError(f"Could not interpret serialized {printable_module_name}: {registry.shown(identifier)}")
    if "class_name" not in identifier or "config" not in identifier:
        raise ValueError(
            f"Improper config format for {registry.shown(identifier)}. Expecting python dict contains `class_name` and "
            "`config` as keys"
        )
    target = _find(identifier["class_name"], module_objects, custom_objects, printable_module_name)
    config = identifier["config"]
    if isinstance(config, Mapping):
        config = {key: _item(key, item, module_objects, custom_objects) for key, item in config.items()}
    with registry.CustomObjectScope(custom_objects or {}):
        if not hasattr(target, "from_config"):
            return target(**config)
        if "custom_objects" in inspect.signature(target.from_config).parameters:
            return target.from_config(
                config, custom_objects={**registry.get_custom_objects(), **(custom_objects or {})}
            )
        return target.from_config(config)


def _find(name: Any, module_objects: Mapping[str, Any] | None, custom_objects: Any, what: str) -> Any:
    found = (custom_objects or {}).get(name) if isinstance(name, str) else None
    if found is None and isinstance(name, str):
        found = registry.get_registered_object(name, custom_objects, module_objects)
    if found is None:
        raise ValueError(f"Unknown {what}: {name!r:.200}. {_HELP}")
    return found


def _item(key: str, item: Any, module_objects: Any, custom_objects: Any) -> Any:
    """An item of a config: objects that were marked when they were described, and functions of the user's by name."""
    if isinstance(item, Mapping) and "__passive_serialization__" in item:
        return deserialize_keras_object(item, module_objects, custom_objects, "config_item")
    if isinstance(item, str) and key != "name":
        found = registry.get_registered_object(item, custom_objects)
        return found if inspect.isfunction(found) else item
    return item


__getattr__ = missing_name(__name__, globals())
