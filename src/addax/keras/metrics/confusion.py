"""Counts of right and wrong predictions at thresholds: true and false positives and negatives, precision, recall."""

from __future__ import annotations

from typing import Any

from addax.keras import registry
from addax.keras.losses import rows
from addax.keras.metrics import thresholds as limits
from addax.keras.metrics.base import Metric, state, store
from addax.keras.metrics.reduce import flat, optional, tensor
from addax.ops import confusion_counts


def add_counts(
    variables: list[Any], which: tuple[str, ...], y_true: Any, y_pred: Any, sample_weight: Any, values: list[float],
    steps: int, with_epsilon: bool = False, label_weights: Any = None, top_k: int | None = None,
    class_id: int | None = None, multi_label: bool = False, from_logits: bool = False,
) -> None:  # fmt: skip
    """Add a batch's counts to variables; `which` says of each what it counts (see `confusion_counts`)."""
    if rows.is_ragged(y_true) or rows.is_ragged(y_pred) or rows.is_ragged(sample_weight):
        (y_true, y_pred), sample_weight = flat("A confusion matrix", [y_true, y_pred], sample_weight)
    after = confusion_counts.add_confusion(
        [state(variable) for variable in variables], tensor(y_true), tensor(y_pred), optional(sample_weight),
        label_weights, which, () if steps else tuple(values), steps, with_epsilon, top_k, class_id, multi_label,
        from_logits,
    )  # fmt: skip
    for variable, value in zip(variables, after, strict=True):
        store(variable, value)


