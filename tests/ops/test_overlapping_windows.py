"""Maxima and sums over windows that overlap: values, who gets the gradient, and every way of asking for it."""

from __future__ import annotations

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import addax as tf
from addax.ops import overlapping_windows, pooling
from addax.ops.windows import Windows, shifts, windows

CASES = [
    ((7,), (3,), (2,), (1,), "SAME"),
    ((9,), (3,), (1,), (2,), "VALID"),
    ((6, 7), (3, 3), (2, 2), (1, 1), "SAME"),
    ((6, 7), (3, 2), (1, 3), (1, 1), "VALID"),
    ((8, 5), (2, 3), (1, 1), (2, 1), "SAME"),
    ((5, 4), (1, 3), (2, 2), (1, 1), "SAME"),
    ((4, 5, 4), (3, 2, 3), (2, 1, 2), (1, 1, 1), "SAME"),
    ((8, 9), (5, 6), (1, 2), (1, 1), "SAME"),
    ((9, 11), (5, 4), (2, 1), (1, 2), "VALID"),
    ((7, 50), (2, 40), (1, 3), (1, 1), "SAME"),
    ((7, 50), (7, 50), (2, 3), (1, 1), "VALID"),
    ((40,), (36,), (36,), (1,), "SAME"),
    ((90,), (40,), (5,), (1,), "SAME"),
    ((90,), (35,), (4,), (2,), "VALID"),
    ((12, 12), (6, 6), (6, 6), (1, 1), "VALID"),
]


def _by_hand(x, given, w):
    """The maxima, and for each element what the windows give that chose it: the first of equals."""
    out, back = np.zeros_like(given), np.zeros_like(x)
    for batch, channel in itertools.product(range(x.shape[0]), range(x.shape[-1])):
        for window in itertools.product(*map(range, w.out)):
            best, where = -np.inf, None
            for place in itertools.product(*map(range, w.kernel)):
                at = tuple(
                    i * step + p * apart - lo
                    for i, step, p, apart, (lo, _) in zip(window, w.strides, place, w.dilations, w.pads, strict=True)
                )
                inside = all(0 <= a < size for a, size in zip(at, x.shape[1:-1], strict=True))
                if inside and x[(batch, *at, channel)] > best:
                    best, where = x[(batch, *at, channel)], at
            out[(batch, *window, channel)] = best
            back[(batch, *where, channel)] += given[(batch, *window, channel)]
    return out, back


def _made(sizes, kernel, strides, apart, padding):
    w = windows("max_pool", sizes, kernel, strides, apart, padding, False)
    rng = np.random.default_rng(len(sizes) + sum(kernel))
    x = rng.integers(-4, 4, size=(2, *sizes, 3)).astype("float32")  # with many equals
    return x, rng.normal(size=(2, *w.out, 3)).astype("float32"), w


@pytest.mark.parametrize("case", CASES, ids=str)
def test_values_and_gradient(case):
    x, given, w = _made(*case)

    @jax.jit
    def both(x, given):
        out, back = jax.vjp(lambda x: pooling._max(x, w), x)
        return out, back(given)[0], pooling._max(x, w)

    out, back, unwatched = both(x, given)
    wanted, wanted_back = _by_hand(x, given, w)
    np.testing.assert_array_equal(out, wanted)
    np.testing.assert_array_equal(unwatched, wanted)
    np.testing.assert_allclose(back, wanted_back, atol=1e-6)


def test_step_by_step():
    x, given, w = _made(*CASES[0])
    out, back = jax.vjp(lambda x: pooling._max(x, w), jnp.asarray(x))
    wanted, wanted_back = _by_hand(x, given, w)
    np.testing.assert_array_equal(out, wanted)
    np.testing.assert_array_equal(pooling._max(jnp.asarray(x), w), wanted)
    np.testing.assert_allclose(back(given)[0], wanted_back, atol=1e-6)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_sums_and_their_gradient(case):
    x, given, w = _made(*case)

    def total(x):
        return overlapping_windows.total(x, w)

    @jax.jit
    def each(x, given):
        found, back = jax.vjp(total, x)
        wanted, wanted_back = jax.vjp(lambda x: pooling.fold(x, w, jax.lax.add, 0), x)
        many = jax.vmap(jax.grad(lambda x: jnp.sum(total(x) ** 2)))(jnp.stack([x, 2 * x]))
        return found, wanted, back(given)[0], wanted_back(given)[0], many

    found, wanted, back, wanted_back, many = each(x, given)
    np.testing.assert_allclose(found, wanted, atol=1e-6)
    np.testing.assert_allclose(back, wanted_back, atol=1e-5)
    np.testing.assert_allclose(many[1], 2 * many[0], atol=1e-4)


