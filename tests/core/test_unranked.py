"""Functions that do not know the rank of an argument."""

import pytest

import addax as tf


def test_code_decides_as_in_tensorflow():
    seen = []

    @tf.function(input_signature=[tf.TensorSpec(None), {"b": tf.TensorSpec([]), "a": tf.TensorSpec(None)}])
    def f(x, rest):
        seen.append((str(x.shape), x.get_shape().rank, rest["a"].shape.rank, rest["b"].shape.rank, x.ndim, str(x)))
        total = tf.reduce_sum(x) if x.shape.rank is None else tf.reduce_max(x)
        return total + rest["b"], tf.shape(x), tf.rank(x), x * 2 - rest["a"], tf.nn.relu(x)

    for shape in ((3, 2), (4, 2), ()):
        total, sizes, rank, difference, _ = f(tf.ones(shape), {"a": tf.constant(1.0), "b": tf.constant(2.0)})
        count = 1
        for size in shape:
            count *= size
        assert float(total) == count + 2 and tuple(sizes.numpy()) == shape and int(rank) == len(shape)
        assert difference.shape == shape
    assert seen[0] == ("<unknown>", None, None, 0, None, 'Tensor("x:0", dtype=float32)') and len(set(seen)) == 1


def test_a_shape_that_is_set_is_known():
    seen = []

    @tf.function(input_signature=[tf.TensorSpec(None)])
    def f(x):
        x.set_shape([None, 2])
        seen.append((x.shape.as_list(), repr(x)))
        return x[:, 0]

    assert f(tf.ones([3, 2])).shape == [3]
    assert seen == [([3, 2], "<tf.Tensor 'x:0' shape=(3, 2) dtype=float32>")]
    with pytest.raises(ValueError, match="set_shape"):
        f(tf.ones([3]))
