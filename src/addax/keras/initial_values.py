"""First values that a file will replace are not drawn: they are zeros that take no memory until then.

While a model is loaded, its large random weights wait; those that the file turned out not to set are drawn at the end.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any

from addax.core import context
from addax.core.dtypes import DType
from addax.core.host_memory import LEAST, zeros
from addax.keras.initializers import random as drawn

__all__ = ["Postponed", "made_by"]

_RANDOM = (drawn.RandomUniform, drawn.RandomNormal, drawn.TruncatedNormal, drawn.VarianceScaling)


class _Local(threading.local):
    current: Postponed | None = None


_local = _Local()


class Postponed:
    """The scope in which a model is made and loaded; what is still to be drawn is drawn when it ends.

    >>> import addax as tf
    >>> from addax.keras.initial_values import Postponed
    >>> with Postponed():
    ...     layer = tf.keras.layers.Dense(1000)
    ...     layer.build((None, 1000))
    ...     before = float(tf.reduce_max(layer.kernel))
    >>> before, float(tf.reduce_max(layer.kernel)) > 0.0
    (0.0, True)
    """

    def __init__(self) -> None:
        self._waiting: list[tuple[Any, Any, Callable[[], Any]]] = []

    def __enter__(self) -> Postponed:
        self._outer = _local.current
        _local.current = self
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        _local.current = self._outer
        if kind is None:
            for variable, stand_in, draw in self._waiting:
                if variable._value is stand_in:  # nothing else was put in
                    variable.assign(draw())
        self._waiting.clear()

    def wait(self, variable: Any, draw: Callable[[], Any]) -> None:
        """Note how a variable's first value is made."""
        self._waiting.append((variable, variable._value, draw))


def made_by(initializer: Any, shape: tuple[int, ...], dtype: DType, make: Callable[[Callable[[], Any]], Any]) -> Any:
    """A variable, with its first value or one that is postponed.

    Args:
        initializer: called with shape and dtype.
        shape: the variable's.
        dtype: the variable's.
        make: the variable of a function that gives its first value.
    """
    size = dtype.size
    for n in shape:
        size *= n
    scope = _local.current

    def draw() -> Any:
        return initializer(shape, dtype=dtype)

    postponed = scope is not None and size >= LEAST and isinstance(initializer, _RANDOM)
    if not postponed or type(initializer).__module__ != drawn.__name__ or context.state.trace is not None:
        return make(draw)
    seed = initializer.seed_in_use()  # as if it had been drawn: what is drawn later stays the same
    later = type(initializer).from_config({**initializer.get_config(), "seed": seed})
    variable = make(lambda: zeros(shape, dtype.np))
    scope.wait(variable, lambda: later(shape, dtype=dtype))
    return variable
