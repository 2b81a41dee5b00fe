"""Limits of values and norms."""

import numpy as np
import pytest

import addax as tf


def test_clip_by_value():
    x = tf.constant([-1.0, 0.0, 0.5, 3.0, 4.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.clip_by_value(x, 0.0, 3.0)
    assert y.numpy().tolist() == [0.0, 0.0, 0.5, 3.0, 3.0]
    assert tape.gradient(y, x).numpy().tolist() == [0.0, 1.0, 1.0, 1.0, 0.0]
    assert tf.clip_by_value([1, 5], 2, 4).numpy().tolist() == [2, 4]
    with pytest.raises(tf.errors.InvalidArgumentError, match="limits"):
        tf.clip_by_value([1.0, 2.0], [[0.0], [0.0]], 5.0)


def test_clip_by_norm(check_gradient):
    np.testing.assert_allclose(tf.clip_by_norm([3.0, 4.0], 1.0), [0.6, 0.8], rtol=1e-6)
    assert tf.clip_by_norm([0.3, 0.4], 1.0).numpy().tolist() == pytest.approx([0.3, 0.4])
    np.testing.assert_allclose(
        tf.clip_by_norm([[3.0, 4.0], [0.1, 0.0]], 1.0, axes=1), [[0.6, 0.8], [0.1, 0]], rtol=1e-6
    )
    check_gradient(lambda t: tf.clip_by_norm(t, 1.0), [3.0, 4.0, -1.0])
    zero = tf.constant([0.0])
    with tf.GradientTape() as tape:
        tape.watch(zero)
        y = tf.clip_by_norm(zero, 1.0)
    assert tape.gradient(y, zero).numpy().tolist() == [1.0]


def test_clip_by_global_norm():
    clipped, norm = tf.clip_by_global_norm([tf.constant([3.0]), None, tf.constant([4.0])], 1.0)
    assert float(norm) == 5.0 and clipped[1] is None
    assert [float(t) for t in (clipped[0][0], clipped[2][0])] == pytest.approx([0.6, 0.8])
    same, _ = tf.clip_by_global_norm([tf.constant([0.3])], 1.0)
    assert float(same[0][0]) == pytest.approx(0.3)
    broken, _ = tf.clip_by_global_norm([tf.constant([np.inf]), tf.constant([1.0])], 1.0)
    assert np.isnan(broken[1].numpy()).all()
    with pytest.raises(TypeError, match="sequence"):
        tf.clip_by_global_norm(tf.ones(2), 1.0)


def test_global_norm():
    assert float(tf.linalg.global_norm([[3.0], None, [[4.0]]])) == 5.0


def test_l2_normalize(check_gradient):
    x = np.array([[3.0, 4.0], [0.0, 2.0]])
    np.testing.assert_allclose(tf.math.l2_normalize(x, 1), [[0.6, 0.8], [0, 1]])
    np.testing.assert_allclose(tf.math.l2_normalize(x), x / np.sqrt((x * x).sum()))
    check_gradient(lambda t: tf.math.l2_normalize(t, axis=1), x)
    assert tf.math.l2_normalize([0.0, 0.0]).numpy().tolist() == [0.0, 0.0]
    with pytest.raises(ValueError, match="not both"):
        tf.math.l2_normalize(x, axis=0, dim=1)
