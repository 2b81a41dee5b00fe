"""keras.remat and keras.RematScope: the same numbers, computed again for gradients."""

import jax
import numpy as np
import pytest

import addax as tf
from addax import keras

layers = keras.layers
RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(16, 3)).astype("float32"), RNG.normal(size=(16, 2)).astype("float32")


def _trained(mode, **options):
    """(The weights after two steps, how much is computed again for a gradient) of a model made in a scope."""
    keras.utils.clear_session()
    keras.utils.set_random_seed(3)
    with keras.RematScope(mode, **options):
        parts = [
            layers.Dense(8, activation="relu", name="first"),
            layers.BatchNormalization(),
            layers.Dropout(0.3, seed=4),
            layers.Dense(2, activation=lambda x: tf.tanh(x) * 2.0),
        ]
    model = keras.Sequential([keras.Input((3,)), *parts])
    model.compile("sgd", "mse")
    model.fit(X, Y, batch_size=8, verbose=0, shuffle=False)
    np.testing.assert_allclose(model.predict(X, verbose=0), model(X), rtol=1e-4, atol=1e-5)
    values = [np.asarray(v) for v in model.trainable_variables], [np.asarray(v) for v in model.non_trainable_variables]

    def loss(trainable, others):
        out, _ = model.stateless_call(trainable, others, X, training=True)
        return (out**2).sum()

    return model.get_weights(), str(jax.make_jaxpr(jax.grad(loss))(*values)).count("prevent_cse")


def test_numbers_stay():
    wanted, count = _trained(None)
    assert count == 0
    for mode, options, least in (
        ("full", {}, 4),
        ("activations", {}, 2),
        ("larger_than", {"output_size_threshold": 100}, 3),
        ("list_of_layers", {"layer_names": ["first"]}, 1),
    ):
        found, count = _trained(mode, **options)
        for mine, other in zip(found, wanted, strict=True):
            np.testing.assert_allclose(mine, other, rtol=1e-4, atol=1e-6)
        assert count >= least, (mode, count)


def test_of_functions():
    layer = layers.Dense(3)
    x = tf.constant(X)
    with tf.GradientTape(persistent=True) as tape:
        plain, forgetful = tf.reduce_sum(layer(x) ** 2), tf.reduce_sum(keras.remat(layer)(x) ** 2)
    for wanted, mine in zip(tape.gradient(plain, layer.weights), tape.gradient(forgetful, layer.weights), strict=True):
        np.testing.assert_allclose(mine, wanted, rtol=1e-5)
    inputs = keras.Input((3,))
    assert keras.Model(inputs, keras.remat(keras.ops.tanh)(inputs))(x).shape == (16, 3)
    with pytest.raises(ValueError, match="Invalid mode 'half'"):
        keras.RematScope("half")
