"""Activations of Keras 3; the numbers and gradients are its own, on JAX."""

import numpy as np
import pytest

import addax as tf

X = np.float32([-3, -1, -0.5, 0, 0.5, 1, 2.5])


@pytest.mark.parametrize(
    ("name", "values", "slopes"),
    [
        ("hard_shrink", [-3, -1, 0, 0, 0, 1, 2.5], [1, 1, 0, 0, 0, 1, 1]),
        ("soft_shrink", [-2.5, -0.5, 0, 0, 0, 0.5, 2], [1, 1, 0, 0, 0, 1, 1]),
        ("sparse_plus", [0, 0, 0.0625, 0.25, 0.5625, 1, 2.5], [0, 0, 0.25, 0.5, 0.75, 1, 1]),
        ("sparse_sigmoid", [0, 0, 0.25, 0.5, 0.75, 1, 1], [0, 0.25, 0.5, 0.5, 0.5, 0.25, 0]),
        (
            "squareplus",
            [0.30277562, 0.61803400, 0.78077641, 1, 1.28077641, 1.61803400, 2.85078096],
            [0.08397485, 0.27639320, 0.37873217, 0.5, 0.62126780, 0.72360682, 0.89043438],
        ),
        (
            "tanh_shrink",
            [-2.00494528, -0.23840582, -0.03788286, 0, 0.03788286, 0.23840582, 1.51338565],
            [0.99013388, 0.58002567, 0.21355224, 0, 0.21355231, 0.58002567, 0.97340786],
        ),
    ],
)
def test_values_and_slopes(name, values, slopes):
    x = tf.constant(X)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.keras.activations.get(name)(x)
    assert np.allclose(y, values, atol=1e-6) and np.allclose(tape.gradient(y, x), slopes, atol=1e-6)


def test_sparsemax_is_a_distribution():
    x = tf.constant([[1.0, 1.5, 0.2, -1.0], [5.0, 0.0, 0.0, 0.0]])
    assert tf.keras.activations.sparsemax(x).numpy().tolist() == [[0.25, 0.75, 0, 0], [1, 0, 0, 0]]
    assert np.array_equal(
        tf.keras.activations.sparsemax(tf.transpose(x), axis=0), [[0.25, 1], [0.75, 0], [0, 0], [0, 0]]
    )


def test_gates_and_thresholds():
    assert np.allclose(tf.keras.activations.glu(tf.constant([-3.0, 1.0, 0.3, 2.5])), [-1.7233275, 0.9241418])
    assert tf.keras.activations.threshold(tf.constant(X), 0.5, 9.0).numpy().tolist() == [9, 9, 9, 9, 9, 1, 2.5]
