"""SavedModel files as data."""

import ml_dtypes
import numpy as np
import pytest

from addax.formats import protobuf
from addax.formats import saved_model as files
from addax.formats.errors import CorruptFileError, TooLargeError, UnsafeFileError, UnsupportedFormatError
from addax.formats.protobuf import WireError


@pytest.mark.parametrize(
    "array",
    [
        np.arange(6, dtype=np.float32).reshape(2, 3), np.array(3), np.array([True, False]),
        np.array([1 + 2j], np.complex64), np.array([0.5], ml_dtypes.bfloat16), np.zeros((0, 2), np.int8),
        np.array([b"a", b"\xff"], object), np.array(b"", object),
    ],
    ids=str,
)  # fmt: skip
def test_tensors(array):
    back = files.array_of(files.CODEC.decode("Tensor", files.CODEC.encode("Tensor", files.tensor_message(array))))
    assert back.dtype == array.dtype and back.shape == array.shape
    np.testing.assert_array_equal(back, array)


def test_lists_of_values_are_filled_up():
    shape = {"dim": [{"size": 3}]}
    assert files.array_of({"dtype": 1, "tensor_shape": shape, "float_val": [2.0]}).tolist() == [2.0, 2.0, 2.0]
    assert files.array_of({"dtype": 3, "tensor_shape": shape}).tolist() == [0, 0, 0]
    assert files.array_of({"dtype": 19, "tensor_shape": {}, "half_val": [0x3C00]}).item() == 1.0
    assert files.array_of({"dtype": 8, "tensor_shape": {}, "scomplex_val": [1.0, -1.0]}).item() == 1 - 1j
    assert files.array_of({"dtype": 7, "tensor_shape": shape, "string_val": [b"x"]}).tolist() == [b"x"] * 3


@pytest.mark.parametrize(
    "message, error",
    [
        ({"dtype": 1, "tensor_shape": {"dim": [{"size": -1}]}}, CorruptFileError),
        ({"dtype": 1, "tensor_shape": {"dim": [{"size": 2}]}, "tensor_content": b"1234"}, CorruptFileError),
        ({"dtype": 1, "tensor_shape": {}, "float_val": [1.0, 2.0]}, CorruptFileError),
        ({"dtype": 1, "tensor_shape": {"dim": [{"size": 1 << 40}]}}, TooLargeError),
        ({"dtype": 99, "tensor_shape": {}}, UnsupportedFormatError),
    ],
)
def test_impossible_tensors(message, error):
    with pytest.raises(error):
        files.array_of(message)


def test_shapes():
    for dims in ([], [None, 3], None):
        assert files.shape_of(files.shape_message(dims)) == dims


def test_damaged_files(tmp_path):
    path = tmp_path / files.FILE
    path.write_bytes(b"\xff" * 20)
    with pytest.raises(CorruptFileError, match="damaged"):
        files.read_message(str(path), "SavedModel")
    with pytest.raises(TooLargeError):
        files.read_message(str(path), "SavedModel", max_bytes=3)
    deep = b""
    for _ in range(500):  # a structure in a structure in a structure
        deep = _nested(deep)
    with pytest.raises(WireError, match="nested"):
        files.CODEC.decode("Value", deep)


def _nested(inner):
    return protobuf.bytes_field(51, protobuf.bytes_field(1, inner))


def test_assets_stay_inside(tmp_path):
    assert files.asset_path(str(tmp_path), "words.txt") == str(tmp_path / "assets" / "words.txt")
    for name in ("../words.txt", "/etc/passwd", "", "a/../../b"):
        with pytest.raises(UnsafeFileError):
            files.asset_path(str(tmp_path), name)
