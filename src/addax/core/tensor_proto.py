"""tf.make_tensor_proto and tf.make_ndarray: arrays to protocol buffers and back."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from addax.core import convert, dtypes, errors
from addax.core.shapes import TensorShape
from addax.formats.tensor_proto import TensorProto, TensorShapeProto

_FIELDS = {
    dtypes.float32: "float_val",
    dtypes.float64: "double_val",
    dtypes.string: "string_val",
    dtypes.complex64: "scomplex_val",
    dtypes.complex128: "dcomplex_val",
    dtypes.int64: "int64_val",
    dtypes.bool: "bool_val",
    dtypes.float16: "half_val",
    dtypes.bfloat16: "half_val",
    dtypes.uint32: "uint32_val",
    dtypes.uint64: "uint64_val",
}


def _field(dtype: dtypes.DType) -> str:
    """The field of a TensorProto that values of a dtype stand in."""
    return _FIELDS.get(dtype) or ("float8_val" if dtype.name.startswith("float8") else "int_val")


def shape_proto(shape: Any) -> TensorShapeProto:
    """A shape as a TensorShapeProto."""
    shape = TensorShape(shape)
    if shape.rank is None:
        return TensorShapeProto(unknown_rank=True)
    sizes = [-1 if size is None else size for size in shape.as_list()]
    return TensorShapeProto(dim=[TensorShapeProto.Dim(size=size) for size in sizes])


def shape_of(proto: TensorShapeProto) -> TensorShape:
    """The shape that a TensorShapeProto holds."""
    if proto.unknown_rank:
        return TensorShape(None)
    return TensorShape([None if dim.size < 0 else dim.size for dim in proto.dim])


def make_tensor_proto(
    values: Any, dtype: Any = None, shape: Any = None, verify_shape: bool = False, allow_broadcast: bool = False
) -> TensorProto:
    """An array as a TensorProto, byte for byte as TensorFlow writes it.

    Args:
        values: a number, string, nested list, NumPy array or tensor.
        dtype: the dtype; by default that of the values (Python ints int32, floats float32).
        shape: the shape; fewer values than it holds are kept as they are, and the last one stands for the rest.
        verify_shape: whether the values must have just this shape.
        allow_broadcast: whether the values may be broadcast to the shape, in which case one value can stand for all.

    Returns:
        A TensorProto, with `SerializeToString`.

    Raises:
        TypeError: the values do not fit the dtype, or with `verify_shape` the shape.
        ValueError: None, ragged rows, or more values than the shape holds.

    >>> import addax as tf
    >>> tf.make_tensor_proto(3)
    dtype: DT_INT32
    tensor_shape {
    }
    int_val: 3
    """
    if isinstance(values, TensorProto):
        return values
    wanted = None if dtype is None else dtypes.as_dtype(dtype)
    array, kind = _array(values, wanted)
    if shape is None:
        sizes, whole = list(array.shape), True
    else:
        sizes = [int(size) for size in TensorShape(shape).as_list()]
        whole = math.prod(sizes) == array.size
        _check_shape(array, sizes, verify_shape, allow_broadcast)
    proto = TensorProto(dtype=kind.as_datatype_enum, tensor_shape=shape_proto(sizes))
    proto.tensor_shape.SetInParent()
    if whole and array.size > 1 and array.dtype.kind not in "Obc":  # TensorFlow lists these by value
        proto.tensor_content = array.tobytes()
        return proto
    _fill(proto, _field(kind), array.reshape(-1))
    return proto


def _array(values: Any, wanted: dtypes.DType | None) -> tuple[np.ndarray, dtypes.DType]:
    if wanted is not None and wanted.is_quantized:
        plain = wanted.np[0]
        given = np.asarray(values)
        return (given if given.dtype == wanted.np else np.asarray(values, plain)).view(plain), wanted
    if isinstance(values, np.ndarray | np.generic) and wanted is not None and values.dtype.kind not in "OSU":
        values = values.astype(wanted.np)
    array = np.asarray(convert.value_of(values, None if wanted is None else wanted.np))
    kind = dtypes.from_numpy(array.dtype)
    return (array.view(array.dtype[0]), kind) if kind.is_quantized else (array, kind)


def _check_shape(array: np.ndarray, sizes: list[int], verify: bool, broadcast: bool) -> None:
    if verify and list(array.shape) != sizes:
        raise TypeError(
            errors.message(
                "tf.make_tensor_proto", expected=f"values of shape {tuple(sizes)}", received={"values": array}
            )
        )
    if broadcast and array.shape != () and array.size != 1:
        try:
            np.broadcast_to(array, sizes)
        except ValueError:
            raise TypeError(
                errors.message(
                    "tf.make_tensor_proto",
                    expected=f"values that broadcast to {tuple(sizes)}",
                    received={"values": array},
                )
            ) from None
    if array.size > math.prod(sizes):
        raise ValueError(
            f"tf.make_tensor_proto: Too many elements provided. Takes at most {math.prod(sizes)}, but got {array.size}."
        )


def _fill(proto: TensorProto, field: str, flat: np.ndarray) -> None:
    """Put values into the field of their type."""
    if field == "string_val":
        proto.string_val.extend(flat.tolist())
    elif field == "half_val":
        proto.half_val.extend(flat.view(np.uint16).tolist())
    elif field == "float8_val":
        proto.float8_val = flat.tobytes()
    elif field in ("scomplex_val", "dcomplex_val"):
        getattr(proto, field).extend(flat.view(flat.real.dtype).tolist())
    else:
        getattr(proto, field).extend(flat.astype(np.int64).tolist() if field == "int_val" else flat.tolist())


MOST_FILLED = 1 << 30  # bytes of an array that a few values stand for


def make_ndarray(tensor: TensorProto) -> np.ndarray:
    """The array that a TensorProto holds.

    Args:
        tensor: a TensorProto (ours, or any object with its fields).

    Returns:
        A NumPy array; strings are an object array of bytes.

    Raises:
        TypeError: a dtype without values (resource, variant).
        ValueError: bytes or values that do not fit the shape.

    >>> import addax as tf
    >>> tf.make_ndarray(tf.make_tensor_proto([[1.0, 2.0]]))
    array([[1., 2.]], dtype=float32)
    """
    kind = dtypes.as_dtype(int(tensor.dtype))
    if kind.np is None:
        raise TypeError(f"tf.make_ndarray: expected a dtype with values, received {kind.name}.")
    shape = tuple(int(dim.size) for dim in tensor.tensor_shape.dim)
    count = math.prod(shape)
    if tensor.tensor_content:
        if len(tensor.tensor_content) != count * kind.np.itemsize:
            raise ValueError(
                f"tf.make_ndarray: expected {count * kind.np.itemsize} bytes for {kind.name} {shape}, "
                f"received {len(tensor.tensor_content)}."
            )
        return np.frombuffer(tensor.tensor_content, kind.np).copy().reshape(shape)
    flat = _listed(tensor, kind)
    if flat.size > count:
        raise ValueError(f"tf.make_ndarray: expected at most {count} values for {shape}, received {flat.size}.")
    if flat.size < count and count * kind.size > MOST_FILLED:
        raise ValueError(f"tf.make_ndarray: {flat.size} values for {shape}; at most {MOST_FILLED} bytes are filled in.")
    if flat.size < count:  # the last value stands for the rest; none at all means zeros
        last = flat[-1:] if flat.size else np.zeros(1, kind.np) if kind is not dtypes.string else np.array([b""], "O")
        flat = np.concatenate([flat, np.repeat(last, count - flat.size)])
    return flat.reshape(shape)


def _listed(tensor: TensorProto, kind: dtypes.DType) -> np.ndarray:
    field = _field(kind)
    values = getattr(tensor, field)
    if field == "string_val":
        flat = np.empty(len(values), object)
        flat[:] = [bytes(value) for value in values]
        return flat
    if field == "half_val":
        return np.asarray(list(values), np.int64).astype(np.uint16).view(kind.np)
    if field == "float8_val":
        return np.frombuffer(values, kind.np).copy()
    if field in ("scomplex_val", "dcomplex_val"):
        return np.asarray(list(values), kind.real_dtype.np).view(kind.np)
    if kind.is_quantized:
        return np.asarray(list(values), np.int64).astype(kind.np[0]).view(kind.np)
    return np.asarray(list(values)).astype(kind.np)
