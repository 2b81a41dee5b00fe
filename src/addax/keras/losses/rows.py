"""Losses of ragged tensors: each row by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from addax.core import dispatch


def is_ragged(value: Any) -> bool:
    """Whether `value` is a ragged tensor."""
    return hasattr(value, "row_splits") and hasattr(value, "flat_values")


def by_row(function: Callable[..., Any], y_true: Any, y_pred: Any) -> Any:
    """A loss function on ragged targets and predictions: one loss per row, the mean over what a row still has.

    Args:
        function: (y_true, y_pred) of one row to a tensor.
        y_true: a ragged or dense tensor [batch, (length), ...].
        y_pred: likewise.

    Returns:
        Losses [batch].
    """
    count = int((y_pred if is_ragged(y_pred) else y_true).shape[0] or len(y_true))
    losses = []
    for i in range(count):
        row = function(y_true[i], y_pred[i])
        losses.append(_mean(row) if row.ndim else row)
    return dispatch.pack(losses)


@dispatch.op
def _mean(losses: FreeLike):  # noqa: F821  (annotations are read as text)
    """The mean of a row's losses."""
    return losses.mean()
