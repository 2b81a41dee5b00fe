"""Weights as TensorFlow checkpoints: what `model.save_weights` writes for a path without a suffix."""

from __future__ import annotations

import os
from typing import Any

from addax.checkpoint import files
from addax.checkpoint.checkpoint import Checkpoint
from addax.checkpoint.restore import LoadStatus
from addax.formats.errors import CorruptFileError
from addax.keras.saving import paths
from addax.keras.saving.assignments import as_it_was


def save(model: Any, prefix: str, overwrite: bool = True, options: Any = None) -> None:
    """Write a model's weights and its optimizer's state as a checkpoint, noted in the folder's `checkpoint` file."""
    index = prefix + ".index"
    if os.path.exists(index) and not paths.may_overwrite(index, overwrite):
        return
    Checkpoint(root=model).write(prefix, options)
    files.write_checkpoint_state(os.path.dirname(prefix) or ".", prefix, [prefix])


def load(model: Any, path: str) -> LoadStatus:
    """Set a model's weights from a checkpoint, or from the newest of a folder.

    Returns:
        A status with `assert_consumed` and `expect_partial`.

    Raises:
        ValueError: a folder without checkpoints, or a value that does not fit; nothing is changed then.
    """
    prefix = path
    if os.path.isdir(path):
        found = files.latest_checkpoint(path)
        variables = os.path.join(path, "variables", "variables")
        if found is None and os.path.exists(variables + ".index"):
            found = variables  # a SavedModel keeps its weights there
        if found is None:
            raise CorruptFileError(path, "this folder holds no checkpoint", expected="a file named 'checkpoint'")
        prefix = found
    optimizer = getattr(model, "optimizer", None)
    with as_it_was(*([] if optimizer is None else [optimizer])):
        return Checkpoint(root=model).read(prefix)
