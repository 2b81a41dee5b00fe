"""Metrics in plain Python."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import Any

from addax.core.tensor import NotCompilable, Tensor, Tracer
from addax.keras import registry
from addax.keras.metrics.base import Metric
from addax.ops.casting import cast


class PyMetric(Metric):
    """Base class of metrics in Python or NumPy: `update_state` gets concrete tensors, `result` returns a number.

    A step with such a metric is not compiled.

    Args:
        name: the name.
        dtype: of the result.

    >>> import addax as tf
    >>> class Seen(tf.keras.metrics.experimental.PyMetric):
    ...     def update_state(self, y_true, y_pred, sample_weight=None):
    ...         self.seen += len(y_true)
    ...     def reset_state(self):
    ...         self.seen = 0
    ...     def result(self):
    ...         return self.seen
    >>> metric = Seen()
    >>> metric.update_state([1, 2], [1, 2])
    >>> int(metric.result())
    2
    """

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "update_state" in cls.__dict__:
            plain = cls.__dict__["update_state"]

            def update_state(self: Any, *args: Any, **kwargs: Any) -> Any:
                for value in (*args, *kwargs.values()):
                    if isinstance(value, Tensor) and isinstance(value._value, Tracer):
                        raise NotCompilable(f"{cls.__name__} is a PyMetric: its update runs in Python.")
                return plain(self, *args, **kwargs)

            update_state.__doc__ = plain.__doc__
            cls.update_state = update_state  # type: ignore[method-assign]
        if "result" in cls.__dict__:
            cls.result = _of_dtype(cls.__dict__["result"])  # type: ignore[method-assign]

    def __init__(self, name: str | None = None, dtype: Any = None, **kwargs: Any) -> None:
        super().__init__(name=name, dtype=dtype, **kwargs)
        self.reset_state()

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take a batch into account; subclasses define it."""
        raise NotImplementedError("Subclasses should implement `update_state`")

    def merge_state(self, metrics: Iterable[Metric]) -> None:
        """Take over the state of others; subclasses define it."""
        raise NotImplementedError("Subclasses should implement `merge_state`")

    def reset_state(self) -> None:
        """Start over; subclasses define it."""
        raise NotImplementedError("Subclasses should implement `reset_state`")

    def result(self) -> Any:
        """The value; subclasses define it."""
        raise NotImplementedError("Subclasses should implement `result`")


def _of_dtype(result: Callable[..., Any]) -> Callable[..., Any]:
    """`result` as a tensor of the metric's dtype."""

    @functools.wraps(result)
    def wrapped(self: Any, *args: Any, **kwargs: Any) -> Any:
        return cast(result(self, *args, **kwargs), self.dtype)

    return wrapped


registry.register("metric", PyMetric)
