"""Layer.add_weight with the arguments of Keras 3."""

import numpy as np
import pytest

import addax as tf
from addax import keras


class _Layer(keras.layers.Layer):
    def build(self, input_shape):
        self.a = self.add_weight((input_shape[-1], 3), "ones")
        self.b = self.add_weight((3,), initializer="zeros", name="b", autocast=False, aggregation="mean")
        self.c = self.add_weight(shape=(), initializer=lambda shape, dtype: keras.ops.ones(shape, dtype) * 2)
        self.d = self.add_weight("d", (2,), trainable=False)

    def call(self, inputs):
        return (keras.ops.matmul(inputs, self.a) + keras.ops.cast(self.b, inputs.dtype)) * self.c


def test_shape_first():
    layer = _Layer()
    np.testing.assert_allclose(layer(np.ones((1, 4), "float32")), [[8.0, 8.0, 8.0]])
    assert [tuple(w.shape) for w in layer.weights] == [(4, 3), (3,), (), (2,)]
    assert layer.b.aggregation == tf.VariableAggregation.MEAN and layer.b.name.endswith("b:0")
    mixed = _Layer(dtype="mixed_bfloat16")
    assert mixed(np.ones((1, 4), "float32")).dtype == tf.bfloat16


def test_unknown_aggregation():
    with pytest.raises(ValueError, match="aggregation must be one of"):
        keras.layers.Layer().add_weight((2,), aggregation="middle")
