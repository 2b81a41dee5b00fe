"""SidecarEvaluatorModelExport: the best of the checkpoints that a SidecarEvaluator evaluates."""

from __future__ import annotations

import re
from typing import Any

from addax.keras.callbacks.model_checkpoint import ModelCheckpoint


class SidecarEvaluatorModelExport(ModelCheckpoint):
    """Saves the evaluated model where it is better than those before it.

    Args:
        export_filepath: where to, as for `ModelCheckpoint`; `{epoch}` is the number of the checkpoint.
        checkpoint_filepath: the pattern of the checkpoints that training writes, e.g. "folder/ckpt-{epoch}".
        **kwargs: `monitor`, `mode` and more of `ModelCheckpoint`.

    >>> import addax as tf
    >>> export = tf.keras.callbacks.SidecarEvaluatorModelExport("best-{epoch}", "ckpts/ckpt-{epoch}", monitor="loss")
    >>> export.save_best_only
    True
    """

    def __init__(self, export_filepath: Any, checkpoint_filepath: Any, **kwargs: Any) -> None:
        super().__init__(filepath=export_filepath, save_best_only=True, **kwargs)
        self._checkpoint_filepath = str(checkpoint_filepath)
        self.export_index = 0

    def on_test_begin(self, logs: Any = None) -> None:
        """Finds out which checkpoint it is."""
        newest = self._get_most_recently_modified_file_matching_pattern(self._checkpoint_filepath)
        number = re.search(r"ckpt-(\d+)", newest or "")
        self.export_index = int(number.group(1)) - 1 if number else 0

    def on_test_end(self, logs: Any = None) -> None:
        """Saves the model if it is the best so far."""
        self.epochs_since_last_save += 1
        self._save_model(epoch=self.export_index, batch=None, logs=logs)
