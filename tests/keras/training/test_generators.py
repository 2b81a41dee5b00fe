"""The older names of fit, evaluate and predict for generators."""

import numpy as np
import pytest

import addax as tf
from addax.core import errors


def batches():
    while True:
        yield np.ones((4, 2), "float32"), np.zeros((4, 1), "float32")


def test_older_names_do_what_the_newer_ones_do():
    errors.forget_warnings()
    model = tf.keras.Sequential([tf.keras.Input((2,)), tf.keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    with pytest.warns(UserWarning, match="Model.fit_generator.*deprecated"):
        history = model.fit_generator(batches(), steps_per_epoch=3, epochs=2, verbose=0)
    assert len(history.history["loss"]) == 2
    with pytest.warns(UserWarning, match="evaluate_generator"):
        loss = model.evaluate_generator(batches(), steps=2)
    np.testing.assert_allclose(loss, model.evaluate(*next(batches()), verbose=0), rtol=1e-6)
    with pytest.warns(UserWarning, match="predict_generator"):
        assert model.predict_generator(batches(), steps=2).shape == (8, 1)


def test_paths_of_weights():
    class Blocks(tf.keras.Model):
        def __init__(self):
            super().__init__()
            self.first = tf.keras.layers.Dense(1)
            self.blocks = [tf.keras.layers.Dense(1, use_bias=False)]

        def call(self, x):
            return self.blocks[0](self.first(x))

    model = Blocks()
    model(np.ones((1, 2), "float32"))
    assert list(model.get_weight_paths()) == ["first.kernel", "first.bias", "blocks.0.kernel"]
    sequential = tf.keras.Sequential([tf.keras.Input((2,)), tf.keras.layers.Dense(2, name="top")])
    assert sequential.get_weight_paths()["top.kernel"] is sequential.layers[0].kernel


def test_updates_and_variables_by_older_names():
    class Counts(tf.keras.layers.Layer):
        def build(self, shape):
            self.calls = self.add_variable("calls", shape=(), initializer="zeros", trainable=False)

        def call(self, x):
            self.add_update(lambda: self.calls.assign_add(1.0))
            return x

    layer = Counts()
    layer(tf.ones([1])), layer(tf.ones([1]))
    layer.finalize_state()
    assert layer.calls.numpy() == 2


@pytest.mark.parametrize("kind", ["generator", "dataset"])
def test_data_that_ends_with_an_epoch_ends_the_training(kind):
    x = np.ones((4, 1), "float32")

    def batches():
        for _ in range(2):
            yield x, x

    spec = tf.TensorSpec([4, 1])
    data = batches() if kind == "generator" else tf.data.Dataset.from_generator(batches, output_signature=(spec, spec))
    model = tf.keras.Sequential([tf.keras.layers.Dense(1, kernel_initializer="zeros")])
    model.compile("sgd", "mse")
    with pytest.warns(UserWarning, match="ran out of data after 0 of 2 steps"):
        history = model.fit(data, epochs=3, steps_per_epoch=2, verbose=0).history
    np.testing.assert_allclose(history["loss"], [0.9608, 0.0], rtol=1e-5)  # as Keras 2
