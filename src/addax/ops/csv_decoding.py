"""tf.io.decode_csv: lines of comma-separated values as columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from addax.core import convert, dtypes, errors, unknown_shapes
from addax.core.tensor import Tensor
from addax.ops.decoding import strings_of

_WHO = "tf.io.decode_csv"
_KINDS = (dtypes.float32, dtypes.float64, dtypes.int32, dtypes.int64, dtypes.string)


def _wrong(text: str) -> errors.InvalidArgumentError:
    return errors.InvalidArgumentError(f"{_WHO}: {text}")


def split_line(line: bytes, delim: bytes, quotes: bool) -> list[bytes]:
    """The fields of a line (RFC 4180).

    Raises:
        InvalidArgumentError: quotes out of place.

    >>> from addax.ops.csv_decoding import split_line
    >>> split_line(b'1,"a,b",', b",", True)
    [b'1', b'a,b', b'']
    """
    if not quotes:
        return line.split(delim)
    if b'"' not in line:
        if b"\n" in line or b"\r" in line:
            raise _wrong("Unquoted fields cannot have quotes/CRLFs inside")
        return line.split(delim)
    fields, at, end = [], 0, len(line)
    while True:
        if line[at : at + 1] == b'"':
            field, at = _quoted(line, at + 1, delim)
        else:
            stop = line.find(delim, at)
            stop = end if stop < 0 else stop
            field, at = line[at:stop], stop
            if any(mark in field for mark in (b'"', b"\n", b"\r")):
                raise _wrong("Unquoted fields cannot have quotes/CRLFs inside")
        fields.append(field)
        if at >= end:
            return fields
        at += 1  # the delimiter; what follows is a field, even if it is empty


def _quoted(line: bytes, at: int, delim: bytes) -> tuple[bytes, int]:
    """A field from behind its opening quote on, and where its end is."""
    parts = []
    while True:
        stop = line.find(b'"', at)
        if stop < 0:
            raise _wrong("Quoted field has to end with quote followed by delim or end")
        parts.append(line[at:stop])
        after = line[stop + 1 : stop + 2]
        if after == b'"':
            parts.append(b'"')
            at = stop + 2
        elif after in (b"", delim):
            return b"".join(parts), stop + 1
        else:
            raise _wrong("Quote inside a string has to be escaped by another quote")


def _default(number: int, given: Any) -> tuple[dtypes.DType, Any]:
    """The dtype of a column and what an empty field stands for; None: it must not be empty."""
    if isinstance(given, dtypes.DType):
        raise ValueError(
            f"{_WHO}: record_defaults[{number}]: expected a value, as [0], or an empty tensor of the dtype for a field "
            f"that is required, tf.constant([], {given.name}); received {given!r}."
        )
    value = np.asarray(convert.value_of(given))
    kind = dtypes.from_numpy(value.dtype)
    if kind not in _KINDS:
        raise _wrong(f"field {number}: expected float32, float64, int32, int64 or string; received {kind.name}")
    if value.size > 1:
        raise _wrong(f"There should only be 1 default per field but field {number} has {value.size}")
    return kind, value.reshape(-1)[0] if value.size else None


def _number(text: bytes, kind: dtypes.DType) -> Any:
    if b"_" in text:
        raise ValueError("Python's digit groups are no CSV")
    if not kind.is_integer:
        return float.fromhex(text.decode()) if text.lstrip(b"+-")[:2].lower() == b"0x" else float(text)
    number = int(text)
    if not int(kind.min) <= number <= int(kind.max):
        raise ValueError("out of range")
    return number


def _column(number: int, fields: Sequence[bytes], kind: dtypes.DType, default: Any, na_value: bytes) -> np.ndarray:
    out = np.empty(len(fields), object if kind == dtypes.string else kind.np)
    for record, field in enumerate(fields):
        if field in (b"", na_value):
            if default is None:
                raise _wrong(f"Field {number} is required but missing in record {record}!")
            out[record] = default
        elif kind == dtypes.string:
            out[record] = field
        else:
            try:
                out[record] = _number(field, kind)
            except (ValueError, OverflowError):
                text = field.decode("utf-8", "replace")
                raise _wrong(f"Field {number} in record {record} is not a valid {kind.name}: {text}") from None
    return out


def _zeros(shape: tuple[int, ...], kind: dtypes.DType) -> Tensor:
    """What lines that are made up hold."""
    if kind == dtypes.string:
        return Tensor(np.full(shape, b"", object))
    return convert.tensor_of(np.zeros(shape, kind.np))


def decode_csv(
    records: Any,
    record_defaults: Sequence[Any],
    field_delim: str = ",",
    use_quote_delim: bool = True,
    na_value: str = "",
    select_cols: Sequence[int] | None = None,
    name: str | None = None,
) -> list[Tensor]:
    """Lines of comma-separated values as one tensor a column.

    Args:
        records: strings of any shape, a line each, without its end.
        record_defaults: for each column that is read a value for empty fields, as [0.0] (its dtype is the column's:
            float32, float64, int32, int64 or string), or an empty tensor where a field must not be empty.
        field_delim: what separates fields, one character.
        use_quote_delim: quotes group characters.
        na_value: another word for "empty".
        select_cols: the numbers of the columns to read, increasing; all by default.
        name: ignored.

    Returns:
        For each column a tensor of the shape of `records`.

    Raises:
        InvalidArgumentError: too few or many fields, or one that is missing or no such number.
        ValueError: columns that are not increasing, or not as many as there are defaults.

    >>> import addax as tf
    >>> [column.numpy().tolist() for column in tf.io.decode_csv(["1,a", ",b"], [[7], [""]])]
    [[1, 7], [b'a', b'b']]
    """
    columns = None if select_cols is None else [int(column) for column in select_cols]
    if columns is not None and any(a >= b for a, b in zip(columns, columns[1:], strict=False)):
        raise ValueError(f"{_WHO}: select_cols is not strictly increasing. Received {columns}.")
    if columns is not None and any(column < 0 for column in columns):
        raise ValueError(f"{_WHO}: select_cols contains negative values. Received {columns}.")
    if columns is not None and len(columns) != len(record_defaults):
        raise ValueError(
            f"{_WHO}: Length of select_cols and record_defaults do not match: {len(columns)} and "
            f"{len(record_defaults)}."
        )
    delim = field_delim.encode()
    if len(delim) != 1:
        raise _wrong(f"field_delim should be only 1 char; received {field_delim!r}")
    defaults = [_default(number, given) for number, given in enumerate(record_defaults)]
    lines = strings_of(_WHO, records)
    if unknown_shapes.probed() is not None:
        kinds = [kind for kind, _ in defaults]
        return [_zeros(lines.shape, kind) for kind in kinds]
    rows = []
    for number, line in enumerate(lines.reshape(-1).tolist()):
        fields = split_line(line, delim, use_quote_delim) if line else []
        if columns is not None:
            fields = [fields[column] for column in columns if column < len(fields)]
        if len(fields) != len(defaults):
            raise _wrong(f"Expect {len(defaults)} fields but have {len(fields)} in record {number}")
        rows.append(fields)
    made = []
    for number, (kind, default) in enumerate(defaults):
        column = _column(number, [row[number] for row in rows], kind, default, na_value.encode())
        column = column.reshape(lines.shape)
        made.append(Tensor(column if kind == dtypes.string else convert.to_device(column)))
    return made
