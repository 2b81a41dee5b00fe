"""Configs of functional models: Keras 2's format written, that and Keras 3's read."""

import json

import numpy as np
import pytest

import addax as tf

L = tf.keras.layers


def round_trip(model):
    return tf.keras.models.model_from_json(model.to_json())


def same_outputs(model, copy, *inputs):
    copy.set_weights(model.get_weights())
    for a, b in zip(
        tf.nest.flatten(model(list(inputs) if len(inputs) > 1 else inputs[0])),
        tf.nest.flatten(copy(list(inputs) if len(inputs) > 1 else inputs[0])),
        strict=True,
    ):
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-6)


def shared_model():
    x = tf.keras.Input((6,), name="x")
    shared = L.Dense(3, activation="tanh", name="shared")
    joined = L.Concatenate(name="join")([shared(x), shared(L.Dense(6, name="turn")(x))])
    return tf.keras.Model(x, L.Dense(1, name="y")(joined), name="branches")


def test_the_format_is_keras_2s():
    config = shared_model().get_config()
    assert list(config) == ["name", "trainable", "layers", "input_layers", "output_layers"]
    nodes = {layer["name"]: layer["inbound_nodes"] for layer in config["layers"]}
    assert list(nodes) == ["x", "turn", "shared", "join", "y"]
    assert nodes["x"] == []
    assert nodes["shared"] == [[["x", 0, 0, {}]], [["turn", 0, 0, {}]]]
    assert nodes["join"] == [[["shared", 0, 0, {}], ["shared", 1, 0, {}]]]
    assert config["input_layers"] == [["x", 0, 0]]
    assert config["output_layers"] == [["y", 0, 0]]


def test_shared_layers_survive():
    model = shared_model()
    copy = round_trip(model)
    assert len(copy.weights) == len(model.weights) == 6
    assert copy.get_layer("shared") is not model.get_layer("shared")
    same_outputs(model, copy, np.random.default_rng(0).normal(size=(4, 6)).astype("float32"))


def test_nested_models_survive():
    x = tf.keras.Input((4,), name="x")
    inner = tf.keras.Sequential([L.Dense(3, activation="relu"), L.Dense(2)], name="inner")
    z = tf.keras.Input((4,), name="z")
    functional = tf.keras.Model(z, L.Dense(2)(z), name="functional")
    model = tf.keras.Model(x, L.Add()([inner(x), functional(x), inner(x)]))
    nodes = {layer["name"]: layer["inbound_nodes"] for layer in model.get_config()["layers"]}
    add = next(name for name in nodes if name.startswith("add"))
    assert nodes[add] == [[["inner", 1, 0, {}], ["functional", 1, 0, {}], ["inner", 2, 0, {}]]]
    same_outputs(model, round_trip(model), np.ones((2, 4), "float32"))


def test_structures_of_inputs_and_outputs_survive():
    a, b = tf.keras.Input((2,), name="a"), tf.keras.Input((3,), name="b")
    model = tf.keras.Model({"a": a, "b": b}, {"sum": L.Dense(1)(L.concatenate([a, b])), "b": b})
    config = model.get_config()
    assert config["input_layers"] == {"a": ["a", 0, 0], "b": ["b", 0, 0]}
    copy = round_trip(model)
    copy.set_weights(model.get_weights())
    data = {"a": np.ones((2, 2), "float32"), "b": np.ones((2, 3), "float32")}
    assert set(copy(data)) == {"sum", "b"}
    np.testing.assert_allclose(copy(data)["sum"], model(data)["sum"])


def test_tensors_in_keyword_arguments_survive():
    x = tf.keras.Input((5, 6), name="x")
    y = tf.keras.Input((4, 6), name="y")
    model = tf.keras.Model([x, y], L.MultiHeadAttention(2, 3, name="mha")(x, y))
    entry = model.get_config()["layers"][-1]
    assert entry["inbound_nodes"] == [[["x", 0, 0, {"value": ["y", 0, 0]}]]]
    rng = np.random.default_rng(0)
    same_outputs(model, round_trip(model), *(rng.normal(size=(2, n, 6)).astype("float32") for n in (5, 4)))


