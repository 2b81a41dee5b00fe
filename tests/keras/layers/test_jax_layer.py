"""JaxLayer: functions written in JAX as layers; outputs, states and messages are as in Keras 3."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import addax as tf
from addax import keras
from addax.keras.layers import JaxLayer


def linear(params, inputs):
    return inputs @ params


def test_parameters_and_state():
    def counted(params, state, rng, inputs, training):
        return jnp.dot(inputs, params["w"]) + state["c"], {"c": state["c"] + 1.0}

    layer = JaxLayer(counted, params={"w": np.ones((2, 3), "float32")}, state={"c": np.zeros((), "float32")}, seed=1)
    assert [layer(np.ones((1, 2), "float32")).numpy().tolist() for _ in range(2)] == [[[2.0] * 3], [[3.0] * 3]]
    assert [v.shape.as_list() for v in layer.trainable_weights] == [[2, 3]]
    assert layer.params["w"] is layer.trainable_weights[0] and layer.state["c"].numpy() == 2.0


def test_first_values_of_a_function():
    def first(rng, inputs):
        return jax.random.normal(rng, (inputs.shape[-1], 3), "float32")

    layers = [JaxLayer(linear, first, seed=3) for _ in range(2)]
    assert [layer(keras.Input((2,))).shape for layer in layers] == [(None, 3)] * 2
    np.testing.assert_array_equal(*[layer.params for layer in layers])


def test_keys_are_new_for_each_call():
    layer = JaxLayer(lambda rng, inputs, training: inputs + jax.random.normal(rng, inputs.shape, "float32") * training)
    x = tf.zeros((2, 2))
    assert not np.asarray(layer(x)).any()
    assert (np.asarray(layer(x, training=True)) != np.asarray(layer(x, training=True))).all()


def test_structures_gradients_and_training():
    layer = JaxLayer(lambda params, inputs: {"y": inputs["a"] @ params}, params=np.ones((2, 1), "float32"))
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(layer({"a": tf.constant([[1.0, 3.0]])})["y"] ** 2)
    assert tape.gradient(loss, layer.params).numpy().tolist() == [[8.0], [24.0]]
    model = keras.Sequential([keras.Input((2,)), JaxLayer(linear, params=np.ones((2, 1), "float32"))])
    model.compile(keras.optimizers.SGD(0.1), "mse")
    model.fit(tf.ones((4, 2)), tf.zeros((4, 1)), verbose=0)
    np.testing.assert_allclose(model.get_weights()[0], [[0.6], [0.6]], rtol=1e-6)


def test_configs():
    layer = JaxLayer(linear, params=np.ones((2, 2), "float32"), name="own")
    with keras.utils.custom_object_scope({"linear": linear}):
        with pytest.raises(ValueError, match="cannot all be None"):
            JaxLayer.from_config(layer.get_config())
        made = JaxLayer(linear, lambda rng: jnp.ones(2))
        made.init_fn = linear
        assert JaxLayer.from_config({**layer.get_config(), "init_fn": made.get_config()["init_fn"]}).call_fn is linear


def test_what_is_refused():
    with pytest.raises(ValueError, match="has to take 'inputs'"):
        JaxLayer(lambda params: 3, params=1.0)
    with pytest.raises(ValueError, match="takes 'foo'"):
        JaxLayer(lambda params, foo, inputs: 3, params=1.0)
    with pytest.raises(ValueError, match="cannot all be None"):
        JaxLayer(linear)
