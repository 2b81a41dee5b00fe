"""The LSTM with a derivative of its own against the loop that JAX differentiates by itself."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from addax.ops.lstm_sequence import _gates, lstm_sequence

R = np.random.default_rng(0)
TIME, BATCH, UNITS = 5, 3, 4
GIVEN = tuple(
    jnp.asarray(R.normal(size=shape))
    for shape in ((TIME, BATCH, 4 * UNITS), (UNITS, 4 * UNITS), (BATCH, UNITS), (BATCH, UNITS))
)


def plain(xs, recurrent, h, c, backwards):
    def step(carry, x):
        h, c = carry
        i, f, g, o = _gates(x + h @ recurrent)
        c = f * c + i * g
        h = o * jnp.tanh(c)
        return (h, c), h

    (h, c), outputs = jax.lax.scan(step, (h, c), xs, reverse=backwards)
    return outputs, h, c


def same(f):
    for one, other in zip(*(jax.tree.leaves(f(each)) for each in (lstm_sequence, plain)), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-12)


def loss(function, backwards):
    def of(*given):
        outputs, h, c = function(*given, backwards)
        return jnp.sum(jnp.sin(outputs) * jnp.arange(1.0, UNITS + 1)) + jnp.sum(h**3) + jnp.sum(c**2)

    return of


@pytest.mark.parametrize("backwards", [False, True])
def test_values_gradients_and_tangents(backwards):
    moved = tuple(jnp.asarray(R.normal(size=each.shape)) for each in GIVEN)
    same(lambda f: f(*GIVEN, backwards))
    same(lambda f: jax.grad(loss(f, backwards), (0, 1, 2, 3))(*GIVEN))
    same(lambda f: jax.jvp(loss(f, backwards), GIVEN, moved))
    same(lambda f: jax.grad(lambda *at: jax.jvp(loss(f, backwards), at, moved)[1], (0, 1))(*GIVEN))


def test_second_derivatives_and_batches():
    same(lambda f: jax.hessian(lambda h: loss(f, False)(*GIVEN[:2], h, GIVEN[3]))(GIVEN[2]))
    same(lambda f: jax.vmap(jax.grad(loss(f, False)), (0, None, None, None))(jnp.stack([GIVEN[0]] * 2), *GIVEN[1:]))


def test_one_step():
    same(lambda f: jax.grad(loss(f, False), (0, 1))(GIVEN[0][:1], *GIVEN[1:]))
