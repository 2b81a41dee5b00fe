"""Layers over images that Keras 3 added; the numbers are Keras 3's, on JAX, which draws the same with a seed."""

import jax
import numpy as np
import pytest

import addax as tf

L = tf.keras.layers
IMAGES = np.float32((np.arange(288) * 37 % 256).reshape(2, 8, 6, 3))
BOXES = {
    "boxes": np.float32([[[1, 1, 4, 5], [0, 2, 3, 3]], [[2, 0, 5, 7], [1, 1, 2, 6]]]),
    "labels": np.int32([[1, 2], [0, 1]]),
}
PLACES = [50, 100, 200, 287]


@pytest.fixture(scope="module", autouse=True)
def quick_compilations():
    """Nothing here runs for long: programs are compiled without most optimizations."""
    was = jax.config.values["jax_disable_most_optimizations"]
    jax.config.update("jax_disable_most_optimizations", True)
    yield
    jax.config.update("jax_disable_most_optimizations", was)


# Constructor, numbers at PLACES and the sum of the first call, the sum of the second.
RECORDED = {
    "gray": (lambda **k: L.RandomGrayscale(0.5, seed=3, **k), [58, 116, 188.1392, 79.1501], 36319.48, 36319.48),
    "sharp": (
        lambda **k: L.RandomSharpness((0.1, 0.9), seed=3, **k), [35.5647, 116, 229.7765, 121.7555], 37097.1, 36706.53
    ),
    "shear": (
        lambda **k: L.RandomShear(0.5, (0.1, 0.3), seed=3, **k),
        [118.6516, 146.7613, 107.2042, 121.9168], 36293.15, 35705.47,
    ),
    "shear, nearest": (
        lambda **k: L.RandomShear(0.5, (0.1, 0.3), "nearest", "constant", 7.0, seed=3, **k),
        [160, 73, 87, 7], 29908, 30471,
    ),
    "saturation": (
        lambda **k: L.RandomSaturation(0.6, seed=3, **k), [104.2436, 125.4012, 232, 123], 46752.62, 45920.52
    ),
    "hue": (lambda **k: L.RandomHue(0.6, seed=3, **k), [240, 153, 232, 123], 33143.85, 37111.31),
    "degeneration": (
        lambda **k: L.RandomColorDegeneration(0.6, seed=3, **k),
        [71.9599, 113.0722, 232.8407, 123.8405], 36075.19, 36103.02,
    ),
    "jitter": (
        lambda **k: L.RandomColorJitter((0, 255), 0.3, 0.4, 0.5, 0.2, seed=3, **k),
        [255, 218.343, 245.4778, 120.6244], 52369.9, 46808.26,
    ),
    "erasing": (
        lambda **k: L.RandomErasing(scale=(0.3, 0.6), fill_value=4.0, seed=3, **k), [4, 4, 232, 123], 28678, 36144
    ),
    "erasing by noise": (
        lambda **k: L.RandomErasing(0.7, (0.3, 0.6), seed=3, **k), [0, 51.5845, 232, 123], 34282.41, 34130.65
    ),
    "blur": (
        lambda **k: L.RandomGaussianBlur(0.9, (3, 5), (0.5, 1.0), seed=3, **k),
        [58, 116, 123.3653, 72.9987], 33466.96, 34232.97,
    ),
    "perspective": (
        lambda **k: L.RandomPerspective(1.0, 0.5, seed=3, **k), [58, 116, 196.2752, 27.4834], 33579.87, 36019.3
    ),
    "perspective, nearest": (
        lambda **k: L.RandomPerspective((1.0, 1.0), 0.5, "nearest", 9.0, seed=3, **k),
        [49, 218, 232, 9], 33430, 35820,
    ),
    "elastic": (lambda **k: L.RandomElasticTransform(seed=3, **k), [58, 116, 229.9328, 123], 36196.11, 36144.08),
    "equalization": (lambda **k: L.Equalization(**k), [59, 118, 236, 126], 36720, 36720),
    "equalization, 16 bins": (lambda **k: L.Equalization(bins=16, **k), [54, 110, 238, 129], 36342, 36342),
    "tiles": (
        lambda **k: L.ContrastLimitedAdaptiveHistogramEqualization(clip_limit=1.5, tile_grid_size=(3, 2), **k),
        [59.6374, 116.4499, 230.9679, 124.5468], 36319.98, 36319.98,
    ),
    "cut": (lambda **k: L.CutMix(seed=3, **k), [58, 68, 232, 123], 36160, 36176),
    "mix": (lambda **k: L.MixUp(0.4, seed=3, **k), [55.9027, 113.9027, 130.8446, 146.3435], 36030.69, 36137.61),
    "policy": (
        lambda **k: L.RandAugment(seed=3, num_ops=3, **k), [140.2202, 111.764, 207.1324, 218.709], 45279.2, 36714.24
    ),
    "another policy": (
        lambda **k: L.RandAugment(seed=8, num_ops=4, factor=0.3, **k),
        [213.991, 171.4492, 0, 136.5291], 32304.65, 33240.76,
    ),
    "solarization": (
        lambda **k: L.Solarization(0.4, 0.6, seed=3, **k), [109.6851, 51.6851, 0, 82.6293], 18576.16, 18255.31
    ),
    "invert": (lambda **k: L.RandomInvert(0.9, seed=3, **k), [58, 116, 23, 132], 36464, 36464),
    "posterization": (lambda **k: L.RandomPosterization((2, 6), seed=3, **k), [0, 64, 224, 96], 29376, 32864),
}  # fmt: skip


