"""`tf.ensure_shape` where sizes are open: Python sees what it says, and each shape that comes is checked."""

import numpy as np
import pytest

import addax as tf

open_matrix = [tf.TensorSpec([None, None])]


def test_python_sees_the_sizes_and_traces_once():
    seen = []

    @tf.function(input_signature=open_matrix)
    def f(x):
        x = tf.ensure_shape(x, [2, None])
        seen.append(x.shape.as_list())
        return x * 2.0 + tf.ones([x.shape[0], 1])

    assert f(tf.ones((2, 3))).numpy().tolist() == [[3.0] * 3] * 2
    assert f(tf.ones((2, 5))).shape == (2, 5)
    assert seen == [[2, None]]


def test_another_shape_is_refused():
    f = tf.function(lambda x: tf.ensure_shape(x, [3, None]), input_signature=open_matrix)
    assert f(tf.ones((3, 1))).shape == (3, 1)
    with pytest.raises(tf.errors.InvalidArgumentError, match="is not compatible with expected shape"):
        f(tf.ones((2, 3)))


def test_gradients_and_maps():
    @tf.function(input_signature=open_matrix)
    def slopes(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.reduce_sum(tf.ensure_shape(x, [None, 2]) ** 2.0 * tf.constant([1.0, 10.0]))
        return tape.gradient(y, x)

    np.testing.assert_allclose(slopes(tf.constant([[1.0, 2.0], [3.0, 4.0]])), [[2.0, 40.0], [6.0, 80.0]])
    rows = tf.function(lambda x: tf.map_fn(lambda row: tf.ensure_shape(row, [3]) + 1.0, x), input_signature=open_matrix)
    assert rows(tf.zeros((2, 3))).numpy().tolist() == [[1.0] * 3] * 2
    many = tf.function(
        lambda x: tf.vectorized_map(lambda row: tf.ensure_shape(row, [3]) + 1.0, x), input_signature=open_matrix
    )
    assert many(tf.zeros((2, 3))).numpy().tolist() == [[1.0] * 3] * 2
