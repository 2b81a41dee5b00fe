"""check_gradients: right gradients pass, wrong ones are found."""

import numpy as np
import pytest

import addax as tf
from addax.testing import check_gradients

X = np.array([[0.3, 1.2], [-0.7, 0.4]])


def test_right_gradients_pass():
    assert len(check_gradients(lambda x: tf.sin(x) * tf.exp(x), [X], order=2)) == 4
    check_gradients(lambda x, y: [tf.matmul(x, y), tf.tanh(x)], [X.astype("float32"), X.astype("float32") + 1.0])


def test_missing_gradients_that_are_zero_pass():
    check_gradients(lambda x, y: x * 2.0 + 0.0 * tf.stop_gradient(y), [X, X])


def test_wrong_gradients_are_found():
    @tf.custom_gradient
    def wrong(x):
        return x * x, lambda up: up * 3.0 * x

    with pytest.raises(AssertionError, match="order 1, eager: input 0: the tape says .*, differences say"):
        check_gradients(wrong, [X])


def test_wrong_second_derivatives_are_found():
    @tf.custom_gradient
    def once(x):
        return x**3, lambda up: up * tf.stop_gradient(3.0 * x**2)

    check_gradients(once, [X])
    with pytest.raises(AssertionError, match="order 2"):
        check_gradients(lambda x: once(x) + 0.0 * x**2, [X], order=2)


def test_missing_gradients_are_found():
    with pytest.raises(AssertionError, match="input 0: the gradient is None"):
        check_gradients(lambda x: tf.stop_gradient(x), [X])


def test_integers_are_refused():
    with pytest.raises(ValueError, match="floating"):
        check_gradients(tf.square, [np.array([1, 2])])
