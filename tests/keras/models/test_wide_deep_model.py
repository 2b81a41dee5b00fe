"""LinearModel and WideDeepModel."""

import numpy as np
import pytest

import addax as tf


def test_parts_of_a_dict_have_kernels_of_their_own():
    model = tf.keras.experimental.LinearModel(units=2, kernel_initializer="ones", name="lin")
    given = {"b": np.ones((2, 3), np.float32), "a": np.ones((2, 1), np.float32)}
    assert model(given).numpy().tolist() == [[4, 4], [4, 4]]
    assert [w.shape.as_list() for w in model.weights] == [[1, 2], [3, 2], [2]]
    assert [layer.name for layer in model.layers] == ["a", "b"]
    with pytest.raises(ValueError, match="does not match"):
        model({"a": given["a"]})
    assert tf.keras.experimental.LinearModel.from_config(model.get_config()).get_config() == model.get_config()


def test_each_part_has_its_optimizer_and_files_bring_both_back(tmp_path):
    x = np.array([[1.0, 2.0], [3.0, 4.0]], np.float32)
    linear = tf.keras.experimental.LinearModel()
    deep = tf.keras.Sequential([tf.keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")])
    model = tf.keras.experimental.WideDeepModel(linear, deep, activation="relu")
    model.compile([tf.keras.optimizers.SGD(0.0), tf.keras.optimizers.SGD(0.1)], "mse", metrics=["mae"])
    assert sorted(model.fit(x, x[:, :1], verbose=0).history) == ["loss", "mae"]
    assert not linear.weights[0].numpy().any() and (deep.weights[0].numpy() != 1).all()
    model.compile("sgd", "mse")
    model.fit([x, x], x[:, :1], verbose=0)
    model.save(tmp_path / "m.keras")
    again = tf.keras.models.load_model(tmp_path / "m.keras")
    assert np.array_equal(again.predict(x, verbose=0), model.predict(x, verbose=0))
    with pytest.raises(ValueError, match="two"):
        model.compile(["sgd"], "mse")
