"""tf.data.experimental.distributed_save: folders that workers fill."""

import logging
import os
import time

import pytest

import addax as tf

service = tf.data.experimental.service
save = tf.data.experimental.distributed_save
Dataset = tf.data.Dataset


def started(**config):
    dispatcher = service.DispatchServer(service.DispatcherConfig(**config))
    address = dispatcher.target.split("://")[1]
    return dispatcher, [service.WorkerServer(service.WorkerConfig(address)) for _ in range(2)]


def wait_until(true, seconds=5.0):
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.01)
    return true()


def test_what_is_saved_is_loaded(tmp_path):
    dispatcher, _workers = started(worker_max_concurrent_snapshots=1)
    for name, compression in (("a", "AUTO"), ("b", "GZIP")):
        path = str(tmp_path / name)
        save(Dataset.range(10).map(lambda v: (v, v * v)), path, dispatcher.target, compression)
        assert wait_until(lambda path=path: os.path.exists(path))
        assert sorted((int(a), int(b)) for a, b in Dataset.load(path)) == [(v, v * v) for v in range(10)]
    with pytest.raises(tf.errors.AlreadyExistsError):
        save(Dataset.range(10), path, dispatcher.target)


def test_what_is_refused(tmp_path):
    dispatcher, _workers = started()
    path = str(tmp_path / "a")
    with pytest.raises(tf.errors.InvalidArgumentError, match="infinite"):
        save(Dataset.range(3).repeat(), path, dispatcher.target)
    with pytest.raises(ValueError, match="compression"):
        save(Dataset.range(3), path, dispatcher.target, "foo")
    with pytest.raises(tf.errors.UnimplementedError):
        save(Dataset.range(3), path, "localhost:1")
    assert os.listdir(tmp_path) == []


def test_a_save_that_fails_leaves_nothing(tmp_path, caplog):
    dispatcher, _workers = started()

    def checked(v):
        tf.debugging.assert_less(v, tf.constant(3, tf.int64))
        return v

    with caplog.at_level(logging.ERROR, "addax"):
        save(Dataset.range(5).map(checked), str(tmp_path / "a"), dispatcher.target)
        assert wait_until(lambda: "nothing was written" in caplog.text)
    assert wait_until(lambda: os.listdir(tmp_path) == [])
