"""Gradients of the user's own, eager, compiled, and seen from outside."""

import numpy as np
import pytest

import addax as tf

v = tf.Variable(2.0)


@tf.custom_gradient
def sevenfold(x):
    e = tf.exp(x)

    def grad(upstream, variables=None):
        return upstream * 7.0 * e, [upstream * 2.0] * len(variables or [])

    return e * v, grad


def first_and_second(x):
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = sevenfold(x * 1.0)
        grads = tape.gradient(y, [x, v])
    return [*grads, outer.gradient(grads[0], x)]


@pytest.mark.parametrize("wrap", [lambda f: f, tf.function], ids=["eager", "compiled"])
def test_with_variables_and_second_derivatives(wrap):
    np.testing.assert_allclose(wrap(first_and_second)(tf.constant(0.5)), [7 * np.e**0.5, 2.0, 7 * np.e**0.5], rtol=1e-6)


def test_through_a_function_called_under_a_tape():
    f = tf.function(lambda x: sevenfold(x) * 2.0)
    x = tf.constant(0.5)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = f(x)
    np.testing.assert_allclose(tape.gradient(y, [x, v]), [14 * np.e**0.5, 4.0], rtol=1e-6)


@pytest.mark.parametrize("wrap", [lambda f: f, tf.function], ids=["eager", "compiled"])
def test_nested(wrap):
    clip = tf.custom_gradient(lambda x: (x * 1.0, lambda dy: tf.clip_by_norm(dy, 0.5)))

    def f(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = clip(clip(x) * 3.0) * 2.0
        return tape.gradient(y, x)

    assert wrap(f)(tf.constant(1.0)).numpy() == 0.5


@pytest.mark.parametrize("wrap", [lambda f: f, tf.function], ids=["eager", "compiled"])
def test_recompute_and_pass_through(wrap):
    def f(x):
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(x)
            y = tf.recompute_grad(lambda t: t * t * v)(x)
            z = tf.grad_pass_through(tf.round)(x)
        return [*tape.gradient(y, [x, v]), tape.gradient(z, x)]

    assert [g.numpy() for g in wrap(f)(tf.constant(3.0))] == [12.0, 9.0, 1.0]


def test_refusals():
    x = tf.constant(1.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        with pytest.raises(TypeError, match="variables"):
            tf.custom_gradient(lambda x: (x * v, lambda dy: dy))(x)
    with pytest.raises(TypeError, match="result, grad_fn"):
        tf.custom_gradient(lambda x: x)(x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.custom_gradient(lambda x: (x * 1.0, lambda dy: (dy, dy)))(x)
    with pytest.raises(ValueError, match="return 1 gradients"):
        tape.gradient(y, x)


@pytest.mark.parametrize("wrap", [lambda f: f, tf.function], ids=["eager", "compiled"])
def test_recomputed_functions_have_second_derivatives(wrap):
    def f(x):
        with tf.GradientTape(persistent=True) as outer:
            outer.watch(x)
            with tf.GradientTape(persistent=True) as tape:
                tape.watch(x)
                y = tf.recompute_grad(lambda t: t**3 * v)(x)
            grads = tape.gradient(y, [x, v])
        return [*outer.gradient(grads[0], [x, v]), outer.gradient(grads[1], x)]

    np.testing.assert_allclose(wrap(f)(tf.constant(3.0)), [6 * 3 * 2.0, 27.0, 27.0], rtol=1e-6)


def test_gradients_of_numbers_among_the_arguments_are_left_out():
    scaled = tf.custom_gradient(lambda x, k: (x * k, lambda dy: (dy * k * 10.0, None)))
    x = tf.constant(2.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = scaled(x, 3.0)
    assert tape.gradient(y, x).numpy() == 30.0
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.function(scaled)(x, 3.0)
    assert tape.gradient(y, x).numpy() == 30.0


def test_a_variable_that_is_an_argument_and_used_besides_counts_as_both_in_a_function():
    v = tf.Variable(3.0)

    @tf.custom_gradient
    def product(a):
        def grad(upstream, variables=None):
            return upstream * 10.0, [upstream * 1.0 for _ in variables]

        return a * v, grad

    with tf.GradientTape() as tape:
        out = tf.function(lambda: product(v))()
    assert out.numpy() == 9.0 and tape.gradient(out, v).numpy() == 11.0
