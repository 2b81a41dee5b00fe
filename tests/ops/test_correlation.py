"""The primitive behind convolutions: its gradients of every order, forward mode and batches are XLA's."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from addax.ops.correlation import _xla, correlate, spread, transposed
from addax.ops.windows import windows

CASES = {
    "picture": ((3, 7, 6, 9), (3, 2, 9, 4), (1, 1), (1, 1), "SAME"),
    "few channels": ((4, 8, 8, 2), (3, 3, 2, 5), (1, 1), (1, 1), "VALID"),
    "dilated": ((2, 9, 9, 3), (3, 3, 3, 2), (1, 1), (2, 3), "SAME"),
    "strided": ((2, 9, 8, 3), (3, 3, 3, 4), (2, 3), (1, 1), "SAME"),
    "cut off": ((2, 8, 8, 3), (3, 3, 3, 4), (2, 2), (1, 1), "VALID"),
    "groups": ((2, 6, 6, 6), (3, 3, 2, 6), (1, 1), (1, 1), "SAME"),
    "strided, even": ((2, 7, 9, 3), (4, 2, 3, 4), (2, 3), (1, 1), "SAME"),
    "strides beyond the window": ((2, 9, 9, 3), (2, 2, 3, 4), (3, 4), (1, 1), "VALID"),
    "strided and dilated": ((2, 9, 9, 3), (3, 3, 3, 4), (2, 2), (2, 2), "SAME"),
    "depthwise, plain": ((2, 6, 7, 5), (3, 2, 1, 5), (1, 1), (1, 2), "SAME"),
    "depthwise, strided": ((2, 6, 7, 5), (3, 3, 1, 5), (2, 2), (1, 1), "SAME"),
    "depthwise": ((2, 6, 6, 3), (2, 2, 1, 6), (1, 1), (1, 1), "VALID"),
    "depthwise, large window": ((2, 13, 17, 5), (5, 5, 1, 5), (1, 1), (1, 1), "SAME"),
    "depthwise, one row": ((3, 1, 1, 4), (3, 3, 1, 4), (1, 1), (1, 1), "SAME"),
    "seven channels": ((2, 6, 6, 7), (3, 3, 7, 17), (1, 1), (1, 1), "SAME"),
    "wide padding": ((2, 4, 4, 3), (2, 2, 3, 2), (1, 1), (1, 1), [(0, 0), (3, 2), (2, 3), (0, 0)]),
    "line": ((4, 11, 8), (3, 8, 5), (1,), (2,), "SAME"),
    "line, strided": ((4, 11, 8), (3, 8, 5), (2,), (1,), "VALID"),
    "volume": ((1, 4, 4, 4, 2), (2, 2, 2, 2, 3), (1, 1, 1), (1, 1, 1), "VALID"),
    "large batch": ((64, 12, 12, 8), (3, 3, 8, 4), (1, 1), (1, 1), "VALID"),
}


LARGE = {
    "few channels": ((8, 9, 9, 3), (3, 3, 3, 4), (1, 1), (1, 1), "SAME"),
    "few channels, strided": ((8, 14, 14, 3), (7, 7, 3, 4), (2, 3), (1, 1), "SAME"),
    "few channels, cut off": ((8, 8, 8, 1), (3, 3, 1, 4), (2, 2), (1, 1), "VALID"),
    "long windows": ((33, 9, 9, 8), (5, 5, 8, 4), (1, 1), (1, 1), "VALID"),
    "long windows, dilated": ((8, 12, 12, 8), (5, 5, 8, 4), (1, 1), (2, 1), "SAME"),
    "line": ((16, 30, 10), (3, 10, 12), (1,), (1,), "SAME"),
    "line, strided": ((16, 30, 10), (5, 10, 12), (2,), (1,), "VALID"),
    "line, cut off": ((3, 30, 16), (3, 16, 8), (4,), (1,), "VALID"),
    "line that looks back": ((2, 20, 8), (2, 8, 8), (1,), (4,), [(0, 0), (4, 0), (0, 0)]),
    "volume": ((4, 6, 6, 6, 2), (3, 3, 3, 2, 3), (1, 1, 1), (1, 1, 1), "SAME"),
}


def draw(seed, shape):
    return jnp.asarray(np.random.default_rng(seed).normal(size=shape))


def test_without_jit():
    x, filters, w = made("strided")
    np.testing.assert_allclose(correlate(x, filters, w), _xla(x, filters, w), rtol=1e-10, atol=1e-10)


def made(name, cases=CASES):
    shape, kernel, strides, dilations, padding = cases[name]
    w = windows("test", shape[1:-1], kernel[: len(strides)], strides, dilations, padding, False)
    return draw(0, shape), draw(1, kernel), w


def both(case, function):
    """The function of our convolution and of XLA's."""
    x, filters, w = case
    return tuple(
        jax.jit(partial(function, lambda x, f, own=own: own(x, f, w)))(x, filters) for own in (correlate, _xla)
    )


