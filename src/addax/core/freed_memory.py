"""Memory that was freed stays with the process, for the next step to use.

XLA on a CPU allocates the intermediate results of a program at each run. The C library returns pieces of 128 KiB and
more to the system at once, and the system has to clear each page before it lends it again: in the training of a small
convolutional network that was measured to be a third of the whole time. What is kept is at most `KEPT`. Threads keep
areas of their own (M_ARENA_MAX): with one for all, they wait for each other, and a small step takes twice as long.
Those areas are at most 64 MiB large, and are kept where the next allocation would ask for as much at once (M_TOP_PAD).
"""

from __future__ import annotations

import os
import sys

KEPT = 1 << 30  # bytes

AREA = 64 << 20  # bytes: the largest that glibc makes for a thread

_TRIM_THRESHOLD, _TOP_PAD, _MMAP_THRESHOLD = -1, -2, -3  # of mallopt(3)
_CHOSEN_BY_USER = ("MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_", "GLIBC_TUNABLES")


def keep() -> bool:
    """Let the C library keep freed memory, unless the user chose; whether it does now.

    Only glibc knows how; the allocators of other systems, and those that were put in its place, stay as they are.
    """
    if not sys.platform.startswith("linux") or any(name in os.environ for name in _CHOSEN_BY_USER):
        return False
    import ctypes

    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    options = {_MMAP_THRESHOLD: KEPT, _TRIM_THRESHOLD: KEPT, _TOP_PAD: AREA}
    return mallopt is not None and all([mallopt(*option) for option in options.items()])
