"""Convolutions, their transposes, depthwise ones: against sums written out in NumPy."""

import itertools

import numpy as np
import pytest

import addax as tf

RNG = np.random.RandomState(0)


def padded(x, kernel, strides, dilations, padding):
    if padding == "VALID":
        return x
    pairs = []
    for size, k, s, d in zip(x.shape[1:-1], kernel, strides, dilations, strict=True):
        total = max((-(-size // s) - 1) * s + (k - 1) * d + 1 - size, 0)
        pairs.append((total // 2, total - total // 2))
    return np.pad(x, [(0, 0), *pairs, (0, 0)])


def convolved(x, w, strides, padding, dilations):
    """The definition: one product per position in the window."""
    n = x.ndim - 2
    groups = x.shape[-1] // w.shape[-2]
    x = padded(x, w.shape[:n], strides, dilations, padding)
    out = [
        (s - (k - 1) * d - 1) // st + 1 for s, k, d, st in zip(x.shape[1:-1], w.shape, dilations, strides, strict=False)
    ]
    total = np.zeros((x.shape[0], *out, w.shape[-1]))
    share, per = w.shape[-1] // groups, w.shape[-2]
    for position in itertools.product(*map(range, w.shape[:n])):
        cut = tuple(
            slice(i * d, i * d + (o - 1) * s + 1, s)
            for i, d, o, s in zip(position, dilations, out, strides, strict=True)
        )
        part = x[(slice(None), *cut)]
        for g in range(groups):
            left, right = part[..., g * per : (g + 1) * per], w[position][:, g * share : (g + 1) * share]
            total[..., g * share : (g + 1) * share] += left @ right
    return total


CASES = [
    ((2, 9, 3), (3, 3, 4), (1,), "SAME", (1,)),
    ((2, 9, 3), (3, 3, 4), (2,), "VALID", (1,)),
    ((2, 7, 8, 3), (3, 2, 3, 4), (1, 1), "SAME", (1, 1)),
    ((2, 7, 8, 3), (3, 2, 3, 4), (2, 3), "SAME", (1, 1)),
    ((2, 7, 8, 3), (3, 2, 3, 4), (1, 1), "VALID", (2, 2)),
    ((2, 7, 8, 4), (3, 2, 2, 6), (1, 1), "SAME", (1, 1)),
    ((2, 7, 8, 4), (1, 1, 4, 6), (1, 1), "VALID", (1, 1)),
    ((1, 5, 4, 6, 2), (2, 3, 2, 2, 3), (1, 2, 1), "SAME", (1, 1, 1)),
]


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize(("shape", "kernel", "strides", "padding", "dilations"), CASES)
def test_convolution(shape, kernel, strides, padding, dilations, compiled):
    x, w = RNG.randn(*shape), RNG.randn(*kernel)

    def run(x, w):
        return tf.nn.convolution(x, w, strides, padding, dilations=dilations)

    run = tf.function(run) if compiled else run
    np.testing.assert_allclose(
        run(tf.constant(x), tf.constant(w)), convolved(x, w, strides, padding, dilations), atol=1e-12
    )


@pytest.mark.parametrize(("shape", "kernel", "strides", "padding", "dilations"), CASES[2:6])
def test_gradients_are_the_same_eager_and_compiled(shape, kernel, strides, padding, dilations):
    x, w = tf.constant(RNG.randn(*shape)), tf.constant(RNG.randn(*kernel))

    def gradients(x, w):
        with tf.GradientTape() as tape:
            tape.watch([x, w])
            y = tf.reduce_sum(tf.nn.convolution(x, w, strides, padding, dilations=dilations) ** 2)
        return tape.gradient(y, [x, w])

    for eager, compiled in zip(gradients(x, w), tf.function(gradients)(x, w), strict=True):
        np.testing.assert_allclose(eager, compiled, rtol=1e-9, atol=1e-9)


def test_gradients(check_gradient):
    check_gradient(lambda x, w: tf.nn.conv2d(x, w, 2, "SAME"), RNG.randn(1, 4, 3, 2), RNG.randn(2, 2, 2, 3))


def test_spellings_agree():
    x, w = RNG.randn(2, 6, 5, 3), RNG.randn(3, 3, 3, 4)
    same = tf.nn.conv2d(x, w, [1, 2, 2, 1], "SAME").numpy()
    np.testing.assert_allclose(tf.nn.conv2d(x, w, 2, "SAME"), same)
    np.testing.assert_allclose(tf.nn.conv2d(x, w, [2, 2], "SAME"), same)
    first = tf.nn.conv2d(np.moveaxis(x, -1, 1), w, [1, 1, 2, 2], "SAME", data_format="NCHW")
    np.testing.assert_allclose(np.moveaxis(first, 1, -1), same)
    batches = tf.nn.conv2d(x[None], w, 2, "SAME")
    np.testing.assert_allclose(batches[0], same)
    explicit = tf.nn.conv2d(x, w, 1, [[0, 0], [1, 1], [1, 1], [0, 0]])
    np.testing.assert_allclose(explicit, tf.nn.conv2d(x, w, 1, "SAME"))
    np.testing.assert_allclose(tf.conv(x, w, [1, 2, 2, 1], "SAME"), same)
    np.testing.assert_allclose(
        tf.nn.atrous_conv2d(x, w, 2, "SAME"), tf.nn.conv2d(x, w, 1, "SAME", dilations=[1, 2, 2, 1])
    )


def test_depthwise_and_separable(check_gradient):
    x, w, point = RNG.randn(2, 6, 5, 3), RNG.randn(3, 2, 3, 2), RNG.randn(1, 1, 6, 4)
    expected = np.concatenate(
        [convolved(x[..., c : c + 1], w[:, :, c : c + 1], (2, 2), "SAME", (1, 1)) for c in range(3)], -1
    )
    deep = tf.nn.depthwise_conv2d(x, w, [1, 2, 2, 1], "SAME")
    np.testing.assert_allclose(deep, expected, atol=1e-12)
    np.testing.assert_allclose(
        tf.nn.separable_conv2d(x, w, point, [1, 2, 2, 1], "SAME"), expected @ point[0, 0], atol=1e-12
    )
    check_gradient(lambda x, w: tf.nn.depthwise_conv2d(x, w, [1, 1, 1, 1], "VALID"), x[:1, :3, :3], w[:2])


def test_gradient_ops_of_depthwise():
    x, w = tf.constant(RNG.randn(1, 5, 4, 2)), tf.constant(RNG.randn(2, 2, 2, 2))
    with tf.GradientTape() as tape:
        tape.watch([x, w])
        y = tf.nn.depthwise_conv2d(x, w, [1, 2, 2, 1], "SAME")
    grad = tf.constant(RNG.randn(*y.shape))
    to_x, to_w = tape.gradient(y, [x, w], output_gradients=grad)
    np.testing.assert_allclose(
        tf.nn.depthwise_conv2d_backprop_input(x.shape, w, grad, [1, 2, 2, 1], "SAME"), to_x, atol=1e-12
    )
    np.testing.assert_allclose(
        tf.nn.depthwise_conv2d_backprop_filter(x, w.shape, grad, [1, 2, 2, 1], "SAME"), to_w, atol=1e-12
    )


@pytest.mark.parametrize(("padding", "size"), [("SAME", 8), ("SAME", 7), ("VALID", 9)])
def test_transpose_is_the_gradient_of_the_convolution(padding, size):
    w = tf.constant(RNG.randn(3, 3, 2, 4))
    x = tf.constant(RNG.randn(2, size, size, 2))
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.nn.conv2d(x, w, 2, padding)
    grad = tf.constant(RNG.randn(*y.shape))
    expected = tape.gradient(y, x, output_gradients=grad)
    np.testing.assert_allclose(tf.nn.conv2d_transpose(grad, w, x.shape, 2, padding), expected, atol=1e-12)
    np.testing.assert_allclose(tf.conv2d_backprop_input_v2(x, w, grad, [1, 2, 2, 1], padding), expected, atol=1e-12)
    first = tf.nn.conv2d_transpose(
        tf.transpose(grad, [0, 3, 1, 2]), w, [2, 2, size, size], 2, padding, data_format="NCHW"
    )
    np.testing.assert_allclose(tf.transpose(first, [0, 2, 3, 1]), expected, atol=1e-12)


def test_transposes_of_other_ranks(check_gradient):
    assert tf.nn.conv1d_transpose(tf.ones([1, 2, 1]), tf.ones([2, 1, 1]), [1, 4, 1], 2).shape == (1, 4, 1)
    assert tf.nn.conv3d_transpose(tf.ones([1, 2, 2, 2, 3]), tf.ones([2, 2, 2, 4, 3]), [1, 4, 4, 4, 4], 2).shape[-1] == 4
    check_gradient(lambda x, w: tf.nn.conv1d_transpose(x, w, [1, 6, 2], 2), RNG.randn(1, 3, 3), RNG.randn(3, 2, 3))


def test_refusals():
    with pytest.raises(tf.errors.InvalidArgumentError, match="take 2, the input has 3"):
        tf.nn.conv2d(tf.ones((1, 4, 4, 3)), tf.ones((2, 2, 2, 5)), 1, "SAME")
    with pytest.raises(tf.errors.InvalidArgumentError, match="window"):
        tf.nn.conv2d(tf.ones((1, 2, 2, 1)), tf.ones((3, 3, 1, 1)), 1, "VALID")
    with pytest.raises(ValueError, match="padding"):
        tf.nn.conv2d(tf.ones((1, 4, 4, 1)), tf.ones((2, 2, 1, 1)), 1, "HALF")
    with pytest.raises(ValueError, match="data_format"):
        tf.nn.conv2d(tf.ones((1, 4, 4, 1)), tf.ones((2, 2, 1, 1)), 1, "SAME", data_format="HWC")
    with pytest.raises(ValueError, match="strides"):
        tf.nn.conv2d(tf.ones((1, 4, 4, 1)), tf.ones((2, 2, 1, 1)), [1, 2, 1], "SAME")
    with pytest.raises(tf.errors.InvalidArgumentError, match="batch"):
        tf.nn.conv2d(tf.ones((1, 4, 4, 1)), tf.ones((2, 2, 1, 1)), [2, 1, 1, 1], "SAME")
    with pytest.raises(tf.errors.InvalidArgumentError, match="output_shape"):
        tf.nn.conv2d_transpose(tf.ones([1, 2, 2, 1]), tf.ones([2, 2, 1, 1]), [1, 9, 9, 1], 2)


def test_transposes_of_integers():
    x, filters = tf.reshape(tf.range(4), [1, 2, 2, 1]), tf.reshape(tf.range(4), [2, 2, 1, 1])
    out = tf.nn.conv2d_transpose(x, filters, [1, 4, 4, 1], 2)
    assert out.dtype == tf.int32
    assert out.numpy()[0, :, :, 0].tolist() == [[0, 0, 0, 1], [0, 0, 2, 3], [0, 2, 0, 3], [4, 6, 6, 9]]
    with pytest.raises(tf.errors.InvalidArgumentError):
        tf.nn.conv3d_transpose(tf.zeros([1, 1, 1, 1, 1], tf.int32), tf.zeros([1] * 5, tf.int32), [1] * 5, 1)


@pytest.mark.parametrize(
    ("dilations", "shape", "first"), [([2, 2], (1, 4, 3, 2), [24, 26]), ([1, 2], (1, 3, 3, 2), [28, 32])]
)
def test_strides_of_dilated_depthwise_windows(dilations, shape, first):
    # TensorFlow steps among the elements that a dilated window sees.
    x = tf.reshape(tf.range(60.0), [1, 6, 5, 2])
    out = tf.nn.depthwise_conv2d(x, tf.ones([2, 3, 2, 1]), [1, 2, 2, 1], "SAME", dilations=dilations)
    assert out.shape == shape
    assert out.numpy()[0, 0, 0].tolist() == first
