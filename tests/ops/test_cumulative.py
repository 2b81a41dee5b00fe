"""Running sums."""

import numpy as np
import pytest

import addax as tf

X = np.array([[1.5, -2.0, 0.5], [3.0, 0.25, -1.0]])


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("exclusive", [False, True])
@pytest.mark.parametrize(
    ("op", "ufunc", "neutral"),
    [
        (tf.cumsum, np.add, 0.0),
        (tf.math.cumprod, np.multiply, 1.0),
        (tf.math.cumulative_logsumexp, np.logaddexp, -np.inf),
    ],
)
@pytest.mark.parametrize("axis", [0, -1])
def test_values(op, ufunc, neutral, axis, exclusive, reverse):
    x = np.moveaxis(X, axis, -1)
    x = x[..., ::-1] if reverse else x
    running = ufunc.accumulate(x, axis=-1)
    if exclusive:
        running = np.concatenate([np.full_like(running[..., :1], neutral), running[..., :-1]], -1)
    expected = np.moveaxis(running[..., ::-1] if reverse else running, -1, axis)
    np.testing.assert_allclose(op(X, axis, exclusive, reverse), expected, rtol=1e-12)


@pytest.mark.parametrize("op", [tf.cumsum, tf.math.cumprod, tf.math.cumulative_logsumexp])
def test_gradients(op, check_gradient):
    check_gradient(lambda x: op(x, 1, reverse=True), X)


def test_integers_and_axis():
    assert tf.cumsum(tf.constant([1, 2, 3])).dtype == tf.int32
    with pytest.raises(tf.errors.InvalidArgumentError, match="axis=2"):
        tf.cumsum(X, 2)


def test_slopes_of_products_where_elements_are_zero():
    x, z = tf.constant([2.0, 0.0, 3.0, 0.0, 5.0]), tf.constant([1 + 2j, 0.5 - 1j])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([x, z])
        whole, rest, numbers = (
            tf.math.cumprod(x),
            tf.math.cumprod(x[:3], exclusive=True, reverse=True),
            tf.math.cumprod(z),
        )
    assert tape.gradient(whole, x).numpy().tolist() == [1, 0, 0, 0, 0]  # measured: not those of calculus
    assert tape.gradient(rest, x).numpy().tolist() == [0, 0, 1, 0, 0]
    np.testing.assert_allclose(tape.gradient(numbers, z), [1.5 - 1j, 1 + 2j])  # not conjugated
