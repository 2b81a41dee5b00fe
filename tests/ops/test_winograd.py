"""Winograd's 3x3 convolutions: the numbers of the direct sum, at every padding and size."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

import addax as tf
from addax.ops import correlation, onednn, winograd
from addax.ops.windows import Windows


def _windows(height: int, width: int, pads: tuple[tuple[int, int], ...]) -> Windows:
    out = tuple(size + sum(pair) - 2 for size, pair in zip((height, width), pads, strict=True))
    return Windows((3, 3), (1, 1), (1, 1), pads, out)


def _direct(x, filters, w):
    return lax.conv_general_dilated(x, filters, (1, 1), w.pads, dimension_numbers=("NHWC", "HWIO", "NHWC"))


def _far(found, exact) -> float:
    return float(np.abs(np.asarray(found) - exact).max() / np.abs(exact).max())


@pytest.mark.parametrize(
    ("height", "width", "pads"),
    [(8, 8, ((1, 1), (1, 1))), (7, 10, ((0, 0), (0, 0))), (9, 6, ((2, 1), (0, 2))), (5, 5, ((2, 2), (2, 2)))],
)
@pytest.mark.parametrize("parts", [1, 3])
def test_numbers_of_the_direct_sum(height, width, pads, parts, monkeypatch):
    monkeypatch.setattr(winograd, "_parts", lambda *_: parts)
    rng, w = np.random.default_rng(3), _windows(height, width, pads)
    x, filters = rng.normal(size=(6, height, width, 5)), rng.normal(size=(3, 3, 5, 4))
    change = rng.normal(size=(6, *w.out, 4))

    @jax.jit
    def direct(x, filters, change):
        exact, back = jax.vjp(lambda x, f: _direct(x, f, w), x, filters)
        return exact, back(change)[1]

    @jax.jit
    def ours(x, filters, change):
        return winograd.correlate(x, filters, w), winograd.change_of_filters(x, change, w)

    given = x, filters, change
    for found, exact in zip(ours(*(each.astype("float32") for each in given)), direct(*given), strict=True):
        assert _far(found, exact) < 1e-6


def test_large_convolutions_take_it_forward_and_back(monkeypatch):
    if jax.default_backend() != "cpu":
        pytest.skip("other devices have their own convolutions")
    monkeypatch.setattr(onednn, "available", lambda: False)
    taken = []
    for name in ("correlate", "change_of_filters"):
        real = getattr(winograd, name)
        monkeypatch.setattr(winograd, name, lambda *args, name=name, real=real: taken.append(name) or real(*args))
    rng = np.random.default_rng(4)
    x, filters = rng.normal(size=(32, 13, 15, 64)), rng.normal(size=(3, 3, 64, 64))
    w = _windows(13, 15, ((1, 1), (1, 1)))
    exact, back = jax.vjp(lambda x, f: _direct(x, f, w), jnp.asarray(x), jnp.asarray(filters))
    inputs, kernel = tf.Variable(x.astype("float32")), tf.Variable(filters.astype("float32"))
    with tf.GradientTape() as tape:
        y = tf.nn.conv2d(inputs, kernel, 1, "SAME")
    changes = tape.gradient(y, [inputs, kernel], output_gradients=y)
    assert _far(y.numpy(), exact) < 1e-6
    for found, wanted in zip(changes, back(exact), strict=True):
        assert _far(found.numpy(), wanted) < 2e-6
    assert taken.count("correlate") >= 2
    assert "change_of_filters" in taken


def test_what_it_is_not_for():
    w = _windows(32, 32, ((1, 1), (1, 1)))
    wide = jax.ShapeDtypeStruct((3, 3, 64, 64), np.float32)
    assert winograd.pays((32, 32, 32, 64), wide, w)
    assert not winograd.pays((1, 32, 32, 64), wide, w)  # little work
    assert not winograd.pays((32, 32, 32, 16), jax.ShapeDtypeStruct((3, 3, 16, 64), np.float32), w)
    assert not winograd.pays((32, 32, 32, 64), jax.ShapeDtypeStruct((3, 3, 64, 64), np.float64), w)
    assert not winograd.pays((32, 32, 32, 128), wide, w)  # groups
    apart = Windows((3, 3), (2, 2), (1, 1), w.pads, (16, 16))
    assert not winograd.pays((64, 32, 32, 64), wide, apart)


def test_second_derivative():
    rng, w = np.random.default_rng(5), _windows(14, 14, ((1, 1), (1, 1)))
    x, f = (jnp.asarray(rng.normal(size=s), jnp.float32) for s in ((28, 14, 14, 64), (3, 3, 64, 64)))
    assert winograd.pays(x.shape, f, w)

    def slope(convolve):
        return jax.jit(jax.grad(lambda f: jnp.sum(jax.grad(lambda f: jnp.sum(convolve(x, f, w) ** 3))(f) * f)))(f)

    wanted = slope(_direct)
    assert _far(slope(correlation.correlate), wanted) < 1e-4
