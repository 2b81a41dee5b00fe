"""Descriptions that Keras 2 and Keras 3 both read."""

import json
import zipfile

import numpy as np

import addax as tf

L = tf.keras.layers


def test_calls_of_models_in_models_have_the_same_numbers_in_keras_2_and_keras_3(tmp_path):
    inner = tf.keras.Sequential([tf.keras.Input((4,)), L.Dense(4, activation="tanh")], name="inner")
    a, b = tf.keras.Input((4,), name="a"), tf.keras.Input((4,), name="b")
    wide = tf.keras.Model(a, L.Dense(3)(inner(a)), name="wide")
    first, second = inner(a), inner(b)
    model = tf.keras.Model([a, b], [L.Add(name="sum")([second, inner(first)]), wide(b)])
    model.save(tmp_path / "m.keras")
    with zipfile.ZipFile(tmp_path / "m.keras") as archive:
        config = json.loads(archive.read("config.json"))["config"]
    found = {layer["name"]: layer["inbound_nodes"] for layer in config["layers"]}
    # Keras 2 finds call 1 in the first place and call 5 in the fifth; Keras 3 in the second and in the sixth.
    assert found["inner"] == [[[name, number, 0, {}]] for name, number in (("a", 0), ("b", 0), ("inner", 1))
                              for _ in range(2)]  # fmt: skip
    assert found["sum"] == [[["inner", 3, 0, {}], ["inner", 5, 0, {}]]]
    assert found["wide"] == [[["b", 0, 0, {}]]] * 2 and config["output_layers"] == [["sum", 0, 0], ["wide", 1, 0]]
    loaded = tf.keras.models.load_model(tmp_path / "m.keras")
    inputs = [np.eye(3, 4, dtype="float32"), np.eye(3, 4, 1, dtype="float32")]
    for got, want in zip(loaded(inputs), model(inputs), strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-6)
    assert loaded.get_config() == model.get_config()  # calls that nobody uses are not written again
    assert loaded.get_layer("inner").count_params() == 20 and len(loaded.weights) == len(model.weights)


def test_a_layer_in_two_models_of_a_model_is_one_again(tmp_path):
    encoder = tf.keras.Sequential([tf.keras.Input((4,)), L.Dense(2)], name="encoder")
    x, z = tf.keras.Input((4,)), tf.keras.Input((4,))
    auto = tf.keras.Model(x, L.Dense(4)(encoder(x)), name="auto")
    model = tf.keras.Model(z, [auto(z), encoder(z)])
    model.compile("sgd", "mse")
    for form in ("m.keras", "m.h5", "folder"):
        model.save(tmp_path / form)
        loaded = tf.keras.models.load_model(tmp_path / form)
        assert len(loaded.weights) == 4
        assert loaded.get_layer("encoder") is loaded.get_layer("auto").get_layer("encoder")
        np.testing.assert_allclose(loaded(np.eye(4))[1], model(np.eye(4))[1])
    with zipfile.ZipFile(tmp_path / "m.keras") as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    config = json.loads(members["config.json"])
    layers = config["config"]["layers"]
    assert [layer.get("shared_object_id") is not None for layer in layers] == [False, False, True]
    for layer in layers[1]["config"]["layers"]:
        layer.pop("shared_object_id", None)  # as Keras 2 writes it
    with zipfile.ZipFile(tmp_path / "forgot.keras", "w") as archive:
        for name, data in {**members, "config.json": json.dumps(config).encode()}.items():
            archive.writestr(name, data)
    assert len(tf.keras.models.load_model(tmp_path / "forgot.keras").weights) == 4
