"""Special functions against SciPy."""

import numpy as np
import pytest
import scipy.special as sp

import addax as tf

NEAR_AND_FAR = np.array([1e-9, 0.3, 1.0, 3.9, 4.1, 8.0, 17.3, 24.9, 25.1, 60.0, 400.0])
SIGNED = np.concatenate([-NEAR_AND_FAR[1:], NEAR_AND_FAR])
CASES = [
    (tf.math.bessel_i0e, sp.i0e, SIGNED),
    (tf.math.bessel_i1e, sp.i1e, SIGNED),
    (tf.math.bessel_i0, sp.i0, np.clip(SIGNED, -30, 30)),
    (tf.math.bessel_i1, sp.i1, np.clip(SIGNED, -30, 30)),
    (tf.math.special.bessel_j0, sp.j0, SIGNED),
    (tf.math.special.bessel_j1, sp.j1, SIGNED),
    (tf.math.special.bessel_y0, sp.y0, NEAR_AND_FAR),
    (tf.math.special.bessel_y1, sp.y1, NEAR_AND_FAR),
    (tf.math.special.bessel_k0, sp.k0, NEAR_AND_FAR),
    (tf.math.special.bessel_k1, sp.k1, NEAR_AND_FAR),
    (tf.math.special.bessel_k0e, sp.k0e, NEAR_AND_FAR),
    (tf.math.special.bessel_k1e, sp.k1e, NEAR_AND_FAR),
    (tf.math.special.dawsn, sp.dawsn, SIGNED),
    (tf.math.special.expint, sp.expi, NEAR_AND_FAR),
    (tf.math.special.fresnel_cos, lambda x: sp.fresnel(x)[1], SIGNED),
    (tf.math.special.fresnel_sin, lambda x: sp.fresnel(x)[0], SIGNED),
    (tf.math.special.spence, sp.spence, NEAR_AND_FAR),
]


@pytest.mark.parametrize(("op", "expected", "x"), CASES, ids=lambda each: getattr(each, "__name__", None))
def test_values(op, expected, x):
    np.testing.assert_allclose(op(x), expected(x), rtol=2e-9, atol=1e-12)


@pytest.mark.parametrize(("op", "expected", "x"), CASES, ids=lambda each: getattr(each, "__name__", None))
def test_gradients(op, expected, x, check_gradient):
    check_gradient(op, [0.4, 1.3, 5.2], rtol=1e-4)


@pytest.mark.parametrize("op", [tf.math.special.bessel_y0, tf.math.special.bessel_y1, tf.math.special.expint])
def test_poles(op):
    assert op(0.0).numpy() == -np.inf


def test_float32_is_as_exact_as_float32():
    x = SIGNED[np.abs(SIGNED) < 80].astype(np.float32)
    np.testing.assert_allclose(tf.math.special.dawsn(x), sp.dawsn(x), rtol=3e-7)
    assert tf.math.special.bessel_j0(x).dtype == tf.float32


def test_incomplete_gamma_and_beta(check_gradient):
    a, x = np.array([0.5, 2.0, 7.0]), np.array([0.3, 2.5, 6.0])
    np.testing.assert_allclose(tf.math.igamma(a, x), sp.gammainc(a, x), rtol=1e-10)
    np.testing.assert_allclose(tf.math.igammac(a, x), sp.gammaincc(a, x), rtol=1e-10)
    np.testing.assert_allclose(tf.math.betainc(a, x, 0.4 + 0 * a), sp.betainc(a, x, 0.4), rtol=1e-8)
    check_gradient(lambda t: tf.math.igamma(a, t), x)
    check_gradient(lambda t: tf.math.betainc(a, x, t), [0.2, 0.5, 0.9], rtol=1e-4)


def test_zeta_and_polygamma(check_gradient):
    x, q = np.array([1.5, 3.0]), np.array([0.7, 2.0])
    np.testing.assert_allclose(tf.math.zeta(x, q), sp.zeta(x, q), rtol=1e-10)
    np.testing.assert_allclose(tf.math.polygamma(np.array([0.0, 1, 3]), 1.5), sp.polygamma([0, 1, 3], 1.5), rtol=1e-9)
    assert np.isnan(tf.math.polygamma(1.5, 2.0))
    check_gradient(lambda t: tf.math.zeta(x, t), q)
    check_gradient(lambda t: tf.math.polygamma(tf.constant([1.0, 2.0], tf.float64), t), q)


