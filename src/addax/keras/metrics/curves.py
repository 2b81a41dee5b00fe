"""Metrics of whole curves: the area under one, and the best of one rate while another is held."""

from __future__ import annotations

from typing import Any

import numpy as np

from addax.keras import config as settings
from addax.keras import registry
from addax.keras.losses import rows
from addax.keras.metrics import thresholds as limits
from addax.keras.metrics.base import Metric, state
from addax.keras.metrics.confusion import add_counts
from addax.keras.metrics.reduce import flat, tensor
from addax.ops import confusion_counts

_COUNTS = ("true_positives", "true_negatives", "false_positives", "false_negatives")
_WHICH = ("tp", "tn", "fp", "fn")
_CURVES = {"roc": "ROC", "pr": "PR", "prgain": "PR_GAIN", "pr_gain": "PR_GAIN"}
_SUMMATIONS = ("interpolation", "majoring", "minoring")


class AUC(Metric):
    """The area under a curve, approximated at thresholds.

    Args:
        num_thresholds: how many, evenly spaced; at least 2.
        curve: "ROC", "PR" or "PRGAIN".
        summation_method: "interpolation" (the trapezoidal rule; for PR, Davis & Goadrich 2006), "minoring" or
            "majoring".
        name: the name.
        dtype: of the state and the result.
        thresholds: the inner thresholds, in [0, 1], in place of evenly spaced ones.
        multi_label: whether labels [batch, labels] have an area each, of which the result is the mean.
        num_labels: how many labels; only with `multi_label`, where it is otherwise taken from the first batch.
        label_weights: of the labels; without `multi_label`, of the predictions of a label.
        from_logits: whether predictions are logits, not probabilities.

    Raises:
        ValueError: another curve or summation, too few thresholds, or ones outside [0, 1].

    >>> import addax as tf
    >>> metric = tf.keras.metrics.AUC()
    >>> metric.update_state([0, 1, 1, 1], [0, 1, 0, 0])
    >>> round(float(metric.result()), 4)
    0.6667
    """

    def __init__(
        self, num_thresholds: int = 200, curve: str = "ROC", summation_method: str = "interpolation",
        name: str | None = None, dtype: Any = None, thresholds: Any = None, multi_label: bool = False,
        num_labels: int | None = None, label_weights: Any = None, from_logits: bool = False,
    ) -> None:  # fmt: skip
        self.curve = _CURVES.get(str(curve).lower(), "")
        if not self.curve:
            raise ValueError(f'Invalid AUC curve value: "{curve}". Valid ones are "ROC", "PR" and "PRGAIN".')
        self.summation_method = str(summation_method).lower()
        if self.summation_method not in _SUMMATIONS:
            raise ValueError(
                f'Invalid AUC summation method value: "{summation_method}". Valid ones are {list(_SUMMATIONS)}.'
            )
        self._init_from_thresholds = thresholds is not None
        if thresholds is not None:
            inner = sorted(float(each) for each in thresholds)
            self.num_thresholds = len(inner) + 2
            self._steps = limits.even_steps([0.0, *inner, 1.0])
        else:
            if num_thresholds <= 1:
                raise ValueError(
                    f"Argument `num_thresholds` must be an integer > 1. Received: num_thresholds={num_thresholds}"
                )
            inner = limits.spread(num_thresholds)
            self.num_thresholds = self._steps = num_thresholds
        # The ends lie just outside [0, 1], so that every prediction is between them.
        self._thresholds = np.array([-settings.epsilon(), *inner, 1.0 + settings.epsilon()])
        super().__init__(name=name, dtype=dtype)
        self.multi_label = multi_label
        self.num_labels = num_labels
        self.label_weights = None if label_weights is None else np.asarray(label_weights, self._dtype)
        self._from_logits = from_logits
        self._built = False
        if not multi_label:
            if num_labels:
                raise ValueError("`num_labels` is needed only when `multi_label` is True.")
            self._build(None)
        elif num_labels:
            self._build(num_labels)

    @property
    def thresholds(self) -> list[float]:
        """All thresholds, the ends included."""
        return list(self._thresholds)

    def _build(self, labels: int | None) -> None:
        shape = (self.num_thresholds,) if labels is None else (self.num_thresholds, labels)
        for each in _COUNTS:
            setattr(self, each, self.add_weight(each, shape=shape, initializer="zeros"))
        self._built = True

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Count a batch.

        Args:
            y_true: 0 or 1.
            y_pred: probabilities (or logits), of the same shape.
            sample_weight: how much each counts.

        Raises:
            ValueError: with `multi_label`, predictions that are not [batch, labels].
        """
        if rows.is_ragged(y_true) or rows.is_ragged(y_pred) or rows.is_ragged(sample_weight):
            (y_true, y_pred), sample_weight = flat(self.name, [y_true, y_pred], sample_weight)
        y_true, y_pred = tensor(y_true), tensor(y_pred)
        if self.multi_label:
            if len(y_pred.shape) != 2:
                raise ValueError(f"`y_true` must have rank 2 when `multi_label=True`. Found rank {len(y_pred.shape)}.")
            if not self._built:
                self._build(int(y_pred.shape[1]))
        add_counts(
            self._counts(), _WHICH, y_true, y_pred, sample_weight, self.thresholds, self._steps, True,
            None if self.multi_label else self.label_weights, None, None, self.multi_label, self._from_logits,
        )  # fmt: skip

    def _counts(self) -> list[Any]:
        return [getattr(self, each) for each in _COUNTS]

    def result(self) -> Any:
        """The area."""
        return self._area(self.curve, self.summation_method)

    def interpolate_pr_auc(self) -> Any:
        """The area under the precision-recall curve, interpolated as Davis & Goadrich (2006) do."""
        return self._area("PR", "interpolation")

    def _area(self, curve: str, summation: str) -> Any:
        tp, tn, fp, fn = (state(each) for each in self._counts())
        return confusion_counts.auc(tp, fp, tn, fn, self.label_weights, curve, summation, self.multi_label)

    def reset_state(self) -> None:
        """Set all counts to zero."""
        if self._built:
            self._zero()

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        weights = self.label_weights
        config = {
            **super().get_config(),
            "num_thresholds": self.num_thresholds,
            "curve": self.curve,
            "summation_method": self.summation_method,
            "multi_label": self.multi_label,
            "num_labels": self.num_labels,
            "label_weights": None if weights is None else weights.tolist(),
            "from_logits": self._from_logits,
        }
        if self._init_from_thresholds:
            config["thresholds"] = self.thresholds[1:-1]
        return config


class _AtRate(Metric):
    """Base of the metrics that give the best of one rate while another is at least a value."""

    _argument = ""  # the constructor's name of the value
    _held = ""
    _wanted = ""

    def __init__(self, value: float, num_thresholds: int, class_id: int | None, name: str | None, dtype: Any) -> None:
        super().__init__(name=name, dtype=dtype)
        if not 0 <= value <= 1:
            raise ValueError(
                f"Argument `{self._argument}` must be in the range [0, 1]. Received: {self._argument}={value}"
            )
        if num_thresholds <= 0:
            raise ValueError(
                f"Argument `num_thresholds` must be an integer > 0. Received: num_thresholds={num_thresholds}"
            )
        self.value = value
        self.class_id = class_id
        self.num_thresholds = num_thresholds
        self.thresholds = [0.5] if num_thresholds == 1 else [0.0, *limits.spread(num_thresholds), 1.0]
        self._steps = len(self.thresholds) if num_thresholds > 1 else 0
        for each in _COUNTS:
            setattr(self, each, self.add_weight(each, shape=(len(self.thresholds),), initializer="zeros"))

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Count a batch.

        Args:
            y_true: 0 or 1.
            y_pred: probabilities, of the same shape.
            sample_weight: how much each counts.
        """
        add_counts(
            [getattr(self, each) for each in _COUNTS], _WHICH, y_true, y_pred, sample_weight, self.thresholds,
            self._steps, class_id=self.class_id,
        )  # fmt: skip

    def result(self) -> Any:
        """The best rate; 0 where the other is never high enough."""
        tp, tn, fp, fn = (state(getattr(self, each)) for each in _COUNTS)
        return confusion_counts.best_under(tp, fp, tn, fn, self._held, self._wanted, self.value)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {
            **super().get_config(),
            "class_id": self.class_id,
            "num_thresholds": self.num_thresholds,
            self._argument: self.value,
        }


