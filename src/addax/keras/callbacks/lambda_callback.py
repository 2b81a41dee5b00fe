"""LambdaCallback: a callback of functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from addax.keras.callbacks.callback import Callback

Hook = Callable[..., Any] | None


class LambdaCallback(Callback):
    """Calls the functions given for the hooks.

    Args:
        on_epoch_begin, on_epoch_end: functions of (epoch, logs).
        on_batch_begin, on_batch_end: functions of (batch, logs).
        on_train_begin, on_train_end: functions of (logs).
        **kwargs: functions for other hooks by their names, or anything else to have as an attribute.

    >>> import addax as tf
    >>> callback = tf.keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: print(epoch))
    >>> callback.on_epoch_end(3, {})
    3
    """

    def __init__(
        self,
        on_epoch_begin: Hook = None,
        on_epoch_end: Hook = None,
        on_batch_begin: Hook = None,
        on_batch_end: Hook = None,
        on_train_begin: Hook = None,
        on_train_end: Hook = None,
        **kwargs: Any,
    ) -> None:
        super().__init__()
        given = {
            "on_epoch_begin": on_epoch_begin,
            "on_epoch_end": on_epoch_end,
            "on_batch_begin": on_batch_begin,
            "on_batch_end": on_batch_end,
            "on_train_begin": on_train_begin,
            "on_train_end": on_train_end,
        }
        vars(self).update(kwargs)
        vars(self).update({name: hook for name, hook in given.items() if hook is not None})
