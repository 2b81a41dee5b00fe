"""Resizing, CenterCrop and the random image layers."""

import numpy as np
import pytest

import addax as tf

L = tf.keras.layers
IMAGES = np.random.default_rng(0).uniform(0, 255, (4, 6, 8, 3)).astype("float32")


def test_fixed_changes_are_exact():
    moved = np.asarray(L.RandomTranslation((0.5, 0.5), (0.0, 0.0), "constant")(IMAGES))
    np.testing.assert_allclose(moved[:, 3:], IMAGES[:, :3], rtol=1e-5)
    assert not moved[:, :3].any()
    turned = np.asarray(L.RandomRotation((0.5, 0.5))(IMAGES))
    np.testing.assert_allclose(turned, IMAGES[:, ::-1, ::-1], atol=1e-2)
    brighter = np.asarray(L.RandomBrightness((0.1, 0.1))(IMAGES))
    np.testing.assert_allclose(brighter, np.minimum(IMAGES + 25.5, 255), rtol=1e-5)
    np.testing.assert_allclose(L.RandomZoom((0.0, 0.0))(IMAGES), IMAGES, rtol=1e-4)


@pytest.mark.parametrize(
    ("size", "at", "expected"),
    # Positions of tf_keras 2.21's wrap mode, which counts turns by size - 1.
    [(4, -0.3, 3), (4, -3.5, 3), (4, 4.5, 0.5), (4, 2.5, 2.5)],
)
def test_wrapped_positions(size, at, expected):
    from addax.ops.augmentation import _mapped

    assert float(_mapped(np.float32(at), size, "wrap")) == pytest.approx(expected)


def test_each_image_is_changed_by_itself_and_single_ones_too():
    ones = np.broadcast_to(IMAGES[:1], IMAGES.shape)
    out = np.asarray(L.RandomRotation(0.3)(ones))
    assert len({image.tobytes() for image in out}) == 4
    assert L.RandomFlip()(IMAGES[0]).shape == (6, 8, 3)
    both = L.RandomContrast(0.2)({"images": IMAGES, "labels": 1})
    assert both["labels"] == 1 and both["images"].shape == IMAGES.shape


def test_nothing_changes_outside_of_training():
    for layer in (L.RandomFlip(), L.RandomRotation(0.3), L.RandomZoom(0.3), L.RandomContrast(0.3)):
        np.testing.assert_array_equal(layer(IMAGES, training=False), IMAGES)
    cropped = L.RandomCrop(6, 4)(IMAGES, training=False)
    np.testing.assert_allclose(cropped, IMAGES[:, :, 2:6], rtol=1e-5)


def test_crops_are_windows_and_sizes_vary():
    out = np.asarray(L.RandomCrop(3, 2)(IMAGES))
    places = [(i, j) for i in range(4) for j in range(7) if np.array_equal(out, IMAGES[:, i : i + 3, j : j + 2])]
    assert len(places) == 1
    sizes = {int(L.RandomHeight(0.5)(IMAGES).shape[1]) for _ in range(20)}
    assert len(sizes) > 1 and min(sizes) >= 3 and max(sizes) <= 9


def test_in_models_and_datasets():
    model = tf.keras.Sequential(
        [L.RandomFlip(seed=1), L.RandomZoom(0.1), L.Rescaling(1 / 255), L.Flatten(), L.Dense(1)]
    )
    model.compile("sgd", "mse")
    model.fit(IMAGES, np.ones(4), verbose=0)
    first = model.predict(IMAGES, verbose=0)
    np.testing.assert_array_equal(first, model.predict(IMAGES, verbose=0))
    batch = next(iter(tf.data.Dataset.from_tensor_slices(IMAGES).batch(2).map(L.RandomTranslation(0.1, 0.1))))
    assert batch.shape == (2, 6, 8, 3)


def test_resizing_keeps_the_aspect_if_asked():
    assert L.Resizing(3, 3, crop_to_aspect_ratio=True)(IMAGES).shape == (4, 3, 3, 3)
    np.testing.assert_allclose(L.CenterCrop(4, 4)(IMAGES), IMAGES[:, 1:5, 2:6])
    assert L.CenterCrop(9, 4)(IMAGES).shape == (4, 9, 4, 3)


@pytest.mark.parametrize(
    "call",
    [
        lambda: L.RandomFlip("sideways"),
        lambda: L.RandomRotation((0.2, 0.1)),
        lambda: L.RandomTranslation(2.0, 0.0),
        lambda: L.RandomZoom(0.1, fill_mode="mirror"),
        lambda: L.RandomContrast(-1.0),
        lambda: L.RandomBrightness(2.0),
        lambda: L.Resizing(2, 2, "cubic"),
        lambda: L.RandomFlip()(tf.ones((2, 2))),
    ],
)
def test_refused(call):
    with pytest.raises((ValueError, NotImplementedError)):  # the latter for names of fill modes and interpolations
        call()


