"""CRC-32C against its definition, at every code path's sizes."""

import numpy as np
import pytest

from addax.formats import crc32c as module
from addax.formats.crc32c import crc32c, mask, masked_crc32c, masked_crc32c_many, unmask


def by_bits(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


# RFC 3720, appendix B.4
@pytest.mark.parametrize(
    "data, expected",
    [(bytes(32), 0x8A9136AA), (b"\xff" * 32, 0x62A8AB43), (bytes(range(32)), 0x46DD794E), (b"123456789", 0xE3069283)],
)
def test_published_values(data, expected):
    assert crc32c(data) == expected


@pytest.mark.parametrize("size", [0, 1, 3, 4, 7, 8, 9, 639, 640, 641, 645, 1000, 4096, 4099])
def test_sizes(size):
    data = np.random.default_rng(size).bytes(size)
    assert crc32c(data) == by_bits(data)


@pytest.mark.parametrize("more", [0, 5, 8 * 6293, 8 * 6293 * 9 + 3])
def test_long_data_is_folded(monkeypatch, more):
    monkeypatch.setattr(module, "_native", None)
    data = np.random.default_rng(more).integers(0, 256, module._LONG + more, np.uint8)
    unfolded = module._extend(0xFFFFFFFF, data) ^ 0xFFFFFFFF
    assert crc32c(data) == crc32c(data.tobytes()) == crc32c(memoryview(data)) == unfolded


def test_pieces_without_the_package(monkeypatch):
    monkeypatch.setattr(module, "_native", None)
    for size in (0, 3, 639, 640, 641, 645, 4099):
        data = np.random.default_rng(size).bytes(size)
        assert crc32c(data) == by_bits(data), size


def test_many_equals_one_by_one():
    rng = np.random.default_rng(0)
    records = [rng.bytes(n) for n in [*range(0, 70), *[33] * 40, *[1000] * 5, 3001]]
    assert masked_crc32c_many(records).tolist() == [mask(by_bits(r)) for r in records]


def test_masking_is_undone():
    assert [unmask(mask(c)) for c in (0, 1, 0xFFFFFFFF, 0x12345678)] == [0, 1, 0xFFFFFFFF, 0x12345678]
    assert masked_crc32c(b"") == mask(0)
