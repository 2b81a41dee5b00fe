"""GroupNormalization; numbers are TensorFlow's."""

import numpy as np
import pytest

import addax as tf

L = tf.keras.layers
X = np.random.RandomState(0).randn(2, 3, 4).astype("float32")


def test_groups_of_the_first_axis_keep_the_last_one_apart():
    expected = [[0.797, 0.617, 1.099, 1.644], [0.864, -1.936, 1.012, -0.47], [-0.417, 0.636, -1.427, 0.949]]
    np.testing.assert_allclose(L.GroupNormalization(1, axis=0)(X)[0], expected, atol=6e-4)
    expected = [[0.489, -0.192, -0.407, 1.407], [0.905, -1.112, -0.958, -0.808], [-1.393, 1.305, 1.365, -0.599]]
    np.testing.assert_allclose(L.GroupNormalization(2, axis=0)(X)[1], expected, atol=6e-4)


def test_a_mask_broadcasts_like_any_operand():
    mask = tf.constant([True, False, True, True])
    expected = [[0.797, 12.654, 1.099, 1.644], [0.864, -30.904, 1.012, -0.47], [-0.417, 12.984, -1.427, 0.949]]
    np.testing.assert_allclose(L.GroupNormalization(1, axis=0)(X, mask=mask)[0], expected, rtol=2e-3)
    for shape in ((5,), (3, 2), (2, 3, 4, 1)):
        with pytest.raises(tf.errors.InvalidArgumentError):
            L.GroupNormalization(2)(X, mask=tf.ones(shape, tf.bool))


def test_the_axis_is_one_number():
    with pytest.raises(TypeError, match="integer"):
        L.GroupNormalization(1, axis=[0])(X)
