"""keras.Input, and the layer behind it."""

import numpy as np
import pytest

import addax as tf
from addax import keras


def test_shapes_and_names():
    keras.backend.clear_session()
    assert keras.Input((3,)).name == "input_1" and keras.Input((3,)).name == "input_2"
    assert keras.Input(shape=(2, None), batch_size=4, dtype="int32", name="n").shape.as_list() == [4, 2, None]
    assert keras.Input(batch_shape=(5, 1)).shape.as_list() == [5, 1]
    assert keras.Input(()).shape.as_list() == [None]
    assert keras.Input(3, batch_size=2).shape.as_list() == [2, 3]
    assert keras.Input(type_spec=tf.TensorSpec((2, 3), tf.float64)).dtype == tf.float64
    layer = keras.Input((3,), name="x").node.layer
    assert layer.input_shape == [(None, 3)] and layer.dtype == "float32" and layer.is_input
    again = type(layer).from_config(layer.get_config())
    assert again.input.shape.as_list() == [None, 3] and again.name == "x"


def test_refused():
    with pytest.raises(ValueError, match="provide to Input a `shape`"):
        keras.Input()
    with pytest.raises(TypeError):
        keras.Input(3.5)
    with pytest.raises(ValueError, match="must be >= 0"):
        keras.Input(-1)
    with pytest.raises(ValueError, match="not recognized: \\['shap'\\]"):
        keras.Input((3,), shap=2)


def test_data_fits_the_declared_input():
    model = keras.Model(x := keras.Input((1,), dtype="float32"), x * 2.0)
    assert model(np.array([1, 2, 3])).numpy().tolist() == [[2.0], [4.0], [6.0]]
    flat = keras.Model(x := keras.Input(()), x + 1.0)
    assert flat(np.ones((2, 1))).shape == [2]


@pytest.mark.parametrize("policy", ["float64", "float16", "mixed_float16", "mixed_bfloat16"])
def test_policies_leave_inputs_alone(policy):
    # Numbers of TensorFlow 2.21: layers cast what they take; what has a dtype of its own gets the data as they came.
    tf.keras.mixed_precision.set_global_policy(policy)
    try:
        inputs = tf.keras.Input((1,))
        assert inputs.dtype == "float32" and keras.layers.InputLayer((1,)).get_config()["dtype"] == "float32"
        assert keras.layers.Dense(2)(inputs).dtype == tf.keras.mixed_precision.global_policy().compute_dtype
        model = tf.keras.Model(inputs, keras.layers.Rescaling(1.0, dtype="float32")(inputs))
        assert model(tf.constant([[1001.3]])).numpy()[0, 0] == np.float32(1001.3)
        first = tf.keras.Sequential([keras.layers.Dense(2, input_shape=(3,))])
        assert first.input.dtype == first.layers[0].variable_dtype
    finally:
        tf.keras.mixed_precision.set_global_policy("float32")
    tf.keras.backend.set_floatx("float64")
    try:
        assert tf.keras.Input((1,)).dtype == "float64"
    finally:
        tf.keras.backend.set_floatx("float32")
