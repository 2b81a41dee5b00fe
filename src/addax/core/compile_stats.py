"""How often one signature of a tf.function was traced and compiled, and how long that took."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from typing import Any

import jax

COMPILED = "/jax/core/compile/backend_compile_duration"  # what JAX tells of each program


class Stats:
    """Counts and seconds; compilations are heard of from JAX while the program runs (`running`)."""

    __slots__ = ("compile_seconds", "compiles", "trace_seconds", "traces")

    def __init__(self) -> None:
        self.traces, self.trace_seconds = 0, 0.0
        self.compiles, self.compile_seconds = 0, 0.0

    @contextlib.contextmanager
    def tracing(self) -> Iterator[None]:
        """A block that traces."""
        begun = time.perf_counter()
        try:
            yield
        finally:
            self.traces += 1
            self.trace_seconds += time.perf_counter() - begun

    def as_dict(self) -> dict[str, Any]:
        """What `experimental_compile_stats` reports."""
        return {name: getattr(self, name) for name in ("traces", "trace_seconds", "compiles", "compile_seconds")}


class _Running(threading.local):
    """Whose program this thread runs."""

    stats: Stats | None = None


running = _Running()


def _hear(event: str, seconds: float, **details: Any) -> None:
    if event == COMPILED and running.stats is not None:
        running.stats.compiles += 1
        running.stats.compile_seconds += seconds


jax.monitoring.register_event_duration_secs_listener(_hear)
