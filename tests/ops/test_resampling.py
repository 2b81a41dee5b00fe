"""Axes resampled by a matrix: the same as the product with it, in every derivative."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from addax.ops.image_resize import weights
from addax.ops.resampling import resampled

KEYS = {
    "few neighbours": (5, 8, "bilinear", False),
    "fewer outputs": (9, 4, "bicubic", False),
    "many neighbours": (7, 9, "lanczos3", False),
}


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
@pytest.mark.parametrize("axis", [0, 1])
def test_it_is_the_product_with_the_matrix(key, axis):
    full = jnp.asarray(weights(*key), jnp.float64)
    shape = (key[0], 3) if axis == 0 else (2, key[0], 3)
    x = jnp.asarray(np.random.default_rng(0).normal(size=shape))

    def ours(x):
        return resampled(x, axis, weights, key)

    def plain(x):
        return jnp.moveaxis(jnp.tensordot(full, x, (1, axis)), 0, axis)

    def everything(f, x):
        return (
            f(x), jax.jvp(f, (x,), (x + 1,)), jax.vjp(f, x)[1](f(x)), jax.vmap(f)(jnp.stack([x, 2 * x])),
            jax.grad(lambda x: jnp.sum(jax.grad(lambda x: jnp.sum(f(x) ** 3))(x) ** 2))(x),
        )  # fmt: skip

    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-6),
        *(jax.jit(everything, static_argnums=0)(f, x) for f in (ours, plain)),
    )
