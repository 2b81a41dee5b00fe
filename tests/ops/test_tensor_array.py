"""tf.TensorArray."""

import numpy as np
import pytest

import addax as tf


def test_write_read_stack():
    ta = tf.TensorArray(tf.float32, size=3, clear_after_read=False)
    ta = ta.write(0, [1.0]).write(2, [3.0])
    assert ta.stack().numpy().tolist() == [[1], [0], [3]]
    assert ta.read(2).numpy() == 3 and ta.size().numpy() == 3
    assert ta.concat().numpy().tolist() == [1, 3]
    assert ta.gather([2, 0]).numpy().tolist() == [[3], [1]]


def test_many_at_once():
    ta = tf.TensorArray(tf.int32, size=2).unstack([[1, 2], [3, 4]])
    assert ta.read(1).numpy().tolist() == [3, 4]
    assert tf.TensorArray(tf.int32, 3).scatter([2, 0], [5, 6]).stack().numpy().tolist() == [6, 0, 5]
    assert tf.TensorArray(tf.int32, 2).split([1, 2, 3], [1, 2]).read(1).numpy().tolist() == [2, 3]


def test_it_grows_if_it_may():
    ta = tf.TensorArray(tf.float32, size=0, dynamic_size=True)
    for i in range(3):
        ta = ta.write(i, float(i))
    assert ta.stack().numpy().tolist() == [0, 1, 2]
    with pytest.raises(tf.errors.OutOfRangeError, match="not resizeable"):
        tf.TensorArray(tf.float32, 1).write(1, 0.0)


def test_refusals():
    ta = tf.TensorArray(tf.float32, 2).write(0, 1.0)
    ta.read(0)
    with pytest.raises(tf.errors.InvalidArgumentError, match="twice"):
        ta.read(0)
    with pytest.raises(ValueError, match="float32"):
        ta.write(0, tf.constant(1))
    with pytest.raises(ValueError, match="Incompatible shape"):
        ta.write(1, [1.0, 2.0])
    with pytest.raises(tf.errors.InvalidArgumentError, match="not known"):
        tf.TensorArray(tf.float32, 2).stack()


def test_gradients():
    x = tf.Variable([1.0, 2.0])
    with tf.GradientTape() as tape:
        y = tf.TensorArray(tf.float32, 2).unstack(x * x).write(0, x[1]).stack()
    np.testing.assert_array_equal(tape.gradient(y, x), [0, 5])


def test_values_of_another_dtype():
    with pytest.raises(tf.errors.InvalidArgumentError, match="expected values of dtype float32"):
        tf.TensorArray(tf.float32, size=2).write(0, tf.constant(1))
