"""CRC-32, the checksum of zip archives, of parts of files: pieces on threads, their sums combined.

ISA-L's sum is used where it is installed: its 57 GB/s a core beside zlib's 4 take the check out of what loading costs.
Combination: moving a CRC over n zero bytes is a product with x^(8n) modulo the polynomial, as in zlib's crc32.c.
"""

from __future__ import annotations

from functools import cache, partial
from typing import BinaryIO

from addax.formats.memory import PIECE, read_at, run_all

try:
    from isal.isal_zlib import crc32
except ImportError:
    from zlib import crc32

__all__ = ["crc32", "crc32_combine", "crc32_of"]

_POLYNOMIAL = 0xEDB88320
_BUFFER = 1 << 18


def _times(a: int, b: int) -> int:
    """The product of two polynomials modulo that of the CRC; the highest bit is x^0."""
    product, bit = 0, 1 << 31
    while a:
        if a & bit:
            product ^= b
            a ^= bit
        bit >>= 1
        b = b >> 1 ^ (_POLYNOMIAL if b & 1 else 0)
    return product


@cache
def _shift(size: int) -> int:
    """x^(8 * size)."""
    power, square = 1 << 31, 1 << 23  # 1, and x^8
    while size:
        if size & 1:
            power = _times(square, power)
        square = _times(square, square)
        size >>= 1
    return power


def crc32_combine(first: int, second: int, size: int) -> int:
    """The CRC-32 of two pieces one behind the other.

    Args:
        first: the CRC of the first.
        second: the CRC of the second.
        size: bytes of the second.

    Example:
        >>> import zlib
        >>> from addax.formats.crc32 import crc32_combine
        >>> crc32_combine(zlib.crc32(b"one"), zlib.crc32(b" two"), 4) == zlib.crc32(b"one two")
        True
    """
    return _times(_shift(size), first) ^ second


def _piece(file: BinaryIO, start: int, size: int) -> tuple[int, int]:
    buffer, found, done = memoryview(bytearray(min(_BUFFER, size))), 0, 0
    while done < size:
        view = buffer[: size - done]
        count = read_at(file, start + done, view)
        found = crc32(view[:count], found)
        done += count
        if count < len(view):
            break
    return found, done


def crc32_of(file: BinaryIO, start: int, size: int) -> tuple[int, int]:
    """The CRC-32 of a part of a file, and how many bytes of it are there."""
    sizes = [min(PIECE, size - at) for at in range(0, size, PIECE)]
    found, done = 0, 0
    tasks = [partial(_piece, file, start + at * PIECE, each) for at, each in enumerate(sizes)]
    for expected, (crc, count) in zip(sizes, run_all(tasks), strict=True):
        found, done = crc32_combine(found, crc, count), done + count
        if count < expected:
            break
    return found, done
