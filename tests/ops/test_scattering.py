"""Entries put into tensors, and rows taken out: TensorFlow's values and gradients, measured."""

import numpy as np

import addax as tf


def slopes(function, *values):
    values = [tf.constant(value) for value in values]
    with tf.GradientTape() as tape:
        tape.watch(values)
        out = function(*values)
        total = tf.reduce_sum(out * tf.range(1.0, 1.0 + out.shape[0], dtype=out.dtype))
    return [tf.convert_to_tensor(each).numpy().tolist() for each in tape.gradient(total, values)]


def test_every_update_of_an_entry_gets_its_gradient():
    def update(tensor, updates):
        return tf.tensor_scatter_nd_update(tensor, [[0], [0], [2]], updates)

    assert slopes(update, np.zeros(4), np.ones(3)) == [[0, 2, 0, 4], [1, 1, 3]]
    assert slopes(tf.function(update), np.zeros(4), np.ones(3)) == [[0, 2, 0, 4], [1, 1, 3]]
    assert slopes(lambda a, b: tf.dynamic_stitch([0, [1, 0]], [a, b]), 3.0, [7.0, 8.0]) == [1, [2, 1]]


def test_strings():
    text = tf.constant([["a", "b", "c"], ["d", "e", "f"]])
    assert tf.scatter_nd([[0], [2], [0]], tf.constant(["x", "y", "z"]), [4]).numpy().tolist() == [b"xz", b"", b"y", b""]
    assert tf.gather_nd(text, np.zeros((2, 0), np.int32)).shape == (2, 2, 3)
    assert tf.reverse_sequence(text, [2, 3], 1).numpy().tolist() == [[b"b", b"a", b"c"], [b"f", b"e", b"d"]]
    assert tf.one_hot([0, 1], 2, dtype=tf.string, on_value="a", off_value="b").numpy().tolist() == [
        [b"a", b"b"],
        [b"b", b"a"],
    ]
    deep = tf.reshape(tf.constant(["a", "b", "c", "d"]), [1, 1, 1, 4])
    wide = tf.nn.depth_to_space(deep, 2)
    assert wide.shape == (1, 2, 2, 1)
    assert tf.nn.space_to_depth(wide, 2).numpy().ravel().tolist() == [b"a", b"b", b"c", b"d"]


def test_gathering_nothing():
    assert tf.gather(tf.zeros([3, 0]), tf.zeros([2, 0], tf.int32), axis=-1).shape == (3, 2, 0)
    assert tf.gather(tf.zeros([0]), tf.zeros([2, 0], tf.int32)).shape == (2, 0)
    empty = tf.zeros([3, 0])
    with tf.GradientTape() as tape:
        tape.watch(empty)
        out = tf.gather(empty, tf.zeros([0], tf.int32))
    assert tf.convert_to_tensor(tape.gradient(out, empty)).shape == (3, 0)
    assert tf.searchsorted(tf.zeros([0]), [1.0, 2.0]).numpy().tolist() == [0, 0]


def test_nan_is_less_than_nothing_and_equal_to_nothing():
    nan = float("nan")
    assert tf.searchsorted([1.0, 2.0, 3.0], [nan, 2.0]).numpy().tolist() == [0, 1]
    assert tf.searchsorted([1.0, 2.0, 3.0], [nan, 2.0], side="right").numpy().tolist() == [3, 2]
    assert tf.unique([nan, 1.0, nan, 1.0]).idx.numpy().tolist() == [0, 1, 2, 1]


def test_gather_with_negative_batch_dims_takes_that_axis():
    x = tf.reshape(tf.range(24), [2, 3, 4])
    out = tf.gather(x, [[0, 1], [2, 3]], batch_dims=-1)
    assert out.shape == (2, 3, 2)
    assert out.numpy()[1].tolist() == [[14, 15], [18, 19], [22, 23]]
