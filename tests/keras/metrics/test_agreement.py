"""Correlations; the numbers are Keras 3's, on JAX."""

import numpy as np
import pytest

import addax as tf

TRUE = np.float32([[0, 1, 0.5], [1, 1, 0.2]])
FOUND = np.float32([[0.1, 0.9, 0.5], [1, 0.9, 0.2]])
metrics = tf.keras.metrics
CASES = [
    (metrics.PearsonCorrelation, metrics.pearson_correlation, [1, 0.99339926], [1, np.nan, 1], 0.9938261, 0.98581749),
    (
        metrics.ConcordanceCorrelation, metrics.concordance_correlation, [0.9756093, 0.9876539],
        [0.9890108, 0, 0.99999774], 0.9830506, 0.94423276,
    ),
]  # fmt: skip


@pytest.mark.parametrize(("make", "function", "last", "first", "both", "weighted"), CASES)
def test_along_each_axis(make, function, last, first, both, weighted):
    for axis, expected in ((-1, last), (0, first), ((0, 1), both)):
        assert np.allclose(function(TRUE, FOUND, axis=axis), expected, equal_nan=True, atol=1e-5)
    metric = make()
    metric.update_state(TRUE, FOUND)
    metric.update_state(TRUE, FOUND * FOUND, sample_weight=[1.0, 3.0])
    assert float(metric.result()) == pytest.approx(weighted, abs=1e-5)
    metric = make(axis=(0, 1))
    metric.update_state(TRUE, FOUND)
    assert float(metric.result()) == pytest.approx(both, abs=1e-5)
    assert metric.get_config() == {"name": function.__name__, "dtype": "float32", "axis": (0, 1)}
    assert metrics.deserialize(metrics.serialize(metric)).axis in ((0, 1), [0, 1])
    assert metrics.get(function.__name__) is function


def test_in_a_model():
    model = tf.keras.Sequential([tf.keras.layers.Dense(3)])
    model.compile("sgd", "mse", metrics=[metrics.PearsonCorrelation(), "concordance_correlation"])
    logs = model.fit(TRUE, TRUE, verbose=0).history
    assert -1 <= logs["pearson_correlation"][0] <= 1
    assert -1 <= logs["concordance_correlation"][0] <= 1
