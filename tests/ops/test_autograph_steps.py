"""Loops over datasets in a tf.function: Python takes the elements, what is done with one is compiled."""

import warnings

import numpy as np
import pytest

import addax as tf
from addax.core import errors

NUMBERS = tf.data.Dataset.from_tensor_slices(np.arange(7, dtype="float32")).batch(3)


@pytest.fixture(autouse=True)
def no_warnings():
    errors.forget_warnings()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def test_the_body_is_traced_once_per_shape_whatever_calls_it():
    w, traces = tf.Variable(1.0), []

    @tf.function
    def epoch(data, rate):
        total, n = 0.0, 0
        for batch in data:
            traces.append(batch.shape[0])
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean((w * batch - 2.0 * batch) ** 2)
            w.assign_sub(rate * tape.gradient(loss, w))
            total += loss
            n += 1
        return total / tf.cast(n, tf.float32), n

    expected, value = [], 1.0
    for rate in (0.01, 0.02, 0.01):
        losses = []
        for batch in ([0.0, 1.0, 2.0], [3.0, 4.0, 5.0], [6.0]):
            square = np.mean(np.square(batch))
            losses.append((value - 2.0) ** 2 * square)
            value -= rate * 2 * (value - 2.0) * square
        expected.append(np.mean(losses))
    got = [epoch(NUMBERS, tf.constant(rate)) for rate in (0.01, 0.02, 0.01)]
    assert np.allclose([float(mean) for mean, _ in got], expected, rtol=1e-4) and int(got[0][1]) == 3
    assert float(w) == pytest.approx(value, rel=1e-5) and traces == [3, None]


def test_break_continue_return_and_numbers_of_another_dtype():
    @tf.function
    def f(data):
        total = tf.constant(0, tf.int64)
        for i, x in data.enumerate():
            if x == 1:
                continue
            if x > 5:
                break
            if i > 100:
                return total
            total += x
        return total

    @tf.function
    def plain(data):
        total = 0
        for x in data:
            total += x
        return total

    assert int(f(tf.data.Dataset.range(10))) == 14 and int(f(tf.data.Dataset.range(0))) == 0
    assert int(plain(tf.data.Dataset.range(4))) == 6 and plain(tf.data.Dataset.range(3)).dtype == tf.int64


def test_what_a_body_cannot_keep_runs_as_python():
    @tf.function
    def f(data):
        seen = []
        for x in data:
            seen.append(x * 2)
        return tf.stack(seen)

    with pytest.warns(UserWarning, match="runs eagerly.*collects tensors"):
        assert f(tf.data.Dataset.range(3)).numpy().tolist() == [0, 2, 4]
    assert f(tf.data.Dataset.range(4)).numpy().tolist() == [0, 2, 4, 6]


def test_iterators_nested_loops_and_gradients_around():
    x = tf.Variable(2.0)

    @tf.function
    def f(numbers, data):
        total = 0.0
        for _ in range(2):
            for y in data:
                total += x * y
        for z in numbers:
            total += tf.cast(z, tf.float32)
        return total

    with tf.GradientTape() as tape:
        y = f(iter(tf.data.Dataset.range(3)), tf.data.Dataset.from_tensor_slices([1.0, 2.0]))
    assert float(y) == 15.0 and float(tape.gradient(y, x)) == 6.0


def test_errors_of_the_body_are_the_users():
    @tf.function
    def f(data):
        for x in data:
            if x.dtype == tf.int64:
                raise KeyError("mine")
        return 1

    with pytest.raises(KeyError, match="mine"):
        f(tf.data.Dataset.range(3))
