"""What ragged shapes and tensors broadcast to; the recorded shapes and numbers are TensorFlow's."""

import pytest

import addax as tf

of = tf.experimental.DynamicRaggedShape.from_lengths
REFUSED = tf.errors.InvalidArgumentError


@pytest.mark.parametrize(
    ("a", "b", "lengths", "partitions"),
    [
        ([2, (2, 1)], [2, 1], [2, (2, 1)], 1),
        ([2, (2, 1)], [4, 1, 1], [4, 2, (2, 1, 2, 1, 2, 1, 2, 1)], 2),
        ([4, 1, 1], [2, (2, 1)], [4, 2, (2, 1, 2, 1, 2, 1, 2, 1)], 2),
        ([1, 3], [2, 1], [2, 3], 0),
        ([1, (3,)], [2, 1], [2, (3, 3)], 1),
        ([1, (3,), 5], [2, 1, 1], [2, (3, 3), 5], 1),
        ([2, (2, 1), (1, 2, 3)], [2, (2, 1), 1], [2, (2, 1), (1, 2, 3)], 2),
        ([2, 1, 4], [2, (2, 1), 1], [2, (2, 1), 4], 1),
        ([], [2, (2, 1), 1], [2, (2, 1), 1], 1),
        ([1, 1, (4,)], [2, (2, 1), 1], [2, (2, 1), (4, 4, 4)], 2),
        ([1, (3,), 1], [1, 3, (1, 3, 0)], [1, (3,), (1, 3, 0)], 2),
        ([1, (2,)], [2], [1, (2,)], 1),
        ([2, (2, 1)], [2, (1, 1)], None, 0),
        ([2, (2, 1)], [3, 1], None, 0),
    ],
)
def test_shapes(a, b, lengths, partitions):
    if lengths is None:
        with pytest.raises(REFUSED, match="they differ in dimension"):
            tf.broadcast_dynamic_shape(of(a), of(b))
        return
    for found in (tf.broadcast_dynamic_shape(of(a), of(b)), tf.broadcast_dynamic_shape(of(b), of(a))):
        assert found.static_lengths() == lengths
        assert found.num_row_partitions == partitions


def test_a_ragged_shape_beside_a_vector():
    found = tf.broadcast_dynamic_shape(of([2, (2, 1), 2]), tf.constant([1, 1, 1]))
    assert found.static_lengths() == [2, (2, 1), 2]


@pytest.mark.parametrize(
    ("value", "shape", "rows"),
    [
        (1, [2, (2, 1)], [[1, 1], [1]]),
        ([[1], [2]], [2, (2, 1)], [[1, 1], [2]]),
        ([[[1]], [[2]]], [2, (2, 1), 2], [[[1, 1], [1, 1]], [[2, 2]]]),
        (tf.ragged.constant([[1, 2, 3]]), [2, (3, 3)], [[1, 2, 3], [1, 2, 3]]),
        (
            tf.ragged.constant([[[1], [2]], [[3]]], ragged_rank=1), [2, (2, 1), (2, 0, 3)],
            [[[1, 1], []], [[3, 3, 3]]],
        ),
    ],
)  # fmt: skip
def test_broadcast_to(value, shape, rows):
    assert tf.broadcast_to(value, of(shape)).to_list() == rows


@pytest.mark.parametrize(
    ("value", "shape", "error"),
    [
        ([[1], [2]], [2, (2, 1), 2], REFUSED),
        (tf.ragged.constant([[1], [2], [3]]), [3, (2, 0, 1)], REFUSED),
        ([1, 2], [1, (2,)], None),
        ([[1], [2]], [3, (1, 2, 0)], REFUSED),
        ([[1]], [2], ValueError),
    ],
)
def test_broadcast_to_what_does_not_fit(value, shape, error):
    if error is None:
        assert tf.broadcast_to(value, of(shape)).to_list() == [[1, 2]]
        return
    with pytest.raises(error):
        tf.broadcast_to(value, of(shape))


def test_operators_broadcast():
    rows = tf.ragged.constant([[1, 2], [3]])
    assert (tf.ragged.constant([[1, 2, 3]]) + tf.constant([[10], [20]])).to_list() == [[11, 12, 13], [21, 22, 23]]
    assert (rows + tf.constant([[[1]], [[2]]])).to_list() == [[[2, 3], [4]], [[3, 4], [5]]]
    assert (tf.RaggedTensor.from_tensor([[1, 2], [3, 4]]) + tf.constant([10, 20])).to_list() == [[11, 22], [13, 24]]
    assert tf.where(rows > 1, rows, tf.constant([[7], [8]])).to_list() == [[7, 2], [3]]
    for other in (tf.ragged.constant([[10], [20]]), tf.constant([10, 20]), tf.constant([[1], [2], [3]])):
        with pytest.raises(REFUSED):
            rows + other


def test_gradients_of_what_is_broadcast():
    x = tf.constant([[1.0], [2.0]])
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = tf.reduce_sum(tf.broadcast_to(x, of([2, (3, 0)])).flat_values ** 2)
    assert tape.gradient(loss, x).numpy().tolist() == [[6.0], [0.0]]
