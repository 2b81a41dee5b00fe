import numpy as np
import pytest
from sklearn.metrics import precision_score, recall_score

from addax.core import errors
from addax.core.convert import constant
from addax.core.function import function
from addax.keras import metrics

RNG = np.random.default_rng(1)
Y = RNG.integers(0, 2, 200)
P = RNG.random(200).astype(np.float32)
W = RNG.random(200).astype(np.float32)


@pytest.mark.parametrize("weights", [None, W])
def test_against_scikit_learn(weights):
    for metric_class, reference in ((metrics.Precision, precision_score), (metrics.Recall, recall_score)):
        metric = metric_class(thresholds=[0.3, 0.8])
        for part in (slice(0, 150), slice(150, 200)):
            metric.update_state(Y[part], P[part], None if weights is None else weights[part])
        expected = [reference(Y, P > t, sample_weight=weights) for t in (0.3, 0.8)]
        np.testing.assert_allclose(metric.result().numpy(), expected, rtol=1e-5)


def test_counts_add_up():
    made = [metrics.TruePositives(), metrics.FalsePositives(), metrics.TrueNegatives(), metrics.FalseNegatives()]
    for metric in made:
        metric.update_state(Y, P)
    counts = [float(metric.result()) for metric in made]
    right = (P > 0.5) == (Y == 1)
    assert sum(counts) == 200 and counts[0] + counts[2] == right.sum()
    assert counts[0] == ((P > 0.5) & (Y == 1)).sum()
    several = metrics.TruePositives(thresholds=[0.0, 0.5, 1.0])
    several.update_state(Y, P)
    assert several.result().numpy().tolist() == [Y.sum(), counts[0], 0.0]


def test_top_k_and_class_id():
    y, p = np.array([[1, 0, 0], [0, 1, 0]]), np.array([[0.2, 0.5, 0.3], [0.1, 0.6, 0.3]], np.float32)
    top = metrics.Recall(top_k=2)
    top.update_state(y, p)
    assert float(top.result()) == 0.5
    one = metrics.Precision(class_id=1)
    one.update_state(y, p, [1.0, 3.0])
    assert float(one.result()) == 1.0
    both = metrics.Precision(class_id=1, thresholds=0.3)
    both.update_state(y, p, [1.0, 3.0])
    assert float(both.result()) == 0.75


def test_compiled_updates():
    metric = metrics.Precision()
    step = function(lambda y, p: metric.update_state(y, p))
    step(constant(Y), constant(P))
    eager = metrics.Precision()
    eager.update_state(Y, P)
    assert float(metric.result()) == float(eager.result())


def test_refuses():
    with pytest.raises(ValueError, match="1.5"):
        metrics.Precision(thresholds=1.5)
    with pytest.raises(ValueError, match="-0.1"):
        metrics.TruePositives(thresholds=[0.5, -0.1])
    with pytest.raises(ValueError, match="incompatible"):
        metrics.Recall().update_state([0, 1, 1], [0.1, 0.2])


def test_configs():
    assert metrics.Precision(thresholds=0.3, class_id=1, top_k=3, name="p").get_config() == {
        "name": "p", "dtype": "float32", "thresholds": 0.3, "top_k": 3, "class_id": 1
    }  # fmt: skip
    assert metrics.TruePositives(name="t").get_config()["thresholds"] is None


def test_a_class_that_the_predictions_do_not_have():
    metric = metrics.Recall(class_id=3)
    with pytest.raises(errors.InvalidArgumentError, match="class_id"):
        metric.update_state(np.eye(3), np.eye(3))
    assert metric.true_positives.numpy().tolist() == [0.0]


@pytest.mark.parametrize("metric", [metrics.Precision(class_id=1), metrics.Recall(class_id=1)])
def test_a_class_takes_one_weight_for_each_sample(metric):
    truth, predicted = np.eye(3)[:2], np.array([[0.2, 0.6, 0.7], [0.9, 0.8, 0.4]])
    with pytest.raises(ValueError, match="one weight for each sample"):
        metric.update_state(truth, predicted, sample_weight=np.ones((2, 3)))
    metric.update_state(truth, predicted, sample_weight=[[0.5], [1.0]])
    assert float(metric.result()) > 0
