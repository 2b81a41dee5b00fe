import numpy as np
import pytest

from addax.core.convert import constant
from addax.ops import confusion_counts


def test_confusion_at_thresholds_of_both_kinds():
    y, p = constant([0, 1, 1, 0]), constant([0.0, 0.25, 0.5, 1.0])
    zeros = [constant(np.zeros(5, np.float32)) for _ in range(4)]
    which = ("tp", "fp", "tn", "fn")
    listed = confusion_counts.add_confusion(zeros, y, p, which=which, thresholds=(0.0, 0.25, 0.5, 0.75, 1.0))
    even = confusion_counts.add_confusion(zeros, y, p, which=which, steps=5)
    for one, other in zip(listed, even, strict=True):
        assert one.numpy().tolist() == other.numpy().tolist()
    assert listed[0].numpy().tolist() == [2.0, 1.0, 0.0, 0.0, 0.0]
    outside = confusion_counts.add_confusion(zeros, y, p, which=which, steps=5, with_epsilon=True)
    assert outside[1].numpy().tolist() == [2.0, 1.0, 1.0, 1.0, 0.0]


def test_weights_that_do_not_fit_are_refused():
    zeros = [constant(np.zeros(1, np.float32))]
    with pytest.raises(ValueError, match="sample_weight"):
        confusion_counts.add_confusion(
            zeros, constant([0, 1]), constant([0.1, 0.2]), constant([1.0, 1.0, 1.0]), which=("tp",), thresholds=(0.5,)
        )
