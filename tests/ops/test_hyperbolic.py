"""The hyperbolic tangent of float32 has TensorFlow's bits."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from addax.ops.hyperbolic import tanh

# Recorded from TensorFlow 2.21 on a CPU.
RECORDED = {
    -3.973077: -0.99929225, -0.7450849: -0.6322076, 1.2613357: 0.85143197, 3.4081397: 0.9978109,
    -1.6579419: -0.9299395, 100.0: 1.0, -np.inf: -1.0, 0.0: 0.0,
}  # fmt: skip


@pytest.mark.skipif(jax.default_backend() != "cpu", reason="other devices have XLA's")
def test_values_are_tensorflow_s():
    x = np.array(list(RECORDED), np.float32)
    np.testing.assert_array_equal(jax.jit(tanh)(x), np.array(list(RECORDED.values()), np.float32))


def test_nan_stays_and_zeros_keep_their_sign():
    y = np.asarray(tanh(jnp.array([np.nan, -0.0], jnp.float32)))
    assert np.isnan(y[0])
    assert np.signbit(y[1])


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex64])
def test_derivatives_of_every_order(dtype):
    x = np.linspace(-2, 2, 9).astype(dtype)
    for ours, theirs in (
        ((tanh, jnp.tanh),) if dtype == np.complex64 else ((tanh, jnp.tanh), (jax.grad(tanh), jax.grad(jnp.tanh)))
    ):
        np.testing.assert_allclose(jax.vmap(ours)(x), jax.vmap(theirs)(x), rtol=2e-6)
    if dtype != np.complex64:
        np.testing.assert_allclose(
            jax.vmap(jax.grad(jax.grad(tanh)))(x), jax.vmap(jax.grad(jax.grad(jnp.tanh)))(x), rtol=2e-5, atol=1e-6
        )


@pytest.mark.parametrize("start", [0.0, 0.3])
def test_second_derivatives_through_a_loop(start):
    def loop(activation):
        def function(x):
            return jax.lax.scan(lambda h, _: (activation(h + x), None), start * jnp.ones_like(x), length=3)[0]

        return jax.vmap(jax.grad(lambda x: jax.grad(function)(x) ** 2))

    x = np.array([-0.7, -0.0, 0.0, 0.3, 1.2, 9.0], np.float32)
    np.testing.assert_allclose(loop(tanh)(x), loop(jnp.tanh)(x), rtol=2e-5, atol=1e-6)
