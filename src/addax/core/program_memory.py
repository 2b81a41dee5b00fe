"""Programs of shapes that do not come back: JAX keeps each, and 1.5 to 3 MB of memory with it.

A loop over texts of ever new lengths compiles each of its ops for each of them. JAX forgets its programs from the
4,096th on, which is far more memory than many machines have. Here they are counted as they are compiled; those beyond
an eighth of the machine's memory make JAX forget all of them. What is still in use is compiled again, or read from
disk, when it is next called. Compiled `tf.function`s are kept elsewhere and stay.
"""

from __future__ import annotations

import jax

from addax.core import machine_memory
from addax.core.compile_stats import COMPILED

__all__ = ["bound", "most_programs"]

_SIZE = 2 << 20  # bytes of a small program with what JAX keeps beside it, measured
_SHARE = 8
_LEAST = 512  # programs; fewer would have a program of many ops compiled again and again


def most_programs() -> int:
    """How many programs JAX may keep on this machine.

    Returns:
        An eighth of the memory of the machine or container, in programs of 2 MiB; at least 512.
    """
    return max(_LEAST, (machine_memory.available() or 0) // (_SHARE * _SIZE))


class _Kept:
    """The programs since JAX last forgot them."""

    count = 0
    most = 0  # not known yet


def _hear(event: str, seconds: float, **details: object) -> None:
    if event != COMPILED:
        return
    _Kept.most = _Kept.most or most_programs()
    _Kept.count += 1
    if _Kept.count > _Kept.most:
        _Kept.count = 0
        jax.clear_caches()


def bound() -> None:
    """Has JAX forget its programs when they are too many, from now on."""
    jax.monitoring.register_event_duration_secs_listener(_hear)