def test_lbeta(check_gradient):
    x = np.array([[1.0, 2.0], [3.0, 4.5]])
    np.testing.assert_allclose(tf.math.lbeta(x), [sp.betaln(*row) for row in x])
    check_gradient(tf.math.lbeta, x)
    assert tf.math.lbeta(tf.zeros((0,))).numpy() == -np.inf


def test_bessel_functions_and_dawson_at_the_ends():
    x = tf.constant([0.0, 1.0], tf.float64)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        i0, i1 = tf.math.bessel_i0(x), tf.math.bessel_i1(x)
    np.testing.assert_allclose(tape.gradient(i0, x), [0.0, 0.5651591039924851], rtol=1e-12)
    np.testing.assert_allclose(tape.gradient(i1, x), [1.0, 0.7009067737595233], rtol=1e-12)
    far = tf.constant([np.inf])
    for name in ("bessel_k0", "bessel_k0e", "bessel_k1", "bessel_k1e", "dawsn"):
        assert getattr(tf.math.special, name)(far).numpy().tolist() == [0.0]


def test_orders_have_no_gradients():
    x, q = tf.constant([2.0, 3.0]), tf.constant(2.0)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([x, q])
        zeta, polygamma = tf.math.zeta(x, q), tf.math.polygamma(x, q)
    assert tape.gradient(zeta, x) is None and tape.gradient(zeta, q) is not None
    assert tape.gradient(polygamma, x) is None and tape.gradient(polygamma, q) is not None
    with pytest.raises(tf.errors.InvalidArgumentError, match="float32 or float64"):
        tf.math.zeta(tf.ones(2, tf.float16), tf.ones(2, tf.float16))


def test_only_the_place_of_an_incomplete_beta_function_has_a_gradient():
    values = [tf.constant(2.0), tf.constant(3.0), tf.constant(0.5)]
    with tf.GradientTape() as tape:
        tape.watch(values)
        out = tf.math.betainc(*values)
    by_a, by_b, by_x = tape.gradient(out, values)
    assert by_a is None and by_b is None
    np.testing.assert_allclose(by_x, 1.5, rtol=1e-5)


def test_incomplete_gamma_and_zeta_at_their_limits():
    # Recorded from TensorFlow; in float64 the largest numbers used to be computed for ever.
    x = tf.constant([0.0, 1.0, -1.0, np.inf, np.nan, 1.7e308], tf.float64)
    lower = {0.0: [0, *[np.nan] * 5], np.inf: [0, 0, np.nan, 0, np.nan, 0], np.nan: [0, *[np.nan] * 5]}
    upper = {0.0: [np.nan] * 6, np.inf: [1, 1, np.nan, 0, np.nan, 1], 1.7e308: [1, 1, np.nan, 0, np.nan]}
    for a, want in lower.items():
        np.testing.assert_array_equal(tf.math.igamma(tf.constant(a, tf.float64), x), want)
    for a, want in upper.items():
        np.testing.assert_array_equal(tf.math.igammac(tf.constant(a, tf.float64), x)[: len(want)], want)
    q = tf.constant([0.0, 1.0, 2.0, 0.5, -2.5, np.inf, np.nan])
    np.testing.assert_array_equal(tf.math.zeta(0.0, q), [np.nan] * 7)
    np.testing.assert_array_equal(tf.math.zeta(np.inf, q), [np.inf, 1, 0, np.inf, np.inf, 0, np.nan])
    assert tf.math.zeta(2.0, np.inf).numpy() == 0 and tf.math.polygamma(1.0, np.inf).numpy() == 0
    v = tf.Variable([1.0, 2.0])
    with tf.GradientTape() as tape:
        y = tf.math.lgamma(v)
    assert y.numpy().tolist() == [0, 0]
    np.testing.assert_allclose(tape.gradient(y, v), [-0.5772157, 0.42278433], rtol=1e-6)
