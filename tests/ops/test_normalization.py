"""Moments, normalization, biases and dropout."""

import numpy as np
import pytest

import addax as tf

X = np.random.RandomState(0).randn(4, 3, 2)


def test_moments(check_gradient):
    mean, variance = tf.nn.moments(X, [0, 1])
    np.testing.assert_allclose(mean, X.mean((0, 1)))
    np.testing.assert_allclose(variance, X.var((0, 1)))
    assert tf.nn.moments(X, [0], keepdims=True)[0].shape == (1, 3, 2)
    check_gradient(lambda x: tf.stack(tf.nn.moments(x, [0, 1])), X)
    half = tf.nn.moments(tf.constant([300.0, -300.0, 300.0], tf.float16), 0)[1]
    assert half.dtype == tf.float16 and np.isinf(half.numpy())  # 80000 is no float16, but it was no NaN on the way


def test_weighted_moments():
    weights = np.array([1.0, 2.0, 0.5])
    mean, variance = tf.nn.weighted_moments(X, 1, weights[:, None])
    expected = np.average(X, axis=1, weights=weights)
    np.testing.assert_allclose(mean, expected)
    np.testing.assert_allclose(variance, np.average((X - expected[:, None]) ** 2, axis=1, weights=weights))


def test_sufficient_statistics_make_moments():
    count, mean_ss, variance_ss, shift = tf.nn.sufficient_statistics(X, [0], shift=0.5)
    mean, variance = tf.nn.normalize_moments(count, mean_ss, variance_ss, shift)
    np.testing.assert_allclose(mean, X.mean(0))
    np.testing.assert_allclose(variance, X.var(0))


def test_batch_normalization(check_gradient):
    mean, variance, offset, scale = (
        np.array([0.5, 1.0]),
        np.array([2.0, 0.5]),
        np.array([1.0, -1.0]),
        np.array([3.0, 0.1]),
    )
    expected = (X - mean) / np.sqrt(variance + 1e-3) * scale + offset
    np.testing.assert_allclose(tf.nn.batch_normalization(X, mean, variance, offset, scale, 1e-3), expected)
    bare = tf.nn.batch_normalization(X, mean, variance, None, None, 1e-3)
    np.testing.assert_allclose(bare, (X - mean) / np.sqrt(variance + 1e-3))
    check_gradient(
        lambda x, m, v, o, s: tf.nn.batch_normalization(x, m, v, o, s, 1e-3), X[0], mean, variance, offset, scale
    )
    plain = tf.nn.batch_norm_with_global_normalization(X, mean, variance, offset, scale, 1e-3, False)
    np.testing.assert_allclose(plain, (X - mean) / np.sqrt(variance + 1e-3) + offset)


def test_local_response_normalization():
    x = np.random.RandomState(1).randn(1, 2, 2, 6).astype(np.float32)
    sums = np.stack([(x[..., max(0, c - 2) : c + 3] ** 2).sum(-1) for c in range(6)], -1)
    np.testing.assert_allclose(tf.nn.lrn(x, 2, 1.5, 0.3, 0.7), x / (1.5 + 0.3 * sums) ** 0.7, rtol=1e-5)
    np.testing.assert_allclose(tf.nn.lrn(x, 50), x / np.sqrt(1 + (x**2).sum(-1, keepdims=True)), rtol=1e-5)
    with pytest.raises(tf.errors.InvalidArgumentError):
        tf.nn.lrn(x[0])


def test_bias_add(check_gradient):
    bias = np.array([1.0, 2.0])
    np.testing.assert_allclose(tf.nn.bias_add(X, bias), X + bias)
    np.testing.assert_allclose(tf.nn.bias_add(X, np.arange(3.0), data_format="NCW"), X + np.arange(3.0)[:, None])
    check_gradient(tf.nn.bias_add, X[0], bias)
    with pytest.raises(tf.errors.InvalidArgumentError, match="biases"):
        tf.nn.bias_add(tf.ones((2, 3)), tf.ones(2))
    with pytest.raises(ValueError, match="data_format"):
        tf.nn.bias_add(X, bias, data_format="HWC")


def test_dropout_scales_what_it_keeps():
    tf.random.set_seed(1)
    x = tf.ones([10_000])
    y = tf.nn.dropout(x, 0.25).numpy()
    assert set(np.unique(y)) == {np.float32(0), np.float32(1 / 0.75)}
    assert abs((y == 0).mean() - 0.25) < 0.02
    assert tf.nn.dropout(x, 0.0) is x


def test_dropout_noise_shape_and_gradient():
    tf.random.set_seed(2)
    x = tf.ones([50, 4])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.nn.dropout(x, 0.5, noise_shape=[None, 1])
    assert (y.numpy().min(1) == y.numpy().max(1)).all()
    np.testing.assert_array_equal(tape.gradient(y, x), y)


def test_dropout_is_reproducible():
    x = tf.ones([100])
    tf.random.set_seed(3)
    a = tf.nn.dropout(x, 0.5).numpy()
    b = tf.nn.dropout(x, 0.5).numpy()
    tf.random.set_seed(3)
    np.testing.assert_array_equal(tf.nn.dropout(x, 0.5), a)
    assert (a != b).any()
    one, two = (tf.nn.experimental.stateless_dropout(x, 0.5, seed=[1, 2]).numpy() for _ in range(2))
    np.testing.assert_array_equal(one, two)
    made = tf.nn.experimental.general_dropout(x, 0.5, lambda shape, dtype: tf.linspace(0.0, 0.99, shape[0]))
    assert made.numpy().tolist() == [0.0] * 50 + [2.0] * 50 or made.numpy()[:50].sum() == 0


def test_dropout_refuses():
    with pytest.raises(ValueError, match="float"):
        tf.nn.dropout(tf.constant([1, 2]), 0.5)
    with pytest.raises(ValueError, match="rate"):
        tf.nn.dropout(tf.ones(2), 1.5)


def test_dropout_of_doubles_scales_exactly():
    ones = tf.ones((16,), tf.float64)
    for out in (tf.nn.dropout(ones, 0.3, seed=1), tf.nn.experimental.stateless_dropout(ones, 0.3, [1, 2])):
        assert out.numpy().max() == 1 / (1 - 0.3)


def test_moments_of_integers():
    mean, variance = tf.nn.moments(tf.constant([[1, -3], [4, 8]]), [0])
    assert mean.numpy().tolist() == [2, 2] and variance.numpy().tolist() == [2, 30]
