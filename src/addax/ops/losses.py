"""The arithmetic of Keras' losses: one compiled call for a loss, its weights and its reduction.

Every function of `BODIES` takes (y_true, y_pred) as JAX arrays, casts the targets to the predictions' dtype, and
returns one value per sample. They keep the formulas of Keras 2, clipping included, and TensorFlow's gradients where
JAX's differ: at the border of a clip the gradient passes, and at a tie of a maximum it goes to the first argument.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from addax.core import dtypes, errors
from addax.core.convert import FreeLike
from addax.core.dispatch import op
from addax.core.failures import words_of
from addax.core.inlining import traced_in_place
from addax.ops.absolute import absolute
from addax.ops.cross_entropy import of_classes, of_distributions
from addax.ops.division import quotient

BODIES: dict[str, Callable[..., Any]] = {}


def _body(function: Callable[..., Any]) -> Callable[..., Any]:
    BODIES[function.__name__] = function
    return function


# ---------------------------------------------------------------------------- parts


def clip(x: Any, low: float, high: float) -> Any:
    """Clip (to low where low is above high); the gradient passes where x lies within, borders included, not at NaN."""
    kept = jnp.maximum(jnp.minimum(x, jnp.asarray(high, x.dtype)), jnp.asarray(low, x.dtype))
    kept = jax.lax.stop_gradient(kept)
    return jnp.where((x >= low) & (x <= high), x, kept)


def at_least(x: Any, low: float) -> Any:
    """max(x, low); at a tie the gradient goes to x, at NaN nowhere."""
    return jnp.where(x >= low, x, jnp.where(x < low, jnp.asarray(low, x.dtype), jax.lax.stop_gradient(x)))


def mean(x: Any, axis: Any) -> Any:
    """Mean along `axis`; of integers it is cut to an integer, as TensorFlow's is."""
    if not jnp.issubdtype(x.dtype, jnp.inexact):
        size = x.size // max(jnp.sum(x, axis=axis).size, 1)
        return (jnp.sum(x, axis=axis, dtype=x.dtype) / size).astype(x.dtype)
    return jnp.mean(x, axis=axis)


def _pair(y_true: Any, y_pred: Any, who: str | None = None) -> tuple[Any, Any]:
    """Targets in the predictions' dtype; `who` needs floating predictions."""
    if who is not None and not jnp.issubdtype(y_pred.dtype, jnp.inexact):
        raise TypeError(
            errors.message(
                f"tf.keras.losses.{who}",
                expected="y_pred of a floating dtype (probabilities or logits)",
                received=f"y_pred {dtypes.from_numpy(y_pred.dtype).name} {tuple(y_pred.shape)}",
                hint="pass floats, e.g. tf.cast(y_pred, tf.float32)",
            )
        )
    return y_true.astype(y_pred.dtype), y_pred


def _same_shape(y_true: Any, y_pred: Any, who: str) -> None:
    if tuple(y_true.shape) == tuple(y_pred.shape):
        return
    raise ValueError(
        errors.message(
            f"tf.keras.losses.{who}",
            expected="y_true of the shape of y_pred (one-hot classes)",
            received=f"Shapes {tuple(y_true.shape)} and {tuple(y_pred.shape)} are incompatible",
            hint="for class indices take sparse_categorical_crossentropy, or tf.one_hot(y_true, number of classes)",
        )
    )


def l2_normalize(x: Any, axis: Any) -> Any:
    """x over its length, at least 1e-6."""
    return x * jax.lax.rsqrt(at_least(jnp.sum(x * x, axis=axis, keepdims=True), 1e-12))


def _smooth(y_true: Any, smoothing: float, others: float) -> Any:
    return y_true * (1.0 - smoothing) + others if smoothing else y_true


# ---------------------------------------------------------------------------- regression


@_body
def mean_squared_error(y_true: Any, y_pred: Any) -> Any:
    """mean((y_pred - y_true)²)."""
    y_true, y_pred = _pair(y_true, y_pred)
    return mean(jnp.square(y_pred - y_true), -1)


@_body
def mean_absolute_error(y_true: Any, y_pred: Any) -> Any:
    """mean(|y_pred - y_true|)."""
    y_true, y_pred = _pair(y_true, y_pred)
    return mean(absolute(y_pred - y_true), -1)


@_body
def mean_absolute_percentage_error(y_true: Any, y_pred: Any, epsilon: float = 1e-7) -> Any:
    """100 mean(|y_true - y_pred| / max(|y_true|, ε))."""
    y_true, y_pred = _pair(y_true, y_pred, "mean_absolute_percentage_error")
    return 100.0 * jnp.mean(absolute((y_true - y_pred) / at_least(absolute(y_true), epsilon)), axis=-1)


