"""Saved datasets: what else lies in the folder, functions of shards, saves that go on."""

import functools
import os

import numpy as np
import pytest

import addax as tf
from addax.data.fingerprint import digest

Dataset = tf.data.Dataset


def values(data):
    return [int(v) for v in data]


def test_other_things_in_the_folder_stay(tmp_path, monkeypatch):
    (tmp_path / "mine.txt").write_text("text")
    (tmp_path / "sub").mkdir()
    for stop in (3, 5):
        Dataset.range(stop).save(str(tmp_path), shard_func=lambda v: v % 2)
        assert sorted(values(Dataset.load(str(tmp_path)))) == list(range(stop))
    assert (tmp_path / "mine.txt").read_text() == "text" and (tmp_path / "sub").is_dir()
    assert len(os.listdir(tmp_path)) == 4, "nothing of the first save is left"
    (tmp_path / "sub" / "deep").mkdir()
    monkeypatch.chdir(tmp_path / "sub" / "deep")
    Dataset.range(2).save("")
    assert values(Dataset.load("")) == [0, 1] and os.getcwd() == str(tmp_path / "sub" / "deep")
    assert os.path.exists(os.path.join(os.getcwd(), "dataset.json"))


def test_shard_functions_give_int64_scalars(tmp_path):
    data, path = Dataset.range(4), str(tmp_path / "saved")
    for wrong in (lambda v: "a", lambda v: tf.cast(v, tf.int32), lambda v: (v, v), lambda v: 2):
        with pytest.raises(tf.errors.InvalidArgumentError, match="scalar int64"):
            data.save(path, shard_func=wrong)
    assert not os.path.exists(path)
    data.save(path, shard_func=lambda v: [v % 2])
    assert values(Dataset.load(path, reader_func=lambda shards: shards.flat_map(lambda d: d))) == [0, 2, 1, 3]
    with pytest.raises(TypeError, match="shard_func"):
        data.snapshot(path + "s", shard_func=lambda v: "a")
    with pytest.raises(tf.errors.InvalidArgumentError, match="scalar int64"):
        list(data.snapshot(path + "s", shard_func=lambda v: tf.cast(v, tf.int32)))


def test_what_load_is_told(tmp_path):
    path = str(tmp_path / "saved")
    Dataset.range(4).save(path, "SNAPPY", lambda v: v % 2)
    read = Dataset.load(path, reader_func=lambda shards: shards.flat_map(lambda d: d.take(1)))
    assert values(read) == [0, 1] and int(read.cardinality()) == 4
    for spec in (tf.TensorSpec([], tf.int32), tf.TensorSpec([2], tf.int64)):
        with pytest.raises(tf.errors.InvalidArgumentError, match="expected elements"):
            list(Dataset.load(path, element_spec=spec))
    with pytest.raises(tf.errors.DataLossError, match="compression"):
        list(Dataset.load(path, compression="GZIP"))
    with pytest.raises(tf.errors.InvalidArgumentError, match="reader_func"):
        Dataset.load(path, reader_func=lambda shards: 5)


def test_pipelines_that_share_a_snapshot_read_their_own(tmp_path):
    path = str(tmp_path / "snap")
    for _ in range(2):
        assert values(Dataset.range(3).snapshot(path)) == [0, 1, 2]
        assert values(Dataset.range(3).map(lambda v: v * 2).snapshot(path)) == [0, 2, 4]
        assert values(Dataset.range(3).map(lambda v: v * 3).snapshot(path)) == [0, 3, 6]
        assert values(Dataset.from_tensor_slices([5, 6]).snapshot(path)) == [5, 6]
        assert values(Dataset.from_tensor_slices([5, 7]).snapshot(path)) == [5, 7]
    assert len(os.listdir(path)) == 5


def times(v, by):
    return v * by


class Times:
    def __init__(self, by):
        self.by = by

    def __call__(self, v):
        return v * self.by


def mapped(function):
    return Dataset.range(3).map(function)


def test_digests():
    def scaled(factor):
        return Dataset.range(3).map(lambda v: v * factor)

    def told(data):
        return digest(data._node)

    assert told(scaled(2)) == told(scaled(2)) != told(scaled(3))
    assert told(Dataset.range(9).shuffle(4)) == told(Dataset.range(9).shuffle(4)) != told(Dataset.range(9).shuffle(5))
    assert told(Dataset.range(9).shuffle(4, seed=1)) != told(Dataset.range(9).shuffle(4, seed=2))
    assert told(mapped(functools.partial(times, by=2))) != told(mapped(functools.partial(times, by=3)))
    assert told(mapped(Times(2))) == told(mapped(Times(2))) != told(mapped(Times(3)))
    table = np.arange(3)
    first = told(Dataset.range(3).map(lambda v: tf.gather(table, v)))
    table[0] = 7
    assert first != told(Dataset.range(3).map(lambda v: tf.gather(table, v)))


class Killed(Exception):
    """Stands for the end of the process."""


def test_a_save_goes_on_from_its_last_checkpoint(tmp_path):
    path, kept = str(tmp_path / "saved"), str(tmp_path / "kept")
    made, dies = [], [True]

    def look(v):
        if v == 5 and dies[0]:
            raise Killed
        made.append(int(v))
        return v

    data = Dataset.range(8).map(lambda v: tf.numpy_function(look, [v], tf.int64))
    counter = tf.Variable(0, dtype=tf.int64)
    args = {"directory": kept, "max_to_keep": 2, "step_counter": counter, "checkpoint_interval": 2}
    with pytest.raises(Exception, match="Killed"):
        data.save(path, "GZIP", lambda v: v % 2, dict(args))
    with pytest.raises(tf.errors.NotFoundError):
        Dataset.load(path)
    dies[0] = False
    made.clear()
    data.save(path, "GZIP", lambda v: v % 2, dict(args))
    assert 0 not in made and made[-1] == 7, "the first elements are not made again"
    loaded = Dataset.load(path, reader_func=lambda shards: shards.flat_map(lambda d: d))
    assert values(loaded) == [0, 2, 4, 6, 1, 3, 5, 7] and len(loaded) == 8
    assert sorted(os.listdir(kept))[0] == "checkpoint" and len(os.listdir(kept)) == 5
    with pytest.raises(TypeError):
        data.save(path, checkpoint_args={"directory": kept})
    with pytest.raises(ValueError, match="checkpoint"):
        data.save(path, checkpoint_args={"checkpoint": 1})
