"""Segments."""

import numpy as np
import pytest

import addax as tf

DATA = np.array([[1.0, 5.0], [2.0, -3.0], [4.0, 0.5], [-1.0, 2.0]])
IDS = [0, 0, 2, 2]
REDUCE = {"sum": np.sum, "mean": np.mean, "max": np.max, "min": np.min, "prod": np.prod}


@pytest.mark.parametrize("how", REDUCE)
def test_sorted(how, check_gradient):
    op = getattr(tf.math, f"segment_{how}")
    empty = 1.0 if how == "prod" else 0.0
    expected = [REDUCE[how](DATA[:2], 0), [empty] * 2, REDUCE[how](DATA[2:], 0)]
    np.testing.assert_allclose(op(DATA, IDS), expected)
    check_gradient(lambda x: op(x, IDS), DATA)


@pytest.mark.parametrize("how", [*REDUCE, "sqrt_n"])
def test_unsorted(how, check_gradient):
    op = getattr(tf.math, f"unsorted_segment_{how}")
    ids = [2, 0, -1, 2]
    reduce = REDUCE.get(how, lambda x, axis: x.sum(axis) / np.sqrt(len(x)))
    out = op(DATA, ids, 3).numpy()
    np.testing.assert_allclose(out[2], reduce(DATA[[0, 3]], 0))
    np.testing.assert_allclose(out[0], reduce(DATA[[1]], 0))
    limits = np.finfo(np.float64)
    assert out[1].tolist() == [{"max": limits.min, "min": limits.max, "prod": 1.0}.get(how, 0.0)] * 2
    check_gradient(lambda x: op(x, [1, 0, -1, 1], 2), DATA)


def test_ties_and_zeros():
    x = tf.constant([1.0, 1.0, 2.0])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        high = tf.math.unsorted_segment_max(x, [0, 0, 1], 2)
        product = tf.math.segment_prod(x * [1.0, 0.0, 1.0], [0, 0, 1])
    assert tape.gradient(high, x).numpy().tolist() == [0.5, 0.5, 1.0]
    assert tape.gradient(product, x).numpy().tolist() == [0.0, 0.0, 1.0]


def test_ids_of_higher_rank_and_integers():
    assert tf.math.unsorted_segment_sum(tf.ones((2, 2)), [[0, 1], [1, 1]], 2).numpy().tolist() == [1.0, 3.0]
    assert tf.math.segment_mean([3, 4], [0, 0]).numpy().tolist() == [3]
    assert tf.math.unsorted_segment_max([1, 2], [0, 0], 2).numpy().tolist() == [2, -(2**31)]


def test_refusals():
    with pytest.raises(tf.errors.InvalidArgumentError, match="not increasing"):
        tf.math.segment_sum(DATA, [0, 2, 1, 3])
    with pytest.raises(tf.errors.InvalidArgumentError, match="same size"):
        tf.math.segment_sum(DATA, [0, 1])
    with pytest.raises(tf.errors.InvalidArgumentError, match="out of range"):
        tf.math.unsorted_segment_sum(DATA, [0, 5, 0, 0], 2)


def test_means_of_integers():
    # Unsorted segments divide truly, sorted ones in integers.
    found = tf.math.unsorted_segment_mean([1, 2, 4], [0, 0, 1], 3)
    assert found.dtype == tf.float64 and found.numpy().tolist() == [1.5, 4.0, 0.0]
    small = tf.constant([1, 2, 4], tf.int8)
    assert tf.math.unsorted_segment_mean(small, [0, 0, 1], 3).dtype == tf.float32
    assert tf.math.segment_mean(small, [0, 0, 1]).numpy().tolist() == [1, 4]
    assert tf.linspace(tf.constant(0, tf.int8), 9, 4).dtype == tf.float32


def test_complex_products_have_gradients_that_are_not_conjugated():
    x = tf.constant([1 + 2j, 3 - 1j, 2j])
    with tf.GradientTape() as tape:
        tape.watch(x)
        out = tf.math.segment_prod(x, [0, 0, 1])
    assert tape.gradient(out, x).numpy().tolist() == [3 - 1j, 1 + 2j, 1]


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_not_a_number_replaces_what_came_before_it_and_is_replaced_by_what_follows(sign):
    nan = float("nan")  # as TensorFlow's fold has it
    fold, sorted_fold = tf.math.unsorted_segment_max, tf.math.segment_max
    if sign < 0:
        fold, sorted_fold = tf.math.unsorted_segment_min, tf.math.segment_min
    data = sign * np.array([9.0, nan, 1.0, 2.0, 5.0, nan, 3.0, 4.0])
    expected = sign * np.array([2.0, nan, 4.0])
    assert np.array_equal(sorted_fold(data, [0, 0, 0, 0, 1, 1, 2, 2]), expected, equal_nan=True)
    order = [4, 0, 6, 1, 5, 2, 3, 7]
    assert np.array_equal(fold(data[order], np.array([0, 0, 0, 0, 1, 1, 2, 2])[order], 3), expected, equal_nan=True)
    with tf.GradientTape() as tape:
        x = tf.constant(data)
        tape.watch(x)
        y = sorted_fold(x, [0, 0, 0, 0, 1, 1, 2, 2])
    assert tape.gradient(y, x).numpy().tolist() == [0, 0, 0, 1, 0, 0, 0, 1]
