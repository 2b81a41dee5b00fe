"""Reading SQLite databases that others wrote: one regular file, read only, no other files, no code."""

from __future__ import annotations

import contextlib
import os
import urllib.parse
from collections.abc import Iterator
from typing import Any

from addax.formats.errors import CorruptFileError
from addax.formats.limits import open_regular

__all__ = ["rows_of"]

_START = b"SQLite format 3\0"


def rows_of(path: str | os.PathLike[str], query: str) -> Iterator[tuple[Any, ...]]:
    """The rows that a query gives.

    Args:
        path: the database's file.
        query: an SQL query of the caller's.

    Raises:
        FileNotFoundError: there is no such file.
        CorruptFileError: no SQLite database, or damaged, or a query that it cannot answer.

    Example:
        >>> import os, sqlite3, tempfile
        >>> from addax.formats.sqlite import rows_of
        >>> path = os.path.join(tempfile.mkdtemp(), "a.db")
        >>> with sqlite3.connect(path) as made:
        ...     _ = made.execute("create table t as select 3 as n")
        >>> list(rows_of(path, "select n from t"))
        [(3,)]
    """
    import sqlite3  # only for databases

    with open_regular(path) as file:
        start = file.read(len(_START))
    if start and start != _START:
        raise CorruptFileError(path, "not an SQLite database", received=f"{start!r}")

    def allowed(action: int, *_: Any) -> int:
        return sqlite3.SQLITE_DENY if action == sqlite3.SQLITE_ATTACH else sqlite3.SQLITE_OK

    address = f"file:{urllib.parse.quote(os.path.abspath(path))}?mode=ro"
    try:
        with contextlib.closing(sqlite3.connect(address, uri=True)) as connection:
            connection.execute("pragma trusted_schema = off")  # views of the file's may not call functions at will
            connection.set_authorizer(allowed)
            yield from connection.execute(query)
    except sqlite3.Error as error:
        raise CorruptFileError(path, f"cannot be queried ({error})") from None
