"""Small tensors on a CPU, which NumPy computes: the same as XLA's program, and nobody can tell."""

from __future__ import annotations

import threading
import warnings

import jax
import numpy as np
import pytest

import addax as tf
from addax.core import small_tensors
from addax.core.convert import TensorLike
from addax.core.dispatch import op

X = np.array([[1.5, -2.0, 0.0], [np.inf, np.nan, -0.0]], np.float32)
Y = np.array([[0.5, -2.0, -0.0], [np.inf, 1.0, np.nan]], np.float32)
WHOLE = np.array([[1, -2, 0], [2**31 - 1, -(2**31), 7]], np.int32)

CASES = {
    "negative": lambda x, y, n: [-x, -n],
    "abs": lambda x, y, n: [tf.abs(x), tf.abs(n)],
    "square": lambda x, y, n: [tf.square(x), tf.square(n)],
    "sqrt": lambda x, y, n: [tf.sqrt(x)],
    "rounding": lambda x, y, n: [tf.floor(x), tf.math.ceil(x), tf.round(x), tf.math.rint(x)],
    "kinds": lambda x, y, n: [tf.math.is_nan(x), tf.math.is_inf(x), tf.math.is_finite(x)],
    "sums": lambda x, y, n: [x + y, x - y, n + n, n - 3, x + 1, 2.0 - x],
    "products": lambda x, y, n: [x * y, n * n, x * 0.1, 3 * x, (x > 0) * (y > 0)],
    "quotients": lambda x, y, n: [x / y, n / 3, x / 3.0],
    "limits": lambda x, y, n: [tf.maximum(x, y), tf.minimum(x, 0.5), tf.clip_by_value(x, -1.0, 1.0), tf.nn.relu(x)],
    "comparisons": lambda x, y, n: [x < y, x <= y, x > y, x >= y, x == y, x != y, n == 7, n > 0],
    "logic": lambda x, y, n: [
        tf.logical_and(x > 0, y > 0), tf.logical_or(x > 0, y > 0), tf.logical_not(x > 0),
        tf.math.logical_xor(x > 0, y > 0),
    ],
    "joining": lambda x, y, n: [tf.concat([x, y], 1), tf.stack([x, y], -1), tf.stack([n[0], n[1]])],
    "parting": lambda x, y, n: [*tf.split(x, 3, axis=1), *tf.unstack(x, axis=1), *tf.split(x, [1, 2], axis=-1)],
    "moving": lambda x, y, n: [
        tf.transpose(x), tf.reshape(n, [-1]), tf.expand_dims(x, -1), tf.squeeze(x[:1]), tf.reverse(x, [1]),
        tf.tile(n, [2, 1]), tf.identity(x),
    ],
    "padding": lambda x, y, n: [tf.pad(x, [[1, 0], [0, 2]]), tf.pad(n, [[1, 0], [0, 2]], constant_values=5),
                                tf.pad(n, [[1, 0], [0, 2]], "REFLECT")],
    "picking": lambda x, y, n: [
        tf.gather(x, tf.constant([1, 0, 1])), tf.where(x > y, x, y), tf.where(x > 0, x, 0.0), x[0], x[:, 1:], x[-1, 2],
        x[..., tf.newaxis], x[::-1],
    ],
    "casting": lambda x, y, n: [
        tf.cast(each, to) for each in (x, n) for to in (tf.float32, tf.bool, tf.int32, tf.float64)
    ],
    "like": lambda x, y, n: [tf.zeros_like(x), tf.ones_like(n), tf.zeros_like(x, tf.int64)],
    "reductions": lambda x, y, n: [
        tf.reduce_max(x), tf.reduce_min(x, 1), tf.reduce_max(n, axis=[0], keepdims=True), tf.reduce_sum(n, 0),
        tf.reduce_any(x > 0), tf.reduce_all(x > 0, 1), tf.reduce_prod(n, 1), tf.reduce_sum(n, []), tf.reduce_mean(n),
        tf.reduce_sum(x, 1), tf.reduce_mean(x[:, :1]),
    ],
    "places": lambda x, y, n: [
        tf.argmax(x, 1), tf.argmin(n, 0), tf.argmax(n, -1, tf.int32), tf.argmin(x > 0), tf.argmax(n[0]), tf.argmax(y),
    ],
    "running": lambda x, y, n: [tf.cumsum(n), tf.cumsum(n, 1), tf.cumsum(n, 1, exclusive=True), tf.cumsum(x, -1)],
    "matrices": lambda x, y, n: [n @ tf.transpose(n), tf.matmul(n, n, transpose_a=True), n[:, None] @ n[..., None]],
    "one_hot": lambda x, y, n: [tf.one_hot(tf.constant([0, 2, 9, -1]), 3), tf.one_hot(tf.constant([0, 1]), 2, axis=0)],
}  # fmt: skip


