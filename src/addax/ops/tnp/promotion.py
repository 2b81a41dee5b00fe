"""Which dtype the functions of `tf.experimental.numpy` compute in.

NumPy's own rules hold: Python numbers are weak (they take the dtype of the array beside them, where it can hold their
kind), lists count as the numbers in them, arrays and tensors as their dtypes. What has no array beside it becomes
int64, float64 or complex128; with `prefer_float32`, float32 or complex64.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from addax.core import convert, dispatch, dtypes, errors, weak
from addax.core.tensor import Tensor
from addax.ops.casting import cast

_PYTHON = (bool, int, float, complex)


class Rules:
    """What `experimental_enable_numpy_behavior` was told.

    Attributes:
        prefer_float32: whether Python's floats without an array beside them are float32.
        enabled: whether tensors behave like NumPy's arrays.
    """

    def __init__(self) -> None:
        self.prefer_float32 = False
        self.enabled = False


rules = Rules()


def default_float() -> np.dtype:
    """The dtype of floats that nobody said the dtype of."""
    return np.dtype(np.float32 if rules.prefer_float32 or weak.mode.active else np.float64)


def default_int() -> np.dtype:
    """The dtype of ints that nobody said the dtype of."""
    return np.dtype(np.int32 if weak.mode.active else np.int64)


def _leaves(values: Any) -> Iterator[Any]:
    for value in values:
        if isinstance(value, list | tuple):
            yield from _leaves(value)
        else:
            yield value


def _contribution(value: Any) -> Any:
    """What a value adds to `numpy.result_type`: a dtype, or a Python number, which is weak."""
    kind = type(value)
    if kind in _PYTHON:
        if rules.prefer_float32 and kind is float:
            return np.dtype(np.float32)
        if rules.prefer_float32 and kind is complex:
            return np.dtype(np.complex64)
        return kind(0)  # numbers of one kind count alike
    if value is None:
        raise ValueError("Attempt to convert a value (None) with an unsupported type (<class 'NoneType'>) to a Tensor.")
    if isinstance(value, str | bytes):
        return np.dtype(object)
    if isinstance(value, range):
        return 0
    if isinstance(value, np.dtype):
        return value
    if isinstance(value, type):
        return np.dtype(dtypes.as_dtype(value).np if value not in _PYTHON else value)
    named = value if isinstance(value, dtypes.DType) else getattr(value, "dtype", None)
    if isinstance(named, dtypes.DType):
        return named.np
    dtype = np.dtype(named) if named is not None else np.asarray(value).dtype
    return np.dtype(object) if dtype.kind in "SU" else dtype


def result_dtype(*values: Any) -> np.dtype:
    """The NumPy dtype that an op on `values` computes in, by the mode that was entered.

    Raises:
        TypeError: there is none that holds all of them.
    """
    if not weak.mode.active or not values:
        return numpy_result_dtype(*values)
    return weak.common("tf.experimental.numpy", *values).dtype.np


def numpy_result_dtype(*values: Any) -> np.dtype:
    """The NumPy dtype that an op on `values` computes in, by NumPy's rules.

    Raises:
        numpy.exceptions.DTypePromotionError: there is none that holds all of them (float16 and bfloat16).
    """
    if weak.mode.active and any(isinstance(value, list | tuple) for value in values):
        return result_dtype(*values)
    found: list[Any] = []
    for value in _leaves(values):
        each = _contribution(value)
        if not any(type(each) is type(other) and each == other for other in found):
            found.append(each)
    if not found:
        return default_float()
    if any(isinstance(each, np.dtype) and each.kind == "O" for each in found):
        return np.dtype(object)
    try:
        dtype = np.result_type(*found)
    except np.exceptions.DTypePromotionError:
        names = [dtypes.from_numpy(each).name if isinstance(each, np.dtype) else type(each).__name__ for each in found]
        raise np.exceptions.DTypePromotionError(
            errors.message(
                "tf.experimental.numpy",
                expected="dtypes that have a common one",
                received=", ".join(names),
                hint="cast one of the tensors: tf.cast(x, tf.float32)",
            )
        ) from None
    return dtype


def wanted(dtype: Any) -> np.dtype:
    """The NumPy dtype that a `dtype` argument names; Python's int, float, bool and complex name NumPy's."""
    if weak.mode.active and (dtype is float or dtype is int):
        return default_float() if dtype is float else default_int()
    if dtype is float:
        return default_float() if rules.prefer_float32 else np.dtype(np.float64)
    if any(dtype is kind for kind in _PYTHON):
        return np.dtype(dtype)
    return dtypes.as_dtype(dtype).np


def as_tensor(value: Any, dtype: np.dtype | None = None) -> Any:
    """`value` as a tensor: tensors as they are, everything else by NumPy's dtype rules, cast to `dtype` if given."""
    if type(value) is Tensor:
        if dtype is None or value._value.dtype == dtype:
            return value
        return cast(value, dtypes.from_numpy(dtype))
    if isinstance(value, Tensor) or hasattr(value, "__tf_value__"):
        made = value if isinstance(value, Tensor) else convert.convert_to_tensor(value)
        return made if dtype is None or made.dtype == dtype else cast(made, dtypes.from_numpy(dtype))
    if hasattr(value, "__symbolic_call__") or hasattr(value, "__composite_call__"):
        return value if dtype is None or value.dtype == dtype else cast(value, dtypes.from_numpy(dtype))
    target = result_dtype(value) if dtype is None else dtype
    if isinstance(value, list | tuple) and convert._holds_tensors(value):
        return _packed(value, target)
    if target.kind == "O":
        return convert.convert_to_tensor(value)
    try:
        array = np.asarray(value, dtype=target if isinstance(value, list | tuple) and not value else None)
    except ValueError:
        raise ValueError(
            errors.message(
                "tf.experimental.numpy.array",
                expected="a rectangular sequence (rows of equal length)",
                received=repr(value)[:100],
                hint="pad the rows, or use tf.ragged.constant",
            )
        ) from None
    made = Tensor(
        convert.to_device(array.real.astype(target) if _drops_imaginary(array, target) else array.astype(target))
    )
    return weak.weakened(made) if weak.mode.active and dtype is None and weak.kind_of(value).weak else made


