"""Isotonic regression."""

import numpy as np
import pytest
from sklearn.isotonic import isotonic_regression

import addax as tf


@pytest.mark.parametrize("decreasing", [True, False])
def test_against_scikit_learn(decreasing):
    x = np.random.RandomState(0).randn(3, 9)
    expected = [isotonic_regression(row, increasing=not decreasing) for row in x]
    out, segments = tf.nn.isotonic_regression(x, decreasing=decreasing)
    np.testing.assert_allclose(out, expected)
    np.testing.assert_array_equal(np.diff(segments, axis=1) != 0, ~np.isclose(np.diff(expected, axis=1), 0))


def test_blocks_of_equal_means_and_gradient():
    x = tf.constant([[3.0, 1.0, 2.0, 5.0, 4.0]])
    with tf.GradientTape() as tape:
        tape.watch(x)
        out, segments = tf.nn.isotonic_regression(x)
        y = tf.reduce_sum(out * [1.0, 2.0, 3.0, 4.0, 5.0])
    assert segments.numpy().tolist() == [[0, 1, 1, 1, 1]] and out.numpy().tolist() == [[3.0] * 5]
    np.testing.assert_allclose(tape.gradient(y, x), [[1.0, 3.5, 3.5, 3.5, 3.5]])


def test_axis_and_dtype():
    out, _ = tf.nn.isotonic_regression(tf.constant([[3, 1], [2, 5]]), axis=0)
    assert out.numpy().tolist() == [[3.0, 3.0], [2.0, 3.0]] and out.dtype == tf.float64
    with pytest.raises(tf.errors.InvalidArgumentError, match="axis=3"):
        tf.nn.isotonic_regression([1.0], axis=3)
