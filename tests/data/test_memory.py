"""What pipelines hold: row numbers instead of copies, as many elements ahead as were asked for, told buffers."""

import time
import tracemalloc

import numpy as np
import pytest

import addax as tf
from addax.core import machine_memory
from addax.data import prefetch

Dataset = tf.data.Dataset


def test_a_shuffle_over_arrays_holds_no_copies():
    rows = np.zeros((20_000, 200), np.float32)  # 16 MB
    data = Dataset.from_tensor_slices(rows).shuffle(20_000).batch(4)
    next(iter(data))
    tracemalloc.start()
    try:
        iterator = iter(data)
        for _ in range(5):
            next(iterator)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < rows.nbytes / 8


def test_prefetch_makes_no_more_than_it_may_hold():
    made = []

    def generate():
        for number in range(50):
            made.append(number)
            yield number

    data = Dataset.from_generator(generate, output_signature=tf.TensorSpec([], tf.int32)).prefetch(3)
    iterator = iter(data)
    for used in range(1, 6):
        next(iterator)
        deadline = time.monotonic() + 5.0
        while len(made) < used + 3 and time.monotonic() < deadline:
            time.sleep(0.001)
        assert len(made) == used + 3


def test_two_blocks_of_batches_at_most_are_on_the_device():
    blocks, alive = prefetch.Blocks, []
    data = Dataset.from_tensor_slices(np.zeros((4000, 8), np.float32)).map(lambda x: x + 1).batch(4).prefetch(2)
    iterator = iter(data)._place.iterator
    assert isinstance(iterator, blocks)
    for _ in range(3 * blocks.MOST):
        iterator.next()
        alive.append(len(iterator._block.batches) + (len(iterator._following.batches) if iterator._following else 0))
    assert max(alive) == 2 * blocks.MOST, "the next block is on its way while this one is used, and no other"


def test_a_buffer_larger_than_the_memory_is_told(monkeypatch):
    monkeypatch.setattr(machine_memory, "available", lambda: 1000)
    records = Dataset.range(500).map(lambda v: tf.random.uniform([10]))
    with pytest.warns(UserWarning, match=r"buffer of 100 elements takes up to .* machine"):
        iter(records.shuffle(100))
    next(iter(records.shuffle(20)))
    next(iter(Dataset.range(500).shuffle(100)))  # row numbers
    reports = records.shuffle(20).explain(steps=5)
    assert [(report.held, report.held_bytes) for report in reports][0] == (20, 800)


def test_explain_tells_buffers_where_specs_do_not_tell_sizes():
    def buffers(dataset):
        reports = dataset.explain(steps=6)
        return {report.name: (report.held, report.held_bytes) for report in reports}

    data = Dataset.range(40)
    assert buffers(data.batch(4).map(lambda v: v + 1).prefetch(2))["PrefetchDataset"] == (2, 2 * 4 * 8)
    python = data.map(lambda v: tf.py_function(lambda x: x, [v], tf.int64), num_parallel_calls=3)
    assert buffers(python)["ParallelMapDataset"] == (6, 6 * 8)
    several = data.interleave(lambda v: Dataset.range(3), cycle_length=2, num_parallel_calls=2)
    assert buffers(several)["ParallelInterleaveDataset"] == (4, 4 * 8)
    assert buffers(data.window(5, stride=2))["WindowDataset"] == (9, 9 * 8)


def rows():
    yield from np.ones((25, 3), np.float32)


def test_explain_tells_what_caches_and_the_like_hold():
    def first(dataset):
        report = dataset.explain()[0]
        return report.held, report.held_bytes, report.how

    streamed = Dataset.from_generator(rows, output_signature=tf.TensorSpec([3], tf.float32))
    cached = streamed.cache()
    assert first(cached) == (25, 25 * 12, "keeps what passes")
    assert list(cached.explain(steps=4)[0].__dict__.values())[-2:] == [4, 4 * 12]
    list(cached)
    assert first(cached) == (25, 25 * 12, "replays what it keeps")
    assert [report.elements for report in cached.batch(5).explain()] == [5, 25, 0]
    computed = Dataset.range(40).map(lambda v: v * 2).cache()
    assert first(computed)[:2] == (40, 40 * 8)
    assert first(Dataset.range(40).cache()) == (0, 0, "nothing to do: rows in memory")
    assert first(streamed.shuffle(10))[:2] == (10, 10 * 12)
    assert streamed.shuffle(90).batch(2).explain()[1].held == 25
    assert first(Dataset.range(9).group_by_window(lambda v: v % 2, lambda _, w: w.batch(5), 5))[:2] == (9, 72)
    assert first(Dataset.range(9).batch(9).unbatch())[:2] == (8, 64)
    assert first(Dataset.range(9).batch(9).rebatch(2))[:2] == (7, 56)
    assert first(streamed.map(lambda v: tf.cast(v[0], tf.int64)).unique())[:2] == (1, 8)
