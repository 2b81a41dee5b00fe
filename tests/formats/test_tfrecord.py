"""TFRecord files: what is written is read, and every kind of damage is named."""

import gzip
import struct
import zlib

import numpy as np
import pytest

from addax.formats.crc32c import masked_crc32c
from addax.formats.errors import ChecksumError, CorruptFileError, TooLargeError, TruncatedFileError
from addax.formats.tfrecord import TFRecordOptions, TFRecordWriter, frame, read_tfrecords

ROWS = [b"one", b"", b"three" * 100, np.random.default_rng(0).bytes(70_000)]


@pytest.mark.parametrize("compression", ["", "GZIP", "ZLIB"])
@pytest.mark.parametrize("buffer_size", [1, 1 << 20])
def test_round_trip(tmp_path, compression, buffer_size):
    path = tmp_path / "r"
    with TFRecordWriter(path, compression) as writer:
        for row in ROWS:
            writer.write(row)
    assert list(read_tfrecords(path, compression, buffer_size)) == ROWS
    if compression == "":
        assert path.stat().st_size == sum(16 + len(r) for r in ROWS)


def test_layout_is_the_published_one(tmp_path):
    path = tmp_path / "r"
    with TFRecordWriter(path) as writer:
        writer.write(b"abc")
    length = struct.pack("<Q", 3)
    head = length + struct.pack("<I", masked_crc32c(length))
    assert path.read_bytes() == head + b"abc" + struct.pack("<I", masked_crc32c(b"abc"))


def test_options_reach_the_compressor(tmp_path):
    data = b"abcdef" * 10_000
    for level in (0, 9):
        with TFRecordWriter(tmp_path / str(level), TFRecordOptions("GZIP", compression_level=level)) as writer:
            writer.write(data)
    assert (tmp_path / "0").stat().st_size > 60_000 > 1000 > (tmp_path / "9").stat().st_size
    with TFRecordWriter(tmp_path / "w", TFRecordOptions("ZLIB", window_bits=9)) as writer:
        writer.write(data)
    assert (tmp_path / "w").read_bytes()[0] >> 4 == 1  # base two logarithm of the window, less 8
    assert list(read_tfrecords(tmp_path / "w", "ZLIB")) == [data]


def test_flush_makes_a_compressed_record_readable(tmp_path):
    writer = TFRecordWriter(tmp_path / "r", TFRecordOptions("GZIP", flush_mode=zlib.Z_SYNC_FLUSH))
    writer.write(b"abc")
    writer.flush()
    decoder = zlib.decompressobj(31)
    assert decoder.decompress((tmp_path / "r").read_bytes()) == frame(b"abc")
    writer.close()
    writer.close()
    with pytest.raises(ValueError, match="closed"):
        writer.write(b"more")


def test_files_of_several_gzip_members(tmp_path):
    path = tmp_path / "r"
    path.write_bytes(gzip.compress(frame(b"a") + frame(b"b")) + gzip.compress(frame(b"c")))
    assert list(read_tfrecords(path, "GZIP")) == [b"a", b"b", b"c"]


def damaged(kind):
    good = b"".join(map(frame, [b"first", b"second"]))
    start = len(frame(b"first"))
    if kind == "length":
        return good[:start] + b"\x07" + good[start + 1 :]
    if kind == "data":
        return good[: start + 13] + b"X" + good[start + 14 :]
    if kind == "cut":
        return good[:-3]
    if kind == "cut in the head":
        return good[: start + 5]
    length = struct.pack("<Q", 1 << (63 if kind == "huge" else 30))
    return good[:start] + length + struct.pack("<I", masked_crc32c(length)) + b"little"


@pytest.mark.parametrize(
    "kind, error",
    [
        ("length", ChecksumError),
        ("data", ChecksumError),
        ("cut", TruncatedFileError),
        ("cut in the head", TruncatedFileError),
        ("huge", TooLargeError),
        ("long", TruncatedFileError),
    ],
)
def test_damage_is_named_after_the_good_records(tmp_path, kind, error):
    path = tmp_path / "bad.tfrecord"
    path.write_bytes(damaged(kind))
    records = read_tfrecords(path)
    assert next(records) == b"first"
    with pytest.raises(error, match="corrupt") as caught:
        next(records)
    assert caught.value.offset == len(frame(b"first"))
    assert "bad.tfrecord" in str(caught.value) and isinstance(caught.value, OSError)
    assert list(records) == []  # and it ends


@pytest.mark.parametrize("compression", ["", "GZIP", "ZLIB"])
def test_not_a_record_file(tmp_path, compression):
    path = tmp_path / "bad"
    path.write_bytes(b"not a record at all, much too short")
    with pytest.raises(CorruptFileError, match="corrupt"):
        list(read_tfrecords(path, compression))


def test_truncated_gzip_at_every_length(tmp_path):
    data = gzip.compress(b"".join(map(frame, [b"a" * 50, b"b" * 50])))
    path = tmp_path / "r"
    for size in range(1, len(data)):
        path.write_bytes(data[:size])
        with pytest.raises(CorruptFileError):
            list(read_tfrecords(path, "GZIP"))
    path.write_bytes(b"")
    assert list(read_tfrecords(path, "GZIP")) == []


def test_bad_arguments(tmp_path):
    with pytest.raises(ValueError, match="GZIP"):
        TFRecordOptions("BZIP")
    with pytest.raises(FileNotFoundError):
        list(read_tfrecords(tmp_path / "none"))
    with TFRecordWriter(tmp_path / "r") as writer, pytest.raises(TypeError, match="encode"):
        writer.write("text")


@pytest.mark.parametrize("compression", ["GZIP", "ZLIB"])
def test_what_is_before_the_cut_of_a_compressed_file_is_read(tmp_path, compression):
    path, words = tmp_path / "cut", [np.random.default_rng(n).bytes(5000) for n in range(60)]
    with TFRecordWriter(str(path), compression) as writer:
        for word in words:
            writer.write(word)
    whole = path.read_bytes()
    for size, least in ((len(whole) - 1, 60), (len(whole) // 2, 25), (40, 0)):
        path.write_bytes(whole[:size])
        found = []
        with pytest.raises(TruncatedFileError, match="cut"):
            for word in read_tfrecords(str(path), compression, buffer_size=1 << 16):
                found.append(word)
        assert found == words[: len(found)] and len(found) >= least
