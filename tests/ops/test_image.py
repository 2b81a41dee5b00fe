"""tf.image: identities, known values and refusals; the golden cases hold the numbers."""

import numpy as np
import pytest

import addax as tf

RGB = np.random.default_rng(0).random((2, 6, 8, 3)).astype(np.float32)
im = tf.image


@pytest.mark.parametrize(
    "method", ["area", "bicubic", "bilinear", "gaussian", "lanczos3", "lanczos5", "mitchellcubic", "nearest"]
)
@pytest.mark.parametrize("antialias", [False, True])
def test_resizing_keeps_flat_images_flat(method, antialias):
    flat = tf.fill([1, 5, 7, 2], 3.0)
    for size in ([9, 4], [2, 13]):
        np.testing.assert_allclose(
            im.resize(flat, size, method, antialias=antialias), np.full((1, *size, 2), 3.0), rtol=1e-5
        )


def test_resize_shapes_and_dtypes():
    assert im.resize(RGB[0], [3, 4]).shape == (3, 4, 3)
    assert im.resize(RGB, [12, 12], preserve_aspect_ratio=True).shape == (2, 9, 12, 3)
    byte = tf.constant(RGB * 255, tf.float32)
    assert im.resize(tf.cast(byte, tf.uint8), [3, 3], "nearest").dtype == tf.uint8
    assert im.resize(tf.cast(byte, tf.uint8), [3, 3]).dtype == tf.float32
    np.testing.assert_allclose(im.resize(RGB, [3, 4], "area"), RGB.reshape(2, 3, 2, 4, 2, 3).mean((2, 4)), rtol=1e-5)
    assert im.resize_with_pad(RGB, 10, 10).shape == (2, 10, 10, 3)
    assert im.resize_with_crop_or_pad(RGB, 4, 12).shape == (2, 4, 12, 3)


def test_resize_has_a_gradient():
    x = tf.Variable(RGB)
    with tf.GradientTape() as tape:
        y = tf.reduce_sum(im.resize(x, [3, 4], "area"))
    np.testing.assert_allclose(tape.gradient(y, x), np.full(RGB.shape, 0.25), rtol=1e-5)


def test_turns_and_crops():
    np.testing.assert_array_equal(im.flip_left_right(RGB), RGB[:, :, ::-1])
    np.testing.assert_array_equal(im.flip_up_down(RGB[0]), RGB[0, ::-1])
    np.testing.assert_array_equal(im.rot90(RGB, 3), np.rot90(RGB, 3, (1, 2)))
    np.testing.assert_array_equal(im.transpose(RGB), RGB.swapaxes(1, 2))
    np.testing.assert_array_equal(im.crop_to_bounding_box(RGB, 1, 2, 3, 4), RGB[:, 1:4, 2:6])
    np.testing.assert_array_equal(im.pad_to_bounding_box(RGB, 1, 0, 8, 8)[:, 1:7], RGB)
    np.testing.assert_array_equal(im.central_crop(RGB, 0.5), RGB[:, 1:5, 2:6])
    boxes = [[0.0, 0.0, 1.0, 1.0]]
    np.testing.assert_allclose(im.crop_and_resize(RGB, boxes, [1], [6, 8]), RGB[1:], rtol=1e-5)
    patches = im.extract_patches(RGB, [1, 2, 2, 1], [1, 2, 2, 1], [1, 1, 1, 1], "VALID")
    np.testing.assert_array_equal(patches[0, 1, 1], RGB[0, 2:4, 2:4].reshape(-1))


@pytest.mark.parametrize("method", ["bilinear", "nearest"])
@pytest.mark.parametrize(("size", "outside"), [(7, 8), (5, 6), (14, 30), (10, 11)])
def test_places_of_crops_are_rounded_at_each_step(method, size, outside):
    """A last row that comes to lie a rounding error beyond the image is outside of it."""
    corners = np.random.RandomState(0).randint(0, 9, (2, 12)) / 10
    boxes = np.stack([*corners, np.ones(12), np.ones(12)], 1).astype("float32")
    crops = im.crop_and_resize(np.ones((1, 48, 51, 1), "float32"), boxes, [0] * 12, [size, size + 1], method=method)
    assert int(np.sum(crops.numpy() == 0.0)) == outside


