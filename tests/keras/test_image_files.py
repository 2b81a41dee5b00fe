"""Pictures: arrays to files and back."""

import io

import numpy as np
import pytest

import addax as tf
from addax.formats.errors import CorruptFileError

U = tf.keras.utils


def test_round_trip(tmp_path):
    picture = np.arange(48.0).reshape(4, 4, 3)
    path = tmp_path / "a.png"
    U.save_img(path, picture, scale=False)
    np.testing.assert_array_equal(U.img_to_array(U.load_img(path)), picture)
    with open(path, "rb") as file:
        np.testing.assert_array_equal(U.img_to_array(U.load_img(io.BytesIO(file.read()))), picture)


def test_scaling_and_layout():
    image = U.array_to_img(np.arange(12.0).reshape(2, 2, 3))
    assert image.size == (2, 2)
    assert U.img_to_array(image).max() == 255
    assert U.img_to_array(image, data_format="channels_first").shape == (3, 2, 2)
    assert U.array_to_img(np.ones((3, 5, 4)), data_format="channels_first").size == (4, 5)
    assert U.img_to_array(U.array_to_img(np.ones((2, 2, 1)), scale=False)).shape == (2, 2, 1)
    assert U.array_to_img(np.ones((2, 2, 4))).mode == "RGBA"


def test_modes_and_sizes(tmp_path):
    path = tmp_path / "a.png"
    U.save_img(path, np.random.default_rng(0).uniform(size=(4, 8, 3)))
    assert U.load_img(path, color_mode="grayscale").mode == "L"
    assert U.load_img(path, color_mode="rgba").mode == "RGBA"
    assert U.load_img(path, target_size=(2, 3)).size == (3, 2)
    assert U.load_img(path, target_size=(4, 4), keep_aspect_ratio=True, interpolation="bilinear").size == (4, 4)
    with pytest.warns(UserWarning, match="grayscale"):
        assert U.load_img(path, grayscale=True).mode == "L"
    with pytest.raises(ValueError, match="color_mode"):
        U.load_img(path, color_mode="cmyk")
    with pytest.raises(ValueError, match="interpolation"):
        U.load_img(path, target_size=(2, 2), interpolation="magic")


def test_jpeg_without_transparency(tmp_path):
    with pytest.warns(UserWarning, match="RGBA"):
        U.save_img(tmp_path / "a.jpg", np.ones((2, 2, 4)), file_format="jpeg")
    assert U.load_img(tmp_path / "a.jpg").size == (2, 2)


def test_errors(tmp_path):
    with pytest.raises(ValueError, match="rank 3"):
        U.array_to_img(np.ones((2, 2)))
    with pytest.raises(ValueError, match="channel number"):
        U.array_to_img(np.ones((2, 2, 2)))
    with pytest.raises(ValueError, match="data_format"):
        U.img_to_array(np.ones((2, 2, 3)), data_format="rows")
    with pytest.raises(FileNotFoundError):
        U.load_img(tmp_path / "nothing.png")
    (tmp_path / "text.png").write_text("no picture")
    with pytest.raises(CorruptFileError, match="text.png"):
        U.load_img(tmp_path / "text.png")
    with pytest.raises(TypeError, match="path-like"):
        U.load_img(3)
    with pytest.raises(ValueError, match="unknown file extension"):
        U.save_img(tmp_path / "a.what", np.ones((2, 2, 3)))
