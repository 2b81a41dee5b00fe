"""Ragged and sparse tensors, and sets."""

import numpy as np
import pytest

import addax as tf

ROWS = [[3.0, 1.0, 4.0], [], [5.0, 9.0]]
R = tf.ragged.constant(ROWS)
DEEP = tf.ragged.constant([[[1], [2, 3]], [], [[4]]])


def test_making_one_in_many_ways():
    values = [3.0, 1.0, 4.0, 5.0, 9.0]
    made = [
        tf.RaggedTensor.from_row_splits(values, [0, 3, 3, 5]),
        tf.RaggedTensor.from_row_lengths(values, [3, 0, 2]),
        tf.RaggedTensor.from_value_rowids(values, [0, 0, 0, 2, 2]),
        tf.RaggedTensor.from_row_starts(values, [0, 3, 3]),
        tf.RaggedTensor.from_row_limits(values, [3, 3, 5]),
        tf.RaggedTensor.from_tensor(R.to_tensor(), lengths=[3, 0, 2]),
        tf.RaggedTensor.from_tensor(R.to_tensor(-1.0), padding=-1.0),
        tf.RaggedTensor.from_sparse(R.to_sparse()),
    ]
    for each in made:
        assert each.to_list() == ROWS and each.shape.as_list() == [3, None]
    assert tf.RaggedTensor.from_uniform_row_length([1, 2, 3, 4], 2).shape == (2, 2)
    assert DEEP.ragged_rank == 2 and DEEP.nested_row_splits[1].numpy().tolist() == [0, 1, 3, 4]
    assert tf.ragged.stack([[1, 2], [3]]).to_list() == [[1, 2], [3]]
    assert repr(R) == "<tf.RaggedTensor [[3.0, 1.0, 4.0], [], [5.0, 9.0]]>"


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (lambda: R + 1.0, [[4, 2, 5], [], [6, 10]]),
        (lambda: tf.constant(2.0) * R, [[6, 2, 8], [], [10, 18]]),
        (lambda: R * [[1.0], [2.0], [3.0]], [[3, 1, 4], [], [15, 27]]),
        (lambda: tf.square(-R), [[9, 1, 16], [], [25, 81]]),
        (lambda: tf.cast(R, tf.int32), [[3, 1, 4], [], [5, 9]]),
        (lambda: tf.where(R > 3.0, R, 0.0), [[0, 0, 4], [], [5, 9]]),
        (lambda: tf.reduce_sum(R, 1), [8, 0, 14]),
        (lambda: tf.reduce_mean(R, 0), [4, 5, 4]),
        (lambda: tf.reduce_max(R), 9),
        (lambda: tf.reduce_sum(DEEP, 2), [[1, 5], [], [4]]),
        (lambda: tf.reduce_sum(DEEP, 1), [[3, 3], [], [4]]),
        (lambda: tf.reduce_sum(DEEP, 0), [[5], [2, 3]]),
        (lambda: tf.reduce_sum(DEEP, [1, 2]), [6, 0, 4]),
        (lambda: R[2], [5, 9]),
        (lambda: R[::-1], ROWS[::-1]),
        (lambda: R[:, :1], [[3], [], [5]]),
        (lambda: DEEP[0, 1], [2, 3]),
        (lambda: tf.concat([R, R], 1), [[3, 1, 4, 3, 1, 4], [], [5, 9, 5, 9]]),
        (lambda: tf.concat([R, R], 0), ROWS + ROWS),
        (lambda: tf.stack([R, R]), [ROWS, ROWS]),
        (lambda: tf.expand_dims(R, 1), [[[3, 1, 4]], [[]], [[5, 9]]]),
        (lambda: tf.tile(R, [1, 2]), [[3, 1, 4] * 2, [], [5, 9] * 2]),
        (lambda: tf.reverse(R, [1]), [[4, 1, 3], [], [9, 5]]),
        (lambda: tf.gather(R, [2, 0]), [ROWS[2], ROWS[0]]),
        (lambda: DEEP.merge_dims(1, 2), [[1, 2, 3], [], [4]]),
        (lambda: tf.gather(tf.constant([7, 8]), tf.ragged.constant([[1], [0, 0]])), [[8], [7, 7]]),
        (lambda: R.to_tensor(9.0, shape=[None, 2]), [[3, 1], [9, 9], [5, 9]]),
        (lambda: R.row_lengths(), [3, 0, 2]),
        (lambda: tf.map_fn(tf.reduce_sum, R, fn_output_signature=tf.float32), [8, 0, 14]),
        (lambda: tf.ragged.boolean_mask(R, R > 3.0), [[4], [], [5, 9]]),
        (lambda: tf.ragged.range([2, 0, 1]), [[0, 1], [], [0]]),
        (lambda: tf.function(lambda r: r * 2.0)(R), [[6, 2, 8], [], [10, 18]]),
        (lambda: R == R, [[True] * 3, [], [True] * 2]),
        (lambda: tf.ragged.map_flat_values(tf.add, R, R), [[6, 2, 8], [], [10, 18]]),
    ],
)
def test_ops(made, expected):
    out = made()
    assert (out.to_list() if isinstance(out, tf.RaggedTensor) else out.numpy().tolist()) == expected


