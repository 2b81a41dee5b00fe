import numpy as np
import pytest
from sklearn.metrics import fbeta_score, r2_score

from addax.core import errors
from addax.keras import metrics

RNG = np.random.default_rng(4)
Y = RNG.integers(0, 2, (60, 3)).astype(np.float32)
P = RNG.random((60, 3)).astype(np.float32)
W = RNG.random(60).astype(np.float32)


@pytest.mark.parametrize("average", [None, "micro", "macro", "weighted"])
@pytest.mark.parametrize("beta", [1.0, 2.0])
def test_f_scores_against_scikit_learn(average, beta):
    metric = metrics.FBetaScore(average=average, beta=beta, threshold=0.5)
    metric.reset_state()
    for part in (slice(0, 40), slice(40, 60)):
        metric.update_state(Y[part], P[part])
    expected = fbeta_score(Y, P > 0.5, beta=beta, average=average)
    np.testing.assert_allclose(metric.result().numpy(), expected, rtol=1e-5)
    assert metrics.FBetaScore.from_config(metric.get_config()).get_config() == metric.get_config()


def test_f1_of_the_largest_prediction():
    y, p = np.eye(3)[[0, 1, 2, 1]], np.eye(3)[[0, 1, 1, 1]] * 0.9
    metric = metrics.F1Score()
    metric.update_state(y, p)
    np.testing.assert_allclose(metric.result().numpy(), [1.0, 0.8, 0.0], rtol=1e-6)
    assert "beta" not in metric.get_config()


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [(None, "raw_values"), ("uniform_average", "uniform_average"), ("variance_weighted_average", "variance_weighted")],
)
def test_r2_against_scikit_learn(ours, theirs):
    y, p = RNG.normal(size=(30, 2)), RNG.normal(size=(30, 2))
    metric = metrics.R2Score(class_aggregation=ours, dtype="float64")
    metric.update_state(y[:10], p[:10], W[:10])
    metric.update_state(y[10:], p[10:], W[10:30])
    expected = r2_score(y, p, sample_weight=W[:30], multioutput=theirs)
    np.testing.assert_allclose(metric.result().numpy(), expected, rtol=1e-6)


def test_adjusted_r2():
    y = np.arange(6.0)[:, None]
    p = y + [[0.5], [-0.5], [0.5], [-0.5], [0.5], [-0.5]]
    metric = metrics.R2Score(num_regressors=2)
    metric.update_state(y, p)
    plain = r2_score(y, p)
    assert abs(float(metric.result()) - (1 - (1 - plain) * 5 / 3)) < 1e-5
    few = metrics.R2Score(num_regressors=9)
    few.update_state(y, p)
    errors.forget_warnings()
    with pytest.warns(UserWarning, match="More independent predictors"):
        assert abs(float(few.result()) - plain) < 1e-5


def test_refuses():
    for options, text in (
        ({"average": "x"}, "average=x"), ({"beta": -1.0}, "beta=-1.0"), ({"beta": 2}, "float"),
        ({"threshold": 2}, "threshold=2"), ({"threshold": 2.0}, "threshold=2.0"),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=text):
            metrics.FBetaScore(**options)
    with pytest.raises(ValueError, match="2D"):
        metrics.FBetaScore().update_state([0.0, 1.0], [0.1, 0.2])
    with pytest.raises(ValueError, match="2D"):
        metrics.R2Score().update_state([0.0, 1.0], [0.1, 0.2])
    with pytest.raises(ValueError, match="class_aggregation=x"):
        metrics.R2Score(class_aggregation="x")
    with pytest.raises(ValueError, match="num_regressors=-1"):
        metrics.R2Score(num_regressors=-1)


def test_f_scores_take_one_weight_per_sample():
    metric = metrics.F1Score()
    with pytest.raises(errors.InvalidArgumentError, match="one number"):
        metric.update_state(Y, P, sample_weight=2.0)
    with pytest.raises(ValueError, match="weights of shape"):
        metric.update_state(Y[:3], P[:3], sample_weight=np.ones((3, 3), np.float32))
    assert not any(np.any(weight.numpy()) for weight in metric.variables)
    metric.update_state(Y, P, sample_weight=np.ones(1, np.float32))
    plain = metrics.F1Score()
    plain.update_state(Y, P)
    np.testing.assert_array_equal(metric.result(), plain.result())


def test_f_scores_with_weights_of_a_matrix_over_all_classes():
    metric = metrics.F1Score(average="micro", threshold=0.5)
    metric.update_state(Y[:2], P[:2], sample_weight=np.float32([[1, 2, 3], [4, 5, 6]]))
    weighed = np.float32([[[1, 2, 3]], [[4, 5, 6]]])
    np.testing.assert_allclose(metric.intermediate_weights.numpy(), np.sum(Y[:2] * weighed))


def test_predictions_near_0_are_not_chosen():
    metric = metrics.F1Score()
    metric.update_state([[1.0, 0.0], [1.0, 0.0]], [[1e-10, 0.0], [1e-8, 0.0]])
    assert metric.true_positives.numpy().tolist() == [1.0, 0.0]
