"""tf.io.decode_raw, decode_base64, decode_compressed, decode_json_example: strings taken apart."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any

import numpy as np

from addax.core import convert, dtypes, errors, unknown_shapes
from addax.core.tensor import NotCompilable, Tensor, Tracer
from addax.formats import protobuf
from addax.formats.errors import CorruptFileError
from addax.formats.json_text import read_json
from addax.formats.streams import unpacked
from addax.ops.strings import by_values

_RAW = (
    dtypes.float16, dtypes.bfloat16, dtypes.float32, dtypes.float64, dtypes.int8, dtypes.int16, dtypes.int32,
    dtypes.int64, dtypes.uint8, dtypes.uint16, dtypes.complex64, dtypes.complex128, dtypes.bool,
)  # fmt: skip


def strings_of(who: str, value: Any) -> np.ndarray:
    """A string tensor as an object array of bytes.

    Raises:
        NotCompilable: while a function is traced.
        TypeError: no strings.
    """
    made = convert.value_of(value)
    if isinstance(made, Tracer):
        raise NotCompilable(f"{who} reads strings, which XLA does not have")
    if not made.size and isinstance(value, list | tuple):
        return np.empty(made.shape, object)
    if made.dtype.kind != "O":
        raise TypeError(errors.message(who, expected="a string tensor", received={"input": made}))
    return made


def _each(array: np.ndarray, function: Any) -> Tensor:
    if unknown_shapes.probed() is not None:  # made-up strings stand for others
        return Tensor(array)
    out = np.empty(array.size, object)
    out[:] = [function(item) for item in array.reshape(-1).tolist()]
    return Tensor(out.reshape(array.shape))


def decode_raw(
    input_bytes: Any,
    out_type: Any,
    little_endian: bool = True,
    fixed_length: int | None = None,
    name: str | None = None,
) -> Tensor:
    """The bytes of strings as numbers.

    Args:
        input_bytes: strings of one length (any shape), unless `fixed_length` is given.
        out_type: the dtype of the numbers.
        little_endian: the order of the bytes of a number.
        fixed_length: cut longer strings, and fill shorter ones with zeros, to so many bytes.
        name: ignored.

    Returns:
        Numbers, with one dimension more than `input_bytes`.

    Raises:
        InvalidArgumentError: lengths that differ, or are no multiple of the dtype's size.

    >>> import addax as tf
    >>> tf.io.decode_raw([b"ab"], tf.uint8).numpy().tolist()
    [[97, 98]]
    """
    who, kind = "tf.io.decode_raw", dtypes.as_dtype(out_type)
    if kind not in _RAW:
        raise errors.InvalidArgumentError(f"{who}: out_type {kind.name} is not a dtype of numbers.")
    array, size = strings_of(who, input_bytes), kind.np.itemsize
    items = array.reshape(-1).tolist()
    if fixed_length is not None:
        length = int(fixed_length)
        if length < 1 or length % size:
            raise errors.InvalidArgumentError(
                f"{who}: fixed_length ({length}) must be a multiple of the size of out_type ({size})"
            )
        items = [item[:length].ljust(length, b"\0") for item in items]
    lengths = [len(item) for item in items]
    length = lengths[0] if lengths else 0
    for number, other in enumerate(lengths):
        if other != length:
            raise errors.InvalidArgumentError(
                f"{who}: DecodeRaw requires input strings to all be the same size, but element {number} has size "
                f"{other} != {length}"
            )
    if (many := unknown_shapes.many()) is not None and fixed_length is None:
        return convert.tensor_of(np.zeros((*array.shape, many), kind.np))
    if length % size:
        raise errors.InvalidArgumentError(
            f"{who}: Input to DecodeRaw has length {length} that is not a multiple of {size}, the size of {kind.name}"
        )
    numbers = np.frombuffer(b"".join(items), np.uint8)
    if not little_endian and size > 1:
        unit = size // 2 if kind.np.kind == "c" else size  # the two parts of a complex number are numbers of their own
        numbers = numbers.reshape(-1, unit)[:, ::-1].reshape(-1)
    numbers = numbers != 0 if kind == dtypes.bool else np.ascontiguousarray(numbers).view(kind.np)
    return convert.tensor_of(numbers.reshape(*array.shape, length // size))


@by_values
def encode_base64(input: Any, pad: bool = False, name: str | None = None) -> Tensor:
    """Strings in the web-safe base64 alphabet.

    Args:
        input: strings of any shape.
        pad: whether to fill up to a multiple of 4 characters with "=".
        name: ignored.

    >>> import addax as tf
    >>> tf.io.encode_base64("hello").numpy(), tf.io.decode_base64("aGVsbG8").numpy()
    (b'aGVsbG8', b'hello')
    """

    def one(item: bytes) -> bytes:
        text = base64.urlsafe_b64encode(item)
        return text if pad else text.rstrip(b"=")

    return _each(strings_of("tf.io.encode_base64", input), one)


@by_values
def decode_base64(input: Any, name: str | None = None) -> Tensor:
    """The strings that web-safe base64, with or without padding, stands for.

    Args:
        input: strings of any shape.
        name: ignored.

    Raises:
        InvalidArgumentError: a character outside the alphabet, or an impossible length.

    >>> import addax as tf
    >>> tf.io.decode_base64("d29yZHM").numpy()
    b'words'
    """
    who = "tf.io.decode_base64"

    def one(item: bytes) -> bytes:
        text = item.rstrip(b"=") if len(item) % 4 == 0 else item
        if not re.fullmatch(rb"[A-Za-z0-9_-]*", text) or len(item) - len(text) > 2:
            raise errors.InvalidArgumentError(f"{who}: Invalid character found in base64. Received {item[:60]!r}.")
        if len(text) % 4 == 1:
            raise errors.InvalidArgumentError(f"{who}: Base64 string length cannot be 1 modulo 4. ({len(text)})")
        try:
            return base64.urlsafe_b64decode(text + b"=" * (-len(text) % 4))
        except binascii.Error as error:
            raise errors.InvalidArgumentError(f"{who}: {error}") from None

    return _each(strings_of(who, input), one)


def decode_compressed(bytes: Any, compression_type: str = "", name: str | None = None) -> Tensor:
    """Strings uncompressed.

    Args:
        bytes: strings of any shape.
        compression_type: "" (as they are), "ZLIB" or "GZIP".
        name: ignored.

    Raises:
        InvalidArgumentError: another compression.
        DataLossError: a string that is not compressed so.

    >>> import addax as tf
    >>> import zlib
    >>> tf.io.decode_compressed([zlib.compress(b"words")], "ZLIB").numpy().tolist()
    [b'words']
    """
    who = "tf.io.decode_compressed"
    if compression_type not in ("", "ZLIB", "GZIP"):
        raise errors.InvalidArgumentError(
            f"{who}: Only ZLIB, GZIP or NONE are supported compressions; received {compression_type!r}."
        )

    def one(item: Any) -> Any:
        if not compression_type:
            return item
        try:
            return unpacked(item, compression_type)
        except CorruptFileError as error:
            raise errors.DataLossError(None, None, f"{who}: inflate() failed: {error.problem}") from None

    return _each(strings_of(who, bytes), one)


# ---------------------------------------------------------------------------- JSON


def _field(message: Any, *names: str) -> Any:
    """A member of a JSON object, which must have no others; None where it is not there."""
    if not isinstance(message, dict):
        raise ValueError(f"expected an object, received {message!r:.60}")
    return {names.index(key): value for key, value in message.items()} if message else {}


def _json_feature(feature: Any) -> bytes:
    names = ["bytesList", "bytes_list", "floatList", "float_list", "int64List", "int64_list"]
    found = _field(feature, *names)
    if len(found) > 1:
        raise ValueError("a feature has one list only")
    for place, inner in found.items():
        values = _field(inner, "value").get(0) or []
        parts = []
        for value in values:
            if place < 2:
                parts.append(protobuf.bytes_field(1, base64.b64decode(value)))
            elif place < 4:
                parts.append(protobuf.float_field(1, float(value)))
            else:
                parts.append(protobuf.varint_field(1, int(value)))
        return protobuf.bytes_field(place // 2 + 1, b"".join(parts))
    return b""


def _json_example(text: bytes) -> bytes:
    features = _field(read_json(text, file="json_examples", allow_nan=True), "features").get(0)
    if features is None:
        return b""
    entries = _field(features, "feature").get(0) or {}
    if not isinstance(entries, dict):
        raise ValueError(f"expected an object of features, received {entries!r:.60}")
    body = []
    for key, feature in entries.items():
        entry = protobuf.bytes_field(1, key) + protobuf.bytes_field(2, _json_feature(feature))
        body.append(protobuf.bytes_field(1, entry))
    return protobuf.bytes_field(1, b"".join(body))


def decode_json_example(json_examples: Any, name: str | None = None) -> Tensor:
    """`tf.train.Example`s in JSON as serialized ones.

    Args:
        json_examples: strings of any shape, in protobuf's JSON form (bytes in base64).
        name: ignored.

    Returns:
        Strings of the same shape, for `tf.io.parse_example`.

    Raises:
        InvalidArgumentError: text that is no Example.

    >>> import addax as tf
    >>> text = '{"features": {"feature": {"a": {"int64List": {"value": [1]}}}}}'
    >>> tf.io.parse_single_example(tf.io.decode_json_example(text), {"a": tf.io.FixedLenFeature([], tf.int64)})
    {'a': <tf.Tensor: shape=(), dtype=int64, numpy=1>}
    """
    who = "tf.io.decode_json_example"

    def one(item: bytes) -> bytes:
        try:
            return _json_example(item)
        except (ValueError, TypeError, OverflowError, RecursionError, AttributeError) as error:
            raise errors.InvalidArgumentError(
                errors.message(
                    f"{who}: Error while parsing JSON",
                    expected="a tf.train.Example",
                    received=f"{item[:80]!r} ({error})",
                )
            ) from None

    return _each(strings_of(who, json_examples), one)
