"""Traces of a tf.function that differ in nothing but numbers run as one program."""

import gc
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

import addax as tf


@pytest.fixture(autouse=True)
def _quiet():
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*was traced")
        yield


def compiles(function):
    return sum(each["compiles"] for each in function.experimental_compile_stats())


BODIES = {
    "product": (lambda x, k: x * k, lambda x, k: x * k),
    "several places": (lambda x, k: tf.nn.relu(x - k) / k + tf.constant(k), lambda x, k: np.maximum(x - k, 0) / k + k),
    "list": (lambda x, k: x + [k, 1.0, -k], lambda x, k: x + np.array([k, 1, -k])),
    "also a constant": (lambda x, k: x * k + 3.0, lambda x, k: x * k + 3),
    "loop": (lambda x, k: _loop(x, k), lambda x, k: x + 4 * k),
    "whole numbers": (lambda x, k: x * int(k), lambda x, k: x * int(k)),
}


def _loop(x, k):
    for _ in tf.range(4):
        x = x + k
    return x


@pytest.mark.parametrize("name", BODIES)
def test_numbers_that_change_are_inputs(name):
    body, expected = BODIES[name]
    function, x = tf.function(body), np.array([1.0, -2.0, 3.5], "float32")
    for k in (1.0, 2.5, 3.0, 7.0, -4.0, 0.0625, 3.0, 1e-3 + 5, 11.0):
        np.testing.assert_allclose(function(tf.constant(x), k), expected(x, k), rtol=1e-6)
    assert function.experimental_get_tracing_count() == 8
    assert compiles(function) <= 6  # a division by a power of two is another program


def test_many_numbers_cost_two_programs_and_one_for_all():
    function, x = tf.function(lambda x, k: x * k + 1), tf.ones([2])
    for i in range(50):
        assert function(x, i + 0.5).numpy().tolist() == [i + 1.5] * 2
    assert compiles(function) == 3


def test_python_still_sees_each_number():
    seen = []

    @tf.function
    def function(x, k):
        seen.append(k)
        return x + k if k % 2 else x - k

    found = [float(function(tf.constant(10.0), k)) for k in range(1, 9)]
    assert found == [11.0, 8.0, 13.0, 6.0, 15.0, 4.0, 17.0, 2.0]
    assert seen == list(range(1, 9))


def test_numbers_that_are_sizes_or_parameters_of_ops():
    @tf.function
    def function(x, k):
        return tf.reduce_sum(tf.pad(x, [[k, 0]])[k:] ** k) + tf.cast(tf.range(k)[-1], x.dtype)

    for k in range(1, 7):
        assert float(function(tf.constant([1.0, 2.0]), k)) == 1 + 2**k + k - 1


def test_gradients_take_the_number_of_their_call():
    function = tf.function(lambda x, k: tf.sin(x * k))
    for k in (1.0, 2.0, 3.0, 4.0, 5.0):
        x = tf.Variable(0.3)
        with tf.GradientTape() as outer:
            with tf.GradientTape() as tape:
                y = function(x, k)
            slope = tape.gradient(y, x)
        np.testing.assert_allclose(slope, k * np.cos(0.3 * k), rtol=1e-5)
        np.testing.assert_allclose(outer.gradient(slope, x), -k * k * np.sin(0.3 * k), rtol=1e-5)


def test_gradients_of_parts_with_rules_of_their_own():
    function = tf.function(lambda x, k: tf.nn.relu(x * k) ** 2)
    for k in (1.0, 2.0, 3.0, 4.0, 5.0):
        x = tf.Variable(0.5)
        assert float(function(x, k)) == 0.25 * k * k
        with tf.GradientTape() as tape:
            y = function(x, k)
        assert float(tape.gradient(y, x)) == k * k


def test_gradients_of_ones_own_take_the_number_of_their_call():
    @tf.function
    def function(x, k):
        @tf.custom_gradient
        def op(x):
            return x * 1.0, lambda upstream: upstream * k

        return op(x)

    for k in (1.0, 2.0, 3.0, 4.0, 5.0):
        x = tf.constant(0.5)
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = function(x, k)
        assert float(tape.gradient(y, x)) == k


def test_variables_are_written():
    total = tf.Variable(tf.zeros([2000]))  # large enough to be given to the program
    step = tf.function(lambda x, k: total.assign_add(x * k))
    for k in range(1, 7):
        step(tf.ones([2000]), float(k))
    assert total.numpy()[0] == 21 and compiles(step) == 3


def test_functions_of_variables_in_other_places():
    first, second = tf.Variable(1.0), tf.Variable(10.0)
    step = tf.function(lambda v, k: v.assign_add(k))
    for k in range(1, 6):
        step(first, float(k))
        step(second, float(k))
    assert (float(first), float(second)) == (16.0, 25.0)


def test_concrete_functions_keep_their_numbers():
    function, x = tf.function(lambda x, k: x * k), tf.constant(2.0)
    made = [function.get_concrete_function(x, float(k)) for k in range(6)]
    assert [float(each(x)) for each in made] == [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]
    assert len(made[5].inputs) == 1


def test_saved_functions_keep_their_numbers(tmp_path):
    module = tf.Module()
    function = tf.function(lambda x, k: x * k)
    for k in range(6):
        function(tf.constant(2.0), float(k))
    module.function = tf.function(lambda x: function(x, 4.0), input_signature=[tf.TensorSpec([], tf.float32)])
    tf.saved_model.save(module, str(tmp_path))
    assert float(tf.saved_model.load(str(tmp_path)).function(tf.constant(2.0))) == 8.0


def test_infinity_and_nan_are_numbers():
    function = tf.function(lambda x, k: x * k)
    found = [float(function(tf.constant(1.0), k)) for k in (1.0, 2.0, 3.0, float("nan"), float("-inf"), 0.0)]
    assert found[4:] == [float("-inf"), 0.0] and np.isnan(found[3])


def test_a_function_within_a_program_of_jax():
    import jax

    function = tf.function(lambda x, k: x * k)
    for k in range(5):
        function(tf.constant(1.0), float(k))
    traced = jax.jit(lambda x: function(tf.convert_to_tensor(x), 4.0)._value)
    assert float(traced(np.float32(3.0))) == 12.0
    assert float(function(tf.constant(2.0), 4.0)) == 8.0


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is read from /proc")
def test_memory_of_many_numbers_is_bounded():
    function, x = tf.function(lambda x, k: x * k), tf.ones([3])

    def resident():
        gc.collect()
        return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

    for i in range(50):
        function(x, i + 0.5)
    before = resident()
    for i in range(50, 1500):
        function(x, i + 0.5)
    assert resident() - before < 20e6
