"""Checks of arguments that datasets take."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from addax.core import errors
from addax.core.tensor import Tensor

AUTOTUNE = -1
SHARD_HINT = -1


def integer(value: Any, who: str, name: str) -> int:
    """An argument that has to be an integer: a Python int, a NumPy integer or an integer tensor.

    Raises:
        TypeError: it is something else.
    """
    if isinstance(value, Tensor) or hasattr(value, "__tf_value__"):
        value = np.asarray(value)
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value[()]
    try:
        return operator.index(value)
    except TypeError:
        raise TypeError(errors.message(who, expected=f"{name} as an integer", received=f"{value!r:.80}")) from None


def positive(value: Any, who: str, name: str) -> int:
    """An integer of at least 1.

    Raises:
        tf.errors.InvalidArgumentError: it is less.
    """
    number = integer(value, who, name)
    if number <= 0:
        what = name.replace("_", " ").capitalize()
        raise errors.InvalidArgumentError(
            errors.message(
                who, expected=f"{name} of at least 1. {what} must be greater than zero", received=f"{name}={number}"
            )
        )
    return number


def parallel_calls(value: Any, who: str) -> int:
    """num_parallel_calls as a number of threads: 1 where nothing is asked for.

    Raises:
        TypeError: it is no integer.
        tf.errors.InvalidArgumentError: it is neither positive nor AUTOTUNE.
    """
    import os  # only here

    if value is None:
        return 1
    number = integer(value, who, "num_parallel_calls")
    if number == AUTOTUNE:
        return max(2, min(16, os.cpu_count() or 2))
    if number < 1:
        raise errors.InvalidArgumentError(
            errors.message(who, expected="num_parallel_calls of at least 1, or tf.data.AUTOTUNE", received=number)
        )
    return number
