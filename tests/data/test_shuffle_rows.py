"""Shuffles of elements that come stacked: the order, errors and states of shuffles that take them singly."""

import numpy as np
import pytest

import addax as tf
from addax.core import machine_memory
from addax.data.iterator_state import from_bytes, to_bytes
from addax.data.nodes.shuffle_rows import RowShuffle
from addax.data.seeds import Pass

Dataset = tf.data.Dataset
WORDS = [b"%d" % number * (number % 4) for number in range(300)]
SPEC = {"a": tf.io.FixedLenFeature([], tf.int64), "v": tf.io.FixedLenFeature([2], tf.float32)}


@pytest.fixture
def records(tmp_path):
    path = str(tmp_path / "words")
    with tf.io.TFRecordWriter(path) as writer:
        for word in WORDS:
            writer.write(word)
    return tf.data.TFRecordDataset(path)


@pytest.fixture
def examples(tmp_path):
    path = str(tmp_path / "examples")
    with tf.io.TFRecordWriter(path) as writer:
        for number in range(100):
            features = {
                "a": tf.train.Feature(int64_list=tf.train.Int64List(value=[number])),
                "v": tf.train.Feature(float_list=tf.train.FloatList(value=[number, 0.5])),
            }
            writer.write(tf.train.Example(features=tf.train.Features(feature=features)).SerializeToString())
    return tf.data.TFRecordDataset(path)


def singly(values):
    return Dataset.from_generator(lambda: iter(values), output_signature=tf.TensorSpec([], tf.string))


def plain(element):
    return tf.nest.map_structure(lambda leaf: np.asarray(leaf).tolist(), element)


def by_rows(data):
    return isinstance(data._node.iterator(Pass({}, counted=False)), RowShuffle)


@pytest.mark.parametrize("size", [1, 7, 300, 1000])
def test_the_order_is_the_one_of_single_elements(records, size):
    data = records.shuffle(size, seed=4)
    assert by_rows(data)
    expected = [v.numpy() for v in singly(WORDS).shuffle(size, seed=4)]
    assert [v.numpy() for v in data] == expected and sorted(expected) == sorted(WORDS)
    batches = [v.numpy().tolist() for v in records.shuffle(size, seed=4).batch(32)]
    assert sum(batches, []) == expected and {len(batch) for batch in batches[:-1]} == {32}
    twice = [v.numpy() for v in records.shuffle(size, seed=4).repeat(2)]
    assert twice[:300] == expected and sorted(twice[300:]) == sorted(expected)
    assert size == 1 or twice[300:] != expected


def test_structures_with_several_rows_of_numbers(examples):
    def parsed(record):
        found = tf.io.parse_single_example(record, SPEC)
        return {"pair": (found["a"], found["v"] * 2.0)}

    data = examples.map(parsed).shuffle(10, seed=3)
    assert by_rows(data)
    order = [int(v) for v in Dataset.range(100).shuffle(10, seed=3)]
    assert [plain(element) for element in data] == [{"pair": (n, [2.0 * n, 1.0])} for n in order]
    assert [len(batch["pair"][0]) for batch in data.batch(32)] == [32, 32, 32, 4]


def test_restored_at_every_position(records, examples):
    makers = [
        lambda: records.take(23).shuffle(5, seed=1),
        lambda: records.shuffle(50, seed=1).batch(7),
        lambda: examples.map(lambda r: tf.io.parse_single_example(r, SPEC)).shuffle(9, seed=2).repeat(2),
    ]
    for make in makers:
        whole = [plain(element) for element in make()]
        iterator = iter(make())
        for position in range(0, len(whole), 1 + len(whole) // 25):
            while position and position > getattr(iterator, "read", 0):
                next(iterator)
                iterator.read = getattr(iterator, "read", 0) + 1
            other = iter(make())
            other.set_state(from_bytes(to_bytes(iterator.get_state())))
            assert [plain(element) for element in other] == whole[position:]


def test_an_error_comes_after_the_elements_before_it(tmp_path, records):
    path = tmp_path / "words"
    damaged = bytearray(path.read_bytes())
    damaged[-5] ^= 1  # the last record, "299" three times
    path.write_bytes(damaged)

    def raising():
        yield from WORDS[:-1]
        raise KeyError

    by_one = Dataset.from_generator(raising, output_signature=tf.TensorSpec([], tf.string))
    expected = [v.numpy() for v in by_one.shuffle(20, seed=6).ignore_errors()]
    iterator, found, failed = iter(records.shuffle(20, seed=6)), [], None
    for number in range(300):
        try:
            found.append(next(iterator).numpy())
        except tf.errors.DataLossError as error:
            assert "words" in str(error) and "at byte" in str(error)
            failed = number
    assert failed == 299 - 20 + 1 and found == expected and sorted(found) == sorted(WORDS[:-1])
    kept = records.shuffle(20, seed=6).ignore_errors()
    assert [v.numpy() for v in kept] == expected


def test_the_turn_of_an_error():
    """As TensorFlow: the buffer is filled up before an element leaves it, and the error comes instead of that one."""
    data = Dataset.range(6).map(lambda v: tf.debugging.check_numerics(1.0 / tf.cast(v - 3, tf.float32), "bad"))
    iterator, seen = iter(data.shuffle(2, seed=1)), []
    for _ in range(7):
        try:
            seen.append(float(next(iterator)))
        except tf.errors.InvalidArgumentError:
            seen.append("error")
            state = iterator.get_state()
            iterator = iter(data.shuffle(2, seed=1))
            iterator.set_state(from_bytes(to_bytes(state)))
        except StopIteration:
            seen.append("end")
    assert seen.index("error") == 2 and seen[-1] == "end" and len(set(seen)) == 7


def test_what_is_held_is_bounded(monkeypatch, records):
    monkeypatch.setattr(machine_memory, "available", lambda: 4000)
    assert len(list(records.shuffle(40))) == 300
    several = singly(WORDS).map(lambda v: tf.py_function(lambda w: w, [v], tf.string))
    for data in (records, several):
        told = r"buffer of at most [\s\S]*of 200 elements[\s\S]*To do"
        with pytest.raises(tf.errors.ResourceExhaustedError, match=told):
            list(data.shuffle(200))
