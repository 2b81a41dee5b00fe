"""Symbolic tensors, shape inference for unknown sizes, and the order of calls."""

import numpy as np
import pytest

import addax as tf
from addax import keras
from addax.keras import graph

L = keras.layers


def test_what_a_symbolic_tensor_is():
    x = keras.Input((3,), name="x")
    y = L.Dense(2, name="d")(x)
    assert (x.shape, x.dtype, x.ndim, x.name) == (tf.TensorShape([None, 3]), tf.float32, 2, "x")
    assert repr(y) == "<KerasTensor: shape=(None, 2) dtype=float32 (created by layer 'd')>"
    layer, node, index = y._keras_history
    assert (layer.name, node, index) == ("d", 0, 0)
    assert y.type_spec.is_compatible_with(tf.ones((4, 2)))
    assert {y: 1}[y] == 1 and y.ref() == y.ref() != x.ref()


@pytest.mark.parametrize(
    ("use", "text"),
    [
        (lambda x: bool(x), "so it cannot be a condition(.|\n)*tf.where or tf.cond"),
        (lambda x: np.asarray(x), "no value that NumPy could take(.|\n)*Lambda"),
        (lambda x: float(x), "no value yet"),
        (lambda x: len(x), "first dimension is not known"),
        (lambda x: iter(x).__next__(), "first dimension is not known"),
    ],
)
def test_what_has_no_value_yet(use, text):
    with pytest.raises(TypeError, match=text):
        use(keras.Input((3,)))


@pytest.mark.parametrize(
    ("make", "shape"),
    [
        (lambda x: L.Dense(4)(x), [None, None, 4]),
        (lambda x: x[:, 1:], [None, None, 3]),
        (lambda x: x[:, 0], [None, 3]),
        (lambda x: tf.concat([x, x], 1), [None, None, 3]),
        (lambda x: tf.concat([x, x], 2), [None, None, 6]),
        (lambda x: tf.reduce_sum(x, 1), [None, 3]),
        (lambda x: tf.reshape(x, [-1, 3]), [None, 3]),
        (lambda x: tf.transpose(x, [2, 0, 1]), [3, None, None]),
        (lambda x: tf.matmul(x, x, transpose_b=True), [None, None, None]),
        (lambda x: x + 1.0, [None, None, 3]),
        (lambda x: tf.reshape(x, [tf.shape(x)[0], tf.shape(x)[1] * 3]), [None, None]),
        (lambda x: tf.zeros([tf.shape(x)[0], 5]), [None, 5]),
        (lambda x: L.Conv1D(2, 3, strides=2)(x), [None, None, 2]),
        (lambda x: tf.argmax(x, -1), [None, None]),
    ],
)
def test_shapes_with_unknown_sizes(make, shape):
    x = keras.Input((None, 3))
    y = make(x)
    assert y.shape.as_list() == shape
    model = keras.Model(x, y)
    for sizes in ((2, 8), (5, 4)):
        data = np.random.default_rng(0).normal(size=(*sizes, 3)).astype("float32")
        found = model(data)
        assert y.shape.is_compatible_with(found.shape) and y.dtype == found.dtype
        np.testing.assert_allclose(np.asarray(found), np.asarray(make(tf.constant(data))), rtol=1e-5) if not _layers(
            make
        ) else None


def _layers(make):
    """Whether a case makes layers of its own, with weights of their own."""
    return "L" in make.__code__.co_names


def test_dtypes_and_structures():
    x = keras.Input((4,), dtype="int32")
    assert tf.cast(x, tf.float64).dtype == tf.float64 and (x > 1).dtype == tf.bool
    parts = tf.split(keras.Input((4,)), 2, axis=1)
    assert [part.shape.as_list() for part in parts] == [[None, 2], [None, 2]]
    values, indices = tf.nn.top_k(keras.Input((4,)), 2)
    assert (values.dtype, indices.dtype) == (tf.float32, tf.int32)
    outputs = L.LSTM(2, return_state=True)(keras.Input((3, 4)))
    assert [each.shape.as_list() for each in outputs] == [[None, 2]] * 3


def test_inference_computes_nothing_and_leaves_no_trace():
    calls = []

    class Spy(L.Layer):
        def build(self, shape):
            self.v = self.add_weight("v", shape=(), initializer="zeros", trainable=False)

        def call(self, inputs):
            calls.append(tf.executing_eagerly())
            self.v.assign_add(1.0)
            self.add_loss(tf.reduce_sum(inputs))
            return inputs

    layer = Spy()
    layer(keras.Input((2,)))
    assert calls and not any(calls)
    assert float(layer.v.numpy()) == 0.0 and not layer.losses


def test_leaves_and_maps():
    x, y = keras.Input((1,)), keras.Input((2,))
    tree = {"b": [x, 1], "a": (y, None)}
    assert [leaf is each for leaf, each in zip(graph.symbolic_leaves(tree), (x, y), strict=True)] == [True, True]
    assert graph.is_symbolic(tree) and not graph.is_symbolic({"a": [1, None]})
    assert graph.shapes_of(tree) == {"b": [(None, 1), None], "a": ((None, 2), None)}
    assert graph.map_leaves(lambda leaf: leaf, {"a": (1, [2])}) == {"a": (1, [2])}


def test_calls_in_order_without_recursion():
    x = keras.Input((2,))
    y = x
    for _ in range(1500):
        y = graph.KerasTensor(y.shape, y.dtype, node=_node(y))
    order = graph.sort_nodes([y], [x])
    assert len(order) == 1500 and order[-1] is y.node and order[0].inputs[0] is x


def _node(tensor):
    class Plain:
        name, is_input = "plain", False

    return graph.Node(Plain(), (tensor,), {})


def test_disconnected_graphs():
    a, b = keras.Input((1,), name="a"), keras.Input((1,), name="b")
    with pytest.raises(ValueError, match=r"Graph disconnected(.|\n)*'b'(.|\n)*To do: add it to `inputs`"):
        keras.Model(a, L.Add()([a, b]))


def test_symbolic_arguments_anywhere():
    x = keras.Input((4,))
    n = tf.shape(x)[0]
    out = tf.where(x > 0.0, x, tf.zeros_like(x)) * tf.cast(n, tf.float32)
    model = keras.Model(x, out)
    assert model(tf.constant([[1.0, -1.0, 2.0, 0.0]] * 3)).numpy()[0].tolist() == [3.0, 0.0, 6.0, 0.0]


def test_tables_of_bounded_length():
    class Positions(tf.keras.layers.Layer):
        def build(self, shape):
            self.table = self.add_weight(name="table", shape=(5, shape[-1]), initializer="ones")
            self.inner = tf.keras.layers.Dense(3, kernel_initializer="ones")

        def call(self, x):
            return self.inner(x + self.table[: tf.shape(x)[1]])

    x = tf.keras.Input((None, 2))
    layer = Positions()
    y = tf.keras.layers.MaxPooling1D(2)(layer(x))
    assert y.shape.as_list() == [None, None, 3]
    assert layer.inner._build_input_shape.as_list() == [None, None, 2]
    assert tf.keras.Model(x, y)(tf.ones([1, 5, 2])).numpy().tolist() == [[[4.0, 4.0, 4.0]] * 2]
