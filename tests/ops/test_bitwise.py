"""Bits of integers."""

import numpy as np
import pytest

import addax as tf

X, Y = np.array([12, -7, 5], np.int32), np.array([10, 3, 1], np.int32)


@pytest.mark.parametrize(
    ("op", "expected"),
    [
        (tf.bitwise.bitwise_and, np.bitwise_and),
        (tf.bitwise.bitwise_or, np.bitwise_or),
        (tf.bitwise.bitwise_xor, np.bitwise_xor),
        (tf.bitwise.left_shift, np.left_shift),
        (tf.bitwise.right_shift, np.right_shift),
    ],
)
def test_values(op, expected):
    np.testing.assert_array_equal(op(X, Y), expected(X, Y))


def test_invert_and_operators():
    np.testing.assert_array_equal(tf.bitwise.invert(X), ~X)
    x, y = tf.constant(X), tf.constant(Y)
    np.testing.assert_array_equal(x & y, X & Y)
    np.testing.assert_array_equal(x | y, X | Y)
    np.testing.assert_array_equal(x ^ y, X ^ Y)
    np.testing.assert_array_equal(~x, ~X)


def test_shifts_beyond_the_width_are_limited():
    one = tf.constant([1, 1, 1], tf.int8)
    assert tf.bitwise.left_shift(one, tf.constant([9, -1, 7], tf.int8)).numpy().tolist() == [-128, 1, -128]
    assert tf.bitwise.right_shift(tf.constant([200], tf.uint8), tf.constant([1], tf.uint8)).numpy().tolist() == [100]


def test_floats_are_refused():
    with pytest.raises(tf.errors.InvalidArgumentError, match="float32"):
        tf.bitwise.invert(1.0)
