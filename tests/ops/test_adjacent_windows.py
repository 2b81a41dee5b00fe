"""Windows side by side: their sums and largest, and the gradients, in every way that JAX asks for them."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from addax.ops import adjacent_windows
from addax.ops.windows import Windows, windows

SHAPES = [((2, 7, 3), (2,)), ((2, 6, 9, 3), (2, 3)), ((1, 8, 8, 2), (4, 4)), ((2, 4, 4, 6, 1), (2, 1, 3))]


def _windows(shape: tuple[int, ...], kernel: tuple[int, ...]) -> Windows:
    w = windows("pool", shape[1:-1], kernel, kernel, (1,) * len(kernel), "VALID", False)
    assert adjacent_windows.are(w)
    return w


def _by_loops(x: np.ndarray, w: Windows, join) -> np.ndarray:
    out = np.zeros((x.shape[0], *w.out, x.shape[-1]), x.dtype)
    for place in np.ndindex(*w.out):
        seen = [slice(at * k, at * k + k) for at, k in zip(place, w.kernel, strict=True)]
        out[(slice(None), *place)] = join(x[(slice(None), *seen)], tuple(range(1, x.ndim - 1)))
    return out


@pytest.mark.parametrize(("shape", "kernel"), SHAPES)
def test_sums_and_largest_are_those_of_each_window(shape, kernel):
    x, w = np.random.default_rng(0).normal(size=shape), _windows(shape, kernel)
    np.testing.assert_allclose(adjacent_windows.total(jnp.asarray(x), w), _by_loops(x, w, np.sum), rtol=1e-12)
    np.testing.assert_array_equal(adjacent_windows.largest(jnp.asarray(x), w), _by_loops(x, w, np.max))


@pytest.mark.parametrize(("shape", "kernel"), SHAPES)
def test_what_a_sum_says_of_elements_goes_to_each_place(shape, kernel):
    w, rng = _windows(shape, kernel), np.random.default_rng(1)
    x, change = rng.normal(size=shape), rng.normal(size=(shape[0], *w.out, shape[-1]))
    spread = jax.jit(lambda change: jax.vjp(lambda x: adjacent_windows.total(x, w), jnp.asarray(x))[1](change)[0])
    wanted = np.zeros(shape)
    for place in np.ndindex(*w.out):
        seen = tuple(slice(at * k, at * k + k) for at, k in zip(place, w.kernel, strict=True))
        index = (slice(None), *place, *[None] * len(kernel), slice(None))
        wanted[(slice(None), *seen)] = change[index]
    np.testing.assert_array_equal(spread(change), wanted)
    back = jax.vjp(spread, jnp.asarray(change))[1](jnp.asarray(x))[0]  # the transpose of the transpose
    np.testing.assert_allclose(back, adjacent_windows.total(jnp.asarray(x), w), rtol=1e-12)


def test_many_at_once_and_forward():
    shape, kernel = (2, 6, 6, 3), (2, 3)
    w, x = _windows(shape, kernel), np.random.default_rng(2).normal(size=(4, *shape))
    each = np.stack([adjacent_windows.total(jnp.asarray(one), w) for one in x])
    np.testing.assert_array_equal(jax.vmap(lambda x: adjacent_windows.total(x, w))(x), each)
    _, change = jax.jvp(lambda x: adjacent_windows.total(x, w) ** 2, (x[0],), (x[1],))
    np.testing.assert_allclose(change, 2 * each[0] * each[1], rtol=1e-12)
    curvature = jax.vmap(jax.grad(lambda x: (jax.grad(lambda x: (adjacent_windows.total(x, w) ** 2).sum())(x)).sum()))
    np.testing.assert_allclose(curvature(x), np.full(x.shape, 2.0 * 6), rtol=1e-12)


def test_windows_that_overlap_or_leave_gaps_are_not_adjacent():
    assert not adjacent_windows.are(windows("pool", (9,), (3,), (2,), (1,), "VALID", False))
    assert not adjacent_windows.are(windows("pool", (9,), (2,), (3,), (1,), "VALID", False))
    assert not adjacent_windows.are(windows("pool", (9,), (2,), (2,), (2,), "VALID", False))
    assert adjacent_windows.are(windows("pool", (3,), (3,), (2,), (1,), "VALID", False))  # there is only one