@_body
def mean_squared_logarithmic_error(y_true: Any, y_pred: Any, epsilon: float = 1e-7) -> Any:
    """mean((log(1 + y_true) - log(1 + y_pred))²)."""
    y_true, y_pred = _pair(y_true, y_pred, "mean_squared_logarithmic_error")
    first, second = jnp.log(at_least(y_pred, epsilon) + 1.0), jnp.log(at_least(y_true, epsilon) + 1.0)
    return jnp.mean(jnp.square(first - second), axis=-1)


_LOG_2 = np.log(np.float32(2.0))  # of 32 bits in TensorFlow, whatever the dtype


@_body
def huber(y_true: Any, y_pred: Any, delta: float = 1.0) -> Any:
    """Squared near the target, linear beyond `delta` (Huber 1964)."""
    y_true, y_pred = _pair(y_true, y_pred, "huber")
    error = y_pred - y_true
    size = jnp.abs(error)
    return jnp.mean(jnp.where(size <= delta, 0.5 * jnp.square(error), delta * size - 0.5 * delta**2), axis=-1)


@_body
def log_cosh(y_true: Any, y_pred: Any) -> Any:
    """mean(log(cosh(y_pred - y_true)))."""
    y_true, y_pred = _pair(y_true, y_pred, "log_cosh")
    x = y_pred - y_true
    return jnp.mean(x + jax.nn.softplus(-2.0 * x) - jnp.asarray(_LOG_2, x.dtype), axis=-1)


@_body
def poisson(y_true: Any, y_pred: Any, epsilon: float = 1e-7) -> Any:
    """mean(y_pred - y_true log(y_pred + ε))."""
    y_true, y_pred = _pair(y_true, y_pred, "poisson")
    return jnp.mean(y_pred - y_true * jnp.log(y_pred + epsilon), axis=-1)


@_body
def cosine_similarity(y_true: Any, y_pred: Any, axis: Any = -1) -> Any:
    """-cos of the angle between the vectors along `axis`."""
    y_true, y_pred = _pair(y_true, y_pred, "cosine_similarity")
    return -jnp.sum(l2_normalize(y_true, axis) * l2_normalize(y_pred, axis), axis=axis)


# ---------------------------------------------------------------------------- margins


def _signs(y_true: Any) -> Any:
    """Labels 0 and 1 as -1 and 1; others stay."""
    binary = jnp.all((y_true == 0) | (y_true == 1))
    return jnp.where(binary, 2.0 * y_true - 1.0, y_true)


@_body
def hinge(y_true: Any, y_pred: Any) -> Any:
    """mean(max(1 - y_true y_pred, 0)), labels being -1 or 1 (0 and 1 are converted)."""
    y_true, y_pred = _pair(y_true, y_pred, "hinge")
    return jnp.mean(at_least(1.0 - _signs(y_true) * y_pred, 0.0), axis=-1)


@_body
def squared_hinge(y_true: Any, y_pred: Any) -> Any:
    """mean(max(1 - y_true y_pred, 0)²)."""
    y_true, y_pred = _pair(y_true, y_pred, "squared_hinge")
    return jnp.mean(jnp.square(at_least(1.0 - _signs(y_true) * y_pred, 0.0)), axis=-1)


@_body
def categorical_hinge(y_true: Any, y_pred: Any) -> Any:
    """max(1 + the best wrong score - the right score, 0)."""
    y_true, y_pred = _pair(y_true, y_pred, "categorical_hinge")
    right = jnp.sum(y_true * y_pred, axis=-1)
    wrong = jnp.max((1.0 - y_true) * y_pred, axis=-1)
    return at_least(wrong - right + 1.0, 0.0)


# ---------------------------------------------------------------------------- probabilities


@_body
def kl_divergence(y_true: Any, y_pred: Any, epsilon: float = 1e-7) -> Any:
    """sum(y_true log(y_true / y_pred)), both clipped to [ε, 1]."""
    y_true, y_pred = _pair(y_true, y_pred, "kl_divergence")
    y_true, y_pred = clip(y_true, epsilon, 1.0), clip(y_pred, epsilon, 1.0)
    return jnp.sum(y_true * jnp.log(y_true / y_pred), axis=-1)