def _large(array):
    """A tensor that is JAX's from the start."""
    return tf.Tensor(jax.numpy.asarray(array))


@pytest.mark.parametrize("name", CASES)
def test_they_are_xlas_to_the_bit(name):
    small = CASES[name](*(tf.constant(array) for array in (X, Y, WHOLE)))
    large = CASES[name](*(_large(array) for array in (X, Y, WHOLE)))
    for one, other in zip(small, large, strict=True):
        assert one.dtype == other.dtype and one.shape == other.shape
        np.testing.assert_array_equal(one.numpy(), other.numpy())
        if one.dtype.is_floating and name not in ("limits",):  # which of -0.0 and 0.0 is larger is up to the processor
            np.testing.assert_array_equal(np.signbit(one.numpy()), np.signbit(other.numpy()))


@pytest.mark.parametrize("function", [tf.exp, tf.math.log, tf.tanh, tf.sigmoid])
def test_functions_are_as_exact(function):
    points = np.array([0.0, 1e-3, 0.5, 1.0, 3.0, 20.0], np.float32)
    np.testing.assert_allclose(function(tf.constant(points)), function(_large(points)), rtol=3e-7)


def test_what_is_made_of_nothing():
    for made in (tf.zeros([2, 3]), tf.ones((2,), tf.int64), tf.eye(2), tf.range(4), tf.shape(tf.zeros([2, 3]))):
        assert made._host is not None
    assert tf.zeros([100, 100])._host is None
    assert tf.eye(2, 3).numpy().tolist() == [[1, 0, 0], [0, 1, 0]]
    with pytest.raises(tf.errors.InvalidArgumentError):
        tf.zeros([-1])


def test_sums_are_as_exact():
    x = np.random.default_rng(0).normal(size=(8, 100)).astype(np.float32)
    for function in (tf.reduce_sum, tf.reduce_mean, lambda x: x @ tf.transpose(x), tf.reduce_prod):
        np.testing.assert_allclose(function(tf.constant(x)), function(_large(x)), rtol=2e-6, atol=1e-5)


def test_numpy_computes_them():
    x = tf.constant([1.0, 2.0])
    made = tf.square(x) + 1.0
    assert x._host is not None and made._host is not None
    assert tf.linalg.matvec(tf.eye(2), made).numpy().tolist() == [2.0, 5.0]  # XLA sees it where it has to


def test_what_is_refused_stays_refused():
    x, n = tf.constant([1.0, 2.0]), tf.constant([1, 2])
    with pytest.raises((TypeError, tf.errors.InvalidArgumentError)):
        x + n
    with pytest.raises(TypeError):
        n + 1.5
    with pytest.raises(tf.errors.InvalidArgumentError):
        x + tf.constant([1.0, 2.0, 3.0])
    with pytest.raises(tf.errors.InvalidArgumentError):
        tf.concat([x, tf.constant([[1.0]])], 0)
    with pytest.raises((TypeError, tf.errors.InvalidArgumentError)):
        tf.square(tf.constant([True]))
    with pytest.raises(tf.errors.InvalidArgumentError):
        tf.gather(x, tf.constant([-1]))
    with pytest.raises(tf.errors.InvalidArgumentError):
        x[5]
    with pytest.raises(tf.errors.InvalidArgumentError):
        x[0, 0]


