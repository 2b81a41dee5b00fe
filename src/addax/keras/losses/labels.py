"""Class labels that do not exist, told with their value."""

from __future__ import annotations

from typing import Any

import numpy as np

from addax.core import errors
from addax.core.tensor import Tensor, Tracer


def check_labels(
    y_true: Any,
    num_classes: int,
    ignore_class: int | None = None,
    who: str = "tf.keras.losses.sparse_categorical_crossentropy",
) -> None:
    """Refuse class indices that do not exist.

    Training calls this once on data in memory: compiled code cannot raise, and gives NaN for such labels.

    Args:
        y_true: class indices, integers or whole floats, of any shape.
        num_classes: how many classes there are.
        ignore_class: an index that stands for "no label" and passes.
        who: who refuses.

    Raises:
        InvalidArgumentError: a label below 0, from `num_classes` up, NaN or infinite; it is named with its index.

    >>> import addax as tf
    >>> from addax.keras.losses import check_labels
    >>> check_labels([0, 2], 3)
    >>> check_labels([0, 3], 3)
    Traceback (most recent call last):
    addax.core.errors.InvalidArgumentError: ...a label value of 3 which is outside the valid range of [0, 3)...
    """
    labels = np.asarray(y_true)
    if labels.dtype.kind not in "iuf" or not labels.size:
        return
    if ignore_class is None and labels.dtype.kind != "f":
        if labels.dtype.kind == "i":
            labels = labels.view(labels.dtype.str.replace("i", "u"))  # one reduction: negative labels become large
        if labels.max() < num_classes:
            return
        labels = np.asarray(y_true)
    bad = ~((labels >= 0) & (labels < num_classes))
    if ignore_class is not None:
        bad &= labels != ignore_class
    if bad.any():
        place = tuple(int(i) for i in np.argwhere(bad)[0])
        value = labels[place].item()
        raise errors.InvalidArgumentError(
            errors.message(
                who,
                expected=f"class indices from 0 to {num_classes - 1}",
                received=f"a label value of {value} which is outside the valid range of [0, {num_classes}), at index "
                f"{list(place)} of y_true {labels.shape} ({int(bad.sum())} such labels)",
                hint=(
                    "remove the samples without a label"
                    if value != value
                    else "give the last layer one unit per class, or count the labels from 0"
                ),
            )
        )


def check_concrete(y_true: Any, y_pred: Any, axis: int, ignore_class: int | None) -> None:
    """Check labels where their values are known: eagerly."""
    if type(y_true) is Tensor and type(y_pred) is Tensor and y_pred.ndim:
        value = y_true._value
        if not isinstance(value, Tracer):
            check_labels(value, y_pred._form.shape[axis], ignore_class)
