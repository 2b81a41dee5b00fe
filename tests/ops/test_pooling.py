"""Pools, and grayscale morphology."""

import itertools

import numpy as np
import pytest

import addax as tf

RNG = np.random.RandomState(0)


def pooled(x, kernel, strides, padding, reduce):
    """The definition: each window by itself; windows may reach over the border with SAME."""
    n = x.ndim - 2
    out, before = [], []
    for size, k, s in zip(x.shape[1:-1], kernel, strides, strict=True):
        count = -(-size // s) if padding == "SAME" else (size - k) // s + 1
        out.append(count)
        before.append(max((count - 1) * s + k - size, 0) // 2 if padding == "SAME" else 0)
    result = np.zeros((x.shape[0], *out, x.shape[-1]))
    for place in itertools.product(*map(range, out)):
        starts = [p * s - b for p, s, b in zip(place, strides, before, strict=True)]
        cut = tuple(slice(max(a, 0), a + k) for a, k in zip(starts, kernel, strict=True))
        result[(slice(None), *place)] = reduce(x[(slice(None), *cut)], axis=tuple(range(1, n + 1)))
    return result


@pytest.mark.parametrize("padding", ["SAME", "VALID"])
@pytest.mark.parametrize(
    ("shape", "kernel", "strides"),
    [
        ((2, 9, 3), (3,), (2,)),
        ((2, 7, 6, 2), (2, 2), (2, 2)),
        ((2, 7, 6, 2), (3, 2), (1, 2)),
        ((1, 4, 5, 3, 2), (2, 2, 2), (2, 1, 2)),
    ],
)
def test_values(shape, kernel, strides, padding):
    x = RNG.randn(*shape).astype(np.float32 if len(shape) == 5 else np.float64)
    np.testing.assert_allclose(tf.nn.max_pool(x, kernel, strides, padding), pooled(x, kernel, strides, padding, np.max))
    expected = pooled(x, kernel, strides, padding, np.mean)
    np.testing.assert_allclose(tf.nn.avg_pool(x, kernel, strides, padding), expected, rtol=1e-7 if x.ndim < 5 else 1e-4)


def test_long_windows():
    x = RNG.randn(1, 80, 2)
    np.testing.assert_allclose(tf.nn.max_pool1d(x, 40, 20, "SAME"), pooled(x, (40,), (20,), "SAME", np.max))
    np.testing.assert_allclose(tf.nn.avg_pool1d(x, 40, 20, "VALID"), pooled(x, (40,), (20,), "VALID", np.mean))


def test_gradients(check_gradient):
    x = RNG.permutation(2 * 5 * 4).reshape(1, 5, 4, 2).astype(float)
    check_gradient(lambda t: tf.nn.max_pool2d(t, 3, 2, "SAME"), x)
    check_gradient(lambda t: tf.nn.avg_pool2d(t, 2, 2, "SAME"), x)


def test_the_first_of_equal_maxima_gets_the_gradient():
    x = tf.zeros((1, 4, 4, 1))
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.nn.max_pool2d(x, 2, 2, "VALID")
    assert tape.gradient(y, x).numpy()[0, :, :, 0].tolist() == [[1, 0, 1, 0], [0] * 4, [1, 0, 1, 0], [0] * 4]


def test_spellings_agree():
    x = RNG.randn(2, 6, 6, 4)
    same = tf.nn.max_pool2d(x, 2, 2, "VALID").numpy()
    np.testing.assert_allclose(tf.nn.max_pool2d(x, [1, 2, 2, 1], [1, 2, 2, 1], "VALID"), same)
    np.testing.assert_allclose(tf.nn.pool(x, [2, 2], "MAX", strides=[2, 2]), same)
    first = tf.nn.max_pool2d(np.moveaxis(x, -1, 1), 2, 2, "VALID", data_format="NCHW")
    np.testing.assert_allclose(np.moveaxis(first, 1, -1), same)
    across = tf.nn.max_pool2d(x, [1, 1, 1, 2], [1, 1, 1, 2], "VALID")
    np.testing.assert_allclose(across, x.reshape(2, 6, 6, 2, 2).max(-1))
    np.testing.assert_allclose(
        tf.nn.pool(x[:, :5], [2, 2], "MAX", dilations=[2, 2])[:, 0, 0], x[:, [0, 2]][:, :, [0, 2]].max((1, 2))
    )
    assert tf.nn.max_pool2d(tf.constant([[[[1], [5]], [[3], [2]]]]), 2, 2, "VALID").numpy().item() == 5


@pytest.mark.parametrize("with_batch", [False, True])
def test_positions_of_maxima(with_batch):
    x = RNG.randn(2, 5, 4, 3)
    value, place = tf.nn.max_pool_with_argmax(x, 2, 2, "SAME", include_batch_in_index=with_batch)
    flat = x.reshape(-1) if with_batch else x.reshape(2, -1)
    found = flat[place.numpy()] if with_batch else np.stack([flat[b][place.numpy()[b]] for b in range(2)])
    np.testing.assert_array_equal(found, value)
    np.testing.assert_array_equal(value, tf.nn.max_pool2d(x, 2, 2, "SAME"))
    assert tf.nn.max_pool_with_argmax(x, 2, 2, "SAME", output_dtype=tf.int32)[1].dtype == tf.int32


def test_refusals():
    with pytest.raises(tf.errors.InvalidArgumentError, match="window"):
        tf.nn.max_pool2d(tf.ones((1, 2, 2, 1)), 3, 1, "VALID")
    with pytest.raises(tf.errors.InvalidArgumentError, match="4 dimensions"):
        tf.nn.max_pool2d(tf.ones((2, 2, 1)), 2, 1, "VALID")
    with pytest.raises(ValueError, match="pooling_type"):
        tf.nn.pool(tf.ones((1, 2, 1)), [2], "SUM")
    with pytest.raises(tf.errors.InvalidArgumentError, match="int32"):
        tf.nn.avg_pool2d(tf.ones((1, 2, 2, 1), tf.int32), 2, 1, "VALID")


def test_dilation_and_erosion(check_gradient):
    x, k = RNG.randn(1, 5, 4, 2), RNG.randn(2, 2, 2)
    expected = np.max([x[:, i : i + 4, j : j + 3] + k[i, j] for i in range(2) for j in range(2)], 0)
    ones = [1, 1, 1, 1]
    np.testing.assert_allclose(tf.nn.dilation2d(x, k, ones, "VALID", "NHWC", ones), expected)
    eroded = np.min([x[:, i : i + 4, j : j + 3] - k[1 - i, 1 - j] for i in range(2) for j in range(2)], 0)
    np.testing.assert_allclose(tf.nn.erosion2d(x, k, ones, "VALID", "NHWC", ones), eroded)
    check_gradient(lambda x, k: tf.nn.dilation2d(x, k, ones, "SAME", "NHWC", ones), x[:, :3], k)
    with pytest.raises(ValueError, match="NHWC"):
        tf.nn.dilation2d(x, k, ones, "VALID", "NCHW", ones)


@pytest.mark.parametrize("pseudo_random", [False, True])
@pytest.mark.parametrize("overlapping", [False, True])
def test_fractional_pools(pseudo_random, overlapping):
    x = RNG.randn(1, 7, 6, 2)
    for op, reduce in ((tf.nn.fractional_max_pool, np.max), (tf.nn.fractional_avg_pool, np.mean)):
        out, rows, columns = op(x, [1.0, 1.6, 1.4, 1.0], pseudo_random, overlapping, seed=7)
        rows, columns = rows.numpy(), columns.numpy()
        assert out.shape == (1, 4, 4, 2) and rows[0] == 0 and rows[-1] == 7 and columns[-1] == 6
        assert set(np.diff(rows)) <= {1, 2}
        more = int(overlapping)
        for i, j in itertools.product(range(4), range(4)):
            part = x[:, rows[i] : rows[i + 1] + more, columns[j] : columns[j + 1] + more]
            np.testing.assert_allclose(out[:, i, j], reduce(part, axis=(1, 2)))


def test_erosion_of_integers_does_not_wrap_at_the_border():
    x, filters = tf.reshape(tf.range(6), [1, 2, 3, 1]), tf.constant([[[1], [-2]], [[0], [3]]])
    found = tf.nn.erosion2d(x, filters, [1] * 4, "SAME", "NHWC", [1] * 4)
    floats = tf.nn.erosion2d(tf.cast(x, tf.float64), tf.cast(filters, tf.float64), [1] * 4, "SAME", "NHWC", [1] * 4)
    assert found.numpy().tolist() == floats.numpy().astype(int).tolist()


def test_dilated_windows_count_the_zeros_around():
    x = tf.reshape(tf.range(-4.0, 5.0), [1, 3, 3, 1])
    expected = {
        "AVG": [-0.25, -0.25, 0.25, -0.5, -0.5, 0.5, -0.25, -0.25, 0.25],
        "MAX": [0, 0, 1, 2, 3, 4, 0, 0, 1],
    }
    for kind, numbers in expected.items():
        out = tf.nn.pool(x, [2, 2], kind, padding=[[0, 0], [1, 1], [1, 0], [0, 0]], dilations=[2, 1])
        assert out.numpy().ravel().tolist() == numbers


def test_nan_loses_in_pools_as_in_tensorflow():
    nan, inf, least = np.nan, np.inf, np.finfo(np.float32).min
    x = tf.constant([[-inf, nan, 1, nan], [-inf, nan, nan, 3], [2, -inf, nan, nan], [nan, 4, nan, nan]])[
        None, ..., None
    ]
    assert tf.nn.max_pool2d(x, 2, 2, "VALID").numpy().ravel().tolist() == [least, 3, 4, least]
    assert tf.nn.max_pool2d(x, 3, 2, "SAME").numpy().ravel().tolist() == [2, 3, 4, least]
    half = tf.nn.max_pool2d(tf.cast(x, tf.bfloat16), 2, 2, "VALID")
    assert tf.cast(half, tf.float32).numpy().ravel().tolist() == [-inf, 3, 4, -inf]
    value, place = tf.nn.max_pool_with_argmax(x, 2, 2, "VALID")
    np.testing.assert_array_equal(value.numpy().ravel(), [-inf, 3, 4, nan])
    assert place.numpy().ravel().tolist() == [0, 7, 13, 10]
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.nn.max_pool2d(x, 2, 2, "VALID")
    rows = tape.gradient(y, x).numpy()[0, ..., 0].tolist()
    assert rows == [[1, 0, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0], [0, 1, 0, 0]]
    widened = tf.nn.dilation2d(x, tf.ones((2, 2, 1)), [1] * 4, "VALID", "NHWC", [1] * 4).numpy()[0, ..., 0].tolist()
    assert widened == [[least, 2, 4], [3, least, 4], [5, 5, least]]


def test_updates_that_are_nan_change_no_maximum():
    nan = np.nan
    before, places = tf.constant([1.0, nan, 2.0]), [[0], [1], [2], [2]]
    found = tf.tensor_scatter_nd_max(before, places, [nan, 5.0, nan, 7.0])
    np.testing.assert_array_equal(found, [1, nan, 7])
    np.testing.assert_array_equal(tf.tensor_scatter_nd_min(before, places, [nan, 5.0, nan, 7.0]), [1, nan, 2])
    v = tf.Variable(before)
    v.scatter_max(tf.IndexedSlices(tf.constant([nan, 2.0, 9.0]), tf.constant([0, 1, 2])))
    np.testing.assert_array_equal(v, [1, nan, 9])
