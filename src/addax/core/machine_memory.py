"""The memory of this machine, and what a container leaves of it."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

__all__ = ["available", "of_machine"]

_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")  # of a container


def of_machine() -> int | None:
    """The bytes of memory that the machine has; None where the system does not say.

    >>> of_machine() is None or of_machine() > 1 << 20
    True
    """
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return None


@lru_cache(maxsize=1)
def available() -> int | None:
    """The bytes of memory of this machine or container, whichever has less; None where neither says.

    >>> available() is None or available() <= (of_machine() or available())
    True
    """
    machine = of_machine()
    found = [] if machine is None else [machine]
    for path in _LIMITS:
        try:
            found.append(int(Path(path).read_text()))
        except (OSError, ValueError):  # "max": there is no limit
            continue
    return min(found, default=None)
