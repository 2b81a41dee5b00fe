"""`tf.io.decode_proto` and `tf.io.encode_proto`: fields of serialized protocol buffers as tensors, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from addax.core import convert, dtypes, errors
from addax.core.dispatch import from_host
from addax.core.static_arguments import concrete
from addax.core.tensor import NotCompilable, Tensor
from addax.formats import descriptors, proto_text
from addax.formats.descriptors import TEXTS, FieldType
from addax.formats.limits import open_regular
from addax.formats.protobuf import WireError

__all__ = ["decode_proto", "encode_proto"]

_D = descriptors
_INT64 = (_D.INT64, _D.SFIXED64, _D.SINT64)
_UINT64 = (_D.UINT64, _D.FIXED64)
_INT32 = (_D.INT32, _D.SFIXED32, _D.SINT32)
_UINT32 = (_D.UINT32, _D.FIXED32)
# The types of tensors that may hold a field.
_HOLDS: dict[int, tuple[str, ...]] = {
    _D.DOUBLE: ("float64",), _D.FLOAT: ("float32", "float64"),
    **dict.fromkeys(_INT64, ("int64",)),
    **dict.fromkeys(_UINT64, ("uint64",)),
    **dict.fromkeys(_INT32, ("int32", "int64")),
    **dict.fromkeys(_UINT32, ("uint32", "uint64")),
    **dict.fromkeys(TEXTS, ("string",)),
    _D.BOOL: ("bool",), _D.ENUM: ("int32",),
}  # fmt: skip


class DecodedProto(NamedTuple):
    """How often each field was there, and the values of each."""

    sizes: Tensor
    values: list[Tensor]


@lru_cache(maxsize=64)
def _described(source: bytes) -> Mapping[str, Mapping[str, FieldType]]:
    return descriptors.messages_of(source)


def _messages(who: str, source: Any) -> Mapping[str, Mapping[str, FieldType]]:
    """The messages that a descriptor_source describes."""
    found = source.numpy() if isinstance(source, Tensor) else source
    text = found.encode("utf-8") if isinstance(found, str) else bytes(found)
    if text in (b"", b"local://"):
        return descriptors.local_messages()
    if text.startswith(b"bytes://"):
        data = text.removeprefix(b"bytes://")
    else:
        try:
            with open_regular(text.decode("utf-8")) as file:
                data = file.read()
        except FileNotFoundError:
            raise errors.NotFoundError(None, None, f"{who}: no file of descriptors at {text.decode()!r}") from None
    try:
        return _described(data)
    except (WireError, UnicodeDecodeError) as error:
        raise errors.InvalidArgumentError(
            errors.message(who, expected="descriptor_source with a FileDescriptorSet", received=str(error))
        ) from None


def _fields(who: str, source: Any, message_type: str, names: Sequence[str]) -> list[FieldType]:
    known = _messages(who, source)
    if message_type not in known:
        raise errors.InvalidArgumentError(
            errors.message(
                f"{who}: No descriptor found for message type {message_type!r}",
                hint="describe it: descriptor_source=b'bytes://' + FileDescriptorSet, or the path of a file with one",
            )
        )
    missing = [name for name in names if name not in known[message_type]]
    if missing:
        raise errors.InvalidArgumentError(
            errors.message(
                f"{who}: Unknown field: {missing[0]} in message type {message_type}",
                received=f"field_names {list(names)}", hint=f"it has {', '.join(known[message_type])}",
            )
        )  # fmt: skip
    return [known[message_type][name] for name in names]


def _check_held(who: str, name: str, field: FieldType, dtype: dtypes.DType) -> None:
    allowed = _HOLDS.get(field.type, ())
    if dtype.name not in allowed:
        raise errors.InvalidArgumentError(
            errors.message(
                f"{who}: Unexpected type for field {name}", expected=" or ".join(allowed), received=dtype.name
            )
        )


def _texts(who: str, value: Any) -> np.ndarray:
    tensor = convert.convert_to_tensor(value)
    if tensor.is_symbolic:
        raise NotCompilable(f"{who} works on strings, which XLA does not have")
    return np.asarray(tensor._value)


def decode_proto(
    bytes: Any, message_type: str, field_names: Sequence[str], output_types: Sequence[Any],  # noqa: A002
    descriptor_source: Any = "local://", message_format: str = "binary", sanitize: bool = False,
    name: str | None = None,
) -> DecodedProto:  # fmt: skip
    """Fields of serialized protocol buffers, as tensors.

    Args:
        bytes: strings of any shape, a message each.
        message_type: the full name of the messages' type.
        field_names: which fields; other fields are passed over.
        output_types: a dtype for each, that of the field (or a wider one of its kind); tf.string for texts, bytes and
            messages, which stay serialized; tf.int32 for enums.
        descriptor_source: "local://" for the messages of tf.train; otherwise what describes the type: b"bytes://"
            followed by a FileDescriptorSet, or the path of a file with one (`protoc --descriptor_set_out`).
        message_format: "binary", or "text" (`value: 3 inner { name: "x" }`).
        sanitize: accepted: what is read is the same either way.
        name: ignored.

    Returns:
        (sizes, values): sizes is int32 of shape `bytes.shape + [len(field_names)]`, how often each field is there;
        values has a tensor of shape `bytes.shape + [most of a field]` per field, filled up with the field's default.

    Raises:
        InvalidArgumentError: an unknown type or field, or a dtype that cannot hold it.
        DataLossError: a damaged message.

    >>> import addax as tf
    >>> data = tf.train.Int64List(value=[3, 4]).SerializeToString()
    >>> tf.io.decode_proto([data, b""], "tensorflow.Int64List", ["value"], [tf.int64]).values[0].numpy().tolist()
    [[3, 4], [0, 0]]
    """
    who = "tf.io.decode_proto"
    if message_format not in ("binary", "text"):
        raise errors.InvalidArgumentError(
            errors.message(who, expected="message_format 'binary' or 'text'", received=f"{message_format!r}")
        )
    fields = _fields(who, descriptor_source, message_type, field_names)
    kinds = [dtypes.as_dtype(kind) for kind in output_types]
    if len(kinds) != len(fields):
        raise errors.InvalidArgumentError(
            errors.message(
                who, expected=f"an output type for each of {len(fields)} fields", received=f"{len(kinds)} output_types"
            )
        )
    for field_name, field, kind in zip(field_names, fields, kinds, strict=True):
        _check_held(who, field_name, field, kind)
    texts = _texts(who, bytes)
    rows = []
    for text in texts.ravel().tolist():
        try:
            if message_format == "text":
                text = proto_text.to_binary(text.decode("utf-8"), _messages(who, descriptor_source), message_type)
            rows.append(descriptors.decode_fields(text, fields))
        except (WireError, UnicodeDecodeError) as error:
            raise errors.DataLossError(
                None, None, f"{who}: Unable to parse {message_format} protobuf of type {message_type}: {error}"
            ) from None
    sizes = np.array([[len(values) for values in row] for row in rows], np.int32).reshape(*texts.shape, len(fields))
    columns = [_column([row[i] for row in rows], fields[i], kinds[i]) for i in range(len(fields))]
    made = [column.reshape(*texts.shape, column.shape[-1]) for column in columns]
    return DecodedProto(convert.tensor_of(sizes), [_tensor(column) for column in made])


def _tensor(array: np.ndarray) -> Any:
    return from_host(array) if array.dtype == object else convert.tensor_of(array)


def _column(rows: Sequence[Sequence[Any]], field: FieldType, kind: dtypes.DType) -> np.ndarray:
    width = max([1, *[len(values) for values in rows]])
    dtype = np.dtype(object) if kind is dtypes.string else kind.np
    column = np.empty((len(rows), width), dtype)
    column.fill(_fitting(field.default, dtype))
    for row, values in enumerate(rows):
        for place, value in enumerate(values):
            column[row, place] = _fitting(value, dtype)
    return column


def _fitting(value: Any, dtype: np.dtype) -> Any:
    """An integer wrapped around where an unsigned field is held by a signed tensor."""
    if dtype.kind not in "iu" or isinstance(value, bool):
        return value
    return np.array(int(value) & 0xFFFFFFFFFFFFFFFF, np.uint64).astype(dtype)


def encode_proto(
    sizes: Any, values: Sequence[Any], field_names: Sequence[str], message_type: str,
    descriptor_source: Any = "local://", name: str | None = None,
) -> Tensor:  # fmt: skip
    """Serialized protocol buffers of the values of their fields: what `decode_proto` takes apart.

    Args:
        sizes: int32 of shape `batch shape + [len(field_names)]`: how many values of each field to write.
        values: a tensor of shape `batch shape + [at least so many]` per field.
        field_names: the fields.
        message_type: the full name of the messages' type.
        descriptor_source: see `decode_proto`.
        name: ignored.

    Returns:
        Strings of the batch shape.

    Raises:
        InvalidArgumentError: an unknown type or field, or tensors that do not fit.

    >>> import addax as tf
    >>> tf.io.encode_proto([[2]], [tf.constant([[3, 4]], tf.int64)], ["value"], "tensorflow.Int64List").numpy().tolist()
    [b'\\n\\x02\\x03\\x04']
    """
    who = "tf.io.encode_proto"
    fields = _fields(who, descriptor_source, message_type, field_names)
    counts = concrete(convert.convert_to_tensor(sizes), "io.encode_proto")
    given = [convert.convert_to_tensor(value) for value in values]
    if any(value.is_symbolic for value in given):
        raise NotCompilable(f"{who} makes strings, which XLA does not have")
    arrays = [np.asarray(value._value) for value in given]
    batch = counts.shape[:-1]
    if not counts.ndim or counts.shape[-1] != len(fields) or len(arrays) != len(fields):
        raise errors.InvalidArgumentError(
            errors.message(
                who, expected=f"sizes of shape batch + [{len(fields)}], and {len(fields)} values, one per field name",
                received=f"sizes of shape {counts.shape}, {len(arrays)} values",
            )
        )  # fmt: skip
    for place, (field_name, field, value) in enumerate(zip(field_names, fields, given, strict=True)):
        _check_held(who, field_name, field, value.dtype)
        _check_counts(who, field_name, counts[..., place], arrays[place], batch)
    flat_counts = counts.reshape(-1, len(fields))
    rows = [array.reshape(-1, array.shape[-1]) for array in arrays]
    out = np.empty(len(flat_counts), object)
    for row, row_counts in enumerate(flat_counts.tolist()):
        parts = [rows[i][row, :count].tolist() for i, count in enumerate(row_counts)]
        out[row] = descriptors.encode_fields(list(zip(fields, parts, strict=True)))
    return from_host(out.reshape(batch))


def _check_counts(who: str, name: str, counts: np.ndarray, array: np.ndarray, batch: Any) -> None:
    most = int(counts.max(initial=0))
    room = array.shape[-1] if array.ndim else 0
    if array.ndim < 2 or array.shape[:-1] != batch or most > room or (counts < 0).any():
        raise errors.InvalidArgumentError(
            errors.message(
                who, expected=f"values of {name} of shape {[*batch, most]} or wider, and sizes >= 0",
                received=f"values of shape {array.shape}",
            )
        )  # fmt: skip
