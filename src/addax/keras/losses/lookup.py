"""Losses by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from addax.keras import registry
from addax.keras.losses.base import Loss


def get(identifier: Any) -> Callable[..., Any] | Loss | None:
    """A loss from its name, its dict, or as it is.

    Args:
        identifier: a name ("mse", "MeanSquaredError"), a dict of `serialize`, a function, a loss, or None.

    Returns:
        The function, or an instance of the class.

    Raises:
        ValueError: an unknown name, with the nearest ones.

    >>> import addax as tf
    >>> tf.keras.losses.get("mse") is tf.keras.losses.mean_squared_error
    True
    """
    return registry.get("loss", identifier)


def serialize(loss: Any, use_legacy_format: bool = False) -> Any:
    """The dict of a loss or function.

    Args:
        loss: a function or `Loss`.
        use_legacy_format: the dict of Keras before 2.13: class_name and config only.

    Returns:
        A dict that `deserialize` takes; the name of a function in the legacy format.

    >>> import addax as tf
    >>> tf.keras.losses.serialize(tf.keras.losses.mse)["config"]
    'mean_squared_error'
    """
    return registry.serialize_legacy(loss) if use_legacy_format else registry.serialize_keras_object(loss)


def deserialize(name: Any, custom_objects: Mapping[str, Any] | None = None, use_legacy_format: bool = False) -> Any:
    """A loss from what `serialize` returned.

    Args:
        name: a name or a dict.
        custom_objects: names of losses of your own.
        use_legacy_format: both formats are told apart by what they hold; accepted for Keras' signature.

    Returns:
        The function or loss.

    Raises:
        ValueError: an unknown name, with the nearest ones.

    >>> import addax as tf
    >>> tf.keras.losses.deserialize({"class_name": "Huber", "config": {"delta": 2.0}}).name
    'huber_loss'
    """
    return registry.deserialize("loss", name, custom_objects)
