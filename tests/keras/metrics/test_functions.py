import numpy as np

from addax.keras import metrics


def test_shapes():
    y, p = np.array([[1, 0], [1, 1]]), np.array([[0.7, 0.8], [0.6, 0.9]])
    assert metrics.binary_accuracy(y, p).numpy().tolist() == [0.5, 1.0]
    assert metrics.sparse_categorical_accuracy([[1], [1]], p).shape == (2, 1)
    assert metrics.sparse_categorical_accuracy([1, 1], p).numpy().tolist() == [1.0, 1.0]
    assert metrics.categorical_accuracy([[0, 1], [1, 0]], p).numpy().tolist() == [1.0, 0.0]


def test_top_k_refuses_what_is_not_finite():
    assert metrics.sparse_top_k_categorical_accuracy([0, 9], [[np.inf, 1.0], [1.0, 2.0]], k=2).numpy().tolist() == [
        0,
        0,
    ]


def test_classes_instead_of_scores():
    best = [[1, 2, 3], [3, 4, 2], [5, 1, 2]]
    found = metrics.sparse_top_k_categorical_accuracy([1, 2, 5], best, k=2, from_sorted_ids=True)
    assert found.numpy().tolist() == [1.0, 0.0, 1.0]
    metric = metrics.SparseTopKCategoricalAccuracy(k=3, from_sorted_ids=True)
    metric.update_state([[1], [9], [2]], best)
    np.testing.assert_allclose(metric.result(), 2 / 3, rtol=1e-6)
    assert "from_sorted_ids" not in metrics.SparseTopKCategoricalAccuracy().get_config()


def test_scores_that_are_not_finite():
    """Measured from TensorFlow 2.21: NaN is never the largest, and nothing is among the top k beside it."""
    n, i = np.nan, np.inf
    x = np.array([[n, 1, 2], [1, n, 2], [2, n, 1], [n, n, n], [i, 1, -i], [-i, -i, -i], [1, i, n]], np.float32)
    classes = np.array([1, 0, 0, 0, 0, 0, 1])
    one_hot = np.eye(3)[classes]
    for k in (1, 3):
        assert not np.any(metrics.top_k_categorical_accuracy(one_hot, x, k).numpy())
        assert not np.any(metrics.sparse_top_k_categorical_accuracy(classes, x, k).numpy())
    expected = [0, 0, 1, 1, 1, 1, 1]
    assert metrics.categorical_accuracy(one_hot, x).numpy().tolist() == expected
    assert metrics.sparse_categorical_accuracy(classes, x).numpy().tolist() == expected
