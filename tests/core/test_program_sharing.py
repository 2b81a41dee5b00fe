"""Programs of functions and models that compute the same on other variables are lowered and compiled once."""

import gc
import weakref

import jax
import numpy as np
import pytest

import addax as tf
from addax.core import program_sharing


class Lowered:
    """Counts the programs that are lowered in a block."""

    def __enter__(self):
        self.count, self._open = 0, True
        jax.monitoring.register_event_duration_secs_listener(self._hear)
        return self

    def _hear(self, event, seconds, **details):
        self.count += self._open and event.endswith("jaxpr_to_mlir_module_duration")

    def __exit__(self, *error):
        self._open = False


@pytest.fixture(autouse=True)
def _nothing_known():
    program_sharing.clear()


def model(rate=0.25, units=7):
    keras = tf.keras
    made = keras.Sequential([
        keras.layers.Dense(units, "relu", input_shape=(3,)), keras.layers.Dropout(rate), keras.layers.Dense(1),
    ])  # fmt: skip
    made.compile("adam", "mse", metrics=["mae"])
    return made


def data():
    x = np.random.default_rng(0).normal(size=(20, 3)).astype("float32")
    return x, x.sum(1, keepdims=True)


def trained(**options):
    tf.keras.utils.set_random_seed(3)
    made = model(**options)
    seen = made.fit(*data(), epochs=2, batch_size=8, verbose=0).history["loss"]
    return made, [*seen, *made.evaluate(*data(), verbose=0), float(made.predict(data()[0], verbose=0).sum())]


def test_a_model_built_again_is_not_lowered_again():
    _, first = trained()
    with Lowered() as lowered:
        _, second = trained()
    assert first == second
    assert lowered.count <= 6  # what a model makes with ops by themselves; its five programs are there


def test_models_with_other_numbers_have_programs_of_their_own():
    _, first = trained()
    _, second = trained(rate=0.5)
    program_sharing.clear()
    assert trained(rate=0.5)[1] == second != first


def test_models_that_are_dropped_leave_nothing_but_programs():
    made, _ = trained()
    alive = [weakref.ref(each) for each in (made, *made.variables, *made.optimizer.variables())]
    del made
    gc.collect()
    assert not any(each() for each in alive)
    assert program_sharing._programs


def test_functions_of_other_variables():
    def made(value):
        total = tf.Variable(tf.fill([2000], value))

        @tf.function
        def step(x):
            total.assign_add(x * 2.0)
            return tf.reduce_sum(total)

        return total, step

    (first, one), (second, other) = made(1.0), made(10.0)
    assert float(one(tf.ones([2000]))) == 6000
    with Lowered() as lowered:
        assert float(other(tf.ones([2000]))) == 24000
    assert lowered.count == 0
    assert float(one(tf.ones([2000]))) == 10000 and (first.numpy()[0], second.numpy()[0]) == (5, 12)
    assert [each["compiles"] for each in other.experimental_compile_stats()] == [1]


def test_rules_for_derivatives_stay_ones_own():
    def made(slope):
        @tf.custom_gradient
        def op(x):
            return x * 3.0, lambda upstream: upstream * slope

        return tf.function(lambda x: op(x))

    for slope in (5.0, 7.0):
        function, x = made(slope), tf.constant(1.0)
        assert float(function(x)) == 3.0
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = function(x)
        assert float(tape.gradient(y, x)) == slope
        assert float(jax.grad(lambda x, f=function: f(tf.Tensor(x))._value)(np.float32(1.0))) == slope


def test_what_the_host_is_told_is_ones_own(capfd):
    for word in ("one", "two"):
        tf.function(lambda x, word=word: tf.print(word, x))(tf.constant(1))
    assert capfd.readouterr().err == "one 1\ntwo 1\n"


def function_with_a_gradient_of_its_own():
    weight = tf.Variable([2.0])

    @tf.custom_gradient
    def op(x):
        return x * weight, lambda upstream, variables=None: (upstream * weight, [upstream * x])

    return tf.function(lambda x: op(x)), weakref.ref(weight)


def test_functions_with_gradients_of_their_own_are_dropped_with_their_variables():
    function, weight = function_with_a_gradient_of_its_own()
    assert float(function(tf.constant([3.0]))[0]) == 6.0
    del function
    gc.collect()
    assert weight() is None


def test_only_so_many_are_kept():
    for size in range(1, program_sharing._MOST + 5):
        tf.function(lambda x: x + 1.0)(tf.zeros([size]))
    assert len(program_sharing._programs) == program_sharing._MOST


def test_large_constants_are_not_kept():
    table = np.arange(2**19, dtype="float32")
    tf.function(lambda x: x + table)(tf.constant(1.0))
    assert not program_sharing._programs
