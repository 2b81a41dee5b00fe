"""clone_model."""

import numpy as np
import pytest

import addax as tf

L = tf.keras.layers


def functional():
    x = tf.keras.Input((3,), name="x")
    shared = L.Dense(3, name="shared")
    return tf.keras.Model(x, shared(shared(x)), name="f")


def test_functional():
    model = functional()
    copy = tf.keras.models.clone_model(model)
    assert copy.name == "f"
    assert [layer.name for layer in copy.layers] == ["x", "shared"]
    assert copy.get_layer("shared") is not model.get_layer("shared")
    copy.set_weights(model.get_weights())
    data = np.ones((2, 3), "float32")
    np.testing.assert_allclose(copy(data), model(data))


def test_sequential_keeps_its_input():
    model = tf.keras.Sequential([L.Dense(2, input_shape=(3,)), L.Dropout(0.5)], name="s")
    copy = tf.keras.models.clone_model(model)
    assert (copy.name, copy.input_shape, len(copy.weights)) == ("s", (None, 3), 2)


def test_clone_function_and_input_tensors():
    seen = []

    def make(layer):
        seen.append(layer.name)
        return type(layer).from_config({**layer.get_config(), "name": layer.name + "_copy"})

    fresh = tf.keras.Input((3,), name="fresh")
    copy = tf.keras.models.clone_model(functional(), input_tensors=[fresh], clone_function=make)
    assert seen == ["shared"]
    assert [layer.name for layer in copy.layers] == ["fresh", "shared_copy"]


def test_losses_are_cloned():
    model = functional()
    model.add_loss(tf.reduce_sum(model.output))
    copy = tf.keras.models.clone_model(model)
    copy(np.ones((1, 3), "float32"))
    assert len(copy.losses) == 1


def test_subclassed_models_come_from_their_config():
    class Scale(tf.keras.Model):
        def __init__(self, factor, **kwargs):
            super().__init__(**kwargs)
            self.factor = factor

        def call(self, inputs):
            return inputs * self.factor

        def get_config(self):
            return {"factor": self.factor, "name": self.name}

    copy = tf.keras.models.clone_model(Scale(3.0, name="scale"))
    assert (copy.factor, copy.name) == (3.0, "scale")
    with pytest.raises(ValueError, match="only supported for Sequential"):
        tf.keras.models.clone_model(Scale(3.0), clone_function=lambda layer: layer)


def test_errors():
    with pytest.raises(ValueError, match="expected a keras Model"):
        tf.keras.models.clone_model(L.Dense(1))
    with pytest.raises(ValueError, match="expected 1 input_tensors"):
        tf.keras.models.clone_model(functional(), input_tensors=[tf.keras.Input((3,)), tf.keras.Input((3,))])
    with pytest.raises(ValueError, match="callable"):
        tf.keras.models.clone_model(functional(), clone_function=3)


def test_call_function_and_recursion():
    inner = tf.keras.Sequential([tf.keras.Input((2,)), tf.keras.layers.Dense(2, name="d")], name="inner")
    inputs = tf.keras.Input((2,))
    model = tf.keras.Model(inputs, inner(inputs))
    seen = []

    def make(layer):
        seen.append(layer.name)
        return type(layer).from_config(layer.get_config())

    copy = tf.keras.models.clone_model(
        model, clone_function=make, call_function=lambda layer, *args, **kwargs: layer(*args, **kwargs) * 2.0,
        recursive=True,
    )  # fmt: skip
    copy.set_weights(model.get_weights())
    x = np.ones((1, 2), "float32")
    np.testing.assert_allclose(copy(x), 2 * model(x).numpy(), rtol=1e-6)
    assert seen == ["d"]
    with pytest.raises(ValueError, match="Sequential"):
        tf.keras.models.clone_model(inner, call_function=lambda layer, x: layer(x))
