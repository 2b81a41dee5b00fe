"""Intersection over union of classes, from a confusion matrix."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from addax.core import errors
from addax.core.tensor import Tracer
from addax.keras import allowance, registry
from addax.keras.losses import rows
from addax.keras.metrics.base import Metric, state, store
from addax.keras.metrics.reduce import optional, tensor
from addax.ops import metrics as ops_metrics


def _check(values: Any, what: str, classes: int, ignore_class: int | None) -> None:
    """Refuse classes that do not exist, where the values are known."""
    if isinstance(values._value, Tracer) or not values._value.size:
        return
    array = np.asarray(values._value)
    bad = (array < 0) | (array >= classes)
    if ignore_class is not None:
        bad &= array != ignore_class
    if bad.any():
        raise errors.InvalidArgumentError(
            errors.message(
                "tf.keras.metrics (IoU)",
                expected=f"{what} from 0 to {classes - 1}, for num_classes={classes}",
                received=f"`{what}` out of bound: {array[bad].reshape(-1)[0]}",
            )
        )


class IoU(Metric):
    """Intersection over union: true positives / (true positives + false positives + false negatives).

    The result is the mean over `target_class_ids`; classes that never occur do not count.

    Args:
        num_classes: how many classes there are.
        target_class_ids: the classes to average over.
        name: the name.
        dtype: of the state and the result.
        ignore_class: targets of this class do not count.
        sparse_y_true: whether targets are class indices, not one-hot.
        sparse_y_pred: whether predictions are class indices, not scores.
        axis: the axis of the scores and one-hot classes.

    Raises:
        ValueError: a target class that is not below `num_classes`.

    >>> import addax as tf
    >>> metric = tf.keras.metrics.IoU(num_classes=2, target_class_ids=[0])
    >>> metric.update_state([0, 0, 1, 1], [0, 1, 0, 1])
    >>> round(float(metric.result()), 4)
    0.3333
    """

    _threshold: float | None = None

    def __init__(
        self, num_classes: int, target_class_ids: Any, name: str | None = None, dtype: Any = None,
        ignore_class: int | None = None, sparse_y_true: bool = True, sparse_y_pred: bool = True, axis: int = -1,
    ) -> None:  # fmt: skip
        super().__init__(name=name, dtype=dtype)
        if max(target_class_ids) >= num_classes:
            raise ValueError(f"Target class id {max(target_class_ids)} is out of range, which is [0, {num_classes}).")
        allowance.spend("an IoU metric's confusion matrix", (num_classes, num_classes), 8)
        self.num_classes = num_classes
        self.target_class_ids = list(target_class_ids)
        self.ignore_class = ignore_class
        self.sparse_y_true = sparse_y_true
        self.sparse_y_pred = sparse_y_pred
        self.axis = axis
        self.total_cm = self.add_weight("total_confusion_matrix", shape=(num_classes, num_classes), initializer="zeros")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Count a batch.

        Args:
            y_true: classes, as indices or one-hot.
            y_pred: predicted classes, as indices or scores.
            sample_weight: how much each counts.

        Raises:
            InvalidArgumentError: a class that does not exist.
            ValueError: another number of weights than labels.
        """
        y_true, y_pred, sample_weight = [
            each.flat_values if rows.is_ragged(each) else each for each in (y_true, y_pred, sample_weight)
        ]
        y_true, y_pred = tensor(y_true), tensor(y_pred)
        if sample_weight is not None:
            labels = math.prod(y_true.shape) // (1 if self.sparse_y_true else y_true.shape[self.axis])
            if math.prod(np.shape(sample_weight)) != labels or not len(np.shape(sample_weight)):
                raise ValueError(
                    f"{self.name}: expected a weight for each of {labels} labels, received weights of shape "
                    f"{tuple(np.shape(sample_weight))}."
                )
        if self.sparse_y_true:
            _check(y_true, "labels", self.num_classes, self.ignore_class)
        if self.sparse_y_pred and self._threshold is None:
            _check(y_pred, "predictions", self.num_classes, None)
        matrix = ops_metrics.add_confusion_matrix(
            state(self.total_cm), y_true, y_pred, optional(sample_weight), self.sparse_y_true, self.sparse_y_pred,
            self.axis, self.ignore_class, self._threshold,
        )  # fmt: skip
        store(self.total_cm, matrix)

    def result(self) -> Any:
        """The mean over the target classes."""
        return ops_metrics.mean_iou(state(self.total_cm), tuple(self.target_class_ids))

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {
            **super().get_config(), "num_classes": self.num_classes, "target_class_ids": self.target_class_ids,
            "ignore_class": self.ignore_class, "sparse_y_true": self.sparse_y_true,
            "sparse_y_pred": self.sparse_y_pred, "axis": self.axis,
        }  # fmt: skip


