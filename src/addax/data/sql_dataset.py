"""tf.data.experimental.SqlDataset: rows of an SQLite database, in SQLite's own conversions."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from addax.core import dtypes, errors
from addax.core.spec import TensorSpec
from addax.data import elements
from addax.data.dataset import Dataset
from addax.formats import sqlite
from addax.formats.errors import CorruptFileError

_WHOLE = ("int8", "int16", "int32", "int64", "uint8", "uint16", "bool")
_WHOLE_START = re.compile(rb"\s*([+-]?\d+)")
_NUMBER_START = re.compile(rb"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)")
_LARGEST = 2**63 - 1


class SqlDataset(Dataset):
    """The rows that a query of an SQLite database gives.

    Args:
        driver_name: "sqlite".
        data_source_name: the database's file.
        query: an SQL query.
        output_types: the dtypes of the columns: string, integers, bool or float64. Values are converted as SQLite does:
            NULL is 0 or "", text becomes the number that it begins with, and integers wrap to the dtype's size.

    Raises:
        tf.errors.InvalidArgumentError: another driver, or another dtype; while iterating, another number of columns.
        tf.errors.UnknownError: while iterating, a query or file that SQLite cannot read.

    >>> import sqlite3, tempfile
    >>> import addax as tf
    >>> path = tempfile.mkdtemp() + "/a.db"
    >>> with sqlite3.connect(path) as connection:
    ...     _ = connection.execute("create table t (n int)").execute("insert into t values (5)")
    >>> [int(n) for (n,) in tf.data.experimental.SqlDataset("sqlite", path, "select n from t", (tf.int32,))]
    [5]
    """

    def __init__(self, driver_name: str, data_source_name: str, query: str, output_types: Any) -> None:
        if np.asarray(elements.from_user(driver_name)).item() != b"sqlite":
            raise errors.InvalidArgumentError(
                errors.message("SqlDataset", expected="driver_name 'sqlite'", received=repr(driver_name))
            )
        single = not isinstance(output_types, tuple | list)
        kinds = [dtypes.as_dtype(kind) for kind in ([output_types] if single else output_types)]
        for kind in kinds:
            if kind.name not in (*_WHOLE, "string", "float64"):
                raise errors.InvalidArgumentError(
                    errors.message(
                        "SqlDataset", expected=f"output_types of {', '.join(_WHOLE)}, string or float64",
                        received=kind.name,
                    )
                )  # fmt: skip

        def rows() -> Any:
            try:
                for row in sqlite.rows_of(data_source_name, query):
                    yield _converted(row, kinds, single)
            except CorruptFileError as error:
                raise errors.UnknownError(None, None, str(error)) from None

        specs = [TensorSpec([], kind) for kind in kinds]
        signature = specs[0] if single else tuple(specs)
        super().__init__(Dataset.from_generator(rows, output_signature=signature)._node)


def _converted(row: tuple[Any, ...], kinds: list[dtypes.DType], single: bool) -> Any:
    if len(row) != len(kinds):
        raise errors.InvalidArgumentError(
            None, None, f"SqlDataset: the query gives {len(row)} columns, output_types are {len(kinds)}."
        )
    made = [_value(value, kind) for value, kind in zip(row, kinds, strict=True)]
    return made[0] if single else tuple(made)


def _value(value: Any, kind: dtypes.DType) -> Any:
    if kind == dtypes.string:
        return _text(value)
    if isinstance(value, str | bytes):
        found = (_NUMBER_START if kind == dtypes.float64 else _WHOLE_START).match(_text(value))
        value = 0 if found is None else float(found[1]) if kind == dtypes.float64 else int(found[1])
    if kind == dtypes.float64:
        return float(value or 0)
    whole = max(-_LARGEST - 1, min(_LARGEST, int(value or 0)))
    return np.array(whole).astype(np.int32).astype(kind.np) if kind != dtypes.int64 else whole


def _text(value: Any) -> bytes:
    """A value as SQLite writes it."""
    if isinstance(value, bytes):
        return value
    if not isinstance(value, float):
        return b"" if value is None else str(value).encode()
    if value in (float("inf"), float("-inf")):
        return b"Inf" if value > 0 else b"-Inf"
    digits, exponent, power = f"{value:.15g}".partition("e")
    return f"{digits if '.' in digits else digits + '.0'}{exponent}{power}".encode()
