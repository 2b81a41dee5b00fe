import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from addax.core.convert import constant
from addax.core.function import function
from addax.keras import metrics

RNG = np.random.default_rng(2)
Y = RNG.integers(0, 2, (300, 2))
P = np.clip(0.3 * Y + 0.7 * RNG.random((300, 2)), 0, 1).astype(np.float32)
W = RNG.random(300).astype(np.float32)


def test_the_guides_numbers():
    metric = metrics.AUC()
    metric.update_state([0, 1, 1, 1], [0, 1, 0, 0])
    assert abs(float(metric.result()) - 0.6666667) < 1e-6
    metric.update_state([1, 1, 1, 1], [0, 1, 1, 0])
    assert abs(float(metric.result()) - 0.71428573) < 1e-6


@pytest.mark.parametrize("weights", [None, W])
def test_roc_against_scikit_learn(weights):
    metric = metrics.AUC(num_thresholds=2000)
    metric.update_state(Y[:, 0], P[:, 0], weights)
    assert abs(float(metric.result()) - roc_auc_score(Y[:, 0], P[:, 0], sample_weight=weights)) < 2e-3


def test_many_samples_take_the_other_way_to_the_same_counts():
    y, p = RNG.integers(0, 2, 30_000), RNG.random(30_000).astype(np.float32)
    whole, parts = metrics.AUC(), metrics.AUC()
    whole.update_state(y, p)  # 200 thresholds x 30,000: buckets
    for i in range(0, 30_000, 10_000):
        parts.update_state(y[i : i + 10_000], p[i : i + 10_000])
    for name in ("true_positives", "false_positives", "true_negatives", "false_negatives"):
        np.testing.assert_allclose(getattr(whole, name).numpy(), getattr(parts, name).numpy(), rtol=1e-6)


def test_multi_label():
    metric = metrics.AUC(multi_label=True, label_weights=[1.0, 3.0])
    metric.reset_state()
    metric.update_state(Y, P)
    each = []
    for i in range(2):
        single = metrics.AUC()
        single.update_state(Y[:, i], P[:, i])
        each.append(float(single.result()))
    assert abs(float(metric.result()) - (each[0] + 3 * each[1]) / 4) < 1e-5
    assert metric.true_positives.shape == (200, 2)
    with pytest.raises(ValueError, match="rank 2"):
        metrics.AUC(multi_label=True).update_state([0, 1], [0.1, 0.2])


def test_curves_and_summations():
    areas = {}
    for curve in ("ROC", "PR", "PRGAIN"):
        for how in ("interpolation", "minoring", "majoring"):
            metric = metrics.AUC(curve=curve, summation_method=how, num_thresholds=20)
            metric.update_state(Y[:, 0], P[:, 0])
            areas[curve, how] = float(metric.result())
        assert areas[curve, "minoring"] <= areas[curve, "interpolation"] + 1e-3
        assert areas[curve, "interpolation"] <= areas[curve, "majoring"] + 1e-3
    assert abs(float(metrics.AUC(num_thresholds=20).interpolate_pr_auc())) == 0.0


def test_logits_and_own_thresholds():
    metric, probabilities = metrics.AUC(from_logits=True), metrics.AUC()
    x = RNG.normal(size=50).astype(np.float32)
    metric.update_state(Y[:50, 0], x)
    probabilities.update_state(Y[:50, 0], 1 / (1 + np.exp(-x)))
    assert abs(float(metric.result()) - float(probabilities.result())) < 1e-5
    own = metrics.AUC(thresholds=[0.6, 0.3])
    assert own.num_thresholds == 4 and own.thresholds[1:3] == [0.3, 0.6]
    config = own.get_config()
    assert config["thresholds"] == [0.3, 0.6]
    assert metrics.AUC.from_config(config).thresholds == own.thresholds


def test_compiled():
    metric, eager = metrics.AUC(), metrics.AUC()
    step = function(lambda y, p: metric.update_state(y, p))
    step(constant(Y[:, 0]), constant(P[:, 0]))
    eager.update_state(Y[:, 0], P[:, 0])
    assert float(metric.result()) == float(eager.result())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SensitivityAtSpecificity", 0.5),
        ("SpecificityAtSensitivity", 0.5),
        ("PrecisionAtRecall", 0.8),
        ("RecallAtPrecision", 0.6),
    ],
)
def test_best_rate_under_a_constraint(name, value):
    metric = getattr(metrics, name)(value, num_thresholds=50, name="m")
    metric.update_state(Y[:, 0], P[:, 0])
    y, p = Y[:, 0] == 1, P[:, 0]
    best = 0.0
    for t in np.linspace(0, 1, 50):
        above = p > np.float32(t)
        tp, fp, fn, tn = (above & y).sum(), (above & ~y).sum(), (~above & y).sum(), (~above & ~y).sum()
        recall, specificity, precision = tp / (tp + fn), tn / (tn + fp), tp / (tp + fp) if tp + fp else 0.0
        held, wanted = {
            "SensitivityAtSpecificity": (specificity, recall),
            "SpecificityAtSensitivity": (recall, specificity),
            "PrecisionAtRecall": (recall, precision),
            "RecallAtPrecision": (precision, recall),
        }[name]
        best = max(best, wanted) if held >= value else best
    assert abs(float(metric.result()) - best) < 1e-5
    assert type(metric).from_config(metric.get_config()).get_config() == metric.get_config()


def test_refuses():
    with pytest.raises(ValueError, match="LIFT"):
        metrics.AUC(curve="LIFT")
    with pytest.raises(ValueError, match="sideways"):
        metrics.AUC(summation_method="sideways")
    with pytest.raises(ValueError, match="num_thresholds=1"):
        metrics.AUC(num_thresholds=1)
    with pytest.raises(ValueError, match="multi_label"):
        metrics.AUC(num_labels=2)
    with pytest.raises(ValueError, match="specificity=1.5"):
        metrics.SensitivityAtSpecificity(1.5)
    with pytest.raises(ValueError, match="num_thresholds=0"):
        metrics.PrecisionAtRecall(0.5, num_thresholds=0)


def test_the_area_below_a_perfect_curve_is_one():
    metric = metrics.AUC(curve="PR")
    metric.update_state(np.arange(300) > 270, np.linspace(0.0, 1.0, 300) ** 2)
    assert float(metric.result()) == 1.0


def test_empty_batches():
    for options in ({}, {"multi_label": True}, {"multi_label": True, "num_labels": 3}, {"thresholds": [0.2, 0.8]}):
        metric = metrics.AUC(**options)
        metric.update_state(np.zeros((0, 3)), np.zeros((0, 3)))
        assert metric.result().numpy() == 0.0


@pytest.mark.parametrize("thresholds", [[0.5, 1.5], [-0.5, 0.5]])
def test_thresholds_outside_of_probabilities(thresholds):
    targets, scores = [0.0, 1.0, 1.0, 0.0, 1.0], [0.1, 0.4, 0.8, 0.6, 0.9]
    for curve, expected in (("ROC", 0.58333), ("PR", 0.65368)):
        metric = metrics.AUC(thresholds=thresholds, curve=curve)
        metric.update_state(constant(targets), constant(scores))
        assert abs(float(metric.result()) - expected) < 1e-5
