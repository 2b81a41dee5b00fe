"""Rows and entries of variables: integers are divided towards zero, strings are picked."""

import pytest

import addax as tf


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"])
def test_quotients_of_integers(dtype):
    v = tf.Variable(tf.constant([1, 29, 3], dtype))
    v.scatter_div(tf.IndexedSlices(tf.constant([7, 2, 2], dtype), [0, 1, 1]))
    assert v.dtype == dtype and v.numpy().tolist() == [0, 7, 3]


def test_negative_quotients_and_floats():
    v = tf.Variable([10, -7, 3])
    v.scatter_div(tf.IndexedSlices([2, 2], [1, 0]))
    assert v.numpy().tolist() == [5, -3, 3]
    w = tf.Variable([1.0, 3.0])
    w.scatter_div(tf.IndexedSlices([2.0], [1]))
    assert w.numpy().tolist() == [1.0, 1.5]


def test_rows_and_entries_of_strings():
    v = tf.Variable([["a", "b"], ["c", "d"]])
    assert v.sparse_read([1, 0]).numpy().tolist() == [[b"c", b"d"], [b"a", b"b"]]
    assert v.gather_nd([[1, 0], [0, 1]]).numpy().tolist() == [b"c", b"b"]
    for wrong in (lambda: v.sparse_read([2]), lambda: v.gather_nd([[0, -1]])):
        with pytest.raises(tf.errors.InvalidArgumentError, match="out of range"):
            wrong()


def test_extremes_of_entries():
    v = tf.Variable([8.0, 1.0, 3.0])
    assert v.scatter_nd_max([[1], [0]], [2.0, 7.0]).numpy().tolist() == [8.0, 2.0, 3.0]
    assert v.scatter_nd_min([[2], [1]], [-1.0, 5.0]).numpy().tolist() == [8.0, 2.0, -1.0]


def test_rows_and_entries_that_do_not_exist():
    v = tf.Variable([[1.0, 2.0], [3.0, 4.0]])
    wrongs = [
        lambda: v.sparse_read([2]), lambda: v.sparse_read([[0, -1]]), lambda: v.gather_nd([[0, 2]]),
        lambda: v.gather_nd([5]),
    ]  # fmt: skip
    for wrong in wrongs:
        with pytest.raises(tf.errors.InvalidArgumentError, match="out of range"):
            wrong()
    assert v.sparse_read([1]).numpy().tolist() == [[3.0, 4.0]] and v.gather_nd([1, 0]).numpy() == 3.0
    assert v.sparse_read(tf.zeros([0], tf.int32)).shape == (0, 2)
