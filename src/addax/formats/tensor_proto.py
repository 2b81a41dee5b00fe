"""`TensorProto` and `TensorShapeProto`: an array as a protocol buffer.

Schema: tensorflow/core/framework/tensor.proto and tensor_shape.proto.
"""

from __future__ import annotations

from addax.formats.messages import Message, many, one

__all__ = ["SerializedDType", "TensorProto", "TensorShapeProto", "TensorSpecProto"]

_TYPE_NAMES = (
    "DT_INVALID DT_FLOAT DT_DOUBLE DT_INT32 DT_UINT8 DT_INT16 DT_INT8 DT_STRING DT_COMPLEX64 DT_INT64 DT_BOOL DT_QINT8 "
    "DT_QUINT8 DT_QINT32 DT_BFLOAT16 DT_QINT16 DT_QUINT16 DT_UINT16 DT_COMPLEX128 DT_HALF DT_RESOURCE DT_VARIANT "
    "DT_UINT32 DT_UINT64 DT_FLOAT8_E5M2 DT_FLOAT8_E4M3FN DT_FLOAT8_E4M3FNUZ DT_FLOAT8_E4M3B11FNUZ DT_FLOAT8_E5M2FNUZ "
    "DT_INT4 DT_UINT4 DT_INT2 DT_UINT2 DT_FLOAT4_E2M1FN"
)
TYPE_NAMES: tuple[str, ...] = tuple(_TYPE_NAMES.split())


class _Dim(Message):
    """One dimension: its size (-1: unknown), and perhaps a name."""

    _fields = {"size": one(1, "int64"), "name": one(2, "string")}


class TensorShapeProto(Message):
    """A shape; `unknown_rank` where not even the number of dimensions is known.

    Example:
        >>> from addax.formats.tensor_proto import TensorShapeProto
        >>> shape = TensorShapeProto(dim=[TensorShapeProto.Dim(size=3)])
        >>> shape.SerializeToString()
        b'\\x12\\x02\\x08\\x03'
    """

    Dim = _Dim
    _fields = {"dim": many(2, _Dim), "unknown_rank": one(3, "bool")}


class TensorSpecProto(Message):
    """What is known of a tensor: name, shape and dtype."""

    _fields = {"name": one(1, "string"), "shape": one(2, TensorShapeProto), "dtype": one(3, "enum", TYPE_NAMES)}


class SerializedDType(Message):
    """A dtype."""

    _fields = {"datatype": one(1, "enum", TYPE_NAMES)}


class TensorProto(Message):
    """An array: dtype, shape, and the values either as bytes or in the field of their type.

    Example:
        >>> from addax.formats.tensor_proto import TensorProto
        >>> tensor = TensorProto(dtype=1, float_val=[1.5])
        >>> TensorProto.FromString(tensor.SerializeToString()).float_val
        [1.5]
    """

    _fields = {
        "dtype": one(1, "enum", TYPE_NAMES),
        "tensor_shape": one(2, TensorShapeProto),
        "version_number": one(3, "int32"),
        "tensor_content": one(4, "bytes"),
        "float_val": many(5, "float"),
        "double_val": many(6, "double"),
        "int_val": many(7, "int32"),
        "string_val": many(8, "bytes"),
        "scomplex_val": many(9, "float"),
        "int64_val": many(10, "int64"),
        "bool_val": many(11, "bool"),
        "dcomplex_val": many(12, "double"),
        "half_val": many(13, "int32"),
        "uint32_val": many(16, "uint32"),
        "uint64_val": many(17, "uint64"),
        "float8_val": one(18, "bytes"),
    }
