"""TensorFlow's element types: one `DType` object per type, so that `is` compares them.

`as_dtype` is on the path of every eager op; it is a class check and one dictionary lookup.
"""

from __future__ import annotations

import builtins
import difflib
from typing import Any

import ml_dtypes
import numpy as np

from addax.core.literal_type import LiteralType

_INTERNED: dict[str, DType] = {}
# What as_dtype looks an argument up in: names, numpy dtypes, numpy scalar types, python types.
_LOOKUP: dict[Any, DType] = {}
_BY_ENUM: dict[int, DType] = {}


class DType(LiteralType):
    """The type of the elements of a tensor.

    There is one object per type (`tf.float32`, `tf.string`, ...). A `DType` compares equal to its name and to the
    numpy and python types that mean the same. `tf.DType(x)` is `tf.as_dtype(x)`.

    Attributes:
        name: the name, e.g. `"float32"`.
        np: the `numpy.dtype` of arrays that hold it (object for strings), None for resource and variant.
        size: bytes of one element, 0 where it has no fixed size.
        as_datatype_enum: the number of the type in TensorFlow's files.

    Example:
        >>> import addax as tf
        >>> tf.float32 == "float32", tf.float32.size, tf.int8.max
        (True, 4, 127)
        >>> tf.as_dtype("half")
        tf.float16
    """

    __slots__ = (
        "_hash",
        "_np_type",
        "as_datatype_enum",
        "is_bool",
        "is_complex",
        "is_floating",
        "is_integer",
        "is_numpy_compatible",
        "is_quantized",
        "is_unsigned",
        "name",
        "np",
        "size",
    )

    name: str
    np: Any
    size: int
    as_datatype_enum: int
    is_bool: builtins.bool
    is_complex: builtins.bool
    is_floating: builtins.bool
    is_integer: builtins.bool
    is_numpy_compatible: builtins.bool
    is_quantized: builtins.bool
    is_unsigned: builtins.bool

    def __new__(cls, type_value: Any) -> DType:
        """The one object of the type that `type_value` names."""
        return as_dtype(type_value)

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(
            f"tf.{self.name} is the same object for everybody and cannot be changed (setting {name!r})."
        )

    def __delattr__(self, name: str) -> None:
        raise AttributeError(
            f"tf.{self.name} is the same object for everybody and cannot be changed (deleting {name!r})."
        )

    @property
    def as_numpy_dtype(self) -> Any:
        """The numpy scalar type (`np.float32`, `ml_dtypes.bfloat16`, `object` for strings)."""
        if self.np is None:
            raise TypeError(f"tf.{self.name} has no numpy type: its values are handles, not numbers.")
        return self._np_type

    @property
    def dtype(self) -> np.dtype[Any]:
        """The `numpy.dtype`: NumPy and JAX look here, so `jnp.zeros(x.shape, x.dtype)` takes a tensor's dtype."""
        return np.dtype(self.as_numpy_dtype)

    @property
    def min(self) -> Any:
        """The smallest value of a real numeric type."""
        return self._limit("minimum")

    @property
    def max(self) -> Any:
        """The largest value of a real numeric type."""
        return self._limit("maximum")

    def _limit(self, which: str) -> Any:
        if self.is_integer:
            info: Any = ml_dtypes.iinfo(self._np_type)
        elif self.is_floating:
            info = ml_dtypes.finfo(self._np_type)
        else:
            raise TypeError(
                f"tf.{self.name}.{which[:3]}: expected a real numeric type, {self.name} has no {which} value."
            )
        return info.min if which == "minimum" else info.max

    @property
    def limits(self) -> tuple[Any, Any]:
        """The (low, high) range of the values of images of this type: (0, 1) or (0, max)."""
        if self in (float32, float64):
            return (0, 1)
        if self is bool:
            return (0, True)
        if self.is_integer and self not in (int2, uint2, int4, uint4):
            return (0, self.max)
        raise ValueError(f"tf.{self.name}.limits: {self.name} has no defined image range.")

    @property
    def real_dtype(self) -> DType:
        """The type of the real part of a complex type; any other type itself."""
        if self.is_complex:
            return float32 if self is complex64 else float64
        return self

    @property
    def base_dtype(self) -> DType:
        """The type itself: TF2 has no reference types."""
        return self

    @property
    def is_numeric(self) -> builtins.bool:
        """Whether the values are numbers (real, complex or quantized), and not bools, strings or handles."""
        return self.is_floating or self.is_integer or self.is_complex or self.is_quantized

    def is_compatible_with(self, other: Any) -> builtins.bool:
        """Whether a tensor of type `other` can stand where this type is asked for."""
        return self is as_dtype(other)

    def is_subtype_of(self, other: Any) -> builtins.bool:
        """Whether `other` is the same type."""
        return self == other

    def most_specific_common_supertype(self, types: Any) -> DType | None:
        """This type when all of `types` are the same type, None otherwise."""
        return self if all(self == t for t in types) else None

    def experimental_as_proto(self) -> Any:
        """The dtype as a message.

        >>> import addax as tf
        >>> tf.DType.experimental_from_proto(tf.int32.experimental_as_proto())
        tf.int32
        """
        return self.experimental_type_proto()(datatype=self.as_datatype_enum)

    @classmethod
    def experimental_from_proto(cls, proto: Any) -> DType:
        """The dtype that a message holds."""
        return as_dtype(proto.datatype)

    @classmethod
    def experimental_type_proto(cls) -> type:
        """The class of the messages."""
        from addax.formats.tensor_proto import SerializedDType  # few programs write messages

        return SerializedDType

    def __eq__(self, other: object) -> builtins.bool:
        if self is other:
            return True
        if other.__class__ is DType or other is None:
            return False
        return self is _find(other)

    def __ne__(self, other: object) -> builtins.bool:
        return not self == other

    def __hash__(self) -> int:
        return self._hash

    def __repr__(self) -> str:
        return "tf." + self.name

    def __str__(self) -> str:
        return f"<dtype: '{self.name}'>"

    def __int__(self) -> int:
        return self.as_datatype_enum

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return as_dtype, (self.name,)

    def __copy__(self) -> DType:
        return self

    def __deepcopy__(self, memo: Any) -> DType:
        return self


