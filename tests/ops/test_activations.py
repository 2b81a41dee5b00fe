"""Activations: values, slopes at the kinks, far from 0."""

import numpy as np
import pytest
import scipy.special as sp

import addax as tf

X = np.array([[-2.3, -0.4, 0.7], [1.6, 3.1, -5.0]])
PAIRS = [
    (tf.nn.relu, lambda x: np.maximum(x, 0)),
    (tf.nn.relu6, lambda x: np.clip(x, 0, 6)),
    (tf.nn.leaky_relu, lambda x: np.where(x > 0, x, 0.2 * x)),
    (tf.nn.elu, lambda x: np.where(x > 0, x, np.expm1(x))),
    (tf.nn.selu, lambda x: 1.0507009873554805 * np.where(x > 0, x, 1.6732632423543772 * np.expm1(x))),
    (tf.nn.gelu, lambda x: x * sp.ndtr(x)),
    (tf.nn.silu, lambda x: x * sp.expit(x)),
    (tf.nn.softplus, lambda x: np.log1p(np.exp(x))),
    (tf.nn.softsign, lambda x: x / (1 + np.abs(x))),
    (tf.nn.softmax, lambda x: sp.softmax(x, -1)),
    (tf.nn.log_softmax, lambda x: sp.log_softmax(x, -1)),
    (tf.nn.crelu, lambda x: np.concatenate([np.maximum(x, 0), np.maximum(-x, 0)], -1)),
]


@pytest.mark.parametrize(("op", "expected"), PAIRS, ids=lambda each: getattr(each, "__name__", None))
def test_values_and_gradients(op, expected, check_gradient):
    # TensorFlow's constants of leaky_relu and gelu are float32 numbers, whatever the dtype.
    np.testing.assert_allclose(op(X), expected(X), rtol=1e-6)
    check_gradient(op, X)


def test_gelu_with_tanh():
    inner = 0.7978845608028654 * (X + float(np.float32(0.044715)) * X**3)
    np.testing.assert_allclose(tf.nn.gelu(X, approximate=True), 0.5 * X * (1 + np.tanh(inner)))


@pytest.mark.parametrize(
    ("op", "at", "slope"),
    [
        (tf.nn.relu, 0.0, 0.0),
        (tf.nn.relu6, 0.0, 0.0),
        (tf.nn.relu6, 6.0, 0.0),
        (tf.nn.leaky_relu, 0.0, 0.2),
        (tf.nn.elu, 0.0, 1.0),
        (tf.nn.selu, 0.0, 1.0507010221481323),
        (tf.nn.softsign, 0.0, 1.0),
    ],
)
def test_slopes_at_kinks(op, at, slope):
    x = tf.constant(at)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = op(x)
    assert float(tape.gradient(y, x)) == pytest.approx(slope, rel=1e-6)


def test_far_from_zero():
    x = tf.constant([-1000.0, -100.0, 100.0, 1000.0])
    assert tf.nn.softplus(x).numpy().tolist() == [0.0, pytest.approx(0.0, abs=1e-30), 100.0, 1000.0]
    assert np.isfinite(tf.nn.softmax(x)).all() and np.isfinite(tf.nn.log_softmax(x)).all()
    assert np.isnan(tf.nn.relu(np.nan))
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.nn.elu(x)
    assert np.isfinite(tape.gradient(y, x)).all()


def test_axes_and_options():
    np.testing.assert_allclose(tf.nn.softmax(X, axis=0), sp.softmax(X, 0))
    np.testing.assert_allclose(tf.nn.silu(X, beta=2.0), X * sp.expit(2 * X))
    np.testing.assert_allclose(tf.nn.leaky_relu(X, alpha=0.5), np.where(X > 0, X, 0.5 * X))
    assert tf.nn.leaky_relu(tf.constant([1, -1])).numpy().tolist() == pytest.approx([1.0, -0.2])
    assert tf.nn.relu(tf.constant([-1, 2])).numpy().tolist() == [0, 2]


def test_refusals():
    with pytest.raises(tf.errors.InvalidArgumentError, match="axis=5"):
        tf.nn.softmax(X, axis=5)
    with pytest.raises(tf.errors.InvalidArgumentError):
        tf.nn.softmax(3.0)
    with pytest.raises(tf.errors.InvalidArgumentError, match="int32"):
        tf.nn.elu(1)


def test_gradients_at_infinity_and_factors_of_float64():
    x = tf.constant([np.inf, -np.inf, 1.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.nn.softsign(x)
    assert tape.gradient(y, x).numpy().tolist() == [0.0, 0.0, 0.25]
    assert float(tf.nn.gelu(tf.constant(1.0, tf.float64), approximate=True)) == pytest.approx(
        0.8411919902786764, abs=1e-15
    )


def test_slopes_of_silu_are_finite_and_those_of_beta_exist():
    x, beta = tf.constant([1.0, 3e38, -3e38]), tf.constant(0.5)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([x, beta])
        y, z = tf.nn.silu(x), tf.nn.silu(x[:1], beta)
    assert tape.gradient(y, x).numpy().round(6).tolist() == [np.float32(0.927671), 1.0, 0.0]
    assert tape.gradient(z, beta).numpy().round(6) == np.float32(0.235004)
