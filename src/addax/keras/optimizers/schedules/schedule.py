"""The base class of learning-rate schedules, and their dicts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from addax.core.tensor import Tensor
from addax.core.variable import Variable
from addax.keras import registry


class LearningRateSchedule:
    """A learning rate as a function of the step; users subclass it.

    Optimizers call it with their counter of finished steps (an int64 scalar) before each step.

    >>> import addax as tf
    >>> class Halved(tf.keras.optimizers.schedules.LearningRateSchedule):
    ...     def __call__(self, step):
    ...         return 1.0 / (tf.cast(step, tf.float32) + 1.0)
    >>> optimizer = tf.keras.optimizers.SGD(Halved())
    """

    def __call__(self, step: Any) -> Any:
        """The learning rate, a floating scalar, of step number `step` (from 0)."""
        raise NotImplementedError(
            f"Learning rate schedule '{type(self).__name__}' must override `__call__(self, step)`."
        )

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        raise NotImplementedError(
            f"Learning rate schedule '{type(self).__name__}' must override `get_config()` in order to be serializable."
        )

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Any:
        """A schedule of a config that `get_config` gave."""
        return cls(**config)


def float_dtype(value: Any) -> str:
    """The dtype of a schedule's rate: that of a tensor or NumPy number, float32 for Python's."""
    if isinstance(value, Tensor | Variable):
        return value.dtype.name
    if isinstance(value, np.ndarray | np.generic) and value.dtype.kind == "f":
        return value.dtype.name
    return "float32"


def serialize(learning_rate_schedule: Any, use_legacy_format: bool = False) -> dict[str, Any]:
    """A schedule as a dict that JSON can hold.

    Args:
        learning_rate_schedule: the schedule.
        use_legacy_format: give {"class_name", "config"} only.

    >>> import addax as tf
    >>> tf.keras.optimizers.schedules.serialize(tf.keras.optimizers.schedules.CosineDecay(0.1, 10))["class_name"]
    'CosineDecay'
    """
    if use_legacy_format:
        return {"class_name": type(learning_rate_schedule).__name__, "config": learning_rate_schedule.get_config()}
    return registry.serialize_keras_object(learning_rate_schedule)


def deserialize(
    config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None, use_legacy_format: bool = False
) -> LearningRateSchedule:
    """The schedule that `serialize` described.

    Args:
        config: the dict, of either format.
        custom_objects: names of schedules of the caller's own.
        use_legacy_format: accepted for Keras's signature; the format is seen from the dict.

    Raises:
        ValueError: a name that is not known.

    >>> from addax.keras.optimizers import schedules
    >>> config = schedules.serialize(schedules.ExponentialDecay(0.25, 100, 0.9))
    >>> schedules.deserialize(config).decay_steps
    100
    """
    return registry.deserialize("schedule", dict(config), custom_objects)
