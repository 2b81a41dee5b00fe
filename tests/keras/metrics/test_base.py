import copy
import pickle

import numpy as np
import pytest

from addax.core.convert import constant
from addax.core.function import function
from addax.core.tensor import Tensor
from addax.core.variable import Variable
from addax.keras import metrics, naming
from addax.keras.metrics import Metric
from addax.ops import math as ops_math


class Hits(Metric):
    def __init__(self, name="hits", **kwargs):
        super().__init__(name=name, **kwargs)
        self.total = self.add_weight(name="total", initializer="zeros")

    def update_state(self, y_true, y_pred, sample_weight=None):
        match = ops_math.cast(
            ops_math.equal(ops_math.cast(y_true, "int32"), ops_math.cast(y_pred, "int32")), self.dtype
        )
        if sample_weight is not None:
            match = match * ops_math.cast(sample_weight, self.dtype)
        self.total.assign_add(ops_math.reduce_sum(match))

    def result(self):
        return self.total


class Nested(Metric):
    def __init__(self):
        super().__init__()
        self.mean = metrics.Mean()
        self.seen = Variable(2.0)
        self.more = [metrics.Sum()]

    def update_state(self, x):
        self.mean.update_state(x)
        self.more[0].update_state(x)
        self.seen.assign_add(1.0)

    def result(self):
        return {"mean": self.mean.result(), "seen": self.seen}


def test_own_metric_eager_and_compiled():
    metric = Hits()
    metric.update_state([1, 2, 3], [1, 2, 4])
    first = metric.result()
    assert isinstance(first, Tensor) and float(first) == 2.0
    metric.update_state([1, 1], [1, 1], sample_weight=[0.5, 0.25])
    assert float(metric.result()) == 2.75
    assert float(first) == 2.0  # results do not change afterwards

    @function
    def step(y, p):
        metric.update_state(y, p)
        return metric.result()

    assert float(step(constant([1, 2]), constant([1, 0]))) == 3.75
    assert float(step(constant([1, 2]), constant([1, 2]))) == 5.75
    assert float(metric([3], [3])) == 6.75
    metric.reset_state()
    assert float(metric.result()) == 0.0
    assert (metric.name, metric.dtype, metric.stateful) == ("hits", "float32", True)
    assert [v.name for v in metric.weights] == ["total:0"]


def test_old_spelling_of_reset():
    class Old(Hits):
        def reset_states(self):
            self.total.assign(7.0)

    metric = Old()
    metric.reset_state()
    assert float(metric.result()) == 7.0

    class New(Hits):
        def reset_state(self):
            self.total.assign(8.0)

    metric = New()
    metric.reset_states()
    assert float(metric.result()) == 8.0

    class Both(Hits):
        def reset_states(self):
            super().reset_states()

    metric = Both()
    metric.update_state([1], [1])
    metric.reset_state()
    assert float(metric.result()) == 0.0


def test_nested_metrics_and_variables_are_state():
    metric = Nested()
    out = metric(3.0)
    assert {key: float(value) for key, value in out.items()} == {"mean": 3.0, "seen": 3.0}
    assert [v.name for v in metric.variables] == ["Variable:0", "total:0", "count:0", "total:0"]
    assert [v.name for v in metric.trainable_variables] == ["Variable:0"]
    assert [type(m).__name__ for m in metric.metrics] == ["Nested", "Mean", "Sum"]
    compiled = function(lambda x: metric(x))
    assert float(compiled(constant(5.0))["mean"]) == 4.0
    metric.reset_state()
    assert [float(v.numpy()) for v in metric.variables] == [0.0] * 4
    del metric.mean
    assert len(metric.variables) == 2


def test_merge_state():
    a, b = metrics.Mean(), metrics.Mean()
    a.update_state([1.0, 2.0])
    b.update_state([6.0])
    a.merge_state([b])
    assert float(a.result()) == 3.0
    with pytest.raises(ValueError, match="not compatible"):
        a.merge_state([metrics.Sum()])


def test_names_count_up():
    naming.reset_uids()
    assert [metrics.Precision().name, metrics.Precision().name, metrics.Mean().name] == [
        "precision",
        "precision_1",
        "mean",
    ]


def test_dtypes():
    assert metrics.Mean(dtype="float64").result().dtype.name == "float64"
    assert metrics.Mean(dtype="mixed_bfloat16").dtype == "bfloat16"
    assert metrics.Mean().compute_dtype == "float32" and metrics.Mean().dtype_policy.name == "float32"


def test_errors():
    class Forgetful(Metric):
        def __init__(self):
            self.x = self.add_weight("x")

        def update_state(self):
            """Nothing."""

        def result(self):
            return None

    with pytest.raises(RuntimeError, match=r"super\(\).__init__"):
        Forgetful()
    with pytest.raises(TypeError, match="abstract"):
        Metric()
    with pytest.raises(TypeError, match="wdith"):
        Hits(wdith=3)

    class Listed(Hits):
        def result(self):
            return [1]

    with pytest.raises(RuntimeError, match="Listed|hits"):
        Listed().result()


def test_weights_round_trip_copy_and_pickle():
    metric = metrics.Mean()
    metric.update_state([2.0, 4.0])
    other = metrics.Mean()
    other.set_weights(metric.get_weights())
    assert float(other.result()) == 3.0
    with pytest.raises(ValueError, match="2 arrays"):
        other.set_weights([1.0])
    with pytest.raises(ValueError, match="shape"):
        other.set_weights([np.ones(2), 1.0])
    twin = copy.deepcopy(metric)
    twin.update_state(9.0)
    assert float(metric.result()) == 3.0 and float(twin.result()) == 5.0
    assert float(pickle.loads(pickle.dumps(metric)).result()) == 3.0  # noqa: S301


def test_variables_as_keras_3_adds_them():
    class Share(Metric):
        def __init__(self):
            super().__init__(name="share")
            self.total = self.add_variable(shape=(), initializer="zeros", name="total")
            self.count = self.add_variable((2,), "ones", dtype="int32", aggregation="mean", synchronization="on_read")

        def update_state(self, y_true, y_pred, sample_weight=None):
            self.total.assign_add(ops_math.reduce_sum(y_pred))

        def result(self):
            return self.total

    metric = Share()
    metric.update_state([1.0], [3.0])
    assert float(metric.result()) == 3.0 and metric.count.numpy().tolist() == [1, 1]
    assert metric.variables == [metric.total, metric.count]
    assert metric.count.aggregation.name == "MEAN"
    metric.reset_state()
    assert float(metric.total) == 0.0


def test_add_weight_options():
    metric = Hits()
    matrix = metric.add_weight("matrix", shape=(2, 3), initializer="ones", dtype="int32")
    assert matrix.dtype.name == "int32" and matrix.numpy().sum() == 6 and not matrix.trainable
    assert metric.get_config() == {"name": "hits", "dtype": "float32"}
    assert type(Hits.from_config(metric.get_config())) is Hits
