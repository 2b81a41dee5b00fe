"""The arithmetic of Keras' metrics: one compiled call for an update of a metric's state.

States go in and come out; the metrics keep them in variables. `BODIES` are functions of (y_true, y_pred) to one value
per sample, as in `ops.losses`, whose functions serve as metrics too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from addax.core import errors
from addax.core.convert import FreeLike
from addax.core.dispatch import op
from addax.core.failures import UnfitError, words_of
from addax.core.inlining import traced_in_place
from addax.ops import losses
from addax.ops.ordering import place_of_extreme
from addax.ops.reductions import without_nan

BODIES: dict[str, Callable[..., Any]] = dict(losses.BODIES)


def _body(function: Callable[..., Any]) -> Callable[..., Any]:
    BODIES[function.__name__] = function
    return function


def divide_no_nan(a: Any, b: Any) -> Any:
    """a / b, 0 where b is 0; of integers as float64."""
    if not jnp.issubdtype(a.dtype, jnp.inexact):
        a, b = a.astype(np.float64), b.astype(np.float64)
    return jnp.where(b == 0, jnp.zeros((), a.dtype), a / jnp.where(b == 0, jnp.ones((), b.dtype), b))


# ---------------------------------------------------------------------------- matches


@_body
def accuracy(y_true: Any, y_pred: Any, floatx: str = "float32") -> Any:
    """1 where prediction and target are equal."""
    return (y_true == y_pred.astype(y_true.dtype)).astype(floatx)


@_body
def binary_matches(y_true: Any, y_pred: Any, threshold: float = 0.5, floatx: str = "float32") -> Any:
    """1 where the prediction is on the right side of the threshold."""
    positive = (y_pred > jnp.asarray(threshold, y_pred.dtype)).astype(y_pred.dtype)
    return (y_true.astype(y_pred.dtype) == positive).astype(floatx)


@_body
def binary_accuracy(y_true: Any, y_pred: Any, threshold: float = 0.5, floatx: str = "float32") -> Any:
    """The share of the last axis on the right side of the threshold."""
    return jnp.mean(binary_matches(y_true, y_pred, threshold, floatx), axis=-1)


def place_of_largest(x: Any, axis: int = -1) -> Any:
    """The place of the largest number along an axis; NaN is never picked, as in TensorFlow."""
    return place_of_extreme(lax.argmax, without_nan(x, -np.inf), axis % x.ndim, np.int64)


@_body
def categorical_accuracy(y_true: Any, y_pred: Any, floatx: str = "float32") -> Any:
    """1 where the largest prediction is of the one-hot class."""
    return (place_of_largest(y_true) == place_of_largest(y_pred)).astype(floatx)


@_body
def sparse_categorical_accuracy(y_true: Any, y_pred: Any, floatx: str = "float32") -> Any:
    """1 where the largest prediction is of the class; in the shape of y_true."""
    shape = y_true.shape
    if y_true.ndim == y_pred.ndim:
        y_true = jnp.squeeze(y_true, -1)
    best = place_of_largest(y_pred)
    if jnp.issubdtype(y_true.dtype, jnp.floating):
        y_true = jnp.round(y_true)
    matches = (y_true == best.astype(y_true.dtype)).astype(floatx)
    return matches.reshape(shape) if matches.size == y_true.size else matches


@_body
def top_k_categorical_accuracy(y_true: Any, y_pred: Any, k: int = 5, floatx: str = "float32") -> Any:
    """1 where the one-hot class is among the k largest predictions."""
    return _in_top_k(place_of_largest(y_true), y_pred, k).astype(floatx)


@_body
def sparse_top_k_categorical_accuracy(
    y_true: Any, y_pred: Any, k: int = 5, from_sorted_ids: bool = False, floatx: str = "float32"
) -> Any:
    """1 where the class is among the k largest predictions; in the shape of y_true."""
    if from_sorted_ids:
        found = y_true.astype(y_pred.dtype).reshape(y_pred.shape[:-1])[..., None] == y_pred[..., :k]
        return jnp.any(found, -1).astype(floatx).reshape(y_true.shape)
    if jnp.issubdtype(y_true.dtype, jnp.floating):
        y_true = jnp.round(y_true)
    matches = _in_top_k(y_true.reshape(y_pred.shape[:-1]), y_pred, k).astype(floatx)
    return matches.reshape(y_true.shape)


def _in_top_k(target: Any, scores: Any, k: int) -> Any:
    """Whether fewer than k scores are above the target's; False where the class does not exist or one is not finite."""
    target = target.astype(jnp.int32)
    chosen = jax.lax.broadcasted_iota(jnp.int32, scores.shape, scores.ndim - 1) == target[..., None]
    own = jnp.sum(jnp.where(chosen, scores, 0), axis=-1)
    above = jnp.sum(scores > own[..., None], axis=-1)
    exists = (target >= 0) & (target < scores.shape[-1]) & jnp.all(jnp.isfinite(scores), axis=-1)
    return exists & (above < k)


