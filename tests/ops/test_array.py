"""Making, shaping, joining, picking and ordering tensors."""

import numpy as np
import pytest

import addax as tf

X = np.arange(12, dtype=np.float32).reshape(3, 4)


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (lambda: tf.zeros([2, 1]), np.zeros((2, 1), np.float32)),
        (lambda: tf.ones(tf.constant([2]), tf.int64), np.ones(2, np.int64)),
        (lambda: tf.zeros([1], tf.string), np.array([b""], object)),
        (lambda: tf.zeros_like([1, 2], dtype=tf.bool), np.zeros(2, bool)),
        (lambda: tf.ones_like(X), np.ones_like(X)),
        (lambda: tf.fill([2, 1], 7), np.full((2, 1), 7, np.int32)),
        (lambda: tf.fill([2], "a"), np.array([b"a", b"a"], object)),
        (lambda: tf.eye(2, 3, batch_shape=[2]), np.stack([np.eye(2, 3, dtype=np.float32)] * 2)),
        (lambda: tf.range(5), np.arange(5, dtype=np.int32)),
        (lambda: tf.range(10, 0, -3), np.array([10, 7, 4, 1], np.int32)),
        (lambda: tf.range(0.0, 1.0, 0.25), np.array([0, 0.25, 0.5, 0.75], np.float32)),
        (lambda: tf.range(3, dtype=tf.int64), np.arange(3)),
        (lambda: tf.linspace(0, 1, 3), np.array([0, 0.5, 1])),
        (lambda: tf.linspace([0.0, 1.0], [1.0, 3.0], 2, axis=1), np.array([[0, 1], [1, 3]], np.float32)),
        (lambda: tf.one_hot([0, 3], 3), np.array([[1, 0, 0], [0, 0, 0]], np.float32)),
        (lambda: tf.one_hot([1], 2, on_value=5, off_value=-1, axis=0), np.array([[-1], [5]], np.int32)),
        (lambda: tf.sequence_mask([1, 3, 0]), np.array([[1, 0, 0], [1, 1, 1], [0, 0, 0]], bool)),
        (lambda: tf.sequence_mask([1], 2, tf.float32), np.array([[1, 0]], np.float32)),
        (lambda: tf.meshgrid([1, 2], [3, 4, 5])[1], np.meshgrid([1, 2], [3, 4, 5])[1].astype(np.int32)),
        (lambda: tf.shape(X), np.array([3, 4], np.int32)),
        (lambda: tf.size(X, tf.int64), np.int64(12)),
        (lambda: tf.rank(X), np.int32(2)),
        (lambda: tf.reshape(X, [2, -1]), X.reshape(2, 6)),
        (lambda: tf.transpose(X), X.T),
        (lambda: tf.transpose(X[None], [1, 0, 2]), X[:, None]),
        (lambda: tf.squeeze(X[None, :, None], [0]), X[:, None]),
        (lambda: tf.expand_dims(X, -1), X[..., None]),
        (lambda: tf.broadcast_to(X[:1], [2, 4]), np.broadcast_to(X[:1], (2, 4))),
        (lambda: tf.concat([X, X], 1), np.concatenate([X, X], 1)),
        (lambda: tf.concat([["a"], ["b"]], 0), np.array([b"a", b"b"], object)),
        (lambda: tf.stack([X, X], -1), np.stack([X, X], -1)),
        (lambda: tf.unstack(X, axis=1)[2], X[:, 2]),
        (lambda: tf.split(X, [1, -1], 1)[1], X[:, 1:]),
        (lambda: tf.split(X, 3)[2], X[2:]),
        (lambda: tf.tile(X, [1, 2]), np.tile(X, (1, 2))),
        (lambda: tf.repeat(X, [1, 0, 2], 0), np.repeat(X, [1, 0, 2], 0)),
        (lambda: tf.repeat([1, 2], 2), np.array([1, 1, 2, 2], np.int32)),
        (lambda: tf.pad(X, [[1, 0], [0, 2]], constant_values=9), np.pad(X, [[1, 0], [0, 2]], constant_values=9)),
        (lambda: tf.pad(X, [[1, 1], [2, 2]], "REFLECT"), np.pad(X, [[1, 1], [2, 2]], "reflect")),
        (lambda: tf.pad(X, [[1, 1], [2, 2]], "SYMMETRIC"), np.pad(X, [[1, 1], [2, 2]], "symmetric")),
        (lambda: tf.reverse(X, [0, -1]), X[::-1, ::-1]),
        (lambda: tf.reverse_sequence(X, [1, 2, 4], seq_axis=1), np.stack([X[0], X[1][[1, 0, 2, 3]], X[2][::-1]])),
        (lambda: tf.roll(X, [1, -1], [0, 1]), np.roll(X, (1, -1), (0, 1))),
        (lambda: tf.gather(X, [2, 0]), X[[2, 0]]),
        (lambda: tf.gather(X, [[1, 0]], axis=1), X[:, [[1, 0]]]),
        (
            lambda: tf.gather(X, [[1], [0], [3]], axis=1, batch_dims=1),
            np.take_along_axis(X, np.array([[1], [0], [3]]), 1),
        ),
        (lambda: tf.gather(["a", "b"], [1, 1]), np.array([b"b", b"b"], object)),
        (lambda: tf.gather_nd(X, [[0, 1], [2, 3]]), X[[0, 2], [1, 3]]),
        (lambda: tf.gather_nd(X, [[1], [0], [3]], batch_dims=1), X[[0, 1, 2], [1, 0, 3]]),
        (lambda: tf.where(X > 5, X, 0.0), np.where(X > 5, X, 0)),
        (lambda: tf.where(X > 9), np.argwhere(X > 9)),
        (lambda: tf.boolean_mask(X, [True, False, True, True], axis=1), X[:, [0, 2, 3]]),
        (lambda: tf.scatter_nd([[1], [1]], [2.0, 3.0], [3]), np.array([0, 5, 0], np.float32)),
        (lambda: tf.tensor_scatter_nd_add(X, [[0, 0]], [5.0])[0], X[0] + np.float32([5, 0, 0, 0])),
        (lambda: tf.tensor_scatter_nd_max(X, [[0, 0], [2, 3]], [5.0, 5.0])[2], X[2]),
        (lambda: tf.dynamic_stitch([[0, 2], [1, 0]], [[1, 3], [2, 9]]), np.array([9, 2, 3], np.int32)),
        (lambda: tf.sort([3, 1, 2], direction="DESCENDING"), np.array([3, 2, 1], np.int32)),
        (lambda: tf.argsort([3, 1, 3, 2], direction="DESCENDING"), np.array([0, 2, 3, 1], np.int32)),
        (lambda: tf.argsort(tf.constant([1, 2], tf.uint8), direction="DESCENDING"), np.array([1, 0], np.int32)),
        (lambda: tf.searchsorted([[1, 3, 5]], [[3, 6]], side="right"), np.array([[2, 3]], np.int32)),
        (lambda: tf.unique([3, 1, 3]).y, np.array([3, 1], np.int32)),
        (lambda: tf.unique_with_counts(["a", "b", "a"]).count, np.array([2, 1], np.int32)),
        (lambda: tf.unravel_index([5, 0], [2, 3]), np.array([[1, 0], [2, 0]], np.int32)),
        (lambda: tf.bitcast([1.0], tf.int32), np.array([1065353216], np.int32)),
        (lambda: tf.broadcast_dynamic_shape([2, 1], [3]), np.array([2, 3], np.int32)),
    ],
)
def test_values(made, expected):
    out = made().numpy()
    np.testing.assert_array_equal(out, expected)
    assert np.asarray(out).dtype == np.asarray(expected).dtype
    assert np.shape(out) == np.shape(expected)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: tf.reshape(X, [5]), tf.errors.InvalidArgumentError, "12 values, but the requested shape has 5"),
        (lambda: tf.reshape(X, [-1, -1]), tf.errors.InvalidArgumentError, "Only one input size may be -1"),
        (lambda: tf.squeeze(X, [0]), tf.errors.InvalidArgumentError, "expected a dimension of 1, got 3"),
        (lambda: tf.concat([X, [1.0]], 0), tf.errors.InvalidArgumentError, "Ranks of all input tensors should match"),
        (lambda: tf.concat([X, X[:, :2]], 0), tf.errors.InvalidArgumentError, "Dimensions of inputs should match"),
        (lambda: tf.stack([X, X[0]]), tf.errors.InvalidArgumentError, "Shapes of all inputs must match"),
        (lambda: tf.gather(X, [5]), tf.errors.InvalidArgumentError, r"indices\[0\] = 5 is not in \[0, 3\)"),
        (lambda: tf.gather(X, [-1]), tf.errors.InvalidArgumentError, "is not in"),
        (lambda: tf.gather(X, [0.0]), tf.errors.InvalidArgumentError, "integer"),
        (lambda: tf.gather_nd(X, [[0, 9]]), tf.errors.InvalidArgumentError, "does not index into param shape"),
        (lambda: tf.scatter_nd([[5]], [1.0], [3]), tf.errors.InvalidArgumentError, "does not index into shape"),
        (lambda: tf.transpose(X, [0]), tf.errors.InvalidArgumentError, "vector of size 2"),
        (lambda: tf.split(X, 2), tf.errors.InvalidArgumentError, "evenly divide"),
        (lambda: tf.where(tf.constant(X), X, X), tf.errors.InvalidArgumentError, "bool"),
        (lambda: tf.where(X > 0, X), ValueError, "both"),
        (lambda: tf.boolean_mask(X, [True]), ValueError, "incompatible"),
        (lambda: tf.range(1, 5, 0), tf.errors.InvalidArgumentError, "delta != 0"),
        (lambda: tf.zeros([-1]), tf.errors.InvalidArgumentError, ">= 0"),
        (lambda: tf.pad(X, [[1, 1]]), tf.errors.InvalidArgumentError, "rank of inputs"),
        (lambda: tf.pad(X, [[4, 0], [0, 0]], "REFLECT"), tf.errors.InvalidArgumentError, "no greater"),
        (lambda: tf.broadcast_to(X, [2, 4]), tf.errors.InvalidArgumentError, "Incompatible shapes"),
        (lambda: tf.sort(X, direction="UP"), ValueError, "ASCENDING"),
        (lambda: tf.ensure_shape(X, [4, None]), tf.errors.InvalidArgumentError, "not compatible"),
        (lambda: tf.broadcast_static_shape(tf.TensorShape([2]), tf.TensorShape([3])), ValueError, "Incompatible"),
    ],
)
def test_refusals(call, error, words):
    with pytest.raises(error, match=words):
        call()


