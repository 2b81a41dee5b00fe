"""Metrics given to compile, put to outputs."""

import numpy as np
import pytest

import addax as tf
from addax import keras
from addax.keras.training.compiled_metrics import CompiledMetrics

ONE_HOT = tf.constant([[0.0, 1.0], [1.0, 0.0]])
PREDICTED = tf.constant([[0.2, 0.8], [0.1, 0.9]])


def values(metrics):
    return {metric.name: round(float(metric.result()), 4) for metric in metrics.metrics}


@pytest.mark.parametrize(
    ("true", "pred", "kind"),
    [
        (ONE_HOT, PREDICTED, "Categorical"),
        (tf.constant([1, 0]), PREDICTED, "SparseCategorical"),
        (tf.constant([[1], [0]]), PREDICTED, "SparseCategorical"),
        (tf.constant([[1.0], [0.0]]), PREDICTED[:, 1:], "Binary"),
    ],
)
def test_accuracy_by_the_shapes(true, pred, kind):
    for name in ("accuracy", "acc", "Accuracy", "ACC"):
        metrics = CompiledMetrics([name, "crossentropy"])
        metrics.update_state(true, pred)
        found = values(metrics)
        assert found[name] == 0.5 and list(found) == [name, "crossentropy"]
        wrapped = metrics.unweighted_metrics[0][0]
        assert wrapped._fn.__name__.replace("_", "").startswith(kind.lower())


def test_functions_classes_and_names():
    def own(y_true, y_pred):
        return tf.reduce_sum(y_pred, -1)

    metrics = CompiledMetrics([own, keras.metrics.MeanSquaredError(), "mae", lambda a, b: b[:, 0]])
    metrics.update_state(ONE_HOT, PREDICTED)
    assert list(values(metrics)) == ["own", "mean_squared_error", "mae", "<lambda>"]
    assert values(metrics)["own"] == 1.0
    metrics.reset_state()
    assert values(metrics)["own"] == 0.0
    with pytest.raises(ValueError, match="same name: own"):
        CompiledMetrics([own, own]).update_state(ONE_HOT, PREDICTED)


def test_nothing_wanted():
    metrics = CompiledMetrics()
    assert not metrics.wanted and not metrics.built and metrics.metrics == []
    metrics.update_state(None, PREDICTED)
    assert metrics.built and metrics.metrics == []


def test_plain_and_weighted():
    metrics = CompiledMetrics(["mae"], [keras.metrics.MeanAbsoluteError(name="w")])
    weight = tf.constant([1.0, 0.0])
    metrics.update_state(ONE_HOT, PREDICTED, weight)
    assert values(metrics) == {"mae": 0.55, "w": 0.2}


@pytest.mark.parametrize(
    ("given", "names"),
    [
        (["mae"], ["a_mae", "b_mae"]),
        (["mae", None], ["a_mae", "b_mae"]),
        ([["mae"], ["mse", "mae"]], ["a_mae", "b_mse", "b_mae"]),
        ({"b": "mae"}, ["b_mae"]),
        ({"a": ["mse"], "b": ["mae"]}, ["a_mse", "b_mae"]),
        ([None, ["mae"]], ["b_mae"]),
    ],
)
def test_several_outputs(given, names):
    metrics = CompiledMetrics(given, None, ["a", "b"])
    metrics.update_state([ONE_HOT, ONE_HOT], [PREDICTED, PREDICTED])
    assert [metric.name for metric in metrics.metrics] == names


def test_names_of_a_saved_model_stay():
    metrics = CompiledMetrics([[keras.metrics.Mean("a_x")], []], None, ["a", "b"], from_serialized=True)
    metrics.build([PREDICTED, PREDICTED], [ONE_HOT, ONE_HOT])
    assert [metric.name for metric in metrics.metrics] == ["a_x"]


def test_refused():
    with pytest.raises(ValueError, match=r"'c'(.|\n)*To do"):
        CompiledMetrics({"c": "mae"}, None, ["a", "b"]).build([PREDICTED, PREDICTED], [ONE_HOT, ONE_HOT])


def test_masks_weigh():
    pred = tf.constant([[[1.0], [2.0]], [[3.0], [4.0]]])
    pred._keras_mask = tf.constant([[True, False], [True, True]])
    metrics = CompiledMetrics(["mae"], ["mse"])
    metrics.update_state(tf.zeros((2, 2, 1)), pred)
    assert values(metrics) == {"mae": round((1 + 3 + 4) / 3, 4), "mse": round((1 + 9 + 16) / 3, 4)}


def test_weights_of_rows_times_masks_of_steps():
    pred = tf.constant([[[1.0], [2.0]], [[3.0], [4.0]]])
    pred._keras_mask = tf.constant([[True, False], [True, True]])
    metrics = CompiledMetrics(None, ["mse"])
    metrics.update_state(tf.zeros((2, 2, 1)), pred, tf.constant([1.0, 0.5]))
    assert values(metrics) == {"mse": round((1 + 0.5 * (9 + 16)) / 2, 4)}


def test_state_is_exact_over_batches():
    metrics = CompiledMetrics([keras.metrics.MeanAbsoluteError(name="m")])
    rows = np.arange(10, dtype="float32").reshape(10, 1)
    for start in range(0, 10, 4):
        metrics.update_state(tf.zeros_like(rows[start : start + 4]), tf.constant(rows[start : start + 4]))
    assert values(metrics) == {"m": 4.5}


def test_a_loss_among_the_metrics_keeps_its_name():
    model = tf.keras.Sequential([tf.keras.Input((2,)), tf.keras.layers.Dense(1)])
    entropy = tf.keras.losses.BinaryCrossentropy(from_logits=True, name="entropy")
    model.compile("sgd", "mse", metrics=[entropy, tf.keras.losses.MeanSquaredError()])
    result = model.evaluate(np.ones((2, 2)), np.ones((2, 1)), verbose=0, return_dict=True)
    assert list(result) == ["loss", "entropy", "mean_squared_error"]


def test_a_flat_list_of_metrics_is_for_every_output():
    """Each output has copies of its own, whatever the length of the list is, as in Keras 2."""
    given = [keras.metrics.MeanSquaredError(name="q"), "mae"]
    made = CompiledMetrics(given, None, ["a", "b"])
    made.update_state([ONE_HOT, ONE_HOT], [PREDICTED, PREDICTED])
    assert [metric.name for metric in made.metrics] == ["a_q", "a_mae", "b_q", "b_mae"]
    assert len({id(metric) for metric in [*made.metrics, given[0]]}) == 5
