"""CRC-32C (Castagnoli), the checksum of TFRecord files and TensorFlow checkpoints, vectorised over NumPy.

A CRC is linear over XOR, so words are summed up pairwise like a tree: each level shifts the left halves by the length
of the right ones with four table look-ups. Many records are checked at once the same way, as rows of a matrix. Long
data is folded first: the polynomial divides one of four terms, so a word may be moved to three places behind it by XOR.
`google_crc32c` is used where it is installed. Definition: RFC 3720, appendix B.4; masking: TFRecord's.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np

__all__ = ["crc32c", "masked_crc32c", "masked_crc32c_many", "masked_crc32c_spans", "mask", "unmask"]

_POLYNOMIAL = 0x82F63B78
_MASK_DELTA = 0xA282EAD8
_CHUNK = 1 << 20
# The polynomial divides x^6777 + x^484 + x^100 + 1, and so its 64th power, whose terms are whole words apart: a word
# may be taken away where it is XORed to those this many words behind it.
_FOLDS = (6777 - 484, 6777 - 100, 6777)
_FOLDED_BLOCKS = 8  # what is folded at a time stays in a core's cache
_LONG = 1 << 18
# Below this many bytes a plain loop is faster than NumPy's call overhead.
_SMALL = 640
# What is left of a word without its first 0 to 8 bytes.
_KEPT = np.array([(1 << 64) - (1 << 8 * count) for count in range(9)], np.uint64)


def _byte_table() -> list[int]:
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = (byte >> 1) ^ (_POLYNOMIAL if byte & 1 else 0)
        table.append(byte)
    return table


_TABLE = _byte_table()


@cache
def _shift_tables(level: int) -> tuple[np.ndarray, ...]:
    """Four tables that advance a CRC over 2**level zero bytes, one for each byte of the CRC."""
    if level == 0:
        base = np.array(_TABLE, np.uint32)
        values = np.arange(256, dtype=np.uint32)
        return (base, values, values << np.uint32(8), values << np.uint32(16))
    half = _shift_tables(level - 1)
    return tuple(_apply(half, table) for table in half)


def _apply(tables: tuple[np.ndarray, ...], crc: np.ndarray) -> np.ndarray:
    """Advance each CRC of an array by the tables' length."""
    parts = np.ascontiguousarray(crc).view(np.uint8).reshape(*crc.shape, 4)
    result = tables[0].take(parts[..., 0])
    for index in (1, 2, 3):
        result ^= tables[index].take(parts[..., index])
    return result


@cache
def _word_tables() -> tuple[np.ndarray, ...]:
    """Four tables giving the CRC of an 8-byte word, one for each pair of its bytes (16 bits an entry index)."""
    pairs = np.arange(1 << 16, dtype=np.uint32)
    # A CRC of zero state equals the first bytes themselves, advanced over their own length; later bytes go less far.
    crc_of_pair = _apply(_shift_tables(1), pairs)
    tables = []
    for following in (6, 4, 2, 0):
        table = crc_of_pair
        for level in (1, 2):
            if following & (1 << level):
                table = _apply(_shift_tables(level), table)
        tables.append(table)
    return tuple(tables)


def _rows(matrix: np.ndarray) -> np.ndarray:
    """CRC from state zero of each row of a (rows, 8 * words) uint8 matrix."""
    pairs = np.ascontiguousarray(matrix).view("<u2").reshape(matrix.shape[0], -1, 4)
    tables = _word_tables()
    crc = tables[0].take(pairs[..., 0])
    for index in (1, 2, 3):
        crc ^= tables[index].take(pairs[..., index])
    level = 3
    while crc.shape[1] > 1:
        if crc.shape[1] % 2:  # zeros in front change nothing in a CRC from state zero
            crc = np.concatenate([np.zeros((crc.shape[0], 1), np.uint32), crc], axis=1)
        crc = _apply(_shift_tables(level), crc[:, 0::2]) ^ crc[:, 1::2]
        level += 1
    return crc[:, 0]


