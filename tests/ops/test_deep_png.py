"""PNG images of 16 bits. Numbers recorded from TensorFlow 2.21."""

import struct
import zlib

import numpy as np
import pytest

import addax as tf
from addax.formats.errors import CorruptFileError
from addax.formats.png import halves

pytest.importorskip("PIL")
COLOURS = np.array([[[14650, 17089, 32230], [18983, 43095, 51374], [24152, 35665, 59045]],
                    [[16921, 27469, 38984], [6921, 38804, 2163], [5072, 37619, 7877]]], np.uint16)  # fmt: skip
ALPHA = np.array([[[2496], [31921], [3219]], [[16321], [41504], [57495]]], np.uint16)


def decoded(image, channels=0, dtype=tf.uint16):
    return tf.io.decode_png(tf.io.encode_png(image), channels, dtype).numpy()


def test_as_the_file_has_it():
    for image in (COLOURS[..., :1], np.concatenate([COLOURS[..., :1], ALPHA], 2), COLOURS,
                  np.concatenate([COLOURS, ALPHA], 2)):  # fmt: skip
        np.testing.assert_array_equal(decoded(image), image)
        np.testing.assert_array_equal(decoded(image, 0, tf.uint8), image >> 8)
        np.testing.assert_array_equal(tf.io.decode_image(tf.io.encode_png(image), dtype=tf.uint16), image)


def test_other_channels():
    gray = [[[18087], [36830], [34889]], [[25629], [25093], [24496]]]
    opaque = np.full_like(ALPHA, 65535)
    np.testing.assert_array_equal(decoded(COLOURS, 1), gray)
    np.testing.assert_array_equal(decoded(COLOURS, 1, tf.uint8), [[[70], [143], [136]], [[100], [98], [95]]])
    np.testing.assert_array_equal(decoded(COLOURS, 4), np.concatenate([COLOURS, opaque], 2))
    full = np.concatenate([COLOURS, ALPHA], 2)
    np.testing.assert_array_equal(decoded(full, 3), COLOURS)
    np.testing.assert_array_equal(decoded(full, 1), gray)
    both = np.concatenate([COLOURS[..., :1], ALPHA], 2)
    np.testing.assert_array_equal(decoded(both, 1), COLOURS[..., :1])
    np.testing.assert_array_equal(decoded(both, 4), np.concatenate([COLOURS[..., [0, 0, 0]], ALPHA], 2))
    np.testing.assert_array_equal(decoded(COLOURS[..., :1], 3), COLOURS[..., [0, 0, 0]])


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def written(image, filters, interlace=0):
    """A PNG file whose rows have filters: what the pixels are less what the filters predict."""
    height, width, channels = image.shape
    size = 2 * channels
    passes = [image]
    if interlace:
        steps = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
        passes = [part for x, y, right, down in steps if (part := image[y::down, x::right]).size]
    out = b""
    for part in passes:
        rows = np.ascontiguousarray(part.reshape(len(part), -1), ">u2").view(np.uint8).astype(int)
        above = np.zeros_like(rows[0])
        for i, row in enumerate(rows):
            left, corner = (np.concatenate([np.zeros(size, int), each[:-size]]) for each in (row, above))
            guess = left + above - corner
            near = [abs(guess - each) for each in (left, above, corner)]
            paeth = np.where(
                (near[0] <= near[1]) & (near[0] <= near[2]), left, np.where(near[1] <= near[2], above, corner)
            )
            kind = filters[i % len(filters)]
            out += bytes([kind]) + bytes(((row - (0, left, above, (left + above) // 2, paeth)[kind]) % 256).tolist())
            above = row
    header = struct.pack(">IIBBBBB", width, height, 16, {1: 0, 2: 4, 3: 2, 4: 6}[channels], 0, 0, interlace)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(out)) + chunk(b"IEND", b"")


@pytest.mark.parametrize("interlace", [0, 1])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_filters_and_interlacing(channels, interlace):
    image = np.random.RandomState(channels).randint(0, 65536, (11, 9, channels)).astype(np.uint16)
    data = written(image, (0, 1, 2, 3, 4, 4, 3), interlace)
    np.testing.assert_array_equal(tf.io.decode_png(data, dtype=tf.uint16), image)


def test_damaged_files():
    data = tf.io.encode_png(COLOURS).numpy()
    for broken in (data[:40], data[:20], b"", data[:-20], tf.io.encode_png((COLOURS >> 8).astype(np.uint8)).numpy()):
        with pytest.raises(CorruptFileError):
            halves(broken, "a.png")
    bomb = data[:16] + struct.pack(">II", 1 << 20, 1 << 20) + data[24:]
    with pytest.raises(CorruptFileError, match="large"):
        halves(bomb, "a.png")
    with pytest.raises(tf.errors.InvalidArgumentError):
        tf.io.decode_png(data[:60], dtype=tf.uint16)


def transparent(image, hidden):
    """A PNG file with a transparent colour."""
    height, width, channels = image.shape
    head = struct.pack(">IIBBBBB", width, height, 16, 0 if channels == 1 else 2, 0, 0, 0)
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in image)
    parts = chunk(b"IHDR", head) + chunk(b"tRNS", np.array(hidden, ">u2").tobytes())
    return b"\x89PNG\r\n\x1a\n" + parts + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def test_a_transparent_colour():
    gray = transparent(np.array([[[1000], [40000]]], np.uint16), [1000])
    colours = transparent(np.array([[[1, 2, 3], [60000, 5, 6]]], np.uint16), [1, 2, 3])
    assert tf.io.decode_png(gray, 0, tf.uint16).numpy().tolist() == [[[1000], [40000]]]
    found = [[[1000, 1000, 1000, 0], [40000, 40000, 40000, 65535]]]
    assert tf.io.decode_png(gray, 4, tf.uint16).numpy().tolist() == found
    assert tf.io.decode_png(gray, 4).numpy().tolist() == [[[3, 3, 3, 0], [156, 156, 156, 255]]]
    assert tf.io.decode_image(colours, dtype=tf.uint16).numpy().tolist() == [[[1, 2, 3], [60000, 5, 6]]]
    assert tf.io.decode_png(colours, 4, tf.uint16).numpy().tolist() == [[[1, 2, 3, 0], [60000, 5, 6, 65535]]]
    assert tf.io.decode_png(colours, 4).numpy().tolist() == [[[0, 0, 0, 0], [234, 0, 0, 255]]]
    with pytest.raises(tf.errors.InvalidArgumentError, match="channels"):
        tf.io.decode_png(gray, 2)
