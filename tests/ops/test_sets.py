"""Sets along the last axis: sparse ones beside dense ones, and dtypes that differ."""

import pytest

import addax as tf


def test_a_sparse_set_beside_a_dense_one():
    a, b = tf.sparse.from_dense([[1, 2]]), [[2, 3]]
    assert tf.sets.union(a, b).values.numpy().tolist() == [1, 2, 3]
    assert tf.sets.intersection(a, b).values.numpy().tolist() == [2]
    assert tf.sets.difference(a, b).values.numpy().tolist() == [1]
    assert tf.sets.difference(a, b, aminusb=False).values.numpy().tolist() == [3]


def test_dtypes_that_differ():
    with pytest.raises(TypeError, match="Types don't match"):
        tf.sets.union([[1, 2]], tf.constant([[2, 3]], tf.int64))
