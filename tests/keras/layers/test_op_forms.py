"""Calls of ops in configs, in TensorFlow's words: what is noted here is what tf.keras of TensorFlow 2.21 wrote."""

import json

import numpy as np
import pytest

import addax as tf
from addax import keras

X = np.array([[0.5, -1.0, 2.0, 3.0], [1.0, 2.0, -3.0, 0.1]], "float32")
ONES = [[1.0, 1.0], [1.0, 1.0], [1.0, 1.0], [1.0, 1.0]]
NOTED = {
    "operator": (lambda x: x * 2.0, "math.multiply", {"y": 2.0, "name": None}),
    "sum": (lambda x: 1.0 + x, "__operators__.add", {"y": ["x", 0, 0], "name": None}),
    "function": (lambda x: tf.multiply(x, 2.0), "math.multiply", {"y": 2.0}),
    "minus": (lambda x: -x, "math.negative", {"name": None}),
    "matrix": (lambda x: x @ tf.ones((4, 2)), "linalg.matmul", {"b": ONES, "name": None}),
    "remainder": (lambda x: x % 2.0, "math.floormod", {"y": 2.0, "name": None}),
    "floor": (lambda x: tf.math.floordiv(x, 2.0), "compat.v1.floor_div", {"y": 2.0, "name": None}),
    "generated": (tf.math.cosh, "math.cosh", {"name": None}),
    "python": (tf.math.acos, "math.acos", {}),
    "reduced": (lambda x: tf.reduce_sum(x, axis=1), "math.reduce_sum", {"axis": 1}),
    "norm": (lambda x: tf.norm(x, axis=1), "compat.v1.norm",
             {"ord": "euclidean", "axis": 1, "keepdims": None, "name": None}),
    "gathered": (lambda x: tf.gather(x, [0, 2], axis=1), "compat.v1.gather",
                 {"indices": [0, 2], "validate_indices": None, "name": None, "axis": 1, "batch_dims": 0}),
    "turned": (lambda x: tf.transpose(x, [1, 0]), "compat.v1.transpose",
               {"perm": [1, 0], "name": "transpose", "conjugate": False}),
    "counted": (lambda x: tf.one_hot(tf.cast(x, "int32"), 5), "one_hot", {"depth": 5}),
    "cut": (lambda x: x[:, 1:3], "__operators__.getitem",
            {"slice_spec": [{"start": None, "stop": None, "step": None}, {"start": 1, "stop": 3, "step": None}]}),
    "largest": (lambda x: tf.math.top_k(x, 2)[0], "math.top_k", {"k": 2}),
    "faked": (tf.quantization.fake_quant_with_min_max_args, "quantization.fake_quant_with_min_max_args",
              {"min": -6, "max": 6, "num_bits": 8, "narrow_range": False, "name": None}),
    "cosines": (tf.signal.dct, "signal.dct", {}),
    "frames": (lambda x: tf.signal.frame(x, 2, 1), "signal.frame", {"frame_length": 2, "frame_step": 1}),
}  # fmt: skip


def last_layer(model):
    return json.loads(model.to_json())["config"]["layers"][-1]


@pytest.mark.parametrize("case", NOTED)
def test_calls_are_noted_as_tensorflow_does(case):
    function, name, arguments = NOTED[case]
    x = keras.Input((4,), name="x")
    model = keras.Model(x, function(x))
    entry = last_layer(model)
    assert entry["config"]["function"] == name
    assert entry["inbound_nodes"][0][3] == arguments
    again = keras.models.model_from_json(model.to_json())
    np.testing.assert_array_equal(again(X), model(X))
    assert again.to_json() == model.to_json()


def test_op_layers_say_the_shape_of_their_first_argument():
    x = keras.Input((4,), name="x")
    assert "build_config" not in last_layer(keras.Model(x, tf.scan(lambda a, b: a + b, x)))
    assert last_layer(keras.Model(x, 2.0 - x))["build_config"] == {"input_shape": []}
    assert last_layer(keras.Model(x, tf.concat([x, x], 1)))["build_config"] == {"input_shape": [[None, 4]] * 2}


