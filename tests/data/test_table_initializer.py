"""Lookup tables of datasets; what is expected was measured from TensorFlow 2.21."""

import numpy as np
import pytest

import addax as tf

Dataset = tf.data.Dataset
experimental = tf.data.experimental


def pairs():
    return Dataset.from_tensor_slices((["a", "b", "c"], np.array([1, 2, 3])))


def looked_up(table, keys):
    return table.lookup(tf.constant(keys)).numpy().tolist(), int(table.size())


@pytest.mark.parametrize(
    ("arguments", "keys", "expected"),
    [
        ({}, ["a", "x"], ([1, -1], 3)),
        ({"default_value": -7}, ["a", "x"], ([1, -7], 3)),
        ({"num_oov_buckets": 2}, ["a", "x", "y"], ([1, 3, 4], 5)),
        ({"num_oov_buckets": 2, "vocab_size": 2}, ["a", "c", "y"], ([1, 2, 3], 4)),
        ({"vocab_size": 2}, ["a", "c", "y"], ([1, -1, -1], 2)),
    ],
)
def test_table_from_dataset(arguments, keys, expected):
    assert looked_up(experimental.table_from_dataset(pairs(), **arguments), keys) == expected


@pytest.mark.parametrize(
    ("arguments", "keys", "expected"),
    [
        ({}, ["b", "x"], ([1, -1], 3)),
        ({"num_oov_buckets": 2}, ["b", "x"], ([1, 3], 5)),
        ({"vocab_size": 2, "default_value": 7}, ["b", "c"], ([1, 7], 2)),
    ],
)
def test_index_table_from_dataset(arguments, keys, expected):
    words = Dataset.from_tensor_slices(["a", "b", "c"])
    assert looked_up(experimental.index_table_from_dataset(words, **arguments), keys) == expected


def test_keys_of_integers_and_values_of_floats():
    table = experimental.index_table_from_dataset(Dataset.range(3, 9), key_dtype=tf.int64)
    assert looked_up(table, np.int64([4, 20])) == ([1, -1], 6)
    floats = Dataset.zip((Dataset.range(3), Dataset.from_tensor_slices([1.0, 2.0, 3.0])))
    assert looked_up(experimental.table_from_dataset(floats, key_dtype=tf.int64), np.int64([1, 7])) == ([2.0, -1.0], 3)


def test_initializer_reads_the_dataset_when_a_table_is_made():
    initializer = experimental.DatasetInitializer(pairs().concatenate(pairs()))
    assert (initializer.key_dtype, initializer.value_dtype) == (tf.string, tf.int64)
    assert looked_up(tf.lookup.StaticHashTable(initializer, -5), ["c", "q"]) == ([3, -5], 3)


def test_what_is_no_table_is_refused():
    make = experimental.table_from_dataset
    with pytest.raises(ValueError, match="num_oov_buckets"):
        make(pairs(), num_oov_buckets=-1)
    with pytest.raises(ValueError, match="vocab_size"):
        make(pairs(), vocab_size=0)
    with pytest.raises(ValueError, match="default_value"):
        make(Dataset.from_tensor_slices(([1, 2], ["x", "y"])))
    with pytest.raises(TypeError, match="integer and string keys"):
        make(pairs(), key_dtype=tf.float32)
    with pytest.raises(ValueError, match="hasher_spec"):
        make(pairs(), num_oov_buckets=1, hasher_spec="another")
    with pytest.raises(ValueError, match="3 components"):
        experimental.DatasetInitializer(Dataset.from_tensor_slices((["a"], ["b"], ["c"])))
    with pytest.raises(ValueError, match="rank 1"):
        experimental.DatasetInitializer(pairs().batch(2))
    with pytest.raises(ValueError, match="non-Tensor keys"):
        experimental.index_table_from_dataset(pairs())
    with pytest.raises(ValueError, match="endless"):
        experimental.DatasetInitializer(pairs().repeat())
    with pytest.raises(AttributeError, match="Dataset"):
        make(None)
    with pytest.raises(tf.errors.FailedPreconditionError, match="different value for same key"):
        experimental.index_table_from_dataset(Dataset.from_tensor_slices(["a", "a"]))
    with pytest.raises(tf.errors.OutOfRangeError, match="empty"):
        make(pairs().take(0))
