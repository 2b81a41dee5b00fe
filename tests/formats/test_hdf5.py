"""HDF5: good files are read; links, foreign storage, bombs and damage are refused with file and object."""

import os
import subprocess
import sys

import h5py
import numpy as np
import pytest

from addax.formats import hdf5_budget
from addax.formats.errors import CorruptFileError, TooLargeError, UnsafeFileError, UnsupportedFormatError
from addax.formats.hdf5 import HDF5Dataset, HDF5Group, open_hdf5


@pytest.fixture
def good(tmp_path):
    path = tmp_path / "good.h5"
    with h5py.File(path, "w") as out:
        out.create_dataset("layers/dense/vars/0", data=np.arange(6, dtype=">f4").reshape(2, 3))
        out.create_dataset(
            "layers/dense/vars/1", data=np.zeros(1000), compression="gzip", shuffle=True, fletcher32=True
        )
        out["words"] = ["a", "ß"]
        out["word"] = "w"
        out["scalar"] = 3
        out["empty"] = np.zeros((0, 4), "f2")
        out.attrs["names"] = np.array([b"dense", b"x"])
        out.attrs["texts"] = ["u", "v"]
        out.attrs["config"] = "{}"
        out.attrs["number"] = 5
        out["layers"].attrs["bytes"] = np.bytes_("é".encode())
    return path


@pytest.mark.parametrize("as_bytes", [True, False])
def test_reads(good, as_bytes):
    with open_hdf5(good.read_bytes() if as_bytes else good) as file:
        assert sorted(file) == ["empty", "layers", "scalar", "word", "words"] and "layers" in file and "x" not in file
        kernel = file["layers/dense/vars/0"].read((2, 3), "float32")
        assert kernel.dtype == np.float32 and kernel.tolist() == [[0, 1, 2], [3, 4, 5]]
        assert file["layers/dense/vars/0"].read().dtype.isnative
        assert file["layers"]["dense"]["vars"]["1"].read().shape == (1000,)
        assert file["words"].read_text() == ["a", "ß"] and file["word"].read_text() == "w"
        assert file["scalar"].read() == 3 and file["empty"].read().shape == (0, 4)
        attributes = file.attributes
        assert attributes == {"names": ["dense", "x"], "texts": ["u", "v"], "config": "{}", "number": 5}
        assert file["layers"].attributes == {"bytes": "é"}
        kinds = {item.path: type(item) for item in file.walk()}
        assert kinds["/layers/dense/vars"] is HDF5Group and kinds["/layers/dense/vars/0"] is HDF5Dataset
        assert len(kinds) == 9


def test_what_is_expected_is_checked_before_reading(good):
    with open_hdf5(good) as file:
        with pytest.raises(CorruptFileError, match=r"dense/vars/0.*\(3, 2\).*\(2, 3\)"):
            file["layers/dense/vars/0"].read((3, 2))
        with pytest.raises(CorruptFileError, match="'/layers/other'.*missing.*dense"):
            file["layers/other"]
        with pytest.raises(CorruptFileError, match="dataset where a group"):
            file["scalar/x"]
        with pytest.raises(UnsupportedFormatError, match="numbers"):
            file["words"].read()
        with pytest.raises(UnsupportedFormatError, match="text"):
            file["scalar"].read_text()
        with pytest.raises(CorruptFileError, match="path"):
            file["layers/../scalar"]


@pytest.mark.parametrize("content", [b"", b"not HDF5" * 20, b"\x89HDF\r\n\x1a\n" + bytes(100)])
def test_not_hdf5(tmp_path, content):
    (tmp_path / "a.h5").write_bytes(content)
    for source in (tmp_path / "a.h5", content):
        with pytest.raises(CorruptFileError, match="HDF5"):
            open_hdf5(source)


def test_no_file(tmp_path):
    with pytest.raises(FileNotFoundError):
        open_hdf5(tmp_path / "none.h5")
    with pytest.raises(UnsafeFileError):
        open_hdf5(tmp_path)


def test_links_are_not_followed(tmp_path):
    with h5py.File(tmp_path / "other.h5", "w") as out:
        out["secret"] = [1.0]
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as out:
        out["real"] = [2.0]
        out["g/leaf"] = h5py.ExternalLink("other.h5", "/secret")
        out["middle"] = h5py.ExternalLink("other.h5", "/")
        out["soft"] = h5py.SoftLink("/real")
        out["dangling"] = h5py.SoftLink("/nowhere")
    with open_hdf5(path) as file:
        for name in ("g/leaf", "middle/secret", "soft", "dangling"):
            with pytest.raises(UnsafeFileError, match="link"):
                file[name]
        with pytest.raises(UnsafeFileError, match="link"):
            list(file.walk())
        assert file["real"].read() == [2.0]


