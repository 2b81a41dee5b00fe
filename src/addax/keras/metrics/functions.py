"""Keras' metric functions: matches of predictions and targets, one value per sample."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from addax.core import convert
from addax.core.failures import refusing
from addax.core.tensor import Tensor
from addax.keras import config, registry
from addax.ops import metrics as ops_metrics

BODY_OF: dict[Callable[..., Any], str] = {}
BODY_NAMES: set[str] = set()


def _metric(*aliases: str, body: str | None = None) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def enter(function: Callable[..., Any]) -> Callable[..., Any]:
        function = refusing(f"tf.keras.metrics.{function.__name__}")(function)
        BODY_OF[function] = body or function.__name__
        BODY_NAMES.add(body or function.__name__)
        registry.register("metric", function, *aliases)
        return function

    return enter


def _call(body: str, y_true: Any, y_pred: Any, **given: Any) -> Any:
    y_true = y_true if type(y_true) is Tensor else convert.convert_to_tensor(y_true)
    y_pred = y_pred if type(y_pred) is Tensor else convert.convert_to_tensor(y_pred)
    return ops_metrics.metric_values(y_true, y_pred, body, tuple(given.items()))


@_metric("acc")
def accuracy(y_true: Any, y_pred: Any) -> Any:
    """1 where the prediction equals the target, otherwise 0.

    Args:
        y_true: targets.
        y_pred: predictions of the same shape.

    Returns:
        Floats of that shape.

    >>> from addax.keras.metrics.functions import accuracy
    >>> accuracy([1, 2], [1, 3]).numpy().tolist()
    [1.0, 0.0]
    """
    return _call("accuracy", y_true, y_pred, floatx=config.floatx())


@_metric()
def binary_accuracy(y_true: Any, y_pred: Any, threshold: float = 0.5) -> Any:
    """The share of predictions on the right side of the threshold.

    Args:
        y_true: 0 or 1 [batch, ..., d].
        y_pred: probabilities [batch, ..., d].
        threshold: above it a prediction counts as 1.

    Returns:
        Floats [batch, ...].

    >>> import addax as tf
    >>> tf.keras.metrics.binary_accuracy([[1, 0]], [[0.7, 0.8]]).numpy().tolist()
    [0.5]
    """
    return _call("binary_accuracy", y_true, y_pred, threshold=threshold, floatx=config.floatx())


def binary_matches(y_true: Any, y_pred: Any, threshold: float = 0.5) -> Any:
    """1 where a prediction is on the right side of the threshold, otherwise 0; what `BinaryAccuracy` averages."""
    return _call("binary_matches", y_true, y_pred, threshold=threshold, floatx=config.floatx())


BODY_OF[binary_matches] = "binary_matches"
BODY_NAMES.add("binary_matches")


@_metric()
def categorical_accuracy(y_true: Any, y_pred: Any) -> Any:
    """1 where the class of the largest prediction is right, otherwise 0.

    Args:
        y_true: one-hot classes [batch, ..., classes].
        y_pred: probabilities or scores [batch, ..., classes].

    Returns:
        Floats [batch, ...].

    >>> import addax as tf
    >>> tf.keras.metrics.categorical_accuracy([[0, 1]], [[0.1, 0.9]]).numpy().tolist()
    [1.0]
    """
    return _call("categorical_accuracy", y_true, y_pred, floatx=config.floatx())


@_metric()
def sparse_categorical_accuracy(y_true: Any, y_pred: Any) -> Any:
    """1 where the class of the largest prediction is right, otherwise 0.

    Args:
        y_true: class indices [batch, ...] or [batch, ..., 1].
        y_pred: probabilities or scores [batch, ..., classes].

    Returns:
        Floats of the shape of `y_true`.

    >>> import addax as tf
    >>> tf.keras.metrics.sparse_categorical_accuracy([1, 0], [[0.1, 0.9], [0.2, 0.8]]).numpy().tolist()
    [1.0, 0.0]
    """
    return _call("sparse_categorical_accuracy", y_true, y_pred, floatx=config.floatx())


@_metric()
def top_k_categorical_accuracy(y_true: Any, y_pred: Any, k: int = 5) -> Any:
    """1 where the class is among the k largest predictions, otherwise 0.

    Args:
        y_true: one-hot classes [batch, ..., classes].
        y_pred: probabilities or scores [batch, ..., classes].
        k: how many predictions count.

    Returns:
        Floats [batch, ...].

    >>> import addax as tf
    >>> tf.keras.metrics.top_k_categorical_accuracy([[0, 1, 0]], [[0.2, 0.3, 0.5]], k=2).numpy().tolist()
    [1.0]
    """
    return _call("top_k_categorical_accuracy", y_true, y_pred, k=k, floatx=config.floatx())


@_metric()
def sparse_top_k_categorical_accuracy(y_true: Any, y_pred: Any, k: int = 5, from_sorted_ids: bool = False) -> Any:
    """1 where the class is among the k largest predictions, otherwise 0.

    Args:
        y_true: class indices [batch, ...] or [batch, ..., 1].
        y_pred: probabilities or scores [batch, ..., classes].
        k: how many predictions count.
        from_sorted_ids: whether `y_pred` holds classes, the best first, instead of scores.

    Returns:
        Floats of the shape of `y_true`.

    >>> import addax as tf
    >>> tf.keras.metrics.sparse_top_k_categorical_accuracy([1], [[0.2, 0.3, 0.5]], k=2).numpy().tolist()
    [1.0]
    """
    options = {"k": k, "from_sorted_ids": from_sorted_ids, "floatx": config.floatx()}
    return _call("sparse_top_k_categorical_accuracy", y_true, y_pred, **options)


@_metric("cosine_proximity", body="cosine_proximity")
def cosine_similarity(y_true: Any, y_pred: Any, axis: int = -1) -> Any:
    """The cosine of the angle between targets and predictions (the loss of this name is its negative).

    Args:
        y_true: targets.
        y_pred: predictions of the same shape.
        axis: along which the vectors lie.

    Returns:
        Values from -1 to 1, with `axis` gone.

    >>> from addax.keras.metrics.functions import cosine_similarity
    >>> round(float(cosine_similarity([0.0, 1.0], [0.0, 2.0])), 4)
    1.0
    """
    return _call("cosine_proximity", y_true, y_pred, axis=axis)