def same(pair):
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-10), *pair)


@pytest.mark.parametrize("name", CASES)
def test_values_gradients_and_their_gradients(name):
    def values(f, x, filters):
        def loss(x, filters):
            return jnp.sum(jnp.sin(f(x, filters)))

        change = draw(2, x.shape), draw(3, filters.shape)
        slopes = jax.grad(loss, (0, 1))
        second = jax.grad(lambda *at: sum(jnp.vdot(a, b) for a, b in zip(slopes(*at), change, strict=True)), (0, 1))
        return f(x, filters), slopes(x, filters), second(x, filters)

    same(both(made(name), values))


@pytest.mark.parametrize("looped", [False, True])
@pytest.mark.parametrize("name", LARGE)
def test_gradient_of_filters_of_large_batches(name, looped):
    x, filters, w = made(name, LARGE)
    x, filters = x.astype(jnp.float32), filters.astype(jnp.float32)

    def slopes(f, x, filters):
        change = jax.grad(lambda filters: jnp.sum(f(x, filters) ** 2))
        return (
            jax.lax.fori_loop(0, 2, lambda i, total: total + change(filters), 0 * filters)
            if looped
            else change(filters)
        )

    ours, exact = both((x, filters, w), slopes)
    np.testing.assert_allclose(ours, exact, atol=2e-6 * float(jnp.abs(exact).max()))


@pytest.mark.parametrize("name", ["few channels", "strided", "line"])
def test_forward_mode_and_forward_over_reverse(name):
    def values(f, x, filters):
        change = draw(2, x.shape), draw(3, filters.shape)
        slopes = jax.grad(lambda x, filters: jnp.sum(f(x, filters) ** 3), (0, 1))
        return jax.jvp(f, (x, filters), change), jax.jvp(slopes, (x, filters), change)

    same(both(made(name), values))


@pytest.mark.parametrize(
    ("name", "axes"),
    [("picture", (2, None)), ("picture", (None, 0)), ("picture", (0, 0)), ("groups", (None, 0)), ("line", (None, -1))],
)
def test_batches_of_convolutions(name, axes):
    def values(f, x, filters):
        stacked = [a if at is None else jnp.stack([a, 2 * a + 1], at) for a, at in zip((x, filters), axes, strict=True)]
        mapped = jax.vmap(f, axes)
        return mapped(*stacked), jax.grad(lambda x, filters: jnp.sum(mapped(x, filters) ** 2), (0, 1))(*stacked)

    same(both(made(name), values))


TRANSPOSED = ["strided", "strided, even", "line, strided"]


@pytest.mark.parametrize("name", TRANSPOSED)
def test_transposes_and_their_gradients(name):
    x, filters, w = made(name)
    out = draw(4, (x.shape[0], *w.out, filters.shape[-1]))

    def by_xla(out, filters):
        return transposed(lambda x: _xla(x, filters, w), x, out)

    def values(f, out, filters):
        slopes = jax.grad(lambda *at: jnp.sum(jnp.sin(f(*at))), (0, 1))
        second = jax.grad(lambda *at: sum(jnp.sum(jnp.cos(each)) for each in slopes(*at)), (0, 1))
        forward = jax.jvp(f, (out, filters), (out + 1, filters * 2))
        each = jax.vmap(f, (0, None))(jnp.stack([out, 2 * out]), filters)
        kinds = jax.vmap(f, (None, 0))(out, jnp.stack([filters, 2 * filters]))
        return f(out, filters), slopes(out, filters), second(out, filters), forward, each, kinds

    ours = partial(spread, shape=x.shape, w=w)
    same(tuple(jax.jit(partial(values, f))(out, filters) for f in (lambda o, k: ours(o, k), by_xla)))
