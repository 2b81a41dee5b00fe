"""Keras 3's transformations of layers that Keras 2 has too; numbers of boxes and sums are Keras 3's, on JAX."""

import jax
import numpy as np
import pytest

import addax as tf

L = tf.keras.layers
_random = np.random.RandomState(0)
IMAGES = (_random.rand(2, 8, 9, 3) * 255).astype("f")
MASKS = (_random.rand(2, 8, 9, 1) * 5).astype("i4").astype("f")
BOXES = {
    "boxes": np.float32([[[1, 2, 5, 6], [0, 0, 4, 3]], [[2, 2, 7, 7], [3, 1, 9, 8]]]),
    "labels": np.float32([[0, 1], [2, 3]]),
}
ALL = {"images": IMAGES, "segmentation_masks": MASKS, "bounding_boxes": BOXES, "labels": np.float32([1, 2])}


@pytest.fixture(scope="module", autouse=True)
def quick_compilations():
    """Nothing here runs for long: programs are compiled without most optimizations."""
    was = jax.config.values["jax_disable_most_optimizations"]
    jax.config.update("jax_disable_most_optimizations", True)
    yield
    jax.config.update("jax_disable_most_optimizations", was)


# Constructor; sums of images and masks, and the second image's boxes, of a call with everything.
RECORDED = {
    "flip": (lambda **k: L.RandomFlip(**k), 54071.316, 305.0, [2, 1, 7, 6, 0, 0, 6, 7]),
    "rotation": (
        lambda **k: L.RandomRotation(0.2, **k), 53050.953, 298.0,
        [1.8611, 1.9209, 7.0578, 7.1176, 2.8202, 0.9619, 9.0, 8.0],
    ),
    "rotation, filled": (
        lambda **k: L.RandomRotation((0.1, 0.2), "constant", "nearest", fill_value=9.0, **k), 46684.695, 454.0,
        [1.6036, 0.197, 8.5984, 7.1917, 1.3964, 0.0, 9.0, 6.9845],
    ),
    "translation": (
        lambda **k: L.RandomTranslation(0.2, 0.3, **k), 55664.6, 320.0,
        [1.2635, 1.9489, 6.2635, 6.9489, 2.2635, 0.9489, 8.2635, 7.9489],
    ),
    "zoom": (
        lambda **k: L.RandomZoom((0.1, 0.3), (-0.4, -0.1), "nearest", **k), 53473.805, 288.0,
        [1.1795, 2.2467, 8.2308, 6.4245, 2.5897, 1.4111, 9.0, 7.26],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", RECORDED)
def test_boxes_and_masks_move_with_images(name):
    make, images, masks, boxes = RECORDED[name]
    made = make(seed=3, bounding_box_format="xyxy")(ALL, training=True)
    np.testing.assert_allclose(made["images"].numpy().sum(), images, rtol=1e-5)
    np.testing.assert_allclose(made["segmentation_masks"].numpy().sum(), masks, rtol=1e-5)
    np.testing.assert_allclose(made["bounding_boxes"]["boxes"][1].numpy().ravel(), boxes, atol=2e-4)
    np.testing.assert_array_equal(made["labels"], [1, 2])


def test_steps_by_hand():
    layer = L.RandomTranslation(0.2, 0.3, seed=3, bounding_box_format="xyxy")
    drawn = layer.get_random_transformation(IMAGES, seed=7)
    np.testing.assert_allclose(layer.transform_images(IMAGES, drawn).numpy().sum(), 52069.336, rtol=1e-5)
    np.testing.assert_array_equal(layer.transform_images(IMAGES, drawn, training=False), IMAGES)
    moved = layer.transform_bounding_boxes(BOXES, drawn)["boxes"]
    np.testing.assert_allclose(moved[0, 0], [0.0858, 1.4583, 4.0858, 5.4583], atol=2e-4)
    single = layer.transform_single_image(IMAGES[0], layer.get_random_transformation(IMAGES[:1], seed=7))
    np.testing.assert_allclose(single.numpy().sum(), 26242.2, rtol=1e-5)
    bright = L.RandomBrightness(0.3, seed=3)
    drawn = bright.get_random_transformation(IMAGES, seed=7)
    assert list(drawn) == ["rgb_delta"]
    np.testing.assert_array_equal(bright.transform_segmentation_masks(MASKS, drawn), MASKS)


def test_windows_take_boxes_along():
    # A crop's top left corner is the boxes' new origin (Keras 3 takes the top from x and the left from y).
    layer = L.RandomCrop(5, 5, seed=3, bounding_box_format="xyxy")
    made = layer(ALL, training=True)
    top, left = (int(n) for n in np.argwhere(IMAGES[0, :, :, 0] == made["images"].numpy()[0, 0, 0, 0])[0])
    np.testing.assert_array_equal(made["images"], IMAGES[:, top : top + 5, left : left + 5])
    np.testing.assert_array_equal(made["segmentation_masks"], MASKS[:, top : top + 5, left : left + 5])
    want = np.clip(BOXES["boxes"] - [left, top, left, top], 0, 5)
    np.testing.assert_allclose(made["bounding_boxes"]["boxes"], want)
    centre = L.CenterCrop(4, 5, bounding_box_format="xywh")
    made = centre({**ALL, "bounding_boxes": {**BOXES, "boxes": np.float32([[[2, 2, 5, 4]], [[0, 0, 1, 9]]])}})
    np.testing.assert_array_equal(made["segmentation_masks"], MASKS[:, 2:6, 2:7])
    np.testing.assert_allclose(made["bounding_boxes"]["boxes"], [[[0, 0, 5, 4]], [[0, 0, 0, 4]]])


@pytest.mark.parametrize(
    "options, size, boxes",
    [
        ({}, (4, 6), [0.6667, 1.0, 3.3333, 3.0]),
        ({"crop_to_aspect_ratio": True}, (4, 4), [0.5, 1.0, 2.5, 3.0]),
        ({"pad_to_aspect_ratio": True}, (6, 12), [2.75, 1.5, 5.75, 4.5]),
    ],
)
def test_sizes_take_boxes_along(options, size, boxes):
    made = L.Resizing(*size, **options, bounding_box_format="xyxy")(ALL)
    assert made["segmentation_masks"].shape == (2, *size, 1) and made["images"].shape == (2, *size, 3)
    assert set(np.unique(made["segmentation_masks"])) <= {0.0, 1.0, 2.0, 3.0, 4.0}
    np.testing.assert_allclose(made["bounding_boxes"]["boxes"][0, 0], boxes, atol=1e-4)


def test_boxes_need_a_format_that_configs_keep():
    with pytest.raises(ValueError, match="bounding_box_format"):
        L.RandomFlip()(ALL, training=True)
    layer = L.RandomFlip(bounding_box_format="xyxy")
    assert L.RandomFlip.from_config(layer.get_config()).bounding_box_format == "xyxy"
    assert "bounding_box_format" not in L.RandomFlip().get_config()
    assert not layer.weights
