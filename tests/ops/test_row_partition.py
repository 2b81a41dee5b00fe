"""tf.experimental.RowPartition; the recorded numbers are TensorFlow's."""

import numpy as np
import pytest

import addax as tf

RP = tf.experimental.RowPartition


@pytest.mark.parametrize(
    ("made", "splits"),
    [
        (lambda: RP.from_row_lengths([2, 0, 3]), [0, 2, 2, 5]),
        (lambda: RP.from_row_splits([0, 2, 2, 5]), [0, 2, 2, 5]),
        (lambda: RP.from_value_rowids([0, 0, 2, 2, 2]), [0, 2, 2, 5]),
        (lambda: RP.from_value_rowids([0, 0, 2], nrows=4), [0, 2, 2, 3, 3]),
        (lambda: RP.from_row_starts([0, 2, 5], nvals=7), [0, 2, 5, 7]),
        (lambda: RP.from_row_limits([2, 2, 7]), [0, 2, 2, 7]),
        (lambda: RP.from_row_limits([]), [0]),
        (lambda: RP.from_uniform_row_length(3, nvals=12), [0, 3, 6, 9, 12]),
        (lambda: RP.from_uniform_row_length(0, nrows=2), [0, 0, 0]),
    ],
)
def test_made_in_every_way(made, splits):
    part = made()
    assert part.row_splits().numpy().tolist() == splits
    assert part.row_starts().numpy().tolist() == splits[:-1]
    assert part.row_limits().numpy().tolist() == splits[1:]
    assert part.row_lengths().numpy().tolist() == np.diff(splits).tolist()
    assert (int(part.nrows()), int(part.nvals())) == (len(splits) - 1, splits[-1])
    assert RP.from_value_rowids(part.value_rowids(), nrows=part.nrows()).row_splits().numpy().tolist() == splits
    assert part.dtype is tf.int64


def test_what_it_says():
    part = RP.from_row_lengths([2, 0, 3])
    assert repr(part) == "tf.RowPartition(row_splits=[0 2 2 5])"
    assert part.offsets_in_rows().numpy().tolist() == [0, 1, 0, 1, 2]
    assert part.uniform_row_length() is None
    assert not part.is_uniform()
    even = RP.from_uniform_row_length(3, nrows=4, dtype=tf.int32)
    assert repr(even) == "tf.RowPartition(nrows=4, uniform_row_length=3)"
    assert (int(even.uniform_row_length()), even.static_uniform_row_length, even.static_nvals) == (3, 3, 12)
    assert even.dtype is tf.int32
    assert even.with_dtype(tf.int64).row_splits().dtype is tf.int64
    assert RP.from_row_splits(np.array([0, 2], np.int32)).dtype is tf.int32
    assert RP.from_row_splits([0, 2], dtype_hint=tf.int32).dtype is tf.int32


def test_in_functions_and_structures():
    part = RP.from_row_lengths([2, 0, 3])
    assert tf.function(lambda p: p.row_lengths() * 2)(part).numpy().tolist() == [4, 0, 6]
    (splits,) = tf.nest.flatten(part, expand_composites=True)
    assert splits.numpy().tolist() == [0, 2, 2, 5]
    assert repr(tf.nest.pack_sequence_as(part, [splits], expand_composites=True)) == repr(part)


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda: RP([0, 1]), ValueError),
        (lambda: RP.from_row_splits([]), ValueError),
        (lambda: RP.from_row_splits([[0]]), ValueError),
        (lambda: RP.from_row_splits([0, 2, 1]), tf.errors.InvalidArgumentError),
        (lambda: RP.from_row_splits([1, 2]), tf.errors.InvalidArgumentError),
        (lambda: RP.from_row_lengths([-1, 2]), tf.errors.InvalidArgumentError),
        (lambda: RP.from_row_starts([0, 8], nvals=7), tf.errors.InvalidArgumentError),
        (lambda: RP.from_value_rowids([1, 0]), tf.errors.InvalidArgumentError),
        (lambda: RP.from_value_rowids([0, 5], nrows=3), ValueError),
        (lambda: RP.from_value_rowids([0.5]), ValueError),
        (lambda: RP.from_uniform_row_length(3), ValueError),
        (lambda: RP.from_uniform_row_length(3, nvals=11), ValueError),
        (lambda: RP.from_row_splits([0], dtype=tf.float32), ValueError),
    ],
)
def test_refused(call, error):
    with pytest.raises(error, match="RowPartition"):
        call()