def _binary(y_true: Any, y_pred: Any, from_logits: bool, epsilon: float) -> Any:
    """Cross-entropy of each element."""
    if from_logits:
        # max(x, 0) - x z + log(1 + exp(-|x|)), whose gradient is sigmoid(x) - z
        return jax.nn.softplus(y_pred) - y_pred * y_true
    p = clip(y_pred, epsilon, 1.0 - epsilon)
    # Without the comparison XLA would compute (1 + epsilon) - p, which rounds differently.
    q = at_least(1.0 - p, 0.0)
    return -(y_true * jnp.log(p + epsilon) + (1.0 - y_true) * jnp.log(q + epsilon))


@_body
def binary_crossentropy(
    y_true: Any, y_pred: Any, from_logits: bool = False, label_smoothing: float = 0.0, axis: Any = -1,
    epsilon: float = 1e-7,
) -> Any:  # fmt: skip
    """Mean along `axis` of the cross-entropy of each element."""
    y_true, y_pred = _pair(y_true, y_pred, "binary_crossentropy")
    y_true = _smooth(y_true, label_smoothing, 0.5 * label_smoothing)
    return jnp.mean(_binary(y_true, y_pred, from_logits, epsilon), axis=axis)


@_body
def binary_focal_crossentropy(
    y_true: Any, y_pred: Any, apply_class_balancing: bool = False, alpha: float = 0.25, gamma: float = 2.0,
    from_logits: bool = False, label_smoothing: float = 0.0, axis: Any = -1, epsilon: float = 1e-7,
    activation: tuple[str, int] = ("sigmoid", -1), twice: bool = False,
) -> Any:  # fmt: skip
    """Cross-entropy with weight (1 - p of the right class)^gamma (Lin et al. 2018, arXiv:1708.02002).

    `activation` is what makes probabilities of logits, with the axis of a softmax; `twice`: then a sigmoid, as Keras 2
    has it where it was told that probabilities are logits.
    """
    y_true, y_pred = _pair(y_true, y_pred, "binary_focal_crossentropy")
    y_true = _smooth(y_true, label_smoothing, 0.5 * label_smoothing)
    p = y_pred
    if from_logits:
        kind, along = activation
        p = jax.nn.softmax(y_pred, axis=along) if kind == "softmax" else jax.nn.sigmoid(y_pred)
    p = jax.nn.sigmoid(p) if twice else p
    right = y_true * p + (1.0 - y_true) * (1.0 - p)
    loss = _power(1.0 - right, gamma) * _binary(y_true, y_pred, from_logits, epsilon)
    if apply_class_balancing:
        loss = loss * (y_true * alpha + (1.0 - y_true) * (1.0 - alpha))
    return jnp.mean(loss, axis=axis)


def _power(x: Any, exponent: float) -> Any:
    return jnp.power(x, jnp.asarray(exponent, x.dtype))


def softmax_crossentropy(labels: Any, logits: Any) -> Any:
    """-sum(labels log(softmax(logits))) along the last axis, with TensorFlow's gradient softmax - labels."""
    return of_distributions(labels, logits, -1)


@_body
def categorical_crossentropy(
    y_true: Any, y_pred: Any, from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1,
    epsilon: float = 1e-7,
) -> Any:  # fmt: skip
    """-sum(y_true log(p)); probabilities are made to sum to one, then clipped to [ε, 1 - ε]."""
    y_true, y_pred = _pair(y_true, y_pred, "categorical_crossentropy")
    _same_shape(y_true, y_pred, "categorical_crossentropy")
    y_true = _smooth(y_true, label_smoothing, label_smoothing / y_true.shape[axis])
    if from_logits:
        y_true = jnp.broadcast_to(y_true, jnp.broadcast_shapes(y_true.shape, y_pred.shape))
        return softmax_crossentropy(jnp.moveaxis(y_true, axis, -1), jnp.moveaxis(y_pred, axis, -1))
    p = clip(quotient(y_pred, jnp.sum(y_pred, axis=axis, keepdims=True)), epsilon, 1.0 - epsilon)
    return -jnp.sum(y_true * jnp.log(p), axis=axis)


@_body
def categorical_focal_crossentropy(
    y_true: Any, y_pred: Any, alpha: float = 0.25, gamma: float = 2.0, from_logits: bool = False,
    label_smoothing: float = 0.0, axis: int = -1, epsilon: float = 1e-7,
) -> Any:  # fmt: skip
    """Cross-entropy with weight alpha (1 - p)^gamma (Lin et al. 2018, arXiv:1708.02002)."""
    y_true, y_pred = _pair(y_true, y_pred, "categorical_focal_crossentropy")
    _same_shape(y_true, y_pred, "categorical_focal_crossentropy")
    y_true = _smooth(y_true, label_smoothing, label_smoothing / y_true.shape[axis])
    p = jax.nn.softmax(y_pred, axis=axis) if from_logits else y_pred
    p = clip(quotient(p, jnp.sum(p, axis=axis, keepdims=True)), epsilon, 1.0 - epsilon)
    return jnp.sum(_power(1.0 - p, gamma) * jnp.asarray(alpha, p.dtype) * (-y_true * jnp.log(p)), axis=axis)


