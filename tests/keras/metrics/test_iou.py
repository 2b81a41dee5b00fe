import numpy as np
import pytest
from sklearn.metrics import jaccard_score

import addax as tf
from addax.core import errors
from addax.keras import metrics

RNG = np.random.default_rng(3)
Y, P = RNG.integers(0, 3, 100), RNG.integers(0, 3, 100)
SCORES = np.eye(3)[P] * 0.5 + RNG.random((100, 3)) * 0.1
W = RNG.random(100).astype(np.float32)


@pytest.mark.parametrize("weights", [None, W])
def test_against_scikit_learn(weights):
    metric = metrics.MeanIoU(3)
    metric.update_state(Y, P, weights)
    expected = jaccard_score(Y, P, average=None, sample_weight=weights)
    assert abs(float(metric.result()) - expected.mean()) < 1e-5
    some = metrics.IoU(3, target_class_ids=[0, 2])
    some.update_state(Y, P, weights)
    assert abs(float(some.result()) - expected[[0, 2]].mean()) < 1e-5


def test_one_hot_and_scores():
    expected = jaccard_score(Y, P, average=None)
    metric = metrics.OneHotMeanIoU(3)
    metric.update_state(np.eye(3)[Y], SCORES)
    assert abs(float(metric.result()) - expected.mean()) < 1e-5
    metric = metrics.OneHotIoU(3, [1])
    metric.update_state(np.eye(3)[Y], SCORES)
    assert abs(float(metric.result()) - expected[1]) < 1e-5
    metric = metrics.MeanIoU(3, sparse_y_pred=False)
    metric.update_state(Y.reshape(10, 10), SCORES.reshape(10, 10, 3))
    assert abs(float(metric.result()) - expected.mean()) < 1e-5


def test_binary_with_threshold():
    metric = metrics.BinaryIoU(target_class_ids=[1], threshold=0.3)
    metric.update_state([0, 1, 0, 1], [0.1, 0.3, 0.4, 0.7])
    assert abs(float(metric.result()) - 2 / 3) < 1e-6


def test_ignored_class():
    metric = metrics.MeanIoU(2, ignore_class=255)
    metric.update_state([0, 1, 255], [0, 1, 1])
    assert float(metric.result()) == 1.0


def test_refuses_classes_that_do_not_exist():
    metric = metrics.MeanIoU(2)
    with pytest.raises(errors.InvalidArgumentError, match="out of bound: 5"):
        metric.update_state([0, 5], [0, 1])
    with pytest.raises(errors.InvalidArgumentError, match="predictions"):
        metric.update_state([0, 1], [0, -1])
    assert metric.total_cm.numpy().sum() == 0
    with pytest.raises(ValueError, match="out of range"):
        metrics.IoU(2, [2])


@pytest.mark.parametrize(
    "metric",
    [
        metrics.IoU(3, [1]),
        metrics.BinaryIoU([1], 0.4),
        metrics.MeanIoU(3),
        metrics.OneHotIoU(3, [1]),
        metrics.OneHotMeanIoU(3),
    ],
)
def test_configs(metric):
    assert type(metric).from_config(metric.get_config()).get_config() == metric.get_config()


@pytest.mark.parametrize("weights", [2.0, [1.0], [[1.0, 1.0]] * 3, [1.0] * 5])
def test_a_weight_for_each_label(weights):
    with pytest.raises(ValueError, match="a weight for each of 3 labels"):
        metrics.OneHotIoU(2, [0]).update_state([[1, 0]] * 3, [[1.0, 0.0]] * 3, sample_weight=weights)


def test_ragged_values_and_weights():
    y, p = ([0, 1, 1, 0, 2, 2], [0, 1, 0, 0, 2, 1])
    weights = [0.5, 1.0, 2.0, 1.0, 1.0, 3.0]
    dense, ragged = metrics.MeanIoU(num_classes=3), metrics.MeanIoU(num_classes=3)
    for given in (None, weights):
        rows = [None if each is None else tf.RaggedTensor.from_row_lengths(each, [2, 1, 3]) for each in (y, p, given)]
        assert float(ragged(rows[0], rows[1], sample_weight=rows[2])) == float(dense(y, p, sample_weight=given))


def test_sparse_categorical_crossentropy_of_ragged_rows():
    p = np.array([[0.2, 0.3, 0.5], [0.1, 0.8, 0.1], [0.6, 0.3, 0.1]], np.float32)
    y = np.array([2, 1, 0], np.int32)
    rows = [tf.RaggedTensor.from_row_lengths(each, [2, 1]) for each in (y, p)]
    found = metrics.SparseCategoricalCrossentropy()(*rows)
    np.testing.assert_allclose(found, -np.log(p[[0, 1, 2], y]).mean(), rtol=1e-6)
