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


def test_means_over_nothing_but_masked_samples_are_nan():
    loss = tf.keras.losses.MeanSquaredError()

    def value(left):
        y = tf.constant([[[1.0], [3.0]]])
        y._keras_mask = tf.constant([left])
        return loss(tf.zeros((1, 2, 1)), y)

    for run in (value, tf.function(value)):
        assert np.isnan(run((False, False))) and run((False, True)).numpy() == 9.0
    model = tf.keras.Sequential([tf.keras.Input((2,)), tf.keras.layers.Embedding(3, 2, mask_zero=True)])
    model.compile("sgd", "mse")
    assert np.isnan(model.evaluate(np.zeros((1, 2)), np.ones((1, 2, 2)), verbose=0))
