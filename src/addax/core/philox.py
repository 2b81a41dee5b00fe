"""Philox4x32-10 as TensorFlow lays it out: the same seeds give the same numbers as `tf.random.stateless_*` there.

A position is a uint64 array of three words: the counter (lower half, upper half) and the key. Step i of a draw encrypts
counter + i, which gives four words of 32 bits. Functions take `xp`, the module that computes: `jax.numpy` inside of
ops, `numpy` on the host (`philox_host` is faster there). Source of the generator: Salmon et al. 2011, "Parallel
random numbers: as easy as 1, 2, 3"; of the normal numbers: Box and Muller 1958.
"""

from __future__ import annotations

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

_LOW = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)
FACTORS = (np.uint64(0xD2511F53), np.uint64(0xCD9E8D57))
WEYL = (np.uint64(0x9E3779B9), np.uint64(0xBB67AE85))
SEEDING_KEY = np.uint64(0x02461E29_3EC8F720)
_SKIP_PER_NUMBER = 256  # what a stateful generator moves on for each number drawn
_FRACTION = {"float16": 10, "bfloat16": 7, "float32": 23, "float64": 52}  # bits of randomness in [0, 1)


def _encrypt(low: Any, high: Any, key: Any) -> tuple[Any, Any, Any, Any]:
    """Four words (each below 2**32, as uint64) for each counter."""
    (a, b), (c, d), (k0, k1) = _halves(low), _halves(high), _halves(key)
    for _ in range(10):
        (f0, f1), (s0, s1) = _halves(a.astype(np.uint64) * FACTORS[0]), _halves(c.astype(np.uint64) * FACTORS[1])
        a, b, c, d = s1 ^ b ^ k0, s0, f1 ^ d ^ k1, f0
        (k0, _), (k1, _) = _halves(k0 + WEYL[0]), _halves(k1 + WEYL[1])
    return tuple(word.astype(np.uint64) for word in (a, b, c, d))


def _halves(value: Any) -> tuple[Any, Any]:
    """The lower and the upper 32 bits; in 32 bits on a device, where twice as many are computed at a time."""
    low, high = value & _LOW, value >> _HALF
    return (low.astype(np.uint32), high.astype(np.uint32)) if isinstance(value, jax.Array) else (low, high)


def seeded(seed: Any, xp: Any = jnp) -> Any:
    """The position of a seed of two integers: their bits, encrypted, become the key and the counter's upper half."""
    words = seed.astype(np.int64).astype(np.uint64)
    a, b, c, d = _encrypt(words[0], words[1], SEEDING_KEY)
    return xp.stack([words[0] * np.uint64(0), c | (d << _HALF), a | (b << _HALF)])


def advanced(position: Any, steps: Any, xp: Any = jnp) -> Any:
    """The position `steps` (uint64) further on; the counter has 128 bits."""
    low = position[0] + steps
    return xp.stack([low, position[1] + (low < steps).astype(np.uint64), position[2]])


def after(position: Any, count: Any, xp: Any = jnp) -> Any:
    """The position of a stateful generator once it has drawn `count` numbers."""
    return advanced(position, count * np.uint64(_SKIP_PER_NUMBER), xp)


def _words(position: Any, steps: Any) -> tuple[Any, Any, Any, Any]:
    low = position[0] + steps
    return _encrypt(low, position[1] + (low < steps).astype(np.uint64), position[2])


def _steps(dims: tuple[int, ...], each: int, xp: Any) -> Any:
    """The step of every number, of which a step gives so many; on the host every step once.

    XLA lays columns side by side element by element, and computes all of a step again for each: ten times as long as
    to compute every number's own step, several at once, and to pick one of its columns.
    """
    if xp is jnp:
        return jnp.arange(math.prod(dims), dtype=np.uint64) // np.uint64(each)
    return _groups(dims, each, xp)


