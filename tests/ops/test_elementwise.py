"""Functions of one tensor against NumPy and SciPy, and their gradients."""

import numpy as np
import pytest
import scipy.special as sp

import addax as tf

ANY = np.array([-2.3, -0.7, 0.4, 1.9])
UNIT = np.array([-0.9, -0.3, 0.2, 0.7])
POSITIVE = np.array([0.2, 0.9, 1.6, 3.7])
ABOVE_ONE = POSITIVE + 1

SMOOTH = [
    (tf.abs, np.abs, ANY),
    (tf.negative, np.negative, ANY),
    (tf.square, np.square, ANY),
    (tf.sqrt, np.sqrt, POSITIVE),
    (tf.math.rsqrt, lambda x: 1 / np.sqrt(x), POSITIVE),
    (tf.math.reciprocal, np.reciprocal, ANY),
    (tf.math.reciprocal_no_nan, np.reciprocal, ANY),
    (tf.exp, np.exp, ANY),
    (tf.math.expm1, np.expm1, ANY),
    (tf.math.log, np.log, POSITIVE),
    (tf.math.log1p, np.log1p, POSITIVE),
    (tf.sin, np.sin, ANY),
    (tf.cos, np.cos, ANY),
    (tf.tan, np.tan, ANY),
    (tf.asin, np.arcsin, UNIT),
    (tf.acos, np.arccos, UNIT),
    (tf.atan, np.arctan, ANY),
    (tf.sinh, np.sinh, ANY),
    (tf.cosh, np.cosh, ANY),
    (tf.tanh, np.tanh, ANY),
    (tf.asinh, np.arcsinh, ANY),
    (tf.acosh, np.arccosh, ABOVE_ONE),
    (tf.atanh, np.arctanh, UNIT),
    (tf.sigmoid, sp.expit, ANY),
    (tf.math.log_sigmoid, sp.log_expit, ANY),
    (tf.math.erf, sp.erf, ANY),
    (tf.math.erfc, sp.erfc, ANY),
    (tf.math.erfinv, sp.erfinv, UNIT),
    (tf.math.erfcinv, sp.erfcinv, UNIT + 1),
    (tf.math.ndtri, sp.ndtri, (UNIT + 1) / 2),
    (tf.math.lgamma, sp.gammaln, POSITIVE),
    (tf.math.digamma, sp.digamma, POSITIVE),
]
STEPS = [
    (tf.sign, np.sign),
    (tf.floor, np.floor),
    (tf.math.ceil, np.ceil),
    (tf.round, np.round),
    (tf.math.rint, np.rint),
]


@pytest.mark.parametrize(("op", "expected", "x"), SMOOTH, ids=lambda each: getattr(each, "__name__", None))
def test_smooth(op, expected, x, check_gradient):
    np.testing.assert_allclose(op(x), expected(x), rtol=1e-9)
    check_gradient(op, x)


@pytest.mark.parametrize(("op", "expected"), STEPS, ids=lambda each: getattr(each, "__name__", None))
def test_steps(op, expected):
    x = np.array([-2.5, -0.5, 0.0, 0.5, 1.5, 2.4], np.float32)
    np.testing.assert_array_equal(op(x), expected(x))


@pytest.mark.parametrize("op", [tf.floor, tf.math.ceil, tf.round, tf.math.rint])
def test_rounding_has_no_gradient(op):
    x = tf.constant(1.5)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = op(x)
    assert tape.gradient(y, x) is None


def test_slope_of_abs_and_sign_at_zero():
    x = tf.constant(0.0)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        a, s = tf.abs(x), tf.sign(x)
    assert float(tape.gradient(a, x)) == 0.0 and float(tape.gradient(s, x)) == 0.0


