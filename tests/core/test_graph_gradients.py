"""tf.gradients and tf.hessians in traced functions."""

import numpy as np
import pytest

import addax as tf


def test_gradients_are_tensorflows():
    @tf.function
    def f(x):
        y = tf.sin(x)
        z = y * x
        several = tf.gradients([z, y], [x, y], grad_ys=[tf.constant(2.0), None])
        stopped = tf.gradients(z, x, stop_gradients=[y])
        none = tf.gradients(z, tf.constant(1.0))
        zero = tf.gradients(z, tf.constant(1.0), unconnected_gradients="zero")
        return several, stopped, none, zero

    several, stopped, none, zero = f(tf.constant(1.0))
    np.testing.assert_allclose([float(g) for g in several], [3.3038487, 3.0], rtol=1e-6)  # from TensorFlow 2.21
    assert float(stopped[0]) == pytest.approx(0.84147096) and none == [None] and float(zero[0]) == 0


def test_variables_and_second_derivatives():
    v = tf.Variable([1.0, 2.0])

    @tf.function
    def f(x):
        y = tf.reduce_sum(v**3 * x)
        first = tf.gradients(y, v)[0]
        return first, tf.gradients(first, [v, x]), tf.hessians(y, [v])[0]

    first, (by_v, by_x), hessian = f(tf.constant(2.0))
    assert first.numpy().tolist() == [6, 24] and by_v.numpy().tolist() == [12, 24]
    assert float(by_x) == 15 and hessian.numpy().tolist() == [[12, 0], [0, 24]]


def test_only_in_functions():
    x = tf.constant(1.0)
    for function in (tf.gradients, tf.hessians):
        with pytest.raises(RuntimeError, match="Use tf.GradientTape instead"):
            function(x, x)

    @tf.function
    def branch(x):
        return tf.cond(x > 0, lambda: tf.gradients(x * x, x)[0], lambda: x)

    with pytest.raises(tf.errors.InvalidArgumentError, match="branch or loop"):
        branch(x)


def test_through_loops_that_capture_an_argument():
    @tf.function
    def powers(n, a):
        y = a
        while n > 0:
            y = y * a
            n -= 1
        total = tf.scan(lambda sum_, each: sum_ * a + each, tf.constant([1.0, 2.0]), initializer=0.0)[-1]
        mapped = tf.reduce_sum(tf.map_fn(lambda each: each * a, tf.constant([1.0, 2.0])))
        return [tf.gradients(each, a)[0] for each in (y, total, mapped)]

    assert [float(each) for each in powers(tf.constant(2), tf.constant(3.0))] == [27.0, 1.0, 3.0]
