import pytest

from addax.keras import metrics


def test_names():
    assert metrics.get("mse") is metrics.mean_squared_error
    assert metrics.get("accuracy") is metrics.get("acc")
    assert metrics.get("accuracy").__name__ == "accuracy"
    assert metrics.get("cosine_similarity").__name__ == "cosine_similarity"
    assert type(metrics.get("AUC")) is metrics.AUC
    assert type(metrics.get({"class_name": "AUC", "config": {"num_thresholds": 5}})) is metrics.AUC
    metric = metrics.Mean()
    assert metrics.get(metric) is not None


def test_metrics_come_back_as_they_are():
    function = lambda y_true, y_pred: 0.0
    assert metrics.get(function) is function
    metric = metrics.Mean()
    assert metrics.get(metric) is metric


def test_refuses():
    for bad in (None, 3):
        with pytest.raises(ValueError, match="Could not interpret metric"):
            metrics.get(bad)
    with pytest.raises(ValueError, match="accuracy"):
        metrics.get("acuracy")


def test_round_trip():
    made = metrics.serialize(metrics.Precision(thresholds=[0.5, 0.7]))
    assert made["module"] == "keras.metrics" and made["registered_name"] is None
    assert metrics.deserialize(made).thresholds == [0.5, 0.7]
    assert metrics.deserialize(metrics.serialize(metrics.mse)) is metrics.mse
