"""Convolutions: what they refuse, and numbers by definition."""

import numpy as np
import pytest

import addax as tf

L = tf.keras.layers
R = np.random.default_rng(0)


def test_conv2d_by_definition():
    x, k = R.standard_normal((2, 6, 7, 3)), R.standard_normal((3, 2, 3, 4))
    layer = L.Conv2D(4, (3, 2), (2, 1), use_bias=False, dtype="float64")
    layer.build(x.shape)
    layer.set_weights([k])
    expected = np.zeros((2, 2, 6, 4))
    for i in range(2):
        for j in range(6):
            expected[:, i, j] = np.einsum("bhwc,hwco->bo", x[:, 2 * i : 2 * i + 3, j : j + 2], k)
    np.testing.assert_allclose(layer(x), expected)


@pytest.mark.parametrize(
    ("last", "shape"),
    [
        (lambda f: L.Conv1D(4, 3, 2, data_format=f), (2, 7, 3)),
        (lambda f: L.Conv2DTranspose(4, 3, 2, "same", data_format=f, activation="relu"), (2, 4, 5, 3)),
        (lambda f: L.SeparableConv2D(4, 3, depth_multiplier=2, data_format=f), (2, 6, 5, 3)),
        (lambda f: L.DepthwiseConv2D(3, data_format=f), (2, 6, 5, 3)),
        (lambda f: L.Conv2D(6, 3, groups=3, data_format=f), (2, 6, 5, 3)),
        (lambda f: L.MaxPooling2D(data_format=f), (2, 6, 5, 3)),
        (lambda f: L.LocallyConnected1D(2, 3, data_format=f, implementation=1), (2, 6, 3)),
        (lambda f: L.UpSampling2D(interpolation="bilinear", data_format=f), (2, 3, 4, 3)),
        (lambda f: L.ConvLSTM2D(2, 2, data_format=f, return_sequences=True), (2, 3, 4, 5, 3)),
    ],
)
def test_channels_first_is_channels_last_moved(last, shape):
    x = R.standard_normal(shape).astype("float32")
    where = 2 if len(shape) == 5 else 1
    a, b = last("channels_last"), last("channels_first")
    expected = a(x)
    moved = np.moveaxis(x, -1, where).copy()
    b(moved)
    if isinstance(a, L.LocallyConnected1D):
        kernel, bias = a.get_weights()  # Keras reads both in the order of channels first
        weights = [kernel.reshape(4, 3, 3, 2).swapaxes(1, 2).reshape(4, 9, 2), bias.T.reshape(bias.shape)]
    else:
        weights = a.get_weights()
    b.set_weights(weights)
    np.testing.assert_allclose(np.moveaxis(np.asarray(b(moved)), where, -1), expected, rtol=1e-4, atol=1e-5)


def test_locally_connected_reads_its_weights_as_keras_does_where_channels_come_first():
    x = np.arange(12, dtype="float32").reshape(1, 2, 6)
    layer = L.LocallyConnected1D(2, 2, strides=2, data_format="channels_first")
    layer(x)
    assert [w.shape for w in layer.get_weights()] == [(3, 4, 2), (3, 2)]
    layer.set_weights([np.arange(24.0).reshape(3, 4, 2) % 5, np.arange(6.0).reshape(3, 2)])
    np.testing.assert_array_equal(layer(x)[0], [[33, 59, 43], [20, 39, 76]])
    images = np.arange(18, dtype="float32").reshape(1, 2, 3, 3)
    layer = L.LocallyConnected2D(2, 2, strides=(1, 2), data_format="channels_first", implementation=2)
    layer(images)
    assert layer.get_weights()[1].shape == (2, 1, 2)


def test_causal_looks_back_only():
    layer = L.Conv1D(1, 3, padding="causal", dilation_rate=2, kernel_initializer="ones")
    x = np.zeros((1, 8, 1), "float32")
    x[0, 3] = 1
    np.testing.assert_array_equal(np.asarray(layer(x)).ravel(), [0, 0, 0, 1, 0, 1, 0, 1])


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: L.Conv2D(0, 3), "strictly positive"),
        (lambda: L.Conv2D(4, 0), "kernel_size"),
        (lambda: L.Conv2D(4, (3, 3, 3)), "tuple of 2 integers"),
        (lambda: L.Conv2D(4, 3, strides=2, dilation_rate=2), "dilation_rate"),
        (lambda: L.Conv2D(4, 3, padding="causal"), "Causal"),
        (lambda: L.Conv2D(4, 3, padding="full"), "padding"),
        (lambda: L.Conv2D(4, 3, data_format="channels"), "data_format"),
        (lambda: L.Conv2D(5, 3, groups=2), "divisible by the number of groups"),
        (lambda: L.Conv2D(4, 3, groups=2)(tf.ones((1, 5, 5, 3))), "input channels must be evenly divisible"),
        (lambda: L.Conv2D(4, 3)(tf.ones((1, 5, 5))), "expected min_ndim=4, found ndim=3"),
        (lambda: L.Conv2D(4, 3)(tf.keras.Input((5, 5, None))), "channel dimension"),
        (lambda: L.Conv2D(4, 3)(tf.ones((1, 2, 2, 3))), "<= 0 due to downsampling"),
        (lambda: L.Conv2DTranspose(4, 3, 2, output_padding=2), "greater than output padding"),
        (lambda: L.LocallyConnected1D(2, 3, padding="same"), "implementation is 1"),
        (lambda: L.MaxPooling2D(0), "pool_size"),
        (lambda: L.ZeroPadding2D((1, -1)), "padding"),
        (lambda: L.Cropping1D(3)(tf.ones((1, 5, 2))), "cropping"),
    ],
)
def test_refused(call, text):
    with pytest.raises(ValueError, match=text):
        call()