def test_colours_there_and_back():
    for there, back in ((im.rgb_to_hsv, im.hsv_to_rgb), (im.rgb_to_yuv, im.yuv_to_rgb), (im.rgb_to_yiq, im.yiq_to_rgb)):
        np.testing.assert_allclose(back(there(RGB)), RGB, atol=1e-4)
    np.testing.assert_allclose(im.adjust_hue(im.adjust_hue(RGB, 0.3), -0.3), RGB, atol=1e-5)
    np.testing.assert_allclose(im.adjust_saturation(RGB, 1.0), RGB, atol=1e-6)
    np.testing.assert_allclose(
        im.adjust_contrast(RGB, 0.0), np.broadcast_to(RGB.mean((1, 2), keepdims=True), RGB.shape), rtol=1e-5
    )
    assert im.grayscale_to_rgb(im.rgb_to_grayscale(RGB)).shape == RGB.shape
    standard = im.per_image_standardization(RGB).numpy()
    np.testing.assert_allclose([standard.mean((1, 2, 3)), standard.std((1, 2, 3))], [[0, 0], [1, 1]], atol=1e-5)


def test_dtypes_of_images():
    byte = im.convert_image_dtype(RGB, tf.uint8)
    np.testing.assert_allclose(im.convert_image_dtype(byte, tf.float32), RGB, atol=1 / 255)
    np.testing.assert_array_equal(im.convert_image_dtype(im.convert_image_dtype(byte, tf.uint16), tf.uint8), byte)
    assert im.convert_image_dtype([2.0], tf.uint8, saturate=True).numpy() == 255
    assert im.adjust_brightness(byte, 2.0).numpy().min() == 255


def test_measures():
    assert np.isinf(im.psnr(RGB, RGB, 1.0).numpy()).all()
    np.testing.assert_allclose(im.ssim(RGB, RGB, 1.0, filter_size=5), [1, 1], rtol=1e-5)
    big = tf.random.stateless_uniform([1, 180, 180, 1], [1, 2])
    np.testing.assert_allclose(im.ssim_multiscale(big, big, 1.0), [1.0], rtol=1e-5)
    assert im.ssim_multiscale(big, 1.0 - big, 1.0).numpy() < 0.2
    np.testing.assert_allclose(im.total_variation(tf.ones([4, 4, 1])), 0)
    dy, dx = im.image_gradients(tf.reshape(tf.range(6.0), [1, 2, 3, 1]))
    assert dy.numpy()[0, 0].ravel().tolist() == [3, 3, 3] and dx.numpy()[0, :, 2].ravel().tolist() == [0, 0]


def test_random_changes():
    tf.random.set_seed(0)
    flips = {im.random_flip_left_right(RGB[:1]).numpy().tobytes() for _ in range(20)}
    assert flips == {RGB[:1].tobytes(), RGB[:1, :, ::-1].tobytes()}
    flips = {im.random_flip_left_right(RGB[0]).numpy().tobytes() for _ in range(20)}
    assert flips == {RGB[0].tobytes(), RGB[0, :, ::-1].tobytes()}, "one picture is flipped by a branch"
    crop = tf.function(lambda x: im.random_crop(x, [2, 3, 3, 3]))
    assert crop(tf.constant(RGB)).shape == (2, 3, 3, 3)
    for change in (
        lambda s: im.stateless_random_brightness(RGB, 0.5, s),
        lambda s: im.stateless_random_contrast(RGB, 0.1, 0.9, s),
        lambda s: im.stateless_random_hue(RGB, 0.4, s),
        lambda s: im.stateless_random_saturation(RGB, 0.1, 0.9, s),
        lambda s: im.stateless_random_crop(RGB, [1, 3, 3, 3], s),
    ):
        np.testing.assert_array_equal(change([1, 2]), change([1, 2]))
        assert not np.array_equal(change([1, 2]), change([3, 4]))
    begin, size, box = im.sample_distorted_bounding_box([6, 8, 3], [[[0.0, 0.0, 1.0, 1.0]]], min_object_covered=0.3)
    assert tf.slice(RGB[0], begin, size).shape[-1] == 3 and box.shape == (1, 1, 4)


