"""Reshaping layers: sizes and what they refuse."""

import numpy as np
import pytest

import addax as tf

L = tf.keras.layers


def test_symbolic_sizes():
    inputs = tf.keras.Input((None, 4))
    assert L.Reshape((-1, 2))(inputs).shape.as_list() == [None, None, 2]
    assert L.Permute((2, 1))(inputs).shape.as_list() == [None, 4, None]
    assert L.Flatten()(tf.keras.Input((3, 4))).shape.as_list() == [None, 12]
    assert L.Flatten()(inputs).shape.as_list() == [None, None]


def test_flatten_of_channels_first_is_that_of_channels_last():
    x = np.arange(2 * 3 * 4 * 5.0).reshape(2, 3, 4, 5)
    np.testing.assert_array_equal(L.Flatten()(x), L.Flatten("channels_first")(np.moveaxis(x, -1, 1)))


def test_sizes_that_do_not_fit_are_refused_eagerly_and_symbolically():
    with pytest.raises(tf.errors.InvalidArgumentError, match="total size of new array must be unchanged"):
        L.Reshape((5,))(tf.ones((2, 6)))
    with pytest.raises(ValueError, match="total size"):
        L.Reshape((4, -1))(tf.keras.Input((6,)))
    with pytest.raises(tf.errors.InvalidArgumentError, match="at most one -1"):
        L.Reshape((-1, -1))(tf.ones((2, 6)))
    with pytest.raises(ValueError, match="consecutive"):
        L.Permute((1, 3))
    with pytest.raises(TypeError, match="integer"):
        L.RepeatVector(2.5)
    with pytest.raises(ValueError, match="expected ndim=2, found ndim=3"):
        L.RepeatVector(2)(tf.ones((1, 2, 3)))


def test_upsampling_by_an_unknown_interpolation():
    with pytest.raises(NotImplementedError, match="interpolation"):
        tf.keras.layers.UpSampling2D(interpolation="cubic")


def test_symbolic_calls_of_embeddings_take_other_lengths_than_input_length():
    layer = tf.keras.layers.Embedding(6, 3, input_length=5)
    assert tuple(layer(tf.keras.Input((4,), dtype="int32")).shape) == (None, 4, 3)
    assert tuple(layer(tf.keras.Input((None,), dtype="int32")).shape) == (None, None, 3)
    with pytest.raises(ValueError, match="input_length"):
        layer.compute_output_shape((None, 4))


def test_cropping_volumes_to_nothing_leaves_nothing():
    layer = tf.keras.layers.Cropping3D(3)
    assert layer(tf.zeros((2, 4, 4, 4, 4))).shape == (2, 0, 0, 0, 4)
    assert layer(tf.keras.Input((4, 4, 4, 4))).shape == (None, 0, 0, 0, 4)
    for flat, size in ((tf.keras.layers.Cropping1D(3), (4, 4)), (tf.keras.layers.Cropping2D(3), (4, 4, 4))):
        with pytest.raises(ValueError, match="must be greater than the input shape"):
            flat(tf.keras.Input(size))


def test_a_reshape_with_two_open_sizes_is_a_value_error_where_shapes_are_symbolic():
    layer = tf.keras.layers.Reshape((-1, -1))
    with pytest.raises(ValueError, match="at most one -1"):
        layer(tf.keras.Input((4,)))
    with pytest.raises(tf.errors.InvalidArgumentError, match="at most one -1"):
        layer(tf.zeros((2, 4)))


@pytest.mark.parametrize("name", ["ELU", "Softmax", "PReLU", "GaussianNoise", "Dropout", "Activation"])
def test_the_kind_of_a_computed_shape_is_that_of_keras(name):
    layer = getattr(tf.keras.layers, name)(
        *{"GaussianNoise": (0.1,), "Dropout": (0.1,), "Activation": ("relu",)}.get(name, ())
    )
    shape = layer.compute_output_shape((None, 3))
    assert shape == (None, 3)
    assert type(shape) is (tuple if name in ("Dropout", "Activation") else tf.TensorShape)


def test_open_sizes_of_integers_and_strings():
    for dtype in ("int32", "string"):
        inputs = tf.keras.Input((None,), dtype=dtype)
        out = L.Reshape((4, 3))(inputs)
        assert out.shape.as_list() == [None, 4, 3] and out.dtype.name == dtype
    assert L.Permute((2, 1))(tf.keras.Input((None, 2), dtype="bool")).dtype == tf.bool


def test_target_sizes_are_whole_numbers():
    with pytest.raises(TypeError):
        L.Reshape((2.0, 6))(tf.ones((2, 12)))


def test_upsampled_images_are_float32_unless_pixels_are_repeated():
    inputs = tf.keras.Input((2, 2, 1))
    for interpolation, dtype in (("nearest", "float16"), ("BILINEAR", "float32"), ("lanczos3", "float32")):
        layer = L.UpSampling2D(interpolation=interpolation, dtype="mixed_float16")
        assert layer(inputs).dtype == layer(tf.ones((1, 2, 2, 1))).dtype == dtype
        assert layer.interpolation == interpolation.lower()
