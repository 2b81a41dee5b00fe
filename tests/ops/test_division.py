"""Quotients are rounded once, as in TensorFlow, whatever XLA would make of a divisor that is known or broadcast."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import addax as tf
from addax.ops import division

COUNTS = [41.0, 47.0, 55.0, 61.0, 83.0, 97.0]  # n * (1 / n) is not 1 for them in float32


@pytest.mark.parametrize(
    "whole",
    [
        lambda x, n: x / n, lambda x, n: x // n, lambda x, n: tf.math.divide_no_nan(x, n),
        lambda x, n: tf.truncatediv(x, n), lambda x, n: tf.function(lambda x: tf.floor(x / n))(x),
        lambda x, n: tf.math.segment_mean(tf.ones((int(n), 3)), [0] * int(n)),
        lambda x, n: tf.reduce_mean(tf.ones(int(n))), lambda x, n: tf.nn.moments(tf.ones((int(n), 2)), 0)[0],
        lambda x, n: tf.experimental.numpy.floor_divide(x, n),
        lambda x, n: tf.keras.layers.GlobalAveragePooling1D()(tf.ones((1, int(n), 1))),
    ],
)  # fmt: skip
def test_equal_numbers_give_one(whole):
    for n in COUNTS:
        assert np.all(whole(tf.constant([n, n, n]), n).numpy() == 1)


def test_rows_by_a_row_are_numpys_bits():
    x = np.random.default_rng(1).normal(size=(50, 3)).astype(np.float32)
    assert (tf.constant(x) / x[0]).numpy().tobytes() == (x / x[0]).tobytes()
    assert (tf.constant([1.0, 2.0]) / tf.constant(-0.0)).numpy().tolist() == [-np.inf, -np.inf]


@pytest.mark.parametrize("count", [3, 7, 49, 784, 65537, (1 << 24) + 1])
def test_means_and_their_gradients_are_rounded_once(count):
    sums = np.random.default_rng(count).normal(size=1000).astype("float32")
    x = jnp.zeros((count, 1), jnp.float32).at[0].set(1)

    @jax.jit
    def means(sums):  # of one number and zeros, so that the sum is known
        return jax.lax.map(lambda total: jnp.ravel(division.mean(x * total, (0,)))[0], sums)

    wanted = sums / np.float32(count)
    some = sums[: 1000 if count < 1000 else 5]
    np.testing.assert_array_equal(means(some), wanted[: len(some)])
    back = jax.jit(lambda total: jax.vjp(lambda x: division.mean(x, (0,)), x)[1](total)[0])
    for total, one in zip(some[:5], wanted[:5], strict=True):
        np.testing.assert_array_equal(back(total[None]), np.full((count, 1), one))


def test_gradients_beside_nan_and_zero():
    x = tf.Variable([[np.inf, 1.0, np.nan], [2.0, -3.0, 0.0]])
    with tf.GradientTape(persistent=True) as tape:
        y, mean = x / tf.constant([2.0, 3.0, 0.0]), tf.reduce_mean(x, 1)
    third = np.float32(1 / 3)
    np.testing.assert_array_equal(tape.gradient(y, x), [[0.5, third, np.inf]] * 2)
    np.testing.assert_allclose(tape.gradient(mean, x), [[third] * 3] * 2, rtol=1e-6)


def test_the_gradient_of_a_remainder_at_a_multiple():
    row = np.array([-1.8104728, 1.4000928, 0.5408958])
    x = tf.constant(np.stack([row, row * 2]))
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x % row
    assert tape.gradient(y, x).numpy().tolist() == [[1, 1, 1], [1, 1, 1]]
    with tf.GradientTape() as tape:
        divisor = tf.constant(row)
        tape.watch(divisor)
        y = x % divisor
    assert tape.gradient(y, divisor).numpy().tolist() == [-3, -3, -3]


def test_means_of_losses_are_weighed_in_float32_and_whole_ones_are_floats():
    loss = tf.constant([0.1, 0.2, 0.3, 0.4], tf.float64)
    weighed = np.float32([0.1, 0.2, 0.3, 0.4]) * np.float32([1, 2, 3, 4])
    out = tf.nn.compute_average_loss(loss, sample_weight=[1.0, 2.0, 3.0, 4.0])
    assert out.dtype == tf.float64 and out.numpy() == weighed.astype(np.float64).sum() / 4
    assert tf.nn.compute_average_loss(tf.constant([1, 2])).dtype == tf.float64
    assert tf.nn.scale_regularization_loss(tf.constant([1, 2])).dtype == tf.float64
    assert tf.nn.scale_regularization_loss(tf.constant([1, 2], tf.int8)).dtype == tf.float32
    assert tf.nn.sufficient_statistics(tf.constant([[1, 2], [3, 4]]), [0])[1].numpy().tolist() == [4, 6]


def test_gradients_of_quotients_by_tiny_numbers():  # whose squares are zero
    x, y = tf.constant([0.0, 1e-25, 1.0, 1e-30]), tf.constant([1e-25, 1e-25, 1e-25, 1e-22])

    def slopes():
        with tf.GradientTape() as tape:
            tape.watch([x, y])
            quotient = x / y
        return tape.gradient(quotient, [x, y])

    for found in (slopes(), tf.function(slopes)()):
        np.testing.assert_allclose(found[0], [1e25, 1e25, 1e25, 1e22], rtol=1e-6)
        np.testing.assert_allclose(found[1], [0, -1e25, -np.inf, -1e14], rtol=1e-6)


def test_second_derivatives_of_quotients():
    x, y = tf.constant(3.0, tf.float64), tf.constant(2.0, tf.float64)
    with tf.GradientTape() as outer:
        outer.watch([x, y])
        with tf.GradientTape() as tape:
            tape.watch([x, y])
            quotient = x / y
        first = tape.gradient(quotient, [x, y])
    np.testing.assert_allclose(first, [0.5, -0.75])
    np.testing.assert_allclose(outer.gradient(first[1], [x, y]), [-0.25, 0.75])
