"""Comparisons and logic."""

import numpy as np
import pytest

import addax as tf


@pytest.mark.parametrize(
    ("op", "expected"),
    [
        (tf.less, np.less),
        (tf.less_equal, np.less_equal),
        (tf.greater, np.greater),
        (tf.greater_equal, np.greater_equal),
        (tf.equal, np.equal),
        (tf.not_equal, np.not_equal),
    ],
)
def test_values(op, expected):
    x, y = np.array([[1, 2], [3, 2]]), np.array([2, 2])
    out = op(x, y)
    assert out.dtype == tf.bool
    np.testing.assert_array_equal(out, expected(x, y))


def test_operators_of_unequal_shapes():
    x = tf.constant([1, 2])
    assert not bool(x == tf.constant([1, 2, 3])) and bool(x != tf.constant([1, 2, 3]))
    assert (x == None) is False and (x != None) is True  # noqa: E711
    with pytest.raises(tf.errors.InvalidArgumentError):
        tf.equal(x, tf.constant([1, 2, 3]))


def test_strings():
    assert tf.equal(["a", "b"], "a").numpy().tolist() == [True, False]
    assert tf.not_equal(["a", "b"], "a").numpy().tolist() == [False, True]


def test_logic_and_operators():
    a, b = tf.constant([True, True, False]), tf.constant([True, False, False])
    assert tf.logical_and(a, b).numpy().tolist() == (a & b).numpy().tolist() == [True, False, False]
    assert tf.logical_or(a, b).numpy().tolist() == (a | b).numpy().tolist() == [True, True, False]
    assert tf.math.logical_xor(a, b).numpy().tolist() == (a ^ b).numpy().tolist() == [False, True, False]
    assert tf.logical_not(a).numpy().tolist() == (~a).numpy().tolist() == [False, False, True]


def test_logic_wants_bools():
    with pytest.raises(tf.errors.InvalidArgumentError, match="bool"):
        tf.logical_and(1, 0)
    with pytest.raises(tf.errors.InvalidArgumentError):
        tf.less(True, False)
