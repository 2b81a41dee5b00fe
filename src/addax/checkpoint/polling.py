"""tf.train.checkpoints_iterator: new checkpoints of a folder, as they are written."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

from addax.checkpoint.files import latest_checkpoint

_PAUSE = 0.2  # seconds between two looks


def checkpoints_iterator(
    checkpoint_dir: Any,
    min_interval_secs: float = 0,
    timeout: float | None = None,
    timeout_fn: Callable[[], bool] | None = None,
) -> Iterator[str]:
    """The paths of checkpoints of a folder, each when it has become the newest; evaluation beside training uses it.

    Args:
        checkpoint_dir: the folder.
        min_interval_secs: the least time between two of them, in seconds.
        timeout: how long to wait for the next one, in seconds; None for ever.
        timeout_fn: called when the time is over; True ends the iteration, False waits on. By default it ends.

    Yields:
        Paths for `tf.train.Checkpoint.restore`.

    >>> import addax as tf, tempfile
    >>> list(tf.train.checkpoints_iterator(tempfile.mkdtemp(), timeout=0))
    []
    """
    last = None
    while True:
        found = _newer(checkpoint_dir, last, timeout)
        if found is None:
            if timeout_fn is None or timeout_fn():
                return
            continue
        last, begun = found, time.monotonic()
        yield found
        time.sleep(max(0.0, begun + min_interval_secs - time.monotonic()))


def _newer(folder: Any, last: str | None, timeout: float | None) -> str | None:
    """The newest checkpoint once it is another one than the last; None when the time is over."""
    deadline = None if timeout is None else time.monotonic() + timeout
    while True:
        found = latest_checkpoint(folder)
        if found is not None and found != last:
            return found
        left = _PAUSE if deadline is None else deadline - time.monotonic()
        if left <= 0:
            return None
        time.sleep(min(_PAUSE, left))
