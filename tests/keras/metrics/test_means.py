import numpy as np
import pytest

from addax.core.convert import constant
from addax.keras import activations, losses, metrics

Y = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]], np.float32)
P = np.array([[0.6, 0.4], [0.7, 0.3], [0.2, 0.8]], np.float32)
W = np.array([1.0, 2.0, 0.5], np.float32)

PAIRS = {
    "MeanAbsoluteError": losses.mae,
    "MeanAbsolutePercentageError": losses.mape,
    "MeanSquaredError": losses.mse,
    "MeanSquaredLogarithmicError": losses.msle,
    "Hinge": losses.hinge,
    "SquaredHinge": losses.squared_hinge,
    "CategoricalHinge": losses.categorical_hinge,
    "LogCoshError": losses.log_cosh,
    "Poisson": losses.poisson,
    "KLDivergence": losses.kld,
    "BinaryCrossentropy": losses.binary_crossentropy,
    "CategoricalCrossentropy": losses.categorical_crossentropy,
    "CategoricalAccuracy": metrics.categorical_accuracy,
}


@pytest.mark.parametrize("name", PAIRS)
def test_weighted_means_over_two_batches(name):
    metric = getattr(metrics, name)()
    metric.update_state(Y[:2], P[:2], W[:2])
    metric.update_state(Y[2:], P[2:], W[2:])
    each = PAIRS[name](Y, P).numpy()
    np.testing.assert_allclose(metric.result().numpy(), (each * W).sum() / W.sum(), rtol=1e-5)
    back = metrics.deserialize(metrics.serialize(metric))
    assert type(back) is type(metric) and back.get_config() == metric.get_config()


def test_accuracies():
    binary = metrics.BinaryAccuracy(threshold=0.65)
    binary.update_state(Y, P)
    assert abs(float(binary.result()) - 1 / 6) < 1e-6 and float(binary.count.numpy()) == 6
    for labels in (np.array([0, 1, 0]), np.array([[0.0], [1.0], [0.0]])):
        sparse = metrics.SparseCategoricalAccuracy()
        sparse.update_state(labels, P, W)
        assert abs(float(sparse.result()) - 1 / 3.5) < 1e-6
    plain = metrics.Accuracy()
    plain.update_state([1, 2, 3], [1, 2, 4])
    assert abs(float(plain.result()) - 2 / 3) < 1e-6


def test_large_class_indices_are_exact():
    metric = metrics.SparseCategoricalAccuracy()
    scores = np.zeros((1, 3), np.float32)
    metric.update_state(np.array([2**24 + 1]), scores)
    assert float(metric.result()) == 0.0


def test_top_k_counts_ties_in():
    scores = np.array([[0.3, 0.3, 0.3, 0.1]], np.float32)
    top = metrics.SparseTopKCategoricalAccuracy(k=1)
    top.update_state([2], scores)
    assert float(top.result()) == 1.0
    top = metrics.TopKCategoricalAccuracy(k=3)
    top.update_state([[0, 0, 0, 1]], scores)
    assert float(top.result()) == 0.0
    steps = metrics.SparseTopKCategoricalAccuracy(k=1)
    steps.update_state([[0, 3]], np.stack([scores[0], scores[0]])[None])
    assert float(steps.result()) == 0.5


def test_cosine_similarity_has_the_other_sign():
    metric = metrics.CosineSimilarity()
    metric.update_state([[0.0, 1.0]], [[0.0, 3.0]])
    assert abs(float(metric.result()) - 1) < 1e-6


def test_options_reach_the_function():
    metric = metrics.SparseCategoricalCrossentropy(from_logits=True, ignore_class=1)
    metric.update_state([0, 1], [[0.0, 0.0], [5.0, 0.0]])
    assert abs(float(metric.result()) - np.log(2)) < 1e-6
    smooth = metrics.CategoricalCrossentropy(label_smoothing=0.2)
    smooth.update_state(Y, P)
    expected = losses.categorical_crossentropy(Y, P, label_smoothing=0.2).numpy().mean()
    assert abs(float(smooth.result()) - expected) < 1e-6


def test_a_metric_of_another_dtype_does_not_know_what_went_into_an_activation():
    z, y = constant([[1.0, -2.0, 0.5], [0.0, 3.0, -1.0]]), constant([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    for dtype, expected in (("float32", 1.0782106), ("float64", 1.3095597)):
        metric = metrics.BinaryCrossentropy(dtype=dtype)
        np.testing.assert_allclose(metric(y, activations.softmax(z)).numpy(), expected, 1e-5)


def test_what_does_not_fit_is_refused_as_keras_does():
    with pytest.raises(ValueError, match="fit each other"):
        metrics.Accuracy().update_state(np.ones((4, 3)), np.ones((3, 3)))
    assert [type(each) for each in metrics.Mean().get_weights()] == [np.float32, np.float32]


def test_states_of_whole_numbers_keep_their_dtype():
    for make in (metrics.Sum, metrics.Mean):
        metric = make(dtype="int32")
        metric.update_state([1, 2, 4])
        metric.update_state([[1, 2], [3, 4]], sample_weight=[1, 2])
        assert {variable.dtype.name for variable in metric.variables} == {"int32"}
        assert metric.variables[0].numpy() == 24
        assert metric.result().dtype.name == ("int32" if make is metrics.Sum else "float64")