def _drops_imaginary(array: np.ndarray, dtype: np.dtype) -> bool:
    return array.dtype.kind == "c" and dtype.kind != "c"


def _packed(values: Any, dtype: np.dtype) -> Tensor:
    """A nested list with tensors inside as one tensor of a dtype, seen by tapes."""
    items = [_packed(item, dtype) if isinstance(item, list | tuple) else as_tensor(item, dtype) for item in values]
    return dispatch.pack(items, dtype)


def promote(*values: Any) -> list[Any]:
    """`values` as tensors of their common dtype."""
    return _promoted(result_dtype, values)


def promote_numbers(*values: Any) -> list[Any]:
    """`values` as tensors of their common dtype by NumPy's rules, in every mode: what arithmetic computes in."""
    return _promoted(numpy_result_dtype, values)


def _promoted(rule: Callable[..., np.dtype], values: tuple[Any, ...]) -> list[Any]:
    first = values[0]
    if type(first) is Tensor:
        dtype = first._value.dtype
        for value in values:
            if type(value) is not Tensor or value._value.dtype != dtype:
                break
        else:
            return list(values)
    dtype = rule(*values)
    if dtype.kind == "O":
        return [as_tensor(value) for value in values]
    return [as_tensor(value, dtype) for value in values]


def inexact(value: Any) -> Any:
    """`value` as a tensor of floats: NumPy's float16 to complex128 stay, everything else becomes the default float."""
    made = as_tensor(value)
    dtype = dtype_of(made)
    return made if dtype.kind in "fc" else as_tensor(made, default_float())


def promote_inexact(*values: Any) -> list[Any]:
    """`values` as tensors of their common dtype, of floats."""
    made = promote(*values)
    return [inexact(each) for each in made]


def dtype_of(tensor: Any) -> np.dtype:
    """The NumPy dtype of a tensor (or symbolic tensor)."""
    return tensor._value.dtype if isinstance(tensor, Tensor) else tensor.dtype.np


def is_number(value: Any) -> bool:
    """Whether `value` is a Python or NumPy number, and no array."""
    return type(value) in _PYTHON or isinstance(value, np.generic)
