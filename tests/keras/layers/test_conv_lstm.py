"""Convolutional LSTMs."""

import numpy as np
import pytest

import addax as tf

L = tf.keras.layers
X = np.random.default_rng(0).standard_normal((2, 3, 4, 4, 2)).astype("float32")


def test_activations_of_the_user_compute_what_built_in_ones_do():
    own = L.ConvLSTM2D(2, 2, activation=lambda x: tf.tanh(x), return_sequences=True, return_state=True)
    built_in = L.ConvLSTM2D(2, 2, return_sequences=True, return_state=True)
    own(X), built_in(X)
    own.set_weights(built_in.get_weights())
    for a, b in zip(own(X), built_in(X), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)


def test_a_single_pixel_is_an_lstm():
    x = X[:, :, :1, :1]
    conv, plain = L.ConvLSTM2D(3, 1, recurrent_activation="sigmoid"), L.LSTM(3)
    conv(x), plain(x[:, :, 0, 0])
    kernel, recurrent, bias = conv.get_weights()
    plain.set_weights([kernel[0, 0], recurrent[0, 0], bias])
    np.testing.assert_allclose(conv(x)[:, 0, 0], plain(x[:, :, 0, 0]), rtol=1e-5, atol=1e-6)


def test_dropout_state_and_masks():
    layer = L.ConvLSTM2D(2, 2, dropout=0.5, recurrent_dropout=0.5)
    assert not np.allclose(layer(X, training=True), layer(X, training=True))
    stateful = L.ConvLSTM2D(2, 2, stateful=True)
    first = np.asarray(stateful(X))
    assert not np.allclose(first, stateful(X))
    stateful.reset_states()
    np.testing.assert_allclose(stateful(X), first, rtol=1e-5)
    masked = layer(X, mask=tf.constant([[True, True, False]] * 2))
    np.testing.assert_allclose(masked, layer(X[:, :2]), rtol=1e-5, atol=1e-6)


def test_unrolling_is_refused():
    with pytest.raises(TypeError, match="Unrolling"):
        L.ConvLSTM2D(2, 2, unroll=True)


def test_whole_numbers_and_windows_beyond_the_image_are_refused():
    for kind in (tf.errors.InvalidArgumentError, TypeError):  # TensorFlow's, eagerly and in a graph
        with pytest.raises(kind, match="kernel's dtype"):
            tf.keras.layers.ConvLSTM1D(1, 2)(tf.ones((1, 2, 3, 1), "int32"))
        with pytest.raises(kind, match="kernel's dtype"):
            tf.keras.layers.LocallyConnected1D(1, 2, implementation=2)(tf.ones((1, 3, 1), "int32"))
    for kind in (tf.errors.InvalidArgumentError, ValueError):
        with pytest.raises(kind, match="at least as large"):
            tf.keras.layers.ConvLSTM1D(1, 5)(tf.ones((1, 2, 3, 1)))
