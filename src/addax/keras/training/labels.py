"""Labels that cannot be right are refused before training, with their values."""

from __future__ import annotations

from typing import Any

import numpy as np

from addax.core import trees
from addax.core.tensor import Tensor
from addax.keras import losses as losses_module
from addax.keras.training.data import Rows, unpack

_SPARSE = "SparseCategoricalCrossentropy"


def check_targets(model: Any, source: Rows) -> None:
    """Check the targets of sparse losses against the model's output sizes.

    Raises:
        tf.errors.InvalidArgumentError: a label outside of [0, classes), or one that is not a number.
    """
    _, y, _ = unpack(source.data)
    graph = getattr(model, "_graph", None)
    if y is None or graph is None or model.compiled_loss is None:
        return
    names = graph.output_names
    given = model.loss
    leaves = [y.get(name) for name in names] if isinstance(y, dict) else trees.flatten(y)
    if len(leaves) != len(names):
        return
    if isinstance(given, dict):
        found = [given.get(name) for name in names]
    elif isinstance(given, list | tuple):
        found = list(given)
    else:
        found = [given] * len(names)
    for loss, target, output in zip(found, leaves, graph.flat_outputs, strict=False):
        classes = output.shape[-1] if output.shape.rank else None
        if target is None or classes is None or not _is_sparse(loss):
            continue
        host = np.asarray(target._value if isinstance(target, Tensor) else target)
        losses_module.check_labels(host, classes)


def _is_sparse(loss: Any) -> bool:
    if isinstance(loss, str):
        return loss.lower().replace("_", "") == _SPARSE.lower()
    return type(loss).__name__ == _SPARSE or getattr(loss, "__name__", "") == "sparse_categorical_crossentropy"