def _make(name: str, enum: int, numpy_type: Any, kind: str) -> DType:
    """Makes the one object of a type. `kind` is one of "float", "int", "uint", "bool", "complex", "quantized", ""."""
    dtype = object.__new__(DType)
    np_dtype = None if numpy_type is None else np.dtype(numpy_type)
    values = {
        "name": name,
        "_hash": enum,
        "as_datatype_enum": enum,
        "np": np_dtype,
        "_np_type": numpy_type if kind != "quantized" else np_dtype,
        "size": 0 if np_dtype is None or np_dtype.kind == "O" else np_dtype.itemsize,
        "is_floating": kind == "float",
        "is_integer": kind in ("int", "uint"),
        "is_unsigned": kind == "uint",
        "is_bool": kind == "bool",
        "is_complex": kind == "complex",
        "is_quantized": kind == "quantized",
        "is_numpy_compatible": np_dtype is not None,
    }
    for key, value in values.items():
        object.__setattr__(dtype, key, value)
    _INTERNED[name] = _LOOKUP[name] = dtype
    _BY_ENUM[enum] = dtype
    if np_dtype is not None:
        _LOOKUP[np_dtype] = dtype
        if kind != "quantized":
            _LOOKUP[numpy_type] = dtype
    return dtype


float32 = _make("float32", 1, np.float32, "float")
float64 = _make("float64", 2, np.float64, "float")
int32 = _make("int32", 3, np.int32, "int")
uint8 = _make("uint8", 4, np.uint8, "uint")
int16 = _make("int16", 5, np.int16, "int")
int8 = _make("int8", 6, np.int8, "int")
string = _make("string", 7, object, "")
complex64 = _make("complex64", 8, np.complex64, "complex")
int64 = _make("int64", 9, np.int64, "int")
bool = _make("bool", 10, np.bool_, "bool")
qint8 = _make("qint8", 11, [("qint8", "i1")], "quantized")
quint8 = _make("quint8", 12, [("quint8", "u1")], "quantized")
qint32 = _make("qint32", 13, [("qint32", "<i4")], "quantized")
bfloat16 = _make("bfloat16", 14, ml_dtypes.bfloat16, "float")
qint16 = _make("qint16", 15, [("qint16", "<i2")], "quantized")
quint16 = _make("quint16", 16, [("quint16", "<u2")], "quantized")
uint16 = _make("uint16", 17, np.uint16, "uint")
complex128 = _make("complex128", 18, np.complex128, "complex")
float16 = _make("float16", 19, np.float16, "float")
resource = _make("resource", 20, None, "")
variant = _make("variant", 21, None, "")
uint32 = _make("uint32", 22, np.uint32, "uint")
uint64 = _make("uint64", 23, np.uint64, "uint")
float8_e5m2 = _make("float8_e5m2", 24, ml_dtypes.float8_e5m2, "float")
float8_e4m3fn = _make("float8_e4m3fn", 25, ml_dtypes.float8_e4m3fn, "float")
float8_e4m3fnuz = _make("float8_e4m3fnuz", 26, ml_dtypes.float8_e4m3fnuz, "float")
float8_e4m3b11fnuz = _make("float8_e4m3b11fnuz", 27, ml_dtypes.float8_e4m3b11fnuz, "float")
float8_e5m2fnuz = _make("float8_e5m2fnuz", 28, ml_dtypes.float8_e5m2fnuz, "float")
int4 = _make("int4", 29, ml_dtypes.int4, "int")
uint4 = _make("uint4", 30, ml_dtypes.uint4, "uint")
int2 = _make("int2", 31, ml_dtypes.int2, "int")
uint2 = _make("uint2", 32, ml_dtypes.uint2, "uint")
float4_e2m1fn = _make("float4_e2m1fn", 33, ml_dtypes.float4_e2m1fn, "float")