@pytest.mark.parametrize("name", RECORDED)
def test_numbers_are_keras_3s(name):
    make, places, first, second = RECORDED[name]
    layer = make()
    found = layer(IMAGES).numpy()
    np.testing.assert_allclose(found.ravel()[PLACES], places, atol=2e-3)
    np.testing.assert_allclose([found.sum(dtype="float64"), float(layer(IMAGES).numpy().sum())], [first, second], 2e-6)


FIRST = ["gray", "sharp", "shear", "hue", "blur", "perspective", "elastic", "equalization", "tiles", "cut", "erasing"]


@pytest.mark.parametrize("name", FIRST)
def test_channels_may_come_first(name):
    make, places, total, _ = RECORDED[name]
    found = make(data_format="channels_first")(IMAGES.transpose(0, 3, 1, 2)).numpy().transpose(0, 2, 3, 1)
    np.testing.assert_allclose(found.ravel()[PLACES], places, atol=2e-3)
    np.testing.assert_allclose(found.sum(dtype="float64"), total, 2e-6)


ONCE = ["gray", "saturation", "erasing", "elastic", "equalization", "tiles", "cut", "mix"]


@pytest.mark.parametrize("name", ONCE)
def test_integers_single_images_and_configs(name):
    layer = RECORDED[name][0]()
    expected = layer(IMAGES[:1]).numpy()[0]
    config = layer.get_config()
    assert type(layer).from_config(config).get_config() == config and "rng_type" not in config
    again = type(layer).from_config({**config, "seed": 3} if "seed" in config else config)
    whole = again(np.uint8(IMAGES[0])).numpy()
    if name != "cut":  # which leaves single images alone
        np.testing.assert_allclose(whole, np.trunc(expected) if name == "gray" else expected, atol=1e-3)
    assert whole.dtype == ("uint8" if name == "gray" else "float32")
    off = layer(IMAGES, training=False).numpy()
    assert np.array_equal(off, IMAGES) == (name != "tiles")


