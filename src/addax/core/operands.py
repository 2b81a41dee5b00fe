"""The arguments of an op as tensors: which dtype those get that are none yet, what is said of those that do not fit."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np

from addax.core import convert, dtypes
from addax.core.failures import UnfitError
from addax.core.plans import Op
from addax.core.tensor import NotCompilable, Tensor

__all__ = ["alone", "numbers_as", "prepare"]

_BOOL = np.dtype(bool)
_NUMBERS = (bool, int, float, complex)
_DATA = (list, tuple, np.ndarray, np.generic)
_LITERALS = (*_NUMBERS, list, tuple)


def prepare(op: Op, arrays: tuple[Any, ...]) -> tuple[tuple[Any, ...], list[Any]]:
    """Convert arguments: (what tapes know them by, their arrays).

    Data take the dtype of the first tensor among them. Where TensorFlow's function converts its arguments one by one
    (`op.first_decides`), a list or array that comes first has the dtype that it has alone, and so have a list's items.
    """
    sharing = [array for (_, group), array in zip(op.groups, arrays, strict=True) if group in ("T", "list")]
    prefer = next((found for each in sharing if (found := _known_dtype(each)) is not None), None)
    if op.first_decides and isinstance(arrays[0], _DATA):
        prefer = None
    if op.kinds == "b" and (prefer is None or prefer.kind == "b"):
        arrays = tuple([numbers_as(array, _BOOL) for array in arrays])  # the one dtype there is
    objects, values = [], []
    for (argument, group), array in zip(op.groups, arrays, strict=True):
        hint = prefer if group in ("T", "list") else None
        try:
            if array is None:
                known, value = None, None
            elif group in ("list", "freelist"):
                known, value = _convert_all(_as_list(array), hint, sharing=group == "list" and not op.first_decides)
            else:
                if hint is not None:
                    array = numbers_as(array, hint)
                known, value = _convert(array, hint)
                if hint is not None and type(array) in _NUMBERS and value.dtype != hint and hint.kind != "O":
                    raise UnfitError(_unfit_message(array, value.dtype, hint))
        except (TypeError, ValueError) as error:
            if isinstance(error, NotCompilable):
                raise
            raise type(error)(f"tf.{op.name}: {argument}: {error}") from None
        objects.append(known)
        values.append(value)
        if prefer is None and group in ("T", "list"):  # no tensor among them: the first of the data decides
            first = value[0] if isinstance(value, list) and value else value
            prefer = getattr(first, "dtype", None)
    return tuple(objects), values


def alone(array: Any) -> Any:
    """Python's and NumPy's data as a tensor of the dtype that they have alone; anything else as it is."""
    return convert.convert_to_tensor(array) if isinstance(array, (*_NUMBERS, str, bytes, *_DATA)) else array


def _convert_all(items: list[Any], hint: Any, sharing: bool) -> tuple[list[Any], list[Any]]:
    """Convert the items of a list; with no tensor that decides their dtype, the first of them does."""
    known, values = [], []
    for item in items:
        pair = _convert(item if hint is None else numbers_as(item, hint), hint)
        if hint is not None and type(item) in _LITERALS and pair[1].dtype != hint and hint.kind != "O":
            raise UnfitError(_unfit_message(item, pair[1].dtype, hint))
        known.append(pair[0])
        values.append(pair[1])
        if sharing and hint is None:
            hint = pair[1].dtype
    return known, values


def _as_list(array: Any) -> list[Any]:
    if isinstance(array, list | tuple):
        return list(array)
    if isinstance(array, Tensor | np.ndarray | jax.Array) or hasattr(array, "__tf_value__"):
        return list(convert.convert_to_tensor(array)._rows()) if array.ndim else [array]
    return list(array) if hasattr(array, "__iter__") else [array]


def _convert(array: Any, prefer: Any) -> tuple[Any, Any]:
    if type(array) is Tensor:
        return array, array._value
    if hasattr(array, "__tf_value__"):
        return array, array.__tf_value__()
    if isinstance(array, list | tuple) and convert._holds_tensors(array):
        from addax.core.dispatch import pack  # an op, whose arguments come by here

        tensor = pack(array, prefer)
        return tensor, tensor._value
    tensor = Tensor(convert.value_of(array, None, prefer))
    return tensor, tensor._value


def _known_dtype(array: Any) -> Any:
    """The dtype of a tensor, or of the first in a list: Python's and NumPy's numbers beside it take it."""
    if isinstance(array, Tensor):
        return array._value.dtype
    if hasattr(array, "__tf_value__"):
        return array.__tf_value__().dtype
    if isinstance(array, jax.Array):
        return array.dtype
    if isinstance(array, list | tuple):
        return next((found for item in array if (found := _known_dtype(item)) is not None), None)
    return None


def numbers_as(array: Any, dtype: Any) -> Any:
    """NumPy's numbers beside values of a dtype: they take it, as TensorFlow's kernels see one dtype only."""
    if not isinstance(array, np.ndarray | np.generic) or array.dtype.kind in "OSU" or dtype.kind == "O":
        return array
    return np.asarray(array).astype(dtype)  # NumPy warns where it drops an imaginary part, as beside TensorFlow


def _unfit_message(number: Any, found: Any, dtype: Any) -> str:
    have, wanted = dtypes.from_numpy(found).name, dtypes.from_numpy(dtype).name
    return (
        f"cannot convert {number!r} ({have}) to {wanted}, the dtype of the tensor beside it. "
        f"Cast the tensor, tf.cast(..., tf.{have}), or write what {wanted} can hold."
    )
