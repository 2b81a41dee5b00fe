"""SqlDataset: columns as the dtypes that are asked for, converted as SQLite does."""

import contextlib
import sqlite3

import pytest

import addax as tf

ROWS = [(1, 1.5, "a", b"\x00\x01", None), (2, -2.25, "12bb", b"", 7), (300, 1e10, "1.5e1", b"zz", -1)]


@pytest.fixture
def base(tmp_path):
    path = str(tmp_path / "d.sqlite")
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("create table t (i integer, f real, s text, b blob, n integer)")
        connection.executemany("insert into t values (?, ?, ?, ?, ?)", ROWS)
        connection.commit()
    return path


def column(base, name, kind):
    data = tf.data.experimental.SqlDataset("sqlite", base, f"select {name} from t order by i", (kind,))
    return [row[0].numpy().item() if kind != tf.string else row[0].numpy() for row in data]


def test_conversions(base):
    assert column(base, "i", tf.int8) == [1, 2, 44] == column(base, "i", tf.uint8)
    assert column(base, "i", tf.string) == [b"1", b"2", b"300"]
    assert column(base, "i", tf.bool) == [True] * 3 and column(base, "i", tf.float64) == [1.0, 2.0, 300.0]
    assert column(base, "n", tf.int32) == [0, 7, -1] and column(base, "n", tf.float64) == [0.0, 7.0, -1.0]
    assert column(base, "n", tf.string) == [b"", b"7", b"-1"] and column(base, "b", tf.string) == [b"\0\1", b"", b"zz"]
    assert column(base, "f", tf.int32) == [1, -2, 1410065408] and column(base, "f", tf.int64) == [1, -2, 10**10]
    assert column(base, "f", tf.string) == [b"1.5", b"-2.25", b"10000000000.0"]
    assert column(base, "s", tf.int32) == [0, 12, 1] and column(base, "s", tf.float64) == [0.0, 12.0, 15.0]


def test_one_dtype_and_errors(base):
    SqlDataset = tf.data.experimental.SqlDataset
    assert [int(v) for v in SqlDataset("sqlite", base, "select i from t order by i", tf.int64)] == [1, 2, 300]
    with pytest.raises(tf.errors.InvalidArgumentError, match="float32"):
        SqlDataset("sqlite", base, "select f from t", (tf.float32,))
    with pytest.raises(tf.errors.InvalidArgumentError, match="2 columns"):
        list(SqlDataset("sqlite", base, "select i, f from t", (tf.int32,)))
    for query in ("select nope from t", "no query"):
        with pytest.raises(tf.errors.UnknownError):
            list(SqlDataset("sqlite", base, query, (tf.int32,)))
