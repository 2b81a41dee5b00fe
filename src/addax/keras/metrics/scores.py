"""F-scores and R²."""

from __future__ import annotations

import math
from typing import Any

from addax.core import errors
from addax.core.tensor import Tracer
from addax.keras import registry
from addax.keras.metrics.base import Metric, state, store
from addax.keras.metrics.reduce import optional, tensor
from addax.ops import metrics as ops_metrics


def _matrices(who: str, y_true_shape: Any, y_pred_shape: Any) -> int:
    """The number of columns of targets and predictions [batch, columns].

    Raises:
        ValueError: other shapes.
    """
    if len(y_pred_shape) != 2 or len(y_true_shape) != 2:
        raise ValueError(
            f"{who} expects 2D inputs with shape (batch_size, output_dim). Received input shapes: "
            f"y_pred.shape={tuple(y_pred_shape)} and y_true.shape={tuple(y_true_shape)}."
        )
    if y_pred_shape[-1] is None or y_true_shape[-1] is None or y_pred_shape[-1] != y_true_shape[-1]:
        raise ValueError(
            f"{who} expects 2D inputs with shape (batch_size, output_dim), with output_dim fully defined and equal. "
            f"Received input shapes: y_pred.shape={tuple(y_pred_shape)} and y_true.shape={tuple(y_true_shape)}."
        )
    return int(y_pred_shape[-1])


