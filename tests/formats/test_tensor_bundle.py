"""TensorFlow checkpoints: there and back, the layout, and damage of every kind."""

import os
import struct

import ml_dtypes
import numpy as np
import pytest

from addax.formats.atomic import atomic_write
from addax.formats.crc32c import crc32c, mask
from addax.formats.errors import ChecksumError, CorruptFileError, TruncatedFileError
from addax.formats.tensor_bundle import TensorBundle, write_bundle

TENSORS = {
    "float": np.arange(6.0, dtype=np.float32).reshape(2, 3),
    "scalar": np.int64(-3),
    "half": np.array([1.5, 2.5], ml_dtypes.bfloat16),
    "none": np.zeros((0, 3), np.float64),
    "yes": np.array([True, False]),
    "complex": np.array([1 + 2j], np.complex64),
    "text": np.array(b"hello", object),
    "texts": np.array([[b"a", b""], ["\u00e9".encode(), b"z" * 300]], object),
}


@pytest.fixture
def prefix(tmp_path):
    made = str(tmp_path / "ckpt")
    write_bundle(made, TENSORS)
    return made


def test_round_trip(prefix):
    bundle = TensorBundle(prefix)
    assert sorted(bundle) == sorted(TENSORS)
    for name, expected in TENSORS.items():
        found = bundle.read(name)
        assert found.shape == np.shape(expected)
        assert found.dtype == (object if name.startswith("text") else np.asarray(expected).dtype)
        np.testing.assert_array_equal(found, expected)


def test_many_names_fill_many_blocks(tmp_path):
    tensors = {f"layer-{i}/{'x' * 100}": np.float32(i) for i in range(2000)}
    write_bundle(tmp_path / "c", tensors)
    bundle = TensorBundle(tmp_path / "c")
    assert len(bundle) == 2000
    assert bundle.read(f"layer-1999/{'x' * 100}") == 1999


def test_what_tensorflow_sees(prefix):
    """The header and entries, as bundle and table readers of TensorFlow expect them."""
    with open(prefix + ".index", "rb") as file:
        data = file.read()
    assert struct.unpack("<Q", data[-8:])[0] == 0xDB4775248B80FB57
    with open(prefix + ".data-00000-of-00001", "rb") as file:
        shard = file.read()
    entry = TensorBundle(prefix)["float"]
    assert shard[entry.offset : entry.offset + entry.size] == TENSORS["float"].tobytes()
    assert entry.crc == mask(crc32c(TENSORS["float"].tobytes()))


def test_missing(tmp_path, prefix):
    with pytest.raises(FileNotFoundError):
        TensorBundle(tmp_path / "nothing")
    os.unlink(prefix + ".data-00000-of-00001")
    with pytest.raises(FileNotFoundError):
        TensorBundle(prefix).read("float")
    with pytest.raises(KeyError):
        TensorBundle(prefix).read("nothing")


def test_flipped_bytes_are_noticed(prefix):
    for name in (".index", ".data-00000-of-00001"):
        with open(prefix + name, "rb") as file:
            whole = bytearray(file.read())
        for place in range(0, len(whole), 7):
            damaged = bytearray(whole)
            damaged[place] ^= 0x5A
            with open(prefix + name, "wb") as file:
                file.write(damaged)
            try:
                bundle = TensorBundle(prefix)
                found = {key: bundle.read(key) for key in bundle}
            except CorruptFileError:
                continue
            # Padding of the footer has no checksum; what is read is right then.
            assert sorted(found) == sorted(TENSORS)
            for key, value in TENSORS.items():
                np.testing.assert_array_equal(found[key], value)
        with open(prefix + name, "wb") as file:
            file.write(whole)


def test_truncation(prefix):
    path = prefix + ".data-00000-of-00001"
    with open(path, "rb") as file:
        whole = file.read()
    with open(path, "wb") as file:
        file.write(whole[:-1])
    with pytest.raises(TruncatedFileError, match="ends before the tensor does"):
        bundle = TensorBundle(prefix)
        [bundle.read(name) for name in bundle]
    with open(prefix + ".index", "rb") as file:
        index = file.read()
    for length in range(0, len(index), 11):
        with open(prefix + ".index", "wb") as file:
            file.write(index[:length])
        with pytest.raises(CorruptFileError):
            TensorBundle(prefix)


def test_wrong_values_name_the_tensor(prefix):
    path = prefix + ".data-00000-of-00001"
    with open(path, "r+b") as file:
        file.seek(TensorBundle(prefix)["float"].offset)
        file.write(b"\xff")
    with pytest.raises(ChecksumError, match="float"):
        TensorBundle(prefix).read("float")


def test_dtypes_that_cannot_be_stored(tmp_path):
    with pytest.raises(TypeError, match="datetime"):
        write_bundle(tmp_path / "c", {"when": np.array(["2020-01-01"], "datetime64[D]")})


def test_old_shards_stay_until_the_new_index_is_there(tmp_path, monkeypatch):
    prefix = str(tmp_path / "ckpt")
    for number in range(4):
        write_bundle(prefix, {"v": np.full(3, number)})
        assert TensorBundle(prefix).read("v").tolist() == [number] * 3
        assert len([name for name in os.listdir(tmp_path) if ".data-" in name]) == TensorBundle(prefix).shards

    def no_index(path, *options):
        if str(path).endswith(".index"):
            raise KeyboardInterrupt
        return atomic_write(path, *options)

    monkeypatch.setattr("addax.formats.tensor_bundle.atomic_write", no_index)
    with pytest.raises(KeyboardInterrupt):
        write_bundle(prefix, {"v": np.full(3, 9)})
    assert TensorBundle(prefix).read("v").tolist() == [3, 3, 3]
    monkeypatch.undo()
    write_bundle(prefix, {"v": np.full(3, 9)})
    assert TensorBundle(prefix).read("v").tolist() == [9, 9, 9]
