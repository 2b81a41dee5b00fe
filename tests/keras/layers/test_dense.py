"""Dense."""

import numpy as np
import pytest

import addax as tf

L = tf.keras.layers


def test_numbers_and_gradients():
    x, k, b = np.random.default_rng(0).standard_normal((3, 4, 5)), np.full((5, 2), 0.5), np.array([1.0, -1.0])
    layer = L.Dense(2, "relu", dtype="float64")
    layer.build((None, None, 5))
    layer.set_weights([k, b])
    with tf.GradientTape() as tape:
        out = layer(x)
        loss = tf.reduce_sum(out)
    np.testing.assert_allclose(out, np.maximum(x @ k + b, 0))
    on = (x @ k + b > 0).astype(float)
    gradients = tape.gradient(loss, layer.trainable_weights)
    np.testing.assert_allclose(gradients[0], np.einsum("abi,abj->ij", x, on))
    np.testing.assert_allclose(gradients[1], on.sum((0, 1)))


@pytest.mark.parametrize(
    "activation", [tf.nn.relu, "tanh", lambda x: x * 2, None, "hard_sigmoid", tf.keras.layers.ReLU()]
)
def test_activations_computed_inside_and_behind_agree(activation):
    x = tf.constant([[1.0, -2.0]])
    layer = L.Dense(3, activation)
    out = layer(x)
    plain = tf.matmul(x, layer.kernel) + layer.bias
    np.testing.assert_allclose(out, layer.activation(plain) if layer.activation else plain, rtol=1e-6)


def test_the_activation_may_be_replaced():
    layer = L.Dense(1, "relu", kernel_initializer="ones")
    assert layer(tf.constant([[-1.0]])).numpy() == 0
    layer.activation = tf.keras.activations.linear
    assert layer(tf.constant([[-1.0]])).numpy() == -1


def test_integers_are_cast():
    assert L.Dense(2)(tf.constant([[1, 2]])).dtype == tf.float32


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: L.Dense(-1), ValueError, "positive integer"),
        (lambda: L.Dense(2)(tf.ones((3,))), ValueError, "expected min_ndim=2, found ndim=1"),
        (lambda: L.Dense(2)(tf.keras.Input((None,))), ValueError, "should be defined"),
        (lambda: L.Dense(2)(tf.constant([["a"]])), tf.errors.UnimplementedError, "StringLookup"),
        (lambda: L.Dense(2, activation="rely"), ValueError, "relu"),
        (lambda: L.Dense(2, unit=3), TypeError, "unit"),
    ],
)
def test_bad_input(call, error, text):
    with pytest.raises(error, match=text):
        call()


def test_another_size_is_refused_with_both_sizes():
    layer = L.Dense(2)
    layer(tf.ones((1, 3)))
    with pytest.raises(ValueError, match=r"expected axis -1 of input shape to have value 3.*\(1, 4\)"):
        layer(tf.ones((1, 4)))


def test_einsum_dense_whose_output_has_too_few_sizes():
    with pytest.raises(ValueError, match="output_shape"):
        tf.keras.layers.EinsumDense("abc,cd->abd", output_shape=6)(np.ones((2, 4, 5), "float32"))
    config = tf.keras.layers.EinsumDense("abc,cd->abd", output_shape=(None, 6)).get_config()
    assert config["output_shape"] == [None, 6]


def test_einsum_dense_leaves_activity_regularizers_alone():
    with pytest.warns(UserWarning, match="activity_regularizer='l2' has no effect"):
        layer = L.EinsumDense("abc,cd->abd", (None, 3), activity_regularizer="l2")
    layer(tf.ones((2, 3, 4)))
    assert layer.losses == [] and layer.get_config()["activity_regularizer"] is None
    layer.activity_regularizer = "l2"
    layer(tf.ones((2, 3, 4)))
    assert len(layer.losses) == 1


def test_shapes_of_single_vectors_are_refused():
    with pytest.raises(ValueError, match="rank at least 2"):
        L.Dense(3).compute_output_shape((5,))