class FBetaScore(Metric):
    """(1 + β²) precision recall / (β² precision + recall).

    Args:
        average: None for one score per class, "micro" (over all predictions), "macro" (the mean over classes) or
            "weighted" (by the classes' numbers of targets).
        beta: how much more recall counts than precision.
        threshold: above it a prediction is positive; None for the largest of each sample.
        name: the name.
        dtype: of the state and the result.

    Raises:
        ValueError: another average, beta or threshold; at the update: inputs that are not [batch, classes].

    >>> import addax as tf
    >>> metric = tf.keras.metrics.FBetaScore(beta=2.0, threshold=0.5)
    >>> metric.update_state([[1.0, 1.0], [1.0, 0.0]], [[0.2, 0.6], [0.6, 0.8]])
    >>> metric.result().numpy().round(4).tolist()
    [0.5555999875068665, 0.833299994468689]
    """

    def __init__(
        self, average: str | None = None, beta: float = 1.0, threshold: float | None = None,
        name: str | None = "fbeta_score", dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(name=name, dtype=dtype)
        if average not in (None, "micro", "macro", "weighted"):
            raise ValueError(
                "Invalid `average` argument value. Expected one of: {None, 'micro', 'macro', 'weighted'}. "
                f"Received: average={average}"
            )
        if not isinstance(beta, float):
            raise ValueError(
                f"Invalid `beta` argument value. It should be a Python float. Received: beta={beta} of type "
                f"'{type(beta)}'"
            )
        if beta <= 0.0:
            raise ValueError(f"Invalid `beta` argument value. It should be > 0. Received: beta={beta}")
        if threshold is not None:
            if not isinstance(threshold, float):
                raise ValueError(
                    "Invalid `threshold` argument value. It should be a Python float. "
                    f"Received: threshold={threshold} of type '{type(threshold)}'"
                )
            if threshold > 1.0 or threshold <= 0.0:
                raise ValueError(
                    "Invalid `threshold` argument value. It should verify 0 < threshold <= 1. "
                    f"Received: threshold={threshold}"
                )
        self.average = average
        self.beta = beta
        self.threshold = threshold
        self.axis = None if average == "micro" else 0
        self.built = False

    def build(self, y_true_shape: Any, y_pred_shape: Any) -> None:
        """Make the counts for targets and predictions of these shapes."""
        columns = _matrices("FBetaScore", y_true_shape, y_pred_shape)
        shape = () if self.average == "micro" else (columns,)
        for each in ("true_positives", "false_positives", "false_negatives", "intermediate_weights"):
            setattr(self, each, self.add_weight(each, shape=shape, initializer="zeros"))
        self.built = True

    def _counts(self) -> list[Any]:
        return [self.true_positives, self.false_positives, self.false_negatives, self.intermediate_weights]

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Count a batch.

        Args:
            y_true: 0 or 1 [batch, classes].
            y_pred: probabilities [batch, classes].
            sample_weight: weights [batch].
        """
        y_true, y_pred = tensor(y_true), tensor(y_pred)
        if not self.built:
            self.build(y_true.shape, y_pred.shape)
        after = ops_metrics.add_f_counts(
            *(state(each) for each in self._counts()), y_true, y_pred, optional(sample_weight), self.threshold,
            self.axis is None,
        )  # fmt: skip
        for variable, value in zip(self._counts(), after, strict=True):
            store(variable, value)

    def result(self) -> Any:
        """The score per class, or averaged."""
        return ops_metrics.f_score(*(state(each) for each in self._counts()), self.beta, self.average)

    def reset_state(self) -> None:
        """Set all counts to zero."""
        if self.built:
            self._zero()

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {
            **super().get_config(), "average": self.average, "beta": self.beta, "threshold": self.threshold
        }  # fmt: skip


class F1Score(FBetaScore):
    """The harmonic mean of precision and recall.

    Args:
        average: None for one score per class, "micro", "macro" or "weighted"; see `FBetaScore`.
        threshold: above it a prediction is positive; None for the largest of each sample.
        name: the name.
        dtype: of the state and the result.

    >>> import addax as tf
    >>> metric = tf.keras.metrics.F1Score(threshold=0.5)
    >>> metric.update_state([[1.0], [1.0]], [[0.2], [0.6]])
    >>> metric.result().numpy().round(4).tolist()
    [0.666700005531311]
    """

    def __init__(
        self, average: str | None = None, threshold: float | None = None, name: str | None = "f1_score",
        dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(average=average, beta=1.0, threshold=threshold, name=name, dtype=dtype)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        config = super().get_config()
        del config["beta"]
        return config


class R2Score(Metric):
    """The share of the targets' variance that predictions explain: 1 - Σ(y_true - y_pred)² / Σ(y_true - mean)².

    Args:
        class_aggregation: "uniform_average", "variance_weighted_average", or None for one score per output.
        num_regressors: the number of independent variables, for the adjusted score; 0 for the plain one.
        name: the name.
        dtype: of the state and the result.

    Raises:
        ValueError: another aggregation, or fewer than 0 regressors; at the update: inputs that are not
            [batch, outputs].

    >>> import addax as tf
    >>> metric = tf.keras.metrics.R2Score()
    >>> metric.update_state([[1.0], [2.0], [3.0]], [[1.5], [2.0], [3.5]])
    >>> float(metric.result())
    0.75
    """

    def __init__(
        self, class_aggregation: str | None = "uniform_average", num_regressors: int = 0,
        name: str | None = "r2_score", dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(name=name, dtype=dtype)
        if class_aggregation not in (None, "uniform_average", "variance_weighted_average"):
            raise ValueError(
                "Invalid value for argument `class_aggregation`. Expected one of "
                "(None, 'uniform_average', 'variance_weighted_average'). "
                f"Received: class_aggregation={class_aggregation}"
            )
        if num_regressors < 0:
            raise ValueError(
                "Invalid value for argument `num_regressors`. Expected a value >= 0. "
                f"Received: num_regressors={num_regressors}"
            )
        self.class_aggregation = class_aggregation
        self.num_regressors = num_regressors
        self.num_samples = self.add_weight("num_samples", dtype="int32", initializer="zeros")
        self.built = False

    def build(self, y_true_shape: Any, y_pred_shape: Any) -> None:
        """Make the sums for targets and predictions of these shapes."""
        shape = (_matrices("R2Score", y_true_shape, y_pred_shape),)
        self.squared_sum = self.add_weight("squared_sum", shape=shape, initializer="zeros")
        self.sum = self.add_weight("sum", shape=shape, initializer="zeros")
        self.total_mse = self.add_weight("residual", shape=shape, initializer="zeros")
        self.count = self.add_weight("count", shape=shape, initializer="zeros")
        self.built = True

    def _sums(self) -> list[Any]:
        return [self.squared_sum, self.sum, self.total_mse, self.count]

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take a batch into the sums.

        Args:
            y_true: targets [batch, outputs].
            y_pred: predictions [batch, outputs].
            sample_weight: weights [batch] or [batch, outputs].
        """
        y_true, y_pred = tensor(y_true), tensor(y_pred)
        if not self.built:
            self.build(y_true.shape, y_pred.shape)
        after = ops_metrics.add_r2(*(state(each) for each in self._sums()), y_true, y_pred, optional(sample_weight))
        for variable, value in zip(self._sums(), after, strict=True):
            store(variable, value)
        self.num_samples.assign_add(math.prod(int(size) for size in y_true.shape))

    def result(self) -> Any:
        """The score per output, or aggregated."""
        regressors = self.num_regressors
        samples = self.num_samples._value
        if regressors and not isinstance(samples, Tracer) and regressors >= int(samples) - 1:
            errors.warn_once(
                ("R2Score", regressors >= int(samples)),
                "More independent predictors than datapoints in adjusted R2 score. Falling back to standard R2 score."
                if regressors > int(samples) - 1
                else "Division by zero in Adjusted R2 score. Falling back to standard R2 score.",
                UserWarning,
            )
            regressors = 0
        return ops_metrics.r2(
            *(state(each) for each in self._sums()), state(self.num_samples), self.class_aggregation, regressors
        )

    def reset_state(self) -> None:
        """Set all sums to zero."""
        self._zero()

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {
            **super().get_config(), "class_aggregation": self.class_aggregation, "num_regressors": self.num_regressors
        }  # fmt: skip


for _cls in (FBetaScore, F1Score, R2Score):
    registry.register("metric", _cls)
