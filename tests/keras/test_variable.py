"""`keras.Variable`: Keras 3's arguments and names (recorded from Keras 3)."""

import numpy as np
import pytest

import addax as tf

keras = tf.keras


def test_values_and_initializers():
    v = keras.Variable([1.0, 2.0], name="q")
    assert repr(v) == "<Variable path=q, shape=(2,), dtype=float32, value=[1. 2.]>"
    assert repr(keras.Variable("zeros", shape=(2,), dtype="int32", name="z")).endswith("dtype=int32, value=[0 0]>")
    assert keras.Variable(lambda shape, dtype: np.ones(shape, dtype.np), shape=(2,)).numpy().tolist() == [1, 1]
    assert [keras.Variable(value).dtype.name for value in ([1], True, 1.0)] == ["int32", "bool", "float32"]
    assert keras.Variable([1.0, 2.0], dtype="int32").numpy().tolist() == [1, 2]


def test_the_value_does_not_change_with_the_variable():
    v = keras.Variable(1.0)
    before = v.value
    v.assign_add(2.0)
    v.assign_sub(0.5)
    assert (float(before), float(v.value), float(v + 1.0)) == (1.0, 2.5, 3.5)


def test_names():
    with tf.name_scope("encoder"):
        v = keras.Variable(1.0, name="scale")
    assert (v.name, v.path) == ("scale", "encoder/scale")
    keras.backend.clear_session()
    assert [keras.Variable(0.0).name for _ in range(2)] == ["variable", "variable_1"]


def test_attributes_of_layers_are_weights_and_are_trained():
    class Scale(keras.layers.Layer):
        def __init__(self):
            super().__init__()
            self.scale = keras.Variable("ones", shape=(2,))
            self.calls = keras.Variable(0, trainable=False)
            self.scale.regularizer = "l2"

        def call(self, x):
            self.calls.assign_add(1)
            return x * self.scale

    model = keras.Sequential([Scale()])
    model.compile("sgd", "mse")
    model.fit(np.ones((4, 2), np.float32), np.zeros((4, 2), np.float32), batch_size=2, verbose=0)
    layer = model.layers[0]
    assert int(layer.calls) == 2 and float(layer.losses[0]) < 0.02
    assert [v.name for v in layer.weights] == [layer.scale.name, layer.calls.name]
    layer.scale.trainable = False
    assert layer.trainable_weights == []
    with tf.GradientTape() as tape:
        y = tf.reduce_sum(model(np.ones((1, 2), np.float32)))
    assert tape.gradient(y, [layer.scale]) == [None]


@pytest.mark.parametrize("autocast, seen", [(True, "bfloat16"), (False, "float32")])
def test_mixed_precision_sees_it_in_the_compute_dtype(autocast, seen):
    class Scale(keras.layers.Layer):
        def build(self, shape):
            self.scale = keras.Variable("ones", shape=(2,), autocast=autocast)

        def call(self, x):
            return tf.identity(self.scale)

    assert Scale(dtype="mixed_bfloat16")(tf.ones((1, 2))).dtype.name == seen


@pytest.mark.parametrize(
    "arguments, words",
    [
        ({"initializer": "zeros"}, "`shape` argument should be specified"),
        ({"initializer": 1.0, "name": "a/b"}, "without `/`"),
        ({"initializer": 1.0, "aggregation": "most"}, "aggregation must be one of"),
        ({"initializer": [1.0], "shape": (2,)}, r"shape \(2,\)"),
    ],
)
def test_what_is_refused(arguments, words):
    with pytest.raises(ValueError, match=words):
        keras.Variable(**arguments)