class _ConfusionMatrixConditionCount(Metric):
    """Base of the metrics that count one kind of prediction."""

    _which = ""

    def __init__(self, thresholds: Any = None, name: str | None = None, dtype: Any = None) -> None:
        super().__init__(name=name, dtype=dtype)
        self.init_thresholds = thresholds
        self.thresholds = limits.checked(thresholds)
        self._steps = limits.even_steps(self.thresholds)
        self.accumulator = self.add_weight("accumulator", shape=(len(self.thresholds),), initializer="zeros")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Count a batch.

        Args:
            y_true: 0 or 1.
            y_pred: probabilities, of the same shape.
            sample_weight: how much each counts.
        """
        add_counts([self.accumulator], (self._which,), y_true, y_pred, sample_weight, self.thresholds, self._steps)

    def result(self) -> Any:
        """The count at the threshold, or at each of them."""
        return self.accumulator[0] if len(self.thresholds) == 1 else self.accumulator

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {**super().get_config(), "thresholds": self.init_thresholds}


class FalsePositives(_ConfusionMatrixConditionCount):
    """Predictions above the threshold whose target is 0.

    Args:
        thresholds: a number in [0, 1] or several; 0.5 by default.
        name: the name.
        dtype: of the state and the result.

    Raises:
        ValueError: a threshold outside [0, 1].

    >>> import addax as tf
    >>> metric = tf.keras.metrics.FalsePositives()
    >>> metric.update_state([0, 1, 0, 1], [0.1, 0.2, 0.8, 0.9])
    >>> float(metric.result())
    1.0
    """

    _which = "fp"


class FalseNegatives(_ConfusionMatrixConditionCount):
    """Predictions not above the threshold whose target is 1.

    Args:
        thresholds: a number in [0, 1] or several; 0.5 by default.
        name: the name.
        dtype: of the state and the result.

    Raises:
        ValueError: a threshold outside [0, 1].

    >>> import addax as tf
    >>> metric = tf.keras.metrics.FalseNegatives()
    >>> metric.update_state([0, 1, 0, 1], [0.1, 0.2, 0.8, 0.9])
    >>> float(metric.result())
    1.0
    """

    _which = "fn"


class TrueNegatives(_ConfusionMatrixConditionCount):
    """Predictions not above the threshold whose target is 0.

    Args:
        thresholds: a number in [0, 1] or several; 0.5 by default.
        name: the name.
        dtype: of the state and the result.

    Raises:
        ValueError: a threshold outside [0, 1].

    >>> import addax as tf
    >>> metric = tf.keras.metrics.TrueNegatives()
    >>> metric.update_state([0, 1, 0, 1], [0.1, 0.2, 0.8, 0.9])
    >>> float(metric.result())
    1.0
    """

    _which = "tn"


class TruePositives(_ConfusionMatrixConditionCount):
    """Predictions above the threshold whose target is 1.

    Args:
        thresholds: a number in [0, 1] or several; 0.5 by default.
        name: the name.
        dtype: of the state and the result.

    Raises:
        ValueError: a threshold outside [0, 1].

    >>> import addax as tf
    >>> metric = tf.keras.metrics.TruePositives()
    >>> metric.update_state([0, 1, 0, 1], [0.1, 0.2, 0.8, 0.9])
    >>> float(metric.result())
    1.0
    """

    _which = "tp"


class _Share(Metric):
    """Base of precision and recall: true positives over themselves and one kind of error."""

    _other = ""

    def __init__(
        self, thresholds: Any = None, top_k: int | None = None, class_id: int | None = None, name: str | None = None,
        dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(name=name, dtype=dtype)
        self.init_thresholds = thresholds
        self.top_k = top_k
        self.class_id = class_id
        self.thresholds = limits.checked(thresholds, limits.NEGATIVE if top_k is not None else 0.5)
        self._steps = limits.even_steps(self.thresholds)
        shape = (len(self.thresholds),)
        self.true_positives = self.add_weight("true_positives", shape=shape, initializer="zeros")
        setattr(self, self._other, self.add_weight(self._other, shape=shape, initializer="zeros"))

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Count a batch.

        Args:
            y_true: 0 or 1 [batch, ...].
            y_pred: probabilities, of the same shape.
            sample_weight: how much each counts.
        """
        add_counts(
            [self.true_positives, getattr(self, self._other)], ("tp", self._other[0] + self._other[6]), y_true, y_pred,
            sample_weight, self.thresholds, self._steps, top_k=self.top_k, class_id=self.class_id,
        )  # fmt: skip

    def result(self) -> Any:
        """The share at the threshold, or at each of them; 0 where nothing was counted."""
        other = getattr(self, self._other)
        return confusion_counts.share(state(self.true_positives), state(other), len(self.thresholds) == 1)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {
            **super().get_config(), "thresholds": self.init_thresholds, "top_k": self.top_k, "class_id": self.class_id
        }  # fmt: skip


class Precision(_Share):
    """The share of positive predictions that are right: true positives / (true + false positives).

    Args:
        thresholds: a number in [0, 1] or several; 0.5 by default.
        top_k: count only the k largest predictions of each sample as positive.
        class_id: look at this class only.
        name: the name.
        dtype: of the state and the result.

    Raises:
        ValueError: a threshold outside [0, 1].

    >>> import addax as tf
    >>> metric = tf.keras.metrics.Precision()
    >>> metric.update_state([0, 1, 1, 1], [1, 0, 1, 1])
    >>> round(float(metric.result()), 4)
    0.6667
    """

    _other = "false_positives"


class Recall(_Share):
    """The share of positive targets that are found: true positives / (true positives + false negatives).

    Args:
        thresholds: a number in [0, 1] or several; 0.5 by default.
        top_k: count only the k largest predictions of each sample as positive.
        class_id: look at this class only.
        name: the name.
        dtype: of the state and the result.

    Raises:
        ValueError: a threshold outside [0, 1].

    >>> import addax as tf
    >>> metric = tf.keras.metrics.Recall()
    >>> metric.update_state([0, 1, 1, 1], [1, 0, 1, 1])
    >>> round(float(metric.result()), 4)
    0.6667
    """

    _other = "false_negatives"


for _cls in (FalsePositives, FalseNegatives, TrueNegatives, TruePositives, Precision, Recall):
    registry.register("metric", _cls)
