"""Numbers as strings, strings as numbers, and strings as numbers of buckets (part of tf.strings)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from addax.core import convert, dtypes, errors, unknown_shapes
from addax.core.failures import UnfitError
from addax.core.tensor import NotCompilable, Tracer
from addax.ops import hashing
from addax.ops.ragged_tensor import RaggedTensor
from addax.ops.strings import by_values, each, made, texts
from addax.ops.symbolic import takes_symbolic


@takes_symbolic("strings.as_string")
def as_string(
    input: Any,
    precision: int = -1,
    scientific: bool = False,
    shortest: bool = False,
    width: int = -1,
    fill: str = "",
    name: str | None = None,
) -> Any:
    """Numbers and bools as strings.

    Args:
        input: a tensor.
        precision: digits behind the point; -1 for the usual six.
        scientific: whether to write 1e+00.
        shortest: whether to write the shorter of both forms.
        width: the least width; -1 for none.
        fill: what fills it: " " by default, "0" or "-".
        name: ignored.

    >>> import addax as tf
    >>> tf.strings.as_string([1.5, 2.0]).numpy().tolist()
    [b'1.500000', b'2.000000']
    """
    if isinstance(input, RaggedTensor):
        return input.with_flat_values(as_string(input.flat_values, precision, scientific, shortest, width, fill))
    value = convert.value_of(input)
    if isinstance(value, Tracer):
        raise NotCompilable("tf.strings.as_string of a symbolic tensor: XLA has no strings")
    array = np.asarray(value)
    if scientific and shortest:
        raise errors.InvalidArgumentError("tf.strings.as_string: Cannot select both scientific and shortest notation")
    if fill not in ("", " ", "0", "-", "+"):
        raise errors.InvalidArgumentError(f"tf.strings.as_string: Fill argument not supported: {fill!r}")
    if array.dtype.kind in "iubO" and (scientific or shortest or precision >= 0):
        what = "scientific" if scientific else "shortest" if shortest else "precision"
        if array.dtype.kind != "O":
            raise errors.InvalidArgumentError(
                f"tf.strings.as_string: {what} not supported for datatype {dtypes.from_numpy(array.dtype).name}"
            )
    kind = "e" if scientific else "g" if shortest else "f"
    digits = "" if precision < 0 else f".{precision}"
    pad = "" if width < 0 else str(width)

    def one(item: Any) -> bytes:
        if isinstance(item, bytes):
            text = item[:precision] if precision >= 0 else item
            return text.ljust(max(width, 0)) if fill == "-" else text.rjust(max(width, 0))
        if array.dtype.kind == "b":
            return b"true" if item else b"false"  # TensorFlow fills numbers and strings only
        if array.dtype.kind in "iu":
            return (f"%{fill.strip()}{pad}d" % int(item)).encode()
        form = f"%{fill.strip()}{pad}{digits}{kind}"
        if array.dtype.kind == "c":
            return f"({form % item.real},{form % item.imag})".encode()
        return (form % float(item)).encode()

    return made(each(one, array))


@takes_symbolic("strings.to_number")
@by_values
def to_number(input: Any, out_type: Any = dtypes.float32, name: str | None = None) -> Any:
    """Strings as numbers.

    Args:
        input: strings.
        out_type: float32, float64, or an integer dtype of 32 or 64 bits.
        name: ignored.

    Raises:
        InvalidArgumentError: a string that is no number.

    >>> import addax as tf
    >>> tf.strings.to_number(["1.5", " 2 "]).numpy().tolist()
    [1.5, 2.0]
    """
    kind = dtypes.as_dtype(out_type)
    if kind.name not in ("float32", "float64", "int32", "int64", "uint32", "uint64"):
        raise errors.InvalidArgumentError(
            "tf.strings.to_number: out_type must be float32, float64, int32, int64, uint32 or uint64, received "
            f"{kind.name}."
        )

    def number(item: bytes) -> Any:
        try:
            text = item.strip().decode("ascii")
            if "_" in text:
                raise ValueError("no number")
            value = int(text) if kind.is_integer else _float(text)
            if kind.is_integer and not kind.min <= value <= kind.max:
                raise ValueError("too large")
            return value
        except (ValueError, UnicodeDecodeError):
            raise errors.InvalidArgumentError(
                errors.message(
                    "tf.strings.to_number: StringToNumberOp could not correctly convert string: "
                    + item.decode("utf-8", "replace"),
                    expected=f"a number that {kind.name} holds",
                )
            ) from None

    strings = texts("tf.strings.to_number", input)
    if unknown_shapes.probed() is not None:  # made-up strings stand for numbers
        return made(np.zeros(strings.shape, kind.np))
    return made(each(number, strings, kind.np))


def _float(text: str) -> float:
    return float.fromhex(text) if text.lstrip("+-")[:2] in ("0x", "0X") else float(text)


def _check_buckets(who: str, count: int) -> None:
    if count < 1:
        raise errors.InvalidArgumentError(f"tf.strings.{who}: num_buckets must be at least 1, received {count}")


@takes_symbolic("strings.to_hash_bucket_fast")
@by_values
def to_hash_bucket_fast(input: Any, num_buckets: int, name: str | None = None) -> Any:
    """Strings as numbers below `num_buckets`, by FarmHash; as TensorFlow computes it.

    >>> import addax as tf
    >>> tf.strings.to_hash_bucket_fast(["a", "bb"], 1000).numpy().tolist()
    [939, 82]
    """
    array = texts("tf.strings.to_hash_bucket_fast", input)
    _check_buckets("to_hash_bucket_fast", num_buckets)
    return made(each(lambda b: hashing.fingerprint64(b) % num_buckets, array, np.int64))


@takes_symbolic("strings.to_hash_bucket_strong")
@by_values
def to_hash_bucket_strong(input: Any, num_buckets: int, key: Sequence[int], name: str | None = None) -> Any:
    """Strings as numbers below `num_buckets`, by SipHash with a key of two ints; as TensorFlow computes it.

    >>> import addax as tf
    >>> tf.strings.to_hash_bucket_strong(["a", "b"], 10, key=[1, 2]).numpy().tolist()
    [6, 4]
    """
    if not isinstance(key, list | tuple) or len(key) != 2:
        raise UnfitError(f"tf.strings.to_hash_bucket_strong: key must be a list of two integers, received {key!r}.")
    array, words = texts("tf.strings.to_hash_bucket_strong", input), (int(key[0]), int(key[1]))
    _check_buckets("to_hash_bucket_strong", num_buckets)
    return made(each(lambda b: hashing.siphash(words, b) % num_buckets, array, np.int64))


@takes_symbolic("strings.to_hash_bucket")
@by_values
def to_hash_bucket(input: Any, num_buckets: int, name: str | None = None) -> Any:
    """Strings as numbers below `num_buckets`, by MurmurHash; as TensorFlow computes it.

    >>> import addax as tf
    >>> tf.strings.to_hash_bucket(["a"], 1000).numpy().tolist()
    [868]
    """
    _check_buckets("to_hash_bucket", num_buckets)
    return made(each(lambda b: hashing.murmur64(b) % num_buckets, texts("tf.strings.to_hash_bucket", input), np.int64))
