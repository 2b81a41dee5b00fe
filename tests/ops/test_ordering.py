"""Order and places of extremes by whole numbers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import addax as tf

DTYPES = ["float16", "float32", "float64", "int8", "int32", "int64", "uint8", "uint32"]


@settings(max_examples=40, deadline=None)
@given(st.data(), st.sampled_from(DTYPES))
def test_as_numpy_orders(data, dtype):
    elements = arrays.from_dtype(np.dtype(dtype), allow_nan=True) if dtype[0] == "f" else None
    x = data.draw(arrays.arrays(dtype, arrays.array_shapes(min_dims=1, max_dims=3, max_side=20), elements=elements))
    axis = data.draw(st.integers(-x.ndim, x.ndim - 1))
    np.testing.assert_array_equal(tf.sort(x, axis).numpy(), np.sort(x, axis))
    small = np.finfo(dtype).tiny if dtype[0] == "f" else 0  # processors may take what is smaller for 0
    wide = x.astype("float64")
    if ((wide != 0) & (abs(wide) < small)).any():
        return
    np.testing.assert_array_equal(tf.argsort(x, axis).numpy(), np.argsort(x, axis, kind="stable"))
    if not np.isnan(wide).any():
        np.testing.assert_array_equal(tf.argmax(x, axis).numpy(), x.argmax(axis))
        np.testing.assert_array_equal(tf.argmin(x, axis).numpy(), x.argmin(axis))


@pytest.mark.parametrize("shape", [(3, 40), (2, 17000), (40, 3), (5000, 20), (2, 3, 9000), (3, 2503)])
def test_the_first_of_equals(shape):
    x = np.random.default_rng(0).integers(-2, 3, shape).astype("float32")
    x[0] = -np.inf
    for axis in range(len(shape)):
        np.testing.assert_array_equal(tf.argmax(x, axis).numpy(), x.argmax(axis))
        np.testing.assert_array_equal(tf.function(tf.argmin)(x, axis).numpy(), x.argmin(axis))
        place = tf.keras.metrics.sparse_categorical_accuracy(x.argmax(-1), x)
        np.testing.assert_array_equal(place.numpy(), 1)


def test_nan_is_no_extreme_and_comes_last():
    x = np.array([[np.nan, 1, -np.nan, -np.inf, np.inf, 0.0, -0.0] * 5], "float32")
    assert tf.argmax(x, 1).numpy() == 4 and tf.argmin(x, 1).numpy() == 3
    ordered = tf.sort(x).numpy()[0]
    assert np.isnan(ordered[-10:]).all() and (ordered[:5] == -np.inf).all()
    np.testing.assert_array_equal(tf.argsort(x).numpy(), np.argsort(x, kind="stable"))
    assert (tf.argmax(np.full((2, 30), np.nan, "float32"), 1).numpy() == 0).all()


@pytest.mark.parametrize("direction", ["ASCENDING", "DESCENDING"])
def test_gradients_go_where_numbers_came_from(direction):
    x = tf.constant(np.random.default_rng(0).permutation(24).reshape(2, 3, 4).astype("float32"))
    weights = np.arange(24, dtype="float32").reshape(2, 3, 4)

    def loss(x):
        return tf.reduce_sum(tf.sort(x, 1, direction) ** 2 * weights)

    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = loss(x)
        slope = inner.gradient(y, x)
    order = np.argsort(x.numpy() * (1 if direction == "ASCENDING" else -1), 1)
    expected = np.zeros_like(weights)
    np.put_along_axis(expected, order, weights, 1)
    np.testing.assert_allclose(slope, 2 * expected * x.numpy())
    np.testing.assert_allclose(outer.gradient(slope, x), 2 * expected)
