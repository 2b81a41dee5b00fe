"""Data out of pickles: numbers and text come out; whatever would run is refused."""

import collections
import datetime
import io
import os
import pickle  # noqa: TID251

import numpy as np
import pytest

from addax.formats.errors import CorruptFileError, UnsafeFileError
from addax.formats.pickles import read_pickled_data


def read(data, **options):
    return read_pickled_data(io.BytesIO(data), file="batch_1", member="m", **options)


@pytest.mark.parametrize("protocol", [0, 1, 2, 3, 4])
def test_data_comes_out(protocol):
    value = {
        b"data": np.arange(12, dtype=np.uint8).reshape(3, 4),
        b"labels": [3, 1, 2],
        "nested": (1.5, None, True, [b"x", {"a": np.float32([1, 2])}]),
        "fortran": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        "swapped": np.arange(3, dtype=">i4"),
    }
    back = read(pickle.dumps(value, protocol))
    assert list(back) == list(value)
    np.testing.assert_array_equal(back[b"data"], value[b"data"])
    assert back[b"data"].dtype == np.uint8 and back[b"labels"] == [3, 1, 2]
    np.testing.assert_array_equal(back["fortran"], value["fortran"])
    np.testing.assert_array_equal(back["swapped"], [0, 1, 2])
    assert back["nested"][:3] == (1.5, None, True) and back["nested"][3][0] == b"x"


def test_python_2_batches_are_read_as_bytes():
    # {'data': array([[1, 2]], dtype=uint8), 'labels': [7]} as Python 2 pickled it
    data = (
        b"\x80\x02}q\x01(U\x04dataq\x02cnumpy.core.multiarray\n_reconstruct\nq\x03cnumpy\nndarray\nq\x04K\x00\x85U\x01b\x87"
        b"Rq\x05(K\x01K\x01K\x02\x86cnumpy\ndtype\nq\x06U\x02u1K\x00K\x01\x87Rq\x07(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff"
        b"\xff\xffK\x00tb\x89U\x02\x01\x02tbU\x06labelsq\x08]q\tK\x07au."
    )
    back = read(data, encoding="bytes")
    assert back[b"labels"] == [7] and back[b"data"].tolist() == [[1, 2]] and back[b"data"].dtype == np.uint8


class Call:
    def __init__(self, function, *arguments):
        self.function, self.arguments = function, arguments

    def __reduce__(self):
        return self.function, self.arguments


@pytest.mark.parametrize(
    "value",
    [
        Call(os.system, "touch canary"),
        Call(eval, "open('canary', 'w')"),
        Call(np.load, "canary"),
        Call(np.fromfile, "/etc/passwd"),
        Call(getattr, "a", "upper"),
        datetime.date(2020, 1, 1),
        collections.OrderedDict(a=1),
        [Call(os.mkdir, "canary")],
    ],
)
@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_whatever_would_run_is_refused(tmp_path, monkeypatch, value, protocol):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UnsafeFileError, match="batch_1.*'m'"):
        read(pickle.dumps(value, protocol))
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b".",
        b"junk",
        pickle.dumps([1, 2, 3])[:-1],
        b"cnumpy\nndarray\n(tR.",  # an array by calling its class
        b"cnumpy\ndtype\n.",  # the stand-in itself
        b"cnumpy.core.multiarray\n_reconstruct\n(tR.",  # an array without a state
        b"cnumpy.core.multiarray\n_reconstruct\n(tR(I1\n(I-1\ntcnumpy\ndtype\n(S'u1'\ntRI00\nS''\ntb.",  # shape -1
        b"cnumpy.core.multiarray\n_reconstruct\n(tR(I1\n(I9999999999\ntcnumpy\ndtype\n(S'u1'\ntRI00\nS''\ntb.",
        b"cnumpy.core.multiarray\n_reconstruct\n(tR(I1\n(I1\ntcnumpy\ndtype\n(S'V1'\ntRI00\nS'a'\ntb.",  # void dtype
    ],
)
def test_damaged_pickles(data):
    with pytest.raises(CorruptFileError, match="batch_1"):
        read(data)


def test_flipped_bytes_never_crash():
    good = pickle.dumps({"a": np.arange(5), "b": [1, "x"]}, 2)
    for place in range(len(good)):
        for flip in (1, 0x20):
            try:
                read(good[:place] + bytes([good[place] ^ flip]) + good[place + 1 :])
            except CorruptFileError:
                pass


def test_what_is_recalled_again_and_again_is_counted():
    """A MiB of text that is made bytes a thousand times would be a GiB out of a file of one."""
    import struct

    payload = b"\x80\x02" + b"X" + struct.pack("<I", 1 << 20) + b"a" * (1 << 20) + b"q\x000]("
    payload += b"c_codecs\nencode\nh\x00X\x06\x00\x00\x00latin1\x86R" * 1000 + b"e."
    with pytest.raises(UnsafeFileError, match="more bytes than the file accounts for"):
        read_pickled_data(io.BytesIO(payload), file="x")
