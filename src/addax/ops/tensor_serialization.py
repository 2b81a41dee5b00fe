"""tf.io.serialize_tensor and parse_tensor: tensors as strings (TensorProto), byte for byte as TensorFlow's."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np

from addax.core import convert, dtypes, errors, unknown_shapes
from addax.core.dispatch import from_host
from addax.core.tensor import NotCompilable, Tensor, Tracer
from addax.core.tensor_proto import make_ndarray
from addax.formats import protobuf
from addax.formats.example import DecodeError
from addax.formats.tensor_proto import TensorProto
from addax.ops.host_function import made_up
from addax.ops.sparse_tensor import SparseTensor


def _concrete(who: str, value: Any) -> np.ndarray:
    made = convert.value_of(value)
    if isinstance(made, Tracer):
        raise NotCompilable(f"{who} makes or reads a string, which XLA does not have")
    return np.asarray(made)


def serialized(array: np.ndarray) -> bytes:
    """An array as a TensorProto: its numbers as they lie in memory, strings one by one.

    >>> import numpy as np
    >>> from addax.ops.tensor_serialization import serialized
    >>> serialized(np.array([7], np.int8)).hex()
    '0806120412020801220107'
    """
    kind = dtypes.from_numpy(array.dtype)
    dims = [protobuf.varint_field(1, size) if size else b"" for size in array.shape]
    shape = b"".join(protobuf.bytes_field(2, dim) for dim in dims)
    head = protobuf.varint_field(1, kind.as_datatype_enum) + protobuf.bytes_field(2, shape)
    if kind == dtypes.string:
        return head + b"".join(protobuf.bytes_field(8, item) for item in array.reshape(-1).tolist())
    return head + (protobuf.bytes_field(4, np.ascontiguousarray(array).tobytes()) if array.size else b"")


def parsed(who: str, data: bytes) -> np.ndarray:
    """The array of a TensorProto.

    Raises:
        InvalidArgumentError: the bytes are none.
    """
    try:
        return make_ndarray(TensorProto.FromString(data))
    except (DecodeError, ValueError, TypeError) as error:
        text = base64.b64encode(data[:60]).decode()
        raise errors.InvalidArgumentError(
            f"{who}: Could not parse `serialized` as TensorProto, base64: {text} ({error})"
        ) from None


def serialize_tensor(tensor: Any, name: str | None = None) -> Tensor:
    """A tensor as a string.

    Args:
        tensor: any tensor.
        name: ignored.

    Returns:
        string (): a serialized TensorProto.

    >>> import addax as tf
    >>> tf.io.parse_tensor(tf.io.serialize_tensor([1.5, 2.0]), tf.float32).numpy()
    array([1.5, 2. ], dtype=float32)
    """
    return from_host(serialized(_concrete("tf.io.serialize_tensor", tensor)))


def parse_tensor(serialized: Any, out_type: Any, name: str | None = None) -> Tensor:
    """The tensor that a string of `serialize_tensor` holds.

    Args:
        serialized: string (): a serialized TensorProto.
        out_type: its dtype.
        name: ignored.

    Returns:
        A tensor.

    Raises:
        InvalidArgumentError: the string holds no tensor, or one of another dtype.

    >>> import addax as tf
    >>> tf.io.parse_tensor(tf.io.serialize_tensor([1, 2]), tf.int32).numpy().tolist()
    [1, 2]
    """
    who = "tf.io.parse_tensor"
    data = _concrete(who, serialized)
    if data.ndim or data.dtype.kind != "O":
        raise errors.InvalidArgumentError(f"{who}: Expected `serialized` to be a scalar, got shape: {list(data.shape)}")
    if (shape := unknown_shapes.probed()) is not None:
        return made_up(out_type, shape)
    array, wanted = parsed(who, data[()]), dtypes.as_dtype(out_type)
    found = dtypes.from_numpy(array.dtype)
    if found != wanted:
        raise errors.InvalidArgumentError(
            f"{who}: Type mismatch between parsed tensor ({found.name}) and dtype ({wanted.name})"
        )
    return Tensor(array if wanted == dtypes.string else convert.to_device(array))


# ---------------------------------------------------------------------------- sparse tensors


def _parts(sp_input: Any, who: str) -> list[np.ndarray]:
    if not isinstance(sp_input, SparseTensor):
        if not all(hasattr(sp_input, each) for each in ("indices", "values", "dense_shape")):
            raise TypeError(f"{who}: Input must be a SparseTensor; received {type(sp_input).__name__}.")
        sp_input = SparseTensor.from_value(sp_input)
    return [_concrete(who, part) for part in (sp_input.indices, sp_input.values, sp_input.dense_shape)]


def _strings(who: str, rows: list[list[np.ndarray]], out_type: Any) -> np.ndarray:
    if dtypes.as_dtype(out_type) != dtypes.string:
        raise errors.UnimplementedError(
            f"{who}: out_type tf.variant is a handle inside TensorFlow's runtime; use tf.string."
        )
    out = np.empty((len(rows), 3), object)
    for number, parts in enumerate(rows):
        out[number] = [serialized(part) for part in parts]
    return out


def serialize_sparse(sp_input: Any, out_type: Any = dtypes.string, name: str | None = None) -> Tensor:
    """A sparse tensor as three strings: indices, values, shape.

    Args:
        sp_input: a SparseTensor.
        out_type: tf.string.
        name: ignored.

    Returns:
        string (3,).

    Raises:
        TypeError: something else.

    >>> import addax as tf
    >>> tf.io.serialize_sparse(tf.sparse.eye(2)).shape
    TensorShape([3])
    """
    who = "tf.io.serialize_sparse"
    return Tensor(_strings(who, [_parts(sp_input, who)], out_type)[0])


def serialize_many_sparse(sp_input: Any, out_type: Any = dtypes.string, name: str | None = None) -> Tensor:
    """Each row of a sparse tensor as three strings.

    Args:
        sp_input: a SparseTensor of rank 2 or more, its entries ordered by row.
        out_type: tf.string.
        name: ignored.

    Returns:
        string (rows, 3).

    Raises:
        InvalidArgumentError: a rank below 2.

    >>> import addax as tf
    >>> rows = tf.io.serialize_many_sparse(tf.sparse.from_dense([[0, 5], [7, 0]]))
    >>> tf.sparse.to_dense(tf.io.deserialize_many_sparse(rows, tf.int32)).numpy().tolist()
    [[0, 5], [7, 0]]
    """
    who = "tf.io.serialize_many_sparse"
    indices, values, shape = _parts(sp_input, who)
    if len(shape) < 2:
        raise errors.InvalidArgumentError(
            f"{who}: Rank of input SparseTensor should be > 1, but saw rank: {len(shape)}"
        )
    bounds = np.searchsorted(indices[:, 0], np.arange(int(shape[0]) + 1))
    rows = [[indices[a:b, 1:], values[a:b], shape[1:]] for a, b in zip(bounds[:-1], bounds[1:], strict=True)]
    return Tensor(_strings(who, rows, out_type))


def deserialize_many_sparse(
    serialized_sparse: Any, dtype: Any, rank: int | None = None, name: str | None = None
) -> SparseTensor:
    """The sparse tensor whose rows `serialize_many_sparse` (or stacked `serialize_sparse`) gave.

    Args:
        serialized_sparse: string (rows, 3).
        dtype: of its values.
        rank: the rank of the result.
        name: ignored.

    Returns:
        A SparseTensor with one dimension more than a row.

    Raises:
        InvalidArgumentError: strings that hold no sparse tensors of one rank and this dtype.
        ValueError: the result has another rank.

    >>> import addax as tf
    >>> rows = tf.io.serialize_many_sparse(tf.sparse.eye(2))
    >>> tf.sparse.to_dense(tf.io.deserialize_many_sparse(rows, tf.float32)).numpy().tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    who = "tf.io.deserialize_many_sparse"
    rows = _concrete(who, serialized_sparse)
    if rows.ndim != 2 or rows.shape[1] != 3 or rows.dtype.kind != "O":
        raise errors.InvalidArgumentError(
            errors.message(who, expected="strings of shape (rows, 3)", received={"serialized_sparse": rows})
        )
    wanted, found = dtypes.as_dtype(dtype), []
    for number, row in enumerate(rows):
        parts = [parsed(who, item) for item in row]
        kind = dtypes.from_numpy(parts[1].dtype)
        if kind != wanted:
            raise errors.InvalidArgumentError(
                f"{who}: Requested SparseTensor of type {wanted.name} but SparseTensor[{number}].values.dtype() == "
                f"{kind.name}"
            )
        found.append(parts)
    ranks = {len(parts[2]) for parts in found}
    if len(ranks) > 1:
        raise errors.InvalidArgumentError(f"{who}: expected rows of one rank, received ranks {sorted(ranks)}.")
    own = ranks.pop() if ranks else (rank or 1) - 1
    if rank is not None and rank != own + 1:
        raise ValueError(
            f"{who}: expected a tensor of rank {rank}, received rows of rank {own} (rank {own + 1} in all)."
        )
    numbers = [np.full((len(parts[0]), 1), number, np.int64) for number, parts in enumerate(found)]
    indices = [np.concatenate([n, parts[0]], axis=1) for n, parts in zip(numbers, found, strict=True)]
    empty = np.zeros((0, own + 1), np.int64)
    values = np.concatenate([np.zeros(0, wanted.np), *[parts[1] for parts in found]])
    shape = (
        [len(found), *np.max([parts[2] for parts in found], axis=0, initial=0).tolist()] if found else [0] * (own + 1)
    )
    return SparseTensor(np.concatenate([empty, *indices]), values.astype(wanted.np), np.array(shape, np.int64))
