"""Hashes of strings as TensorFlow computes them: FarmHash's Fingerprint64, SipHash-2-4, and how fingerprints combine.

Sources: FarmHash (Google, MIT licence) for the algorithm `farmhashna::Hash64`; Aumasson and Bernstein 2012, "SipHash: a
fast short-input PRF".
"""

from __future__ import annotations

import functools
import struct

import numpy as np

_MASK = 0xFFFFFFFFFFFFFFFF
_K0, _K1, _K2 = 0xC3A5C85C97CB3127, 0xB492B66FBE98F273, 0x9AE16A3B2F90404F
_CAT = 0xC6A4A7935BD1E995


def _u64(data: bytes, at: int) -> int:
    return struct.unpack_from("<Q", data, at)[0]


def _u32(data: bytes, at: int) -> int:
    return struct.unpack_from("<I", data, at)[0]


def _rotated(value: int, by: int) -> int:
    value &= _MASK
    return ((value >> by) | (value << (64 - by))) & _MASK


def _mixed(value: int) -> int:
    value &= _MASK
    return value ^ (value >> 47)


def _pair(u: int, v: int, factor: int) -> int:
    a = _mixed(((u ^ v) & _MASK) * factor)
    return (_mixed(((v & _MASK) ^ a) * factor) * factor) & _MASK


@functools.lru_cache(maxsize=65536)
def fingerprint64(data: bytes) -> int:
    """FarmHash's 64-bit fingerprint of a string, unsigned.

    >>> from addax.ops.hashing import fingerprint64
    >>> fingerprint64(b"") == 0x9AE16A3B2F90404F
    True
    """
    size = len(data)
    if size <= 16:
        return _short(data, size)
    if size <= 64:
        return _medium(data, size)
    return _long(data, size)


def _short(data: bytes, size: int) -> int:
    if size >= 8:
        factor = _K2 + size * 2
        a, b = _u64(data, 0) + _K2, _u64(data, size - 8)
        return _pair(_rotated(b, 37) * factor + a, (_rotated(a, 25) + b) * factor, factor)
    if size >= 4:
        return _pair(size + (_u32(data, 0) << 3), _u32(data, size - 4), _K2 + size * 2)
    if size:
        y = data[0] + (data[size >> 1] << 8)
        z = size + (data[-1] << 2)
        return (_mixed((y * _K2) ^ (z * _K0)) * _K2) & _MASK
    return _K2


def _medium(data: bytes, size: int) -> int:
    factor = _K2 + size * 2
    if size <= 32:
        a, b = _u64(data, 0) * _K1, _u64(data, 8)
        c, d = _u64(data, size - 8) * factor, _u64(data, size - 16) * _K2
        return _pair(_rotated(a + b, 43) + _rotated(c, 30) + d, a + _rotated(b + _K2, 18) + c, factor)
    a, b = _u64(data, 0) * _K2, _u64(data, 8)
    c, d = _u64(data, size - 8) * factor, _u64(data, size - 16) * _K2
    y = _rotated(a + b, 43) + _rotated(c, 30) + d
    z = _pair(y, a + _rotated(b + _K2, 18) + c, factor)
    e, f = _u64(data, 16) * factor, _u64(data, 24)
    g, h = (y + _u64(data, size - 32)) * factor, (z + _u64(data, size - 24)) * factor
    return _pair(_rotated(e + f, 43) + _rotated(g, 30) + h, e + _rotated(f + a, 18) + g, factor)


def _weak(data: bytes, at: int, a: int, b: int) -> tuple[int, int]:
    w, x, y, z = (_u64(data, at + 8 * i) for i in range(4))
    a = (a + w) & _MASK
    b = _rotated(b + a + z, 21)
    c = a
    a = (a + x + y) & _MASK
    return (a + z) & _MASK, (b + _rotated(a, 44) + c) & _MASK