def test_another_number_of_channels_is_refused():
    layer = L.Conv2D(2, 3)
    layer(tf.ones((1, 5, 5, 3)))
    with pytest.raises(ValueError, match="expected axis -1 of input shape to have value 3"):
        layer(tf.ones((1, 5, 5, 4)))


def test_convolution_op_takes_another_kernel():
    class Standardized(L.Conv2D):
        def call(self, inputs):
            return self.convolution_op(inputs, self.kernel * 0.0)

    assert not np.any(Standardized(2, 3)(tf.ones((1, 5, 5, 3))))


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (L.Conv2D(3, 3), (5, 5, 2)),
        (L.Conv1D(3, 2, strides=2), (5, 2)),
        (L.Conv2DTranspose(3, 3, 2, "same"), (4, 5, 4)),
        (L.ConvLSTM1D(2, 2), (3, 4, 2)),
        (L.LocallyConnected1D(3, 2), (6, 4)),
        (L.LocallyConnected1D(3, 2, implementation=3), (6, 4)),
    ],
)
def test_the_gradient_of_an_empty_batch_is_zero(layer, shape):
    layer.build((None, *shape))
    x = tf.zeros((0, *shape))
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.reduce_sum(layer(x))
    of_inputs, *of_weights = tape.gradient(y, [x, *layer.trainable_weights])
    assert of_inputs.shape == (0, *shape)
    assert all(not np.any(each) for each in of_weights)


def test_transposed_convolutions_take_options_that_have_no_effect():
    x = tf.reshape(tf.range(54.0), (1, 3, 3, 3, 2))
    plain = L.Conv3DTranspose(2, 2, kernel_initializer="ones")
    with pytest.warns(UserWarning, match="Conv3DTranspose: dilation_rate=.* has no effect"):
        dilated = L.Conv3DTranspose(2, 2, dilation_rate=2, kernel_initializer="ones")
    np.testing.assert_array_equal(dilated(x), plain(x))
    assert dilated.compute_output_shape((1, 3, 3, 3, 2)) == (1, 4, 4, 4, 2)
    assert "dilation_rate" not in dilated.get_config()
    with pytest.warns(UserWarning, match="groups=2 has no effect"):
        grouped = L.Conv1DTranspose(2, 2, groups=2, kernel_initializer="ones")
    assert grouped(x[0, 0]).shape == (3, 4, 2) and grouped.get_config()["groups"] == 2
    assert grouped.kernel.shape == (2, 2, 2)


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_subclasses_change_the_convolution(data_format):
    class Doubled(tf.keras.layers.Conv2D):
        def convolution_op(self, inputs, kernel):
            return super().convolution_op(inputs, kernel * 2.0)

    options = {"kernel_initializer": "ones", "bias_initializer": "ones", "data_format": data_format}
    x = tf.ones((1, 1, 2, 2) if data_format == "channels_first" else (1, 2, 2, 1))
    assert Doubled(3, 2, activation=lambda z: -z, **options)(x).numpy().ravel().tolist() == [-9.0] * 3


@pytest.mark.parametrize("kind", ["Conv2D", "Conv2DTranspose", "SeparableConv2D", "DepthwiseConv2D"])
def test_whole_numbers_are_refused_rather_than_the_kernel_rounded(kind):
    layer = getattr(tf.keras.layers, kind)(*([2] if kind == "DepthwiseConv2D" else [2, 2]))
    for dtype in ("int32", "bool"):
        with pytest.raises(tf.errors.InvalidArgumentError, match="kernel"):
            layer(tf.ones((1, 4, 4, 2), dtype))


@pytest.mark.parametrize("layer", [L.Conv1D(2, 2), L.DepthwiseConv1D(2), L.Conv1DTranspose(2, 2), L.AveragePooling1D()])
def test_symbolic_integers_are_a_type_error_too(layer):
    with pytest.raises(TypeError):
        layer(tf.keras.Input((5, 3), dtype="int32"))


def test_groups_of_separable_and_depthwise_convolutions_change_nothing():
    x = np.ones((1, 2, 4), "f")
    layer = tf.keras.layers.SeparableConv1D(4, 1, groups=2, depthwise_initializer="ones", pointwise_initializer="ones")
    assert layer(x).numpy().tolist() == [[[4.0] * 4] * 2] and layer.get_config()["groups"] == 2
    layer = tf.keras.layers.DepthwiseConv1D(1, groups=2, depthwise_initializer="ones")
    assert layer(x).numpy().tolist() == x.tolist()
    with pytest.raises(ValueError, match="evenly divisible"):
        tf.keras.layers.SeparableConv1D(3, 1, groups=2)
