"""What cross-entropies take for logits: the inputs of tf.nn.softmax and tf.sigmoid in a user's own code, once traced.

The numbers are TensorFlow's.
"""

import numpy as np
import pytest

import addax as tf

_rng = np.random.default_rng(0)
X = _rng.normal(size=(64, 8)).astype("f") * 3
Y = _rng.integers(0, 4, 64)
KERNEL = _rng.normal(size=(8, 4)).astype("f") * 4
ONE_HOT = np.eye(4, dtype="f")[Y]


class Net(tf.keras.Model):
    def __init__(self, last):
        super().__init__()
        self.dense, self.last = tf.keras.layers.Dense(4), last

    def call(self, x):
        return self.last(self.dense(x))


class Compiled(Net):
    call = tf.function(Net.call)


def trained(last, loss, y, kind=Net, **options):
    net = kind(last)
    net(X[:1])
    net.dense.set_weights([KERNEL, np.zeros(4, "f")])
    net.compile(tf.keras.optimizers.SGD(0.5), loss, **options)
    return net.fit(X, y, epochs=2, batch_size=32, shuffle=False, verbose=0).history["loss"]


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        (tf.nn.softmax, [29.9833, 24.5135]),
        (lambda x: tf.nn.softmax(x, axis=1), [29.9833, 24.5135]),
        (lambda x: tf.nn.softmax(x, axis=0), [10.47, 10.239]),
        (lambda x: tf.identity(tf.nn.softmax(x)), [10.8709, 10.6616]),
        (tf.keras.activations.softmax, [29.9833, 24.5135]),
    ],
)
def test_softmax(last, expected):
    np.testing.assert_allclose(trained(last, "categorical_crossentropy", ONE_HOT), expected, atol=1e-4)


def test_sparse_labels():
    losses = trained(tf.nn.softmax, "sparse_categorical_crossentropy", Y)
    np.testing.assert_allclose(losses, [29.9833, 24.5135], atol=1e-4)


def test_probabilities_are_clipped_where_models_run_eagerly_or_are_functions_of_their_own():
    eager = trained(tf.nn.softmax, "categorical_crossentropy", ONE_HOT, run_eagerly=True)
    np.testing.assert_allclose(eager, [10.8709, 10.6616], atol=1e-4)
    for last in (tf.nn.softmax, tf.keras.activations.softmax):
        called = trained(last, "categorical_crossentropy", ONE_HOT, Compiled)
        np.testing.assert_allclose(called, [10.8709, 10.6616], atol=1e-4)


def test_loops_of_ones_own():
    kernel, loss = tf.Variable(KERNEL), tf.keras.losses.SparseCategoricalCrossentropy()

    @tf.function
    def probabilities(x):
        return tf.nn.softmax(x @ kernel)

    @tf.function
    def step(x, y, function):
        with tf.GradientTape() as tape:
            value = loss(y, function(x))
        return value, tape.gradient(value, kernel)

    value, slope = step(X, Y, lambda x: tf.nn.softmax(x @ kernel))
    np.testing.assert_allclose([value, tf.reduce_sum(abs(slope))], [31.0416, 10.51086], rtol=1e-5)
    assert float(step(X, Y, probabilities)[0]) == pytest.approx(10.888918, rel=1e-6)


def test_sigmoid():
    losses = trained(tf.sigmoid, "binary_crossentropy", ONE_HOT)
    np.testing.assert_allclose(losses, [11.1936, 10.719], atol=1e-4)


def test_probabilities_that_sum_to_next_to_nothing():
    p, y = tf.constant([[1e-30, 2e-30], [1e-25, 1e-32]]), tf.constant([[1.0, 0.0], [0.0, 1.0]])
    with tf.GradientTape() as tape:
        tape.watch(p)
        loss = tf.keras.losses.categorical_crossentropy(y, p)
    np.testing.assert_allclose(loss, [1.0986123, 16.118095], rtol=1e-6)
    np.testing.assert_allclose(tape.gradient(loss, p), [[-2e30 / 3, 1e30 / 3], [0, 0]], rtol=1e-6)
