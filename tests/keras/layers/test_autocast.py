"""Variables of mixed-precision layers."""

import numpy as np
import pytest

import addax as tf
from addax import keras
from addax.keras.layers import autocast
from addax.keras.layers.autocast import AutoCastVariable


@pytest.fixture
def variable():
    return AutoCastVariable([1.0, 1.001])


def test_it_is_seen_in_the_scopes_dtype(variable):
    assert variable.dtype == tf.float32 and (variable * 1.0).dtype == tf.float32
    autocast.scope.dtype = np.dtype("float16")
    try:
        assert variable.dtype == tf.float16 and variable.true_dtype == tf.float32
        assert (
            variable.value().dtype == (variable * variable).dtype == tf.convert_to_tensor(variable).dtype == tf.float16
        )
    finally:
        autocast.scope.dtype = None
    assert variable.numpy().dtype == np.float32


def test_gradients_arrive_in_its_own_dtype(variable):
    autocast.scope.dtype = np.dtype("float16")
    try:
        with tf.GradientTape() as tape:
            y = tf.reduce_sum(variable * variable)
        assert y.dtype == tf.float16
    finally:
        autocast.scope.dtype = None
    grad = tape.gradient(y, variable)
    assert grad.dtype == tf.float32
    np.testing.assert_allclose(grad, [2.0, 2.0], rtol=1e-2)


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_training(policy):
    model = keras.Sequential(
        [keras.layers.Dense(4, input_shape=(2,), dtype=policy), keras.layers.Dense(1, dtype="float32")]
    )
    model.compile("sgd", "mse")
    x = np.ones((8, 2), "float32")
    history = model.fit(x, np.zeros((8, 1)), epochs=3, verbose=0).history
    assert history["loss"][-1] < history["loss"][0]
    assert all(w.numpy().dtype == np.float32 for w in model.weights)
