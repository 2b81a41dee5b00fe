"""Numbers and dtypes of TensorFlow's experimental NumPy API: elementwise."""

import numpy as np
import pytest
from numpy import inf, nan

import addax as tf

CASES = [
    ('tnp.around(f32,1)', 'float32', [[1.0, -2.0, 3.0], [4.0, 0.0, 6.0]]),
    ('tnp.around(tnp.array([1.25,2.35,-1.25]),1)', 'float64', [1.2, 2.4, -1.2]),
    ('tnp.round(tnp.array([1.25,2.35],np.float32),1)', 'float32', [1.2, 2.4]),
    ('tnp.round(3.456,2)', 'float64', 3.46),
    ('tnp.clip(i32,0,3)', 'int32', [[1, 0, 3], [3, 0, 3]]),
    ('tnp.clip(i32,None,3)', 'int32', [[1, -2, 3], [3, 0, 3]]),
    ('tnp.angle(c64,True)', 'float32', [[0.0, 180.0, 0.0], [0.0, 0.0, 0.0]]),
    ('tnp.angle(f32,deg=True)', 'float32', [[0.0, 180.0, 0.0], [0.0, 0.0, 0.0]]),
    ('tnp.sign(i32,out=None)', 'int32', [[1, -1, 1], [1, 0, 1]]),
    ('tnp.exp(1)', 'float64', 2.718282),
    ('tnp.log(2)', 'float64', 0.6931472),
    ('tnp.log(-1.)', 'float64', nan),
    ('tnp.sqrt(-1.)', 'float64', nan),
    ('tnp.power(2,3)', 'int64', 8),
    ('tnp.power(2.,-1)', 'float64', 0.5),
    ('tnp.mod(-7,3)', 'int64', 2),
    ('tnp.mod(7.5,-2)', 'float64', -0.5),
    ('tnp.floor_divide(7.,0)', 'float64', inf),
    ('tnp.true_divide(1,0)', 'float64', inf),
    ('tnp.gcd(12,18)', 'int64', 6),
    ('tnp.gcd(-12,[18,0])', 'int64', [6, 12]),
    ('tnp.lcm(4,6)', 'int64', 12),
    ('tnp.lcm(-4,[6,0])', 'int64', [12, 0]),
    ('tnp.heaviside(0,.5)', 'float64', 0.5),
    ('tnp.sinc(0)', 'float64', 1.0),
    ('tnp.sinc(0.5)', 'float64', 0.6366198),
    ('tnp.nextafter(1.,2.)', 'float64', 1.0),
    ('tnp.nextafter(np.float32(1),np.float32(2))', 'float32', 1.0),
    ('tnp.bitwise_and(5,3)', 'int64', 1),
    ('tnp.bitwise_or(5,True)', 'int64', 5),
    ('tnp.bitwise_not(5)', 'int64', -6),
    ('tnp.bitwise_not(True)', 'bool', False),
    ('tnp.abs(i32)', 'int32', [[1, 2, 3], [4, 0, 6]]),
    ('tnp.absolute(i32)', 'int32', [[1, 2, 3], [4, 0, 6]]),
    ('tnp.arccos(i32)', 'float64', [[0.0, nan, nan], [nan, 1.570796, nan]]),
    ('tnp.arccosh(i32)', 'float64', [[0.0, nan, 1.762747], [2.063437, nan, 2.477889]]),
    ('tnp.arcsin(i32)', 'float64', [[1.570796, nan, nan], [nan, 0.0, nan]]),
    ('tnp.arcsinh(i32)', 'float64', [[0.8813736, -1.443635, 1.818446], [2.094713, 0.0, 2.49178]]),
    ('tnp.arctan(i32)', 'float64', [[0.7853982, -1.107149, 1.249046], [1.325818, 0.0, 1.405648]]),
    ('tnp.arctanh(i32)', 'float64', [[inf, nan, nan], [nan, 0.0, nan]]),
    ('tnp.cbrt(i32)', 'float64', [[1.0, -1.259921, 1.44225], [1.587401, 0.0, 1.817121]]),
    ('tnp.ceil(i32)', 'float64', [[1.0, -2.0, 3.0], [4.0, 0.0, 6.0]]),
    ('tnp.conj(i32)', 'int32', [[1, -2, 3], [4, 0, 6]]),
    ('tnp.conjugate(i32)', 'int32', [[1, -2, 3], [4, 0, 6]]),
    ('tnp.cos(i32)', 'float64', [[0.5403023, -0.4161468, -0.9899925], [-0.6536436, 1.0, 0.9601703]]),
    ('tnp.cosh(i32)', 'float64', [[1.543081, 3.762196, 10.06766], [27.30823, 1.0, 201.7156]]),
    ('tnp.deg2rad(i32)', 'float64', [[0.01745329, -0.03490659, 0.05235988], [0.06981317, 0.0, 0.1047198]]),
    ('tnp.exp2(i32)', 'float64', [[2.0, 0.25, 8.0], [16.0, 1.0, 64.0]]),
    ('tnp.expm1(i32)', 'float64', [[1.718282, -0.8646647, 19.08554], [53.59815, 0.0, 402.4288]]),
    ('tnp.fabs(i32)', 'int32', [[1, 2, 3], [4, 0, 6]]),
    ('tnp.fix(i32)', 'float64', [[1.0, -2.0, 3.0], [4.0, 0.0, 6.0]]),
    ('tnp.floor(i32)', 'float64', [[1.0, -2.0, 3.0], [4.0, 0.0, 6.0]]),
    ('tnp.imag(i32)', 'int32', [[0, 0, 0], [0, 0, 0]]),
    ('tnp.iscomplex(i32)', 'bool', [[False, False, False], [False, False, False]]),
    ('tnp.isfinite(i32)', 'bool', [[True, True, True], [True, True, True]]),
    ('tnp.isnan(i32)', 'bool', [[False, False, False], [False, False, False]]),
    ('tnp.isreal(i32)', 'bool', [[True, True, True], [True, True, True]]),
    ('tnp.log10(i32)', 'float64', [[0.0, nan, 0.4771213], [0.60206, -inf, 0.7781513]]),
    ('tnp.log1p(i32)', 'float64', [[0.6931472, nan, 1.386294], [1.609438, 0.0, 1.94591]]),
    ('tnp.log2(i32)', 'float64', [[0.0, nan, 1.584963], [2.0, -inf, 2.584963]]),
    ('tnp.negative(i32)', 'int32', [[-1, 2, -3], [-4, 0, -6]]),
    ('tnp.positive(i32)', 'int32', [[1, -2, 3], [4, 0, 6]]),
    ('tnp.rad2deg(i32)', 'float64', [[57.29578, -114.5916, 171.8873], [229.1831, 0.0, 343.7747]]),
    ('tnp.real(i32)', 'int32', [[1, -2, 3], [4, 0, 6]]),
    ('tnp.signbit(i32)', 'bool', [[False, True, False], [False, False, False]]),
    ('tnp.sin(i32)', 'float64', [[0.841471, -0.9092974, 0.14112], [-0.7568025, 0.0, -0.2794155]]),
    ('tnp.sinh(i32)', 'float64', [[1.175201, -3.62686, 10.01787], [27.28992, 0.0, 201.7132]]),
    ('tnp.square(i32)', 'int32', [[1, 4, 9], [16, 0, 36]]),
    ('tnp.tan(i32)', 'float64', [[1.557408, 2.18504, -0.1425465], [1.157821, 0.0, -0.2910062]]),
    ('tnp.tanh(i32)', 'float64', [[0.7615942, -0.9640276, 0.9950548], [0.9993293, 0.0, 0.9999877]]),
    ('tnp.add(i8, pu8)', 'int16', [[2, 0, 6], [8, 5, 12]]),
    ('tnp.add(i32, F)', 'float64', [[1.5, -1.5, 3.5], [4.5, 0.5, 6.5]]),
    ('tnp.subtract(i8, pu8)', 'int16', [[0, -4, 0], [0, -5, 0]]),
    ('tnp.subtract(i32, F)', 'float64', [[0.5, -2.5, 2.5], [3.5, -0.5, 5.5]]),
    ('tnp.multiply(i8, pu8)', 'int16', [[1, -4, 9], [16, 0, 36]]),
    ('tnp.multiply(i32, F)', 'float64', [[0.5, -1.0, 1.5], [2.0, 0.0, 3.0]]),
    ('tnp.divide(i8, pu8)', 'float32', [[1.0, -1.0, 1.0], [1.0, 0.0, 1.0]]),
    ('tnp.divide(i32, F)', 'float64', [[2.0, -4.0, 6.0], [8.0, 0.0, 12.0]]),
    ('tnp.true_divide(i8, pu8)', 'float32', [[1.0, -1.0, 1.0], [1.0, 0.0, 1.0]]),
    ('tnp.floor_divide(i8, pu8)', 'int16', [[1, -1, 1], [1, 0, 1]]),
    ('tnp.remainder(i8, pu8)', 'int16', [[0, 0, 0], [0, 0, 0]]),
    ('tnp.remainder(i32, F)', 'float64', [[0.0, -0.0, 0.0], [0.0, 0.0, 0.0]]),
    ('tnp.float_power(i8, pu8)', 'int16', [[1, 4, 27], [256, 0, -18880]]),
    ('tnp.float_power(i32, F)', 'float64', [[1.0, nan, 1.732051], [2.0, 0.0, 2.44949]]),
    ('tnp.maximum(i8, pu8)', 'int16', [[1, 2, 3], [4, 5, 6]]),
    ('tnp.maximum(i32, F)', 'float64', [[1.0, 0.5, 3.0], [4.0, 0.5, 6.0]]),
    ('tnp.minimum(i8, pu8)', 'int16', [[1, -2, 3], [4, 0, 6]]),
    ('tnp.minimum(i32, F)', 'float64', [[0.5, -2.0, 0.5], [0.5, 0.0, 0.5]]),
    ('tnp.arctan2(i32, F)', 'float64', [[1.107149, -1.325818, 1.405648], [1.446441, 0.0, 1.487655]]),
    ('tnp.arctan2(v32, LF)', 'float32', [0.7853982, 0.674741, -2.356194]),
    ('tnp.hypot(i8, pu8)', 'float64', [[1.414214, 2.828427, 4.242641], [5.656854, 5.0, 8.485281]]),
    ('tnp.hypot(i32, F)', 'float64', [[1.118034, 2.061553, 3.041381], [4.031129, 0.5, 6.020797]]),
    ('tnp.logaddexp(i8, pu8)', 'float64', [[1.693147, 2.01815, 3.693147], [4.693147, 5.006715, 6.693147]]),
    ('tnp.logaddexp(i32, F)', 'float64', [[1.474077, 0.5788897, 3.07889], [4.02975, 0.974077, 6.004078]]),
    ('tnp.logaddexp2(i8, pu8)', 'float64', [[2.0, 2.087463, 4.0], [5.0, 5.044394, 7.0]]),
    ('tnp.logaddexp2(i32, F)', 'float64', [[1.771553, 0.7348406, 3.234841], [4.122193, 1.271553, 6.031532]]),
    ('tnp.heaviside(i8, pu8)', 'float64', [[1.0, 0.0, 1.0], [1.0, 5.0, 1.0]]),
    ('tnp.bitwise_and(i8, pu8)', 'int16', [[1, 2, 3], [4, 0, 6]]),
    ('tnp.bitwise_or(i8, pu8)', 'int16', [[1, -2, 3], [4, 5, 6]]),
    ('tnp.bitwise_xor(i8, pu8)', 'int16', [[0, -4, 0], [0, 5, 0]]),
    ('tnp.bitwise_xor(L, vi)', 'int32', [0, 0, 0]),
]  # fmt: skip


