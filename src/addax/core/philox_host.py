"""Philox on the host, by NumPy: what `addax.core.philox` draws, in blocks that fit the cache and without a compilation.

The words of a block lie in memory as their groups follow each other, so that nothing has to be rearranged.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from addax.core import philox

_BLOCK = 4096  # steps, of four numbers each
_MASK = 0xFFFFFFFF
_FACTORS = tuple(int(factor) for factor in philox.FACTORS)
_WEYL = tuple(int(step) for step in philox.WEYL)
_SEEDING = (int(philox.SEEDING_KEY) & _MASK, int(philox.SEEDING_KEY) >> 32)
_MANTISSA = np.uint32((1 << 23) - 1)
_UNIT = np.float32(2.0**-23)
_SPACING = 256  # steps of truncated normal numbers between one group and the next


def position(seed: int, second: int = 0) -> Any:
    """Where the draws of TensorFlow's seed [seed, second] start: `philox.seeded`, by Python's integers."""
    a, b, c, d = seed & _MASK, (seed >> 32) & _MASK, second & _MASK, (second >> 32) & _MASK
    k0, k1 = _SEEDING
    for _ in range(10):
        first, second = a * _FACTORS[0], c * _FACTORS[1]
        a, b, c, d = (second >> 32) ^ b ^ k0, second & _MASK, (first >> 32) ^ d ^ k1, first & _MASK
        k0, k1 = (k0 + _WEYL[0]) & _MASK, (k1 + _WEYL[1]) & _MASK
    return np.array([0, c | (d << 32), a | (b << 32)], np.uint64)


def words(start: Any, steps: Any) -> Any:
    """The four words of 32 bits of each step: an array of shape (steps, 4).

    Args:
        start: a position.
        steps: their numbers, a uint64 array.
    """
    count = len(steps)
    low = start[0] + steps
    high = (low < steps) + start[1]
    first, second = low.view(np.uint32).reshape(count, 2), high.view(np.uint32).reshape(count, 2)
    a, b, c, d = first[:, 0], first[:, 1], second[:, 0], second[:, 1]
    k0, k1 = int(start[2]) & _MASK, int(start[2]) >> 32
    products = np.empty((2, 2, count), np.uint64)
    halves = products.view(np.uint32).reshape(2, 2, count, 2)
    for i in range(10):
        (p, q), (p_halves, q_halves) = products[i & 1], halves[i & 1]
        np.multiply(a, philox.FACTORS[0], out=p)
        np.multiply(c, philox.FACTORS[1], out=q)
        a, c = q_halves[:, 1] ^ b, p_halves[:, 1] ^ d
        a ^= np.uint32(k0)
        c ^= np.uint32(k1)
        b, d = q_halves[:, 0], p_halves[:, 0]
        k0, k1 = (k0 + _WEYL[0]) & _MASK, (k1 + _WEYL[1]) & _MASK
    return np.stack([a, b, c, d], axis=1)


def _units(start: Any, steps: Any) -> Any:
    """Four numbers in [0, 1) of each step."""
    drawn = words(start, steps)
    drawn &= _MANTISSA
    return np.multiply(drawn, _UNIT, dtype=np.float32, casting="unsafe")


def _normals(start: Any, steps: Any) -> Any:
    """Four standard normal numbers of each step (Box and Muller 1958)."""
    units = _units(start, steps)
    radius = np.sqrt(np.float32(-2.0) * np.log(np.maximum(units[:, ::2], np.float32(1e-7))))
    angle = np.float32(2 * math.pi) * units[:, 1::2]
    made = np.empty_like(units)
    np.multiply(np.sin(angle), radius, out=made[:, ::2])
    np.multiply(np.cos(angle), radius, out=made[:, 1::2])
    return made


def _truncated(start: Any, groups: Any) -> Any:
    """Four numbers within two deviations for each group: the first that fit among those of its own steps."""
    found = np.empty((len(groups), 4), np.float32)
    have = np.zeros(len(groups), np.int64)
    open_groups, step = np.arange(len(groups)), 0
    while open_groups.size:
        drawn = _normals(start, groups[open_groups] * np.uint64(_SPACING) + np.uint64(step))
        fits = np.abs(drawn) < np.float32(2.0)
        place = have[open_groups, None] + np.cumsum(fits, axis=1) - 1
        row, column = np.nonzero(fits & (place < 4))
        found[open_groups[row], place[row, column]] = drawn[row, column]
        have[open_groups] += fits.sum(axis=1)
        open_groups, step = open_groups[have[open_groups] < 4], step + 1
    return found


def _in_blocks(start: Any, dims: tuple[int, ...], some: Callable[[Any, Any], Any]) -> Any:
    count = math.prod(dims)
    steps = -(-count // 4)
    if steps <= _BLOCK:
        return some(start, np.arange(steps, dtype=np.uint64)).reshape(-1)[:count].reshape(dims)
    made = np.empty(count, np.float32)
    for first in range(0, steps, _BLOCK):
        block = some(start, np.arange(first, min(steps, first + _BLOCK), dtype=np.uint64)).reshape(-1)
        part = made[4 * first : 4 * first + block.size]
        part[:] = block[: part.size]
    return made.reshape(dims)


def uniform(start: Any, dims: tuple[int, ...], dtype: Any) -> Any:
    """Numbers in [0, 1), as `philox.uniform` draws them.

    >>> from addax.core import philox_host
    >>> philox_host.uniform(philox_host.position(1), (2,), "float32").dtype.name
    'float32'
    """
    return _drawn(_units, philox.uniform, start, dims, dtype)


def normal(start: Any, dims: tuple[int, ...], dtype: Any) -> Any:
    """Standard normal numbers, as `philox.normal` draws them."""
    return _drawn(_normals, philox.normal, start, dims, dtype)


def truncated_normal(start: Any, dims: tuple[int, ...], dtype: Any) -> Any:
    """Standard normal numbers within two deviations, as `philox.truncated_normal` draws them."""
    return _drawn(_truncated, philox.truncated_normal, start, dims, dtype)


def _drawn(some: Callable[[Any, Any], Any], other: Callable[..., Any], start: Any, dims: Any, dtype: Any) -> Any:
    kind = np.dtype(dtype)
    if kind == np.float32:
        return _in_blocks(start, dims, some)
    if kind == np.float64 or some is _units:  # other bits
        return other(start, dims, kind, np)
    return _in_blocks(start, dims, some).astype(kind)
