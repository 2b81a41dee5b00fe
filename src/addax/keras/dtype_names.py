"""Names of dtypes, as Keras 3 asks for them: standardize_dtype, is_float_dtype, is_int_dtype."""

from __future__ import annotations

from typing import Any

from addax.core import dtypes
from addax.keras import config

_OF_PYTHON = {bool: "bool", int: "int32", str: "string"}


def standardize_dtype(dtype: Any) -> str:
    """The name of a dtype, of a Python type, or of `floatx()` for None.

    Raises:
        ValueError: no dtype.

    >>> import addax as tf
    >>> tf.keras.utils.standardize_dtype(tf.float16), tf.keras.utils.standardize_dtype(None)
    ('float16', 'float32')
    """
    if dtype is None or dtype is float:
        return config.floatx()
    if isinstance(dtype, type) and dtype in _OF_PYTHON:
        return _OF_PYTHON[dtype]
    try:
        return dtypes.as_dtype(dtype).name
    except (TypeError, ValueError):
        raise ValueError(f"Invalid dtype: {dtype}") from None


def is_float_dtype(dtype: Any) -> bool:
    """Whether a dtype is a floating one.

    >>> import addax as tf
    >>> tf.keras.backend.is_float_dtype("bfloat16")
    True
    """
    return dtypes.as_dtype(standardize_dtype(dtype)).is_floating


def is_int_dtype(dtype: Any) -> bool:
    """Whether a dtype is an integer one, signed or not.

    >>> import addax as tf
    >>> tf.keras.backend.is_int_dtype("uint8")
    True
    """
    return dtypes.as_dtype(standardize_dtype(dtype)).is_integer