@pytest.mark.parametrize(
    ("function", "first", "arguments"),
    [
        ("compat.v1.nn.convolution", ["x", 0, 0],
         {"filter": [[[1.0]]], "dilation_rate": [1], "strides": [1], "padding": "VALID", "data_format": "NWC"}),
        ("compat.v1.nn.conv1d", ["x", 0, 0],
         {"filters": [[[1.0]]], "stride": 1, "padding": "SAME", "use_cudnn_on_gpu": True, "data_format": "NWC",
          "dilations": None, "name": None}),
        ("image.flip_left_right", ["x", 0, 0], {}),
        ("convert_to_tensor", ["x", 0, 0], {}),
        ("keras.backend.binary_crossentropy", ["x", 0, 0], {"output": ["x", 0, 0], "from_logits": True}),
        ("bitwise.invert", ["x", 0, 0], {"name": None}),
    ],
)  # fmt: skip
def test_what_tensorflow_writes_is_read(function, first, arguments):
    dtype = "int32" if function.startswith("bitwise") else "float32"
    x = {"batch_input_shape": [None, 4, 1], "dtype": dtype, "sparse": False, "ragged": False, "name": "x"}
    op = {"name": "op", "trainable": True, "dtype": "float32", "function": function}
    config = {"name": "m", "input_layers": [["x", 0, 0]], "output_layers": [["op", 0, 0]], "layers": [
        {"class_name": "InputLayer", "config": x, "name": "x", "inbound_nodes": []},
        {"class_name": "TFOpLambda", "config": op, "name": "op", "inbound_nodes": [[*first, arguments]]},
    ]}  # fmt: skip
    model = keras.Model.from_config(config)
    assert model(tf.ones((2, 4, 1), dtype)).shape == (2, 4, 1)
    assert last_layer(model)["inbound_nodes"] == [[*first, arguments]]


def test_functions_of_several_ops_are_one_layer():
    x = keras.Input((6, 6, 3), name="x")
    for made in (tf.image.resize(x, (3, 3)), tf.image.flip_up_down(x), keras.activations.mish(x)):
        model = keras.Model(x, made)
        assert len(model.layers) == 2
        again = keras.models.model_from_json(model.to_json())
        np.testing.assert_array_equal(again(np.ones((1, 6, 6, 3))), model(np.ones((1, 6, 6, 3))))


def test_sizes_that_depend_on_numbers():
    x = keras.Input((4,), name="x")
    for made, expected in ((x[x > 0], 6), (tf.boolean_mask(x, x > 1), 3), (tf.where(x > 2), 1)):
        assert made.shape[0] is None
        model = keras.models.model_from_json(keras.Model(x, made).to_json())
        assert model(X).shape[0] == expected


def test_slices_with_symbolic_ends():
    x = keras.Input((None, 2), name="x")
    model = keras.Model(x, x[:, : tf.shape(x)[1] - 1])
    again = keras.models.model_from_json(model.to_json())
    assert again(tf.ones((1, 5, 2))).shape == (1, 4, 2)


def test_losses_on_symbolic_tensors_save():
    x = keras.Input((4,), name="x")
    model = keras.Model(x, keras.losses.mse(x, tf.nn.relu(x)))
    again = keras.models.model_from_json(model.to_json())
    np.testing.assert_allclose(again(X), [0.25, 2.25], rtol=1e-6)


@pytest.mark.parametrize(("reduction", "expected"), [("auto", 1.25), ("sum", 2.5)])
def test_loss_objects_on_symbolic_tensors_save(reduction, expected):
    x = keras.Input((4,), name="x")
    model = keras.Model(x, x)
    model.add_loss(keras.losses.MeanSquaredError(reduction)(x, tf.nn.relu(x)))
    again = keras.models.model_from_json(model.to_json())
    again(X)
    np.testing.assert_allclose(again.losses, [expected], rtol=1e-6)


def test_methods_of_ragged_tensors_are_read():
    x = keras.Input((None,), ragged=True, name="x")
    model = keras.Model(x, x.to_tensor(7.0))
    again = keras.models.model_from_json(model.to_json())
    assert again(tf.ragged.constant([[1.0], [2.0, 3.0]])).numpy().tolist() == [[1.0, 7.0], [2.0, 3.0]]


@pytest.mark.parametrize("first", [tf.nn.top_k, tf.math.top_k])  # whichever was used before
def test_one_function_has_one_name(first):
    first(tf.keras.Input((5,)), 2)
    x = tf.keras.Input((5,))
    layer = tf.keras.Model(x, tf.math.top_k(x, 2)[0]).layers[1]
    assert layer.get_config()["function"] == "math.top_k"
