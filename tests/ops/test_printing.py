"""tf.print of tensors made of several, as TensorFlow 2.21 prints them (recorded)."""

import addax as tf


def test_ragged_and_sparse_tensors(capsys):
    import sys

    rows = tf.ragged.constant([[1], [2, 3]])
    sparse = tf.sparse.from_dense([[1, 0], [0, 2]])
    for item in (rows, [rows, 1], {"a": rows}, tf.ragged.constant([[1.5], []]), tf.ragged.constant([[["a"], []], []])):
        tf.print(item, output_stream=sys.stdout)
    tf.print(tf.ragged.constant([[i] * i for i in range(12)]), summarize=2, output_stream=sys.stdout)
    tf.print(tf.ragged.constant([[i] * i for i in range(4)]), summarize=-1, output_stream=sys.stdout)
    tf.print([sparse], output_stream=sys.stdout)
    tf.function(lambda a, b: tf.print(a, b, output_stream=sys.stdout))(rows, sparse)
    assert capsys.readouterr().out.splitlines() == [
        "[[1], [2, 3]]",
        "[[[1], [2, 3]], 1]",
        "{'a': [[1], [2, 3]]}",
        "[[1.500000], []]",
        "[[['a'], []], []]",
        "[[], [1], ..., [10, 10, ..., 10, 10], [11, 11, ..., 11, 11]]",
        "[[], [1], [2, 2], [3, 3, 3]]",
        "['SparseTensor(indices=[[0 0]",
        " [1 1]], values=[1 2], shape=[2 2])']",
        "[[1], [2, 3]] 'SparseTensor(indices=[[0 0]",
        " [1 1]], values=[1 2], shape=[2 2])'",
    ]


def test_text_alone_stands_unquoted(capsys):
    import sys

    tf.print(tf.constant("hi"), output_stream=sys.stdout)
    tf.function(lambda: tf.print(tf.constant("é"), output_stream=sys.stdout))()
    tf.print(tf.constant("a"), tf.constant("b"), output_stream=sys.stdout)
    tf.print(tf.constant(["c"]), output_stream=sys.stdout)
    assert capsys.readouterr().out.splitlines() == ["hi", "é", '"a" "b"', '["c"]']
