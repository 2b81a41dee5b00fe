"""Blocks of space in the batch and in the channels."""

import numpy as np
import pytest

import addax as tf

X = np.arange(2 * 4 * 6 * 3.0).reshape(2, 4, 6, 3)


def test_batches_there_and_back(check_gradient):
    y = tf.space_to_batch(X, [2, 3], [[0, 0], [0, 0]])
    assert y.shape == (12, 2, 2, 3)
    np.testing.assert_array_equal(y[2 * 4], X[0, 1::2, 1::3])
    np.testing.assert_array_equal(tf.batch_to_space(y, [2, 3], [[0, 0], [0, 0]]), X)
    padded = tf.space_to_batch_nd(X, [3], [[1, 1]])
    np.testing.assert_array_equal(tf.batch_to_space(padded, [3], [[1, 1]]), X)
    check_gradient(lambda x: tf.space_to_batch(x, [2], [[1, 1]]) ** 2, X[:1, :2, 0])


def test_depth_there_and_back():
    y = tf.nn.space_to_depth(X, 2)
    assert y.shape == (2, 2, 3, 12) and y.numpy()[0, 0, 0, :6].tolist() == X[0, 0, :2].ravel().tolist()
    np.testing.assert_array_equal(tf.nn.depth_to_space(y, 2), X)
    first = tf.nn.space_to_depth(np.moveaxis(X, -1, 1), 2, data_format="NCHW")
    np.testing.assert_array_equal(np.moveaxis(first, 1, -1), y)
    np.testing.assert_array_equal(tf.nn.depth_to_space(first, 2, data_format="NCHW"), np.moveaxis(X, -1, 1))


def test_paddings_for_blocks():
    paddings, crops = tf.required_space_to_batch_paddings([7, 5], [2, 3])
    assert paddings.numpy().tolist() == [[0, 1], [0, 1]] == crops.numpy().tolist()
    paddings, _ = tf.required_space_to_batch_paddings([7], [4], base_paddings=[[2, 0]])
    assert paddings.numpy().tolist() == [[2, 3]]


@pytest.mark.parametrize("padding", ["SAME", "VALID"])
def test_dilated_op_by_batches(padding):
    kernel = np.random.RandomState(0).randn(2, 2, 3, 4)

    def conv(x, num_spatial_dims, padding):
        assert num_spatial_dims == 2
        return tf.nn.conv2d(x, kernel, 1, padding)

    out = tf.nn.with_space_to_batch(X, [2, 2], padding, conv, filter_shape=[2, 2])
    np.testing.assert_allclose(out, tf.nn.conv2d(X, kernel, 1, padding, dilations=2))


def test_refusals():
    for op in (
        lambda: tf.space_to_batch(X, [3, 3], [[0, 0], [0, 0]]),
        lambda: tf.batch_to_space(X, [3], [[0, 0]]),
        lambda: tf.nn.space_to_depth(X, 5),
        lambda: tf.nn.depth_to_space(X, 2),
    ):
        with pytest.raises(tf.errors.InvalidArgumentError):
            op()
    with pytest.raises(ValueError, match="data_format"):
        tf.nn.space_to_depth(X, 2, data_format="HWCN")


def test_one_block_size_for_all_dimensions():
    x = tf.reshape(tf.range(16), (4, 2, 2, 1))
    expected = tf.batch_to_space(x, [2, 2], [[0, 0], [0, 1]])
    np.testing.assert_array_equal(tf.batch_to_space(x, 2, [[0, 0], [0, 1]]), expected)