@pytest.mark.parametrize(
    "compute",
    [
        lambda x: 2 * x + 1 - x / 2.0,
        lambda x: x[:, 1:],
        lambda x: x[..., None, 0],
        lambda x: tf.concat([x, x], -1),
        lambda x: tf.reduce_mean(x, axis=1, keepdims=True),
        lambda x: tf.where(x > 0.0, x, 0.0 * x),
        lambda x: tf.reshape(x, (-1, 12)),
        lambda x: tf.stack([x, x]),
        lambda x: tf.split(x, 3, -1)[1],
    ],
)
def test_ops_survive(compute):
    x = tf.keras.Input((4, 3))
    model = tf.keras.Model(x, compute(x))
    same_outputs(model, round_trip(model), np.random.default_rng(0).normal(size=(2, 4, 3)).astype("float32"))


def test_ops_are_written_as_keras_2_writes_them():
    x = tf.keras.Input((4,), name="x")
    layers = tf.keras.Model(x, 2 * x[:, 1:]).get_config()["layers"]
    assert layers[1]["class_name"] == "SlicingOpLambda"
    everything = {"start": None, "stop": None, "step": None}
    assert layers[1]["inbound_nodes"] == [["x", 0, 0, {"slice_spec": (everything, {**everything, "start": 1})}]]
    assert layers[2]["config"]["function"] == "math.multiply"
    others = {"y": [layers[1]["name"], 0, 0], "name": None}
    assert layers[2]["inbound_nodes"] == [["_CONSTANT_VALUE", -1, 2.0, others]]


def test_losses_and_metrics_of_the_model_survive():
    x = tf.keras.Input((4,), name="x")
    h = L.Dense(3, name="h")(x)
    model = tf.keras.Model(x, h)
    model.add_loss(tf.reduce_sum(h))
    model.add_metric(tf.reduce_mean(h), name="mean_of_h")
    kinds = [layer["class_name"] for layer in model.get_config()["layers"]]
    assert kinds[2:] == ["TFOpLambda", "AddLoss", "TFOpLambda", "AddMetric"]
    copy = round_trip(model)
    copy.set_weights(model.get_weights())
    data = np.ones((2, 4), "float32")
    model(data), copy(data)
    assert float(copy.losses[0]) == pytest.approx(float(model.losses[0]))
    assert [metric.name for metric in copy.metrics] == ["mean_of_h"]


def test_the_form_of_keras_3_is_read():
    tensor = {
        "class_name": "__keras_tensor__",
        "config": {"shape": [None, 4], "dtype": "float32", "keras_history": ["a", 0, 0]},
    }
    config = {
        "name": "m",
        "trainable": True,
        "layers": [
            {"module": "keras.layers", "class_name": "InputLayer", "config": {"batch_shape": [None, 4], "name": "a"},
             "registered_name": None, "name": "a", "inbound_nodes": []},
            {"module": "keras.layers", "class_name": "Dense", "config": {"name": "d", "units": 2},
             "registered_name": None, "name": "d", "inbound_nodes": [{"args": [tensor], "kwargs": {"mask": None}}]},
        ],
        "input_layers": ["a", 0, 0],
        "output_layers": [["d", 0, 0]],
    }  # fmt: skip
    assert tf.keras.Model.from_config(config).output_shape == (None, 2)


def _config(nodes, layer="d"):
    return {
        "name": "m",
        "layers": [
            {"class_name": "InputLayer", "config": {"batch_input_shape": [None, 4], "name": "a"}, "name": "a",
             "inbound_nodes": []},
            {"class_name": "Dense", "config": {"name": layer, "units": 4}, "name": layer, "inbound_nodes": nodes},
        ],
        "input_layers": [["a", 0, 0]],
        "output_layers": [["d", 0, 0]],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("nodes", "says"),
    [
        ([[["d", 0, 0, {}]]], "never made"),
        ([[["missing", 0, 0, {}]]], "no layer 'missing'"),
        ([[["a", 0, 3, {}]]], "has 1 outputs"),
        ([[["a", 0, 0, {}]], [["d", 7, 0, {}]]], "never made"),
        ([[3]], "improperly formatted"),
        ("nodes", "not a list"),
    ],
)
def test_bad_graphs_are_refused(nodes, says):
    with pytest.raises(ValueError, match=says):
        tf.keras.Model.from_config(_config(nodes))