def test_gradients_flow_through_rows():
    x = tf.Variable([1.0, 2.0, 3.0])
    with tf.GradientTape() as tape:
        rows = tf.RaggedTensor.from_row_lengths(x * x, [1, 2])
        y = tf.reduce_sum(rows.to_tensor() * 2.0) + tf.reduce_sum(tf.reduce_max(rows, 1))
    assert tape.gradient(y, x).numpy().tolist() == [6, 8, 18]


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: R + tf.ragged.constant([[1.0]]), tf.errors.InvalidArgumentError, "identical ragged splits"),
        (lambda: tf.RaggedTensor.from_row_splits([1], [0, 2]), tf.errors.InvalidArgumentError, "valid RaggedTensor"),
        (lambda: tf.sort(R), ValueError, "to_tensor"),
        (lambda: bool(R), TypeError, "boolean"),
        (lambda: R[3], IndexError, "out of bounds"),
        (lambda: R[:, 0], ValueError, "inner ragged"),
        (lambda: tf.ragged.constant([1, [2]]), ValueError, "nesting depth"),
        (lambda: tf.convert_to_tensor(R), ValueError, "RaggedTensor"),
    ],
)
def test_refusals(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_sparse_tensors():
    s = tf.SparseTensor([[1, 2], [0, 0]], [2.0, 1.0], [2, 3])
    with pytest.raises(tf.errors.InvalidArgumentError, match="out of order"):
        tf.sparse.to_dense(s)
    dense = np.array([[1, 0, 0], [0, 0, 2]], np.float32)
    np.testing.assert_array_equal(tf.sparse.to_dense(tf.sparse.reorder(s)), dense)
    back = tf.sparse.from_dense(dense)
    assert back.indices.numpy().tolist() == [[0, 0], [1, 2]] and back.shape == (2, 3)
    np.testing.assert_array_equal(tf.sparse.to_dense(back * 2.0 / [[4.0], [8.0]]), dense / [[2], [4]])
    np.testing.assert_array_equal(tf.sparse.to_dense(tf.function(lambda t: tf.abs(tf.negative(t)))(back)), dense)
    with pytest.raises(ValueError, match="dense_shape"):
        tf.SparseTensor([[0]], [1.0, 2.0], [3])


def test_sets():
    a, b = tf.constant([[1, 2, 3], [4, 4, 5]]), tf.constant([[2, 3, 9], [6, 7, 8]])
    assert tf.sets.intersection(a, b).values.numpy().tolist() == [2, 3]
    assert tf.sets.union(a, b).values.numpy().tolist() == [1, 2, 3, 9, 4, 5, 6, 7, 8]
    assert tf.sets.difference(a, b).values.numpy().tolist() == [1, 4, 5]
    assert tf.sets.size(tf.sparse.from_dense(a)).numpy().tolist() == [3, 2]
