"""Which results of a traced function depend on which arguments."""

import jax
import jax.numpy as jnp
import pytest

from addax.core.links import curved, links, of_function
from addax.core.zero_links import linked


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


def test_links_of_a_function_are_those_of_all_its_results():
    jaxpr = jax.make_jaxpr(lambda x, y, z: (x, 2 * y, x > y, z))(1.0, 2.0, 3.0).jaxpr
    assert of_function(jaxpr, 3) == (0b011, 0b011, 0, 0b100)


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (lambda x, y: x + y, 0),
        (lambda x, y: x * 2.0 + y, 0b11),
        (lambda x, y: x * 2.0 + jax.lax.stop_gradient(y), 0b01),
        (lambda x, y: (x * y).sum(), 0b11),
        (lambda x, y: jax.numpy.where(x > y, x, y), 0),
        (lambda x, y: jax.jit(lambda a: jax.numpy.maximum(a, y) - x)(x), 0),
        (lambda x, y: jax.lax.cond(x > 0, lambda: x * 3.0, lambda: y), 0),
        (lambda x, y: jax.lax.cond(x > 0, lambda: x * x, lambda: y), 0b11),
        (lambda x, y: jax.lax.scan(lambda c, e: (c + e, e), x, y[None])[0], 0),
        (lambda x, y: jax.lax.scan(lambda c, e: (c * 2.0, e), x, y[None])[0], 0b11),
        (lambda x, y: (x * y, x + y)[1], 0),
        (lambda x, y: jax.lax.stop_gradient(x) * y, 0b10),
        (lambda x, y: linked(x, y), 0b11),
    ],
)
def test_what_a_derivative_takes(function, expected):
    assert curved(jax.make_jaxpr(function)(1.0, jnp.asarray(2.0)).jaxpr, 1) == expected
