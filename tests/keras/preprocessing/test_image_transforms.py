"""Pictures moved and changed."""

import numpy as np
import pytest

import addax as tf

I = tf.keras.preprocessing.image  # noqa: E741
PICTURE = np.random.default_rng(0).uniform(0, 255, (6, 8, 3))
AXES = {"row_axis": 0, "col_axis": 1, "channel_axis": 2}


def test_whole_steps():
    moved = I.apply_affine_transform(PICTURE, tx=2, **AXES)
    np.testing.assert_allclose(moved[:, :-2], PICTURE[:, 2:])
    np.testing.assert_allclose(moved[:, -1], PICTURE[:, -1])
    moved = I.apply_affine_transform(PICTURE, ty=-1, fill_mode="constant", cval=7.0, **AXES)
    np.testing.assert_allclose(moved[1:], PICTURE[:-1])
    np.testing.assert_allclose(moved[0], 7.0)
    square = PICTURE[:, :6]
    turned = I.apply_affine_transform(square, theta=90, **AXES)
    np.testing.assert_allclose(turned, np.rot90(square), atol=1e-6)
    first = I.apply_affine_transform(np.moveaxis(square, 2, 0), theta=90)
    np.testing.assert_allclose(first, np.moveaxis(turned, 2, 0), atol=1e-6)


def test_the_middle_stays():
    picture = np.zeros((5, 5, 1))
    picture[2, 2] = 1.0
    for options in ({"theta": 37}, {"zx": 2.0, "zy": 0.5}, {"shear": 30}):
        assert I.apply_affine_transform(picture, **options, **AXES)[2, 2, 0] == pytest.approx(1.0)
    assert I.apply_affine_transform(PICTURE, **AXES) is PICTURE


def test_random_ones_are_drawn_from_the_seed():
    for name, arguments in {
        "random_rotation": (30,), "random_shift": (0.2, 0.3), "random_shear": (20,), "random_zoom": ((0.5, 1.5),),
    }.items():  # fmt: skip
        np.random.seed(3)
        first = getattr(I, name)(PICTURE, *arguments, **AXES)
        np.random.seed(3)
        np.testing.assert_array_equal(getattr(I, name)(PICTURE, *arguments, **AXES), first)
        assert first.shape == PICTURE.shape and not np.array_equal(first, PICTURE)
    np.testing.assert_array_equal(I.random_zoom(PICTURE, (1, 1), **AXES), PICTURE)


def test_values():
    shifted = I.apply_channel_shift(PICTURE, 20.0, 2)
    np.testing.assert_allclose(shifted, np.clip(PICTURE + 20, PICTURE.min(), PICTURE.max()))
    assert I.random_channel_shift(PICTURE, 5.0).shape == PICTURE.shape
    darker = I.apply_brightness_shift(PICTURE, 0.5, scale=False)
    np.testing.assert_allclose(darker, PICTURE * 0.5, atol=1.0)
    outside = PICTURE - 300
    assert I.apply_brightness_shift(outside, 1.0, scale=False) == pytest.approx(outside, abs=2.0)
    assert I.random_brightness(PICTURE, (0.5, 0.6)).max() < 255


def test_smart_resize():
    wide = np.tile(np.arange(8.0)[None, :, None], (4, 1, 1))
    np.testing.assert_allclose(I.smart_resize(wide, (4, 4))[0, :, 0], [2.0, 3.0, 4.0, 5.0])
    assert I.smart_resize(tf.ones((2, 4, 8, 3)), (2, 6)).shape == (2, 2, 6, 3)
    first = I.smart_resize(wide.transpose(2, 0, 1), (4, 4), data_format="channels_first")
    np.testing.assert_allclose(first.transpose(1, 2, 0), I.smart_resize(wide, (4, 4)))
    with pytest.raises(ValueError, match="tuple of 2"):
        I.smart_resize(wide, (4,))
    with pytest.raises(ValueError, match="rank"):
        I.smart_resize(wide[0], (4, 4))


@pytest.mark.parametrize(
    "options",
    [{"row_axis": 0, "col_axis": 0, "channel_axis": 2}, {"row_axis": 0, "col_axis": 2, "channel_axis": 1},
     {**AXES, "fill_mode": "magic"}],
)  # fmt: skip
def test_wrong_arguments(options):
    with pytest.raises(ValueError):
        I.apply_affine_transform(PICTURE, theta=10, **options)


def test_pictures_mirrored_without_their_edge():
    picture = ((np.arange(90) * 37) % 256).reshape(6, 5, 3).astype("float32")
    moved = tf.keras.preprocessing.image.apply_affine_transform(picture, theta=10, fill_mode="mirror")
    np.testing.assert_allclose(moved[0, 0], [44.412766, 61.575703, 69.26136], rtol=1e-6)  # as Keras 2
