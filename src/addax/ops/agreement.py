"""How well predictions agree with targets along axes: correlation coefficients."""

from __future__ import annotations

import jax.numpy as jnp

from addax.core.convert import TensorLike
from addax.core.dispatch import op


@op(kinds="f", name="keras.metrics.pearson_correlation")
def pearson_correlation(y_true: TensorLike, y_pred: TensorLike, axis):
    """The covariance over the product of the standard deviations; NaN where one of them is 0."""
    true, found = [each - each.mean(axis, keepdims=True) for each in (y_true, y_pred)]
    true, found = [each / each.std(axis, keepdims=True) for each in (true, found)]
    return (true * found).mean(axis)


@op(kinds="f", name="keras.metrics.concordance_correlation")
def concordance_correlation(y_true: TensorLike, y_pred: TensorLike, axis, epsilon):
    """Twice the covariance over the sum of the variances and the square of the means' distance (Lin 1989)."""
    mean_true, mean_found = [each.mean(axis, keepdims=True) for each in (y_true, y_pred)]
    spread = y_true.var(axis, keepdims=True) + y_pred.var(axis, keepdims=True)
    covariance = (y_true - mean_found) * (y_pred - mean_found)
    return (2 * covariance / (spread + jnp.square(mean_true - mean_found) + epsilon)).mean(axis)