@_body
def cosine_proximity(y_true: Any, y_pred: Any, axis: int = -1) -> Any:
    """The cosine of the angle between the vectors along `axis`."""
    y_true, y_pred = losses.l2_normalize(y_true, axis), losses.l2_normalize(y_pred, axis)
    return jnp.sum(y_true * y_pred, axis=axis)


@op
def metric_values(y_true: FreeLike, y_pred: FreeLike, body=None, options=()):
    """One value per sample: a function of BODIES by name, with its options as (name, value) pairs."""
    return _run(body, y_true, y_pred, dict(options))


def _run(body: str, y_true: Any, y_pred: Any, given: dict[str, Any]) -> Any:
    try:
        with traced_in_place():
            return BODIES[body](y_true, y_pred, **given)
    except (TypeError, ValueError) as error:
        if str(error).startswith("tf."):
            raise
        raise UnfitError(misfit(body, y_true, y_pred, error)) from None


def misfit(who: str, y_true: Any, y_pred: Any, error: Any = None) -> str:
    """What to say where targets and predictions do not fit each other."""
    return errors.message(
        f"tf.keras.metrics.{who}",
        expected="y_true and y_pred of shapes that fit each other",
        received=f"y_true {tuple(y_true.shape)}, y_pred {tuple(y_pred.shape)}",
        hint=words_of(error) if isinstance(error, Exception) else error,
    )


# ---------------------------------------------------------------------------- means


def _weigh(values: Any, weights: Any, summed: bool) -> tuple[Any, Any]:
    """(weighted values, the weights in the values' shape); values that weights lack axes for are reduced first."""
    weights = losses.fit_weights(values, weights.astype(values.dtype))
    fits = weights.ndim == 0 or (
        weights.ndim == values.ndim and all(w in (1, v) for w, v in zip(weights.shape, values.shape, strict=True))
    )
    if fits:
        weights = jnp.broadcast_to(weights, values.shape)
    else:
        axes = tuple(range(weights.ndim, values.ndim))
        values = jnp.sum(values, axis=axes, dtype=values.dtype) if summed else jnp.mean(values, axis=axes)
    return losses.times_weights(values, weights), weights


def add_mean(total: Any, count: Any, values: Any, weights: Any, reduction: str) -> tuple[Any, Any]:
    """A running sum of values and of what it will be divided by."""
    values = values.astype(total.dtype)
    if weights is None:
        return total + _sum(values), count + jnp.asarray(values.size, count.dtype)
    weighted, weights = _weigh(values, weights, reduction == "sum")
    more = jnp.asarray(weighted.size, count.dtype) if reduction == "sum_over_batch_size" else _sum(weights)
    return total + _sum(weighted), count + more.astype(count.dtype)


@op
def accumulate_mean(total: FreeLike, count: FreeLike, values: FreeLike, reduction="weighted_mean"):
    """One step of a mean."""
    return add_mean(total, count, values, None, reduction)


@op
def accumulate_weighted_mean(
    total: FreeLike, count: FreeLike, values: FreeLike, weights: FreeLike, reduction="weighted_mean"
):
    """One step of a weighted mean."""
    return add_mean(total, count, values, weights, reduction)


@op
def accumulate_sum(total: FreeLike, values: FreeLike, weights: FreeLike | None = None):
    """One step of a sum."""
    values = values.astype(total.dtype)
    if weights is not None:
        values = _weigh(values, weights, True)[0]
    return total + _sum(values)


def _sum(values: Any) -> Any:
    """The sum of all, in their dtype."""
    return jnp.sum(values, dtype=values.dtype)


def _function_mean(
    total: Any, count: Any, y_true: Any, y_pred: Any, weights: Any, mask: Any, body: str, options: Any, reduction: str
) -> Any:
    # Integer classes keep their dtype: as floats, large ones would be rounded.
    if not (body.startswith("sparse_") and jnp.issubdtype(y_true.dtype, jnp.integer)):
        y_true = y_true.astype(total.dtype)
    y_pred = y_pred.astype(total.dtype)
    y_true, y_pred = losses.squeeze_pair(y_true, y_pred)
    given = dict(options)
    values = _run(body, y_true, y_pred, given)
    ignored = given.get("ignore_class")
    if ignored is not None:
        valid = (y_true != jnp.asarray(ignored, y_true.dtype)).reshape(values.shape)
        mask = valid if mask is None else valid & mask.astype(bool)
    weights = losses.masked_weights(values, weights, mask, "none")
    return add_mean(total, count, values, weights, reduction)


