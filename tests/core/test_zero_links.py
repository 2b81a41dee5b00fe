"""Derivatives that are zero rather than absent."""

import jax
import jax.numpy as jnp

from addax.core.links import links
from addax.core.zero_links import linked, with_zeros

relu = with_zeros(lambda x: jnp.maximum(x, 0.0))


def test_it_computes_nothing():
    x = jnp.asarray([1.0, -2.0, 3.0])
    assert relu(x).tolist() == jax.jit(relu)(x).tolist() == jax.vmap(relu)(x).tolist() == [1.0, 0.0, 3.0]
    assert linked(x, 5.0).tolist() == x.tolist()
    assert "custom_call" not in jax.jit(relu).lower(x).as_text()


def test_derivatives_in_both_directions():
    x, one = jnp.asarray([1.0, -2.0]), jnp.asarray([1.0, 1.0])
    assert jax.jvp(relu, (x,), (one,))[1].tolist() == [1.0, 0.0]
    assert jax.vjp(relu, x)[1](one)[0].tolist() == [1.0, 0.0]
    assert jax.jacfwd(jax.jacrev(lambda x: relu(x).sum()))(x).tolist() == [[0.0, 0.0], [0.0, 0.0]]
    assert jax.vmap(jax.grad(relu))(x).tolist() == [1.0, 0.0]


def test_the_derivative_is_linked_to_the_input():
    def back(u, x):
        return jax.vjp(relu, x)[1](u)

    def plain(u, x):
        return jax.vjp(lambda x: jnp.maximum(x, 0.0), x)[1](u)

    assert links(jax.make_jaxpr(back)(1.0, 2.0).jaxpr) == (0b11,)
    assert links(jax.make_jaxpr(plain)(1.0, 2.0).jaxpr) == (0b01,)
