"""The LSTM with a derivative of its own against the loop that JAX differentiates by itself."""

from functools import partial

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


def same(f, *arguments):
    pair = (jax.tree.leaves(jax.jit(partial(f, each))(*arguments)) for each in (lstm_sequence, plain))
    for one, other in zip(*pair, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-12)


def loss(function, backwards):
    def of(*given):
        outputs, h, c = function(*given, backwards)
        return jnp.sum(jnp.sin(outputs) * jnp.arange(1.0, UNITS + 1)) + jnp.sum(h**3) + jnp.sum(c**2)

    return of


@pytest.mark.parametrize("backwards", [False, True])
def test_values_gradients_and_tangents(backwards):
    moved = tuple(jnp.asarray(R.normal(size=each.shape)) for each in GIVEN)

    def values(f, given, moved):
        def change(*at):
            return jax.jvp(loss(f, backwards), at, moved)

        slopes = jax.grad(loss(f, backwards), (0, 1, 2, 3))(*given)
        return f(*given, backwards), slopes, change(*given), jax.grad(lambda *at: change(*at)[1], (0, 1))(*given)

    same(values, GIVEN, moved)


def test_second_derivatives_and_batches():
    def values(f, xs, recurrent, h, c):
        many = jax.vmap(jax.grad(loss(f, False)), (0, None, None, None))(jnp.stack([xs] * 2), recurrent, h, c)
        return jax.hessian(lambda h: loss(f, False)(xs, recurrent, h, c))(h), many

    same(values, *GIVEN)


def test_one_step():
    same(lambda f, *at: jax.grad(loss(f, False), (0, 1))(*at), GIVEN[0][:1], *GIVEN[1:])
