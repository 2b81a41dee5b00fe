"""SQLite databases: rows, and what is refused."""

import sqlite3

import pytest

from addax.formats.errors import CorruptFileError
from addax.formats.sqlite import rows_of


def test_rows_and_refusals(tmp_path):
    path = tmp_path / "a b.db"
    made = sqlite3.connect(path)
    made.execute("create table t (n, s)")
    made.executemany("insert into t values (?, ?)", [(1, "one"), (2, "two")])
    made.commit()
    made.close()
    assert list(rows_of(path, "select n, s from t order by n")) == [(1, "one"), (2, "two")]
    for query in ("delete from t", f"attach database '{tmp_path / 'other'}' as o", "select * from nowhere"):
        with pytest.raises(CorruptFileError, match="a b.db"):
            list(rows_of(path, query))
    assert not (tmp_path / "other").exists()
    with pytest.raises(FileNotFoundError):
        list(rows_of(tmp_path / "none.db", "select 1"))
    assert not (tmp_path / "none.db").exists()
    (tmp_path / "text").write_text("not a database at all")
    with pytest.raises(CorruptFileError, match="not an SQLite database"):
        list(rows_of(tmp_path / "text", "select 1"))
