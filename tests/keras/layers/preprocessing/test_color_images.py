"""Changes of colors; the numbers are Keras 3's, on JAX."""

import numpy as np
import pytest

import addax as tf

L = tf.keras.layers
BYTES = np.uint8((np.arange(96) * 37 % 256).reshape(2, 4, 4, 3))
SHARES = np.float32(BYTES) / 255


def test_auto_contrast():
    found = L.AutoContrast()(BYTES).numpy()
    np.testing.assert_allclose(found.ravel()[:5], [0, 37.532471, 75.064941, 122.532471, 160.064941], atol=1e-4)
    np.testing.assert_allclose(found.sum(dtype="float64"), 12165.918522, rtol=1e-6)
    found = L.AutoContrast(value_range=(0, 1))(SHARES, training=False).numpy()
    np.testing.assert_allclose(found.ravel()[1:4], [0.1471862, 0.2943723, 0.4805195], atol=1e-6)
    first = L.AutoContrast(data_format="channels_first")(BYTES.transpose(0, 3, 1, 2)).numpy()
    np.testing.assert_allclose(first.transpose(0, 2, 3, 1), L.AutoContrast()(BYTES), atol=1e-4)
    np.testing.assert_array_equal(L.AutoContrast()(np.full((1, 2, 2, 3), 9.0, "float32")), 9)


def test_solarization():
    np.testing.assert_array_equal(L.Solarization()(BYTES), 255 - np.float32(BYTES))
    np.testing.assert_array_equal(L.Solarization()(BYTES, training=False), BYTES)
    layer = L.Solarization(addition_factor=0.5, threshold_factor=0.5, value_range=(0, 1), seed=1)
    found = layer(SHARES).numpy()
    assert 0 <= found.min() and found.max() <= 1 and not np.allclose(found, SHARES)


def test_invert_and_posterize():
    np.testing.assert_array_equal(L.RandomInvert((1, 1))(BYTES), 255 - np.float32(BYTES))
    np.testing.assert_array_equal(L.RandomInvert((0, 0))(BYTES), BYTES)
    np.testing.assert_array_equal(L.RandomPosterization((4, 4))(np.float32(BYTES)), BYTES & 0xF0)
    found = L.RandomPosterization((2, 5), seed=3)(np.float32(BYTES)).numpy()
    bits = [
        next(b for b in range(2, 5) if np.array_equal(f, o >> (8 - b) << (8 - b)))
        for f, o in zip(found, BYTES, strict=True)
    ]
    assert all(2 <= b < 5 for b in bits)


@pytest.mark.parametrize("layer", [L.AutoContrast(), L.Solarization(0.1), L.RandomInvert(), L.RandomPosterization(3)])
def test_configs_are_keras_3s(layer):
    config = layer.get_config()
    assert "rng_type" not in config and config["value_range"] == [0, 255] and config["data_format"] == "channels_last"
    assert type(layer).from_config(config).get_config() == config


def test_in_a_dataset_and_a_pipeline():
    pipeline = L.Pipeline([L.AutoContrast(), L.RandomInvert((1, 1))])
    images = next(iter(tf.data.Dataset.from_tensor_slices(BYTES).batch(2).map(pipeline)))
    np.testing.assert_allclose(images, 255 - L.AutoContrast()(BYTES), atol=1e-4)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: L.Solarization(2.0), "addition_factor"), (lambda: L.Solarization(0, (0, 1, 2)), "threshold_factor"),
        (lambda: L.RandomInvert(-0.1), "factor"), (lambda: L.RandomPosterization((0, 9)), "factor"),
        (lambda: L.AutoContrast(3), "value_range"),
    ],
)  # fmt: skip
def test_wrong_arguments_are_refused(make, said):
    with pytest.raises(ValueError, match=said):
        make()
