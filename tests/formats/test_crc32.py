"""CRC-32 of parts of files, by whichever library is there."""

import zlib

import numpy as np
import pytest

from addax.formats.crc32 import crc32, crc32_combine, crc32_of
from addax.formats.memory import PIECE

DATA = np.random.default_rng(0).bytes(2 * PIECE + 1000)


@pytest.mark.parametrize("size", [0, 1, 15, 64, 4097, 1 << 20])
def test_it_is_that_of_zip_archives(size):
    assert crc32(DATA[:size]) == zlib.crc32(DATA[:size])
    assert crc32(DATA[:size], 77) == zlib.crc32(DATA[:size], 77)


def test_of_a_file(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"head" + DATA)
    with open(path, "rb") as file:
        assert crc32_of(file, 4, len(DATA)) == (zlib.crc32(DATA), len(DATA))
        assert crc32_of(file, 4, 10) == (zlib.crc32(DATA[:10]), 10)
        assert crc32_of(file, 4, len(DATA) + 5)[1] == len(DATA)  # the file ends before


def test_combination():
    for cut in (0, 1, 100, PIECE):
        one, two = DATA[:cut], DATA[cut : cut + 999]
        assert crc32_combine(zlib.crc32(one), zlib.crc32(two), len(two)) == zlib.crc32(one + two)
