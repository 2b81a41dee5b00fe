import numpy as np

from addax.core.convert import constant
from addax.keras.losses import functions, rows


class Ragged:
    """The part of a ragged tensor that losses use."""

    def __init__(self, values):
        self.values = values
        self.flat_values = constant(np.concatenate(values))
        self.row_splits = np.cumsum([0, *map(len, values)])
        self.shape = (len(values), None)

    def __getitem__(self, i):
        return constant(self.values[i])


def test_each_row_by_itself():
    y = Ragged([np.array([1.0, 2.0], np.float32), np.array([3.0], np.float32)])
    p = Ragged([np.array([1.0, 4.0], np.float32), np.array([0.0], np.float32)])
    assert rows.is_ragged(y) and not rows.is_ragged(constant([1.0]))
    assert functions.mean_squared_error(y, p).numpy().tolist() == [2.0, 9.0]


def test_rows_with_more_axes_are_averaged():
    y = Ragged([np.zeros((2, 1), np.float32), np.zeros((1, 1), np.float32)])
    p = Ragged([np.array([[1.0], [3.0]], np.float32), np.array([[2.0]], np.float32)])
    assert functions.mean_squared_error(y, p).numpy().tolist() == [5.0, 4.0]
