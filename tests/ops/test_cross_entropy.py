"""Cross entropies and the other losses of tf.nn."""

import numpy as np
import pytest
import scipy.special as sp

import addax as tf

RNG = np.random.RandomState(0)
LOGITS = RNG.randn(4, 3)
LABELS = np.array([0, 2, 1, 1])
PROBABILITIES = sp.softmax(RNG.randn(4, 3), -1)


def test_softmax_cross_entropies(check_gradient):
    log_p = sp.log_softmax(LOGITS, -1)
    np.testing.assert_allclose(
        tf.nn.softmax_cross_entropy_with_logits(PROBABILITIES, LOGITS), -(PROBABILITIES * log_p).sum(-1)
    )
    np.testing.assert_allclose(
        tf.nn.sparse_softmax_cross_entropy_with_logits(LABELS, LOGITS), -log_p[np.arange(4), LABELS]
    )
    np.testing.assert_allclose(
        tf.nn.softmax_cross_entropy_with_logits(PROBABILITIES.T, LOGITS.T, axis=0), -(PROBABILITIES * log_p).sum(-1)
    )
    check_gradient(tf.nn.softmax_cross_entropy_with_logits, PROBABILITIES, LOGITS)
    check_gradient(lambda x: tf.nn.sparse_softmax_cross_entropy_with_logits(LABELS, x), LOGITS)


def test_sigmoid_cross_entropies(check_gradient):
    labels, logits = np.array([0.0, 1.0, 0.3]), np.array([-2.0, 0.5, 4.0])
    p = sp.expit(logits)
    expected = -labels * np.log(p) - (1 - labels) * np.log(1 - p)
    np.testing.assert_allclose(tf.nn.sigmoid_cross_entropy_with_logits(labels=labels, logits=logits), expected)
    weighted = -2.5 * labels * np.log(p) - (1 - labels) * np.log(1 - p)
    np.testing.assert_allclose(tf.nn.weighted_cross_entropy_with_logits(labels, logits, 2.5), weighted)
    check_gradient(tf.nn.sigmoid_cross_entropy_with_logits, labels, logits)
    check_gradient(lambda z, x: tf.nn.weighted_cross_entropy_with_logits(z, x, 2.5), labels, logits)


def test_extreme_logits_stay_finite():
    huge = tf.constant([[1000.0, -1000.0, 0.0]])
    assert tf.nn.sparse_softmax_cross_entropy_with_logits([0], huge).numpy().tolist() == [0.0]
    assert tf.nn.sparse_softmax_cross_entropy_with_logits([1], huge).numpy().tolist() == [2000.0]
    assert tf.nn.sigmoid_cross_entropy_with_logits([1.0, 0.0], [-800.0, -800.0]).numpy().tolist() == [800.0, 0.0]


def test_gradient_of_logits_of_zero():
    x = tf.constant([0.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.nn.sigmoid_cross_entropy_with_logits([1.0], x)
    assert tape.gradient(y, x).numpy().tolist() == [-0.5]


def test_half_precision_keeps_its_dtype():
    out = tf.nn.sparse_softmax_cross_entropy_with_logits(LABELS, tf.cast(LOGITS, tf.float16))
    assert out.dtype == tf.float16
    np.testing.assert_allclose(out, tf.nn.sparse_softmax_cross_entropy_with_logits(LABELS, LOGITS), rtol=2e-3)


@pytest.mark.parametrize("bad", [3, -1])
def test_labels_out_of_range(bad):
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"\[0, 3\)"):
        tf.nn.sparse_softmax_cross_entropy_with_logits([bad, 0, 0, 0], LOGITS)


def test_shapes_are_checked():
    with pytest.raises(ValueError, match="labels"):
        tf.nn.sparse_softmax_cross_entropy_with_logits([[0, 1]], LOGITS)
    with pytest.raises(ValueError, match="same shape"):
        tf.nn.sigmoid_cross_entropy_with_logits(labels=[1.0], logits=[1.0, 2.0])
    with pytest.raises(ValueError, match="both"):
        tf.nn.sigmoid_cross_entropy_with_logits(logits=[1.0])
    with pytest.raises(tf.errors.InvalidArgumentError):
        tf.nn.sparse_softmax_cross_entropy_with_logits([0.5], [[1.0, 2.0]])


def test_other_losses(check_gradient):
    assert float(tf.nn.l2_loss([3.0, 4.0])) == 12.5
    targets, log_rate = np.array([0.0, 1.0, 4.0]), np.array([0.1, -0.5, 1.2])
    plain = np.exp(log_rate) - log_rate * targets
    np.testing.assert_allclose(tf.nn.log_poisson_loss(targets, log_rate), plain)
    stirling = 4 * np.log(4) - 4 + 0.5 * np.log(8 * np.pi)
    full = plain + [0, 0, stirling]
    np.testing.assert_allclose(tf.nn.log_poisson_loss(targets, log_rate, compute_full_loss=True), full)
    check_gradient(lambda x: tf.nn.log_poisson_loss(targets, x), log_rate)


def test_averages():
    assert float(tf.nn.compute_average_loss([1.0, 2.0], sample_weight=[1.0, 3.0], global_batch_size=4)) == 1.75
    assert float(tf.nn.compute_average_loss([1.0, 3.0])) == 2.0
    assert float(tf.nn.scale_regularization_loss(tf.constant([3.0, 4.0]))) == 7.0
    with pytest.raises(ValueError, match="scalar"):
        tf.nn.compute_average_loss(1.0)


@pytest.mark.parametrize("axis", [-1, 0])
def test_the_slope_is_softmax_less_labels_whatever_the_labels_add_up_to(axis):
    logits, labels = tf.constant([[1.0, 2.0], [0.5, -1.0]]), tf.constant([[0.0, 0.0], [2.0, 1.5]])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([logits, labels])
        loss = tf.nn.softmax_cross_entropy_with_logits(labels, logits, axis)
    np.testing.assert_allclose(tape.gradient(loss, logits), tf.nn.softmax(logits, axis) - labels, rtol=1e-6)
    np.testing.assert_allclose(tape.gradient(loss, labels), -tf.nn.log_softmax(logits, axis), rtol=1e-6)


def test_the_full_poisson_loss_of_negative_targets_is_nan():
    found = tf.nn.log_poisson_loss([-1.0, 0.0, 0.5, 2.0], [0.1] * 4, compute_full_loss=True).numpy()
    np.testing.assert_allclose(found, [np.nan, 1.105171, 1.055171, 1.5569775], rtol=1e-6)