def test_a_layer_named_twice_is_refused():
    with pytest.raises(ValueError, match="appears twice"):
        tf.keras.Model.from_config(_config([[["a", 0, 0, {}]]], "a"))


def test_json_errors():
    with pytest.raises(ValueError, match="not valid JSON"):
        tf.keras.models.model_from_json("{")
    with pytest.raises(TypeError, match="Sequential.from_config"):
        tf.keras.models.model_from_config([])
    with pytest.raises(TypeError, match="Could not locate class 'Nothing'"):
        tf.keras.models.model_from_json(json.dumps({"class_name": "Nothing", "config": {}}))
    with pytest.raises(RuntimeError, match="security"):
        tf.keras.models.model_from_yaml("")


def test_custom_objects():
    class Twice(L.Layer):
        def call(self, inputs):
            return inputs * 2.0

    model = tf.keras.Sequential([L.InputLayer((2,)), Twice()])
    with pytest.raises(TypeError, match="Twice"):
        tf.keras.models.model_from_json(model.to_json())
    copy = tf.keras.models.model_from_json(model.to_json(), custom_objects={"Twice": Twice})
    np.testing.assert_allclose(copy(np.ones((1, 2), "float32")), [[2.0, 2.0]])


def test_layers_built_inside_others_note_unknown_sizes_as_unknown():
    class Outer(tf.keras.layers.Layer):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.inner = tf.keras.layers.Dense(2)

        def call(self, x):
            return self.inner(x)

    for shape in ((3,), (None, 3), (7, 256)):
        outer = Outer()
        outer(tf.keras.Input(shape))
        assert outer.inner.get_build_config() == {"input_shape": (None, *shape)}


def test_unknown_sizes_and_names_of_wrapped_layers():
    from addax.keras import Input, Model, layers, models

    x = Input((5, 8))
    attention = layers.MultiHeadAttention(2, 4)
    y = layers.TimeDistributed(layers.Dense(3, name="inner"), name="outer")(attention(x, x))
    model = Model(x, y)
    shapes = {key: tuple(value) for key, value in attention.get_config().items() if key.endswith("_shape") and value}
    assert {shapes[key] for key in ("query_shape", "key_shape", "value_shape")} == {(None, 5, 8)}
    for made in (model, models.clone_model(model), Model.from_config(model.get_config())):
        assert [w.name for w in made.weights[-2:]] == ["outer/kernel:0", "outer/bias:0"]


def test_calls_of_layers_that_only_keras_3_has_are_written_as_keras_3_does():
    """It takes tensors among the other arguments from nowhere else; models inside are numbered as in Keras 2."""
    x, y = tf.keras.Input((5, 8), name="x"), tf.keras.Input((4, 8), name="y")
    inner = tf.keras.Sequential([tf.keras.Input((5, 8)), L.Dense(8)], name="inner")
    attended = L.GroupQueryAttention(4, 4, 2, name="g")(inner(x), y, key=y, use_causal_mask=True)
    model = tf.keras.Model([x, y], L.Dense(2)(inner(attended)))
    (node,) = next(layer for layer in model.get_config()["layers"] if layer["name"] == "g")["inbound_nodes"]
    assert set(node) == {"args", "kwargs"} and node["kwargs"]["use_causal_mask"] is True
    assert node["args"][1] == {
        "class_name": "__keras_tensor__",
        "config": {"shape": [None, 4, 8], "dtype": "float32", "keras_history": ["y", 0, 0]},
    }
    copy = round_trip(model)
    draws = np.random.default_rng(0)
    same_outputs(model, copy, *(draws.normal(size=(2, n, 8)).astype("float32") for n in (5, 4)))