@_body
def sparse_categorical_crossentropy(
    y_true: Any, y_pred: Any, from_logits: bool = False, axis: int = -1, ignore_class: int | None = None,
    epsilon: float = 1e-7,
) -> Any:  # fmt: skip
    """-log(p of the class y_true); a class that does not exist gives NaN.

    Probabilities are clipped to [ε, 1 - ε] and made to sum to one.
    """
    _, y_pred = _pair(y_pred, y_pred, "sparse_categorical_crossentropy")
    x = jnp.moveaxis(y_pred, axis, -1)
    if not from_logits:
        x = jnp.log(clip(x, epsilon, 1.0 - epsilon))
    if y_true.size != x.size // max(x.shape[-1], 1):
        raise ValueError(
            errors.message(
                "tf.keras.losses.sparse_categorical_crossentropy",
                expected=f"one class index per prediction: y_true of shape {tuple(x.shape[:-1])}",
                received=f"y_true {tuple(y_true.shape)}, y_pred {tuple(y_pred.shape)}",
                hint="for one-hot targets take categorical_crossentropy",
            )
        )
    labels = y_true.reshape(x.shape[:-1])
    finite = jnp.isfinite(labels) if jnp.issubdtype(labels.dtype, jnp.floating) else True
    index = jnp.where(finite, labels, -1).astype(jnp.int64 if labels.dtype.itemsize > 4 else jnp.int32)
    # Comparing with all classes compiles to one elementwise loop, forward and backward; a gather's gradient scatters.
    chosen = jax.lax.broadcasted_iota(index.dtype, x.shape, x.ndim - 1) == index[..., None]
    wide = x.astype(jnp.float32) if x.dtype.itemsize == 2 else x
    loss = of_classes(wide, chosen).astype(x.dtype)
    loss = jnp.where((index >= 0) & (index < x.shape[-1]), loss, jnp.asarray(jnp.nan, loss.dtype))
    if ignore_class is not None:
        loss = jnp.where(labels == jnp.asarray(ignore_class, labels.dtype), jnp.zeros((), loss.dtype), loss)
    return loss


# ---------------------------------------------------------------------------- weights and reduction


def fit_weights(values: Any, weights: Any) -> Any:
    """Weights with the rank of the values: a last axis of one is dropped or added."""
    if weights.ndim and weights.ndim - values.ndim == 1 and weights.shape[-1] == 1:
        return jnp.squeeze(weights, axis=-1)
    if weights.ndim and values.ndim - weights.ndim == 1:
        return weights[..., None]
    return weights


def times_weights(values: Any, weights: Any) -> Any:
    """Values times weights, which have to fit them.

    Raises:
        InvalidArgumentError: they cannot be broadcast together.
    """
    pairs = zip(reversed(weights.shape), reversed(values.shape), strict=False)
    several = weights.ndim - values.ndim == 1  # a vector for one value too, which Keras repeats for matrices only
    if several or 0 < values.ndim < weights.ndim or any(a != b and 1 not in (a, b) for a, b in pairs):
        raise errors.InvalidArgumentError(
            errors.message(
                "tf.keras, sample_weight",
                expected=f"weights that can be broadcast to the values {tuple(values.shape)} (incompatible shapes)",
                received={"sample_weight": weights, "values": values},
                hint="pass one weight for each sample, or one for each value (step, pixel) of a sample",
            )
        )
    return values * weights


def reduce_losses(losses: Any, weights: Any, reduction: str) -> Any:
    """Weighted losses, their sum, or their sum over their number or over that of the weights."""
    dtype = losses.dtype
    if not jnp.issubdtype(dtype, jnp.inexact):
        losses = losses.astype(jnp.float32)
    if weights is not None:
        weights = fit_weights(losses, weights.astype(losses.dtype))
        losses = times_weights(losses, weights)
    if reduction == "sum":
        losses = jnp.sum(losses)
    elif reduction == "mean_with_sample_weight" and weights is not None:
        whole = jnp.sum(weights)
        losses = jnp.where(whole == 0, 0, jnp.sum(losses) / jnp.where(whole == 0, 1, whole))
    elif reduction != "none":
        losses = jnp.sum(losses) / losses.size if losses.size else jnp.zeros((), losses.dtype)
    return losses.astype(dtype)


