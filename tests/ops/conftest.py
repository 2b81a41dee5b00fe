"""What the tests of ops share."""

import numpy as np
import pytest

import addax as tf


@pytest.fixture
def check_gradient():
    """A function: compare tape gradients with finite differences in float64.

    check_gradient(f, *arrays): f takes tensors and returns one tensor; the outputs are weighed with fixed random
    numbers, so that no two elements can hide each other's errors.
    """

    def check(f, *arrays, step=1e-5, rtol=1e-5, atol=1e-7):
        arrays = [np.asarray(array, np.float64) for array in arrays]
        weights = np.random.RandomState(0).uniform(0.5, 1.5, np.shape(f(*[tf.constant(a) for a in arrays])))

        def total(*values):
            return float(tf.reduce_sum(f(*[tf.constant(v) for v in values]) * weights))

        tensors = [tf.constant(array) for array in arrays]
        with tf.GradientTape() as tape:
            tape.watch(tensors)
            target = tf.reduce_sum(f(*tensors) * weights)
        for number, grad in enumerate(tape.gradient(target, tensors)):
            expected = np.zeros_like(arrays[number])
            for index in np.ndindex(expected.shape):
                moved = [array.copy() for array in arrays]
                moved[number][index] += step
                above = total(*moved)
                moved[number][index] -= 2 * step
                expected[index] = (above - total(*moved)) / (2 * step)
            np.testing.assert_allclose(tf.convert_to_tensor(grad), expected, rtol=rtol, atol=atol)

    return check
