"""Ops on symbolic tensors are layers."""

import numpy as np
import pytest

import addax as tf
from addax import keras
from addax.keras.layers.op_layer import TFOpLambda


def test_ops_become_layers_that_save():
    x = keras.Input((3,))
    y = tf.nn.relu(x * 2.0 - 1.0) + tf.reduce_mean(x, axis=1, keepdims=True)
    model = keras.Model(x, y[:, ::2])
    assert sum(isinstance(layer, TFOpLambda) for layer in model.layers) == 6
    data = np.array([[1.0, -1.0, 3.0]], "float32")
    expected = (np.maximum(data * 2 - 1, 0) + data.mean())[:, ::2]
    np.testing.assert_allclose(model(data), expected, rtol=1e-6)
    again = keras.models.model_from_json(model.to_json())
    np.testing.assert_allclose(again(data), expected, rtol=1e-6)


def test_an_unknown_op_in_a_config():
    with pytest.raises(ValueError, match="Unknown op 'os.system'(.|\n)*never imported"):
        TFOpLambda.from_config({"name": "x", "function": "os.system", "trainable": True, "dtype": "float32"})


def test_variables_and_numpy_beside_symbols():
    v = tf.Variable([1.0, 2.0])
    x = keras.Input((2,))
    for y in (x * v, v * x, np.array([1.0, 2.0], "float32") * x):
        assert keras.Model(x, y)(tf.ones((1, 2))).numpy().tolist() == [[1.0, 2.0]]


def test_functions_of_the_host_are_layers_of_unknown_shape():
    inputs = tf.keras.Input((2,))
    doubled = tf.numpy_function(lambda x: x * 2, [inputs], tf.float32)
    assert doubled.shape.rank is None and doubled.dtype == tf.float32
    outputs = tf.keras.layers.Dense(1, kernel_initializer="ones")(tf.ensure_shape(doubled, [None, 2]))
    model = tf.keras.Model(inputs, outputs)
    assert model(np.ones((3, 2), "f")).numpy().tolist() == [[4.0]] * 3
    assert [layer.name.rpartition("_")[0] or layer.name for layer in model.layers[1:3]] == ["tf.numpy", "tf.ensure"]
    other = tf.keras.Input((2,))
    total = tf.keras.Model([inputs, other], tf.py_function(lambda a, b: a + b, inp=[inputs, other], Tout=tf.float32))
    assert total([np.ones((1, 2), "f"), np.ones((1, 2), "f")]).numpy().tolist() == [[2.0, 2.0]]
    values, counts = tf.numpy_function(lambda x: (x, x.sum(1).astype("int64")), [inputs], [tf.float32, tf.int64])
    assert values.dtype == tf.float32 and counts.dtype == tf.int64
