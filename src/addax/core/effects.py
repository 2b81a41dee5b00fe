"""What compiled code does on the host: printing and checking, in the order of the program."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import jax
import numpy as np

_lock = threading.Lock()
_failures: list[BaseException] = []


def on_host(function: Callable[..., None], *arrays: Any) -> None:
    """Have compiled code call `function` with the values of `arrays`, each time it gets here.

    An exception of the function is kept, and raised by `finish` after the compiled function.
    """

    def guarded(*values: Any) -> None:
        try:
            function(*[np.asarray(value) for value in values])
        except Exception as error:  # raising here would kill XLA's computation with an error of its own
            with _lock:
                _failures.append(error)

    jax.debug.callback(guarded, *arrays, ordered=True)


def forget() -> None:
    """Wait for what compiled code still does on the host, and drop its failures."""
    jax.effects_barrier()
    with _lock:
        _failures.clear()


def finish() -> None:
    """Wait for what compiled code still does on the host; raise the first failure there, if any."""
    jax.effects_barrier()
    if not _failures:
        return
    with _lock:
        first = _failures[0]
        _failures.clear()
    raise first
