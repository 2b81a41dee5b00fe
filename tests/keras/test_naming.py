"""Names of layers made inside of layers: each trace, and each build in one, counts for itself."""

import pytest

import addax as tf

layers = tf.keras.layers


class Residual(layers.Layer):
    def build(self, input_shape):
        self.inner = layers.Dense(3)

    def call(self, inputs):
        return layers.add([inputs, self.inner(inputs)])


@pytest.fixture(autouse=True)
def fresh_names():
    tf.keras.backend.clear_session()


def free(kind=layers.Add):
    return kind().name


def test_symbolic_calls_take_no_names_away():
    inputs = tf.keras.Input((3,))
    model = tf.keras.Model(inputs, Residual()(Residual()(inputs)))
    assert [weight.name for weight in model.weights] == [
        "residual_1/dense/kernel:0",
        "residual_1/dense/bias:0",
        "residual/dense/kernel:0",
        "residual/dense/bias:0",
    ]
    model.compile("sgd", "mse")
    model.fit(tf.ones((4, 3)), tf.ones((4, 3)), verbose=0)
    assert (free(), layers.Dense(1).name) == ("add", "dense")


def test_eager_calls_do():
    layer = Residual()
    layer(tf.ones((2, 3)))
    assert (free(), layer.inner.name, layers.Dense(1).name) == ("add_1", "dense", "dense_1")
    tf.function(layer)(tf.ones((2, 3)))
    assert free() == "add_2"


def test_layers_built_in_fit_count_each_for_itself():
    model = tf.keras.Sequential([Residual(), Residual()])
    model.compile("sgd", "mse")
    model.fit(tf.ones((4, 3)), tf.ones((4, 3)), verbose=0)
    assert [layer.inner.name for layer in model.layers] == ["dense", "dense"]
    assert layers.Dense(1).name == "dense"
