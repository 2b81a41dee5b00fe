"""ReduceLROnPlateau: a smaller learning rate when a value no longer improves."""

from __future__ import annotations

from typing import Any

import numpy as np

from addax.core import errors
from addax.keras.callbacks.callback import Callback
from addax.keras.callbacks.early_stopping import warn_of_mode
from addax.keras.callbacks.learning_rate import set_rate
from addax.keras.progress import numpy_value, print_message, python_value


class ReduceLROnPlateau(Callback):
    """Multiplies the learning rate by `factor` when the monitored value has not improved for `patience` epochs.

    Args:
        monitor: the name in the logs.
        factor: below 1.
        patience: epochs without improvement.
        verbose: 1 prints what it does.
        mode: "min", "max", or "auto" to see from the name.
        min_delta: the least change that counts as an improvement.
        cooldown: epochs to wait after a reduction.
        min_lr: the smallest rate.
        **kwargs: `epsilon`, the old name of `min_delta`.

    Raises:
        ValueError: a factor of 1 or more.

    >>> import addax as tf
    >>> callback = tf.keras.callbacks.ReduceLROnPlateau("val_loss", factor=0.5, patience=2)
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        factor: float = 0.1,
        patience: int = 10,
        verbose: int = 0,
        mode: str = "auto",
        min_delta: float = 1e-4,
        cooldown: int = 0,
        min_lr: float = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__()
        if factor >= 1.0:
            raise ValueError(f"ReduceLROnPlateau does not support a factor >= 1.0. Got {factor}")
        if "epsilon" in kwargs:
            min_delta = kwargs.pop("epsilon")
            errors.warn("ReduceLROnPlateau: `epsilon` is deprecated, use `min_delta` instead.", stacklevel=2)
        if kwargs:
            raise TypeError(f"ReduceLROnPlateau: {next(iter(kwargs))} is not a valid argument.")
        self.monitor = monitor
        self.factor = factor
        self.min_lr = min_lr
        self.min_delta = min_delta
        self.patience = patience
        self.verbose = verbose
        self.cooldown = cooldown
        self.mode = warn_of_mode("Learning rate reduction", mode)
        self._reset()

    def _reset(self) -> None:
        self._falls = self.mode == "min" or (self.mode == "auto" and "acc" not in self.monitor)
        self.best = np.inf if self._falls else -np.inf
        self.cooldown_counter = 0
        self.wait = 0

    def monitor_op(self, current: Any, best: Any) -> bool:
        """Whether `current` is an improvement over `best`."""
        return bool(current < best - self.min_delta if self._falls else current > best + self.min_delta)

    def on_train_begin(self, logs: Any = None) -> None:
        """Forget earlier runs."""
        self._reset()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Compare; reduce the rate if patience is over. The logs get the rate, as "lr"."""
        logs = {} if logs is None else logs
        logs["lr"] = numpy_value(self.model.optimizer.lr)
        current = logs.get(self.monitor)
        if current is None:
            errors.warn(
                f"Learning rate reduction is conditioned on metric `{self.monitor}` which is not available. "
                f"Available metrics are: {','.join(logs)}",
                stacklevel=2,
            )
            return
        if self.in_cooldown():
            self.cooldown_counter -= 1
            self.wait = 0
        if self.monitor_op(current, self.best):
            self.best = current
            self.wait = 0
        elif not self.in_cooldown():
            self.wait += 1
            if self.wait >= self.patience:
                self._reduce(epoch)

    def _reduce(self, epoch: int) -> None:
        old = python_value(self.model.optimizer.lr)
        if old <= np.float32(self.min_lr):
            return
        new = max(float(np.float32(old) * np.float32(self.factor)), self.min_lr)
        set_rate(self.model.optimizer, new, "ReduceLROnPlateau")
        if self.verbose > 0:
            print_message(f"\nEpoch {epoch + 1}: ReduceLROnPlateau reducing learning rate to {new}.")
        self.cooldown_counter = self.cooldown
        self.wait = 0

    def in_cooldown(self) -> bool:
        """Whether it waits after a reduction."""
        return self.cooldown_counter > 0
