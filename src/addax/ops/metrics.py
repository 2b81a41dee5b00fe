"""The arithmetic of Keras' metrics: one compiled call for an update of a metric's state.

States go in and come out; the metrics keep them in variables. `BODIES` are functions of (y_true, y_pred) to one value
per sample, as in `ops.losses`, whose functions serve as metrics too.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from addax.core import errors
from addax.core.convert import FreeLike, TensorList
from addax.core.dispatch import op
from addax.core.inlining import traced_in_place
from addax.ops import losses, portable

BODIES: dict[str, Callable[..., Any]] = dict(losses.BODIES)
_SMALL = 1 << 22  # up to so many comparisons, comparing is faster than adding into buckets


def _body(function: Callable[..., Any]) -> Callable[..., Any]:
    BODIES[function.__name__] = function
    return function


def divide_no_nan(a: Any, b: Any) -> Any:
    """a / b, 0 where b is 0."""
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


@_body
def categorical_accuracy(y_true: Any, y_pred: Any, floatx: str = "float32") -> Any:
    """1 where the largest prediction is of the one-hot class."""
    return (jnp.argmax(y_true, axis=-1) == jnp.argmax(y_pred, axis=-1)).astype(floatx)


@_body
def sparse_categorical_accuracy(y_true: Any, y_pred: Any, floatx: str = "float32") -> Any:
    """1 where the largest prediction is of the class; in the shape of y_true."""
    shape = y_true.shape
    if y_true.ndim == y_pred.ndim:
        y_true = jnp.squeeze(y_true, -1)
    best = jnp.argmax(y_pred, axis=-1)
    if jnp.issubdtype(y_true.dtype, jnp.floating):
        y_true = jnp.round(y_true)
    matches = (y_true == best.astype(y_true.dtype)).astype(floatx)
    return matches.reshape(shape) if matches.size == y_true.size else matches


@_body
def top_k_categorical_accuracy(y_true: Any, y_pred: Any, k: int = 5, floatx: str = "float32") -> Any:
    """1 where the one-hot class is among the k largest predictions."""
    return _in_top_k(jnp.argmax(y_true, axis=-1), y_pred, k).astype(floatx)


@_body
def sparse_top_k_categorical_accuracy(y_true: Any, y_pred: Any, k: int = 5, floatx: str = "float32") -> Any:
    """1 where the class is among the k largest predictions; in the shape of y_true."""
    if jnp.issubdtype(y_true.dtype, jnp.floating):
        y_true = jnp.round(y_true)
    matches = _in_top_k(y_true.reshape(y_pred.shape[:-1]), y_pred, k).astype(floatx)
    return matches.reshape(y_true.shape)


def _in_top_k(target: Any, scores: Any, k: int) -> Any:
    """Whether fewer than k scores are above the target's; False for a class that does not exist or is not finite."""
    target = target.astype(jnp.int32)
    chosen = jax.lax.broadcasted_iota(jnp.int32, scores.shape, scores.ndim - 1) == target[..., None]
    own = jnp.sum(jnp.where(chosen, scores, 0), axis=-1)
    above = jnp.sum(scores > own[..., None], axis=-1)
    exists = (target >= 0) & (target < scores.shape[-1]) & jnp.isfinite(own)
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
        raise errors.InvalidArgumentError(_misfit(body, y_true, y_pred, error)) from None


