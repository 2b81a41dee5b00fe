"""Lambda."""

import numpy as np
import pytest

import addax as tf

L = tf.keras.layers


def test_arguments_masks_and_training():
    layer = L.Lambda(lambda x, factor, training=None: x * factor if training else x, arguments={"factor": 3.0})
    x = tf.ones((1, 2))
    assert layer(x, training=True).numpy()[0, 0] == 3 and layer(x).numpy()[0, 0] == 1
    masked = L.Lambda(lambda x: x, mask=lambda x, mask: x > 0)(tf.constant([[1.0, -1.0]]))
    np.testing.assert_array_equal(masked._keras_mask, [[True, False]])


def test_output_shapes():
    assert L.Lambda(lambda x: x[:, :1]).compute_output_shape((None, 3)).as_list() == [None, 1]
    assert L.Lambda(lambda x: x, output_shape=(7,)).compute_output_shape((2, 3)).as_list() == [2, 7]


def test_in_a_model_with_gradients():
    model = tf.keras.Sequential([tf.keras.Input((3,)), L.Dense(2), L.Lambda(tf.math.square)])
    model.compile("sgd", "mse")
    model.fit(np.ones((4, 3)), np.ones((4, 2)), verbose=0)


def test_configs_hold_functions_names_and_refuse_code():
    layer = L.Lambda(tf.math.square, name="squares")
    assert L.Lambda.from_config(layer.get_config()).function is layer.function
    code = {"function": ["bm90IGNvZGU=", None, None], "function_type": "lambda"}
    with pytest.raises(ValueError, match="safe_mode"):
        L.Lambda.from_config(code)
    with pytest.raises(TypeError, match="unknown function"):
        L.Lambda.from_config({"function": "os.system", "function_type": "function"})
    with pytest.raises(TypeError, match="expected a function"):
        L.Lambda(3)
