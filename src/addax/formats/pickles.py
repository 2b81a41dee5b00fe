"""The few old data sets that were published as pickles, read without running any of it.

A pickle can name any function of any module. Here every name it may hold (NumPy's array reconstruction) is replaced by
an inert stand-in that only checks and copies bytes; every other name is refused. So what comes out is made of numbers,
text, bytes, lists, tuples, dicts and numeric arrays, whatever the file says.
"""

from __future__ import annotations

import io
import os
import pickle  # noqa: TID251  the one place that reads pickles, and it runs nothing of them
from typing import Any, BinaryIO

import numpy as np

from addax.formats.errors import CorruptFileError, UnsafeFileError

__all__ = ["read_pickled_data"]

_NUMERIC = "biufc"
_MAX_DEPTH = 50


class _DType:
    """Stands in for a numpy.dtype while it is described."""

    def __init__(self, code: Any = None, *_: Any) -> None:
        self.code = code.decode("latin1") if isinstance(code, bytes) else code
        self.order = "="

    def __setstate__(self, state: Any) -> None:
        order = state[1] if isinstance(state, tuple) and len(state) > 1 else "="
        self.order = order.decode("latin1") if isinstance(order, bytes) else order

    def resolve(self) -> np.dtype:
        if not isinstance(self.code, str) or self.order not in ("<", ">", "=", "|"):
            raise pickle.UnpicklingError(f"array of type {self.code!r}")
        try:
            dtype = np.dtype(self.code)
        except TypeError:
            raise pickle.UnpicklingError(f"array of type {self.code!r}") from None
        if dtype.kind not in _NUMERIC and dtype.kind != "O":
            raise pickle.UnpicklingError(f"array of type {self.code!r}")
        return dtype if dtype.kind == "O" else dtype.newbyteorder(self.order)


class _NdarrayName:
    """Stands in for the class numpy.ndarray, which pickles of arrays name."""

    def __init__(self, *_: Any) -> None:
        raise pickle.UnpicklingError("an array made by calling its class")


class _Array:
    """Stands in for an array; its state is checked and copied, nothing is run."""

    def __init__(self, *_: Any) -> None:
        self.value: Any = None

    def __setstate__(self, state: Any) -> None:
        if not isinstance(state, tuple) or len(state) < 4:
            raise pickle.UnpicklingError("array state of an unknown form")
        shape, dtype, fortran, data = state[-4:]
        if not isinstance(dtype, _DType) or not isinstance(shape, tuple):
            raise pickle.UnpicklingError("array state of an unknown form")
        if not all(type(n) is int and n >= 0 for n in shape):
            raise pickle.UnpicklingError(f"array of shape {shape!r}")
        kind = dtype.resolve()
        count = 1
        for n in shape:
            count *= n
        if kind.kind == "O":
            if not isinstance(data, list) or len(data) != count:
                raise pickle.UnpicklingError("object array without its list")
            self.value = (shape, data)
            return
        if isinstance(data, str):  # a Python 2 string read as Latin-1
            data = data.encode("latin1")
        if not isinstance(data, bytes) or len(data) != count * kind.itemsize:
            raise pickle.UnpicklingError("array whose bytes do not fit its shape")
        array = np.frombuffer(data, kind)
        self.value = array.reshape(shape, order="F" if fortran else "C").copy()


def _reconstruct(*_: Any) -> _Array:
    return _Array()


def _encode(text: Any, encoding: Any = "latin1") -> bytes:
    if not isinstance(text, str) or encoding not in ("latin1", "latin-1"):
        raise pickle.UnpicklingError("text of an unknown encoding")
    return text.encode("latin1")


_STAND_INS = {
    ("numpy", "ndarray"): _NdarrayName,
    ("numpy", "dtype"): _DType,
    ("numpy.core.multiarray", "_reconstruct"): _reconstruct,
    ("numpy._core.multiarray", "_reconstruct"): _reconstruct,
    ("_codecs", "encode"): _encode,
}


class _DataUnpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        stand_in = _STAND_INS.get((module, name))
        if stand_in is None:
            raise _RefusedName(f"{module}.{name}")
        return stand_in

    def persistent_load(self, pid: Any) -> Any:
        raise _RefusedName("a persistent id")


class _RefusedName(pickle.UnpicklingError):
    pass


def read_pickled_data(
    stream: BinaryIO, *, file: str | os.PathLike[str], member: str | None = None, encoding: str = "ASCII"
) -> Any:
    """Plain data and numeric arrays out of a pickle, nothing of it being run.

    Args:
        stream: the pickle.
        file: path to name in errors.
        member: archive member to name in errors.
        encoding: how 8-bit strings of Python 2 are read ("bytes" keeps them).

    Returns:
        numbers, str, bytes, None, and lists, tuples, dicts and arrays of them. Arrays of objects are 1-D arrays.

    Raises:
        UnsafeFileError: the pickle names a function or class other than those NumPy arrays are made of.
        CorruptFileError: it is damaged.

    Example:
        >>> import io, pickle
        >>> import numpy as np
        >>> from addax.formats.pickles import read_pickled_data
        >>> read_pickled_data(io.BytesIO(pickle.dumps({"a": [1, np.arange(2)]})), file="x")
        {'a': [1, array([0, 1])]}
    """
    data = stream.read()
    try:
        value = _DataUnpickler(io.BytesIO(data), encoding=encoding).load()
        return _settle(value, 0)
    except _RefusedName as error:
        raise UnsafeFileError(
            file,
            "holds a pickle that names something to run, which is never done",
            member=member,
            expected="plain numbers, text and numeric arrays",
            received=str(error),
        ) from None
    except CorruptFileError:
        raise
    except Exception as error:  # a damaged pickle raises nearly any type
        raise CorruptFileError(file, f"holds a damaged pickle ({error})", member=member) from None


def _settle(value: Any, depth: int) -> Any:
    """A value with its stand-ins replaced; anything unexpected is refused."""
    if depth > _MAX_DEPTH:
        raise pickle.UnpicklingError("data nested too deep")
    if isinstance(value, _Array):
        if isinstance(value.value, np.ndarray):
            return value.value
        if value.value is None:
            raise pickle.UnpicklingError("array without a state")
        shape, items = value.value
        result = np.empty(len(items), dtype=object)
        for index, item in enumerate(items):
            result[index] = _settle(item, depth + 1)
        return result.reshape(shape)
    if type(value) is list:
        if all(type(item) is int for item in value):  # the common case: word indices
            return value
        return [_settle(item, depth + 1) for item in value]
    if type(value) is tuple:
        return tuple(_settle(item, depth + 1) for item in value)
    if type(value) is dict:
        return {_settle(key, depth + 1): _settle(item, depth + 1) for key, item in value.items()}
    if value is None or type(value) in (bool, int, float, complex, str, bytes):
        return value
    raise pickle.UnpicklingError(f"a value of type {type(value).__name__}")
