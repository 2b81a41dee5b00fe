"""BaseLogger: means of the batches' values over an epoch."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from addax.keras.callbacks.callback import Callback


class BaseLogger(Callback):
    """Averages the values of batches over an epoch, weighted by the batches' "size", into the epoch's logs.

    Args:
        stateful_metrics: names of values that are not averaged.

    >>> import addax as tf
    >>> callback = tf.keras.callbacks.BaseLogger()
    """

    def __init__(self, stateful_metrics: Iterable[str] | None = None) -> None:
        super().__init__()
        self.stateful_metrics = set(stateful_metrics or ())

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Begin anew."""
        self.seen = 0
        self.totals: dict[str, Any] = {}

    def on_batch_end(self, batch: int, logs: Any = None) -> None:
        """Add a batch."""
        logs = logs or {}
        size = logs.get("size", 0)
        self.seen += size * logs.get("num_steps", 1)
        for name, value in logs.items():
            if name in self.stateful_metrics:
                self.totals[name] = value
            else:
                self.totals[name] = self.totals.get(name, 0) + value * size

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Put the means of params["metrics"] into the logs."""
        if logs is None:
            return
        for name in (self.params or {}).get("metrics", ()):
            if name in self.totals:
                stateful = name in self.stateful_metrics
                logs[name] = self.totals[name] if stateful else self.totals[name] / self.seen
