"""Which results of a traced function depend on which arguments."""

import jax
import jax.numpy as jnp
import pytest

from addax.core.links import links


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (lambda x, y: (x * y, x, 1.0), [0b11, 0b01, 0]),
        (lambda x, y: (jax.lax.stop_gradient(x) * y,), [0b10]),
        (lambda x, y: (x.astype(int).astype(float) + y, (x > y)), [0b10, 0]),
        (lambda x, y: jax.jit(lambda a, b: (b, jax.lax.stop_gradient(a)))(x, y), [0b10, 0]),
        (lambda x, y: jax.lax.cond(x > 0, lambda: (x, 0.0), lambda: (y, 1.0)), [0b11, 0]),
        (lambda x, y: jax.lax.while_loop(lambda c: c[0] < 9, lambda c: (c[0] + 1, c[1] * y), (0, x)), [0, 0b11]),
        (lambda x, y: jax.lax.scan(lambda c, e: (c * y, e * c), x, jnp.ones(3)), [0b11, 0b11]),
        (lambda x, y: jax.checkpoint(lambda a: (a * 2.0, y))(x), [0b01, 0b10]),
    ],
)
def test_links(function, expected):
    jaxpr = jax.make_jaxpr(function)(1.0, 2.0).jaxpr
    assert list(links(jaxpr)) == expected
