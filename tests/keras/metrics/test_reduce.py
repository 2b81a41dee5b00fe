import numpy as np
import pytest

from addax.core import errors
from addax.core.convert import constant
from addax.core.function import function
from addax.keras import losses, metrics
from addax.ops import math as ops_math
from addax.ops.ragged_tensor import RaggedTensor


def test_mean_weights():
    metric = metrics.Mean()
    metric.update_state([1.0, 3.0, 5.0], sample_weight=[1.0, 1.0, 0.0])
    assert float(metric.result()) == 2.0
    metric.reset_state()
    # Values [2, 2] with one weight per row: rows are averaged first where ranks differ by two.
    metric.update_state(np.ones((2, 2, 2)) * [[[1.0]], [[3.0]]], sample_weight=[1.0, 3.0])
    assert float(metric.result()) == 2.5
    metric.reset_state()
    assert float(metric.result()) == 0.0


def test_sum_and_tensors_of_integers():
    metric = metrics.Sum()
    metric.update_state([1, 2], sample_weight=[2, 0])
    metric.update_state(4)
    assert float(metric.result()) == 6.0
    mean = metrics.Mean()
    mean.update_state([1, 2])
    assert float(mean.result()) == 1.5


def test_mean_tensor():
    metric = metrics.MeanTensor()
    with pytest.raises(ValueError, match="any value yet"):
        metric.result()
    metric.reset_state()
    metric.update_state([0.0, 1.0], sample_weight=[1.0, 3.0])
    metric.update_state([4.0, 5.0])
    assert metric.result().numpy().tolist() == [2.0, 2.0]
    assert metric.total.numpy().tolist() == [4.0, 8.0] and metric.count.numpy().tolist() == [2.0, 4.0]
    with pytest.raises(ValueError, match=r"\(3,\)"):
        metric.update_state([1.0, 2.0, 3.0])
    assert metrics.MeanTensor(shape=(2,)).result().numpy().tolist() == [0.0, 0.0]


def test_wrapper_of_keras_and_own_functions():
    y, p, w = [[0.0, 1.0], [1.0, 1.0]], [[1.0, 1.0], [0.0, 0.0]], [1.0, 3.0]

    def own(y_true, y_pred, power=2):
        return ops_math.reduce_mean(ops_math.abs(y_true - y_pred) ** power, axis=-1)

    for fn in (losses.mean_squared_error, own):
        metric = metrics.MeanMetricWrapper(fn, name="m")
        metric.update_state(y, p, sample_weight=w)
        assert float(metric.result()) == (0.5 + 3.0) / 4
    back = metrics.MeanMetricWrapper.from_config(metric.get_config())
    assert back._fn is own


def test_own_function_with_a_mask():
    def masked(y_true, y_pred):
        values = ops_math.abs(y_true - y_pred)
        values._keras_mask = constant([True, False])
        return values

    metric = metrics.MeanMetricWrapper(masked, name="masked")
    metric.update_state([0.0, 0.0], [2.0, 9.0])
    assert float(metric.result()) == 2.0


def test_sum_over_batch_size():
    metric = metrics.SumOverBatchSize()
    metric.update_state([1.0, 3.0], sample_weight=[0.0, 1.0])
    assert float(metric.result()) == 1.5
    wrapped = metrics.SumOverBatchSizeMetricWrapper(losses.mean_squared_error, name="s")
    wrapped.update_state([[0.0], [0.0]], [[1.0], [3.0]], sample_weight=[0.0, 1.0])
    assert float(wrapped.result()) == 4.5
    assert type(wrapped).from_config(wrapped.get_config()).name == "s"


def test_root_mean_squared_and_relative_error():
    rmse = metrics.RootMeanSquaredError()
    rmse.update_state([[0.0], [0.0]], [[3.0], [4.0]])
    assert abs(float(rmse.result()) - 12.5**0.5) < 1e-6
    relative = metrics.MeanRelativeError([1.0, 2.0, 0.0])
    relative.update_state([1.0, 3.0, 1.0], [2.0, 5.0, 1.0])
    assert abs(float(relative.result()) - 2 / 3) < 1e-6
    assert relative.get_config()["normalizer"].tolist() == [1.0, 2.0, 0.0]


def test_updates_compile_once():
    metric = metrics.MeanSquaredError()
    step = function(lambda y, p, w: metric.update_state(y, p, w))
    for value in (1.0, 3.0):
        step(constant([[0.0]]), constant([[value]]), constant([1.0]))
    assert float(metric.result()) == 5.0


def test_shapes_that_clash_are_refused_before_the_state_changes():
    metric = metrics.MeanSquaredError()
    metric.update_state([[1.0]], [[2.0]])
    with pytest.raises(Exception, match="mean_squared_error"):
        metric.update_state(np.ones((2, 3)), np.ones((2, 4)))
    assert float(metric.result()) == 1.0


def _ragged(values):
    return RaggedTensor.from_row_lengths(np.asarray(values, np.float32), [2, 1, 3])


def test_ragged_values_are_taken_one_by_one():
    rng = np.random.RandomState(0)
    a, b = rng.rand(6, 3), rng.rand(6, 3)
    weights = _ragged(a[:, 0])
    for cls, plain, weighted in (("CosineSimilarity", 1.0, 1.0), ("MeanSquaredError", 0.11568938, 0.111517385)):
        metric = getattr(metrics, cls)()
        np.testing.assert_allclose(metric(_ragged(a), _ragged(b)).numpy(), plain, 1e-5)
        metric.reset_state()
        np.testing.assert_allclose(metric(_ragged(a), _ragged(b), sample_weight=weights).numpy(), weighted, 1e-5)
    assert float(metrics.CosineSimilarity()(_ragged(a[:, 0]), _ragged(-b[:, 0]))) == -1.0
    assert float(metrics.Precision()(_ragged(a[:, 0]), _ragged(np.ones(6)))) == 1.0
    np.testing.assert_allclose(metrics.MeanRelativeError([1.0])(_ragged(a), _ragged(b)).numpy(), 0.28118062, 1e-5)
    np.testing.assert_allclose(metrics.Mean()(_ragged([1, 2, 3, 4, 5, 9])).numpy(), 4.0)


def test_ragged_values_beside_others_are_refused():
    values, dense = _ragged(np.ones(6)), np.ones(3, np.float32)
    metric = metrics.MeanSquaredError()
    for arguments in ((values, dense), (values, values, dense), (dense, dense, values)):
        with pytest.raises(TypeError, match="all of the values and sample_weight to be ragged"):
            metric.update_state(*arguments)
    with pytest.raises(TypeError, match="to be ragged"):
        metrics.Mean().update_state(values, dense)
    with pytest.raises(errors.InvalidArgumentError, match="other row lengths"):
        metric.update_state(values, RaggedTensor.from_row_lengths(np.ones(6, np.float32), [2, 2, 2]))
    with pytest.raises(ValueError, match="number of ragged axes"):
        metric.update_state(values, RaggedTensor.from_row_lengths(values, [1, 2]))


def test_a_relative_error_takes_one_shape():
    with pytest.raises(ValueError, match="MeanRelativeError"):
        metrics.MeanRelativeError([1.0, 2.0]).update_state([[1.0], [2.0]], [[3.0], [4.0]])
    assert float(metrics.MeanRelativeError([[2.0], [4.0]])([1.0, 2.0], [3.0, 4.0])) == 0.75
