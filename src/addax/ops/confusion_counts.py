"""True and false positives and negatives at thresholds, the rates made of them, and areas under curves of rates."""

from __future__ import annotations

import functools
import math
from typing import Any

import jax
import jax.numpy as jnp

from addax.core import errors
from addax.core.convert import FreeLike, TensorList
from addax.core.dispatch import op
from addax.ops import losses, portable
from addax.ops.metrics import divide_no_nan, misfit

_SMALL = 1 << 22  # up to so many comparisons, comparing is faster than adding into buckets


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
        raise ValueError(misfit("confusion counts", y_true, y_pred, "Shapes are incompatible"))
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
    shape = (-1, 1) if flat else (y_pred.shape[0], math.prod(y_pred.shape[1:]))
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
