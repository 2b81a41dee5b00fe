"""Memory that was freed stays with the process, for the next step to use.

XLA on a CPU allocates the intermediate results of a program at each run. The C library returns pieces of 128 KiB and
more to the system at once, and the system has to clear each page before it lends it again: in the training of a small
convolutional network that was measured to be a third of the whole time. What is kept is at most `KEPT`. Threads keep
areas of their own (M_ARENA_MAX): with one for all, they wait for each other, and a small step takes twice as long.
"""

from __future__ import annotations

import os
import sys

KEPT = 1 << 30  # bytes

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # of mallopt(3)
_CHOSEN_BY_USER = ("MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_", "GLIBC_TUNABLES")


def keep() -> bool:
    """Let the C library keep freed memory, unless the user chose; whether it does now.

    Only glibc knows how; the allocators of other systems, and those that were put in its place, stay as they are.
    """
    if not sys.platform.startswith("linux") or any(name in os.environ for name in _CHOSEN_BY_USER):
        return False
    import ctypes

    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    return mallopt is not None and all([mallopt(option, KEPT) for option in (_MMAP_THRESHOLD, _TRIM_THRESHOLD)])
