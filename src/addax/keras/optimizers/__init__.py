"""Optimizers (tf.keras.optimizers)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from addax.core import errors
from addax.core.names import missing_name
from addax.keras import registry
from addax.keras.optimizers import experimental, legacy, schedules
from addax.keras.optimizers.adadelta import Adadelta
from addax.keras.optimizers.adafactor import Adafactor
from addax.keras.optimizers.adagrad import Adagrad
from addax.keras.optimizers.adam import Adam
from addax.keras.optimizers.adamax import Adamax
from addax.keras.optimizers.adamw import AdamW
from addax.keras.optimizers.ftrl import Ftrl
from addax.keras.optimizers.lamb import Lamb
from addax.keras.optimizers.lion import Lion
from addax.keras.optimizers.loss_scale import LossScaleOptimizer
from addax.keras.optimizers.multi_optimizer import MultiOptimizer, OptimizerMap
from addax.keras.optimizers.muon import Muon
from addax.keras.optimizers.nadam import Nadam
from addax.keras.optimizers.optimizer import Optimizer
from addax.keras.optimizers.rmsprop import RMSprop
from addax.keras.optimizers.schedule_free_adamw import ScheduleFreeAdamW
from addax.keras.optimizers.sgd import SGD

__all__ = [
    "SGD",
    "Adadelta",
    "Adafactor",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "Ftrl",
    "Lamb",
    "Lion",
    "LossScaleOptimizer",
    "MultiOptimizer",
    "Muon",
    "Nadam",
    "Optimizer",
    "OptimizerMap",
    "RMSprop",
    "ScheduleFreeAdamW",
    "deserialize",
    "experimental",
    "get",
    "legacy",
    "schedules",
    "serialize",
]

_OLD_PREFIX = "Custom>"


def serialize(optimizer: Any, use_legacy_format: bool = False) -> dict[str, Any] | None:
    """An optimizer as a dict that JSON can hold.

    Args:
        optimizer: the optimizer; None stays None.
        use_legacy_format: give {"class_name", "config"} only.

    >>> import addax as tf
    >>> tf.keras.optimizers.serialize(tf.keras.optimizers.SGD())["class_name"]
    'SGD'
    """
    if optimizer is None:
        return None
    name = type(optimizer).__name__
    newer = type(optimizer) is registry.builtin("optimizer", name) and type(optimizer) is not LossScaleOptimizer
    if use_legacy_format and newer:
        name = _OLD_PREFIX + name  # Keras 2 registers its newer optimizers as it does those of users
    if type(optimizer) is LossScaleOptimizer and not isinstance(optimizer.inner_optimizer, legacy.Optimizer):
        name = "LossScaleOptimizerV3"  # Keras 2 has two classes of the public name, and tells them apart here
    if use_legacy_format:
        return {"class_name": name, "config": optimizer.get_config()}
    made = registry.serialize_keras_object(optimizer)
    if type(optimizer) is LossScaleOptimizer:
        made.update(module="tf_keras.src.mixed_precision.loss_scale_optimizer", class_name=name, registered_name=name)
    return made


def deserialize(
    config: Mapping[str, Any],
    custom_objects: Mapping[str, Any] | None = None,
    use_legacy_format: bool = False,
    *,
    use_legacy_optimizer: bool = False,
) -> Any:
    """The optimizer that `serialize` described.

    Args:
        config: the dict, of either format. Without "is_legacy_optimizer" it is a legacy optimizer's, unless empty.
        custom_objects: names of optimizers of the caller's own.
        use_legacy_format: accepted for Keras's signature; the format is seen from the dict.
        use_legacy_optimizer: for an empty config, whether to take the legacy optimizer.

    Raises:
        ValueError: a name that is not known, with the nearest ones.

    >>> from addax import keras
    >>> config = keras.optimizers.serialize(keras.optimizers.SGD(0.25))
    >>> float(keras.optimizers.deserialize(config).learning_rate)
    0.25
    """
    if not isinstance(config, Mapping):
        raise ValueError(f"Could not interpret optimizer identifier: {registry.shown(config)}")
    config = dict(config)
    own = config.get("config") or {}
    if own and isinstance(own, Mapping):
        use_legacy_optimizer = own.get("is_legacy_optimizer", True)
    kind = "legacy_optimizer" if use_legacy_optimizer else "optimizer"
    name = config.get("class_name")
    if isinstance(name, str) and name.startswith(_OLD_PREFIX) and registry.find(kind, name, custom_objects) is None:
        name = config["class_name"] = name.removeprefix(_OLD_PREFIX)
    if isinstance(name, str) and registry.find(kind, name, custom_objects) is None:
        # What only one of the two has, and names without regard to case.
        other = "optimizer" if kind == "legacy_optimizer" else "legacy_optimizer"
        kind = next((k for k in (kind, other) if _builtin(k, name) is not None), kind)
        config["class_name"] = _builtin(kind, name) or name
        config.pop("module", None)
        config.pop("registered_name", None)
    elif registry.builtin(kind, str(name)) is not None and config.get("registered_name") is None:
        config.pop("module", None)
        config.pop("registered_name", None)
    return registry.deserialize(kind, config, custom_objects)


def _builtin(kind: str, name: str) -> str | None:
    """The registered spelling of a built-in name."""
    return next((each for each in registry.names(kind) if each.lower() == name.lower()), None)


def get(identifier: Any, *, use_legacy_optimizer: bool = False) -> Any:
    """An optimizer of whatever names one.

    Args:
        identifier: an optimizer, a name ("adam", in any case) or a dict of `serialize`.
        use_legacy_optimizer: whether a name means the legacy optimizer.

    Raises:
        ValueError: something else, or an unknown name, with the nearest ones.

    >>> import addax as tf
    >>> type(tf.keras.optimizers.get("rmsprop")).__name__
    'RMSprop'
    """
    if isinstance(identifier, Optimizer | legacy.Optimizer | LossScaleOptimizer):
        return identifier
    if isinstance(identifier, str):
        identifier = {"class_name": identifier, "config": {}}
    if isinstance(identifier, Mapping):
        return deserialize(identifier, use_legacy_optimizer=use_legacy_optimizer)
    hint = "pass an instance: " + identifier.__name__ + "()" if isinstance(identifier, type) else None
    raise ValueError(
        errors.message(
            f"Could not interpret optimizer identifier: {identifier}",
            expected="an optimizer, its name or its config",
            received=errors.describe(identifier),
            hint=hint,
        )
    )


__getattr__ = missing_name(__name__, globals())
