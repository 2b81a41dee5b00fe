"""Files: lines, records, CSV; caches and saved datasets."""

import gzip
import os
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest

import addax as tf
from addax.formats.tfrecord import TFRecordWriter

Dataset = tf.data.Dataset


def values(data):
    return [tf.nest.map_structure(lambda leaf: np.asarray(leaf).tolist(), element) for element in data]


# ---------------------------------------------------------------------------- lines and records


@pytest.mark.parametrize("kind, pack", [("", bytes), ("GZIP", gzip.compress), ("ZLIB", zlib.compress)])
def test_lines(tmp_path, kind, pack):
    one, two = tmp_path / "one.txt", tmp_path / "two.txt"
    one.write_bytes(pack(b"a\nb\r\n\nlast"))
    two.write_bytes(pack(b"c\n" * 1000))
    data = tf.data.TextLineDataset([str(one), str(two)], kind, buffer_size=7)
    assert values(data) == [b"a", b"b", b"", b"last"] + [b"c"] * 1000
    side_by_side = tf.data.TextLineDataset([str(one), str(two)], kind, num_parallel_reads=2)
    assert values(side_by_side.take(4)) == [b"a", b"c", b"b", b"c"]


def test_a_missing_file(tmp_path):
    with pytest.raises(tf.errors.NotFoundError, match="nothing.txt"):
        list(tf.data.TextLineDataset(str(tmp_path / "nothing.txt")))
    with pytest.raises(tf.errors.InvalidArgumentError, match="No files matched"):
        Dataset.list_files(str(tmp_path / "*.none"))
    with pytest.raises(tf.errors.InvalidArgumentError, match="compression_type"):
        tf.data.TextLineDataset("a", "LZ4")
    with pytest.raises(TypeError, match="file names"):
        tf.data.TextLineDataset(3)


def test_list_files(tmp_path):
    for name in "cab":
        (tmp_path / f"{name}.txt").touch()
    names = [os.fsencode(tmp_path / f"{name}.txt") for name in "abc"]
    assert values(Dataset.list_files(str(tmp_path / "*.txt"), shuffle=False)) == names
    assert sorted(values(Dataset.list_files([str(tmp_path / "a*"), str(tmp_path / "[bc]*")], seed=1))) == names


@pytest.mark.parametrize("kind", ["", "GZIP", "ZLIB"])
def test_tfrecords(tmp_path, kind):
    paths = [str(tmp_path / f"{n}.tfrecord") for n in range(2)]
    for number, path in enumerate(paths):
        with TFRecordWriter(path, kind) as writer:
            for i in range(30):
                writer.write(b"%d-%d" % (number, i))
    data = tf.data.TFRecordDataset(Dataset.from_tensor_slices(paths), kind)
    assert values(data) == [b"%d-%d" % (n, i) for n in range(2) for i in range(30)]
    iterator = iter(data)
    for _ in range(35):
        next(iterator)
    state = iterator.get_state()
    again = iter(data)
    again.set_state(state)
    assert values(again) == values(iterator)


def test_a_damaged_tfrecord(tmp_path):
    good, bad = str(tmp_path / "good"), str(tmp_path / "bad")
    for path in (good, bad):
        with TFRecordWriter(path) as writer:
            for i in range(5):
                writer.write(b"record %d" % i)
    contents = bytearray(Path(bad).read_bytes())
    contents[2 * 24 + 14] ^= 1
    Path(bad).write_bytes(contents)
    data = tf.data.TFRecordDataset([bad, good])
    with pytest.raises(tf.errors.DataLossError, match=r"bad.*at byte \d+"):
        list(data)
    assert len(values(data.ignore_errors())) == 2 + 5, "the records before the damage, and the next file"


