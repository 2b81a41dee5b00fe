"""Metrics by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from addax.keras import registry
from addax.keras.metrics.base import Metric


def get(identifier: Any) -> Callable[..., Any] | Metric:
    """A metric from its name, its dict, or as it is.

    Args:
        identifier: a name ("mse", "AUC"), a dict of `serialize`, a function, or a metric.

    Returns:
        The function, or an instance of the class.

    Raises:
        ValueError: None, or an unknown name, with the nearest ones.

    >>> import addax as tf
    >>> tf.keras.metrics.get("AUC").name.startswith("auc")
    True
    """
    if identifier is None:
        raise ValueError(f"Could not interpret metric identifier: {identifier}")
    return registry.get("metric", identifier)


def serialize(metric: Any, use_legacy_format: bool = False) -> Any:
    """The dict of a metric or function.

    Args:
        metric: a function or `Metric`.
        use_legacy_format: the dict of Keras before 2.13: class_name and config only.

    Returns:
        A dict that `deserialize` takes; the name of a function in the legacy format.

    >>> import addax as tf
    >>> tf.keras.metrics.serialize(tf.keras.metrics.mse)["config"]
    'mean_squared_error'
    """
    return registry.serialize_legacy(metric) if use_legacy_format else registry.serialize_keras_object(metric)


def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None, use_legacy_format: bool = False) -> Any:
    """A metric from what `serialize` returned.

    Args:
        config: a name or a dict.
        custom_objects: names of metrics of your own.
        use_legacy_format: both formats are told apart by what they hold; accepted for Keras' signature.

    Returns:
        The function or metric.

    Raises:
        ValueError: an unknown name, with the nearest ones.

    >>> import addax as tf
    >>> tf.keras.metrics.deserialize({"class_name": "Mean", "config": {"name": "average"}}).name
    'average'
    """
    return registry.deserialize("metric", config, custom_objects)
