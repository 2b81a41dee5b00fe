"""The slope of |x| at 0 is 0 wherever TensorFlow has an absolute value. Numbers measured from TensorFlow 2.21."""

import numpy as np
import pytest

import addax as tf

LOSSES = tf.keras.losses


def _gradient(function, x):
    x = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = function(x)
    return tape.gradient(y, x).numpy()


@pytest.mark.parametrize("loss", [LOSSES.mean_absolute_error, LOSSES.MeanAbsoluteError()])
def test_mean_absolute_error_where_the_target_is_met(loss):
    found = _gradient(lambda p: loss([[1.0, 2.0, 0.0]], p), [[1.0, 1.0, 0.0]])
    np.testing.assert_allclose(found, [[0.0, -1 / 3, 0.0]], rtol=1e-6)


def test_mean_absolute_percentage_error_where_the_target_is_met():
    found = _gradient(lambda p: LOSSES.mean_absolute_percentage_error([[1.0, 2.0, 0.0]], p), [[1.0, 2.0, 0.0]])
    assert not np.any(found)


def test_mean_absolute_error_at_nan():
    assert np.isnan(_gradient(lambda p: LOSSES.mean_absolute_error([[1.0, 2.0]], p), [[np.nan, 2.0]])[0, 0])


@pytest.mark.parametrize("make", [tf.keras.regularizers.L1, tf.keras.regularizers.L1L2])
def test_l1_leaves_zeros_where_they_are(make):
    found = _gradient(make(0.1), [[0.0, 1.0], [-1.0, 0.0]])
    np.testing.assert_allclose(found, [[0.0, 0.1], [-0.1, 0.0]], rtol=1e-6)


def test_others():
    assert not np.any(_gradient(tf.keras.regularizers.OrthogonalRegularizer(0.1), [[1.0, 0.0], [0.0, 1.0]]))
    found = _gradient(tf.image.total_variation, [[[1.0], [1.0]], [[2.0], [1.0]]])
    assert found.ravel().tolist() == [-1.0, 0.0, 2.0, -1.0]
    assert _gradient(lambda x: tf.norm(x, 1), [0.0, 1.0]).tolist() == [0.0, 1.0]


def test_weighted_cross_entropy_of_zero():
    found = [
        float(_gradient(lambda x, y=y: tf.nn.weighted_cross_entropy_with_logits([y], x, 2.0), [0.0])[0])
        for y in (0.0, 1.0, 0.3)
    ]
    np.testing.assert_allclose(found, [1.0, 0.0, 0.7], rtol=1e-6)
