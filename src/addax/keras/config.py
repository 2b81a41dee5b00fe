"""Keras' global settings: the default float type, the fuzz factor, the layout of images."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from addax.core.names import missing_name
from addax.core.tracebacks import disable_traceback_filtering as disable_traceback_filtering
from addax.core.tracebacks import enable_traceback_filtering as enable_traceback_filtering
from addax.core.tracebacks import is_traceback_filtering_enabled as is_traceback_filtering_enabled

_FLOATS = ("float16", "bfloat16", "float32", "float64")
_FORMATS = ("channels_last", "channels_first")


@dataclasses.dataclass
class _Settings:
    floatx: str = "float32"
    epsilon: float = 1e-7
    image_data_format: str = "channels_last"
    max_epochs: int | None = None
    max_steps_per_epoch: int | None = None


_settings = _Settings()


def floatx() -> str:
    """The name of the default float type.

    Returns:
        "float32" unless `set_floatx` changed it.

    >>> import addax as tf
    >>> tf.keras.backend.floatx()
    'float32'
    """
    return _settings.floatx


def set_floatx(value: str) -> None:
    """Set the default float type of weights and converted inputs.

    Args:
        value: "float16", "bfloat16", "float32" or "float64".

    Raises:
        ValueError: another name.

    >>> import addax as tf
    >>> tf.keras.backend.set_floatx("float32")
    """
    if value not in _FLOATS:
        raise ValueError(f"Unknown `floatx` value: {value}. Expected one of {set(_FLOATS)}")
    _settings.floatx = str(value)


def epsilon() -> float:
    """The fuzz factor that keeps logarithms and divisions away from zero.

    Returns:
        1e-07 unless `set_epsilon` changed it.

    >>> import addax as tf
    >>> tf.keras.backend.epsilon()
    1e-07
    """
    return _settings.epsilon


def set_epsilon(value: float) -> None:
    """Set the fuzz factor; see `epsilon`.

    >>> import addax as tf
    >>> tf.keras.backend.set_epsilon(1e-7)
    """
    _settings.epsilon = float(value)


def image_data_format() -> str:
    """The layout of images: "channels_last" or "channels_first".

    >>> import addax as tf
    >>> tf.keras.backend.image_data_format()
    'channels_last'
    """
    return _settings.image_data_format


def set_image_data_format(data_format: str) -> None:
    """Set the layout that layers take images to have by default.

    Args:
        data_format: "channels_last" or "channels_first".

    Raises:
        ValueError: another name.

    >>> import addax as tf
    >>> tf.keras.backend.set_image_data_format("channels_last")
    """
    if data_format not in _FORMATS:
        raise ValueError(f"Unknown `data_format`: {data_format}. Expected one of {set(_FORMATS)}")
    _settings.image_data_format = str(data_format)


def rounded(value: Any) -> float:
    """A Python number as the default float type holds it; what a configuration of Keras shows.

    >>> from addax.keras.config import rounded
    >>> rounded(0.01)
    0.009999999776482582
    """
    if _settings.floatx == "bfloat16":
        import ml_dtypes

        return float(np.asarray(value, dtype=ml_dtypes.bfloat16))
    return float(np.asarray(value, dtype=_settings.floatx))


def backend() -> str:
    """What computes: always "jax".

    >>> from addax import keras
    >>> keras.config.backend()
    'jax'
    """
    return "jax"


def is_nnx_enabled() -> bool:
    """Whether layers are modules of Flax's NNX: never here.

    >>> from addax import keras
    >>> keras.config.is_nnx_enabled()
    False
    """
    return False


def max_epochs() -> int | None:
    """How many epochs `fit` makes at most; see `set_max_epochs`.

    >>> from addax import keras
    >>> keras.config.max_epochs() is None
    True
    """
    return _settings.max_epochs


def set_max_epochs(max_epochs: int | None) -> None:
    """Let no `fit` make more epochs than this, whatever its arguments say; for trying a program out.

    Args:
        max_epochs: the number of the epoch to stop before; None for no limit.

    >>> from addax import keras
    >>> keras.config.set_max_epochs(None)
    """
    _settings.max_epochs = _positive("set_max_epochs", max_epochs)


def max_steps_per_epoch() -> int | None:
    """How many steps `fit`, `evaluate` and `predict` make at most in a pass; see `set_max_steps_per_epoch`.

    >>> from addax import keras
    >>> keras.config.max_steps_per_epoch() is None
    True
    """
    return _settings.max_steps_per_epoch


def set_max_steps_per_epoch(max_steps_per_epoch: int | None) -> None:
    """Let no pass of `fit`, `evaluate` or `predict` make more steps than this; for trying a program out.

    Args:
        max_steps_per_epoch: the number of steps; None for no limit.

    >>> from addax import keras
    >>> keras.config.set_max_steps_per_epoch(None)
    """
    _settings.max_steps_per_epoch = _positive("set_max_steps_per_epoch", max_steps_per_epoch)


def _positive(who: str, limit: int | None) -> int | None:
    if limit is not None and int(limit) < 1:
        raise ValueError(f"keras.config.{who}: expected a positive number or None, received {limit!r}.")
    return None if limit is None else int(limit)


def smaller(limit: Any, most: int | None) -> Any:
    """The smaller one of two limits, of which None is none.

    >>> from addax.keras.config import smaller
    >>> smaller(None, 3), smaller(2, 3), smaller(2, None)
    (3, 2, 2)
    """
    return limit if most is None else most if limit is None else min(limit, most)


# Settings of Keras 3 that other files keep; they are reached by name, because those files read this one.
_LATER = {
    "dtype_policy": "addax.keras.dtype_policy:global_policy",
    "set_dtype_policy": "addax.keras.dtype_policy:set_global_policy",
    "enable_interactive_logging": "addax.keras.progress:enable_interactive_logging",
    "disable_interactive_logging": "addax.keras.progress:disable_interactive_logging",
    "is_interactive_logging_enabled": "addax.keras.progress:is_interactive_logging_enabled",
}
__getattr__ = missing_name(__name__, globals(), later=_LATER)