def shapes_of(model):
    return [tuple(w.shape) for w in model.weights]


def image_model():
    layers = tf.keras.layers
    inputs = tf.keras.Input((8, 8, 3))
    x = layers.Conv2D(5, 3, name="second")(layers.Conv2D(4, 3, name="first")(inputs))
    return tf.keras.Model(inputs, layers.Dense(2)(layers.Flatten()(layers.BatchNormalization()(x))))


def test_an_edited_config_makes_variables_that_fit():
    config = image_model().get_config()
    config["layers"][1]["config"]["filters"] = 8
    norm = [(5,)] * 4
    wanted = [(3, 3, 3, 8), (8,), (3, 3, 8, 5), (5,), *norm, (80, 2), (2,)]
    assert shapes_of(tf.keras.Model.from_config(config)) == wanted
    text = json.loads(image_model().to_json())
    text["config"]["layers"][0]["config"]["batch_input_shape"] = (None, 12, 12, 1)
    wanted = [(3, 3, 1, 4), (4,), (3, 3, 4, 5), (5,), *norm, (320, 2), (2,)]
    assert shapes_of(tf.keras.models.model_from_json(json.dumps(text))) == wanted


def test_an_edited_config_of_a_sequential_model_makes_variables_that_fit():
    layers = tf.keras.layers
    config = tf.keras.Sequential([layers.Dense(4, input_shape=(3,)), layers.Dense(2)]).get_config()
    config["layers"][1]["config"]["units"] = 7
    assert shapes_of(tf.keras.Sequential.from_config(config)) == [(3, 7), (7,), (7, 2), (2,)]
    inputs = tf.keras.Input((3,))
    nested = tf.keras.Model(inputs, layers.Dense(2)(tf.keras.Sequential.from_config(config)(inputs))).get_config()
    nested["layers"][1]["config"]["layers"][1]["config"]["units"] = 5
    assert shapes_of(tf.keras.Model.from_config(nested)) == [(3, 5), (5,), (5, 2), (2,), (2, 2), (2,)]


def test_an_edited_config_builds_layers_inside_layers_anew():
    layers = tf.keras.layers
    inputs = tf.keras.Input((5, 3))
    x = layers.Bidirectional(layers.LSTM(4, return_sequences=True))(layers.GRU(6, return_sequences=True)(inputs))
    x = layers.TimeDistributed(layers.Dense(4))(layers.LayerNormalization()(x))
    config = tf.keras.Model(inputs, x).get_config()
    config["layers"][1]["config"]["units"] = 7
    config["layers"][2]["config"]["layer"]["config"]["units"] = 2
    assert shapes_of(tf.keras.Model.from_config(config)) == [
        (3, 21), (7, 21), (2, 21), (7, 8), (2, 8), (8,), (7, 8), (2, 8), (8,), (4,), (4,), (4, 4), (4,),
    ]  # fmt: skip


class Known(tf.keras.Model):
    def __init__(self, units):
        super().__init__()
        self.units = units
        self.dense = tf.keras.layers.Dense(units)

    def call(self, x):
        return self.dense(x)

    def get_config(self):
        return {**super().get_config(), "units": self.units}


class Holder(tf.keras.Model):
    def __init__(self, net, **kwargs):
        super().__init__(**kwargs)
        self.net = net

    def call(self, x):
        return self.net(x)


def test_the_config_of_a_subclass_is_the_arguments_of_its_constructor(tmp_path):
    model = Known(3)
    x = np.ones((1, 2), "float32")
    expected = model(x)
    assert model.get_config() == {"units": 3}  # no name, which such a constructor does not take
    model.save(tmp_path / "known.keras")
    again = tf.keras.models.load_model(tmp_path / "known.keras", custom_objects={"Known": Known})
    np.testing.assert_array_equal(again(x), expected)