def masked_weights(losses: Any, weights: Any, mask: Any, reduction: str) -> Any:
    """Weights that leave out masked samples; a mean is then over the samples that are left, and NaN without any."""
    if mask is None:
        return weights
    mask = mask.astype(losses.dtype)
    if reduction not in ("none", "sum", "mean_with_sample_weight"):
        left = jnp.sum(mask)  # XLA takes 0 * inf for 0 where the 0 was False
        mask = jnp.where(left == 0, jnp.asarray(jnp.nan, mask.dtype), mask * (mask.size / left))
    if weights is None:
        return mask
    weights = fit_weights(mask, weights.astype(losses.dtype))
    return times_weights(mask, weights)


@op
def reduce_weighted(
    losses: FreeLike, weights: FreeLike | None = None, mask: FreeLike | None = None, reduction="sum_over_batch_size"
):
    """Losses times weights, reduced."""
    return reduce_losses(losses, masked_weights(losses, weights, mask, reduction), reduction)


def squeeze_pair(y_true: Any, y_pred: Any) -> tuple[Any, Any]:
    """Drop a last axis of one where the ranks of targets and predictions differ by it."""
    gap = y_pred.ndim - y_true.ndim
    if gap == 1 and y_pred.shape[-1] == 1:
        return y_true, jnp.squeeze(y_pred, -1)
    if gap == -1 and y_true.shape[-1] == 1:
        return jnp.squeeze(y_true, -1), y_pred
    return y_true, y_pred


def run_body(body: str, y_true: Any, y_pred: Any, given: dict[str, Any]) -> Any:
    """A function of BODIES; arguments that do not fit are refused in its name."""
    try:
        with traced_in_place():
            return BODIES[body](y_true, y_pred, **given)
    except (TypeError, ValueError) as error:
        if str(error).startswith("tf."):
            raise
        raise errors.InvalidArgumentError(
            errors.message(
                f"tf.keras.losses.{body}",
                expected="y_true and y_pred of shapes that fit each other",
                received=f"y_true {tuple(y_true.shape)}, y_pred {tuple(y_pred.shape)}",
                hint=words_of(error),
            )
        ) from None


@op
def loss_values(y_true: FreeLike, y_pred: FreeLike, body=None, options=()):
    """One loss per sample: a function of BODIES by name, with its options as (name, value) pairs."""
    return run_body(body, y_true, y_pred, dict(options))


def _whole(
    y_true: Any, y_pred: Any, weights: Any, mask: Any, body: str, options: Any, reduction: str, squeeze: bool
) -> Any:
    plain = y_true
    if squeeze:
        y_true, y_pred = squeeze_pair(y_true, y_pred)
    given = dict(options)
    losses = run_body(body, y_true, y_pred, given)
    ignored = given.get("ignore_class")
    if ignored is not None:
        valid = (plain != jnp.asarray(ignored, plain.dtype)).reshape(losses.shape)
        mask = valid if mask is None else valid & mask.astype(bool)
    return reduce_losses(losses, masked_weights(losses, weights, mask, reduction), reduction)


@op
def loss(y_true: FreeLike, y_pred: FreeLike, body=None, options=(), reduction="sum_over_batch_size", squeeze=True):
    """A whole loss (function and reduction) as one compiled call."""
    return _whole(y_true, y_pred, None, None, body, options, reduction, squeeze)


@op
def weighted_loss(
    y_true: FreeLike, y_pred: FreeLike, weights: FreeLike | None, mask: FreeLike | None, body=None, options=(),
    reduction="sum_over_batch_size", squeeze=True,
):  # fmt: skip
    """A whole loss (function, weights, mask and reduction) as one compiled call."""
    return _whole(y_true, y_pred, weights, mask, body, options, reduction, squeeze)


@op
def differs(labels: FreeLike, ignored=None, shape=()):
    """Which labels are not the class that is ignored, in the shape of the losses."""
    return (labels != jnp.asarray(ignored, labels.dtype)).reshape(shape)


@op
def both(first: FreeLike, second: FreeLike):
    """Where two masks agree."""
    return first.astype(bool) & second.astype(bool).reshape(first.shape)


@op
def drop_last(x: FreeLike):
    """Without the last axis, which is one long."""
    return jnp.squeeze(x, -1)


@op
def weights_under(values: FreeLike, mask: FreeLike, weights: FreeLike | None = None):
    """Weights of a metric's values that leave out masked ones."""
    return masked_weights(values, weights, mask, "none")
