"""Names of symbolic tensors, as TensorFlow 2.21 with tf_keras prints them."""

import pytest

import addax as tf
from addax.keras import Input, Model, layers


def twice(x):
    layer = layers.Dense(3, name="d")
    return layer(layer(x))


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (lambda: layers.Dense(2, name="d")(Input((3,))), "d/BiasAdd:0"),
        (lambda: layers.Dense(2, use_bias=False, name="d")(Input((5, 3))), "d/Tensordot:0"),
        (lambda: layers.Dense(2, "gelu", name="d")(Input((3,))), "d/Gelu/mul_2:0"),
        (lambda: twice(Input((3,))), "d/BiasAdd:0"),
        (lambda: layers.Conv1D(2, 3, use_bias=False, name="d")(Input((6, 4))), "d/Conv1D/Squeeze:0"),
        (lambda: layers.Conv2D(2, 2, dilation_rate=2, use_bias=False, name="d")(Input((6, 6, 4))),
         "d/Conv2D/BatchToSpaceND:0"),
        (lambda: layers.Dropout(0.5, name="d")(Input((3,))), "d/Identity:0"),
        (lambda: layers.Activation("linear", name="d")(Input((3,))), "Placeholder:0"),
        (lambda: layers.LSTM(3, return_sequences=True, return_state=True, name="d")(Input((5, 4)))[2],
         "d/PartitionedCall:3"),
        (lambda: layers.GRU(3, use_bias=False, name="d")(Input((5, 4))), "d/strided_slice_3:0"),
        (lambda: layers.LSTM(3, unroll=True, name="d")(Input((5, 4))), "d/lstm_cell/mul_14:0"),
        (lambda: layers.Bidirectional(layers.LSTM(3), name="d")(Input((5, 4))), "d/concat:0"),
        (lambda: layers.add([Input((3,)), Input((3,)), Input((3,))], name="d"), "d/add_1:0"),
        (lambda: layers.EinsumDense("abc,cd->abd", (None, 3), name="d")(Input((6, 4))), "d/einsum/Einsum:0"),
        (lambda: Input((3,)) * 2.0, "tf.math.multiply/Mul:0"),
        (lambda: 1.0 + Input((3,)), "tf.__operators__.add/AddV2:0"),
        (lambda: Input((3,))[:, 1], "tf.__operators__.getitem/strided_slice:0"),
        (lambda: tf.transpose(Input((3,))), "tf.compat.v1.transpose/transpose:0"),
        (lambda: tf.split(Input((3,)), 3, 1)[2], "tf.split/split:2"),
    ],
)  # fmt: skip
def test_names(make, name):
    tf.keras.backend.clear_session()
    assert make().name == name


def test_a_nested_model_puts_its_name_in_front():
    tf.keras.backend.clear_session()
    x = Input((3,))
    inner = Model(x, layers.Dense(2, name="q")(x), name="m")
    assert inner(Input((3,))).name == "m/q/BiasAdd:0" and inner.output.name == "q/BiasAdd:0"


def test_a_layer_of_ones_own_gives_its_name():
    class Own(layers.Layer):
        def call(self, inputs):
            return inputs * 2.0

    made = Own(name="own")(Input((3,)))
    assert made.name == "own"
    assert str(made).endswith("name='own', description=\"created by layer 'own'\")")