def test_a_subclass_that_holds_a_model_is_saved_with_its_weights(tmp_path):
    model = Holder(tf.keras.Sequential([tf.keras.layers.Dense(2, input_shape=(3,))]), name="holder")
    model(np.ones((1, 3), "float32"))
    with pytest.warns(UserWarning, match="config of the model is empty.*get_config"):
        model.save(tmp_path / "holder.keras")
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'net'"):
        tf.keras.models.load_model(tmp_path / "holder.keras", custom_objects={"Holder": Holder})
    kept = model.get_weights()
    model.set_weights([np.zeros_like(w) for w in kept])
    model.load_weights(tmp_path / "holder.keras")
    np.testing.assert_array_equal(model.get_weights()[0], kept[0])


def test_a_subclass_without_a_constructor_of_its_own_names_what_the_base_takes():
    class Passes(tf.keras.Model):
        def call(self, x):
            return x

    assert Passes(name="p").get_config() == {"name": "p", "trainable": True, "dtype": "float32"}
    assert Passes.from_config(Passes(name="p").get_config()).name == "p"


@pytest.mark.parametrize(
    ("function", "noted"),
    [
        (lambda x: tf.reduce_mean(x, axis=1), [["x", 0, 0, {"axis": 1}]]),
        (lambda x: tf.reduce_mean(x, axis=1, keepdims=True), [["x", 0, 0, {"axis": 1, "keepdims": True}]]),
        (lambda x: tf.matmul(x, x, transpose_b=True), [["x", 0, 0, {"b": ["x", 0, 0], "transpose_b": True}]]),
        (lambda x: tf.nn.top_k(x, 2)[0], [["x", 0, 0, {"k": 2}]]),
        (lambda x: tf.nn.silu(x), [["x", 0, 0, {}]]),
        (lambda x: tf.square(x), [["x", 0, 0, {"name": None}]]),
        (lambda x: x[0], [["x", 0, 0, {"slice_spec": 0}]]),
        (lambda x: x[1:3], [["x", 0, 0, {"slice_spec": {"start": 1, "stop": 3, "step": None}}]]),
        (lambda x: tf.nn.dropout(x, 0.5), [["x", 0, 0, {"rate": 0.5}]]),
        (lambda x: tf.nn.max_pool1d(tf.expand_dims(x, -1), 2, 2, "SAME"), None),
        (lambda x: tf.sequence_mask(tf.cast(x, tf.int32), 5), None),
        (lambda x: tf.einsum("ij,ij->i", x, x), None),
    ],
)
def test_arguments_of_ops_are_those_that_keras_2_notes(function, noted):
    x = tf.keras.Input((4,), name="x")
    model = tf.keras.Model(x, function(x))
    config = model.get_config()
    assert noted is None or config["layers"][-1]["inbound_nodes"] == noted
    again = tf.keras.models.model_from_json(model.to_json())
    assert again.output_shape == model.output_shape and again.get_config()["layers"] == config["layers"]


def test_dropout_of_symbolic_tensors_is_drawn_anew():
    x = tf.keras.Input((64,))
    model = tf.keras.Model(x, tf.nn.dropout(x, 0.5))
    data = np.ones((2, 64), np.float32)
    assert np.any(model(data).numpy() != model(data).numpy())


def test_states_and_constants_are_noted_behind_the_input():
    x, h, c = (tf.keras.Input(shape, name=name) for name, shape in (("x", (3, 2)), ("h", (4,)), ("c", (4,))))
    model = tf.keras.Model([x, h, c], L.LSTM(4)(x, initial_state=[h, c]))
    noted = [[["x", 0, 0, {}], ["h", 0, 0, {}], ["c", 0, 0, {}]]]
    assert model.get_config()["layers"][-1]["inbound_nodes"] == noted
    data = [np.ones((2, *tensor.shape[1:]), np.float32) for tensor in model.inputs]
    copy = round_trip(model)
    copy.set_weights(model.get_weights())
    np.testing.assert_array_equal(copy(data), model(data))