def test_nothing_is_said_of_overflow():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        tf.square(tf.constant(1e30)) / tf.constant(0.0), tf.math.log(tf.constant(-1.0)), tf.sqrt(tf.constant(-1.0))
        tf.exp(tf.constant(1e4)), tf.cast(tf.constant(1e300, tf.float64), tf.float32)


def test_numbers_too_small_to_be_normal_count_as_zero():
    # TensorFlow's kernels run with denormal numbers flushed.
    assert (tf.constant([1e-40, 1.0]) > 0.0).numpy().tolist() == [False, True]
    assert not tf.constant(1e-40) > 0.0
    assert (tf.constant(1e-20) * tf.constant(1e-20)).numpy() == 0
    assert tf.math.log(tf.exp(tf.constant([-100.0, 0.0]))).numpy().tolist() == [-np.inf, 0.0]
    assert (tf.constant(1e-30) / 1e10).numpy() == 0


def test_their_memory_is_their_own():
    given = np.array([1.0, 2.0], np.float32)
    x = tf.constant(given)
    given[0] = 9
    x.numpy()[0] = 9
    assert x.numpy().tolist() == [1.0, 2.0]
    with pytest.raises(ValueError, match="read-only"):
        np.asarray(x)[0] = 9
    with pytest.raises(ValueError, match="read-only"):
        np.asarray(tf.reshape(-x, [2, 1]))[0] = 9


def test_tapes_and_functions_see_them():
    x = tf.constant([1.0, 2.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.reduce_sum(tf.square(x)[0:1] * 3.0)
    assert tape.gradient(y, x).numpy().tolist() == [6.0, 0.0]
    assert tf.function(lambda x: -x)(x).numpy().tolist() == [-1.0, -2.0]


def test_threads_compute_side_by_side():
    found = []

    def work(number):
        x = tf.constant(float(number))
        for _ in range(200):
            x = tf.sqrt(tf.square(x)) / tf.constant(1.0)
        found.append(float(x) == number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [True] * 4


def test_plans_are_bounded(monkeypatch):
    monkeypatch.setattr(small_tensors, "_MOST_PLANS", 4)
    for size in range(1, 12):
        tf.negative(tf.constant(np.zeros(size, np.float32)))
    assert len(tf.negative.op.small_plans) <= 4


def test_a_twin_that_gives_something_else_is_not_used():
    def doubled(x: TensorLike):
        return x * 2

    wrong = op(doubled, small=lambda x: x.astype(np.float64))
    made = wrong(tf.constant([1.0, 2.0]))
    assert made._host is None and made.numpy().tolist() == [2.0, 4.0]


def test_powers_of_few_numbers_are_as_exact_as_of_many():
    x = np.array([0.5, 2.0, 10.0, 0.0, 0.0, -2.0, np.inf, np.nan, 1.0], np.float32)
    y = np.array([2.5, -3.0, 0.1, 0.0, -1.0, 3.0, -1.0, 0.0, np.nan], np.float32)
    few = tf.pow(tf.constant(x), tf.constant(y))
    assert few._jax is None  # NumPy's so far
    many = tf.pow(tf.constant(np.tile(x, 20)), tf.constant(np.tile(y, 20)))
    np.testing.assert_array_max_ulp(few.numpy()[[0, 1, 2, 5]], many.numpy()[[0, 1, 2, 5]], 1)
    np.testing.assert_array_equal(few.numpy()[[3, 4, 6, 7, 8]], many.numpy()[[3, 4, 6, 7, 8]])
