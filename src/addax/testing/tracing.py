"""Counting compilations: a program that is compiled again and again is slow without being wrong."""

from __future__ import annotations

from typing import Any

import jax

from addax.core import transfer
from addax.core.compile_stats import COMPILED

_HANDS_OVER = f"jit({transfer.hand_over.__name__})"


class trace_count:  # noqa: N801 (used like a function)
    """Count the XLA programs that are traced and compiled inside a `with` block.

    The program that hands NumPy arrays over is not counted: it is made when a shape has come often, not by what runs.

    Args:
        at_most: more than so many are an error when the block ends; None: only count.

    Attributes:
        compilations: how many programs were compiled (or loaded from the compilation cache).
        names: their names, in order; `jit(run)` is a `tf.function` or a chunk of training, an op has its own name.

    Raises:
        AssertionError: more than `at_most` programs were compiled.

    >>> import addax as tf
    >>> from addax.testing import trace_count
    >>> double = tf.function(lambda x: x + x)
    >>> x = tf.ones((2,))
    >>> with trace_count() as first:
    ...     _ = double(x)
    >>> first.compilations
    1
    >>> with trace_count(at_most=0):
    ...     _ = double(x)
    """

    def __init__(self, at_most: int | None = None) -> None:
        self.at_most = at_most
        self.names: list[str] = []

    @property
    def compilations(self) -> int:
        """How many programs were compiled so far."""
        return len(self.names)

    def _hear(self, event: str, seconds: float, **details: Any) -> None:
        name = str(details.get("fun_name", "a program"))
        if event == COMPILED and name != _HANDS_OVER:
            self.names.append(name)

    def __enter__(self) -> trace_count:
        self._listener = self._hear
        jax.monitoring.register_event_duration_secs_listener(self._listener)
        return self

    def __exit__(self, kind: Any, error: Any, traceback: Any) -> None:
        jax.monitoring.unregister_event_duration_listener(self._listener)
        if kind is None and self.at_most is not None and self.compilations > self.at_most:
            raise AssertionError(
                f"{self.compilations} programs were compiled where at most {self.at_most} should be: "
                f"{', '.join(self.names[:10])}.\n  To do: look for Python numbers that change, new shapes, or a "
                "tf.function that is made anew in a loop."
            )