@pytest.mark.parametrize(
    ("name", "options", "sums"),
    [  # of TensorFlow 2.21 with tf_keras: three calls with seed 3
        ("RandomContrast", {"factor": 0.3}, [107.6607437133789, 107.51740264892578, 107.60802459716797]),
        ("RandomBrightness", {"factor": 0.3, "value_range": (0, 1)},
         [91.25896453857422, 113.71759796142578, 87.97865295410156]),
        ("RandomTranslation", {"height_factor": 0.3, "width_factor": 0.3},
         [115.01721954345703, 119.2451171875, 98.94114685058594]),
        ("RandomCrop", {"height": 3, "width": 3}, [29.5, 33.25, 23.500001907348633]),
        ("RandomHeight", {"factor": 0.3}, [4, 7, 5]),
        ("RandomWidth", {"factor": 0.3}, [4, 7, 5]),
    ],
)  # fmt: skip
def test_seeds_give_tensorflows_numbers(name, options, sums):
    images = tf.reshape(tf.range(2 * 6 * 6 * 3, dtype=tf.float32) / 216.0, (2, 6, 6, 3))
    layer = getattr(tf.keras.layers, name)(seed=3, **options)
    made = [layer(images, training=True) for _ in range(3)]
    axis = {"RandomHeight": 1, "RandomWidth": 2}.get(name)
    found = [float(tf.reduce_sum(each)) if axis is None else each.shape[axis] for each in made]
    np.testing.assert_allclose(found, sums, rtol=1e-5)


FIRST = [
    L.CenterCrop(2, 3, data_format="channels_first"), L.Resizing(3, 4, data_format="channels_first"),
    L.RandomCrop(2, 3, data_format="channels_first"), L.RandomFlip(seed=1, data_format="channels_first"),
    L.RandomZoom((0.2, 0.2), data_format="channels_first"), L.RandomContrast(0.5, seed=1, data_format="channels_first"),
]  # fmt: skip


@pytest.mark.parametrize("first", FIRST, ids=lambda layer: type(layer).__name__)
def test_channels_may_come_first(first):
    last = type(first).from_config({**first.get_config(), "data_format": None})
    assert "data_format" not in last.get_config()  # as in Keras 2
    images = IMAGES[:2].transpose(0, 3, 1, 2)
    made = first(images, training=False) if isinstance(first, L.RandomCrop) else first(images)
    kept = last(IMAGES[:2], training=False) if isinstance(last, L.RandomCrop) else last(IMAGES[:2])
    np.testing.assert_allclose(np.asarray(made).transpose(0, 2, 3, 1), kept, atol=1e-3)
    assert first.compute_output_shape((None, 3, 6, 8)) == (None, *made.shape[1:])


def test_resizing_may_add_borders():
    """The numbers are Keras 3's, on JAX."""
    image = np.arange(8, dtype="float32").reshape(2, 4, 1)
    made = L.Resizing(4, 4, pad_to_aspect_ratio=True, fill_value=9.0)(image).numpy()[..., 0]
    np.testing.assert_array_equal(made[[0, 3]], 9)
    np.testing.assert_array_equal(made[1:3], image[..., 0])
    layer = L.Resizing(1, 2, antialias=True)
    np.testing.assert_allclose(layer(image).numpy().ravel(), [2.714286, 4.285714], atol=1e-5)
    assert L.Resizing.from_config(layer.get_config()).antialias and "fill_value" not in layer.get_config()
    with pytest.raises(ValueError, match="Only one"):
        L.Resizing(4, 4, crop_to_aspect_ratio=True, pad_to_aspect_ratio=True)


def test_contrast_is_cut_at_the_ends_of_the_range():
    layer = L.RandomContrast((0.0, 0.9), value_range=(0.0, 1.0), seed=2)
    found = layer(IMAGES / 255).numpy()
    assert 0 <= found.min() and found.max() <= 1 and L.RandomContrast(0.1).get_config().get("value_range") is None
    assert layer.get_config()["value_range"] == (0.0, 1.0)


