"""Counts, histograms, permutations, polynomials, Sobol points."""

import pytest

import addax as tf


def test_bincount():
    x = [1, 1, 3]
    assert tf.math.bincount(x).numpy().tolist() == [0, 2, 0, 1]
    assert tf.math.bincount(x, minlength=6).numpy().tolist() == [0, 2, 0, 1, 0, 0]
    assert tf.math.bincount(x, maxlength=2).numpy().tolist() == [0, 2]
    assert tf.math.bincount(x, weights=[1.0, 2.0, 3.0]).numpy().tolist() == [0.0, 3.0, 0.0, 3.0]
    assert tf.math.bincount(x, dtype=tf.int64).dtype == tf.int64
    assert tf.math.bincount([]).shape == (0,)
    rows = [[1, 1, 3], [0, 0, 1]]
    assert tf.math.bincount(rows).numpy().tolist() == [2, 3, 0, 1]
    assert tf.math.bincount(rows, axis=-1).numpy().tolist() == [[0, 2, 0, 1], [2, 1, 0, 0]]
    assert tf.math.bincount(rows, axis=-1, binary_output=True).numpy().tolist() == [[0, 1, 0, 1], [1, 1, 0, 0]]
    with pytest.raises(tf.errors.InvalidArgumentError, match="non-negative"):
        tf.math.bincount([-1])
    with pytest.raises(ValueError, match="axis=1"):
        tf.math.bincount(rows, axis=1)


def test_confusion_matrix():
    assert tf.math.confusion_matrix([0, 1, 1], [0, 0, 1]).numpy().tolist() == [[1, 0], [1, 1]]
    weighted = tf.math.confusion_matrix([1, 2], [2, 2], num_classes=3, weights=[1.0, 2.0], dtype=tf.float32)
    assert weighted.numpy().tolist() == [[0, 0, 0], [0, 0, 1], [0, 0, 2]]
    assert tf.math.confusion_matrix([[1], [0]], [1, 0]).numpy().tolist() == [[1, 0], [0, 1]]
    with pytest.raises(tf.errors.InvalidArgumentError, match="out of bound"):
        tf.math.confusion_matrix([1, 5], [2, 2], num_classes=3)
    with pytest.raises(tf.errors.InvalidArgumentError, match="negative"):
        tf.math.confusion_matrix([1, -5], [2, 2], num_classes=3)


def test_histogram():
    values = [-1.0, 0.0, 1.5, 2.0, 5.0, 15.0]
    assert tf.histogram_fixed_width(values, [0.0, 5.0], nbins=5).numpy().tolist() == [2, 1, 1, 0, 2]
    assert tf.histogram_fixed_width_bins(values, [0.0, 5.0], nbins=5).numpy().tolist() == [0, 0, 1, 2, 4, 4]
    with pytest.raises(ValueError, match="value_range"):
        tf.histogram_fixed_width(values, [5.0, 5.0])


def test_permutations_and_order():
    assert tf.math.invert_permutation([2, 0, 1]).numpy().tolist() == [1, 2, 0]
    with pytest.raises(tf.errors.InvalidArgumentError, match="duplicated"):
        tf.math.invert_permutation([2, 0, 0])
    assert bool(tf.math.is_non_decreasing([1, 1, 2])) and not bool(tf.math.is_strictly_increasing([1, 1, 2]))
    assert bool(tf.math.is_strictly_increasing(tf.zeros((0,))))


def test_polyval(check_gradient):
    assert tf.math.polyval([1.0, 2.0, 3.0], [2.0, 0.0]).numpy().tolist() == [11.0, 3.0]
    assert tf.math.polyval([], 2.0).numpy() == 0.0
    check_gradient(lambda x: tf.math.polyval([tf.constant(c, tf.float64) for c in (1.0, -2.0, 3.0)], x), [0.5, 2.0])
    with pytest.raises(ValueError, match="list"):
        tf.math.polyval((1.0,), 2.0)


def test_sobol_points():
    assert tf.math.sobol_sample(3, 3).numpy().tolist() == [[0.5, 0.5, 0.5], [0.75, 0.25, 0.25], [0.25, 0.75, 0.75]]
    skipped = tf.math.sobol_sample(2, 2, skip=4, dtype=tf.float64)
    assert skipped.numpy().tolist() == [[0.875, 0.875], [0.625, 0.125]] and skipped.dtype == tf.float64
    with pytest.raises(tf.errors.InvalidArgumentError):
        tf.math.sobol_sample(0, 1)