def _groups(dims: tuple[int, ...], each: int, xp: Any) -> Any:
    return xp.arange(-(-math.prod(dims) // each), dtype=np.uint64)


def _laid_out(columns: Any, dims: tuple[int, ...], xp: Any) -> Any:
    """Numbers in the shape, from the columns of their `_steps`."""
    if xp is jnp:
        return _picked(columns, dims).reshape(dims)
    return _side_by_side(columns, dims, xp)


def _picked(columns: Any, dims: tuple[int, ...]) -> Any:
    """Of each number's columns the one at its place."""
    place = jnp.arange(math.prod(dims), dtype=np.uint64) % np.uint64(len(columns))
    found = columns[-1]
    for at, column in enumerate(columns[:-1]):
        found = jnp.where(place == at, column, found)
    return found


def _side_by_side(columns: Any, dims: tuple[int, ...], xp: Any) -> Any:
    """Columns of groups, group after group, cut to the shape."""
    return xp.stack(columns, axis=-1).reshape(-1)[: math.prod(dims)].reshape(dims)


def _unit32(word: Any, bits: int = 23, dtype: Any = np.float32) -> Any:
    kept = (word & np.uint64((1 << bits) - 1)).astype(np.uint32)
    return (kept.astype(np.float32) * np.float32(2.0**-bits)).astype(dtype)


def _unit64(first: Any, second: Any) -> Any:
    mantissa = ((first & np.uint64(0xFFFFF)) << _HALF) | second
    return mantissa.astype(np.float64) * np.float64(2.0**-52)


def first_unit(position: Any) -> Any:
    """The first number in [0, 1) that is drawn from a position, as a double; positions may have more dimensions."""
    return _unit64(*_words(position, np.uint64(0))[:2])


def bits(position: Any, dims: tuple[int, ...], dtype: Any, xp: Any = jnp) -> Any:
    """Integers over the whole range of a dtype of 32 or 64 bits."""
    wide = np.dtype(dtype).itemsize == 8
    a, b, c, d = _words(position, _steps(dims, 2 if wide else 4, xp))
    columns = [a | (b << _HALF), c | (d << _HALF)] if wide else [a, b, c, d]
    unsigned = np.dtype(f"uint{np.dtype(dtype).itemsize * 8}")
    return _laid_out([column.astype(unsigned) for column in columns], dims, xp).astype(dtype)


def integers(position: Any, dims: tuple[int, ...], low: Any, high: Any, dtype: Any, xp: Any = jnp) -> Any:
    """Integers in [low, high)."""
    unsigned = np.dtype(f"uint{np.dtype(dtype).itemsize * 8}")
    reach = high.astype(unsigned) - low.astype(unsigned)
    drawn = bits(position, dims, unsigned, xp) % reach
    return (drawn + low.astype(unsigned)).astype(dtype)


def uniform(position: Any, dims: tuple[int, ...], dtype: Any, xp: Any = jnp) -> Any:
    """Numbers in [0, 1)."""
    name = np.dtype(dtype).name
    if name == "float64":
        a, b, c, d = _words(position, _steps(dims, 2, xp))
        return _laid_out([_unit64(a, b), _unit64(c, d)], dims, xp)
    return _unit32(_laid_out(_words(position, _steps(dims, 4, xp)), dims, xp), _FRACTION[name], dtype)


def categorical(position: Any, logits: Any, count: int, xp: Any = jnp) -> Any:
    """`count` numbers of columns for each row of `logits`: where a uniform number falls in the sums of exp(logits).

    Columns that are not finite are never drawn. The rows' numbers follow one another, as in TensorFlow where one
    thread does all rows.
    """
    rows, columns = logits.shape
    finite = xp.isfinite(logits)
    top = xp.max(xp.where(finite, logits, -np.inf), axis=1, keepdims=True, initial=-np.inf)
    parts = xp.where(finite, xp.exp(logits.astype(np.float64) - top.astype(np.float64)), 0.0)
    sums = xp.cumsum(parts, axis=1)
    wanted = uniform(position, (rows, count), np.float64, xp) * sums[:, -1:]
    return xp.sum(sums[:, None, :] <= wanted[:, :, None], axis=2)


def _pair(first: Any, second: Any, xp: Any) -> list[Any]:
    """Two normal numbers of two uniform ones."""
    kind = first.dtype.type
    radius = xp.sqrt(kind(-2.0) * xp.log(xp.maximum(first, kind(1e-7))))
    angle = kind(2 * math.pi) * second
    return [xp.sin(angle) * radius, xp.cos(angle) * radius]


def _normals(position: Any, steps: Any, double: bool, xp: Any) -> list[Any]:
    a, b, c, d = _words(position, steps)
    if double:
        return _pair(_unit64(a, b), _unit64(c, d), xp)
    return _pair(_unit32(a), _unit32(b), xp) + _pair(_unit32(c), _unit32(d), xp)


def normal(position: Any, dims: tuple[int, ...], dtype: Any, xp: Any = jnp) -> Any:
    """Standard normal numbers."""
    double = np.dtype(dtype).name == "float64"
    steps = _steps(dims, 2 if double else 4, xp)
    if double or xp is not jnp:
        return _laid_out(_normals(position, steps, double, xp), dims, xp).astype(dtype)
    a, b, c, d = _words(position, steps)
    later = jnp.arange(math.prod(dims), dtype=np.uint64) % np.uint64(4) >= 2
    first, second = _unit32(jnp.where(later, c, a)), _unit32(jnp.where(later, d, b))
    return _laid_out(_pair(first, second, xp), dims, xp).astype(dtype)


def truncated_normal(position: Any, dims: tuple[int, ...], dtype: Any, xp: Any = jnp) -> Any:
    """Standard normal numbers within two deviations.

    Every group of numbers has steps of its own, 256 for each number, of which it takes the first that fit.
    """
    double = np.dtype(dtype).name == "float64"
    each = 2 if double else 4
    groups = _groups(dims, each, xp)
    first = groups * np.uint64(each * _SKIP_PER_NUMBER // 4)
    kind = np.float64 if double else np.float32

    def one_more(state: Any) -> Any:
        step, found, kept = state
        kept = list(kept)
        for value in _normals(position, first + step, double, xp):
            fits = (xp.abs(value) < kind(2.0)) & (found < each)
            kept = [xp.where(fits & (found == place), value, held) for place, held in enumerate(kept)]
            found = found + fits.astype(np.int32)
        return step + np.uint64(1), found, tuple(kept)

    def unfinished(state: Any) -> Any:
        return (state[1] < each).any()

    empty = xp.zeros(groups.shape, kind)
    state = (np.uint64(0), xp.zeros(groups.shape, np.int32), (empty,) * each)
    if xp is jnp:
        state = jax.lax.while_loop(unfinished, one_more, (jnp.uint64(0), *state[1:]))
    else:
        while unfinished(state):
            state = one_more(state)
    return _side_by_side(state[2], dims, xp).astype(dtype)