def test_augmix_mixes_chains():
    layer = L.AugMix(num_chains=2, chain_depth=1, seed=3)
    found = layer(IMAGES).numpy()
    assert 0 <= found.min() and found.max() <= 255 and not np.allclose(found, IMAGES, atol=1)
    given = {"chain_mixing_weights": [0.25, 0.75], "weight_sample": 0.5}
    steps = [[{"layer_name": "solarization", "transformation": {"additions": np.zeros(2), "thresholds": np.zeros(2)}}]]
    mixed = layer.transform_images(IMAGES, {**given, "chain_transforms": [*steps, []]})
    np.testing.assert_allclose(mixed, 0.5 * IMAGES + 0.5 * (0.25 * (255 - IMAGES) + 0.75 * IMAGES), atol=1e-3)
    twice = [layer.transform_images(IMAGES, drawn) for drawn in [layer.get_random_transformation(IMAGES)] * 2]
    np.testing.assert_array_equal(*twice)
    assert "random_contrast" not in L.AugMix(all_ops=False)._names


def test_given_transformations():
    one = np.ones(2, "float32")
    sharp = L.RandomSharpness(0.5).transform_images(IMAGES, {"factor": 0.5 * one})
    np.testing.assert_allclose(sharp, IMAGES, atol=1e-3)
    inverted = L.RandomInvert().transform_images(IMAGES, {"apply_inversion": np.array([True, False])}).numpy()
    np.testing.assert_array_equal(inverted[0], 255 - IMAGES[0])
    np.testing.assert_array_equal(inverted[1], IMAGES[1])
    mixed = L.MixUp().transform_labels(
        np.eye(2, dtype="float32"), {"mix_weight": [0.25, 1.0], "permutation_order": [1, 0]}
    )
    np.testing.assert_allclose(mixed, [[0.25, 0.75], [0, 1]])
    shear = L.RandomShear(0.5)
    drawn = shear.get_random_transformation(IMAGES, seed=7)
    np.testing.assert_array_equal(
        drawn["shear_factor"], shear.get_random_transformation(IMAGES, seed=7)["shear_factor"]
    )
    assert shear.get_random_transformation(IMAGES, training=False) is None
    np.testing.assert_array_equal(shear.transform_images(IMAGES, drawn, training=False), IMAGES)


def test_labels_masks_and_boxes_go_with_images():
    made = L.CutMix(seed=3)({"images": IMAGES, "labels": np.eye(2, dtype="float32")})
    np.testing.assert_allclose(made["labels"], [[0.834460, 0.165540], [0.380902, 0.619098]], atol=1e-5)
    made = L.MixUp(0.4, seed=3)({"images": IMAGES, "labels": np.eye(2, dtype="float32")})
    np.testing.assert_allclose(made["labels"], [[0.956306, 0.043694], [0.486324, 0.513676]], atol=1e-5)
    masks = np.uint8(IMAGES[..., :1] > 99)
    made = L.RandomShear(0.5, 0.2, "nearest", seed=1)({"images": IMAGES, "segmentation_masks": masks})
    np.testing.assert_array_equal(made["segmentation_masks"], made["images"].numpy()[..., :1] > 99)
    made = L.RandomElasticTransform(interpolation="nearest", seed=1)({"images": IMAGES, "segmentation_masks": masks})
    np.testing.assert_array_equal(made["segmentation_masks"], made["images"].numpy()[..., :1] > 99)
    made = L.RandomHue(0.5)({"images": IMAGES, "segmentation_masks": masks})
    np.testing.assert_array_equal(made["segmentation_masks"], masks)


@pytest.mark.parametrize(
    ("layer", "boxes"),
    [
        (L.RandomShear(0.5, (0.1, 0.3), seed=3, bounding_box_format="xyxy"), [0.6015, 1.2217, 3.9203, 6.4449]),
        (L.RandomPerspective((1, 1), 0.5, seed=3, bounding_box_format="xyxy"), [1.1598, 1.3344, 4.751, 6.5149]),
        (L.RandAugment(num_ops=3, seed=3, bounding_box_format="xyxy"), [1.1799, 1.3097, 4.8996, 6.2861]),
        (L.RandomHue(0.5, bounding_box_format="xyxy"), [1, 1, 4, 5]),
    ],
)
def test_boxes_move_with_images(layer, boxes):
    made = layer({"images": IMAGES, "bounding_boxes": BOXES})["bounding_boxes"]
    np.testing.assert_allclose(made["boxes"][0, 0], boxes, atol=1e-3)
    np.testing.assert_array_equal(made["labels"], BOXES["labels"])
    single = {key: value[0] for key, value in BOXES.items()}
    assert layer({"images": IMAGES[0], "bounding_boxes": single})["bounding_boxes"]["boxes"].shape == (2, 4)


