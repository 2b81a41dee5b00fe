"""ModelCheckpoint: save the model while it is trained."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import Any

import numpy as np

from addax.core import errors
from addax.keras.callbacks.callback import Callback, overridden_by_user
from addax.keras.callbacks.early_stopping import warn_of_mode
from addax.keras.callbacks.protocol import NEVER
from addax.keras.progress import print_message, python_value


class ModelCheckpoint(Callback):
    """Saves the model, or its weights, after every epoch or every so many batches.

    Args:
        filepath: where to; `{epoch}`, `{batch}` (with a number as `save_freq`) and the names in the logs are filled in,
            e.g. "e{epoch:02d}-{val_loss:.2f}.keras". The suffix says the format, as for `model.save` and
            `model.save_weights`.
        monitor: the name in the logs that `save_best_only` goes by.
        verbose: 1 prints what it does.
        save_best_only: save only if the monitored value is the best so far.
        save_weights_only: save weights, not the whole model.
        mode: "min", "max", or "auto" to see from the name.
        save_freq: "epoch", or a number of batches.
        options: a `tf.train.CheckpointOptions` for weights, a `tf.saved_model.SaveOptions` for a SavedModel.
        initial_value_threshold: what the first value has to be better than.
        **kwargs: `period` (every so many epochs) and `load_weights_on_restart` of older programs.

    Raises:
        ValueError: a `save_freq` that is neither; options with the `.keras` format.
        TypeError: options of the wrong kind.

    >>> import addax as tf
    >>> tf.keras.callbacks.ModelCheckpoint("best.keras", monitor="val_accuracy", save_best_only=True).best
    -inf
    """

    def __init__(
        self,
        filepath: Any,
        monitor: str = "val_loss",
        verbose: int = 0,
        save_best_only: bool = False,
        save_weights_only: bool = False,
        mode: str = "auto",
        save_freq: int | str = "epoch",
        options: Any = None,
        initial_value_threshold: float | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__()
        self._supports_tf_logs = True
        self.filepath = os.fspath(filepath)
        self.monitor = monitor
        self.verbose = verbose
        self.save_best_only = save_best_only
        self.save_weights_only = save_weights_only
        if save_freq != "epoch" and (not isinstance(save_freq, int) or isinstance(save_freq, bool) or save_freq < 1):
            raise ValueError(f'Unrecognized save_freq: {save_freq}. Expected save_freq are "epoch" or integer')
        self.save_freq = save_freq
        self._options = self._checked_options(options)
        self.load_weights_on_restart = kwargs.pop("load_weights_on_restart", False)
        self.period = kwargs.pop("period", 1)
        if kwargs:
            raise TypeError(f"ModelCheckpoint: {next(iter(kwargs))} is not a valid argument.")
        if self.load_weights_on_restart:
            _deprecated("load_weights_on_restart", "`model.load_weights()` before `model.fit()`")
        if self.period != 1:
            _deprecated("period", "`save_freq`, in number of batches")
        mode = warn_of_mode("ModelCheckpoint", mode)
        grows = mode == "max" or (mode == "auto" and ("acc" in monitor or monitor.startswith("fmeasure")))
        self.monitor_op: Callable[[Any, Any], Any] = np.greater if grows else np.less
        worst = -np.inf if grows else np.inf
        self.best = worst if initial_value_threshold is None else initial_value_threshold
        self.epochs_since_last_save = 0
        self._batches_seen_since_last_saving = 0
        self._last_batch_seen = -1
        self._current_epoch = 0

    def _checked_options(self, options: Any) -> Any:
        if options is None:
            return None
        wanted = "CheckpointOptions" if self.save_weights_only else "SaveOptions"
        if not self.save_weights_only and self.filepath.endswith(".keras"):
            raise ValueError(
                "The native Keras format does not support the `options` argument. Please remove the `options` "
                "argument, or use the SavedModel format by removing the `.keras` extension from the model filepath."
            )
        if type(options).__name__ != wanted:
            place = "tf.train" if self.save_weights_only else "tf.saved_model"
            raise TypeError(
                f"If save_weights_only is {self.save_weights_only}, then `options` must be either None or a "
                f"{place}.{wanted}. Got {options}."
            )
        return options

    # ------------------------------------------------------------------ when

    def on_train_begin(self, logs: Any = None) -> None:
        """Load the newest file, if `load_weights_on_restart`."""
        if not self.load_weights_on_restart:
            return
        newest = self._get_most_recently_modified_file_matching_pattern(self.filepath)
        if newest is not None:
            try:
                self.model.load_weights(newest)
            except (OSError, ValueError) as error:
                raise ValueError(f"Error loading file from {newest}. Reason: {error}") from error

    def _implements_train_batch_hooks(self) -> bool:
        return self.save_freq != "epoch" or overridden_by_user(self, "train")

    def _batches_until_look(self, mode: str) -> float:
        return self.save_freq - self._batches_seen_since_last_saving if self.save_freq != "epoch" else NEVER

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Note the epoch."""
        self._current_epoch = epoch

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Save, if it is time."""
        if self._should_save_on_batch(batch):
            self._save_model(epoch=self._current_epoch, batch=batch, logs=logs)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Save, if it is time."""
        self.epochs_since_last_save += 1
        if self.save_freq == "epoch":
            self._save_model(epoch=epoch, batch=None, logs=logs)

    def _should_save_on_batch(self, batch: int) -> bool:
        if self.save_freq == "epoch":
            return False
        new_epoch = batch <= self._last_batch_seen
        self._batches_seen_since_last_saving += batch + 1 if new_epoch else batch - self._last_batch_seen
        self._last_batch_seen = batch
        if self._batches_seen_since_last_saving >= self.save_freq:
            self._batches_seen_since_last_saving = 0
            return True
        return False

    # ------------------------------------------------------------------ what

    def _save_model(self, epoch: int, batch: int | None, logs: Any) -> None:
        if self.save_freq == "epoch" and self.epochs_since_last_save < self.period:
            return
        self.epochs_since_last_save = 0
        logs = {name: python_value(value) for name, value in (logs or {}).items()}
        filepath = self._get_file_path(epoch, batch, logs)
        if not self._is_wanted(epoch, logs, filepath):
            return
        folder = os.path.dirname(filepath)
        if folder:
            os.makedirs(folder, exist_ok=True)
        try:
            self._save_handler(filepath)
        except IsADirectoryError:
            raise OSError(
                "Please specify a non-directory filepath for ModelCheckpoint. Filepath used is an existing directory: "
                f"{filepath}"
            ) from None

    def _is_wanted(self, epoch: int, logs: dict[str, Any], filepath: str) -> bool:
        """Whether this one is to be saved; says so where `verbose`."""
        if not self.save_best_only:
            if self.verbose > 0:
                print_message(f"\nEpoch {epoch + 1}: saving model to {filepath}")
            return True
        current = logs.get(self.monitor)
        if current is None:
            near = errors.suggest(self.monitor, logs)
            errors.warn(
                f"Can save best model only with {self.monitor} available, skipping."
                + (f" Available: {','.join(logs)}; {near}" if near else ""),
                stacklevel=2,
            )
            return False
        if not self.monitor_op(current, self.best):
            if self.verbose > 0:
                print_message(f"\nEpoch {epoch + 1}: {self.monitor} did not improve from {self.best:.5f}")
            return False
        if self.verbose > 0:
            print_message(
                f"\nEpoch {epoch + 1}: {self.monitor} improved from {self.best:.5f} to {current:.5f}, "
                f"saving model to {filepath}"
            )
        self.best = current
        return True

    def _save_handler(self, filepath: str) -> None:
        options = {} if self._options is None else {"options": self._options}
        if self.save_weights_only:
            self.model.save_weights(filepath, overwrite=True, **({} if filepath.endswith(".weights.h5") else options))
        else:
            self.model.save(filepath, overwrite=True, **options)

    def _get_file_path(self, epoch: int, batch: int | None, logs: dict[str, Any]) -> str:
        extra = {} if batch is None or "batch" in logs else {"batch": batch + 1}
        try:
            return self.filepath.format(epoch=epoch + 1, **extra, **logs)
        except KeyError as error:
            raise KeyError(
                f'Failed to format this callback filepath: "{self.filepath}". Reason: {error}. '
                f"Available: epoch, {', '.join([*extra, *logs])}"
            ) from None

    def _get_most_recently_modified_file_matching_pattern(self, pattern: str) -> str | None:
        """The newest file that the pattern could have named; of several equally new, the last by name."""
        folder, base = os.path.split(pattern)
        parts = [re.escape(part) for part in re.split(r"\{[^}]*\}", base)]
        wanted = re.compile("^" + ".*".join(parts) + r"(\.index)?$")
        if not os.path.isdir(folder or "."):
            return None
        found = [os.path.join(folder, name) for name in os.listdir(folder or ".") if wanted.match(name)]
        newest = max(found, key=lambda path: (os.path.getmtime(path), path), default=None)
        return newest.removesuffix(".index") if newest is not None else None


def _deprecated(argument: str, instead: str) -> None:
    errors.warn(f"ModelCheckpoint: `{argument}` argument is deprecated. Please use {instead}.", stacklevel=3)
