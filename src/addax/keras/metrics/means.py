"""Functions of targets and predictions as metrics: the mean over all samples."""

from __future__ import annotations

from typing import Any

from addax.keras import registry
from addax.keras.losses import functions as losses
from addax.keras.metrics import functions
from addax.keras.metrics.reduce import MeanMetricWrapper


class Accuracy(MeanMetricWrapper):
    """The share of predictions that equal their targets.

    Args:
        name: the name.
        dtype: of the state and the result.

    >>> import addax as tf
    >>> metric = tf.keras.metrics.Accuracy()
    >>> metric.update_state([[1], [2]], [[1], [3]])
    >>> round(float(metric.result()), 4)
    0.5
    """

    def __init__(self, name: str | None = "accuracy", dtype: Any = None) -> None:
        super().__init__(functions.accuracy, name, dtype=dtype)


class BinaryAccuracy(MeanMetricWrapper):
    """The share of predictions on the right side of a threshold.

    Args:
        name: the name.
        dtype: of the state and the result.
        threshold: above it a prediction counts as 1.

    >>> import addax as tf
    >>> metric = tf.keras.metrics.BinaryAccuracy()
    >>> metric.update_state([[1], [0]], [[0.9], [0.8]])
    >>> round(float(metric.result()), 4)
    0.5
    """

    def __init__(self, name: str | None = "binary_accuracy", dtype: Any = None, threshold: float = 0.5) -> None:
        super().__init__(functions.binary_matches, name, dtype=dtype, threshold=threshold)


class CategoricalAccuracy(MeanMetricWrapper):
    """The share of one-hot classes that have the largest prediction.

    Args:
        name: the name.
        dtype: of the state and the result.

    >>> import addax as tf
    >>> metric = tf.keras.metrics.CategoricalAccuracy()
    >>> metric.update_state([[0, 1], [1, 0]], [[0.1, 0.9], [0.2, 0.8]])
    >>> round(float(metric.result()), 4)
    0.5
    """

    def __init__(self, name: str | None = "categorical_accuracy", dtype: Any = None) -> None:
        super().__init__(functions.categorical_accuracy, name, dtype=dtype)


class SparseCategoricalAccuracy(MeanMetricWrapper):
    """The share of class indices that have the largest prediction.

    Args:
        name: the name.
        dtype: of the state and the result.

    >>> import addax as tf
    >>> metric = tf.keras.metrics.SparseCategoricalAccuracy()
    >>> metric.update_state([1, 0], [[0.1, 0.9], [0.2, 0.8]])
    >>> round(float(metric.result()), 4)
    0.5
    """

    def __init__(self, name: str | None = "sparse_categorical_accuracy", dtype: Any = None) -> None:
        super().__init__(functions.sparse_categorical_accuracy, name, dtype=dtype)


class TopKCategoricalAccuracy(MeanMetricWrapper):
    """The share of one-hot classes among the k largest predictions.

    Args:
        k: how many predictions count.
        name: the name.
        dtype: of the state and the result.

    >>> import addax as tf
    >>> metric = tf.keras.metrics.TopKCategoricalAccuracy()
    >>> metric.update_state([[0, 1]], [[0.1, 0.9]])
    >>> round(float(metric.result()), 4)
    1.0
    """

    def __init__(self, k: int = 5, name: str | None = "top_k_categorical_accuracy", dtype: Any = None) -> None:
        super().__init__(functions.top_k_categorical_accuracy, name, dtype=dtype, k=k)


class SparseTopKCategoricalAccuracy(MeanMetricWrapper):
    """The share of class indices among the k largest predictions.

    Args:
        k: how many predictions count.
        name: the name.
        dtype: of the state and the result.
        from_sorted_ids: whether predictions are classes, the best first, instead of scores.

    >>> import addax as tf
    >>> metric = tf.keras.metrics.SparseTopKCategoricalAccuracy()
    >>> metric.update_state([1], [[0.1, 0.9]])
    >>> round(float(metric.result()), 4)
    1.0
    """

    def __init__(
        self, k: int = 5, name: str | None = "sparse_top_k_categorical_accuracy", dtype: Any = None,
        from_sorted_ids: bool = False,
    ) -> None:  # fmt: skip
        options = {"k": k, **({"from_sorted_ids": True} if from_sorted_ids else {})}
        super().__init__(functions.sparse_top_k_categorical_accuracy, name, dtype=dtype, **options)


