"""The k largest, and whether a class is among them."""

import numpy as np
import pytest

import addax as tf


def test_top_k(check_gradient):
    values, indices = tf.math.top_k([[1, 9, 4], [3, 3, 2]], k=2)
    assert values.numpy().tolist() == [[9, 4], [3, 3]] and indices.numpy().tolist() == [[1, 2], [0, 1]]
    assert indices.dtype == tf.int32 and tf.nn.top_k([1.0], index_type=tf.int64).indices.dtype == tf.int64
    assert tf.nn.top_k([1.0, 2.0], k=0).values.shape == (0,)
    check_gradient(lambda x: tf.math.top_k(x, 2).values, [[0.3, -1.0, 2.0], [4.0, 1.0, 3.0]])
    with pytest.raises(tf.errors.InvalidArgumentError, match="k=5"):
        tf.math.top_k([1.0, 2.0], k=5)
    with pytest.raises(tf.errors.InvalidArgumentError, match="scalar"):
        tf.math.top_k(1.0)


def test_in_top_k():
    predictions = [[0.1, 0.7, 0.2], [0.4, 0.4, 0.2], [0.4, 0.4, 0.2]]
    assert tf.math.in_top_k([2, 0, 1], predictions, 1).numpy().tolist() == [False, True, True]
    assert tf.math.in_top_k([2, 0, 5], predictions, 2).numpy().tolist() == [True, True, False]
    assert tf.math.in_top_k([0, 1], [[np.nan, 0.5], [1.0, np.inf]], 1).numpy().tolist() == [False, False]
    with pytest.raises(tf.errors.InvalidArgumentError, match="batch"):
        tf.math.in_top_k([0], predictions, 1)


def test_approximate():
    values, indices = tf.nn.approx_max_k([1.0, 9.0, 4.0], 2)
    assert values.numpy().tolist() == [9.0, 4.0] and indices.numpy().tolist() == [1, 2]
    assert tf.nn.approx_min_k([1.0, 9.0, 4.0], 1)[0].numpy().tolist() == [1.0]
