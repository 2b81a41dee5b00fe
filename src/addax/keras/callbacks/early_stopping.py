"""EarlyStopping: end training when a value no longer improves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from addax.core import errors
from addax.keras.callbacks.callback import Callback
from addax.keras.progress import print_message


def warn_of_mode(who: str, mode: str) -> str:
    """The mode, or "auto" with a warning where it is none of "auto", "min", "max"."""
    if mode in ("auto", "min", "max"):
        return mode
    errors.warn(f"{who} mode {mode} is unknown, fallback to auto mode.", stacklevel=3)
    return "auto"


class EarlyStopping(Callback):
    """Stops training when the monitored value has not improved for some epochs.

    Args:
        monitor: the name in the logs.
        min_delta: the least change that counts as an improvement.
        patience: epochs without improvement before training stops.
        verbose: 1 prints what it does.
        mode: "min", "max", or "auto" to see from the name (accuracy and auc grow).
        baseline: a value that has to be passed first.
        restore_best_weights: put the weights of the best epoch back at the end.
        start_from_epoch: epochs to wait before monitoring.

    Attributes:
        stopped_epoch: the epoch (from 0) that training stopped after, 0 if it did not.
        best, best_epoch, best_weights, wait: what has been seen.

    >>> import addax as tf
    >>> tf.keras.callbacks.EarlyStopping("val_accuracy", patience=3).monitor_op.__name__
    'greater'
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        min_delta: float = 0,
        patience: int = 0,
        verbose: int = 0,
        mode: str = "auto",
        baseline: float | None = None,
        restore_best_weights: bool = False,
        start_from_epoch: int = 0,
    ) -> None:
        super().__init__()
        self.monitor = monitor
        self.patience = patience
        self.verbose = verbose
        self.baseline = baseline
        self.restore_best_weights = restore_best_weights
        self.start_from_epoch = start_from_epoch
        mode = warn_of_mode("EarlyStopping", mode)
        grows = mode == "max" or (mode == "auto" and monitor.endswith(("acc", "accuracy", "auc")))
        self.monitor_op: Callable[[Any, Any], Any] = np.greater if grows else np.less
        self.min_delta = abs(min_delta) if grows else -abs(min_delta)
        self._reset()

    def _reset(self) -> None:
        self.wait = 0
        self.stopped_epoch = 0
        self.best = -np.inf if self.monitor_op is np.greater else np.inf
        self.best_weights: Any = None
        self.best_epoch = 0

    def on_train_begin(self, logs: Any = None) -> None:
        """Forget earlier runs."""
        self._reset()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Compare; stop if patience is over."""
        current = self.get_monitor_value(logs)
        if current is None or epoch < self.start_from_epoch:
            return
        if self.restore_best_weights and self.best_weights is None:
            self._keep_weights(epoch)
        self.wait += 1
        if self._is_improvement(current, self.best):
            self.best = current
            self.best_epoch = epoch
            if self.restore_best_weights:
                self._keep_weights(epoch)
            if self.baseline is None or self._is_improvement(current, self.baseline):
                self.wait = 0
            return
        if self.wait >= self.patience and epoch > 0:
            self.stopped_epoch = epoch
            self.model.stop_training = True

    def _keep_weights(self, epoch: int) -> None:
        self.best_weights = self.model.get_weights()
        self.best_epoch = epoch

    def on_train_end(self, logs: Any = None) -> None:
        """Put the best weights back, if wanted."""
        if self.stopped_epoch > 0 and self.verbose > 0:
            print_message(f"Epoch {self.stopped_epoch + 1}: early stopping")
        if self.restore_best_weights and self.best_weights is not None:
            if self.verbose > 0:
                print_message(f"Restoring model weights from the end of the best epoch: {self.best_epoch + 1}.")
            self.model.set_weights(self.best_weights)

    def get_monitor_value(self, logs: Any) -> Any:
        """The monitored value of the logs; None, with a warning, if it is not there."""
        logs = logs or {}
        value = logs.get(self.monitor)
        if value is None:
            errors.warn(
                f"Early stopping conditioned on metric `{self.monitor}` which is not available. "
                f"Available metrics are: {','.join(logs)}",
                stacklevel=2,
            )
        return value

    def _is_improvement(self, monitor_value: Any, reference_value: Any) -> bool:
        return bool(self.monitor_op(monitor_value - self.min_delta, reference_value))