class CosineSimilarity(MeanMetricWrapper):
    """The mean cosine of the angle between targets and predictions.

    Args:
        name: the name.
        dtype: of the state and the result.
        axis: along which the vectors lie.

    >>> import addax as tf
    >>> metric = tf.keras.metrics.CosineSimilarity()
    >>> metric.update_state([[0.0, 1.0]], [[0.0, 2.0]])
    >>> round(float(metric.result()), 4)
    1.0
    """

    def __init__(self, name: str | None = "cosine_similarity", dtype: Any = None, axis: int = -1) -> None:
        super().__init__(functions.cosine_similarity, name, dtype=dtype, axis=axis)


class MeanAbsoluteError(MeanMetricWrapper):
    """The mean absolute difference.

    Args:
        name: the name.
        dtype: of the state and the result.

    >>> import addax as tf
    >>> metric = tf.keras.metrics.MeanAbsoluteError()
    >>> metric.update_state([[0.0, 1.0]], [[2.0, 1.0]])
    >>> round(float(metric.result()), 4)
    1.0
    """

    def __init__(self, name: str | None = "mean_absolute_error", dtype: Any = None) -> None:
        super().__init__(losses.mean_absolute_error, name, dtype=dtype)


class MeanAbsolutePercentageError(MeanMetricWrapper):
    """The mean difference in percent.

    Args:
        name: the name.
        dtype: of the state and the result.

    >>> import addax as tf
    >>> metric = tf.keras.metrics.MeanAbsolutePercentageError()
    >>> metric.update_state([[2.0, 4.0]], [[1.0, 4.0]])
    >>> round(float(metric.result()), 4)
    25.0
    """

    def __init__(self, name: str | None = "mean_absolute_percentage_error", dtype: Any = None) -> None:
        super().__init__(losses.mean_absolute_percentage_error, name, dtype=dtype)


class MeanSquaredError(MeanMetricWrapper):
    """The mean squared difference.

    Args:
        name: the name.
        dtype: of the state and the result.

    >>> import addax as tf
    >>> metric = tf.keras.metrics.MeanSquaredError()
    >>> metric.update_state([[0.0, 1.0]], [[1.0, 1.0]])
    >>> round(float(metric.result()), 4)
    0.5
    """

    def __init__(self, name: str | None = "mean_squared_error", dtype: Any = None) -> None:
        super().__init__(losses.mean_squared_error, name, dtype=dtype)


class MeanSquaredLogarithmicError(MeanMetricWrapper):
    """The mean squared difference of logarithms.

    Args:
        name: the name.
        dtype: of the state and the result.

    >>> import addax as tf
    >>> metric = tf.keras.metrics.MeanSquaredLogarithmicError()
    >>> metric.update_state([[1.0]], [[1.0]])
    >>> round(float(metric.result()), 4)
    0.0
    """

    def __init__(self, name: str | None = "mean_squared_logarithmic_error", dtype: Any = None) -> None:
        super().__init__(losses.mean_squared_logarithmic_error, name, dtype=dtype)


class Hinge(MeanMetricWrapper):
    """The mean of max(1 - y_true y_pred, 0).

    Args:
        name: the name.
        dtype: of the state and the result.

    >>> import addax as tf
    >>> metric = tf.keras.metrics.Hinge()
    >>> metric.update_state([[-1.0, 1.0]], [[0.5, 0.5]])
    >>> round(float(metric.result()), 4)
    1.0
    """

    def __init__(self, name: str | None = "hinge", dtype: Any = None) -> None:
        super().__init__(losses.hinge, name, dtype=dtype)


class SquaredHinge(MeanMetricWrapper):
    """The mean of max(1 - y_true y_pred, 0)².

    Args:
        name: the name.
        dtype: of the state and the result.

    >>> import addax as tf
    >>> metric = tf.keras.metrics.SquaredHinge()
    >>> metric.update_state([[-1.0, 1.0]], [[0.0, 2.0]])
    >>> round(float(metric.result()), 4)
    0.5
    """

    def __init__(self, name: str | None = "squared_hinge", dtype: Any = None) -> None:
        super().__init__(losses.squared_hinge, name, dtype=dtype)


class CategoricalHinge(MeanMetricWrapper):
    """The mean margin between the right class and the best wrong one.

    Args:
        name: the name.
        dtype: of the state and the result.

    >>> import addax as tf
    >>> metric = tf.keras.metrics.CategoricalHinge()
    >>> metric.update_state([[0.0, 1.0]], [[0.5, 0.5]])
    >>> round(float(metric.result()), 4)
    1.0
    """

    def __init__(self, name: str | None = "categorical_hinge", dtype: Any = None) -> None:
        super().__init__(losses.categorical_hinge, name, dtype=dtype)


