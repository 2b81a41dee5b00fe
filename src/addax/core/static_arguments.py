"""Static arguments of ops: what is compiled in, as hashable values."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np

from addax.core import convert, dtypes, errors
from addax.core.failures import UnfitError
from addax.core.shapes import TensorShape
from addax.core.tensor import NotCompilable, Tensor, Tracer

__all__ = ["concrete", "hashable"]


def hashable(value: Any, who: str = "this op") -> Any:
    """A static argument as a hashable value: lists become tuples, tensors their numbers."""
    kind = type(value)
    if value is None or kind in (int, float, bool, str, bytes, dtypes.DType, complex):
        return value
    if kind is tuple or kind is list:
        return tuple(hashable(item, who) for item in value)
    if isinstance(value, TensorShape):
        return tuple(value.as_list())
    if isinstance(value, np.integer | np.floating | np.bool_):
        return value.item()
    if isinstance(value, Tensor | jax.Array) or hasattr(value, "__tf_value__"):
        sizes = getattr(value, "sizes", None)  # of a SizesTensor
        return hashable(concrete(value, who), who) if sizes is None else sizes
    if isinstance(value, np.ndarray):
        return hashable(value.tolist(), who)
    if isinstance(value, slice):
        return ("slice", hashable(value.start, who), hashable(value.stop, who), hashable(value.step, who))
    if isinstance(value, dict):
        return tuple(sorted((key, hashable(item, who)) for key, item in value.items()))
    try:
        hash(value)
    except TypeError:
        raise UnfitError(
            errors.message(
                who if who.startswith("tf.") else f"tf.{who}",
                expected="numbers, text, dtypes or lists of these for its options",
                received=value,
            )
        ) from None
    return value


def concrete(value: Any, who: str) -> np.ndarray:
    """The numbers of a tensor that decides a shape or another static argument."""
    if type(value) is Tensor and value._host is not None:
        return np.asarray(value._host)
    array = convert.value_of(value)
    if isinstance(array, Tracer):
        raise NotCompilable(
            errors.message(
                who if who.startswith("tf.") else f"tf.{who}",
                expected="shapes and options that are known while the function is traced",
                received=f"a symbolic tensor {errors.describe(Tensor(array))} that decides one",
                hint="take it from x.shape, or leave this step out of the tf.function",
            )
        )
    return np.asarray(array)
