"""Gradients through a tf.function from outside: what is None, what it captured, what it assigned."""

import numpy as np
import pytest

import addax as tf


def gradients(f, sources, *args):
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([each for each in sources if isinstance(each, tf.Tensor)])
        y = f(*args)
    found = []
    for _ in range(3):  # op by op, and compiled
        found.append([None if g is None else float(g) for g in tape.gradient(y, sources)])
    assert found[0] == found[1] == found[2]
    return found[0]


@pytest.mark.parametrize(
    "cut",
    [
        tf.stop_gradient,
        tf.floor,
        lambda x: tf.cast(tf.cast(x, tf.int32), tf.float32),
        lambda x: tf.cond(x > 0.0, lambda: tf.stop_gradient(x), lambda: tf.round(x)),
        tf.function(tf.stop_gradient),
    ],
)
def test_what_is_cut_inside_is_none_outside(cut):
    v, w = tf.Variable(3.0), tf.Variable(2.0)
    x = tf.constant(4.0)
    f = tf.function(lambda a: cut(v * a) * w)
    assert gradients(f, [v, w, x], x) == [None, 12.0, None]


def test_each_result_has_the_sources_of_all():
    # TensorFlow calls one gradient function for all results, with zeros for those that do not count.
    v, w, u = tf.Variable(3.0), tf.Variable(2.0), tf.Variable(1.0)
    f = tf.function(lambda: (v * 2.0, w * 5.0, tf.stop_gradient(u), tf.cast(u, tf.int32)))
    assert gradients(lambda: f()[0], [v, w, u]) == [2.0, 0.0, None]
    assert gradients(lambda: f()[1], [v, w, u]) == [0.0, 5.0, None]
    assert gradients(lambda: f()[2], [v, w, u]) == [0.0, 0.0, None]
    with tf.GradientTape(persistent=True) as tape:
        y = f()[1]
    assert [None if each is None else float(each) for each in tape.jacobian(y, [v, w, u])] == [0.0, 5.0, None]
    assert tape.gradient(y, u, unconnected_gradients="zero").numpy() == 0.0


def test_assigned_values_are_no_results():
    v, w = tf.Variable(3.0), tf.Variable(2.0)

    @tf.function
    def f():
        v.assign(v * 2.0)
        return w * 5.0

    assert gradients(f, [v, w]) == [None, 5.0]


def test_a_straight_through_estimator_inside_keeps_its_gradient():
    v = tf.Variable(1.6)
    f = tf.function(lambda: tf.grad_pass_through(tf.round)(v) * 3.0)
    assert gradients(f, [v]) == [3.0]


@pytest.mark.parametrize("called_before", [False, True])
def test_tensors_from_outside_that_are_watched(called_before):
    c, x = tf.constant(3.0), tf.constant(2.0)
    f = tf.function(lambda a: c * c * a)
    if called_before:
        assert float(f(x)) == 18.0
    assert gradients(f, [c, x], x) == [12.0, 9.0]
    assert float(f(x)) == 18.0 and f.experimental_get_tracing_count() == 1


def test_tensors_from_outside_that_depend_on_a_variable():
    v = tf.Variable(3.0)
    with tf.GradientTape() as tape:
        d = v * v

        @tf.function
        def f(x):
            return tf.while_loop(lambda i, a: i < 2, lambda i, a: (i + 1, a * d), [0, x])[1]

        y = f(tf.constant(2.0))
    assert float(tape.gradient(y, v)) == 2.0 * 4.0 * 27.0  # 2 v^4
    g = f.get_concrete_function(tf.constant(2.0))
    with tf.GradientTape() as tape:
        tape.watch(d)
        y = g(tf.constant(1.0))
    assert float(tape.gradient(y, d)) == 18.0


def test_forward_mode_sees_tensors_from_outside():
    c = tf.constant(3.0)
    f = tf.function(lambda a: c * c * a)
    with tf.autodiff.ForwardAccumulator(c, tf.constant(1.0)) as forward:
        y = f(tf.constant(2.0))
    assert float(forward.jvp(y)) == 12.0


def test_a_value_read_after_an_assignment_belongs_to_the_variable():
    v = tf.Variable(3.0)
    x = tf.constant(2.0)

    def assigned(a):
        v.assign(a * 5.0)
        return v * a

    assert gradients(tf.function(assigned), [v, x], x) == [2.0, 10.0]
    assert gradients(assigned, [v, x], x) == [2.0, 10.0]
    np.testing.assert_allclose(v.numpy(), 10.0)


def test_assigned_in_a_loop():
    v, x = tf.Variable(1.0), tf.constant(2.0)

    @tf.function
    def f(a):
        for _ in tf.range(3):
            v.assign(v * a)
        return v * a

    v.assign(1.0)
    assert gradients(f, [v, x], x)[0] == 2.0
    assert float(v) == 8.0


def test_a_zero_gradient_stays_zero_where_the_slope_is_infinite():
    x = tf.constant([0.0, 4.0])
    f = tf.function(lambda a: tf.where(a > 0.0, tf.sqrt(a), 0.0))
    for _ in range(2):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = f(x)
        assert tape.gradient(y, x).numpy().tolist() == [0.0, 0.25]
    with tf.autodiff.ForwardAccumulator(x, tf.ones(2)) as forward:
        y = tf.function(lambda a: tf.sqrt(a + 1.0))(x)
    np.testing.assert_allclose(forward.jvp(y), 0.5 / np.sqrt([1.0, 5.0]), rtol=1e-6)
