"""Indexing is NumPy's, as far as TensorFlow's goes; what is out of bounds is refused."""

import numpy as np
import pytest

import addax as tf
from addax.ops import indexing

ARRAY = np.arange(24, dtype=np.float32).reshape(2, 3, 4)

KEYS = [
    0,
    -1,
    (1, 2),
    (1, 2, 3),
    (-1, -1, -1),
    slice(1),
    slice(1, 9),
    (slice(None), 1),
    (slice(None), slice(None, None, -1)),
    (Ellipsis, 0),
    (Ellipsis, slice(1, 3)),
    (None, 1),
    (0, None, Ellipsis),
    (slice(None, None, 2), slice(0, 0)),
    (1, slice(None, None, -2), slice(-3, -1)),
    (slice(5, None),),
    (),
    (0, Ellipsis, None),
    np.int64(1),
    (slice(None), slice(2, None, -1), slice(3, 0, -2)),
]


@pytest.mark.parametrize("key", KEYS, ids=str)
def test_eager_traced_and_variables_agree_with_numpy(key):
    expected = ARRAY[key]
    np.testing.assert_array_equal(tf.constant(ARRAY)[key].numpy(), expected)
    np.testing.assert_array_equal(tf.Variable(ARRAY)[key].numpy(), expected)
    np.testing.assert_array_equal(tf.function(lambda x: x[key])(tf.constant(ARRAY)).numpy(), expected)
    words = ARRAY.astype(int).astype(str)
    np.testing.assert_array_equal(tf.constant(words)[key].numpy(), np.char.encode(words)[key])


@pytest.mark.parametrize("key", [0, (1, 2), (slice(None), slice(None, None, -1), 1), (Ellipsis, slice(1, 3))], ids=str)
def test_the_gradient_is_one_where_the_index_points(key):
    expected = np.zeros_like(ARRAY)
    expected[key] = 1

    def grad(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = x[key]
        return tape.gradient(y, x)

    np.testing.assert_array_equal(grad(tf.constant(ARRAY)), expected)
    np.testing.assert_array_equal(tf.function(grad)(tf.constant(ARRAY)), expected)


def test_masks_and_scalar_tensors():
    x = tf.constant(ARRAY)
    np.testing.assert_array_equal(x[x > 20.0], ARRAY[ARRAY > 20])
    np.testing.assert_array_equal(x[tf.constant([True, False])], ARRAY[[True, False]])
    np.testing.assert_array_equal(x[tf.constant(1), tf.constant(-1, tf.int64)], ARRAY[1, -1])
    pick = tf.function(lambda x, i: x[:, i])
    np.testing.assert_array_equal(pick(x, tf.constant(2)), ARRAY[:, 2])
    np.testing.assert_array_equal(pick(x, tf.constant(-1)), ARRAY[:, -1])


def test_a_loop_over_rows_compiles_once():
    x = tf.constant(np.arange(40.0).reshape(20, 2))
    assert [float(row[0]) for row in x] == [2.0 * i for i in range(20)]
    before = len(indexing._plans)
    for i in range(15):
        assert x[i : i + 3].shape == (3, 2)
    assert len(indexing._plans) <= before + 1


@pytest.mark.parametrize(
    ("key", "error", "words"),
    [
        (5, tf.errors.InvalidArgumentError, "slice index 5 of dimension 0 out of bounds"),
        ((0, -4), tf.errors.InvalidArgumentError, "slice index -4 of dimension 1 out of bounds"),
        ((0, 0, 0, 0), tf.errors.InvalidArgumentError, "Index out of range using input dim 3"),
        (slice(None, None, 0), tf.errors.InvalidArgumentError, "non-zero"),
        ((Ellipsis, Ellipsis), tf.errors.InvalidArgumentError, "Multiple ellipses"),
        (1.0, TypeError, "Only integers, slices"),
        ("a", TypeError, "Only integers, slices"),
        (np.array([0, 1]), TypeError, "Only integers, slices"),
        (True, ValueError, "mask cannot be scalar"),
    ],
    ids=str,
)
def test_wrong_indices(key, error, words):
    with pytest.raises(error, match=words):
        tf.constant(ARRAY)[key]


def test_slice_and_strided_slice():
    x = tf.constant(ARRAY)
    np.testing.assert_array_equal(tf.slice(x, [0, 1, 2], [-1, 2, 1]), ARRAY[:, 1:3, 2:3])
    np.testing.assert_array_equal(tf.strided_slice(x, [0, 2], [2, 0], [1, -1]), ARRAY[0:2, 2:0:-1])
    np.testing.assert_array_equal(
        tf.strided_slice(x, [1, 0, 0], [2, 3, 4], shrink_axis_mask=1, end_mask=2), ARRAY[1, 0:, 0:4]
    )
    moved = tf.function(lambda x, begin: tf.slice(x, begin, [1, 1, 2]))(x, tf.constant([1, 2, 1]))
    np.testing.assert_array_equal(moved, ARRAY[1:2, 2:3, 1:3])
    with pytest.raises(tf.errors.InvalidArgumentError, match="size"):
        tf.slice(x, [0, 1, 2], [2, 3, 1])


def test_a_slice_of_a_variable_can_be_assigned_to():
    v = tf.Variable([[1.0, 2.0], [3.0, 4.0]])
    assert v[0, 1].assign(9.0) is v
    v[1:].assign([[5.0, 6.0]])
    v[tf.constant(0), 0].assign(7.0)
    assert v.numpy().tolist() == [[7, 9], [5, 6]]
    write = tf.function(lambda i, x: v[i].assign(x))
    write(tf.constant(1), tf.constant([0.0, 1.0]))
    assert v.numpy().tolist() == [[7, 9], [0, 1]]
    with tf.GradientTape() as tape:
        y = v[1, 1] * v[1, 1]
    assert tape.gradient(y, v).numpy().tolist() == [[0, 0], [0, 2]]
    with pytest.raises(ValueError, match="broadcasts"):
        v[0].assign([1.0, 2.0, 3.0])
    once = tf.function(lambda x: x + 1.0)
    once(v[0]), once(v[1]), once(tf.constant([1.0, 2.0]))
    assert once.experimental_get_tracing_count() == 1


def test_gather_nd_of_strings_in_batches():
    words = tf.constant([["a", "b"], ["c", "d"]])
    assert tf.gather_nd(words, [[1], [0]], batch_dims=1).numpy().tolist() == [b"b", b"c"]
    assert tf.gather_nd(words, [[[1], [0]], [[0], [0]]], batch_dims=1).numpy().tolist() == [[b"b", b"a"], [b"c"] * 2]
    assert tf.gather_nd(words, tf.zeros((2, 0), tf.int32), batch_dims=1).numpy().tolist() == words.numpy().tolist()
    assert tf.linalg.adjoint(words).numpy().tolist() == [[b"a", b"c"], [b"b", b"d"]]