@pytest.mark.parametrize(("expression", "dtype", "numbers"), CASES, ids=[case[0] for case in CASES])
def test_recorded(check, expression, dtype, numbers):
    check(expression, dtype, numbers)


def test_gradients_of_functions_of_two():
    x, y = tf.constant([[0.0, 2.0], [3.0, 4.0]]), tf.constant([1.0, 2.0])
    with tf.GradientTape() as tape:
        tape.watch([x, y])
        out = tf.experimental.numpy.hypot(x, y)
    by_x, by_y = tape.gradient(out, [x, y])
    assert by_x.numpy().round(4).tolist() == [[0.0, np.float32(0.7071)], [np.float32(0.9487), np.float32(0.8944)]]
    assert by_y.numpy().round(4).tolist() == [np.float32(1.3162), np.float32(1.1543)]
    x, y = tf.constant([0.0, -1.0, 1.0, nan]), tf.constant([5.0, 6.0, 7.0, 8.0])
    with tf.GradientTape() as tape:
        tape.watch([x, y])
        out = tf.experimental.numpy.heaviside(x, y)
    by_x, by_y = tape.gradient(out, [x, y])
    assert out.numpy().tolist() == [5, 0, 1, 8] and by_x is None and by_y.numpy().tolist() == [1, 0, 0, 1]


def test_numbers_appended_are_arrays():
    assert tf.experimental.numpy.append(tf.ones(2), 2).dtype == tf.float64


def test_divisors_of_the_least_integer():
    # The search for them had no end.
    least = np.iinfo(np.int64).min
    found = tf.experimental.numpy.gcd(tf.constant([least, 12, 0, -4], tf.int64), [6, 18, 0, least])
    assert found.numpy().tolist() == [2, 6, 0, 4]
    assert tf.experimental.numpy.lcm(tf.constant([-4, 6, 0]), [6, -9, 3]).numpy().tolist() == [12, 18, 0]
    assert tf.experimental.numpy.outer(tf.constant([True, False]), [True, True]).numpy().tolist() == [[1, 1], [0, 0]]
