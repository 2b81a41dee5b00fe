"""Which dtype the functions of `keras.ops` compute in: the promotion rule of Keras 3, which is JAX's.

Python's ints and floats are weak: they take the dtype of the tensor beside them where it can hold their kind, and are
int32 and `floatx` alone. Unlike NumPy's, the rule never widens: int32 and float32 are float32.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from addax.core import convert, dtypes
from addax.core.tensor import Tensor
from addax.keras import config
from addax.ops.casting import cast

# Each dtype and those right above it (https://docs.jax.dev/en/latest/type_promotion.html); "int" and "float" are weak.
_ABOVE = {
    "bool": ("int",), "int": ("uint8", "int8"), "uint8": ("int16", "uint16"), "uint16": ("int32", "uint32"),
    "uint32": ("int64", "uint64"), "uint64": ("float",), "int8": ("int16",), "int16": ("int32",), "int32": ("int64",),
    "int64": ("float",), "float": ("bfloat16", "float16", "complex"), "bfloat16": ("float32",),
    "float16": ("float32",), "float32": ("float64", "complex64"), "float64": ("complex128",),
    "complex": ("complex64",), "complex64": ("complex128",), "complex128": (),
}  # fmt: skip
_WEAK = {int: "int", float: "float", complex: "complex"}


@functools.cache
def _bounds(name: str) -> frozenset[str]:
    """A dtype and all above it."""
    return frozenset((name,)).union(*[_bounds(each) for each in _ABOVE[name]])


@functools.cache
def _least_common(names: frozenset[str]) -> str:
    for name in names:
        if name not in _ABOVE:
            raise ValueError(f"'{name}' is not a valid dtype for Keras type promotion; cast it: keras.ops.cast.")
    shared = frozenset.intersection(*[_bounds(name) for name in names])
    return next(name for name in shared if shared <= _bounds(name))


def _named(value: Any) -> str:
    """The dtype that a value, a type or a name adds: of Python's numbers a weak one."""
    kind = value if isinstance(value, type) else type(value)
    if kind in _WEAK:
        return _WEAK[kind]
    if value is None:
        return config.floatx()
    if isinstance(value, str | type | np.dtype | dtypes.DType):
        return dtypes.as_dtype(value).name
    if kind is bool:
        return "bool"
    own = getattr(value, "dtype", None)
    return dtypes.as_dtype(own).name if own is not None else tensor(value).dtype.name


def result_type(*dtypes: Any) -> str:
    """The dtype that Keras 3 computes in with these.

    Args:
        *dtypes: dtypes, their names, or Python's `int` and `float`, which are weak.

    Raises:
        ValueError: a dtype that has no place among the others (float8, string).

    >>> result_type("int32", "float16"), result_type("bfloat16", float), result_type(int)
    ('float16', 'bfloat16', 'int32')
    """
    if not dtypes:
        return config.floatx()
    found = _least_common(frozenset([_named(each) for each in dtypes]))
    if found in _WEAK.values():
        return {"int": "int32", "float": config.floatx(), "complex": "complex64"}[found]
    return found


def tensor(x: Any, dtype: Any = None) -> Any:
    """`x` as a tensor: Python's ints are int32 and floats `floatx`, arrays and tensors keep their dtype.

    Args:
        x: a tensor, a variable, an array, a number, or lists of them.
        dtype: what it is cast to, if given.
    """
    if hasattr(x, "__tf_operand__"):  # a mixed-precision layer's variable
        x = x.__tf_operand__()
    if type(x) is not Tensor:
        numbers = isinstance(x, float | list | tuple) and not isinstance(x, np.generic)
        x = convert.convert_to_tensor(x, dtype_hint=config.floatx() if numbers and _is_float(x) else None)
    return x if dtype is None or x.dtype == dtype else cast(x, dtype)


def _is_float(x: Any) -> bool:
    while isinstance(x, list | tuple) and x:
        x = x[0]
    return type(x) is float


def common(*values: Any, beside: Any = ()) -> list[Any]:
    """Tensors of the dtype common to `values` (and to the dtypes `beside`)."""
    first = values[0]
    if type(first) is Tensor:
        dtype = first._value.dtype
        if beside and dtype.kind not in "fcV":
            dtype = None
        for value in values:
            if type(value) is not Tensor or value._value.dtype != dtype:
                break
        else:
            return list(values)
    made = [value if type(value) in _WEAK else tensor(value) for value in values]
    dtype = result_type(*made, *beside)
    return [tensor(value, dtype) for value in made]


def floats(x: Any) -> Any:
    """`x` as a tensor of floats: integers and bools become `floatx`."""
    made = tensor(x)
    return made if made.dtype.is_floating or made.dtype.is_complex else cast(made, config.floatx())


def common_floats(*values: Any) -> list[Any]:
    """Tensors of their common dtype, of floats."""
    return common(*values, beside=(float,))


def numbers(*values: Any) -> list[Any]:
    """Tensors of their common dtype, bools as int32."""
    made = common(*values)
    return [tensor(each, "int32") for each in made] if made[0].dtype.is_bool else made


def is_integer(x: Any) -> bool:
    """Whether a tensor holds integers or bools."""
    return x.dtype.is_integer or x.dtype.is_bool


def narrow(made: Any, dtype: Any = None) -> Any:
    """What an op returned, with indices and counts in 32 bits."""
    return tensor(made, dtype or "int32")
