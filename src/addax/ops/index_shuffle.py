"""tf.random_index_shuffle: a random permutation of 0..max_index, one index at a time and without a table.

The permutation is a block cipher (SIMON: Beaulieu et al., 2013, https://eprint.iacr.org/2013/404) over the smallest
even number of bits, at least 16, that holds max_index; it is applied again while its result is too large.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from addax.core import convert, errors
from addax.core.static_arguments import concrete
from addax.core.tensor import NotCompilable, Tensor

_Z = 0x7369F885192C0EF5  # the constants of the key schedule, a bit per round
_LEAST_BITS = 16


def _rotated(value: int, by: int, width: int) -> int:
    """A word rotated to the left (right, where `by` is negative)."""
    by %= width
    return ((value << by) | (value >> (width - by))) & ((1 << width) - 1)


def _round_keys(key: tuple[int, int, int], rounds: int, width: int) -> list[int]:
    mask = (1 << width) - 1
    keys = [each & mask for each in key]
    for i in range(3, rounds):
        mixed = _rotated(keys[i - 1], -3, width)
        mixed ^= _rotated(mixed, -1, width)
        keys.append((0xFFFFFFFC ^ ((_Z >> (i - 3)) & 1) ^ keys[i - 3] ^ mixed) & mask)
    return keys


def _encrypted(value: int, keys: list[int], width: int) -> int:
    left, right = value >> width, value & ((1 << width) - 1)
    for key in keys:  # the halves take turns
        turned = (_rotated(right, 1, width) & _rotated(right, 8, width)) ^ _rotated(right, 2, width)
        left, right = right, left ^ turned ^ key
    if len(keys) % 2:
        left, right = right, left
    return (left << width) | right


def shuffled(index: int, key: tuple[int, int, int], max_index: int, rounds: int) -> int:
    """Where a permutation of 0..max_index has `index`.

    >>> from addax.ops.index_shuffle import shuffled
    >>> sorted(shuffled(i, (1, 2, 3), 9, 4) for i in range(10)) == list(range(10))
    True
    """
    if max_index == 0:
        return 0
    bits = max(int(np.ceil(np.log2(max_index))), _LEAST_BITS)
    width = (bits + bits % 2) // 2
    keys = _round_keys(key, rounds, width)
    while True:
        index = _encrypted(index, keys, width)
        if index <= max_index:
            return index


def random_index_shuffle(index: Any, seed: Any, max_index: Any, rounds: int = 4, name: str | None = None) -> Tensor:
    """The place of an index in a random permutation of 0..max_index.

    Args:
        index: an integer from 0 to max_index, or a vector of them.
        seed: three integers, or one row of three for each index: which permutation.
        max_index: the greatest index, or a vector of them.
        rounds: how often values are mixed; even, at least 4. The more, the more random.
        name: ignored.

    Returns:
        Integers of the dtype of `index`.

    Raises:
        InvalidArgumentError: a seed of another size, an index greater than max_index, or too few rounds.

    >>> import addax as tf
    >>> sorted(int(tf.random_index_shuffle(i, [1, 2, 3], 4)) for i in range(5))
    [0, 1, 2, 3, 4]
    """
    given = convert.convert_to_tensor(index)
    if given.is_symbolic:
        raise NotCompilable("tf.random_index_shuffle permutes on the host; it needs the values of its arguments")
    seeds = concrete(seed, "random_index_shuffle")
    places, limits = concrete(given, "random_index_shuffle"), concrete(max_index, "random_index_shuffle")
    count = max(places.size, limits.size, seeds.shape[0] if seeds.ndim == 2 else 1)
    if seeds.shape not in ((3,), (count, 3)) or rounds < 4 or rounds % 2:
        raise errors.InvalidArgumentError(
            errors.message(
                "tf.random_index_shuffle",
                expected=f"Seed must be a vector of size [3] or a matrix of size [{count}, 3], rounds even and >= 4",
                received=f"seed {seeds.shape}, rounds {rounds}",
            )
        )
    rows = np.broadcast_to(seeds, (count, 3)).astype(np.int64)
    out = np.empty(count, places.dtype)
    flat = zip(np.broadcast_to(places.reshape(-1), count), np.broadcast_to(limits.reshape(-1), count), strict=True)
    for i, (place, limit) in enumerate(flat):
        if not 0 <= place <= limit:
            raise errors.InvalidArgumentError(
                None, None, f"tf.random_index_shuffle: max_index must be >= index >= 0, but {limit} < {place}"
            )
        key = tuple(int(part) & 0xFFFFFFFF for part in rows[i])
        out[i] = shuffled(int(place), key, int(limit), int(rounds))  # type: ignore[arg-type]
    vector = places.ndim or limits.ndim or seeds.ndim == 2
    return convert.convert_to_tensor(out if vector else out[0])
