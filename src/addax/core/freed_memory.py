"""Memory that was freed stays with the process, for the next step to use.

XLA on a CPU allocates the intermediate results of a program at each run. The C library returns pieces of 128 KiB and
more to the system at once, and the system has to clear each page before it lends it again: in the training of a small
convolutional network that was measured to be a third of the whole time. What is kept is at most `KEPT`. The areas that
the C library gives to further threads cannot keep large pieces, so all threads share one.
"""

from __future__ import annotations

import os
import sys

KEPT = 1 << 30  # bytes

_OPTIONS = {-3: KEPT, -1: KEPT, -8: 1}  # of mallopt(3): M_MMAP_THRESHOLD, M_TRIM_THRESHOLD, M_ARENA_MAX
_CHOSEN_BY_USER = ("MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_", "MALLOC_ARENA_MAX", "GLIBC_TUNABLES")


def keep() -> bool:
    """Let the C library keep freed memory, unless the user chose; whether it does now.

    Only glibc knows how; the allocators of other systems, and those that were put in its place, stay as they are.
    """
    if not sys.platform.startswith("linux") or any(name in os.environ for name in _CHOSEN_BY_USER):
        return False
    import ctypes

    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    return mallopt is not None and all([mallopt(*option) for option in _OPTIONS.items()])
