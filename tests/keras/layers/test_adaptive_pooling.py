"""Adaptive pooling; the numbers are Keras 3's, on JAX."""

import numpy as np
import pytest

import addax as tf

L = tf.keras.layers
LINE = np.float32(np.arange(10).reshape(1, 5, 2) ** 2 % 7)
IMAGE = np.float32(np.arange(60) ** 2 % 11).reshape(1, 5, 6, 2)
VOLUME = np.float32(np.arange(60) ** 2 % 13).reshape(1, 5, 4, 3, 1)


def test_sequences():
    assert np.allclose(L.AdaptiveAveragePooling1D(3)(LINE), [[[2, 1.5], [2.3333335, 2], [1, 2]]])
    assert np.allclose(L.AdaptiveMaxPooling1D(3)(LINE), [[[4, 2], [4, 4], [1, 4]]])
    assert np.allclose(L.AdaptiveAveragePooling1D(7)(LINE)[0, :, 0], [0, 2, 3, 2, 1.5, 1, 1])


def test_images():
    found = L.AdaptiveAveragePooling2D((2, 4))(IMAGE)[0, ..., 0]
    expected = [[3.8333335, 4.8333335, 5.166667, 2.6666667], [4.8333335, 4.666667, 2.6666667, 2.6666667]]
    assert np.allclose(found, expected)
    first = L.AdaptiveMaxPooling2D((3, 4), data_format="channels_first")(IMAGE.transpose(0, 3, 1, 2))[0, 0]
    assert np.allclose(first, [[9, 9, 9, 9], [9, 9, 9, 4], [9, 9, 4, 9]])


def test_volumes():
    expected = [3.0833335, 3.9166667, 7.25, 8.666667, 8.8333333, 8.666667]
    assert np.allclose(L.AdaptiveAveragePooling3D((2, 3, 2))(VOLUME).numpy().ravel()[:6], expected)
    assert np.allclose(L.AdaptiveMaxPooling3D(2)(VOLUME).numpy().ravel(), [9, 12, 12, 12, 9, 9, 12, 12])


@pytest.mark.parametrize(("size", "kind"), [((2, 3, 4), ValueError), ("a", TypeError), (0, ValueError)])
def test_wrong_sizes_are_refused(size, kind):
    with pytest.raises((kind, TypeError), match="output_size"):
        L.AdaptiveAveragePooling2D(size)


def test_config():
    config = L.AdaptiveMaxPooling2D(2).get_config()
    assert (config["output_size"], config["data_format"]) == ((2, 2), "channels_last")