def _misfit(who: str, y_true: Any, y_pred: Any, error: Any = None) -> str:
    return errors.message(
        f"tf.keras.metrics.{who}",
        expected="y_true and y_pred of shapes that fit each other",
        received=f"y_true {tuple(y_true.shape)}, y_pred {tuple(y_pred.shape)}",
        hint=str(error).strip().splitlines()[0] if error else None,
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
        values = jnp.sum(values, axis=axes) if summed else jnp.mean(values, axis=axes)
    return losses.times_weights(values, weights), weights


def add_mean(total: Any, count: Any, values: Any, weights: Any, reduction: str) -> tuple[Any, Any]:
    """A running sum of values and of what it will be divided by."""
    values = values.astype(total.dtype)
    if weights is None:
        return total + jnp.sum(values), count + jnp.asarray(values.size, count.dtype)
    weighted, weights = _weigh(values, weights, reduction == "sum")
    more = jnp.asarray(weighted.size, count.dtype) if reduction == "sum_over_batch_size" else jnp.sum(weights)
    return total + jnp.sum(weighted), count + more.astype(count.dtype)


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
    return total + jnp.sum(values)


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
        raise errors.InvalidArgumentError(_misfit("RootMeanSquaredError", y_true, y_pred))
    return add_mean(total, count, jnp.square(y_pred - y_true), weights, "weighted_mean")


# ---------------------------------------------------------------------------- counts at thresholds


def _top_k_only(x: Any, k: int) -> Any:
    """All but the k largest of the last axis far below every threshold."""
    _, index = portable.top_k(x, k)
    iota = jax.lax.broadcasted_iota(index.dtype, (*x.shape[:-1], 1, x.shape[-1]), x.ndim)
    chosen = jnp.any(iota == index[..., None], axis=-2)
    return jnp.where(chosen, x, jnp.asarray(-1e10, x.dtype))


def _column_weights(weights: Any, like: Any) -> Any:
    if weights.ndim == like.ndim and all(w in (1, v) for w, v in zip(weights.shape, like.shape, strict=True)):
        return jnp.broadcast_to(weights, like.shape)
    if weights.ndim == 0:
        return jnp.broadcast_to(weights, like.shape)
    raise ValueError(
        errors.message(
            "tf.keras.metrics (sample_weight)",
            expected=f"a shape that broadcasts to the predictions {tuple(like.shape)}",
            received=f"weights {tuple(weights.shape)}",
        )
    )


def _prepared(
    y_true: Any, y_pred: Any, weights: Any, label_weights: Any, dtype: Any, top_k: Any, class_id: Any, flat: bool
) -> tuple[Any, Any, Any]:
    """Targets, predictions and weights [samples, labels], where labels is 1 if `flat`."""
    y_true, y_pred = y_true.astype(dtype), y_pred.astype(dtype)
    y_true, y_pred = losses.squeeze_pair(y_true, y_pred)
    if y_true.shape != y_pred.shape:
        raise ValueError(_misfit("confusion counts", y_true, y_pred, "Shapes are incompatible"))
    if weights is not None:
        weights = losses.fit_weights(y_pred, weights.astype(dtype))
        if weights.ndim < y_pred.ndim and weights.ndim:
            weights = weights.reshape(weights.shape + (1,) * (y_pred.ndim - weights.ndim))
    if top_k is not None:
        y_pred = _top_k_only(y_pred, top_k)
    if class_id is not None:
        if not -y_pred.shape[-1] <= class_id < y_pred.shape[-1]:
            raise errors.InvalidArgumentError(
                errors.message(
                    "tf.keras.metrics (class_id)",
                    expected=f"a class below {y_pred.shape[-1]}, the predictions' last dimension",
                    received={"class_id": class_id, "y_pred": y_pred},
                    hint="count classes from 0",
                )
            )
        if weights is not None and weights.ndim == y_pred.ndim:
            if weights.shape[-1] != 1:
                raise ValueError(
                    errors.message(
                        "tf.keras.metrics (sample_weight)",
                        expected="one weight for each sample where one class is looked at (class_id)",
                        received=f"weights {tuple(weights.shape)}",
                        hint="pass the weights of the class alone: sample_weight[..., class_id]",
                    )
                )
            weights = weights[..., 0]
        y_true, y_pred = y_true[..., class_id], y_pred[..., class_id]
    weights = jnp.ones_like(y_pred) if weights is None else _column_weights(weights, y_pred)
    if label_weights is not None:
        weights = weights * label_weights.astype(dtype)
    shape = (-1, 1) if flat else (y_pred.shape[0], -1)
    return (y_true != 0).reshape(shape), y_pred.reshape(shape), weights.reshape(shape)


def _above(y_pred: Any, thresholds: Any, steps: int, with_epsilon: bool) -> tuple[Any, Any]:
    """(levels of the predictions, levels of the thresholds): a prediction is above a threshold by `level >= level`.

    Evenly spaced thresholds are compared by bucket, as Keras does, which decides what rounding does at a threshold.
    """
    if not steps:
        return y_pred, jnp.asarray(thresholds, y_pred.dtype)
    bucket = jnp.ceil(jnp.clip(y_pred, 0, 1) * (steps - 1)) - 1
    bucket = jnp.maximum(bucket, 0) if with_epsilon else bucket
    return bucket.astype(jnp.int32), jnp.arange(steps, dtype=jnp.int32)


def _counts(
    positive: Any, y_pred: Any, weights: Any, thresholds: Any, steps: int, with_epsilon: bool
) -> tuple[Any, Any]:
    """Weighted (true positives, false positives) at each threshold [thresholds, labels]."""
    true, false = jnp.where(positive, weights, 0), jnp.where(positive, 0, weights)
    level, limits = _above(y_pred, thresholds, steps, with_epsilon)
    if not steps:
        return _compare(level > limits[:, None, None], true, false)
    by_buckets = functools.partial(_by_buckets, steps=steps)
    if steps * y_pred.size > _SMALL:
        return by_buckets(level, true, false)
    # Buckets are several times faster on CPUs; elsewhere the running sum takes as many steps as there are thresholds.
    return jax.lax.platform_dependent(
        level, true, false, cpu=by_buckets,
        default=lambda level, true, false: _compare(level >= limits[:, None, None], true, false),
    )  # fmt: skip


def _compare(above: Any, true: Any, false: Any) -> tuple[Any, Any]:
    return jnp.sum(jnp.where(above, true, 0), axis=1), jnp.sum(jnp.where(above, false, 0), axis=1)


def _by_buckets(level: Any, true: Any, false: Any, steps: int) -> tuple[Any, Any]:
    """Sums per bucket, then running sums from the last threshold down, in TensorFlow's order of addition."""
    labels = level.shape[1]
    flat = level + steps * jnp.arange(labels, dtype=jnp.int32)
    flat = jnp.where(level < 0, steps * labels, flat).reshape(-1)  # below every threshold: dropped
    both = jnp.stack([true.reshape(-1), false.reshape(-1)], axis=1)
    sums = jax.ops.segment_sum(both, flat, num_segments=steps * labels).reshape(labels, steps, 2)

    def add(total: Any, bucket: Any) -> Any:
        total = total + bucket
        return total, total

    _, totals = jax.lax.scan(add, jnp.zeros((labels, 2), true.dtype), jnp.swapaxes(sums, 0, 1), reverse=True)
    return totals[..., 0], totals[..., 1]


def _sum_of_samples(values: Any) -> Any:
    """The sum over axis 0, added eight at a time as TensorFlow's CPU does: at the lowest threshold what is left of
    total - positives then rounds as there."""
    whole = values.shape[0] // 8 * 8
    lanes = jnp.sum(values[:whole].reshape(-1, 8, *values.shape[1:]), axis=0)
    for half in (4, 2, 1):
        lanes = lanes[:half] + lanes[half : 2 * half]
    total = lanes[0]
    for i in range(whole, values.shape[0]):
        total = total + values[i]
    return total


@op
def add_confusion(
    states: TensorList, y_true: FreeLike, y_pred: FreeLike, weights: FreeLike | None = None,
    label_weights: FreeLike | None = None, which=(), thresholds=(), steps=0, with_epsilon=False, top_k=None,
    class_id=None, multi_label=False, from_logits=False,
):  # fmt: skip
    """Add a batch's counts to states.

    `which` names each state: "tp", "fp", "tn" or "fn". `steps` says how many evenly spaced thresholds there are
    (`with_epsilon`: the ends lie just outside [0, 1]); otherwise `thresholds` lists them.
    """
    if from_logits:
        y_pred = jax.nn.sigmoid(y_pred)
    dtype = states[0].dtype
    positive, y_pred, weights = _prepared(
        y_true, y_pred, weights, label_weights, dtype, top_k, class_id, not multi_label
    )
    tp, fp = _counts(positive, y_pred, weights, thresholds, steps, with_epsilon)
    found = {
        "tp": tp,
        "fp": fp,
        "fn": _sum_of_samples(jnp.where(positive, weights, 0)) - tp,
        "tn": _sum_of_samples(jnp.where(positive, 0, weights)) - fp,
    }
    return [state + found[name].reshape(state.shape).astype(dtype) for name, state in zip(which, states, strict=True)]


@op
def share(a: FreeLike, b: FreeLike, first=False):
    """a / (a + b), 0 where that is 0 / 0; `first`: of the first entry only."""
    out = divide_no_nan(a, a + b)
    return out[0] if first else out


@op
def best_under(tp: FreeLike, fp: FreeLike, tn: FreeLike, fn: FreeLike, constrained=None, dependent=None, value=0.5):
    """The largest `dependent` rate where the `constrained` rate is at least `value`; 0 where it never is."""
    rates = {
        "sensitivity": divide_no_nan(tp, tp + fn),
        "specificity": divide_no_nan(tn, tn + fp),
        "precision": divide_no_nan(tp, tp + fp),
        "recall": divide_no_nan(tp, tp + fn),
    }
    feasible = rates[constrained] >= jnp.asarray(value, tp.dtype)
    best = jnp.max(jnp.where(feasible, rates[dependent], -jnp.inf))
    return jnp.where(jnp.any(feasible), best, 0.0).astype(tp.dtype)


# ---------------------------------------------------------------------------- area under a curve


def _pr_increments(tp: Any, fp: Any, fn: Any) -> Any:
    """Areas between thresholds under the interpolated PR curve (Davis & Goadrich 2006)."""
    dtp = tp[:-1] - tp[1:]
    p = tp + fp
    dp = p[:-1] - p[1:]
    slope = divide_no_nan(dtp, jnp.maximum(dp, 0))
    intercept = tp[1:] - slope * p[1:]
    both = (p[:-1] > 0) & (p[1:] > 0)
    safe = jnp.where(both, divide_no_nan(p[:-1], jnp.maximum(p[1:], 0)), 1.0)
    return divide_no_nan(slope * (dtp + intercept * jnp.log(safe)), jnp.maximum(tp[1:] + fn[1:], 0))


def _curve(tp: Any, fp: Any, tn: Any, fn: Any, curve: str) -> tuple[Any, Any]:
    """(x, y) of the points of a curve."""
    recall = divide_no_nan(tp, tp + fn)
    if curve == "ROC":
        return divide_no_nan(fp, fp + tn), recall
    precision = divide_no_nan(tp, tp + fp)
    if curve == "PR":
        return recall, precision
    # PR_GAIN: precision-recall-gain (Flach & Kull 2015)
    positive_share = divide_no_nan(tp + fn, tp + fp + tn + fn)
    gain = lambda rate: divide_no_nan(rate - positive_share, (1 - positive_share) * rate)  # noqa: E731
    return jnp.clip(gain(recall), 0, 1), jnp.clip(gain(precision), 0, 1)


@op
def auc(
    tp: FreeLike, fp: FreeLike, tn: FreeLike, fn: FreeLike, label_weights: FreeLike | None = None, curve="ROC",
    summation="interpolation", multi_label=False,
):  # fmt: skip
    """The area under a curve given by counts at falling... rising thresholds [thresholds] or [thresholds, labels]."""
    if curve == "PR" and summation == "interpolation":
        parts = _pr_increments(tp, fp, fn)
    else:
        x, y = _curve(tp, fp, tn, fn, curve)
        heights = {
            "interpolation": lambda: (y[:-1] + y[1:]) / 2.0,
            "minoring": lambda: jnp.minimum(y[:-1], y[1:]),
            "majoring": lambda: jnp.maximum(y[:-1], y[1:]),
        }[summation]()
        parts = (x[:-1] - x[1:]) * heights
    if not multi_label:  # added up in double precision: a perfect curve has 1.0 below it, and not 1.0000001
        return jnp.sum(parts, dtype=jnp.float64).astype(parts.dtype)
    by_label = jnp.sum(parts, axis=0)
    if label_weights is None:
        return jnp.mean(by_label)
    label_weights = label_weights.astype(tp.dtype)
    return divide_no_nan(jnp.sum(by_label * label_weights), jnp.sum(label_weights))


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
    y_true = (y_true if sparse_true else jnp.argmax(y_true, axis=axis)).reshape(-1)
    y_pred = (y_pred if sparse_pred else jnp.argmax(y_pred, axis=axis)).reshape(-1)
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
        chosen = (y_pred == largest) & (jnp.abs(y_pred) > 1e-12)
    else:
        chosen = y_pred > jnp.asarray(threshold, dtype)
    chosen = chosen.astype(dtype)
    axis = None if summed else 0
    if weights is not None:
        weights = weights.astype(dtype).reshape((-1,) + (1,) * (y_true.ndim - 1))

    def counted(values: Any) -> Any:
        return jnp.sum(values if weights is None else values * weights, axis=axis)

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
