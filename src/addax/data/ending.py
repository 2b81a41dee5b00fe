"""What threads are at when the program ends: Python must not go away under a running computation."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable

PATIENCE = 2.0  # seconds that a thread which computes nothing is waited for
LONGEST = 60.0


def await_threads(threads: Iterable[threading.Thread | None]) -> None:
    """Wait for threads that were told to end.

    One that computes is waited for, up to a minute in all: on a busy machine the element that it is at may take long,
    and a process whose interpreter ends under it dies. One that stands still, in a read from a network for example, is
    left.

    Args:
        threads: the threads; None stands for one that was never started.
    """
    latest = time.monotonic() + LONGEST  # time spent by the whole process: a thread may wait for XLA's own
    for thread in threads:
        spent = time.process_time()
        while thread is not None and thread.is_alive():
            thread.join(timeout=PATIENCE)
            before, spent = spent, time.process_time()
            if spent - before < 0.001 * PATIENCE or time.monotonic() > latest:
                break