def test_storage_elsewhere_is_refused(tmp_path):
    (tmp_path / "secret").write_bytes(bytes(80))
    with h5py.File(tmp_path / "a.h5", "w") as out:
        out.create_dataset("external", (10,), "f8", external=[(str(tmp_path / "secret"), 0, 80)])
        layout = h5py.VirtualLayout((10,), "f8")
        layout[:] = h5py.VirtualSource(str(tmp_path / "b.h5"), "x", shape=(10,))
        out.create_virtual_dataset("virtual", layout)
    with open_hdf5(tmp_path / "a.h5") as file:
        for name in ("external", "virtual"):
            with pytest.raises(UnsafeFileError, match=name):
                file[name]


def test_bombs(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as out:
        out.create_dataset("unallocated", (2**50,), "u1", chunks=(2**20,), compression="gzip")
        out.create_dataset("contiguous", (2**40,), "u1")
        for i in range(3):
            out.create_dataset(f"medium{i}", data=np.zeros(30 << 20, np.uint8), chunks=(1 << 20,), compression="gzip")
    with open_hdf5(tmp_path / "a.h5") as file:
        for name in ("unallocated", "contiguous"):
            with pytest.raises(TooLargeError, match=name):
                file[name]
        with pytest.raises(TooLargeError, match="in all"):
            for i in range(4):
                file[f"medium{i}"].read()
    with open_hdf5(tmp_path / "a.h5", max_bytes=1 << 30) as file:
        assert sum(file[f"medium{i}"].read().size for i in range(3)) == 90 << 20


def test_unknown_filter_is_refused_before_a_plugin_is_looked_for(good, tmp_path):
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as out:
        out.create_dataset("x", data=np.arange(1000), compression="lzf")
        out.create_dataset("fine", data=np.arange(10))
    data = path.read_bytes()
    assert data.count(b"lzf\x00") >= 1
    path.write_bytes(data.replace((32000).to_bytes(2, "little"), (32015).to_bytes(2, "little")))
    with open_hdf5(path) as file:
        with pytest.raises(UnsupportedFormatError, match="filter 32015"):
            file["x"]
        assert file["fine"].read().sum() == 45


def test_cycles_end(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as out:
        group = out.create_group("a/b")
        group["back"] = out["a"]
        group["root"] = out["/"]
        out["twice"] = out["a"]
    with open_hdf5(tmp_path / "a.h5") as file:
        assert [item.path for item in file.walk()] == ["/a", "/a/b"]


def test_too_many_objects(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as out:
        for i in range(30):
            out.create_group(str(i))
    with open_hdf5(tmp_path / "a.h5", max_objects=20) as file, pytest.raises(TooLargeError):
        list(file.walk())


@pytest.mark.parametrize("kind", ["reference", "compound", "attribute"])
def test_odd_types_are_refused(tmp_path, kind):
    with h5py.File(tmp_path / "a.h5", "w") as out:
        out["real"] = [1.0]
        if kind == "reference":
            out.create_dataset("x", data=[out["real"].ref], dtype=h5py.ref_dtype)
        elif kind == "compound":
            out["x"] = np.zeros(2, [("a", "f4")])
        else:
            out.create_dataset("x", data=[1.0]).attrs["r"] = out["real"].ref
    with open_hdf5(tmp_path / "a.h5") as file, pytest.raises(UnsupportedFormatError, match="x"):
        file["x"].attributes if kind == "attribute" else file["x"].read()


FUZZ = """
import sys
from addax.formats.errors import CorruptFileError
from addax.formats.hdf5 import HDF5Dataset, open_hdf5
import random
good, random = open(sys.argv[1], "rb").read(), random.Random(int(sys.argv[2]))
for round in range(150):
    data = bytearray(good)
    if round % 3:
        for _ in range(random.choice([1, 4])):
            data[random.randrange(len(data))] ^= 1 << random.randrange(8)
    else:
        data = data[: random.randrange(len(data))]
    try:
        with open_hdf5(bytes(data)) as file:
            file.attributes
            for item in file.walk():
                item.attributes
                if isinstance(item, HDF5Dataset) and item.dtype.kind in "fi":
                    item.read()
    except CorruptFileError:
        pass
print("survived")
"""


def test_damage_never_crashes(good):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-W", "ignore", "-c", FUZZ, str(good), "0"]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert result.stdout == "survived\n", result.stderr[-2000:]


def test_strings_that_share_one_place(tmp_path):
    """An attribute whose items all point to one long string would unpack to thousands of times the file."""
    import struct

    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as out:
        texts = ["x" * (1 << 20), *[f"y{number:05d}" for number in range(300)]]
        out.attrs.create("names", np.array(texts, object), dtype=h5py.string_dtype())
    whole = path.read_bytes()
    at = whole.find(struct.pack("<I", 1 << 20))
    while whole[at + 16 : at + 20] != struct.pack("<I", 6):
        at = whole.find(struct.pack("<I", 1 << 20), at + 1)
    path.write_bytes(whole[:at] + whole[at : at + 16] * 301 + whole[at + 16 * 301 :])
    with open_hdf5(path) as file, pytest.raises(TooLargeError, match="@names"):
        file.attributes  # noqa: B018
    with open_hdf5(path.read_bytes(), max_bytes=1 << 40) as file:
        assert len(file.attributes["names"]) == 301


@pytest.mark.parametrize("length", [0, 8, (1 << 64) - 1, (1 << 64) - 16, 1 << 62])
def test_a_heap_that_does_not_add_up(tmp_path, length):
    """HDF5 itself would walk through such a heap for ever."""
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as out:
        out.attrs["text"] = "some text"
    whole = bytearray(path.read_bytes())
    at = whole.index(b"GCOL") + 16
    for number, size in ((int.from_bytes(whole[at : at + 2], "little"), length), (0, length)):
        spoiled = bytearray(whole)
        spoiled[at : at + 2] = number.to_bytes(2, "little")
        spoiled[at + 8 : at + 16] = size.to_bytes(8, "little")
        if number and size in (0, 8):
            continue  # an object of few bytes is none the worse for it
        with open_hdf5(bytes(spoiled)) as file, pytest.raises(CorruptFileError, match="heap"):
            file.attributes  # noqa: B018


@pytest.mark.parametrize("length", [0, 1 << 40])
def test_a_heap_of_text_values_that_does_not_add_up(tmp_path, length):
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as out:
        out["words"] = ["one", "two and more"]
    whole = bytearray(path.read_bytes())
    at = whole.index(b"GCOL") + 16
    whole[at : at + 2], whole[at + 8 : at + 16] = bytes(2), length.to_bytes(8, "little")
    with open_hdf5(bytes(whole)) as file, pytest.raises(CorruptFileError, match="heap"):
        file["words"].read_text()


def test_a_reference_to_what_is_no_heap(tmp_path):
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as out:
        out.attrs["text"] = "some text"
    whole = bytearray(path.read_bytes())
    heap = whole.index(b"GCOL").to_bytes(8, "little")
    at = whole.rindex(heap)
    whole[at : at + 8] = (8).to_bytes(8, "little")
    with open_hdf5(bytes(whole)) as file, pytest.raises(CorruptFileError, match="no heap"):
        file.attributes  # noqa: B018


def test_only_heaps_that_are_referred_to_are_looked_at(tmp_path, monkeypatch):
    """A search through all of a large file takes longer than reading its numbers."""
    path = tmp_path / "a.h5"
    with h5py.File(path, "w", userblock_size=512) as out:
        out.attrs["text"], out["words"] = "some text", ["one", "zwölf", ""]
        out["fixed"] = np.array([b"abc", b"d"])
    monkeypatch.setattr(hdf5_budget, "largest_heap", lambda stream: pytest.fail("the whole file was searched"))
    with open_hdf5(path) as file:
        assert file.attributes["text"] == "some text"
        assert file["words"].read_text() == ["one", "zwölf", ""]
        assert file["fixed"].read_text() == ["abc", "d"]


@pytest.mark.parametrize("version", ["earliest", "latest"])
@pytest.mark.parametrize("block", [0, 512])
def test_announced_lengths_of_texts(tmp_path, version, block):
    """HDF5 itself would take the memory for a text of 2 GiB before it looks whether there is one."""
    path = tmp_path / "a.h5"
    with h5py.File(path, "w", libver=version, userblock_size=block) as out:
        out.attrs["names"] = ["first", "second!"]
        out.create_group("g").attrs["text"] = "some text" * 50
    whole = path.read_bytes()
    with open_hdf5(path) as file:
        assert file.attributes == {"names": ["first", "second!"]} and file["g"].attributes == {"text": "some text" * 50}
    at = whole.index((7).to_bytes(4, "little"), whole.index(b"names"))
    path.write_bytes(whole[:at] + (0x7FFFFFFF).to_bytes(4, "little") + whole[at + 4 :])
    with pytest.raises(CorruptFileError), open_hdf5(path) as file:
        file.attributes  # noqa: B018


def test_names_that_are_no_text(tmp_path):
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as out:
        out.create_group(b"\xff\xfe")
    with open_hdf5(path) as file, pytest.raises(CorruptFileError, match="not UTF-8"):
        file.keys()
