import numpy as np
import pytest

import addax as tf
from addax.keras.losses import Reduction


def test_values():
    assert Reduction.all() == ("auto", "none", "sum", "sum_over_batch_size")


def test_validate():
    Reduction.validate("sum")
    with pytest.raises(ValueError, match="avg"):
        Reduction.validate("avg")


def test_means_of_keras_3():
    y, p, w = np.array([[1.0], [2.0]]), np.array([[2.0], [4.0]]), np.array([1.0, 3.0])
    assert float(tf.keras.losses.MeanSquaredError(reduction="mean")(y, p, sample_weight=w)) == 6.5
    weighted = tf.keras.losses.MeanSquaredError(reduction="mean_with_sample_weight")
    assert float(weighted(y, p, sample_weight=w)) == 3.25
    assert float(weighted(y, p)) == 2.5
    assert float(weighted(y, p, sample_weight=0 * w)) == 0.0


def test_none_is_a_reduction_as_in_keras_3():
    assert tf.keras.losses.MeanSquaredError(reduction=None)([[1.0], [2.0]], [[0.0], [0.0]]).numpy().tolist() == [1, 4]