class BinaryIoU(IoU):
    """Intersection over union of two classes, predictions being probabilities.

    Args:
        target_class_ids: the classes to average over.
        threshold: from it on a prediction is of class 1.
        name: the name.
        dtype: of the state and the result.

    >>> import addax as tf
    >>> metric = tf.keras.metrics.BinaryIoU(threshold=0.3)
    >>> metric.update_state([0, 1, 0, 1], [0.1, 0.2, 0.4, 0.7])
    >>> round(float(metric.result()), 4)
    0.3333
    """

    def __init__(
        self, target_class_ids: Any = (0, 1), threshold: float = 0.5, name: str | None = None, dtype: Any = None
    ) -> None:
        super().__init__(num_classes=2, target_class_ids=target_class_ids, name=name, dtype=dtype)
        self.threshold = self._threshold = threshold

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {
            "target_class_ids": self.target_class_ids, "threshold": self.threshold, "name": self.name,
            "dtype": self.dtype,
        }  # fmt: skip


class MeanIoU(IoU):
    """The mean intersection over union of all classes.

    Args:
        num_classes: how many classes there are.
        name: the name.
        dtype: of the state and the result.
        ignore_class: targets of this class do not count.
        sparse_y_true: whether targets are class indices, not one-hot.
        sparse_y_pred: whether predictions are class indices, not scores.
        axis: the axis of the scores and one-hot classes.

    >>> import addax as tf
    >>> metric = tf.keras.metrics.MeanIoU(num_classes=2)
    >>> metric.update_state([0, 0, 1, 1], [0, 1, 0, 1])
    >>> round(float(metric.result()), 4)
    0.3333
    """

    def __init__(
        self, num_classes: int, name: str | None = None, dtype: Any = None, ignore_class: int | None = None,
        sparse_y_true: bool = True, sparse_y_pred: bool = True, axis: int = -1,
    ) -> None:  # fmt: skip
        super().__init__(num_classes, range(num_classes), name, dtype, ignore_class, sparse_y_true, sparse_y_pred, axis)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        config = {"num_classes": self.num_classes, **super().get_config()}  # Keras's order
        del config["target_class_ids"]
        return config


class OneHotIoU(IoU):
    """Intersection over union of one-hot targets.

    Args:
        num_classes: how many classes there are.
        target_class_ids: the classes to average over.
        name: the name.
        dtype: of the state and the result.
        ignore_class: targets of this class do not count.
        sparse_y_pred: whether predictions are class indices, not scores.
        axis: the axis of the scores and one-hot classes.

    >>> import addax as tf
    >>> metric = tf.keras.metrics.OneHotIoU(num_classes=2, target_class_ids=[1])
    >>> metric.update_state([[0, 1], [1, 0]], [[0.2, 0.8], [0.4, 0.6]])
    >>> float(metric.result())
    0.5
    """

    def __init__(
        self, num_classes: int, target_class_ids: Any, name: str | None = None, dtype: Any = None,
        ignore_class: int | None = None, sparse_y_pred: bool = False, axis: int = -1,
    ) -> None:  # fmt: skip
        super().__init__(num_classes, target_class_ids, name, dtype, ignore_class, False, sparse_y_pred, axis)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        first = {"num_classes": self.num_classes, "target_class_ids": self.target_class_ids}  # Keras's order
        config = {**first, **super().get_config()}
        del config["sparse_y_true"]
        return config


class OneHotMeanIoU(MeanIoU):
    """The mean intersection over union of all classes, of one-hot targets.

    Args:
        num_classes: how many classes there are.
        name: the name.
        dtype: of the state and the result.
        ignore_class: targets of this class do not count.
        sparse_y_pred: whether predictions are class indices, not scores.
        axis: the axis of the scores and one-hot classes.

    >>> import addax as tf
    >>> metric = tf.keras.metrics.OneHotMeanIoU(num_classes=2)
    >>> metric.update_state([[0, 1], [1, 0]], [[0.2, 0.8], [0.4, 0.6]])
    >>> float(metric.result())
    0.25
    """

    def __init__(
        self, num_classes: int, name: str | None = None, dtype: Any = None, ignore_class: int | None = None,
        sparse_y_pred: bool = False, axis: int = -1,
    ) -> None:  # fmt: skip
        super().__init__(num_classes, name, dtype, ignore_class, False, sparse_y_pred, axis)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        config = super().get_config()
        del config["sparse_y_true"]
        return config


for _cls in (IoU, BinaryIoU, MeanIoU, OneHotIoU, OneHotMeanIoU):
    registry.register("metric", _cls)
