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


def test_confusion_at_thresholds_of_both_kinds():
    y, p = constant([0, 1, 1, 0]), constant([0.0, 0.25, 0.5, 1.0])
    zeros = [constant(np.zeros(5, np.float32)) for _ in range(4)]
    which = ("tp", "fp", "tn", "fn")
    listed = metrics.add_confusion(zeros, y, p, which=which, thresholds=(0.0, 0.25, 0.5, 0.75, 1.0))
    even = metrics.add_confusion(zeros, y, p, which=which, steps=5)
    for one, other in zip(listed, even, strict=True):
        assert one.numpy().tolist() == other.numpy().tolist()
    assert listed[0].numpy().tolist() == [2.0, 1.0, 0.0, 0.0, 0.0]
    outside = metrics.add_confusion(zeros, y, p, which=which, steps=5, with_epsilon=True)
    assert outside[1].numpy().tolist() == [2.0, 1.0, 1.0, 1.0, 0.0]


def test_weights_that_do_not_fit_are_refused():
    zeros = [constant(np.zeros(1, np.float32))]
    with pytest.raises(ValueError, match="sample_weight"):
        metrics.add_confusion(
            zeros, constant([0, 1]), constant([0.1, 0.2]), constant([1.0, 1.0, 1.0]), which=("tp",), thresholds=(0.5,)
        )


def test_confusion_matrix():
    matrix = metrics.add_confusion_matrix(
        constant(np.zeros((2, 2), np.float32)), constant([0, 1, 1]), constant([1, 1, 0]), constant([1.0, 2.0, 4.0])
    )
    assert matrix.numpy().tolist() == [[0.0, 1.0], [4.0, 2.0]]
