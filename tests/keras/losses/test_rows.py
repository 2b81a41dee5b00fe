import numpy as np

import addax as tf
from addax.core.convert import constant
from addax.keras import losses
from addax.keras.losses import rows


class Ragged:
    """The part of a ragged tensor that losses use."""

    def __init__(self, flat, splits):
        self.flat_values = constant(flat)
        self.row_splits = np.asarray(splits)
        self.shape = (len(splits) - 1, None)

    def __getitem__(self, i):
        return self.flat_values[self.row_splits[i] : self.row_splits[i + 1]]

    def with_flat_values(self, values):
        return Ragged(values.numpy(), self.row_splits)


def test_is_ragged():
    assert rows.is_ragged(Ragged([1.0], [0, 1])) and not rows.is_ragged(constant([1.0]))


def test_the_ragged_axis_goes():
    y, p = Ragged([1.0, 2.0, 3.0], [0, 2, 3]), Ragged([1.0, 4.0, 0.0], [0, 2, 3])
    assert losses.mean_squared_error(y, p).numpy().tolist() == [2.0, 9.0]
    assert float(losses.MeanSquaredError()(y, p)) == 5.5
    assert float(losses.MeanSquaredError()(y, p, sample_weight=[1.0, 0.0])) == 1.0


def test_another_axis_goes():
    y, p = Ragged([[1.0], [2.0], [3.0]], [0, 2, 3]), Ragged([[1.0], [4.0], [0.0]], [0, 2, 3])
    each = losses.mean_squared_error(y, p)
    assert each.flat_values.numpy().tolist() == [0.0, 4.0, 9.0] and each.row_splits.tolist() == [0, 2, 3]
    assert abs(float(losses.MeanSquaredError()(y, p)) - 13 / 3) < 1e-6
    assert abs(float(losses.MeanSquaredError()(y, p, sample_weight=[1.0, 0.5])) - 8.5 / 3) < 1e-6
    kept = losses.MeanSquaredError(reduction="none")(y, p, sample_weight=[1.0, 2.0])
    assert kept.flat_values.numpy().tolist() == [0.0, 4.0, 18.0]


def test_classes():
    y = Ragged([0, 1, 1], [0, 2, 3])
    p = Ragged(np.array([[0.1, 0.9], [0.2, 0.8], [0.5, 0.5]], np.float32), [0, 2, 3])
    value = losses.SparseCategoricalCrossentropy()(y, p)
    assert abs(float(value) - 1.0729586) < 1e-5


def test_ragged_targets_and_dense_predictions_give_ragged_losses():
    y = tf.RaggedTensor.from_row_lengths(np.arange(8, dtype=np.float32).reshape(4, 2), [2, 2])
    for pair in ((y, tf.ones((2, 2, 2))), (tf.ones((2, 2, 2)), y)):
        found = tf.keras.losses.mean_squared_error(*pair)
        assert isinstance(found, tf.RaggedTensor) and found.row_lengths().numpy().tolist() == [2, 2]
        assert found.flat_values.numpy().tolist() == [0.5, 2.5, 12.5, 30.5]
        assert float(tf.keras.losses.MeanSquaredError()(*pair)) == 11.5
