"""BatchNormalization."""

import numpy as np
import pytest

import addax as tf

L = tf.keras.layers
X = np.random.default_rng(0).normal(2, 3, (8, 5, 5, 3)).astype("float32")


def test_training_normalizes_and_moves_the_running_statistics():
    layer = L.BatchNormalization(momentum=0.9)
    out = np.asarray(layer(X, training=True))
    np.testing.assert_allclose(out.mean((0, 1, 2)), 0, atol=1e-5)
    np.testing.assert_allclose(out.std((0, 1, 2)), 1, atol=1e-3)
    count = 8 * 25
    np.testing.assert_allclose(layer.moving_mean, 0.1 * X.mean((0, 1, 2)), rtol=1e-4)
    expected = 0.9 + 0.1 * X.var((0, 1, 2)) * count / (count - 1)  # TensorFlow's fused kernel
    np.testing.assert_allclose(layer.moving_variance, expected, rtol=1e-4)


def test_inference_takes_the_running_statistics_and_moves_nothing():
    layer = L.BatchNormalization()
    out = layer(X)
    np.testing.assert_allclose(out, X / np.sqrt(1.001), rtol=1e-5)
    np.testing.assert_array_equal(layer.moving_mean, np.zeros(3))


def test_a_frozen_layer_is_in_inference():
    layer = L.BatchNormalization()
    layer(X)
    layer.trainable = False
    before = layer.get_weights()
    np.testing.assert_allclose(layer(X, training=True), layer(X, training=False))
    for a, b in zip(before, layer.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert len(layer.non_trainable_weights) == 4


def test_compiled_training_moves_the_statistics_each_call():
    eager, compiled = L.BatchNormalization(), L.BatchNormalization()
    call = tf.function(lambda x: compiled(x, training=True))
    for _ in range(3):
        a, b = eager(X, training=True), call(tf.constant(X))
    np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(eager.moving_mean, compiled.moving_mean, rtol=1e-5)


def test_a_mask_leaves_positions_out():
    x = X[:, :, 0]
    mask = np.zeros((8, 5), bool)
    mask[:, :3] = True
    layer = L.BatchNormalization(momentum=0.0)
    layer(x, training=True, mask=tf.constant(mask))
    np.testing.assert_allclose(layer.moving_mean, x[:, :3].mean((0, 1)), rtol=1e-4)


def test_several_axes():
    layer = L.BatchNormalization(axis=[1, 3])
    out = np.asarray(layer(X, training=True))
    np.testing.assert_allclose(out.mean((0, 2)), 0, atol=1e-5)
    assert layer.gamma.shape == (1, 5, 1, 3)


def test_gradients_are_those_of_small_differences():
    x = X[:4, 0, :2].astype("float64")
    layer = L.BatchNormalization(dtype="float64")
    weights = np.random.default_rng(1).standard_normal((4, 2, 3))

    def loss(value):
        return tf.reduce_sum(layer(value, training=True) * weights)

    with tf.GradientTape() as tape:
        value = tf.constant(x)
        tape.watch(value)
        total = loss(value)
    gradient = tape.gradient(total, value)
    step = np.zeros_like(x)
    step[1, 1, 2] = 1e-6
    slope = (loss(tf.constant(x + step)) - loss(tf.constant(x - step))) / 2e-6
    np.testing.assert_allclose(gradient[1, 1, 2], slope, rtol=1e-6)


def test_refused():
    with pytest.raises(ValueError, match="Duplicate axis"):
        L.BatchNormalization(axis=[1, 1])(X)
    with pytest.raises(ValueError, match="Invalid value for `axis`"):
        L.BatchNormalization(axis=4)(X)
    with pytest.raises(TypeError, match="axis"):
        L.BatchNormalization(axis="last")
    with pytest.raises(ValueError, match="should be defined"):
        L.BatchNormalization()(tf.keras.Input((3, None)))
    with pytest.raises(ValueError, match="renorm"):
        L.BatchNormalization(renorm=True, fused=True)
    with pytest.raises(ValueError, match="renorm_clipping"):
        L.BatchNormalization(renorm=True, renorm_clipping={"max": 3})


def test_groups_of_a_virtual_batch_have_their_own_statistics():
    x = X[:4, 0]
    layer = L.BatchNormalization(virtual_batch_size=2, momentum=0.5, name="lay")
    y = layer(x, training=True)
    groups = x.reshape(2, 2, 5, 3)  # Example i belongs to group i mod 2.
    mean, variance = groups.mean((0, 2), keepdims=True), groups.var((0, 2), keepdims=True)
    np.testing.assert_allclose(y, ((groups - mean) / np.sqrt(variance + 1e-3)).reshape(x.shape), rtol=1e-4, atol=1e-5)
    assert [tuple(w.shape) for w in layer.weights] == [(1, 1, 1, 3)] * 4
    np.testing.assert_allclose(layer.moving_variance, 0.5 + variance.mean(1, keepdims=True) / 2, rtol=1e-4)
    assert layer.get_config()["virtual_batch_size"] == 2
    running = (x - layer.moving_mean[0]) / np.sqrt(layer.moving_variance[0] + 1e-3)
    np.testing.assert_allclose(layer(x), running, rtol=1e-4, atol=1e-5)


def test_float64_takes_the_biased_variance():
    # TensorFlow's fused kernel, which multiplies by n / (n - 1), knows no float64.
    layer = L.BatchNormalization(dtype="float64", momentum=0.0)
    layer(X[:2], training=True)
    np.testing.assert_allclose(layer.moving_variance, X[:2].var((0, 1, 2)), rtol=1e-5)


def test_parameters_stay_float32_under_mixed_precision():
    for layer in (L.BatchNormalization(dtype="mixed_float16"), L.LayerNormalization(dtype="mixed_float16")):
        with tf.GradientTape() as tape:
            total = tf.reduce_sum(tf.cast(layer(X, training=True), "float32") * X)
        gradients = tape.gradient(total, layer.trainable_weights)
        assert any(np.any(np.asarray(g) != np.asarray(g).astype("float16")) for g in gradients)


@pytest.mark.parametrize(
    ("options", "shape"),
    [
        ({"fused": True}, (2, 3)),
        ({"fused": True, "axis": [1, 2]}, (2, 3, 3, 3)),
        ({"fused": True, "dtype": "float64"}, (2, 3, 3, 3)),
        ({"fused": True, "virtual_batch_size": 2}, (2, 3, 3, 3)),
        ({"virtual_batch_size": 0}, (2, 3)),
        ({"virtual_batch_size": 2, "axis": 0}, (2, 3)),
    ],
)
def test_kernels_that_do_not_fit_are_refused(options, shape):
    with pytest.raises(ValueError, match="BatchNormalization"):
        L.BatchNormalization(**options)(np.ones(shape, "float32"))


def test_the_running_variance_of_renorm_follows_the_running_deviation():
    layer = L.BatchNormalization(renorm=True, epsilon=0.01, momentum=0.5)
    x = tf.constant([[1.0, 2.0], [3.0, -4.0], [0.5, 1.0]])
    for _ in range(2):
        layer(x, training=True)
    # Keras 2's numbers
    np.testing.assert_allclose(layer.moving_variance, [1.1212, 4.9181], rtol=1e-4)
    np.testing.assert_allclose(layer.moving_stddev, [1.0636, 2.2199], rtol=1e-4)


def test_integers_are_normalized_as_floats():
    x = tf.constant([[1, 2], [3, 5]])
    layers = tf.keras.layers
    for layer, first in (
        (layers.LayerNormalization(), [-0.998006, 0.998006]),
        (layers.BatchNormalization(), [-0.9995004, -0.9997779]),
        (layers.UnitNormalization(), [0.4472136, 0.8944272]),
    ):
        options = {"training": True} if isinstance(layer, layers.BatchNormalization) else {}
        found = layer(x, **options)
        assert found.dtype == tf.float32 == layer(tf.keras.Input((2,), dtype="int32")).dtype
        np.testing.assert_allclose(found[0], first, rtol=1e-5)
    with pytest.raises(tf.errors.InvalidArgumentError, match="floating"):
        layers.GroupNormalization(1)(x)


def test_a_tuple_of_axes_stays_one_in_the_config():
    assert tf.keras.layers.BatchNormalization(axis=(1,)).get_config()["axis"] == (1,)


def test_an_empty_batch_of_images_has_gradients_of_zero():
    layer = L.BatchNormalization()
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(layer(tf.zeros((0, 2, 2, 3)), training=True))
    for gradient in tape.gradient(total, layer.trainable_weights):
        np.testing.assert_array_equal(gradient, np.zeros(3))
    assert np.isnan(layer.moving_mean).all()  # as in TensorFlow
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(layer(tf.zeros((0, 2, 2, 3)), training=False))
    np.testing.assert_array_equal(tape.gradient(total, layer.gamma), np.zeros(3))


def test_renorm_goes_with_synchronized_and_a_mask():
    x = np.random.RandomState(0).randn(4, 2, 3).astype("float32")
    mask = tf.constant(np.random.RandomState(1).rand(4, 2) > 0.5)
    for options in ({}, {"synchronized": True}):
        layer = L.BatchNormalization(renorm=True, **options)
        layer(x, training=True, mask=mask)
        np.testing.assert_allclose(layer.moving_mean, [0.022, 0.019, -0.01], atol=6e-4)
        np.testing.assert_allclose(layer.renorm_stddev, [0.99, 0.99, 0.99], atol=6e-4)


def test_masks_count_positions_before_the_last_axis():
    x = np.random.RandomState(0).randn(2, 3, 4).astype("float32")
    for shape in ((3,), (1,)):
        L.BatchNormalization()(x, training=True, mask=tf.ones(shape, tf.bool))
    for options, shape in (({}, (2,)), ({"virtual_batch_size": 2}, (2, 3))):
        with pytest.raises(tf.errors.InvalidArgumentError):
            L.BatchNormalization(**options)(x, training=True, mask=tf.ones(shape, tf.bool))
