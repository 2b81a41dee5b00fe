"""Activation layers beside their defaults; numbers measured from Keras 2."""

import numpy as np
import pytest

import addax as tf

L = tf.keras.layers
WHOLE = tf.constant([[-2, 3]])


@pytest.mark.parametrize("layer", [L.ELU(2.0), L.ThresholdedReLU(0.0), L.PReLU(), L.Softmax(), L.Softmax((0, 1))])
def test_integers_that_keras_refuses(layer):
    with pytest.raises(tf.errors.InvalidArgumentError):
        layer(WHOLE)


def test_integers_that_keras_takes():
    for layer, want in (
        (L.ReLU(), [0, 3]), (L.ReLU(max_value=2), [0, 2]), (L.LeakyReLU(0.0), [0, 3]),
        (L.ReLU(negative_slope=0.5), [-1.0, 3.0]), (L.LeakyReLU(0.5), [-1.0, 3.0]),
    ):  # fmt: skip
        out = layer(WHOLE)
        assert out.dtype == (tf.float32 if isinstance(want[0], float) else tf.int32) and out.numpy()[0].tolist() == want


def test_the_slope_of_a_relu_holds_at_0_too():
    x = tf.constant([-1.0, 0.0, 1.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = L.ReLU(negative_slope=0.25)(x)
    assert tape.gradient(y, x).numpy().tolist() == [0.25, 0.25, 1.0]


@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_a_softmax_over_axes_that_are_all_masked_is_1_everywhere(dtype):
    x = tf.constant(np.arange(6.0).reshape(1, 2, 3) / 6, dtype)
    out = L.Softmax((1, 2), dtype=dtype)(x, mask=tf.constant([[False] * 3]))
    np.testing.assert_array_equal(out, np.ones((1, 2, 3)))


def test_a_softmax_over_an_axis_that_is_not_there_is_refused_before_it_runs():
    for inputs in (tf.keras.Input((3,)), tf.ones((2, 3))):
        with pytest.raises(tf.errors.InvalidArgumentError):
            L.Softmax(2)(inputs)
