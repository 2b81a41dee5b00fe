"""Callback: hooks into fit, evaluate and predict."""

from __future__ import annotations

from typing import Any

from addax.keras.callbacks.protocol import EVERY, NEVER, BatchNeeds

_HOOKS = {
    "train": ("on_batch_begin", "on_batch_end", "on_train_batch_begin", "on_train_batch_end"),
    "test": ("on_test_batch_begin", "on_test_batch_end"),
    "predict": ("on_predict_batch_begin", "on_predict_batch_end"),
}


class Callback:
    """Base class of callbacks; users override the hooks they need.

    Attributes:
        params: what the run was started with ("verbose", "epochs", "steps").
        model: the model.

    `logs` hold the metrics' values as Python numbers. A callback without batch hooks costs nothing while batches run:
    steps are then made many at a time.

    >>> import addax as tf
    >>> class Printer(tf.keras.callbacks.Callback):
    ...     def on_epoch_end(self, epoch, logs=None):
    ...         print(epoch, logs)
    >>> Printer().on_epoch_end(0, {"loss": 0.5})
    0 {'loss': 0.5}
    """

    def __init__(self) -> None:
        self.validation_data = None
        self.model: Any = None
        self.params: dict[str, Any] | None = None
        self._chief_worker_only = None
        self._supports_tf_logs = False

    def set_params(self, params: dict[str, Any]) -> None:
        """Take the parameters of the run."""
        self.params = params

    def set_model(self, model: Any) -> None:
        """Take the model."""
        self.model = model

    def on_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Before a training batch; the older name of `on_train_batch_begin`."""

    def on_batch_end(self, batch: int, logs: Any = None) -> None:
        """After a training batch; the older name of `on_train_batch_end`."""

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Before an epoch (counted from 0)."""

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """After an epoch and its validation; logs hold both."""

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Before a training batch (counted from 0 in its epoch)."""
        self.on_batch_begin(batch, logs=logs)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """After a training batch."""
        self.on_batch_end(batch, logs=logs)

    def on_test_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Before a batch of `evaluate`, or of the validation in `fit`."""

    def on_test_batch_end(self, batch: int, logs: Any = None) -> None:
        """After a batch of `evaluate`, or of the validation in `fit`."""

    def on_predict_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Before a batch of `predict`."""

    def on_predict_batch_end(self, batch: int, logs: Any = None) -> None:
        """After a batch of `predict`; logs["outputs"] are its outputs."""

    def on_train_begin(self, logs: Any = None) -> None:
        """When `fit` begins."""

    def on_train_end(self, logs: Any = None) -> None:
        """When `fit` ends; logs are those of the last epoch."""

    def on_test_begin(self, logs: Any = None) -> None:
        """When `evaluate` or a validation begins."""

    def on_test_end(self, logs: Any = None) -> None:
        """When `evaluate` or a validation ends."""

    def on_predict_begin(self, logs: Any = None) -> None:
        """When `predict` begins."""

    def on_predict_end(self, logs: Any = None) -> None:
        """When `predict` ends."""

    def _implements_train_batch_hooks(self) -> bool:
        """Whether the batch hooks of `fit` are to be called."""
        return bool(_overridden(self, "train"))

    def _implements_test_batch_hooks(self) -> bool:
        """Whether the batch hooks of `evaluate` are to be called."""
        return bool(_overridden(self, "test"))

    def _implements_predict_batch_hooks(self) -> bool:
        """Whether the batch hooks of `predict` are to be called."""
        return bool(_overridden(self, "predict"))

    def _batches_until_look(self, mode: str) -> float:
        """For built-in callbacks: how many batches may run before the next call (infinity: any number)."""
        return EVERY


def _overridden(callback: Any, mode: str) -> list[Any]:
    """Who overrides the batch hooks of a mode: classes, and the callback itself where it holds the function."""
    owners: list[Any] = []
    for name in _HOOKS[mode]:
        if name in vars(callback):  # LambdaCallback, or a function put on an instance
            owners.append(callback)
            continue
        owner = next((cls for cls in type(callback).__mro__ if name in vars(cls)), Callback)
        if owner is not Callback:
            owners.append(owner)
    return owners


def overridden_by_user(callback: Callback, mode: str) -> bool:
    """Whether somebody outside of this package overrides a batch hook of a mode."""
    owners = _overridden(callback, mode)
    return not all(isinstance(owner, type) and owner.__module__.startswith(__package__ + ".") for owner in owners)


def _needs(callback: Any, mode: str) -> float:
    listens = getattr(callback, f"_implements_{mode}_batch_hooks", None)
    if listens is not None and not listens():
        return NEVER
    # A user's override of a built-in callback's hook wants every batch.
    if not isinstance(callback, Callback) or overridden_by_user(callback, mode):
        return EVERY
    return callback._batches_until_look(mode)


def batch_hooks(callback: Any) -> BatchNeeds:
    """How often a callback must be called while batches run.

    Any override of a batch hook wants every batch. Built-in callbacks that act every n batches say how many batches may
    run until they act next, so the answer holds for now: ask again after each call.

    >>> import addax as tf
    >>> from addax.keras.callbacks import batch_hooks
    >>> batch_hooks(tf.keras.callbacks.ModelCheckpoint("model-{epoch}.keras", save_freq=100)).train
    100
    """
    return BatchNeeds(_needs(callback, "train"), _needs(callback, "test"), _needs(callback, "predict"))
