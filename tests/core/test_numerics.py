"""tf.debugging.enable_check_numerics."""

import threading

import numpy as np
import pytest

import addax as tf


@pytest.fixture
def checked():
    tf.debugging.enable_check_numerics()
    yield
    tf.debugging.disable_check_numerics()


def test_eager(checked):
    with pytest.raises(tf.errors.InvalidArgumentError, match='eagerly-executing op "log"') as caught:
        tf.math.log([-1.0, 1.0])
    assert "# of NaN elements: 1" in caught.value.message and "-1." in caught.value.message
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"\+Inf elements: 1") as caught:
        tf.constant(1.0) / tf.constant(0.0)
    assert "Tensor had Inf values" in caught.value.message
    assert tf.reshape(np.float32([np.nan]), [1, 1]).shape == [1, 1]  # only hands it on
    assert float(tf.math.log(1.0)) == 0


def test_under_a_tape(checked):
    x = tf.Variable([0.0])
    with tf.GradientTape(), pytest.raises(tf.errors.InvalidArgumentError, match='op "log"'):
        tf.math.log(x)


def test_compiled(checked):
    @tf.function
    def f(x):
        return tf.exp(tf.math.log(x))

    assert float(f(tf.constant(2.0))) == pytest.approx(2)
    with pytest.raises(tf.errors.InvalidArgumentError, match='graph op "log"') as caught:
        f(tf.constant(-1.0))
    assert "test_numerics.py" in caught.value.message and "in f:" in caught.value.message


def test_functions_of_before_are_checked_and_freed():
    f = tf.function(lambda x: tf.math.log(x))
    x = tf.constant(-1.0)
    assert np.isnan(f(x))
    tf.debugging.enable_check_numerics()
    try:
        with pytest.raises(tf.errors.InvalidArgumentError):
            f(x)
    finally:
        tf.debugging.disable_check_numerics()
    assert np.isnan(f(x))


def test_gradients(checked):
    x = tf.Variable(0.0)
    with tf.GradientTape() as tape:
        y = tf.sqrt(x)
    with pytest.raises(tf.errors.InvalidArgumentError, match="gradient of"):
        tape.gradient(y, x)


def test_training(checked):
    model = tf.keras.Sequential([tf.keras.layers.Dense(1), tf.keras.layers.Lambda(lambda x: tf.math.log(x - 1e9))])
    model.compile("sgd", "mse")
    with pytest.raises(tf.errors.InvalidArgumentError, match='op "log"'):
        model.fit(np.ones((4, 2), np.float32), np.ones((4, 1), np.float32), verbose=0)


def test_other_threads_are_left_alone(checked):
    found = []
    thread = threading.Thread(target=lambda: found.append(tf.math.log(-1.0)))
    thread.start()
    thread.join()
    assert np.isnan(found[0])