def test_forward_mode_vmap_and_second_derivatives():
    x, given, w = _made(*CASES[2])
    direction = np.random.default_rng(9).normal(size=x.shape).astype("float32")
    many = np.stack([x, x[::-1], -x])

    @jax.jit
    def slope(x):
        return jax.grad(lambda x: jnp.sum(pooling._max(x, w) ** 3))(x)

    @jax.jit
    def each(x, direction, given):
        out, back = jax.vjp(lambda x: pooling._max(x, w), x)
        _, change = jax.jvp(lambda x: pooling._max(x, w), (x,), (direction,))
        wanted = back(6 * out * change)[0]  # of the slope 3 out**2, put where the maxima are
        sides = jax.vmap(lambda given: back(given)[0])(jnp.stack([given, 2 * given]))
        return change, back(given)[0], wanted, jax.jvp(slope, (x,), (direction,))[1], sides

    change, back, wanted, slopes_change, sides = each(x, direction, given)
    np.testing.assert_allclose(np.sum(change * given), np.sum(back * direction), rtol=1e-5)
    np.testing.assert_allclose(slopes_change, wanted, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(jax.jit(jax.vmap(slope))(many), [slope(one) for one in many], atol=1e-6)
    np.testing.assert_allclose(sides[1], 2 * sides[0], rtol=1e-6)


def test_nan_loses_and_half_precision():
    x = np.array([1.0, np.nan, 3.0, 2.0, np.nan], "float32").reshape(1, 5, 1)
    assert tf.nn.max_pool1d(x, 3, 1, "VALID").numpy().ravel().tolist() == [3.0, 3.0, 3.0]
    variable = tf.Variable(tf.cast(np.arange(6.0).reshape(1, 6, 1), tf.bfloat16))
    with tf.GradientTape() as tape:
        y = tf.nn.max_pool1d(variable, 3, 1, "SAME")
    assert tape.gradient(y, variable).numpy().astype("float32").ravel().tolist() == [0, 1, 1, 1, 1, 2]


@st.composite
def _any_windows(draw):
    """Sizes and windows over them, whose first and last may look beside the array altogether, or which may cut it."""
    sizes = draw(st.lists(st.integers(1, 9), min_size=1, max_size=2))
    parts = [[draw(st.integers(1, 4)) for _ in range(3)] for _ in sizes]
    before = [draw(st.integers(-min(2, size - 1), 5)) for size in sizes]
    out = [draw(st.integers(1, 6)) for _ in sizes]
    after = [
        (count - 1) * step + (k - 1) * apart + 1 - size - lo
        for count, (k, step, apart), size, lo in zip(out, parts, sizes, before, strict=True)
    ]
    kernel, strides, dilations = zip(*parts, strict=True)
    return sizes, Windows(kernel, strides, dilations, tuple(zip(before, after, strict=True)), tuple(out))


@settings(max_examples=25, deadline=None)
@given(_any_windows(), st.sampled_from([3, 8]))
def test_folds_of_any_windows(drawn, channels):
    sizes, w = drawn
    x = np.random.default_rng(0).normal(size=(2, *sizes, channels)).astype("float32")
    around = [(0, 0, 0), *((lo, hi, 0) for lo, hi in w.pads), (0, 0, 0)]
    for combine, start, by_hand in ((jax.lax.max, -9.0, np.max), (jax.lax.add, 0.0, np.sum)):
        whole = jax.lax.pad(x, np.float32(start), around)
        seen = np.stack([part for _, part in shifts(whole, w)])
        found = overlapping_windows.fold(jnp.asarray(x), w, combine, np.float32(start))
        np.testing.assert_allclose(found, by_hand(seen, 0), 1e-5, 1e-6)
