"""Recurrent ops against NumPy, and their derivatives against the plain loop's."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from addax.ops import recurrent

B, T, F, U = 3, 5, 2, 4
R = np.random.default_rng(0)
MASK = np.array([[1, 1, 1, 0, 0], [1, 0, 1, 1, 1], [0, 0, 1, 1, 0]], bool)


def draw(*shape):
    return R.standard_normal(shape)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def loop(step, x, states, mask, backwards, zero_output):
    order = range(T)[::-1] if backwards else range(T)
    outputs, before = [], np.zeros((B, U))
    for t in order:
        output, after = step(x[:, t], states)
        if mask is not None:
            keep = mask[:, t, None]
            output = np.where(keep, output, 0 if zero_output else before)
            after = [np.where(keep, a, s) for a, s in zip(after, states, strict=True)]
        states, before = after, output
        outputs.append(output)
    return np.stack(outputs, 1), states


def lstm_step(k, r, b):
    def step(x, states):
        i, f, g, o = np.split(x @ k + states[0] @ r + b, 4, -1)
        c = sigmoid(f) * states[1] + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        return h, [h, c]

    return step


@pytest.mark.parametrize(
    ("mask", "backwards", "zero_output"), [(None, False, False), (MASK, False, False), (MASK, True, True)]
)
def test_lstm_is_that_of_the_equations(mask, backwards, zero_output):
    x, h, c, k, r, b = draw(B, T, F), draw(B, U), draw(B, U), draw(F, 4 * U), draw(U, 4 * U), draw(4 * U)
    expected, states = loop(lstm_step(k, r, b), x, [h, c], mask, backwards, zero_output)
    arrays = [jnp.asarray(a) for a in (x, h, c, k, r, b)]
    out, *last = recurrent.lstm.body(
        *arrays, mask if mask is None else jnp.asarray(mask), None, None, "tanh", "sigmoid", True, backwards, False,
        False, zero_output,
    )  # fmt: skip
    np.testing.assert_allclose(out, expected, rtol=1e-10)
    for a, s in zip(last, states, strict=True):
        np.testing.assert_allclose(a, s, rtol=1e-10)


def simple(x, h, k, r, b, mask, noise, backwards):
    return recurrent.simple_rnn.body(x, h, k, r, b, mask, None, noise, "tanh", True, backwards, False, False, False)


def lstm(x, h, k, r, b, mask, noise, backwards):
    return recurrent.lstm.body(
        x, h, h, k, r, b, mask, None, noise, "tanh", "sigmoid", True, backwards, False, False, False
    )


def gru(x, h, k, r, b, mask, noise, backwards):
    return recurrent.gru.body(
        x, h, k, r, b, mask, None, noise, "tanh", "sigmoid", True, True, backwards, False, False, False
    )


def gru_before(x, h, k, r, b, mask, noise, backwards):
    return recurrent.gru.body(
        x, h, k, r, b[0], mask, None, noise, "tanh", "sigmoid", False, True, backwards, False, False, False
    )


KINDS = {"simple": (simple, 1, (U,)), "lstm": (lstm, 4, (4 * U,)), "gru": (gru, 3, (2, 3 * U))}


@pytest.mark.parametrize(("mask", "backwards", "dropped"), [(None, False, True), (MASK, True, False)])
@pytest.mark.parametrize("kind", KINDS)
def test_gradients_are_those_of_small_differences(kind, mask, backwards, dropped):
    function, gates, bias = KINDS[kind]
    arguments = [draw(B, T, F), draw(B, U), draw(F, gates * U), draw(U, gates * U), draw(*bias)]
    noise = jnp.asarray(2.0 * (R.random((1, B, U)) > 0.5)) if dropped else None
    masked = None if mask is None else jnp.asarray(mask)
    weights = [jnp.asarray(draw(B, T, U)), jnp.asarray(draw(B, U))]

    @jax.jit
    def loss(*args):
        out = function(*args, masked, noise, backwards)
        return jnp.sum(out[0] * weights[0]) + jnp.sum(out[1] * weights[1])

    arrays = [jnp.asarray(a) for a in arguments]
    gradients = jax.jit(jax.grad(loss, tuple(range(5))))(*arrays)
    direction = [jnp.asarray(draw(*a.shape)) for a in arrays]
    step = 1e-5
    up, down = (loss(*[a + s * step * d for a, d in zip(arrays, direction, strict=True)]) for s in (1, -1))
    slope = sum(float(jnp.sum(g * d)) for g, d in zip(gradients, direction, strict=True))
    np.testing.assert_allclose(slope, (up - down) / (2 * step), rtol=1e-6)
    _, forward = jax.jvp(loss, tuple(arrays), tuple(direction))
    np.testing.assert_allclose(forward, slope, rtol=1e-9)


def test_second_derivatives():
    arguments = [jnp.asarray(a) for a in (draw(B, T, F), draw(B, U), draw(F, 4 * U), draw(U, 4 * U), draw(4 * U))]

    def loss(kernel):
        return jnp.sum(lstm(*arguments[:3], kernel, arguments[4], None, None, False)[0] ** 2)

    direction = jnp.asarray(draw(U, 4 * U))
    slope = jax.jit(jax.grad(loss))
    by_gradient = jax.jit(jax.grad(lambda k: jnp.sum(slope(k) * direction)))(arguments[3])
    step = 1e-5
    slopes = [slope(arguments[3] + s * step * direction) for s in (1, -1)]
    np.testing.assert_allclose(by_gradient, (slopes[0] - slopes[1]) / (2 * step), rtol=1e-4, atol=1e-5)


def test_gru_with_the_reset_gate_before_the_product():
    x, h, k, r, b = draw(B, T, F), draw(B, U), draw(F, 3 * U), draw(U, 3 * U), draw(2, 3 * U)

    def step(x, states):
        z = sigmoid(x @ k[:, :U] + states[0] @ r[:, :U] + b[0, :U])
        reset = sigmoid(x @ k[:, U : 2 * U] + states[0] @ r[:, U : 2 * U] + b[0, U : 2 * U])
        new = np.tanh(x @ k[:, 2 * U :] + (reset * states[0]) @ r[:, 2 * U :] + b[0, 2 * U :])
        h = z * states[0] + (1 - z) * new
        return h, [h]

    expected, _ = loop(step, x, [h], MASK, False, False)
    out, _ = gru_before(*[jnp.asarray(a) for a in (x, h, k, r, b)], jnp.asarray(MASK), None, False)
    np.testing.assert_allclose(out, expected, rtol=1e-10)