def test_layers_that_change_nothing_outside_of_training_take_any_rank_and_sizes_keep_integers():
    flat = tf.ones((8, 1))
    assert tf.keras.layers.RandomFlip()(flat, training=False).shape == (8, 1)
    with pytest.raises(ValueError, match="rank 3 or 4"):
        tf.keras.layers.RandomFlip()(flat, training=True)
    pictures = tf.zeros((1, 3, 3, 1), "uint8")
    assert tf.keras.layers.RandomHeight(0.2)(pictures, training=False).dtype == tf.uint8
    assert isinstance(tf.keras.layers.RandomBrightness(0.2).compute_output_shape((None, 3, 3, 1)), tf.TensorShape)


@pytest.mark.parametrize(
    ("layer", "want"),
    [
        (
            L.RandomTranslation((0.2, 0.2), (-0.3, -0.3), fill_mode="constant", fill_value=5.0),
            [0, 12.32, 21.64, 31.04, 0, 46.88, 71.24, 88.64, 0, 25.92, 38.48, 46.72],
        ),
        (
            L.RandomZoom((0.3, 0.3), fill_mode="nearest"),
            [8.216, 12.1746, 17.4408, 24.0148, 28.8077, 37.5, 47.5, 58.8077, 74.0148, 87.4408, 102.1746, 118.216],
        ),
        (
            L.RandomRotation((0.1, 0.1), fill_mode="wrap"),
            [69.8129, 16.1295, 106.6512, 123.892, 79.5458, 56.275, 36.2274, 19.403, 3.6228, 7.4164, 95.5021, 23.2561],
        ),
    ],
)
def test_gradients_of_moved_images_are_moved_back(layer, want):
    x = tf.constant(np.arange(12, dtype=np.float32).reshape(1, 3, 4, 1))
    weights = tf.constant(np.arange(1, 13, dtype=np.float32).reshape(1, 3, 4, 1) ** 2)
    with tf.GradientTape() as tape:
        tape.watch(x)
        total = tf.reduce_sum(layer(x, training=True) * weights)
    np.testing.assert_allclose(tape.gradient(total, x).numpy().ravel(), want, atol=1e-3)


def test_a_config_has_the_interpolation_as_it_was_written():
    layer = L.Resizing(3, 4, interpolation="BILINEAR")
    assert layer.get_config()["interpolation"] == "BILINEAR"
    np.testing.assert_array_equal(layer(IMAGES), L.Resizing(3, 4)(IMAGES))


@pytest.mark.parametrize(
    ("fill_mode", "right", "left"),
    [
        ("constant", [9, 9, 1, 2, 3, 4], [2, 3, 4, 5, 9, 9]),
        ("nearest", [0, 0, 1, 2, 3, 4], [2, 3, 4, 5, 5, 5]),
        ("reflect", [1, 0, 1, 2, 3, 4], [2, 3, 4, 5, 5, 5]),
        ("wrap", [5, 5, 1, 2, 3, 4], [2, 3, 4, 5, 0, 1]),
    ],
)
def test_positions_halfway_between_pixels_are_rounded_away_from_0(fill_mode, right, left):
    row = tf.reshape(tf.range(6.0), (1, 1, 6, 1))
    for share, want in ((0.25, right), (-0.25, left)):  # 1.5 pixels
        layer = L.RandomTranslation(
            (0.0, 0.0), (share, share), fill_mode=fill_mode, fill_value=9.0, interpolation="nearest"
        )
        assert layer(row, training=True).numpy().ravel().tolist() == want


@pytest.mark.parametrize("kind", [ValueError, tf.errors.InvalidArgumentError])
def test_images_of_another_rank_are_refused(kind):
    with pytest.raises(kind, match="rank 3 or 4"):
        L.RandomZoom(0.2)(tf.ones((5, 4)), training=True)


def test_zoom_factors_come_in_any_order_between_their_ends():
    images = tf.ones((1, 4, 4, 1))
    pair = {"height_factor": 0.1, "width_factor": (0.3, 0.1)}
    for options in ({"height_factor": (0.3, 0.2)}, {"height_factor": -0.2}, pair):
        layer = L.RandomZoom(**options)
        assert layer(images, training=True).shape == (1, 4, 4, 1)
        assert layer.get_config()["height_factor"] == options["height_factor"]
    for options in ({"height_factor": 1.5}, {"height_factor": 0.1, "width_factor": 2.0}):
        with pytest.raises(ValueError, match="must have values"):
            L.RandomZoom(**options)


def test_crops_of_nothing_and_of_no_image_are_refused():
    with pytest.raises(ValueError, match="> 0"):
        L.CenterCrop(0, 2)(tf.ones((1, 4, 4, 1)))
    with pytest.raises(tf.errors.InvalidArgumentError, match="rank 3 or 4"):
        L.RandomCrop(2, 2)(tf.ones((5, 4)), training=False)