def _long(data: bytes, size: int) -> int:
    x, y = 81, (81 * _K1 + 113) & _MASK
    z = (_mixed(y * _K2 + 113) * _K2) & _MASK
    v, w = (0, 0), (0, 0)
    x = (x * _K2 + _u64(data, 0)) & _MASK
    end, last, at = ((size - 1) // 64) * 64, size - 64, 0

    def turn(at: int, factor: int, ninth: int) -> None:
        nonlocal x, y, z, v, w
        x = _rotated(x + y + v[0] + _u64(data, at + 8), 37) * factor & _MASK
        y = _rotated(y + v[1] + _u64(data, at + 48), 42) * factor & _MASK
        x ^= w[1] * ninth & _MASK
        y = (y + v[0] * ninth + _u64(data, at + 40)) & _MASK
        z = _rotated(z + w[0], 33) * factor & _MASK
        v = _weak(data, at, v[1] * factor & _MASK, x + w[0])
        w = _weak(data, at + 32, z + w[1], y + _u64(data, at + 16))
        z, x = x, z

    while at != end:
        turn(at, _K1, 1)
        at += 64
    factor = _K1 + ((z & 0xFF) << 1)
    w = ((w[0] + ((size - 1) & 63)) & _MASK, w[1])
    v = ((v[0] + w[0]) & _MASK, v[1])
    w = ((w[0] + v[0]) & _MASK, w[1])
    turn(last, factor, 9)
    return _pair(_pair(v[0], w[0], factor) + _mixed(y) * _K0 + z, _pair(v[1], w[1], factor) + x, factor)


def siphash(key: tuple[int, int], data: bytes) -> int:
    """SipHash-2-4 of a string under a key of two 64-bit numbers, unsigned.

    >>> from addax.ops.hashing import siphash
    >>> hex(siphash((0x0706050403020100, 0x0F0E0D0C0B0A0908), bytes(range(15))))
    '0xa129ca6149be45e5'
    """
    k0, k1 = key[0] & _MASK, key[1] & _MASK
    v = [k0 ^ 0x736F6D6570736575, k1 ^ 0x646F72616E646F6D, k0 ^ 0x6C7967656E657261, k1 ^ 0x7465646279746573]

    def rounds(count: int) -> None:
        for _ in range(count):
            v[0] = (v[0] + v[1]) & _MASK
            v[1] = _rotated(v[1], 51) ^ v[0]
            v[0] = _rotated(v[0], 32)
            v[2] = (v[2] + v[3]) & _MASK
            v[3] = _rotated(v[3], 48) ^ v[2]
            v[0] = (v[0] + v[3]) & _MASK
            v[3] = _rotated(v[3], 43) ^ v[0]
            v[2] = (v[2] + v[1]) & _MASK
            v[1] = _rotated(v[1], 47) ^ v[2]
            v[2] = _rotated(v[2], 32)

    whole = len(data) // 8 * 8
    blocks = [_u64(data, at) for at in range(0, whole, 8)]
    tail = data[whole:] + bytes(7 - len(data) % 8) + bytes([len(data) & 0xFF])
    for block in (*blocks, _u64(tail, 0)):
        v[3] ^= block
        rounds(2)
        v[0] ^= block
    v[2] ^= 0xFF
    rounds(4)
    return v[0] ^ v[1] ^ v[2] ^ v[3]


def cat_fingerprints(first: int, second: int) -> int:
    """Two 64-bit fingerprints as one; the order matters."""
    result = first ^ _CAT
    result ^= (_mixed(second * _CAT) * _CAT) & _MASK
    result = (result * _CAT) & _MASK
    return _mixed(_mixed(result) * _CAT)


def buckets(strings: np.ndarray, count: int, key: tuple[int, int] | None = None) -> np.ndarray:
    """Bucket numbers (int64) of an object array of bytes: Fingerprint64, or SipHash under a key, modulo `count`."""
    flat = strings.reshape(-1).tolist()
    hashed = [fingerprint64(each) if key is None else siphash(key, each) for each in flat]
    return np.array([value % count for value in hashed], np.int64).reshape(strings.shape)


def murmur64(data: bytes, seed: int = 0xDECAFCAFFE) -> int:
    """Appleby's MurmurHash64A, with TensorFlow's seed."""
    factor, mask, size = 0xC6A4A7935BD1E995, 0xFFFFFFFFFFFFFFFF, data.__len__()
    state = seed ^ (size * factor & mask)
    for at in range(0, size - size % 8, 8):
        word = int.from_bytes(data[at : at + 8], "little") * factor & mask
        word = (word ^ word >> 47) * factor & mask
        state = (state ^ word) * factor & mask
    if size % 8:
        state = (state ^ int.from_bytes(data[size - size % 8 :], "little")) * factor & mask
    state = (state ^ state >> 47) * factor & mask
    return state ^ state >> 47