@op
def accumulate_function(
    total: FreeLike, count: FreeLike, y_true: FreeLike, y_pred: FreeLike, body=None, options=(),
    reduction="weighted_mean",
):  # fmt: skip
    """One step of the mean of a function of BODIES."""
    return _function_mean(total, count, y_true, y_pred, None, None, body, options, reduction)


@op
def accumulate_weighted_function(
    total: FreeLike, count: FreeLike, y_true: FreeLike, y_pred: FreeLike, weights: FreeLike | None,
    mask: FreeLike | None, body=None, options=(), reduction="weighted_mean",
):  # fmt: skip
    """One step of the weighted mean of a function of BODIES."""
    return _function_mean(total, count, y_true, y_pred, weights, mask, body, options, reduction)


@op
def ratio(a: FreeLike, b: FreeLike):
    """a / b, 0 where b is 0."""
    return divide_no_nan(a, b)


@op
def root_ratio(a: FreeLike, b: FreeLike):
    """The square root of a / b."""
    return jnp.sqrt(divide_no_nan(a, b))


@op
def accumulate_tensor(total: FreeLike, count: FreeLike, values: FreeLike, weights: FreeLike | None = None):
    """One step of an elementwise mean."""
    values = values.astype(total.dtype)
    if weights is None:
        return total + values, count + jnp.ones_like(values)
    weighted, weights = _weigh(values, weights, False)
    return total + weighted, count + weights


@op
def accumulate_relative_error(
    total: FreeLike, count: FreeLike, y_true: FreeLike, y_pred: FreeLike, normalizer: FreeLike,
    weights: FreeLike | None = None,
):  # fmt: skip
    """One step of the mean of |y_true - y_pred| / normalizer."""
    y_true, y_pred = y_true.astype(total.dtype), y_pred.astype(total.dtype)
    y_true, y_pred = losses.squeeze_pair(y_true, y_pred)
    if y_pred.ndim == normalizer.ndim + 1 and y_pred.shape[-1] == 1:
        y_pred = jnp.squeeze(y_pred, -1)
    elif normalizer.ndim == y_pred.ndim + 1 and normalizer.shape[-1] == 1:
        normalizer = jnp.squeeze(normalizer, -1)
    if y_pred.shape != y_true.shape:
        raise ValueError(misfit("MeanRelativeError", y_true, y_pred, f"The normalizer has shape {normalizer.shape}."))
    values = divide_no_nan(jnp.abs(y_true - y_pred), normalizer.astype(total.dtype))
    return add_mean(total, count, values, weights, "weighted_mean")


@op
def accumulate_squared_error(
    total: FreeLike, count: FreeLike, y_true: FreeLike, y_pred: FreeLike, weights: FreeLike | None = None
):
    """One step of the mean of (y_true - y_pred)²."""
    y_true, y_pred = y_true.astype(total.dtype), y_pred.astype(total.dtype)
    y_true, y_pred = losses.squeeze_pair(y_true, y_pred)
    if np.broadcast_shapes(y_true.shape, y_pred.shape) is None:
        raise errors.InvalidArgumentError(misfit("RootMeanSquaredError", y_true, y_pred))
    return add_mean(total, count, jnp.square(y_pred - y_true), weights, "weighted_mean")


# ---------------------------------------------------------------------------- confusion matrix


@op
def add_confusion_matrix(
    matrix: FreeLike, y_true: FreeLike, y_pred: FreeLike, weights: FreeLike | None = None, sparse_true=True,
    sparse_pred=True, axis=-1, ignore_class=None, threshold=None,
):  # fmt: skip
    """Add a batch to a confusion matrix (rows: targets, columns: predictions)."""
    classes = matrix.shape[0]
    if threshold is not None:
        y_pred = (y_pred >= jnp.asarray(threshold, y_pred.dtype)).astype(jnp.int32)
    y_true = (y_true if sparse_true else place_of_largest(y_true, axis)).reshape(-1)
    y_pred = (y_pred if sparse_pred else place_of_largest(y_pred, axis)).reshape(-1)
    counted = jnp.ones(y_true.shape, matrix.dtype) if weights is None else weights.astype(matrix.dtype).reshape(-1)
    counted = jnp.broadcast_to(counted, y_true.shape)
    if ignore_class is not None:
        counted = jnp.where(y_true == jnp.asarray(ignore_class, y_true.dtype), 0, counted)
        y_true = jnp.where(y_true == jnp.asarray(ignore_class, y_true.dtype), 0, y_true)
    rows = jax.nn.one_hot(y_true.astype(jnp.int32), classes, dtype=matrix.dtype)
    columns = jax.nn.one_hot(y_pred.astype(jnp.int32), classes, dtype=matrix.dtype)
    return matrix + jnp.matmul((rows * counted[:, None]).T, columns, precision="highest")


