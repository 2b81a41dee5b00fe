"""NumPy files: read as NumPy reads them, never a pickle, never more memory than the file holds."""

import io
import os
import pickle  # noqa: TID251
import zipfile

import numpy as np
import pytest

from addax.formats.errors import CorruptFileError, TruncatedFileError, UnsafeFileError, UnsupportedFormatError
from addax.formats.npz import read_npy, read_npz, write_npz


@pytest.mark.parametrize("compressed", [True, False])
def test_round_trip(tmp_path, compressed):
    arrays = {
        "f": np.linspace(0, 1, 7, dtype=">f4").reshape(7, 1),
        "fortran": np.asfortranarray(np.arange(6).reshape(2, 3)),
        "empty": np.zeros((0, 3)),
        "scalar": np.float64(2.5),
        "text": np.array(["a", "ßc"]),
        "arr.with/odd name": np.array([True, False]),
    }
    write_npz(tmp_path / "a.npz", arrays, compressed=compressed)
    back = read_npz(tmp_path / "a.npz")
    with np.load(tmp_path / "a.npz") as reference:
        assert set(back) == set(reference) == set(arrays)
        for name, array in arrays.items():
            np.testing.assert_array_equal(back[name], array)
            assert back[name].dtype == reference[name].dtype
    assert list(read_npz(tmp_path / "a.npz", members=["f"])) == ["f"]
    assert back["f"].flags.writeable


def test_missing_member(tmp_path):
    write_npz(tmp_path / "a.npz", {"x": np.arange(3)})
    with pytest.raises(CorruptFileError, match="'y.npy'.*x.npy"):
        read_npz(tmp_path / "a.npz", members=["y"])


class Evil:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (self.path,)


def npy_of(obj):
    stream = io.BytesIO()
    np.save(stream, obj, allow_pickle=True)
    return stream.getvalue()


def put(path, **members):
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name + ".npy", data)
    return path


def test_objects_are_refused_and_nothing_runs(tmp_path):
    target = str(tmp_path / "canary")
    array = np.empty(1, object)
    array[0] = Evil(target)
    path = put(tmp_path / "a.npz", x=npy_of(array))
    for lists in (False, True):
        with pytest.raises(UnsafeFileError, match="'x.npy'"):
            read_npz(path, integer_lists=lists)
    (tmp_path / "a.npy").write_bytes(npy_of(array))
    with pytest.raises(UnsafeFileError, match="a.npy"):
        read_npy(tmp_path / "a.npy")
    assert not os.path.exists(target)
    with pytest.raises(TypeError, match="objects"):
        write_npz(tmp_path / "b.npz", {"x": array})
    assert not (tmp_path / "b.npz").exists()


def test_integer_lists(tmp_path):
    array = np.empty(3, object)
    array[:] = [[1, 2], [], [300000]]
    path = put(tmp_path / "a.npz", x=npy_of(array), y=npy_of(np.arange(3)))
    back = read_npz(path, integer_lists=True)
    assert back["x"].tolist() == [[1, 2], [], [300000]] and back["y"].tolist() == [0, 1, 2]
    with pytest.raises(UnsafeFileError):
        read_npz(path)
    array[1] = ["a"]
    with pytest.raises(UnsafeFileError, match="lists of ints"):
        read_npz(put(tmp_path / "b.npz", x=npy_of(array)), integer_lists=True)


def header(text, version=1, length=None):
    data = text.encode()
    return b"\x93NUMPY" + bytes([version, 0]) + (len(data) if length is None else length).to_bytes(2, "little") + data


GOOD = "{'descr': '<f4', 'fortran_order': False, 'shape': %s, }\n"


@pytest.mark.parametrize(
    "data, error",
    [
        (b"", CorruptFileError),
        (b"\x93NUMPY\x01", CorruptFileError),
        (b"nothing at all", CorruptFileError),
        (header(GOOD % "(2,)") + b"1234567", TruncatedFileError),
        (header(GOOD % "(2,)") + b"123456789", CorruptFileError),
        (header(GOOD % "(1099511627776, 1099511627776)") + b"1234", CorruptFileError),
        (header(GOOD % "(1099511627776,)") + b"1234", TruncatedFileError),
        (header(GOOD % "(-1,)") + b"1234", CorruptFileError),
        (header(GOOD % "(1,)", version=9) + b"1234", UnsupportedFormatError),
        (header(GOOD % "(1,)", length=60000) + b"1234", CorruptFileError),
        (header(GOOD % "__import__('os').mkdir('canary')") + b"1234", CorruptFileError),
        (header("{'descr': 'what', 'fortran_order': False, 'shape': (1,), }\n") + b"1234", CorruptFileError),
        (header("[" * 3000) + b"1234", CorruptFileError),
    ],
)
def test_damaged_headers(tmp_path, data, error, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.npy").write_bytes(data)
    with pytest.raises(error, match="a.npy"):
        read_npy(tmp_path / "a.npy")
    with pytest.raises(error, match="'x.npy'"):
        read_npz(put(tmp_path / "a.npz", x=data))
    assert not (tmp_path / "canary").exists()


def test_wrong_checksum(tmp_path):
    path = put(tmp_path / "a.npz", x=npy_of(np.arange(100, dtype=np.uint8)))
    data = path.read_bytes()
    at = data.index(bytes(range(50, 60)))
    path.write_bytes(data[:at] + b"\xff" + data[at + 1 :])
    with pytest.raises(CorruptFileError, match="'x.npy'.*CRC"):
        read_npz(path)


def test_old_pickle_of_lists(tmp_path):
    # as Python 2's NumPy wrote the published data sets
    stream = io.BytesIO()
    array = np.empty(2, object)
    array[:] = [[1], [2, 3]]
    np.lib.format.write_array_header_1_0(stream, np.lib.format.header_data_from_array_1_0(array))
    pickle.dump(array, stream, protocol=2)
    data = stream.getvalue().replace(b"numpy._core.multiarray", b"numpy.core.multiarray")
    assert read_npz(put(tmp_path / "a.npz", x=data), integer_lists=True)["x"].tolist() == [[1], [2, 3]]