half = float16
double = float64

# numpy spells 64-bit integers in two ways (long, long long); both mean the same type here.
_LOOKUP.update({"half": float16, "double": float64, "float": float32})
_LOOKUP.update({np.longlong: int64, np.ulonglong: uint64, np.dtype(np.longlong): int64, np.dtype(np.ulonglong): uint64})
_LOOKUP.update({np.intc: int32, np.uintc: uint32, np.str_: string, np.bytes_: string, np.object_: string})
# Of Python's types these three only: int could be two dtypes, and TensorFlow refuses it, str and complex.
_LOOKUP.update({builtins.float: float32, builtins.bool: bool, builtins.object: string})
_MEANT = {
    builtins.int: "tf.int32 or tf.int64",
    builtins.str: "tf.string",
    builtins.bytes: "tf.string",
    builtins.complex: "tf.complex64 or tf.complex128",
    "int": "'int32' or 'int64'",
    "str": "'string'",
    "complex": "'complex64' or 'complex128'",
}


def _find(value: Any) -> DType | None:
    """The DType that `value` names, None where it names none."""
    try:
        found = _LOOKUP.get(value)
    except TypeError:  # not hashable: an array, a list
        found = None
    if found is not None:
        return found
    if isinstance(value, DType):
        return value
    if isinstance(value, np.dtype):
        return _from_unusual_numpy(value)
    if isinstance(value, int) and not isinstance(value, builtins.bool):
        return _BY_ENUM.get(value)
    inner = None if isinstance(value, (type, str)) else getattr(value, "dtype", None)
    return _find(inner) if isinstance(inner, np.dtype) else None


def _from_unusual_numpy(dtype: np.dtype) -> DType | None:
    """Fixed-width strings and bytes, and numbers in the other byte order."""
    if dtype.kind in "SUOT":
        return string
    found = None if dtype.kind == "V" else _LOOKUP.get(dtype.type)
    if found is not None:
        _LOOKUP.setdefault(dtype, found)
    return found


def as_dtype(type_value: Any) -> DType:
    """The `DType` that `type_value` means.

    Args:
        type_value: a `DType`, a name ("float32", "half", "double", ...), a numpy dtype or scalar type, `float`
            (float32), `bool` or `object` (string), a number of TensorFlow's DataType enum, or an array.

    Returns:
        The one `DType` object of that type.

    Raises:
        TypeError: where `type_value` names no type.

    Example:
        >>> import addax as tf
        >>> tf.as_dtype("float64"), tf.as_dtype(float)
        (tf.float64, tf.float32)
    """
    if type_value.__class__ is DType:
        return type_value
    found = _find(type_value)
    if found is None:
        raise TypeError(
            f"Cannot convert the argument `type_value`: {type_value!r} to a TensorFlow DType.{_hint(type_value)}"
        )
    return found


def _hint(value: Any) -> str:
    """What may have been meant by something that names no type."""
    if isinstance(value, (str, type)):
        if value in _MEANT:
            return f" Say {_MEANT[value]}."
        name = value if isinstance(value, str) else value.__name__
        near = difflib.get_close_matches(name.lower().removeprefix("tf."), _INTERNED, n=1)
        return f" Did you mean {near[0]!r}?" if near else ""
    return ""


def from_numpy(np_dtype: np.dtype) -> DType:
    """The `DType` of arrays of `np_dtype` (a `numpy.dtype` instance); TypeError where there is none."""
    found = _LOOKUP.get(np_dtype)
    return as_dtype(np_dtype) if found is None else found


def all_dtypes() -> tuple[DType, ...]:
    """Every type there is, in the order of TensorFlow's enum."""
    return tuple(_BY_ENUM.values())