@op
def mean_iou(matrix: FreeLike, target_class_ids=()):
    """The mean over some classes of intersection over union; classes that never occur do not count."""
    true = jnp.diagonal(matrix)
    union = jnp.sum(matrix, axis=0) + jnp.sum(matrix, axis=1) - true
    ids = np.asarray(target_class_ids, np.int32)
    true, union = true[ids], union[ids]
    valid = jnp.sum((union != 0).astype(matrix.dtype))
    return divide_no_nan(jnp.sum(divide_no_nan(true, union)), valid)


# ---------------------------------------------------------------------------- F-scores and R²


@op
def add_f_counts(
    tp: FreeLike, fp: FreeLike, fn: FreeLike, weight_sum: FreeLike, y_true: FreeLike, y_pred: FreeLike,
    weights: FreeLike | None = None, threshold=None, summed=False,
):  # fmt: skip
    """Add a batch's counts per class (over all classes if `summed`): true, false positives, false negatives, truths."""
    dtype = tp.dtype
    y_true, y_pred = y_true.astype(dtype), y_pred.astype(dtype)
    if threshold is None:
        largest = jnp.max(y_pred, axis=-1, keepdims=True)
        chosen = (y_pred == largest) & (jnp.abs(y_pred) > 1e-9)
    else:
        chosen = y_pred > jnp.asarray(threshold, dtype)
    chosen = chosen.astype(dtype)
    axis = None if summed else 0
    if weights is not None:
        if weights.ndim == 0:
            raise errors.InvalidArgumentError(
                errors.message("An F-score, sample_weight", expected="weights of shape (batch,)", received="one number")
            )
        weights = jnp.expand_dims(weights.astype(dtype), 1)

    def counted(values: Any) -> Any:
        made = jnp.sum(values if weights is None else values * weights, axis=axis)
        if made.shape != tp.shape:
            raise ValueError(
                errors.message(
                    "An F-score, sample_weight", expected=f"weights of shape (batch,) = {y_true.shape[:1]}",
                    received=f"counts of shape {made.shape} for y_true {y_true.shape}",
                )
            )  # fmt: skip
        return made

    return (
        tp + counted(chosen * y_true),
        fp + counted(chosen * (1 - y_true)),
        fn + counted((1 - chosen) * y_true),
        weight_sum + counted(y_true),
    )


@op
def f_score(tp: FreeLike, fp: FreeLike, fn: FreeLike, weight_sum: FreeLike, beta=1.0, average=None):
    """(1 + β²) precision recall / (β² precision + recall) per class, averaged."""
    precision, recall = divide_no_nan(tp, tp + fp), divide_no_nan(tp, tp + fn)
    scores = (1 + beta**2) * divide_no_nan(precision * recall, precision * jnp.asarray(beta**2, tp.dtype) + recall)
    if average == "weighted":
        return jnp.sum(scores * divide_no_nan(weight_sum, jnp.sum(weight_sum)))
    return jnp.mean(scores) if average is not None else scores


@op
def add_r2(
    squared_sum: FreeLike, total: FreeLike, res: FreeLike, count: FreeLike, y_true: FreeLike, y_pred: FreeLike,
    weights: FreeLike | None = None,
):  # fmt: skip
    """Add a batch to the sums of R²: of squared targets, targets, squared residuals, weights."""
    dtype = total.dtype
    y_true, y_pred = y_true.astype(dtype), y_pred.astype(dtype)
    weights = jnp.ones((), dtype) if weights is None else weights.astype(dtype)
    if weights.ndim == 1:
        weights = weights[:, None]
    weights = jnp.broadcast_to(weights, y_true.shape)
    weighted = y_true * weights
    return (
        squared_sum + jnp.sum(y_true * weighted, axis=0),
        total + jnp.sum(weighted, axis=0),
        res + jnp.sum(jnp.square(y_true - y_pred) * weights, axis=0),
        count + jnp.sum(weights, axis=0),
    )


@op
def r2(
    squared_sum: FreeLike, total: FreeLike, res: FreeLike, count: FreeLike, samples: FreeLike,
    aggregation="uniform_average", num_regressors=0,
):  # fmt: skip
    """1 - residual sum of squares / total sum of squares, per output or aggregated."""
    mean = total / count
    spread = squared_sum - total * mean
    scores = 1 - res / spread
    scores = jnp.where(jnp.isinf(scores), 0.0, scores)
    if aggregation == "uniform_average":
        scores = jnp.mean(scores)
    elif aggregation == "variance_weighted_average":
        scores = jnp.sum(scores * spread / jnp.sum(spread))
    if num_regressors:
        n = samples.astype(scores.dtype)
        scores = 1 - (1 - scores) * (n - 1) / (n - num_regressors - 1)
    return scores
