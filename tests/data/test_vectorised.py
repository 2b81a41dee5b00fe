"""Maps that run over many elements at once give the same bits as calls of the same function for each element."""

import numpy as np
import pytest

import addax as tf

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(37, 4, 5)).astype(np.float32)
WEIGHTS = tf.constant(RANDOM.normal(size=(5, 3)).astype(np.float32))
MAPS = {
    "arithmetic": lambda x: x / 3.0 * 2.0 - tf.exp(x),
    "matmul": lambda x: tf.matmul(x, WEIGHTS),
    "matmul of itself": lambda x: tf.matmul(x, x, transpose_b=True),
    "softmax": lambda x: tf.nn.softmax(x),
    "sum": lambda x: tf.reduce_sum(x, axis=0),
    "mean of all": tf.reduce_mean,
    "norm": tf.norm,
    "standardization": lambda x: (x - tf.reduce_mean(x)) / tf.math.reduce_std(x),
    "inverse": lambda x: tf.linalg.inv(tf.matmul(x, x, transpose_b=True) + tf.eye(4)),
    "determinant": lambda x: tf.linalg.det(x[:, :4]),
    "sort": lambda x: tf.sort(x, axis=0),
    "cumulative": lambda x: tf.cumsum(x, axis=1),
    "condition": lambda x: tf.cond(x[0, 0] > 0, lambda: x * 2.0, lambda: tf.tanh(x)),
    "random": lambda x: x + tf.random.normal([5]),
}


def batches(function, size):
    tf.random.set_seed(3)
    return [np.asarray(b) for b in tf.data.Dataset.from_tensor_slices(X).map(function).batch(size)]


@pytest.mark.parametrize("name", MAPS)
def test_many_at_once_as_one_by_one(name):
    singly = np.concatenate(batches(MAPS[name], 1))
    together = np.concatenate(batches(MAPS[name], 16))
    np.testing.assert_array_equal(together.view(np.uint32), singly.view(np.uint32))
