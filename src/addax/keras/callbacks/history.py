"""History: the logs of all epochs."""

from __future__ import annotations

from typing import Any

from addax.keras.callbacks.callback import Callback


class History(Callback):
    """Collects the logs of each epoch; `fit` adds one and returns it.

    Attributes:
        history: a list of values for each name in the logs.
        epoch: the epochs' numbers.

    >>> import addax as tf
    >>> tf.keras.callbacks.History().history
    {}
    """

    def __init__(self) -> None:
        super().__init__()
        self.history: dict[str, list[Any]] = {}
        self.epoch: list[int] = []

    def on_train_begin(self, logs: Any = None) -> None:
        """Begin a new list of epochs; values go on."""
        self.epoch = []

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Add the epoch's logs."""
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)
        if self.model is not None:
            self.model.history = self
