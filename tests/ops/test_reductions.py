"""Reductions and positions."""

import numpy as np
import pytest
import scipy.special as sp

import addax as tf

X = np.array([[[1.5, -2.0], [0.5, 4.0], [2.5, 1.0]], [[3.0, -1.0], [0.25, 0.75], [1.25, -3.5]]])
PAIRS = [
    (tf.reduce_sum, np.sum),
    (tf.reduce_mean, np.mean),
    (tf.reduce_prod, np.prod),
    (tf.reduce_max, np.max),
    (tf.reduce_min, np.min),
    (tf.math.reduce_std, np.std),
    (tf.math.reduce_variance, np.var),
    (tf.reduce_logsumexp, sp.logsumexp),
]


@pytest.mark.parametrize(("op", "expected"), PAIRS, ids=lambda each: getattr(each, "__name__", None))
@pytest.mark.parametrize("axis", [None, -1, [0, 2]])
@pytest.mark.parametrize("keepdims", [False, True])
def test_values(op, expected, axis, keepdims):
    where = tuple(axis) if isinstance(axis, list) else axis
    np.testing.assert_allclose(op(X, axis, keepdims), expected(X, axis=where, keepdims=keepdims), rtol=1e-12)


def test_over_no_axis():
    np.testing.assert_array_equal(tf.reduce_sum(X, []), X)
    np.testing.assert_array_equal(tf.reduce_max(X, ()), X)


@pytest.mark.parametrize(("op", "expected"), PAIRS, ids=lambda each: getattr(each, "__name__", None))
def test_gradients(op, expected, check_gradient):
    check_gradient(lambda x: op(x, 1), X)


def test_gradient_of_a_product_with_zeros(check_gradient):
    check_gradient(lambda x: tf.reduce_prod(x, 1), [[2.0, 0.0, 3.0], [0.0, 0.0, 1.0]])


def test_equal_maxima_share_the_gradient():
    x = tf.constant([2.0, 2.0, 1.0])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        high, low = tf.reduce_max(x), tf.reduce_min(-x)
    assert tape.gradient(high, x).numpy().tolist() == [0.5, 0.5, 0.0]
    assert tape.gradient(low, x).numpy().tolist() == [-0.5, -0.5, 0.0]


def test_integers_stay_integers():
    x = tf.constant([1, 2, 4])
    assert tf.reduce_mean(x).numpy() == 2 and tf.reduce_mean(x).dtype == tf.int32
    assert tf.reduce_sum(tf.constant([200, 100], tf.uint8)).numpy() == 44
    assert tf.reduce_mean(tf.constant([200, 100], tf.uint8)).numpy() == 150
    assert tf.reduce_mean(tf.constant([-3, -4])).numpy() == -3
    assert tf.reduce_prod(x).dtype == tf.int32


def test_bools():
    x = [[True, False], [True, True]]
    assert tf.reduce_any(x, 0).numpy().tolist() == [True, True]
    assert tf.reduce_all(x, 1).numpy().tolist() == [False, True]
    with pytest.raises(tf.errors.InvalidArgumentError):
        tf.reduce_sum(tf.constant([True]))


def test_of_nothing():
    empty = tf.zeros((0, 2))
    assert tf.reduce_sum(empty, 0).numpy().tolist() == [0.0, 0.0]
    assert tf.reduce_max(empty, 0).numpy().tolist() == [-np.inf, -np.inf]
    assert tf.reduce_min(tf.zeros((0,), tf.int32)).numpy() == 2**31 - 1
    assert np.isnan(tf.reduce_mean(empty))
    assert tf.reduce_logsumexp(empty).numpy() == -np.inf


@pytest.mark.parametrize("axis", [3, -4, [0, 5]])
def test_axis_out_of_range(axis):
    with pytest.raises(tf.errors.InvalidArgumentError, match="axis"):
        tf.reduce_sum(X, axis)


def test_variance_wants_floats():
    with pytest.raises(TypeError, match="real or complex"):
        tf.math.reduce_variance([1, 2])
    with pytest.raises(TypeError):
        tf.math.reduce_std([1, 2])


