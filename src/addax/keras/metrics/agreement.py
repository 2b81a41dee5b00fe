"""Correlation of predictions with targets: metrics of Keras 3."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from addax.core import convert
from addax.core.failures import refusing
from addax.keras import config, registry
from addax.keras.losses.base import squeeze_pair
from addax.keras.metrics.reduce import MeanMetricWrapper
from addax.ops import agreement as ops
from addax.ops.casting import cast

Axis = int | Sequence[int] | None


def _pair(y_true: Any, y_pred: Any) -> tuple[Any, Any]:
    y_pred, y_true = convert.convert_to_tensor(y_pred), convert.convert_to_tensor(y_true)
    return squeeze_pair(y_true if y_true.dtype == y_pred.dtype else cast(y_true, y_pred.dtype), y_pred)


@refusing("tf.keras.metrics.pearson_correlation")
def pearson_correlation(y_true: Any, y_pred: Any, axis: Axis = -1) -> Any:
    """Pearson's coefficient, from -1 to 1: how linear the relation between targets and predictions is.

    Args:
        y_true: targets.
        y_pred: floating predictions of the same shape.
        axis: along which, one or several; None for all.

    Returns:
        The coefficients, of the shape that is left; NaN where targets or predictions are all equal.

    >>> import addax as tf
    >>> tf.keras.metrics.pearson_correlation([[0.0, 1.0, 2.0]], [[3.0, 2.0, 1.0]]).numpy().round(4).tolist()
    [-1.0]
    """
    y_true, y_pred = _pair(y_true, y_pred)
    return ops.pearson_correlation(y_true, y_pred, axis)


@refusing("tf.keras.metrics.concordance_correlation")
def concordance_correlation(y_true: Any, y_pred: Any, axis: Axis = -1) -> Any:
    """Lin's concordance, from -1 to 1: how close predictions are to being the targets, not only a line of them.

    Args:
        y_true: targets.
        y_pred: floating predictions of the same shape.
        axis: along which, one or several; None for all.

    Returns:
        The coefficients, of the shape that is left.

    Source: Lin 1989, https://doi.org/10.2307/2532051.

    >>> import addax as tf
    >>> round(float(tf.keras.metrics.concordance_correlation([[0.0, 1.0, 2.0]], [[1.0, 2.0, 3.0]])[0]), 4)
    0.5714
    """
    y_true, y_pred = _pair(y_true, y_pred)
    return ops.concordance_correlation(y_true, y_pred, axis, config.epsilon())


class PearsonCorrelation(MeanMetricWrapper):
    """The mean of Pearson's coefficients; see `pearson_correlation`.

    Args:
        name: the name.
        dtype: of the state and the result.
        axis: along which targets and predictions are compared.

    >>> import addax as tf
    >>> metric = tf.keras.metrics.PearsonCorrelation()
    >>> metric.update_state([[0.0, 1.0, 0.5], [1.0, 1.0, 0.2]], [[0.1, 0.9, 0.5], [1.0, 0.9, 0.2]])
    >>> round(float(metric.result()), 4)
    0.9967
    """

    def __init__(self, name: str | None = "pearson_correlation", dtype: Any = None, axis: Axis = -1) -> None:
        super().__init__(pearson_correlation, name, dtype=dtype, axis=axis)
        self.axis = axis


class ConcordanceCorrelation(MeanMetricWrapper):
    """The mean of the concordance coefficients; see `concordance_correlation`.

    Args:
        name: the name.
        dtype: of the state and the result.
        axis: along which targets and predictions are compared.

    >>> import addax as tf
    >>> metric = tf.keras.metrics.ConcordanceCorrelation()
    >>> metric.update_state([[0.0, 1.0, 0.5], [1.0, 1.0, 0.2]], [[0.1, 0.9, 0.5], [1.0, 0.9, 0.2]])
    >>> round(float(metric.result()), 4)
    0.9816
    """

    def __init__(self, name: str | None = "concordance_correlation", dtype: Any = None, axis: Axis = -1) -> None:
        super().__init__(concordance_correlation, name, dtype=dtype, axis=axis)
        self.axis = axis


for _each in (pearson_correlation, concordance_correlation, PearsonCorrelation, ConcordanceCorrelation):
    registry.register("metric", _each)