class LogCoshError(MeanMetricWrapper):
    """The mean of log(cosh(y_pred - y_true)).

    Args:
        name: the name.
        dtype: of the state and the result.

    >>> import addax as tf
    >>> metric = tf.keras.metrics.LogCoshError()
    >>> metric.update_state([[1.0]], [[1.0]])
    >>> round(float(metric.result()), 4)
    0.0
    """

    def __init__(self, name: str | None = "logcosh", dtype: Any = None) -> None:
        super().__init__(losses.log_cosh, name, dtype=dtype)


class Poisson(MeanMetricWrapper):
    """The mean Poisson loss.

    Args:
        name: the name.
        dtype: of the state and the result.

    >>> import addax as tf
    >>> metric = tf.keras.metrics.Poisson()
    >>> metric.update_state([[0.0]], [[2.0]])
    >>> round(float(metric.result()), 4)
    2.0
    """

    def __init__(self, name: str | None = "poisson", dtype: Any = None) -> None:
        super().__init__(losses.poisson, name, dtype=dtype)


class KLDivergence(MeanMetricWrapper):
    """The mean Kullback-Leibler divergence.

    Args:
        name: the name.
        dtype: of the state and the result.

    >>> import addax as tf
    >>> metric = tf.keras.metrics.KLDivergence()
    >>> metric.update_state([[0.5, 0.5]], [[0.5, 0.5]])
    >>> round(float(metric.result()), 4)
    0.0
    """

    def __init__(self, name: str | None = "kullback_leibler_divergence", dtype: Any = None) -> None:
        super().__init__(losses.kl_divergence, name, dtype=dtype)


class BinaryCrossentropy(MeanMetricWrapper):
    """The mean cross-entropy of two classes.

    Args:
        name: the name.
        dtype: of the state and the result.
        from_logits: whether predictions are logits, not probabilities.
        label_smoothing: between 0 and 1: how far labels are smoothed.

    >>> import addax as tf
    >>> metric = tf.keras.metrics.BinaryCrossentropy()
    >>> metric.update_state([[1.0, 0.0]], [[0.5, 0.5]])
    >>> round(float(metric.result()), 4)
    0.6931
    """

    def __init__(
        self,
        name: str | None = "binary_crossentropy",
        dtype: Any = None,
        from_logits: bool = False,
        label_smoothing: float = 0,
    ) -> None:
        super().__init__(
            losses.binary_crossentropy, name, dtype=dtype, from_logits=from_logits, label_smoothing=label_smoothing
        )


class CategoricalCrossentropy(MeanMetricWrapper):
    """The mean cross-entropy of one-hot classes.

    Args:
        name: the name.
        dtype: of the state and the result.
        from_logits: whether predictions are logits, not probabilities.
        label_smoothing: between 0 and 1: how far labels are smoothed.
        axis: the axis of the classes.

    >>> import addax as tf
    >>> metric = tf.keras.metrics.CategoricalCrossentropy()
    >>> metric.update_state([[0.0, 1.0]], [[0.5, 0.5]])
    >>> round(float(metric.result()), 4)
    0.6931
    """

    def __init__(
        self,
        name: str | None = "categorical_crossentropy",
        dtype: Any = None,
        from_logits: bool = False,
        label_smoothing: float = 0,
        axis: int = -1,
    ) -> None:
        super().__init__(
            losses.categorical_crossentropy,
            name,
            dtype=dtype,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
            axis=axis,
        )


class SparseCategoricalCrossentropy(MeanMetricWrapper):
    """The mean cross-entropy of class indices.

    Args:
        name: the name.
        dtype: of the state and the result.
        from_logits: whether predictions are logits, not probabilities.
        ignore_class: samples of this class do not count.
        axis: the axis of the classes.

    >>> import addax as tf
    >>> metric = tf.keras.metrics.SparseCategoricalCrossentropy()
    >>> metric.update_state([1], [[0.5, 0.5]])
    >>> round(float(metric.result()), 4)
    0.6931
    """

    def __init__(
        self,
        name: str | None = "sparse_categorical_crossentropy",
        dtype: Any = None,
        from_logits: bool = False,
        ignore_class: int | None = None,
        axis: int = -1,
    ) -> None:
        super().__init__(
            losses.sparse_categorical_crossentropy,
            name,
            dtype=dtype,
            from_logits=from_logits,
            ignore_class=ignore_class,
            axis=axis,
        )


for _cls in (
    Accuracy,
    BinaryAccuracy,
    CategoricalAccuracy,
    SparseCategoricalAccuracy,
    TopKCategoricalAccuracy,
    SparseTopKCategoricalAccuracy,
    CosineSimilarity,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
    Hinge,
    SquaredHinge,
    CategoricalHinge,
    LogCoshError,
    Poisson,
    KLDivergence,
    BinaryCrossentropy,
    CategoricalCrossentropy,
    SparseCategoricalCrossentropy,
):
    registry.register("metric", _cls)
