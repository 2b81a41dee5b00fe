"""Shapes of ragged tensors, and what is made with them; the recorded texts and numbers are TensorFlow's."""

import pytest

import addax as tf

DRS = tf.experimental.DynamicRaggedShape
of = DRS.from_lengths


def shown(shape):
    text = repr(shape)
    assert text.startswith("<DynamicRaggedShape lengths=[")
    return text.removeprefix("<DynamicRaggedShape lengths=").removesuffix(">").replace(" num_row_partitions=", " ")


RAGGED = tf.ragged.constant([[[1, 2], [3]], [], [[4, 5, 6]]])
INNER = tf.ragged.constant([[[1, 2], [3, 4]], [[5, 6]]], ragged_rank=1)


@pytest.mark.parametrize(
    ("shape", "text"),
    [
        (lambda: tf.shape(RAGGED), "[3, (2, 0, 1), (2, 1, 3)] 2"),
        (lambda: tf.shape(INNER), "[2, (2, 1), 2] 1"),
        (lambda: DRS.from_tensor(tf.zeros([2, 3])), "[2, 3] 0"),
        (lambda: DRS.from_tensor(tf.constant(3)), "[] 0"),
        (lambda: of([2, (2, 1), 3], num_row_partitions=2), "[2, (2, 1), 3] 2"),
        (lambda: of([2, (2, 1), 3]), "[2, (2, 1), 3] 1"),
        (lambda: DRS.from_row_partitions(tf.shape(RAGGED).row_partitions), "[3, (2, 0, 1), (2, 1, 3)] 2"),
        (lambda: tf.shape(RAGGED)[:2], "[3, (2, 0, 1)] 1"),
        (lambda: tf.shape(RAGGED)[:1], "[3] 0"),
        (lambda: of([2, 3, 4])[1:], "[3, 4] 0"),
        (lambda: DRS([], tf.constant([2, 3])), "[2, 3] 0"),
    ],
)
def test_shapes(shape, text):
    assert shown(shape()) == text


def test_what_a_shape_says():
    shape = tf.shape(INNER, out_type=tf.int64)
    assert (shape.rank, shape.inner_rank, shape.num_row_partitions) == (3, 2, 1)
    assert shape.static_lengths(ragged_lengths=False) == [2, None, 2]
    assert shape.inner_shape.numpy().tolist() == [3, 2]
    assert [shape.is_uniform(axis) for axis in range(3)] == [True, False, True]
    assert (int(shape[0]), int(shape[-1]), shape[0].dtype) == (2, 2, tf.int64)
    assert tf.shape(INNER)[0].dtype is tf.int32
    assert shape.with_dtype(tf.int32).row_partitions[0].dtype is tf.int32
    assert bool(shape == DRS.from_tensor(INNER))
    assert int(tf.function(lambda s: s[0] + 1)(shape)) == 3


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda: of([2, (2, 1), (1, 2)]), ValueError),
        (lambda: of([3, (2, 1)]), ValueError),
        (lambda: of([(1, 2)]), ValueError),
        (lambda: DRS.from_row_partitions([]), ValueError),
        (lambda: tf.shape(RAGGED)[1], ValueError),
        (lambda: tf.shape(RAGGED)[1:], ValueError),
        (lambda: tf.shape(RAGGED)[3], IndexError),
        (lambda: tf.shape(RAGGED)[0:1:2], IndexError),
        (lambda: tf.shape(RAGGED).is_uniform(3), IndexError),
        (lambda: tf.random.uniform(tf.shape(RAGGED)), ValueError),
    ],
)
def test_refused(call, error):
    with pytest.raises(error, match="DynamicRaggedShape"):
        call()


def test_tensors_of_a_shape():
    shape = tf.shape(RAGGED)
    assert tf.zeros(shape).to_list() == [[[0.0, 0.0], [0.0]], [], [[0.0, 0.0, 0.0]]]
    assert tf.ones(shape, tf.int32).to_list() == tf.fill(shape, 1).to_list() == [[[1, 1], [1]], [], [[1, 1, 1]]]
    assert tf.zeros(of([1, (2,)]), tf.string).to_list() == [[b"", b""]]
    assert tf.reshape(tf.range(6), tf.shape(INNER)).to_list() == [[[0, 1], [2, 3]], [[4, 5]]]
    assert tf.reshape(RAGGED, tf.shape(INNER)).to_list() == INNER.to_list()
    assert tf.reshape(RAGGED, [2, 3]).numpy().tolist() == [[1, 2, 3], [4, 5, 6]]
    assert tf.function(lambda r: tf.reshape(r, tf.shape(r)) * 2)(RAGGED).to_list() == (RAGGED * 2).to_list()
