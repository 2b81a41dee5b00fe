"""Threefry-2x32 on the host: keys of draws that Python makes itself, without compiling a program for one key.

Source: Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"; 20 rounds, as JAX derives its keys.
"""

from __future__ import annotations

_MASK = 0xFFFFFFFF
_ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))
_PARITY = 0x1BD11BDA


def threefry(key: tuple[int, int], counter: tuple[int, int]) -> tuple[int, int]:
    """The block of two 32-bit numbers at a counter of the stream of a key.

    Example, from the authors' known answers:

    >>> from addax.core.threefry import threefry
    >>> [hex(word) for word in threefry((0, 0), (0, 0))]
    ['0x6b200159', '0x99ba4efe']
    """
    words = (*key, key[0] ^ key[1] ^ _PARITY)
    a, b = (counter[0] + key[0]) & _MASK, (counter[1] + key[1]) & _MASK
    for turn in range(5):
        for by in _ROTATIONS[turn % 2]:
            a = (a + b) & _MASK
            b = (b << by | b >> 32 - by) & _MASK ^ a
        a = (a + words[(turn + 1) % 3]) & _MASK
        b = (b + words[(turn + 2) % 3] + turn + 1) & _MASK
    return a, b
