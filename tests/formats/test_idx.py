"""IDX files: MNIST's own format."""

import gzip

import numpy as np
import pytest

from addax.formats.errors import CorruptFileError, TooLargeError
from addax.formats.idx import read_idx

GOOD = bytes([0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3]) + bytes(range(6))


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_reads(tmp_path, pack):
    (tmp_path / "a").write_bytes(pack(GOOD))
    np.testing.assert_array_equal(read_idx(tmp_path / "a"), np.arange(6, dtype=np.uint8).reshape(2, 3))


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_damage(tmp_path, pack):
    for data in (b"", GOOD[:-1], GOOD + b"x", GOOD[:6], b"\0\0\x0d" + GOOD[3:], GOOD[:4] + b"\xff" * 8 + GOOD[12:]):
        (tmp_path / "a").write_bytes(pack(data))
        with pytest.raises(CorruptFileError, match="a:"):
            read_idx(tmp_path / "a")


def test_damaged_gzip_and_bombs(tmp_path):
    good = gzip.compress(GOOD)
    for size in range(2, len(good)):
        (tmp_path / "a").write_bytes(good[:size])
        with pytest.raises(CorruptFileError):
            read_idx(tmp_path / "a")
    (tmp_path / "a").write_bytes(gzip.compress(bytes(80 << 20)))
    with pytest.raises(TooLargeError):
        read_idx(tmp_path / "a")
