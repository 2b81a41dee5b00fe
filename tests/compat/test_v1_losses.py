"""tf.compat.v1.losses, with TensorFlow 2.21's numbers."""

import numpy as np
import pytest

import addax as tf

losses = tf.compat.v1.losses
random = np.random.RandomState(0)
A, B = (random.normal(size=(4, 3)).astype("float32") for _ in range(2))
ONE_HOT = np.eye(3)[[0, 2, 1, 1]].astype("float32")
EXAMPLES = np.array([1.0, 0.0, 2.0, 0.0], "float32")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("weighted_sum", 15.171710),
        ("weighted_mean", 1.685750),
        ("weighted_sum_over_batch_size", 1.264310),
        ("weighted_sum_by_nonzero_weights", 2.528620),
    ],
)
def test_reductions(name, expected):
    assert float(losses.mean_squared_error(A, B, EXAMPLES[:, None], reduction=name)) == pytest.approx(expected, 1e-5)


def test_no_reduction():
    each = losses.softmax_cross_entropy(ONE_HOT, B, EXAMPLES, reduction="none")
    np.testing.assert_allclose(each, [0.81352, 0.0, 2.96128, 0.0], 1e-5)


def test_class_numbers_and_their_weights_may_have_an_axis_of_one():
    labels = np.array([[0], [2], [1], [1]])
    assert float(losses.sparse_softmax_cross_entropy(labels, B)) == pytest.approx(1.2736726, 1e-5)
    assert float(losses.sparse_softmax_cross_entropy(labels, B, EXAMPLES[:, None])) == pytest.approx(1.88740, 1e-5)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (losses.huber_loss(A, B, delta=0.3), 0.25061885),
        (losses.softmax_cross_entropy(ONE_HOT, B, label_smoothing=0.2), 1.2914662),
        (losses.sigmoid_cross_entropy(ONE_HOT, B, label_smoothing=0.2), 0.7882659),
        (losses.log_loss(ONE_HOT, abs(A) / 3, epsilon=0.1), 0.65060455),
        (losses.cosine_distance(A, B, axis=1), -0.39198563),
        (losses.cosine_distance(A, B, dim=0, weights=0.5), -0.42799044),
        (losses.mean_squared_error(A, B, np.zeros((4, 1))), 0.0),
    ],
)
def test_losses(value, expected):
    assert float(value) == pytest.approx(expected, 1e-5)


def test_dtypes():
    assert losses.mean_squared_error(A.astype("float64"), B.astype("float64")).dtype == tf.float32
    assert losses.softmax_cross_entropy(ONE_HOT, B.astype("float16")).dtype == tf.float16


@pytest.mark.parametrize("weights", [EXAMPLES, np.ones((4, 2)), np.ones(2)])
def test_weights_that_do_not_fit(weights):
    with pytest.raises(ValueError, match=r"weights of the same rank as the losses' shape \(4, 3\)"):
        losses.mean_squared_error(A, B, weights)


def test_refusals():
    with pytest.raises(ValueError, match="incompatible"):
        losses.mean_squared_error(A, B[:2])
    with pytest.raises(ValueError, match="a reduction"):
        losses.mean_squared_error(A, B, reduction="x")
    with pytest.raises(ValueError, match="axis"):
        losses.cosine_distance(A, B)
    with pytest.raises(ValueError, match="None"):
        losses.absolute_difference(None, B)
