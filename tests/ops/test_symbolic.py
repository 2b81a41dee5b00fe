"""Ops of this room on Keras's symbolic tensors."""

import numpy as np
import pytest

import addax as tf

X = np.arange(24, dtype=np.float32).reshape(2, 4, 3)


@pytest.mark.parametrize(
    "function",
    [
        lambda i: i[:, 1:, -1],
        lambda i: i[:, None],
        lambda i: tf.reshape(i, [tf.shape(i)[0], -1]),
        lambda i: tf.concat([i, i], 1),
        lambda i: tf.split(i, 2, 1)[1],
        lambda i: tf.gather(i, [0, 2], axis=1),
        lambda i: tf.where(i > 3.0, i, 0.0),
        lambda i: tf.map_fn(lambda row: row * 2.0, i),
        lambda i: tf.image.resize(i[..., None], [2, 2]),
        lambda i: i / tf.cast(tf.size(i), tf.float32),
    ],
)
def test_a_model_of_an_op_computes_the_op(function):
    inputs = tf.keras.Input((4, 3))
    outputs = function(inputs)
    expected = function(tf.constant(X))
    assert outputs.shape.as_list()[1:] == expected.shape.as_list()[1:]
    np.testing.assert_allclose(tf.keras.Model(inputs, outputs)(X), expected, rtol=1e-6)


def test_random_ops_draw_in_each_call():
    inputs = tf.keras.Input((3,))
    model = tf.keras.Model(inputs, inputs + tf.random.normal(tf.shape(inputs)))
    first, second = model(X[:, 0]), model(X[:, 0])
    assert first.shape == (2, 3) and not np.array_equal(first, second)


@pytest.mark.parametrize(
    "function",
    [
        lambda i: tf.cond(tf.reduce_sum(i) > 0.0, lambda: tf.constant(1.0), lambda: tf.constant(2.0)),
        lambda i: tf.switch_case(tf.cast(tf.reduce_sum(i) > 0.0, tf.int32), [lambda: 1.0, lambda: 2.0]),
        lambda i: tf.while_loop(lambda n, a: n < 3, lambda n, a: (n + 1, a * 2.0), [tf.constant(0), i])[1],
    ],
)
def test_control_flow(function):
    inputs = tf.keras.Input((4, 3))
    model = tf.keras.Model(inputs, function(inputs))
    for x in (X, -X):
        want = np.asarray(function(tf.constant(x)))
        np.testing.assert_array_equal(model(x).numpy(), want)
        np.testing.assert_array_equal(tf.function(model)(x).numpy(), want)


def test_branches_that_use_a_symbolic_tensor_are_refused():
    inputs = tf.keras.Input((3,))
    with pytest.raises(TypeError, match="(?s)stands for a tensor of a Keras model.*keras.layers.Lambda"):
        tf.cond(tf.reduce_sum(inputs) > 0.0, lambda: inputs * 2.0, lambda: inputs)
