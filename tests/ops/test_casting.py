"""Casts, and the parts of complex numbers."""

import numpy as np
import pytest

import addax as tf


def test_cast_values():
    assert tf.cast([1.8, -2.2], tf.int32).numpy().tolist() == [1, -2]
    assert tf.cast([0, 3], tf.bool).numpy().tolist() == [False, True]
    assert tf.cast([True, False], tf.float32).numpy().tolist() == [1.0, 0.0]
    assert tf.cast(300.0, tf.uint8).numpy() == 44 and tf.cast(300, tf.int8).numpy() == 44
    assert tf.cast(3 + 4j, tf.float32).numpy() == 3.0


def test_same_dtype_is_the_same_tensor():
    x = tf.constant([1.0])
    assert tf.cast(x, "float32") is x


def test_gradient_goes_through_floats_only():
    x = tf.constant(2.0)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = tf.cast(x, tf.float64) * 3
        z = tf.cast(tf.cast(x, tf.int32), tf.float32)
    assert tape.gradient(y, x).numpy() == 3.0 and tape.gradient(y, x).dtype == tf.float32
    assert tape.gradient(z, x) is None


def test_strings_are_refused():
    with pytest.raises(tf.errors.UnimplementedError, match="string.*int32"):
        tf.cast("1", tf.int32)
    with pytest.raises(tf.errors.UnimplementedError, match="string"):
        tf.cast(1, tf.string)


@pytest.mark.parametrize(
    ("value", "dtype", "expected"),
    [
        (-5.0, tf.uint8, 0),
        (300.0, tf.uint8, 255),
        (1e10, tf.int32, 2147483520),
        (-300, tf.int8, -128),
        (70000, tf.uint16, 65535),
    ],
)
def test_saturate_cast(value, dtype, expected):
    out = tf.saturate_cast(value, dtype)
    assert out.dtype == dtype and int(out) == expected


def test_complex_parts():
    z = tf.complex([1.0, 2.0], [3.0, -4.0])
    assert z.dtype == tf.complex64
    assert tf.math.real(z).numpy().tolist() == [1.0, 2.0] and tf.math.imag(z).numpy().tolist() == [3.0, -4.0]
    np.testing.assert_allclose(tf.math.angle(z), np.angle(z.numpy()), rtol=1e-6)
    np.testing.assert_array_equal(tf.math.conj(z), np.conj(z.numpy()))
    assert tf.math.real(3.0).numpy() == 3.0


def test_complex_wants_floats():
    with pytest.raises(tf.errors.InvalidArgumentError):
        tf.complex(1, 2)
    with pytest.raises(TypeError, match="bool"):
        tf.math.conj(True)


@pytest.mark.parametrize("compiled", [False, True])
def test_floats_that_no_integer_holds(compiled):
    values = [np.nan, np.inf, -np.inf, 1e20, 5e9, -5e9, 300.7, -1.5]
    low, least = -(2**31), -(2**63)
    expected = {
        "int32": [low] * 6 + [300, -1],
        "int64": [least] * 4 + [5 * 10**9, -5 * 10**9, 300, -1],
        "uint8": [0] * 6 + [44, 255],
        "int16": [0] * 6 + [300, -1],
        "uint32": [0] * 4 + [705032704, 2**32 - 705032704, 300, 2**32 - 1],
        "uint64": [2**63] * 4 + [5 * 10**9, 2**64 - 5 * 10**9, 300, 2**64 - 1],
    }
    cast = (lambda x, dtype: tf.function(lambda y: tf.cast(y, dtype))(x)) if compiled else tf.cast
    for source in ("float32", "float64") if not compiled else ("float32",):
        for dtype, numbers in expected.items():
            assert cast(tf.constant(values, source), dtype).numpy().tolist() == numbers, (source, dtype)
    assert tf.cast(tf.constant([1e19], tf.float64), tf.uint64).numpy().tolist() == [10**19]
    assert tf.cast(tf.constant([np.nan, 7.0], tf.float16), tf.int32).numpy().tolist() == [low, 7]


def test_parts_of_real_numbers_have_no_gradient():
    x = tf.constant([1.0, -2.0])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        parts, side, z = tf.math.imag(x), tf.math.angle(x), tf.complex(x, x)
        real = tf.math.angle(z)
    assert parts.numpy().tolist() == [0, 0] and side.numpy().round(4).tolist() == [0.0, np.float32(3.1416)]
    assert tape.gradient(parts, x) is None and tape.gradient(side, x) is None
    assert tape.gradient(real, x).numpy().tolist() == [0, 0]


def test_bits_of_complex_numbers():
    z = tf.constant([1 + 2j], tf.complex64)
    assert tf.bitcast(z, tf.uint8).numpy().tolist() == [[0, 0, 128, 63, 0, 0, 0, 64]]
    assert tf.bitcast(z, tf.int64).numpy().tolist() == [4611686019492741120]
    assert tf.bitcast(tf.bitcast(z, tf.uint8), tf.complex64).numpy().tolist() == [1 + 2j]
    wide = tf.constant([3 - 4j, 5j], tf.complex128)
    assert tf.bitcast(tf.bitcast(wide, tf.complex64), tf.complex128).numpy().tolist() == [3 - 4j, 5j]


def test_saturate_cast_at_the_limits():
    x = tf.constant([np.inf, -np.inf, np.nan, 3.4028235e38, 1.5])
    assert tf.saturate_cast(x, tf.int32).numpy().tolist() == [2147483520, -(2**31), -(2**31), 2147483520, 1]
    assert tf.saturate_cast(x, tf.int64).numpy().tolist() == [-(2**63)] * 4 + [1]
    assert tf.saturate_cast(x, tf.complex64).numpy()[:2].real.tolist() == [x.dtype.max, x.dtype.min]
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.saturate_cast(x, tf.float32)
    assert tape.gradient(y, x).numpy().tolist() == [0, 0, 1, 1, 1]
    assert tf.saturate_cast(tf.constant([70000, -70000]), tf.float16).numpy().tolist() == [65504, -65504]
    assert tf.math.imag(tf.constant([True])).numpy().tolist() == [False]