def _extend(state: int, data: np.ndarray) -> int:
    """The CRC state after `data`, at least 4 bytes, from `state`."""
    padded = np.zeros(-(-data.size // 8) * 8, np.uint8)
    start = padded.size - data.size
    padded[start:] = data
    padded[start : start + 4] ^= np.array([state], "<u4").view(np.uint8)
    return int(_rows(padded[None, :])[0])


def _fold(state: int, data: np.ndarray) -> np.ndarray:
    """At most 104 KiB whose CRC from state zero is that of `data` (bytes, at least `_LONG`) from `state`."""
    near, middle, far = _FOLDS
    words = data[: data.size // 8 * 8].view("<u8")
    # What was folded last, with zeros before the beginning; blocks of `near` words are put behind it.
    done = np.zeros(far + _FOLDED_BLOCKS * near, "<u8")
    first, at, end = np.uint64(state), 0, far
    while words.size - at >= near + far:
        if end == done.size:
            done[:far], end = done[end - far :].copy(), far
        block = done[end : end + near]
        np.bitwise_xor(words[at : at + near], done[end - near : end], out=block)
        block ^= done[end - middle : end - middle + near]
        block ^= done[end - far : end - far + near]
        block[0] ^= first
        first, at, end = np.uint64(0), at + near, end + near
    rest = data[8 * at :].copy()
    left = rest[: rest.size // 8 * 8].view("<u8")
    for distance in _FOLDS:
        left[:distance] ^= done[end - distance : end]
    return rest


try:  # one C call where the package is there; the results are the same
    from google_crc32c import value as _native  # type: ignore[import-not-found]
except ImportError:
    _native = None


def crc32c(data: bytes | bytearray | memoryview | np.ndarray) -> int:
    """CRC-32C of some bytes.

    Example:
        >>> from addax.formats.crc32c import crc32c
        >>> hex(crc32c(b"123456789"))
        '0xe3069283'
    """
    if _native is not None:
        return _native(data if isinstance(data, bytes) else np.frombuffer(data, np.uint8))
    if len(data) <= _SMALL:
        table, crc = _TABLE, 0xFFFFFFFF
        for byte in bytes(data):
            crc = table[(crc ^ byte) & 0xFF] ^ (crc >> 8)
        return crc ^ 0xFFFFFFFF
    array = np.frombuffer(data, np.uint8)
    if array.size < _LONG:
        return _extend(0xFFFFFFFF, array) ^ 0xFFFFFFFF
    return _extend(0, _fold(0xFFFFFFFF, array)) ^ 0xFFFFFFFF


def mask(crc: int) -> int:
    """A CRC as TFRecord files store it (so that the CRC of data holding CRCs stays useful)."""
    return ((crc >> 15 | crc << 17) + _MASK_DELTA) & 0xFFFFFFFF


def unmask(masked: int) -> int:
    """The CRC of a masked one."""
    rotated = (masked - _MASK_DELTA) & 0xFFFFFFFF
    return (rotated >> 17 | rotated << 15) & 0xFFFFFFFF


def masked_crc32c(data: bytes | bytearray | memoryview | np.ndarray) -> int:
    """Masked CRC-32C of some bytes, as it stands in TFRecord files.

    Example:
        >>> from addax.formats.crc32c import masked_crc32c, crc32c, unmask
        >>> unmask(masked_crc32c(b"abc")) == crc32c(b"abc")
        True
    """
    return mask(crc32c(data))


def masked_crc32c_many(records: Sequence[bytes]) -> np.ndarray:
    """Masked CRC-32C of each of many byte strings; they are worked together, which is many times faster.

    Returns:
        uint32 (records,).

    Example:
        >>> from addax.formats.crc32c import masked_crc32c, masked_crc32c_many
        >>> masked_crc32c_many([b"abc", b""]).tolist() == [masked_crc32c(b"abc"), masked_crc32c(b"")]
        True
    """
    if _native is not None:
        return _masked(np.fromiter(map(_native, records), np.uint32, len(records)))
    lengths = np.fromiter(map(len, records), np.int64, len(records))
    buffer = np.frombuffer(b"".join(records), np.uint8)
    return masked_crc32c_spans(buffer, np.cumsum(lengths) - lengths, lengths)


def masked_crc32c_spans(buffer: np.ndarray, starts: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Masked CRC-32C of many pieces of a buffer.

    Args:
        buffer: uint8 (n,).
        starts: int64 (pieces,), where each begins.
        lengths: int64 (pieces,), its bytes.

    Returns:
        uint32 (pieces,).

    Example:
        >>> import numpy as np
        >>> from addax.formats.crc32c import masked_crc32c, masked_crc32c_spans
        >>> buffer = np.frombuffer(b"abcdefgh", np.uint8)
        >>> masked_crc32c_spans(buffer, np.array([2]), np.array([5])).item() == masked_crc32c(b"cdefg")
        True
    """
    crcs = np.empty(len(starts), np.uint32)
    words = _padded_words(lengths)
    singly = (lengths < 4) | (lengths > _CHUNK)
    words[singly] = 0
    data = None
    for size in np.unique(words).tolist():
        members = np.flatnonzero(words == size)
        if not size or _better_singly(len(members), 8 * size):
            data = memoryview(np.ascontiguousarray(buffer)) if data is None else data
            for index in members.tolist():
                crcs[index] = crc32c(data[int(starts[index]) : int(starts[index] + lengths[index])])
            continue
        step = max(1, _CHUNK // (8 * size))
        for at in range(0, len(members), step):
            some = members[at : at + step]
            crcs[some] = _spans_of_a_size(buffer, starts[some], lengths[some], 8 * size)
    return _masked(crcs)


def _masked(crcs: np.ndarray) -> np.ndarray:
    return (crcs >> np.uint32(15) | crcs << np.uint32(17)) + np.uint32(_MASK_DELTA)


def _better_singly(count: int, width: int) -> bool:
    """Whether pieces are worked one by one: a call in C takes 0.65 us, NumPy 60 us and 2.2 ns a byte (measured)."""
    if _native is None:
        return count * width < _SMALL
    return count * (0.65 - 0.0022 * width) < 60.0


def _padded_words(lengths: np.ndarray) -> np.ndarray:
    """Words of 8 bytes, rounded up to three significant bits: few groups, at most a quarter of padding."""
    words = -(-lengths // 8)
    step = np.int64(1) << np.maximum(np.frexp(words.astype(np.float64))[1].astype(np.int64) - 3, 0)
    return -(-words // step) * step


def _spans_of_a_size(buffer: np.ndarray, starts: np.ndarray, lengths: np.ndarray, width: int) -> np.ndarray:
    """CRCs of pieces of nearly one length: rows of a matrix, each at its right end."""
    first = starts + lengths - width
    if (short := -int(first.min())) > 0:
        end = int((starts + lengths).max())
        buffer, first = np.concatenate([np.zeros(short, np.uint8), buffer[:end]]), first + short
    # Rows as single items: NumPy copies each in one piece.
    rows = np.ndarray((len(buffer) - width + 1,), f"V{width}", np.ascontiguousarray(buffer), strides=(1,))[first]
    matrix = rows.view(np.uint8).reshape(len(first), width)
    pad = width - lengths
    words = matrix.view("<u8")
    for column in range(-(-int(pad.max()) // 8)):  # zeros in front change nothing in a CRC from state zero
        words[:, column] &= _KEPT[np.clip(pad - 8 * column, 0, 8)]
    flat = matrix.reshape(-1)
    begin = np.arange(len(pad)) * width + pad
    for index in range(4):
        flat[begin + index] ^= 0xFF  # the initial state of all ones
    return _rows(matrix) ^ np.uint32(0xFFFFFFFF)
