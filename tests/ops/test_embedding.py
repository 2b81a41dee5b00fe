"""Rows of embedding tables."""

import numpy as np
import pytest

import addax as tf

TABLE = np.arange(12.0).reshape(4, 3)
IDS = tf.SparseTensor([[0, 0], [0, 1], [2, 0]], tf.constant([1, 3, 0], tf.int64), [3, 2])
WEIGHTS = tf.SparseTensor([[0, 0], [0, 1], [2, 0]], tf.constant([0.5, 2.0, 3.0], tf.float64), [3, 2])


def test_lookup(check_gradient):
    np.testing.assert_array_equal(tf.nn.embedding_lookup(TABLE, [[2, 0], [1, 1]]), TABLE[[[2, 0], [1, 1]]])
    parts = tf.nn.embedding_lookup([tf.constant(TABLE[:3]), tf.constant(TABLE[3:])], [3, 0])
    np.testing.assert_array_equal(parts, TABLE[[3, 0]])
    clipped = tf.nn.embedding_lookup(TABLE, [0, 1], max_norm=1.0).numpy()
    np.testing.assert_allclose(np.linalg.norm(clipped, axis=1), [1.0, 1.0])
    check_gradient(lambda t: tf.nn.embedding_lookup(t, [2, 0, 2]), TABLE)
    with pytest.raises(ValueError, match="empty"):
        tf.nn.embedding_lookup([], [0])


@pytest.mark.parametrize("weights", [None, WEIGHTS])
@pytest.mark.parametrize("combiner", ["sum", "mean", "sqrtn", None])
def test_sparse_lookup(combiner, weights, check_gradient):
    w = np.ones(3) if weights is None else weights.values.numpy()
    divisor = {"sum": lambda v: 1.0, "sqrtn": lambda v: np.sqrt((v**2).sum())}.get(combiner, np.sum)
    expected = [
        (TABLE[[1, 3]] * w[:2, None]).sum(0) / divisor(w[:2]), np.zeros(3), TABLE[0] * w[2] / divisor(w[2:])
    ]  # fmt: skip
    np.testing.assert_allclose(tf.nn.embedding_lookup_sparse(TABLE, IDS, weights, combiner), expected)
    check_gradient(lambda t: tf.nn.embedding_lookup_sparse(t, IDS, weights, combiner), TABLE)


def test_ragged_ids():
    ragged = tf.ragged.constant([[1, 3], [0]])
    out = tf.nn.embedding_lookup_sparse(TABLE, ragged, None, "sum")
    np.testing.assert_array_equal(out, [TABLE[1] + TABLE[3], TABLE[0]])


def test_safe_lookup():
    ids = tf.SparseTensor([[0, 0], [0, 1], [2, 0]], tf.constant([1, -1, 2], tf.int64), [4, 2])
    out = tf.nn.safe_embedding_lookup_sparse(tf.constant(TABLE), ids, default_id=3)
    np.testing.assert_array_equal(out, [TABLE[1], TABLE[3], TABLE[2], TABLE[3]])
    out = tf.nn.safe_embedding_lookup_sparse(tf.constant(TABLE), ids)
    np.testing.assert_array_equal(out, [TABLE[1], np.zeros(3), TABLE[2], np.zeros(3)])
    weights = tf.SparseTensor(ids.indices, tf.constant([1.0, 1.0, 0.0], tf.float64), [4, 2])
    out = tf.nn.safe_embedding_lookup_sparse(tf.constant(TABLE), ids, weights)
    np.testing.assert_array_equal(out[2], np.zeros(3))
    deep = tf.SparseTensor([[0, 1, 0], [1, 0, 1]], tf.constant([1, 2], tf.int64), [2, 2, 2])
    out = tf.nn.safe_embedding_lookup_sparse(tf.constant(TABLE), deep)
    np.testing.assert_array_equal(out, [[np.zeros(3), TABLE[1]], [TABLE[2], np.zeros(3)]])


def test_refusals():
    with pytest.raises(TypeError, match="SparseTensor"):
        tf.nn.embedding_lookup_sparse(TABLE, [0, 1], None)
    with pytest.raises(ValueError, match="combiner"):
        tf.nn.embedding_lookup_sparse(TABLE, IDS, None, "max")