def test_numbers_of_boxes():
    ragged = {
        "boxes": tf.ragged.constant([[[1.0, 1, 2, 2]], [[0.0, 0, 1, 1], [0, 0, 3, 3]]], ragged_rank=1),
        "labels": tf.ragged.constant([[5], [6, 7]]),
    }
    layer = L.MaxNumBoundingBoxes(3, bounding_box_format="xyxy")
    made = layer({"images": IMAGES, "bounding_boxes": ragged}, training=False)["bounding_boxes"]
    np.testing.assert_array_equal(made["labels"], [[5, -1, -1], [6, 7, -1]])
    assert made["boxes"].shape == (2, 3, 4)
    with pytest.raises(ValueError, match="bounding_box_format"):
        L.MaxNumBoundingBoxes(3)({"images": IMAGES, "bounding_boxes": BOXES})
    with pytest.raises(ValueError, match="'boxes' and 'labels'"):
        layer({"images": IMAGES, "bounding_boxes": {"boxes": BOXES["boxes"]}})
    assert layer.compute_output_shape({"bounding_boxes": {"boxes": (2, 9, 4)}}) == {
        "bounding_boxes": {"boxes": [2, 3, 4]}
    }


def test_in_datasets_and_functions():
    layer = L.Pipeline([L.RandomShear(0.2, seed=1), L.RandomHue(0.3, seed=1), L.MixUp(seed=1)])
    eager = L.Pipeline([L.RandomShear(0.2, seed=1), L.RandomHue(0.3, seed=1), L.MixUp(seed=1)])
    expected = [eager(IMAGES).numpy() for _ in range(2)]
    data = tf.data.Dataset.from_tensors(IMAGES).repeat(2).map(layer)
    for found, want in zip(data, expected, strict=True):
        np.testing.assert_allclose(found, want, atol=1e-2)
    policy = L.RandAugment(num_ops=2, seed=5)
    np.testing.assert_allclose(tf.function(policy)(IMAGES), L.RandAugment(num_ops=2, seed=5)(IMAGES), atol=2e-2)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: L.RandomHue(-0.1), "factor"), (lambda: L.RandomSharpness(2), "factor"),
        (lambda: L.RandomShear(2.0), "x_factor"), (lambda: L.RandomGaussianBlur(kernel_size=4), "odd"),
        (lambda: L.RandomGrayscale(2), "between 0 and 1"), (lambda: L.RandomPerspective(scale=2), "scale"),
        (lambda: L.RandomErasing(fill_value=[1, 2]), "fill_value"), (lambda: L.Equalization(bins=1), "bins"),
        (lambda: L.MixUp(alpha=0), "alpha"), (lambda: L.RandomHue(0.1)(IMAGES[..., :2]), "3 channels"),
        (lambda: L.RandomGrayscale()(IMAGES[..., :2]), "1 or 3 channels"), (lambda: L.CutMix()(IMAGES[0, 0]), "rank"),
    ],
)  # fmt: skip
def test_wrong_arguments_are_refused(make, said):
    with pytest.raises(ValueError, match=said):
        make()


def test_unknown_ways_to_fill_are_refused():
    with pytest.raises(NotImplementedError, match="fill_mode"):
        L.RandomShear(fill_mode="mirror")
    with pytest.raises(NotImplementedError, match="interpolation"):
        L.RandomPerspective(interpolation="cubic")
