"""Losses of ragged tensors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from addax.core import dispatch
from addax.core.tensor import NotCompilable, Tensor, Tracer
from addax.ops import joining


def is_ragged(value: Any) -> bool:
    """Whether `value` is a ragged tensor."""
    return type(value) is not Tensor and hasattr(value, "row_splits") and hasattr(value, "flat_values")


def losses_of(function: Callable[..., Any], y_true: Any, y_pred: Any) -> Any:
    """A loss function on ragged targets and predictions.

    Args:
        function: (y_true, y_pred) to losses, for dense tensors; the last axis goes.
        y_true: a ragged tensor [batch, (length), ...], or a dense one.
        y_pred: likewise.

    Returns:
        Where the ragged axis is the one that goes, losses [batch]; otherwise a ragged tensor of losses
        [batch, (length), ...].
    """
    ragged = y_pred if is_ragged(y_pred) else y_true
    if is_ragged(y_true) and is_ragged(y_pred) and len(y_pred.flat_values.shape) > 1:
        return y_pred.with_flat_values(function(y_true.flat_values, y_pred.flat_values))
    count = int(ragged.row_splits.shape[0]) - 1
    losses = [function(y_true[i], y_pred[i]) for i in range(count)]
    if len(ragged.flat_values.shape) > 1 and losses:
        return ragged.with_flat_values(joining.concat(losses, 0))
    return dispatch.pack(losses)


def flat_weights(losses: Any, weights: Any) -> Any:
    """Weights of the samples of a batch as weights of the values of ragged losses."""
    if weights is None:
        return None
    if is_ragged(weights):
        return weights.flat_values
    splits = losses.row_splits
    if isinstance(getattr(splits, "_value", None), Tracer):
        raise NotCompilable("Weights of ragged losses need row lengths that are known while the function is traced.")
    weights = np.asarray(weights)
    return weights if not weights.ndim else np.repeat(weights.reshape(-1), np.diff(np.asarray(splits)))
