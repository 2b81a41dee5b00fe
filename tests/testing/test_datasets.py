"""check_dataset: good ones pass, broken ones are found."""

import itertools

import numpy as np
import pytest

import addax as tf
from addax.testing import check_dataset

Dataset = tf.data.Dataset


def test_good_datasets_pass():
    done = check_dataset(Dataset.range(5).batch(2), [[0, 1], [2, 3], [4]])
    assert done[:3] == ["first pass", "elements", "element_spec"] and "iterators go on from a state" in done
    pairs = Dataset.from_tensor_slices({"a": np.arange(6.0), "b": list("abcdef")}).map(lambda d: (d["a"], d["b"]))
    check_dataset(pairs, [(float(i), letter.encode()) for i, letter in enumerate("abcdef")])
    check_dataset(pairs.repeat(), most=20)
    check_dataset(Dataset.range(40).shuffle(8).batch(7), deterministic=False)
    check_dataset(Dataset.range(40).shuffle(8, seed=3, reshuffle_each_iteration=False))


def test_wrong_elements_are_found():
    with pytest.raises(AssertionError, match="elements: element 2: .* instead of 5"):
        check_dataset(Dataset.range(4), [0, 1, 5, 3])
    with pytest.raises(AssertionError, match="elements: 4 elements instead of 3"):
        check_dataset(Dataset.range(4), [0, 1, 2])


def test_shuffling_is_not_deterministic():
    with pytest.raises(AssertionError, match="second pass"):
        check_dataset(Dataset.range(100).shuffle(100))


def test_a_source_that_changes_is_found():
    calls = itertools.count()

    def numbers():
        yield from range(3 + next(calls) % 2)

    with pytest.raises(AssertionError, match="second pass: 4 elements instead of 3"):
        check_dataset(Dataset.from_generator(numbers, output_signature=tf.TensorSpec((), tf.int32)))


def test_a_wrong_cardinality_is_found():
    with pytest.raises(AssertionError, match="cardinality|first pass"):
        check_dataset(Dataset.range(3).filter(lambda n: n > 0).apply(tf.data.experimental.assert_cardinality(3)))
