"""Python in the middle of a program: results of other kinds, and errors as TensorFlow has them."""

import numpy as np
import pytest

import addax as tf

KINDS = [
    (ValueError("no"), tf.errors.InvalidArgumentError),
    (TypeError("no"), tf.errors.InvalidArgumentError),
    (StopIteration("no"), tf.errors.OutOfRangeError),
    (NotImplementedError("no"), tf.errors.UnimplementedError),
    (MemoryError("no"), tf.errors.ResourceExhaustedError),
    (KeyError("no"), tf.errors.UnknownError),
    (tf.errors.DataLossError(None, None, "no"), tf.errors.DataLossError),
]


@pytest.mark.parametrize(("raised", "kind"), KINDS, ids=lambda each: getattr(each, "__name__", ""))
def test_what_py_function_raises(raised, kind):
    def f(x):
        raise raised

    with pytest.raises(kind, match="no"):
        tf.py_function(f, [tf.constant(1.0)], tf.float32)
    for eager, expected in ((tf.py_function, kind), (tf.numpy_function, kind)):
        with pytest.raises(expected, match="no"), pytest.warns(UserWarning, match="runs eagerly"):
            tf.function(lambda x, call=eager: call(f, [x], tf.float32))(tf.constant(1.0))
    with pytest.raises(type(raised), match="no"):  # called as it is, outside of a tf.function
        tf.numpy_function(f, [tf.constant(1.0)], tf.float32)


def test_ragged_results():
    rows = tf.ragged.constant([[1], [2, 3]])
    spec = tf.RaggedTensorSpec([None, None], tf.int32)
    assert tf.py_function(lambda r: r * 2, [rows], spec).to_list() == [[2], [4, 6]]
    both = tf.py_function(lambda r: (r, tf.reduce_sum(r)), [rows], [spec, tf.int32])
    assert both[0].to_list() == [[1], [2, 3]] and both[1].numpy() == 6
    with pytest.raises(tf.errors.InvalidArgumentError, match="as Tout says"):
        tf.py_function(lambda r: r.flat_values, [rows], spec)


def test_no_result():
    seen = []
    assert tf.numpy_function(lambda x: seen.append(float(x)), [tf.constant(2.0)], []) is None
    assert tf.numpy_function(lambda x: seen.append(float(x)), [tf.constant(3.0)], tf.float32) is None
    assert seen == [2.0, 3.0]


def test_without_a_function_both_are_decorators():
    @tf.numpy_function(Tout=[tf.float32, tf.int32])
    def both(a, b):
        """Twice, and a sum."""
        return a * np.float32(2), np.int32(b.sum())

    twice, total = both(tf.constant([1.0, 2.0]), tf.constant([1, 2]))
    assert twice.numpy().tolist() == [2.0, 4.0] and int(total) == 3
    assert both.__name__ == "both" and both.__doc__ == "Twice, and a sum."

    @tf.py_function(Tout=tf.float32)
    def product(x, y):
        return x * y

    x = tf.constant(3.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = product(x, x)
    assert float(y) == 9.0 and float(tape.gradient(y, x)) == 6.0
    with pytest.raises(TypeError, match="Missing required argument: 'Tout'"):
        tf.numpy_function()
    with pytest.raises(TypeError, match="Missing required argument: 'Tout'"):
        tf.py_function(np.sin, [1.0])
    with pytest.raises(TypeError, match="Don't set the `inp` argument"):
        tf.numpy_function(inp=[1.0], Tout=tf.float32)
