"""TerminateOnNaN: end training when the loss is not finite."""

from __future__ import annotations

import math
from typing import Any

from addax.keras.callbacks.callback import Callback
from addax.keras.progress import print_message, python_value


class TerminateOnNaN(Callback):
    """Stops training at the first batch whose loss is NaN or infinite.

    Args:
        raise_error: raise a RuntimeError then, rather than end `fit` in the usual way.

    >>> import addax as tf
    >>> callback = tf.keras.callbacks.TerminateOnNaN()
    """

    def __init__(self, raise_error: bool = False) -> None:
        super().__init__()
        self.raise_error = raise_error
        self._supports_tf_logs = True

    def on_batch_end(self, batch: int, logs: Any = None) -> None:
        """Look at the loss."""
        loss = python_value((logs or {}).get("loss"))
        if loss is not None and not math.isfinite(loss):
            if self.raise_error:
                raise RuntimeError(
                    f"NaN or Inf loss encountered at batch {batch}. Loss value: {loss}. "
                    "Terminating training immediately."
                )
            print_message(f"Batch {batch}: Invalid loss, terminating training")
            self.model.stop_training = True