@pytest.mark.parametrize(
    "function",
    [
        lambda x: tf.gather(x, [2, 2, 0]), lambda x: tf.boolean_mask(x, X > 5), lambda x: tf.concat([x, x], 0),
        lambda x: tf.stack([x, 2 * x]), lambda x: tf.split(x, 2, 1)[0], lambda x: tf.pad(x, [[1, 1], [0, 0]]),
        lambda x: tf.where(x > 5, x, 0.0), lambda x: tf.tensor_scatter_nd_update(x, [[0]], x[1:2]),
        lambda x: tf.roll(tf.reverse(x, [0]), 1, 1), lambda x: tf.repeat(x, 2, 0), lambda x: tf.sort(-x),
    ],
)  # fmt: skip
def test_gradients_eager_and_traced_agree_with_differences(function):
    weights = tf.constant(np.random.default_rng(0).normal(size=np.shape(function(tf.constant(X)))).astype(np.float32))

    def grad(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.reduce_sum(function(x) * weights)
        return tape.gradient(y, x)

    x = tf.constant(X)
    eager = np.asarray(tf.convert_to_tensor(grad(x)))
    np.testing.assert_allclose(tf.convert_to_tensor(tf.function(grad)(x)), eager, rtol=1e-5)
    base, probe = float(tf.reduce_sum(function(x) * weights)), X.copy()
    probe[1, 2] += 0.25
    moved = float(tf.reduce_sum(function(tf.constant(probe)) * weights))
    np.testing.assert_allclose((moved - base) / 0.25, eager[1, 2], rtol=1e-3, atol=1e-3)


def test_shapes_are_constants_while_a_function_is_traced():
    @tf.function
    def f(x):
        assert not tf.shape(x).is_symbolic and tf.get_static_value(tf.size(x)) == 12
        return tf.reshape(x, [tf.shape(x)[1], -1])

    assert f(tf.constant(X)).shape == (4, 3)
    assert tf.get_static_value(f(tf.constant(X))).shape == (4, 3)


@pytest.mark.parametrize("function", [tf.stop_gradient, tf.zeros_like, tf.ones_like])
def test_constants_of_the_tape_have_no_gradient(function):
    x = tf.constant([1.0, 2.0])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        constant, product = 2.0 * function(x), function(x) * x
    assert tape.gradient(constant, x) is None
    np.testing.assert_array_equal(tape.gradient(product, x), function(x))


def test_strings_and_bools_beside_numbers():
    text = tf.constant(["a", "b"])
    assert tf.zeros_like(text, dtype=tf.int32).dtype == tf.int32
    assert tf.pad(text, [[1, 1]], "SYMMETRIC").numpy().tolist() == [b"a", b"a", b"b", b"b"]
    assert tf.pad([True, False], [[1, 1]], "REFLECT").numpy().tolist() == [False, True, False, True]


def test_axes_out_of_range_of_lists_are_value_errors():
    two = tf.ones(2)
    for bad in (lambda: tf.stack([two, two], axis=3), lambda: tf.unstack(two, axis=2), lambda: tf.repeat(two, 2, 2)):
        with pytest.raises(ValueError, match="out of range"):
            bad()


def test_the_rows_of_one_tensor_are_stacked_and_scalars_repeated():
    rows = tf.constant([[1, 2, 3], [4, 5, 6]])
    assert tf.stack(rows).numpy().tolist() == rows.numpy().tolist()
    assert tf.stack(rows, axis=1).numpy().tolist() == [[1, 4], [2, 5], [3, 6]]
    assert tf.stack(tf.constant([["a"], ["b"]])).shape == (2, 1)
    assert tf.repeat(3, 2, axis=0).numpy().tolist() == [3, 3]


@pytest.mark.parametrize(
    "made",
    [
        lambda x, h: tf.tile(x, [tf.math.ceil(h), 1])[:2],
        lambda x, h: tf.tile(x, np.array([2.0, 1.0]))[:2],
        lambda x, h: tf.reshape(x, [h, -1]),
        lambda x, h: tf.reshape(x, np.array([2.0, 3.0])),
        lambda x, h: tf.zeros([h, 3]),
        lambda x, h: tf.ones(np.array([2.0, 3.0])),
        lambda x, h: tf.fill([h, 3], 1.0),
        lambda x, h: tf.broadcast_to(x, [h, 3]),
        lambda x, h: tf.slice(tf.ones((3, 3)), [0, 0], [h, 3]),
        lambda x, h: tf.pad(tf.ones((1, 1)), [[h - 1.0, 0], [h, 0]]),
    ],
)
def test_sizes_that_start_with_a_floating_tensor_are_cast(made):
    assert made(tf.ones((2, 3)), tf.constant(2.0)).shape == (2, 3)


def test_other_floating_sizes_are_refused():
    x = tf.ones((7, 3))
    for sizes in ([7.5, 1], tf.constant([7.25, 1.0]), [7, tf.constant(1.5)]):
        with pytest.raises(tf.errors.InvalidArgumentError):
            tf.tile(x, sizes)


def test_rows_that_nobody_stitches_are_zeros():
    assert tf.dynamic_stitch([[0, 3]], [[7, 1]]).numpy().tolist() == [7, 0, 0, 1]
    assert tf.dynamic_stitch([0, [3]], ["a", ["b"]]).numpy().tolist() == [b"a", b"", b"", b"b"]


def test_bools_are_padded_and_scattered():
    assert tf.pad([True], [[1, 1]]).numpy().tolist() == [False, True, False]
    assert tf.pad([True, False], [[1, 0]], "REFLECT").numpy().tolist() == [False, True, False]
    assert tf.scatter_nd([[1], [1], [2]], [True, False, False], [3]).numpy().tolist() == [False, True, False]


def test_stack_of_numbers_is_one_list_of_numbers():
    assert tf.stack([2, 1.5]).numpy().tolist() == [2.0, 1.5]
    assert tf.stack([np.int64(2), np.int64(3)]).dtype == tf.int32
    assert tf.stack([np.array([2]), np.array([1.5])]).dtype == tf.float32
    with pytest.raises(tf.errors.InvalidArgumentError):
        tf.stack([[1, 2], [3]])


def test_bad_arguments_of_strings_are_explained():
    words = tf.constant([["a", "b"], ["c", "d"]])
    for call in (lambda: tf.tile(words, [-1, 1]), lambda: tf.fill([2], words), lambda: tf.repeat(words, -1)):
        with pytest.raises(tf.errors.InvalidArgumentError, match="tf."):
            call()


def test_a_value_to_fill_with_is_a_scalar():
    with pytest.raises(tf.errors.InvalidArgumentError, match="scalar"):
        tf.fill([2], tf.ones((1, 1)))


def test_positions_are_ints_of_a_few_sizes():
    assert tf.argmax([1, 2], output_type=tf.uint16).dtype == tf.uint16
    for function, dtype in ((tf.argmin, tf.int16), (tf.argmax, tf.float32)):
        with pytest.raises(tf.errors.InvalidArgumentError, match="output_type"):
            function([1, 2], output_type=dtype)


@pytest.mark.parametrize(
    ("shape", "wanted", "made"),
    [((0, 3), [0, -1], (0, 3)), ((0, 3), [-1, 0], (3, 0)), ((2, 0, 3), [2, -1, 0], (2, 3, 0)),
     ((0, 3), [-1, 0, 2], (1, 0, 2)), ((0,), [0, -1], (0, 1))],
)  # fmt: skip
def test_what_is_left_over_of_nothing(shape, wanted, made):
    assert tf.reshape(tf.ones(shape), wanted).shape == made
    assert tf.function(lambda x: tf.reshape(x, wanted))(tf.ones(shape)).shape == made


@pytest.mark.parametrize(
    "wrong",
    [lambda x: tf.range(0, 5, 0), lambda x: tf.range(5, 0), lambda x: x[::0], lambda x: x[..., ...], lambda x: x[0, 0],
     lambda x: tf.strided_slice(x, [0, 0], [1])],
)  # fmt: skip
def test_wrong_sizes_and_indices_are_value_errors_in_functions(wrong):
    with pytest.raises(tf.errors.InvalidArgumentError):
        wrong(tf.ones(3))
    with pytest.raises(ValueError):
        tf.function(wrong)(tf.ones(3))


@pytest.mark.parametrize("read", [lambda v: v, lambda v: v.value()])
def test_what_pads_has_no_gradient(read):
    x, filling = tf.Variable([1.0, 2.0]), tf.Variable(2.0)
    with tf.GradientTape() as tape:
        y = tf.reduce_sum(tf.pad(x, [[1, 1]], constant_values=read(filling)) ** 2)
    grads = tape.gradient(y, [x, filling])
    assert float(y) == 13.0 and grads[0].numpy().tolist() == [2.0, 4.0] and grads[1] is None
