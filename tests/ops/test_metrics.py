import numpy as np
import pytest

from addax.core.convert import constant
from addax.ops import metrics


def test_ratio_without_nan():
    assert metrics.ratio(constant([1.0, 2.0]), constant([0.0, 4.0])).numpy().tolist() == [0.0, 0.5]
    assert float(metrics.root_ratio(constant(8.0), constant(2.0))) == 2.0


@pytest.mark.parametrize(
    ("shape", "weights", "expected"),
    [((2, 3), (2,), 6.0), ((2, 3), (2, 1), 6.0), ((2, 3), (2, 3), 6.0), ((2, 3), (), 6.0), ((2, 3, 4), (2,), 2.0)],
)
def test_weights_of_every_rank(shape, weights, expected):
    total, count = metrics.accumulate_weighted_mean(
        constant(0.0), constant(0.0), constant(np.ones(shape, np.float32)), constant(np.ones(weights, np.float32))
    )
    assert float(total) == float(count) == expected


def test_confusion_matrix():
    matrix = metrics.add_confusion_matrix(
        constant(np.zeros((2, 2), np.float32)), constant([0, 1, 1]), constant([1, 1, 0]), constant([1.0, 2.0, 4.0])
    )
    assert matrix.numpy().tolist() == [[0.0, 1.0], [4.0, 2.0]]
