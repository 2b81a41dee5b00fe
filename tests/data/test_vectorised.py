"""Maps that run over many elements at once give the same bits as calls of the same function for each element."""

import numpy as np
import pytest

import addax as tf

Dataset = tf.data.Dataset
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


def test_functions_of_batches_take_many_batches_at_once():
    x = np.arange(70, dtype=np.float32).reshape(35, 2)
    data = Dataset.from_tensor_slices((x, np.arange(35)))

    def normal(a, b):
        return {"a": a - tf.reduce_mean(a, axis=0), "pair": (tf.one_hot(b, 3), tf.zeros([1]), tf.reduce_sum(b)[None])}

    def plain(element):
        return tf.nest.map_structure(lambda leaf: np.asarray(leaf).tolist(), element)

    makers = (
        lambda: data.batch(4),
        lambda: data.batch(4, drop_remainder=True),
        lambda: data.shuffle(9, seed=1).batch(4).prefetch(2),
    )
    for batched in makers:
        mapped = batched().map(normal, num_parallel_calls=tf.data.AUTOTUNE)
        node = mapped._node.inputs[0].behind_prefetch
        assert (mapped._node.in_blocks, mapped._node.how()) == (node.in_blocks, "compiled, many batches at once")
        expected = [plain(normal(*batch)) for batch in batched()]
        assert [plain(element) for element in mapped.prefetch(1)] == expected
        assert [plain(element) for element in batched().map(normal).skip(3)] == expected[3:]
    again = data.batch(4).map(normal)
    stream, count = again._batches(), 0
    while got := stream.several(3)[0]:
        count += got
    assert count == 9
    iterator = iter(data.batch(4).map(normal))
    for _ in range(9):
        other = iter(data.batch(4).map(normal))
        other.set_state(iterator.get_state())
        assert plain(next(other)) == plain(next(iterator))


def test_functions_of_batches_that_need_each_one_alone():
    data = Dataset.range(20).batch(4)
    state = tf.Variable(0, dtype=tf.int64)
    assert not data.map(lambda v: state.assign_add(v[0])[None])._node.in_blocks
    assert not data.map(lambda v: tf.random.shuffle(v))._node.in_blocks
    assert not data.map(tf.reduce_sum)._node.in_blocks, "its results have no rows"
    assert [int(v) for v in data.map(tf.reduce_sum)] == [6, 22, 38, 54, 70]