def test_fixed_length_records(tmp_path):
    path = tmp_path / "f.bin"
    path.write_bytes(b"HH" + b"abc" * 7 + b"F")
    data = tf.data.FixedLengthRecordDataset(str(path), 3, header_bytes=2, footer_bytes=1, buffer_size=5)
    assert values(data) == [b"abc"] * 7
    with pytest.raises(tf.errors.InvalidArgumentError, match="multiple of the record length"):
        list(tf.data.FixedLengthRecordDataset(str(path), 5))


# ---------------------------------------------------------------------------- CSV


CSV = 'a,b,c,d\n1,2.5,"x, y",7\n-3,,z,8\n,4,"",9\n'


def test_csv(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text(CSV)
    data = tf.data.experimental.CsvDataset(
        str(path), [np.int32(5), 1.5, tf.string, tf.constant([], tf.int64)], header=True
    )
    seen = []
    with pytest.raises(tf.errors.InvalidArgumentError, match="Field 2 is required but missing"):
        for row in data:
            seen.append(tuple(np.asarray(v).tolist() for v in row))
    assert seen == [(1, 2.5, b"x, y", 7), (-3, 1.5, b"z", 8)]
    assert [spec.dtype for spec in data.element_spec] == [tf.int32, tf.float32, tf.string, tf.int64]
    chosen = tf.data.experimental.CsvDataset(str(path), [tf.int64], header=True, select_cols=[3])
    assert values(chosen) == [(7,), (8,), (9,)]
    with pytest.raises(tf.errors.InvalidArgumentError, match="Expect 2 fields but have 4"):
        list(tf.data.experimental.CsvDataset(str(path), [tf.string, tf.string]))
    with pytest.raises(tf.errors.InvalidArgumentError, match="not a valid int32: x, y"):
        list(tf.data.experimental.CsvDataset(str(path), [tf.int32], header=True, select_cols=[2]))


def test_make_csv_dataset(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("n,x,label,big\n" + "".join(f"{i},{i}.5,{'ab'[i % 2]},{2**40 + i}\n" for i in range(5)))
    data = tf.data.experimental.make_csv_dataset(str(path), 2, label_name="label", num_epochs=1, shuffle=False)
    (features, label), *rest = values(data)
    assert features == {"n": [0, 1], "x": [0.5, 1.5], "big": [2**40, 2**40 + 1]} and label == [b"a", b"b"]
    assert len(rest) == 2
    spec = data.element_spec[0]
    assert [spec[name].dtype for name in ("n", "x", "big")] == [tf.int32, tf.float32, tf.int64]
    for_ever = tf.data.experimental.make_csv_dataset(str(path), 2, select_columns=["n"], shuffle_seed=1)
    assert all(len(batch["n"]) == 2 for batch in values(for_ever.take(9)))
    with pytest.raises(ValueError, match="label_name"):
        tf.data.experimental.make_csv_dataset(str(path), 2, label_name="lable")


# ---------------------------------------------------------------------------- caches and saved datasets


def counted(n=4):
    calls = []

    def generate():
        calls.append(1)
        yield from range(n)

    return calls, Dataset.from_generator(generate, output_signature=tf.TensorSpec((), tf.int32))


def test_cache_in_memory():
    calls, data = counted()
    kept = data.cache()
    assert values(kept.take(2)) == [0, 1], "a pass that is not finished keeps nothing"
    for _ in range(3):
        assert values(kept.repeat(2)) == [0, 1, 2, 3] * 2
    assert len(calls) == 2
    passes = values(Dataset.range(8).map(lambda v: tf.random.uniform([])).cache().repeat(2))
    assert passes[:8] == passes[8:]


def test_cache_in_a_file(tmp_path):
    calls, data = counted()
    name = str(tmp_path / "kept")
    kept = data.cache(name)
    assert values(kept.take(2)) == [0, 1] and not os.listdir(tmp_path), "half a pass leaves nothing"
    assert values(kept) == values(kept) == [0, 1, 2, 3]
    assert values(counted()[1].cache(name)) == [0, 1, 2, 3] and len(calls) == 2


@pytest.mark.parametrize("compression", [None, "GZIP"])
def test_save_and_load(tmp_path, compression):
    path = str(tmp_path / "saved")
    data = Dataset.from_tensor_slices(
        {"x": np.arange(6.0).reshape(3, 2), "s": ["a", "", "ccc"], "n": (np.arange(3), [True] * 3)}
    )
    data.save(path, compression)
    loaded = Dataset.load(path)
    assert values(loaded) == values(data) and len(loaded) == 3
    assert loaded.element_spec == data.element_spec
    if compression:
        with pytest.raises(tf.errors.DataLossError, match="compression"):
            list(Dataset.load(path, compression="ZLIB"))
        with pytest.raises(ValueError, match="compression"):
            Dataset.load(path, compression="LZ")
    with pytest.raises(tf.errors.NotFoundError):
        Dataset.load(str(tmp_path / "nothing"))


def test_shards(tmp_path):
    path = str(tmp_path / "saved")
    Dataset.range(10).save(path, shard_func=lambda v: v % 3)
    assert sorted(values(Dataset.load(path))) == list(range(10))
    in_order = Dataset.load(path, reader_func=lambda shards: shards.flat_map(lambda d: d))
    assert values(in_order) == [0, 3, 6, 9, 1, 4, 7, 2, 5, 8]


def test_snapshot(tmp_path):
    calls, data = counted()
    path = str(tmp_path / "snap")
    assert values(data.snapshot(path)) == [0, 1, 2, 3]
    assert values(counted()[1].snapshot(path)) == [0, 1, 2, 3]
    assert values(data.snapshot(path)) == [0, 1, 2, 3] and len(calls) == 1


def test_a_damaged_folder(tmp_path):
    path = tmp_path / "saved"
    Dataset.range(3).save(str(path))
    shard = next(path.glob("*.tfrecord"))
    shard.write_bytes(shard.read_bytes()[:-3])
    with pytest.raises(tf.errors.DataLossError):
        list(Dataset.load(str(path)))
    (path / "dataset.json").write_text("{}")
    with pytest.raises(tf.errors.DataLossError, match="description"):
        Dataset.load(str(path))


def test_a_killed_save_leaves_nothing(tmp_path):
    path = tmp_path / "saved"
    code = f"""
import os, addax as tf
def numbers():
    yield from range(5)
    os._exit(9)
tf.data.Dataset.from_generator(numbers, output_signature=tf.TensorSpec((), tf.int32)).save({str(path)!r})
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 9
    assert not path.exists()


def test_tfrecord_writer_and_sql(tmp_path):
    path = str(tmp_path / "w.tfrecord")
    tf.data.experimental.TFRecordWriter(path).write(Dataset.from_tensor_slices(["a", "b"]))
    assert values(tf.data.TFRecordDataset(path)) == [b"a", b"b"]
    import sqlite3

    base = str(tmp_path / "d.sqlite")
    with sqlite3.connect(base) as connection:
        connection.execute("create table t (n integer, s text)")
        connection.executemany("insert into t values (?, ?)", [(1, "x"), (2, "y")])
    connection.close()
    rows = tf.data.experimental.SqlDataset("sqlite", base, "select n, s from t order by n", (tf.int32, tf.string))
    assert values(rows) == [(1, b"x"), (2, b"y")]


def test_names_of_files_where_we_are(tmp_path, monkeypatch):
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text("x,y\n1,\n")
    monkeypatch.chdir(tmp_path)
    assert values(Dataset.list_files("*.txt", shuffle=False)) == [b"./a.txt", b"./b.txt"]
    assert sorted(tf.io.gfile.glob("[ab].txt")) == ["./a.txt", "./b.txt"] and tf.io.gfile.glob("a.txt") == ["a.txt"]
    columns = tf.data.experimental.make_csv_dataset("a.txt", 1, num_epochs=1).element_spec
    assert columns["x"].dtype == tf.int32 and columns["y"].dtype == tf.string, "a column without values"