class SensitivityAtSpecificity(_AtRate):
    """The best sensitivity (recall) where specificity is at least a value.

    Args:
        specificity: the value, in [0, 1].
        num_thresholds: how many thresholds are tried.
        class_id: look at this class only.
        name: the name.
        dtype: of the state and the result.

    Raises:
        ValueError: a value outside [0, 1], or no thresholds.

    >>> import addax as tf
    >>> metric = tf.keras.metrics.SensitivityAtSpecificity(0.5)
    >>> metric.update_state([0, 0, 0, 1, 1], [0, 0.3, 0.8, 0.3, 0.8])
    >>> round(float(metric.result()), 4)
    0.5
    """

    _argument = "specificity"
    _held = "specificity"
    _wanted = "sensitivity"

    def __init__(
        self, specificity: float, num_thresholds: int = 200, class_id: int | None = None, name: str | None = None,
        dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(specificity, num_thresholds, class_id, name, dtype)
        self.specificity = specificity


class SpecificityAtSensitivity(_AtRate):
    """The best specificity where sensitivity (recall) is at least a value.

    Args:
        sensitivity: the value, in [0, 1].
        num_thresholds: how many thresholds are tried.
        class_id: look at this class only.
        name: the name.
        dtype: of the state and the result.

    Raises:
        ValueError: a value outside [0, 1], or no thresholds.

    >>> import addax as tf
    >>> metric = tf.keras.metrics.SpecificityAtSensitivity(0.5)
    >>> metric.update_state([0, 0, 0, 1, 1], [0, 0.3, 0.8, 0.3, 0.8])
    >>> round(float(metric.result()), 4)
    0.6667
    """

    _argument = "sensitivity"
    _held = "sensitivity"
    _wanted = "specificity"

    def __init__(
        self, sensitivity: float, num_thresholds: int = 200, class_id: int | None = None, name: str | None = None,
        dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(sensitivity, num_thresholds, class_id, name, dtype)
        self.sensitivity = sensitivity


class PrecisionAtRecall(_AtRate):
    """The best precision where recall is at least a value.

    Args:
        recall: the value, in [0, 1].
        num_thresholds: how many thresholds are tried.
        class_id: look at this class only.
        name: the name.
        dtype: of the state and the result.

    Raises:
        ValueError: a value outside [0, 1], or no thresholds.

    >>> import addax as tf
    >>> metric = tf.keras.metrics.PrecisionAtRecall(0.5)
    >>> metric.update_state([0, 0, 0, 1, 1], [0, 0.3, 0.8, 0.3, 0.8])
    >>> round(float(metric.result()), 4)
    0.5
    """

    _argument = "recall"
    _held = "recall"
    _wanted = "precision"

    def __init__(
        self, recall: float, num_thresholds: int = 200, class_id: int | None = None, name: str | None = None,
        dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(recall, num_thresholds, class_id, name, dtype)
        self.recall = recall


class RecallAtPrecision(_AtRate):
    """The best recall where precision is at least a value.

    Args:
        precision: the value, in [0, 1].
        num_thresholds: how many thresholds are tried.
        class_id: look at this class only.
        name: the name.
        dtype: of the state and the result.

    Raises:
        ValueError: a value outside [0, 1], or no thresholds.

    >>> import addax as tf
    >>> metric = tf.keras.metrics.RecallAtPrecision(0.5)
    >>> metric.update_state([0, 0, 0, 1, 1], [0, 0.3, 0.8, 0.3, 0.8])
    >>> round(float(metric.result()), 4)
    1.0
    """

    _argument = "precision"
    _held = "precision"
    _wanted = "recall"

    def __init__(
        self, precision: float, num_thresholds: int = 200, class_id: int | None = None, name: str | None = None,
        dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(precision, num_thresholds, class_id, name, dtype)
        self.precision = precision


for _cls in (AUC, SensitivityAtSpecificity, SpecificityAtSensitivity, PrecisionAtRecall, RecallAtPrecision):
    registry.register("metric", _cls)