@pytest.mark.parametrize("op", [tf.sqrt, tf.math.rsqrt, tf.math.reciprocal])
def test_what_where_leaves_out_has_no_gradient(op):
    x = tf.constant([-1.0, 0.0, 4.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.where(x > 0, op(x), 0.0)
    grad = tape.gradient(y, x).numpy()
    assert grad[:2].tolist() == [0.0, 0.0] and np.isfinite(grad[2])


def test_not_numbers():
    x = tf.constant([1.0, np.nan, np.inf, -np.inf])
    assert tf.math.is_nan(x).numpy().tolist() == [False, True, False, False]
    assert tf.math.is_inf(x).numpy().tolist() == [False, False, True, True]
    assert tf.math.is_finite(x).numpy().tolist() == [True, False, False, False]


@pytest.mark.parametrize("op", [tf.sqrt, tf.exp, tf.sin, tf.math.erf, tf.floor])
def test_integers_are_refused(op):
    with pytest.raises(tf.errors.InvalidArgumentError, match="int32"):
        op(tf.constant([1, 4]))


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
def test_dtype_stays(dtype):
    x = tf.constant([0.5, 1.0], dtype)
    for op in (tf.exp, tf.tanh, tf.sigmoid, tf.sqrt, tf.abs, tf.math.erf):
        assert op(x).dtype == dtype


def test_complex_numbers_follow_tensorflow():
    z = tf.constant([1 + 2j, -3 + 0.5j])
    assert tf.abs(z).dtype == tf.float64
    np.testing.assert_allclose(tf.exp(z), np.exp(z.numpy()))
    with tf.GradientTape() as tape:
        tape.watch(z)
        y = tf.square(z)
    np.testing.assert_allclose(tape.gradient(y, z), np.conj(2 * z.numpy()))


def test_second_derivative():
    x = tf.constant(0.3, tf.float64)
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = tf.sqrt(x)
        first = inner.gradient(y, x)
    np.testing.assert_allclose(outer.gradient(first, x), -0.25 * 0.3**-1.5)


def test_gradients_outside_of_the_domain_and_at_its_ends():
    def slope(function, *values, dtype=tf.float32):
        x = tf.constant(values, dtype)
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = function(x)
        return tape.gradient(y, x).numpy()

    assert np.isnan(slope(tf.acosh, -2.0, 0.5)).all()
    assert slope(tf.math.ndtri, 0.0, 1.0).tolist() == [np.inf, np.inf]
    assert slope(tf.math.erfcinv, 0.0, 2.0).tolist() == [-np.inf, -np.inf]
    x = tf.constant([1 + 2j, 0, -3j], tf.complex64)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.sign(x)
    got = tape.gradient(y, x, output_gradients=tf.constant([1 + 1j, 1, 2j], tf.complex64))
    np.testing.assert_allclose(got, [0.17888546 - 0.08944267j, 0, 0], rtol=1e-5)


@pytest.mark.parametrize(
    ("function", "expected"),
    [  # measured
        (tf.acosh, [0.16089856 + 0.38844349j, -0.60615525 + 0.77634935j, 0.57735027, -0.57735027]),
        (tf.asinh, [0.24860289 + 0.40224793j, 0.68077462 - 0.18078953j, 0.4472136, 0.4472136]),
        (tf.asin, [0.38844349 - 0.16089856j, 0.77634935 + 0.60615525j, -0.57735027j, -0.57735027j]),
        (tf.acos, [-0.38844349 + 0.16089856j, -0.77634935 - 0.60615525j, 0.57735027j, 0.57735027j]),
    ],
)
def test_slopes_of_complex_inverse_functions(function, expected):
    z = tf.constant([1 + 2j, -1 + 0.5j, 2 + 0j, -2 + 0j])
    with tf.GradientTape() as tape:
        tape.watch(z)
        y = function(z)
    np.testing.assert_allclose(tape.gradient(y, z), expected, atol=1e-7)


def test_unsigned_integers_have_no_sign():
    for function in (tf.abs, tf.sign, tf.negative):
        with pytest.raises(tf.errors.InvalidArgumentError, match="uint8"):
            function(tf.constant([1], tf.uint8))
