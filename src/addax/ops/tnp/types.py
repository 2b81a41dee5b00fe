"""What is known of dtypes: their limits, and which one holds several."""

from __future__ import annotations

from typing import Any

import numpy as np

from addax.core import dtypes
from addax.ops.tnp.promotion import result_dtype


def _numpy(dtype: Any) -> Any:
    return dtype.as_numpy_dtype if isinstance(dtype, dtypes.DType) else dtype


def finfo(dtype: Any) -> np.finfo:
    """The limits of a floating dtype, as `numpy.finfo`.

    Raises:
        ValueError: a dtype that is none of NumPy's floats.

    >>> import addax as tf
    >>> float(tf.experimental.numpy.finfo(tf.float32).eps)
    1.1920928955078125e-07
    """
    return np.finfo(_numpy(dtype))


class iinfo(np.iinfo):  # noqa: N801
    """The limits of an integer dtype, as `numpy.iinfo`.

    >>> import addax as tf
    >>> tf.experimental.numpy.iinfo(tf.int8).max
    127
    """

    def __init__(self, int_type: Any) -> None:
        super().__init__(_numpy(int_type))


def issubdtype(arg1: Any, arg2: Any) -> bool:
    """Whether one dtype is a kind of another, as `numpy.issubdtype`.

    >>> import addax as tf
    >>> tf.experimental.numpy.issubdtype(tf.float32, tf.experimental.numpy.inexact)
    True
    """
    return bool(np.issubdtype(_numpy(arg1), _numpy(arg2)))


def promote_types(type1: Any, type2: Any) -> np.dtype:
    """The smallest dtype that holds two.

    >>> import addax as tf
    >>> tf.experimental.numpy.promote_types(tf.int32, tf.float32)
    dtype('float64')
    """
    return np.promote_types(_numpy(type1), _numpy(type2))


def result_type(*arrays_and_dtypes: Any) -> dtypes.DType:
    """The dtype that an op on arrays, numbers and dtypes computes in.

    >>> import addax as tf
    >>> tf.experimental.numpy.result_type(tf.constant(1.0), 2), tf.experimental.numpy.result_type(1, 2.0)
    (tf.float32, tf.float64)
    """
    return dtypes.from_numpy(result_dtype(*[_named(each) for each in arrays_and_dtypes]))


def _named(value: Any) -> Any:
    return np.dtype(value) if isinstance(value, str) else value