def test_boxes():
    boxes = [[0.0, 0.0, 1.0, 1.0], [0.0, 0.0, 1.0, 0.9], [2.0, 2.0, 3.0, 3.0], [0.0, 0.0, 0.1, 0.1]]
    scores = [0.9, 0.8, 0.7, 0.1]
    assert im.non_max_suppression(boxes, scores, 4, score_threshold=0.2).numpy().tolist() == [0, 2]
    soft, soft_scores = im.non_max_suppression_with_scores(boxes, scores, 4, soft_nms_sigma=0.5)
    assert soft.numpy().tolist() == [0, 2, 1, 3] and soft_scores.numpy()[2] < 0.8
    indices, count = im.non_max_suppression_padded(boxes, scores, 4, score_threshold=0.2, pad_to_max_output_size=True)
    assert indices.numpy().tolist() == [0, 2, 0, 0] and count.numpy() == 2


def test_codecs():
    pytest.importorskip("PIL")
    byte = im.convert_image_dtype(RGB[0], tf.uint8)
    np.testing.assert_array_equal(im.decode_png(im.encode_png(byte)), byte)
    gray = tf.constant(np.arange(6).reshape(2, 3, 1) * 9000, tf.uint16)
    np.testing.assert_array_equal(im.decode_png(im.encode_png(gray), dtype=tf.uint16), gray)
    smooth = im.resize(byte, [24, 32])
    jpeg = im.encode_jpeg(tf.cast(smooth, tf.uint8))
    assert im.is_jpeg(jpeg) and im.extract_jpeg_shape(jpeg).numpy().tolist() == [24, 32, 3]
    assert np.abs(im.decode_image(jpeg, dtype=tf.float32).numpy() - smooth.numpy() / 255).mean() < 0.03
    with pytest.raises(tf.errors.InvalidArgumentError, match="Unknown image file format"):
        im.decode_image(b"not an image")
    with pytest.raises(tf.errors.InvalidArgumentError, match="Unknown image file format"):
        im.decode_jpeg(tf.strings.substr(jpeg, 0, 40) if hasattr(tf, "strings") else jpeg.numpy()[:40])


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: im.resize(RGB, [3]), ValueError, "2 elements"),
        (lambda: im.resize(RGB[0, 0], [3, 3]), ValueError, "3 or 4"),
        (lambda: im.resize(RGB, [3, 3], "best"), ValueError, "not implemented"),
        (lambda: im.rgb_to_grayscale(RGB[..., :2]), ValueError, "last dimension"),
        (lambda: im.crop_to_bounding_box(RGB, 4, 0, 3, 3), ValueError, "must be >="),
        (lambda: im.pad_to_bounding_box(RGB, 0, 0, 3, 3), ValueError, "must be <="),
        (lambda: im.central_crop(RGB, 0.0), ValueError, r"\(0, 1\]"),
        (lambda: im.adjust_gamma(RGB, -1), ValueError, "non-negative"),
        (lambda: im.ssim(RGB, RGB, 1.0), tf.errors.InvalidArgumentError, "filter"),
        (lambda: im.random_crop(RGB, [9, 9, 9, 9]), tf.errors.InvalidArgumentError, "Need value.shape >= size"),
        (lambda: im.random_hue(RGB, 0.7), ValueError, "0.5"),
    ],
)
def test_refusals(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_resizing_to_the_same_size_is_still_resizing():
    image = tf.constant([[[10], [20]], [[30], [40]]], tf.uint8)
    for method in ("bilinear", "bicubic", "area"):
        same = tf.image.resize(image, [2, 2], method=method)
        assert same.dtype == tf.float32 and same.numpy().ravel().tolist() == [10.0, 20.0, 30.0, 40.0]
    assert tf.image.resize(image, [2, 2], method="nearest").dtype == tf.uint8
    blurred = tf.image.resize(image, [2, 2], method="gaussian").numpy().ravel()
    np.testing.assert_allclose(blurred, [13.576086, 21.192026, 28.807968, 36.423904], rtol=1e-6)


@pytest.mark.parametrize(
    ("centered", "normalized", "expected"),
    [
        (True, True, [20, 19, 41, 2]), (True, False, [21, 20, 28, 15]), (False, True, [0, 0, 0, 0]),
        (False, False, [0, 0, 7, 0]),
    ],
)  # fmt: skip
def test_where_glimpses_begin(centered, normalized, expected):
    x, offsets = tf.reshape(tf.range(42.0), [1, 7, 6, 1]), [[0.0, 0.0], [0.2, -0.3], [1.0, 1.0], [-1.0, 0.0]]
    options = {"centered": centered, "normalized": normalized, "noise": "zero"}
    assert [tf.image.extract_glimpse(x, [1, 1], [each], **options).numpy().item() for each in offsets] == expected


def test_dtypes_of_images_that_are_no_usual_ones():
    over = tf.constant([[[-0.5, 0.5, 1.5]]])
    for dtype, numbers in {tf.uint8: [129, 127, 127], tf.int8: [-63, 63, -65]}.items():
        assert tf.image.convert_image_dtype(over, dtype).numpy().ravel().tolist() == numbers
    image = tf.reshape(tf.range(12.0, dtype=tf.float64) / 12, (2, 2, 3))
    found = tf.image.adjust_contrast(image, 2.0).numpy().ravel()[:3].tolist()
    assert found == [-0.375, -0.2916666269302368, -0.2083333134651184]  # float32's roundings
    for dtype in (tf.bfloat16, tf.float16):
        assert tf.image.per_image_standardization(tf.cast(image, dtype)).dtype == tf.float32


def test_limits_of_padded_suppression():
    boxes, scores = [[0.0, 0.0, 1.0, 1.0], [0.0, 0.0, 1.0, 0.9], [0.5, 0.5, 2.0, 2.0]], [0.9, 0.8, 0.7]
    for limit, kept in {0.0: [0, 1, 2, 0], 0.9: [0, 2, 0, 0], 0.91: [0, 1, 2, 0]}.items():
        found, _ = tf.image.non_max_suppression_padded(boxes, scores, 4, limit, 0.0, pad_to_max_output_size=True)
        assert found.numpy().tolist() == kept


def test_float64_images_are_changed_in_float32():
    image = tf.fill((1, 1, 3), tf.constant(0.3, tf.float64))
    assert tf.image.adjust_brightness(image, 0.2).numpy()[0, 0, 0] == float(np.float32(0.3) + np.float32(0.2))
    assert tf.image.per_image_standardization(image).dtype == tf.float32


def test_floats_of_a_deep_png_are_parts_of_65535():
    png = tf.image.encode_png(tf.constant([[[73]]], tf.uint16))
    assert tf.image.decode_image(png, dtype=tf.float32).numpy().item() == np.float32(73) / np.float32(65535)


def test_resized_images_are_float32_even_of_the_same_size():
    image = tf.ones((4, 5, 2), tf.uint8)
    assert tf.image.resize_with_pad(image, 4, 7, "area").dtype == tf.float32
    assert tf.image.resize_with_pad(image, 4, 7, "nearest").dtype == tf.uint8
    with pytest.raises(tf.errors.InvalidArgumentError):
        tf.image.resize(tf.cast(image, tf.complex64), [2, 2])
    with pytest.raises(TypeError):
        tf.random.stateless_normal([2], [1, 2], dtype=tf.int32)
    assert tf.nn.with_space_to_batch(image[None], [2, 2], "VALID", lambda x, n, p: x * n).shape == (1, 4, 5, 2)
