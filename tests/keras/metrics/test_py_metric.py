import numpy as np
import pytest

from addax.core.convert import constant
from addax.core.function import function
from addax.keras.metrics.experimental import PyMetric


class Count(PyMetric):
    def update_state(self, y_true, y_pred, sample_weight=None):
        self.total += int(np.sum(y_true))

    def reset_state(self):
        self.total = 0

    def result(self):
        return self.total


def test_python_state():
    metric = Count()
    metric.update_state([1, 2], [0, 0])
    metric.update_state([3], [0])
    assert float(metric.result()) == 6.0 and metric.result().dtype.name == "float32"
    metric.reset_state()
    assert float(metric.result()) == 0.0


@pytest.mark.filterwarnings("ignore::addax.core.errors.AddaxWarning")
def test_a_function_with_it_runs_eagerly():
    metric = Count()
    step = function(lambda y: metric.update_state(y, y))
    step(constant([1, 2]))
    step(constant([4, 5]))
    assert float(metric.result()) == 12.0
