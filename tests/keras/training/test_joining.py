"""What predict returns of several batches; structures are TensorFlow's."""

import numpy as np
import pytest

import addax as tf
from addax.keras.training.joining import joined


@pytest.mark.parametrize(
    ("shapes", "splits", "inner"),
    [
        (((2, 3), (2, 2), (1, 3)), [[0, 3, 6, 8, 10, 13]], ()),
        (((2, 3, 2), (1, 2, 2)), [[0, 3, 6, 8]], (2,)),
        (((2, 3, 2), (1, 3, 1)), [[0, 3, 6, 9], [0, 2, 4, 6, 8, 10, 12, 13, 14, 15]], ()),
        (((2, 3, 2), (1, 2, 1)), [[0, 3, 6, 8], [0, 2, 4, 6, 8, 10, 12, 13, 14]], ()),
        (((2, 3, 2, 2), (1, 3, 4, 2)), [[0, 3, 6, 9], [0, 2, 4, 6, 8, 10, 12, 16, 20, 24]], (2,)),
    ],
)
def test_arrays_of_several_sizes_become_ragged(shapes, splits, inner):
    made = joined([np.full(shape, i, "float32") for i, shape in enumerate(shapes)])
    assert [each.numpy().tolist() for each in made.nested_row_splits] == splits
    assert made.flat_values.shape[1:] == inner
    flat = np.concatenate([np.full(np.prod(shape), i) for i, shape in enumerate(shapes)])
    np.testing.assert_array_equal(np.ravel(made.flat_values), flat)


def test_predict_of_batches_of_several_lengths():
    batches = [np.ones((2, 3), "float32"), np.ones((1, 2), "float32")]
    data = tf.data.Dataset.from_generator(lambda: iter(batches), output_signature=tf.TensorSpec((None, None)))
    inputs = tf.keras.Input((None,))
    rows, sums = tf.keras.Model(inputs, [inputs * 2, tf.reduce_sum(inputs, 1)]).predict(data, verbose=0)
    assert rows.to_list() == [[2, 2, 2], [2, 2, 2], [2, 2]]
    np.testing.assert_array_equal(sums, [3, 3, 2])
