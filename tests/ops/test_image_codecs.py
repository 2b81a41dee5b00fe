"""Image files: what each format's options do. Numbers and bytes are TensorFlow's."""

import io
import zlib

import numpy as np
import pytest
from PIL import Image

import addax as tf
from addax.formats.png import encode_png

YY, XX = np.mgrid[0:37, 0:29]
COLOURS = [(np.sin(YY / 5) + 1) * 100 + XX, (np.cos(XX / 7) + 1) * 90 + YY / 2, (YY * XX) % 256]
PICTURE = np.stack(COLOURS, -1).clip(0, 255).astype("uint8")


FILTERS = [
    1,
    4,
    4,
    4,
    4,
    4,
    4,
    4,
    4,
    4,
    4,
    4,
    4,
    4,
    4,
    4,
    4,
    4,
    4,
    4,
    4,
    4,
    4,
    4,
    2,
    4,
    4,
    4,
    4,
    4,
    4,
    4,
    4,
    4,
    4,
    4,
    4,
]  # of the rows


def stored(form, mode="RGB", picture=PICTURE, **options):
    stream = io.BytesIO()
    Image.fromarray(picture).convert(mode).save(stream, form, **options)
    return stream.getvalue()


def crc(tensor):
    return zlib.crc32(repr(np.asarray(tensor).ravel().tolist()).encode())


def test_png_bytes_are_libpngs():
    made = tf.io.encode_png(PICTURE).numpy()
    rows = np.frombuffer(zlib.decompress(made[41:-16]), np.uint8).reshape(37, 88)
    assert made[41:43] == b"H\x89" and rows[:, 0].tolist() == FILTERS and encode_png(PICTURE, 9)[41:43] == b"H\xc7"
    assert encode_png(np.zeros((1, 1, 1), np.uint8))[33:] == (
        b"\x00\x00\x00\nIDAT\x08\x99c`\x00\x00\x00\x02\x00\x01\xf4qd\xa6\x00\x00\x00\x00IEND\xaeB`\x82"
    )
    for shape in ((1, 5, 3), (5, 1, 4), (300, 4, 2), (3, 2, 1)):
        for dtype in (np.uint8, np.uint16):
            image = np.random.default_rng(1).integers(0, 1 << 8 * np.dtype(dtype).itemsize, shape).astype(dtype)
            np.testing.assert_array_equal(tf.io.decode_png(encode_png(image), dtype=dtype), image)
    for wrong, error in (({"compression": 10}, tf.errors.InvalidArgumentError), ({}, tf.errors.InternalError)):
        with pytest.raises(error):
            tf.io.encode_png(PICTURE if wrong else PICTURE[:0], **wrong)


def test_png_colours_and_alpha():
    assert tf.io.decode_png(stored("PNG"), channels=1).numpy()[0, 7] == 112  # 112.98 of 107, 138, 0
    bits = tf.io.decode_png(stored("PNG", "1"), channels=4).numpy()
    assert set(bits[..., 3].ravel().tolist()) == {1}
    with pytest.raises(tf.errors.InvalidArgumentError, match="dtype"):
        tf.io.decode_png(stored("PNG"), dtype=tf.float32)


def test_bmp():
    plain, grey, deep = (stored("BMP", mode) for mode in ("RGB", "L", "RGBA"))
    np.testing.assert_array_equal(tf.io.decode_bmp(plain), PICTURE)
    assert tf.io.decode_bmp(deep).shape == (37, 29, 4) and tf.io.decode_bmp(grey).shape == (37, 29, 1)
    np.testing.assert_array_equal(tf.io.decode_bmp(deep, channels=3), PICTURE)
    assert tf.io.decode_bmp(plain, channels=4).numpy()[0, 0].tolist() == [100, 180, 0, 255]
    assert tf.io.decode_bmp(grey, channels=4).numpy()[0, 1].tolist() == [135, 135, 135, 255]
    assert tf.io.decode_bmp(stored("BMP", "P")).numpy()[0, :3, 0].tolist() == [36, 30, 36]
    upside_down = plain[:22] + (-37).to_bytes(4, "little", signed=True) + plain[26:]
    np.testing.assert_array_equal(tf.io.decode_bmp(upside_down), PICTURE[::-1])
    assert tf.io.decode_image(plain, dtype=tf.uint16).numpy()[0, 0].tolist() == [25600, 46080, 0]
    for wrong, channels in ((plain, 1), (stored("BMP", "1"), 0), (plain[:80], 0), (plain[:20], 0), (b"", 0)):
        with pytest.raises(tf.errors.InvalidArgumentError):
            tf.io.decode_bmp(wrong, channels=channels)


def gif(count, palette=(0, 0, 0, 255, 0, 0, 0, 255, 0, 7, 8, 9), **options):
    frames = [
        Image.fromarray((np.arange(30).reshape(5, 6) > i * 5).astype("uint8") * 3, mode="P") for i in range(count)
    ]
    for frame in frames:
        frame.putpalette(list(palette))
    stream = io.BytesIO()
    frames[0].save(stream, "GIF", save_all=True, append_images=frames[1:], **options)
    return stream.getvalue()


