"""LearningRateScheduler: a learning rate for each epoch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from addax.core.tensor import Tensor
from addax.keras.callbacks.callback import Callback
from addax.keras.callbacks.learning_rate import set_rate
from addax.keras.progress import numpy_value, print_message, python_value


class LearningRateScheduler(Callback):
    """Sets the optimizer's learning rate at the beginning of each epoch.

    Args:
        schedule: a function of (epoch, learning rate), or of the epoch alone, that returns the new rate.
        verbose: 1 prints the new rate.

    >>> import addax as tf
    >>> callback = tf.keras.callbacks.LearningRateScheduler(lambda epoch, lr: lr * 0.9)
    """

    def __init__(self, schedule: Callable[..., Any], verbose: int = 0) -> None:
        super().__init__()
        self.schedule = schedule
        self.verbose = verbose

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Set the rate.

        Raises:
            ValueError: the schedule did not return a float, or the optimizer has no learning rate.
        """
        optimizer = self.model.optimizer
        if not hasattr(optimizer, "lr"):
            raise ValueError('Optimizer must have a "lr" attribute.')
        try:
            rate = self.schedule(epoch, float(python_value(optimizer.lr)))
        except TypeError:  # the older form, a function of the epoch
            rate = self.schedule(epoch)
        if not isinstance(rate, Tensor | float | np.floating):
            raise ValueError(f'The output of the "schedule" function should be float. Got: {rate}')
        if isinstance(rate, Tensor) and not rate.dtype.is_floating:
            raise ValueError(f"The dtype of `lr` Tensor should be float. Got: {rate.dtype}")
        set_rate(optimizer, python_value(rate), "LearningRateScheduler")
        if self.verbose > 0:
            print_message(f"\nEpoch {epoch + 1}: LearningRateScheduler setting learning rate to {python_value(rate)}.")

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Put the rate into the logs, as "lr"."""
        if logs is not None:
            logs["lr"] = numpy_value(self.model.optimizer.lr)