def test_float16_is_summed_in_float32():
    x = tf.ones([4096], tf.float16)
    assert tf.reduce_sum(x).numpy() == 4096 and tf.reduce_sum(x).dtype == tf.float16


def test_norm_and_counts():
    assert tf.math.reduce_euclidean_norm([3.0, 4.0]).numpy() == 5.0
    assert tf.math.count_nonzero([[0, 1], [2, 3]], axis=1).numpy().tolist() == [1, 2]
    assert tf.math.count_nonzero(["", "a"]).numpy() == 1
    assert tf.math.zero_fraction([0.0, 0.0, 1.0, 2.0]).numpy() == 0.5


def test_positions():
    x = [[1, 9, 9], [7, 2, 3]]
    assert tf.argmax(x).numpy().tolist() == [1, 0, 0] and tf.argmax(x).dtype == tf.int64
    assert tf.argmin(x, 1, output_type=tf.int32).numpy().tolist() == [0, 1]
    with pytest.raises(tf.errors.InvalidArgumentError, match="axis=4"):
        tf.argmax(x, 4)
    with pytest.raises(tf.errors.InvalidArgumentError, match="empty"):
        tf.argmax(tf.zeros((0,)))


def test_positions_pass_over_nan():
    nan, inf = np.nan, np.inf
    assert int(tf.argmax([nan, 1.0, 2.0])) == 2 and int(tf.argmin([1.0, nan, inf])) == 0
    assert int(tf.argmax([nan, nan])) == 0 and int(tf.argmax([-inf, nan, -inf])) == 0
    assert complex(tf.reduce_mean(tf.zeros((0,), tf.complex64))) == 0
    x = tf.constant([0.0, 1.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.math.zero_fraction(x)
    assert tape.gradient(y, x) is None


def test_the_slopes_of_an_extreme_that_is_nan_are_nan():
    x = tf.constant([[1.0, 3.0, 3.0], [2.0, np.nan, 1.0]])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        high, low = tf.reduce_max(x, 1), tf.reduce_min(x, 1, keepdims=True)
    assert np.array_equal(tape.gradient(high, x), [[0, 0.5, 0.5], [np.nan] * 3], equal_nan=True)
    assert np.array_equal(tape.gradient(low, x), [[1, 0, 0], [np.nan] * 3], equal_nan=True)


def test_axes_are_ints():
    with pytest.raises(TypeError, match="axis 1.5"):
        tf.reduce_sum(tf.ones((2, 2)), axis=1.5)


def test_axes_as_a_range():
    assert tf.reduce_sum(tf.ones((2, 3)), axis=range(1)).numpy().tolist() == [2.0, 2.0, 2.0]
    assert tf.reduce_mean(tf.ones((2, 3)), axis=range(2)).numpy() == 1.0


@pytest.mark.parametrize("compiled", [False, True])
def test_a_gradient_of_zero_stays_zero_through_a_root(compiled):
    def slopes(x):
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(x)
            spread = tf.maximum(tf.math.reduce_std(x, axis=1), 1.0)
            length = tf.maximum(tf.norm(x, axis=1), 1.0)
            kept = tf.where(tf.norm(x, axis=1, keepdims=True) > 0.0, tf.linalg.normalize(x, axis=1)[1], 0.0)
            alone = tf.norm(x[:1])
        return [tape.gradient(y, x) for y in (spread, length, kept, alone)]

    x = tf.constant([[0.0, 0.0], [3.0, 4.0]])
    spread, length, kept, alone = (tf.function(slopes) if compiled else slopes)(x)
    assert spread.numpy().tolist() == [[0.0, 0.0], [0.0, 0.0]]
    np.testing.assert_allclose(length, [[0.0, 0.0], [0.6, 0.8]], 1e-6)
    np.testing.assert_allclose(kept, [[0.0, 0.0], [0.6, 0.8]], 1e-6)
    assert np.isnan(alone.numpy()[0]).all()  # infinite slope times zero, as TensorFlow's