@pytest.mark.filterwarnings("ignore:'mode' parameter is deprecated")
def test_gif():
    kept = tf.io.decode_gif(gif(3, transparency=0, disposal=2)).numpy()
    assert kept[1, 0, :, 0].tolist() == [0, 7, 7, 7, 7, 7], "TensorFlow does not clear what a frame says it clears"
    whole = gif(3)
    assert tf.io.decode_gif(whole[:-10]).shape == (2, 5, 6, 3) and tf.io.decode_gif(whole[:-1]).shape[0] == 3
    assert tf.io.decode_gif(stored("PNG")).shape == (1, 37, 29, 3) == tf.io.decode_gif(stored("JPEG")).shape
    assert tf.io.decode_png(gif(1)).shape == (5, 6, 3) == tf.io.decode_image(whole, expand_animations=False).shape
    for decode in (tf.io.decode_png, tf.io.decode_jpeg):
        with pytest.raises(tf.errors.InvalidArgumentError, match="3 frames"):
            decode(whole)
    for wrong in (b"", whole[:20], whole[:50]):
        with pytest.raises(tf.errors.InvalidArgumentError):
            tf.io.decode_gif(wrong)
    with pytest.raises(tf.errors.InvalidArgumentError, match="channels"):
        tf.io.decode_image(whole, channels=1)


def test_webp():
    plain = stored("WEBP", lossless=True)
    clear = stored("WEBP", "RGBA", np.concatenate([PICTURE, PICTURE[..., :1]], -1), lossless=True)
    assert tf.io.decode_webp(plain).shape == (1, 37, 29, 3) == tf.io.decode_image(plain).shape
    assert tf.io.decode_webp(clear, channels=4).shape == (1, 37, 29, 4)
    assert tf.io.decode_image(plain, expand_animations=False).shape == (37, 29, 3)
    for wrong in (lambda: tf.io.decode_webp(plain, channels=4), lambda: tf.io.decode_image(clear, channels=3)):
        with pytest.raises(tf.errors.InvalidArgumentError, match="channels"):
            wrong()
    with pytest.raises(tf.errors.InvalidArgumentError, match="dtype"):
        tf.io.decode_image(plain, dtype=tf.float32)


def test_images_of_other_dtypes_are_made_of_16_bits():
    png = stored("PNG")
    assert tf.io.decode_image(png, dtype=tf.int32).numpy()[0, 0].tolist() == [842137600, 1515847680, 0]
    assert tf.io.decode_image(png, dtype=tf.uint32).numpy()[0, 0].tolist() == [1684275200, 3031695360, 0]
    with pytest.raises(AttributeError, match="floating point or integer"):
        tf.io.decode_image(png, dtype=tf.string)


def test_jpeg():
    half = stored("JPEG", quality=80, subsampling=2)
    assert crc(tf.io.decode_jpeg(half, ratio=2, dct_method="INTEGER_ACCURATE")) == 1746968840
    assert crc(tf.io.decode_jpeg(half, ratio=4)) == 329370873 and tf.io.decode_jpeg(half, ratio=8).shape == (5, 4, 3)
    assert crc(tf.io.decode_jpeg(half, channels=1, dct_method="INTEGER_ACCURATE")) == 910812238
    small = stored("JPEG", picture=PICTURE[:5, :3])
    assert tf.io.decode_jpeg(small, ratio=8).shape == (1, 1, 3)
    wrongs = [{"dct_method": "x"}, {"ratio": 3}, {"channels": 4}]
    for wrong in wrongs:
        with pytest.raises(tf.errors.InvalidArgumentError):
            tf.io.decode_jpeg(half, **wrong)
    with pytest.raises(tf.errors.InvalidArgumentError, match="4 channels"):
        tf.io.decode_image(half, channels=4)
    with pytest.raises(tf.errors.InvalidArgumentError, match="CMYK"):
        tf.io.decode_jpeg(stored("JPEG", "CMYK"), channels=1)
    for window in ([0, 0, 0, 5], [-1, 0, 2, 2], [1, 2, 3], [30, 0, 9, 9]):
        with pytest.raises(tf.errors.InvalidArgumentError):
            tf.io.decode_and_crop_jpeg(half, window)
    data = tf.data.Dataset.from_tensors(half).map(lambda s: tf.io.decode_and_crop_jpeg(s, [1, 2, 3, 4]))
    assert data.element_spec == tf.TensorSpec([3, 4, None], tf.uint8)
    with pytest.raises(tf.errors.InvalidArgumentError, match="dtype"):
        tf.io.extract_jpeg_shape(half, output_type=tf.float32)


def test_encoded_jpeg():
    made = tf.io.encode_jpeg(PICTURE, density_unit="cm", x_density=10, y_density=20).numpy()
    assert made[:20] == b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x02\x00\n\x00\x14\x00\x00"
    grey = tf.io.encode_jpeg(PICTURE[..., :1]).numpy()
    assert b"\xff\xc0\x00\x0b\x08\x00%\x00\x1d\x01\x01\x11\x00" in grey, "one component is not downsampled"
    assert tf.io.encode_jpeg(PICTURE.astype("float32")).numpy() == tf.io.encode_jpeg(PICTURE).numpy()
    for wrong in ({"quality": 101}, {"quality": -1}, {"density_unit": "mm"}):
        with pytest.raises(tf.errors.InvalidArgumentError):
            tf.io.encode_jpeg(PICTURE, **wrong)
    with pytest.raises(tf.errors.InternalError):
        tf.io.encode_jpeg(PICTURE[:0])
