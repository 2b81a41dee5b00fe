"""Cross entropies of logits, and the other losses of `tf.nn`."""

from __future__ import annotations

import functools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.custom_derivatives import SymbolicZero

from addax.core import context, errors
from addax.core.context import state as _state
from addax.core.convert import FreeLike, TensorLike, convert_to_tensor
from addax.core.dispatch import op
from addax.core.tensor import Tensor, Tracer
from addax.ops.absolute import absolute

__all__ = [
    "compute_average_loss",
    "l2_loss",
    "log_poisson_loss",
    "scale_regularization_loss",
    "sigmoid_cross_entropy_with_logits",
    "softmax_cross_entropy_with_logits",
    "sparse_softmax_cross_entropy_with_logits",
    "weighted_cross_entropy_with_logits",
]


def _same_shape(who: str, labels: Any, logits: Any) -> None:
    if labels.shape != logits.shape:
        raise ValueError(
            errors.message(
                f"tf.nn.{who}",
                expected="labels and logits of the same shape",
                received=f"labels {tuple(labels.shape)}, logits {tuple(logits.shape)}",
                hint="reshape one of them; for integer class labels use the sparse cross entropy",
            )
        )


@op(kinds="f", name="nn.sigmoid_cross_entropy_with_logits")
def _sigmoid_cross_entropy(labels: TensorLike, logits: TensorLike):
    _same_shape("sigmoid_cross_entropy_with_logits", labels, logits)
    # max(x, 0) - x z + log(1 + exp(-|x|)): no overflow on either side.
    zero = jnp.zeros_like(logits)
    positive = logits >= 0
    relu = jnp.where(positive, logits, zero)
    minus_abs = jnp.where(positive, -logits, logits)
    return relu - logits * labels + jnp.log1p(jnp.exp(minus_abs))


def sigmoid_cross_entropy_with_logits(labels: Any = None, logits: Any = None, name: str | None = None) -> Tensor:
    """The cross entropy of independent probabilities, sigmoid(logits), with labels.

    Args:
        labels: a floating tensor of values between 0 and 1.
        logits: a tensor of the same shape and dtype.
        name: ignored.

    Returns:
        A tensor of that shape, of losses in nats.

    Raises:
        ValueError: shapes differ or an argument is missing.

    >>> import addax as tf
    >>> tf.nn.sigmoid_cross_entropy_with_logits(labels=[1.0], logits=[0.0]).numpy().round(4).tolist()
    [0.6930999755859375]
    """
    if labels is None or logits is None:
        raise ValueError("tf.nn.sigmoid_cross_entropy_with_logits: both labels and logits must be provided.")
    return _sigmoid_cross_entropy(labels, logits)


@op(kinds="f", name="nn.weighted_cross_entropy_with_logits")
def _weighted_cross_entropy(labels: TensorLike, logits: TensorLike, pos_weight: TensorLike):
    _same_shape("weighted_cross_entropy_with_logits", labels, logits)
    one = jnp.ones((), logits.dtype)
    weight = one + (pos_weight - one) * labels
    tail = jnp.log1p(jnp.exp(-absolute(logits))) + jax.nn.relu(-logits)
    return (one - labels) * logits + weight * tail


def weighted_cross_entropy_with_logits(labels: Any, logits: Any, pos_weight: Any, name: str | None = None) -> Tensor:
    """The sigmoid cross entropy with its positive part multiplied by `pos_weight`.

    Args:
        labels: a floating tensor of values between 0 and 1.
        logits: a tensor of the same shape and dtype.
        pos_weight: a number or tensor that broadcasts; above 1 it raises recall.
        name: ignored.

    Raises:
        ValueError: shapes differ.

    >>> import addax as tf
    >>> tf.nn.weighted_cross_entropy_with_logits([1.0], [0.0], 2.0).numpy().round(4).tolist()
    [1.386299967765808]
    """
    return _weighted_cross_entropy(labels, logits, pos_weight)


@op(name="nn.softmax_cross_entropy_with_logits")
def _softmax_cross_entropy(labels: FreeLike, logits: FreeLike, axis):
    if logits.dtype.kind in "iubc":
        raise errors.InvalidArgumentError(
            errors.message("tf.nn.softmax_cross_entropy_with_logits", expected="floating logits", received=logits.dtype)
        )
    labels = labels.astype(logits.dtype)
    labels, logits = jnp.broadcast_arrays(labels, logits)
    wide = logits.astype(np.float32) if logits.dtype.itemsize == 2 else logits
    return of_distributions(labels.astype(wide.dtype), wide, axis).astype(logits.dtype)


@functools.partial(jax.custom_jvp, nondiff_argnums=(2,))
def of_distributions(labels: Any, logits: Any, axis: int) -> Any:
    """The cross entropy of softmax(logits) with labels, which has softmax(logits) - labels as its slope.

    That is the slope where labels add up to 1. TensorFlow has it for all: a row of zeros pulls the logits together.
    """
    return -jnp.sum(labels * jax.nn.log_softmax(logits, axis), axis)


@functools.partial(of_distributions.defjvp, symbolic_zeros=True)
def _of_distributions_jvp(axis: int, primals: Any, tangents: Any) -> Any:
    (labels, logits), (by_labels, by_logits) = primals, tangents
    log_p = jax.nn.log_softmax(logits, axis)
    changes = [] if type(by_labels) is SymbolicZero else [-log_p * by_labels]
    if type(by_logits) is not SymbolicZero:
        changes.append((jnp.exp(log_p) - labels) * by_logits)
    return -jnp.sum(labels * log_p, axis), jnp.sum(sum(changes), axis)


@jax.custom_jvp
def of_classes(logits: Any, chosen: Any) -> Any:
    """The cross entropy of softmax(logits) along the last axis, with the class that is true in `chosen`.

    The steps are those of jax.nn.softmax: a program with both, a loss and probabilities, computes them once.
    """
    shifted, exponentials = _shifted(logits)
    return jnp.log(jnp.sum(exponentials, -1)) - jnp.sum(jnp.where(chosen, shifted, jnp.zeros((), logits.dtype)), -1)


def _shifted(logits: Any) -> tuple[Any, Any]:
    shifted = logits - lax.stop_gradient(jnp.max(logits, -1, initial=-np.inf, keepdims=True))
    return shifted, jnp.exp(shifted)


@functools.partial(of_classes.defjvp, symbolic_zeros=True)
def _of_classes_jvp(primals: Any, tangents: Any) -> Any:
    logits, chosen = primals
    loss = of_classes(logits, chosen)
    if type(tangents[0]) is SymbolicZero:
        return loss, jnp.zeros_like(loss)
    _, exponentials = _shifted(logits)
    slope = exponentials / jnp.sum(exponentials, -1, keepdims=True) - chosen.astype(logits.dtype)
    return loss, jnp.sum(slope * tangents[0], -1)


def softmax_cross_entropy_with_logits(labels: Any, logits: Any, axis: int = -1, name: str | None = None) -> Tensor:
    """The cross entropy of softmax(logits) with distributions `labels`.

    Args:
        labels: a floating tensor; along `axis`, probabilities of the classes.
        logits: a floating tensor of the same shape.
        axis: the axis of the classes.
        name: ignored.

    Returns:
        A tensor without that axis, of losses in nats.

    >>> import addax as tf
    >>> tf.nn.softmax_cross_entropy_with_logits([[0.0, 1.0]], [[0.0, 0.0]]).numpy().round(4).tolist()
    [0.6930999755859375]
    """
    return _softmax_cross_entropy(labels, logits, axis)


@op(name="nn.sparse_softmax_cross_entropy_with_logits")
def _sparse_softmax_cross_entropy(labels: FreeLike, logits: FreeLike):
    who = "tf.nn.sparse_softmax_cross_entropy_with_logits"
    if labels.dtype.kind not in "iu" or logits.dtype.kind in "iubc":
        raise errors.InvalidArgumentError(
            errors.message(
                who,
                expected="integer labels and floating logits",
                received=f"labels {labels.dtype}, logits {logits.dtype}",
            )
        )
    if labels.shape != logits.shape[:-1] or not logits.ndim:
        raise ValueError(
            errors.message(
                who,
                expected=f"labels of the shape of logits without the last dimension, {tuple(logits.shape[:-1])}",
                received=f"labels {tuple(labels.shape)}, logits {tuple(logits.shape)}",
                hint="one-hot labels go to tf.nn.softmax_cross_entropy_with_logits; tf.squeeze drops a dimension of 1",
            )
        )
    wide = logits.astype(np.float32) if logits.dtype.itemsize == 2 else logits
    valid = (labels >= 0) & (labels < logits.shape[-1])
    # A comparison with the class numbers instead of a gather: its gradient is no scatter.
    chosen = labels[..., None] == lax.broadcasted_iota(labels.dtype, logits.shape, logits.ndim - 1)
    return jnp.where(valid, of_classes(wide, chosen), jnp.asarray(np.nan, wide.dtype)).astype(logits.dtype)


def sparse_softmax_cross_entropy_with_logits(labels: Any, logits: Any, name: str | None = None) -> Tensor:
    """The cross entropy of softmax(logits) with class numbers.

    Args:
        labels: an integer tensor of classes, of the shape of logits without its last dimension.
        logits: a floating tensor of shape (..., classes).
        name: ignored.

    Returns:
        A tensor of labels' shape and logits' dtype, of losses in nats.

    Raises:
        InvalidArgumentError: a label outside the classes (on a GPU and in a compiled function its loss is NaN instead).
        ValueError: shapes that do not fit.

    >>> import addax as tf
    >>> tf.nn.sparse_softmax_cross_entropy_with_logits([1], [[0.0, 0.0]]).numpy().round(4).tolist()
    [0.6930999755859375]
    """
    out = _sparse_softmax_cross_entropy(labels, logits)
    if _state.trace is None and type(out) is Tensor and jax.default_backend() == "cpu":
        _check_labels(labels, logits)
    return out


def _check_labels(labels: Any, logits: Any) -> None:
    value, classes = convert_to_tensor(labels)._value, convert_to_tensor(logits)._form.shape[-1]
    if isinstance(value, Tracer) or not value.size:
        return
    host = np.asarray(value)
    low, high = int(host.min()), int(host.max())
    if low < 0 or high >= classes:
        raise errors.InvalidArgumentError(
            errors.message(
                "tf.nn.sparse_softmax_cross_entropy_with_logits",
                expected=f"labels in the valid range of [0, {classes})",
                received=f"Received a label value of {high if high >= classes else low} which is outside of it",
                hint="make the last layer as wide as there are classes, and count classes from 0",
            )
        )


@op(kinds="f", name="nn.l2_loss")
def l2_loss(t: TensorLike, name: str | None = None) -> Tensor:
    """Half the sum of squares of a tensor.

    >>> import addax as tf
    >>> tf.nn.l2_loss([3.0, 4.0]).numpy()
    np.float32(12.5)
    """
    return jnp.sum(t * t, dtype=t.dtype) * jnp.asarray(0.5, t.dtype)


@op(kinds="fc", name="nn.log_poisson_loss")
def _log_poisson_loss(targets: TensorLike, log_input: TensorLike, compute_full_loss):
    _same_shape("log_poisson_loss", targets, log_input)
    loss = jnp.exp(log_input) - log_input * targets
    if not compute_full_loss:
        return loss
    # Stirling's approximation of log(targets!), which is 0 for targets of 0 and 1.
    half, two_pi = jnp.asarray(0.5, targets.dtype), jnp.asarray(2 * np.pi, targets.dtype)
    small = (targets >= 0) & (targets <= 1)
    safe = jnp.where(small, jnp.ones_like(targets), targets)  # of negative ones, NaN
    stirling = safe * jnp.log(safe) - safe + half * jnp.log(two_pi * safe)
    return loss + jnp.where(small, jnp.zeros_like(loss), stirling)


def log_poisson_loss(targets: Any, log_input: Any, compute_full_loss: bool = False, name: str | None = None) -> Tensor:
    """The negative log likelihood of counts under a Poisson distribution with rate exp(log_input).

    Args:
        targets: a floating tensor of counts.
        log_input: a tensor of the same shape and dtype.
        compute_full_loss: whether to add the term that does not depend on `log_input` (Stirling's approximation).
        name: ignored.

    Raises:
        ValueError: shapes differ.

    >>> import addax as tf
    >>> tf.nn.log_poisson_loss([1.0], [0.0]).numpy().tolist()
    [1.0]
    """
    return _log_poisson_loss(targets, log_input, bool(compute_full_loss))


# ---------------------------------------------------------------------------- averages over a batch


@op(name="nn.compute_average_loss")
def _average_loss(per_example_loss: FreeLike, sample_weight: FreeLike | None, global_batch_size: FreeLike | None):
    loss = per_example_loss
    if not loss.ndim:
        raise ValueError(
            "tf.nn.compute_average_loss: per_example_loss must have one number per example, not be a scalar."
        )
    rows = loss.shape[0]
    if sample_weight is not None:  # TensorFlow weighs in float32, whatever the dtype
        weight = sample_weight.astype(np.float32)
        if weight.ndim < loss.ndim:
            weight = weight.reshape(weight.shape + (1,) * (loss.ndim - weight.ndim))
        loss = (loss.astype(np.float32) * weight).astype(loss.dtype)
    total = _divisible(jnp.sum(loss, dtype=loss.dtype))
    size = jnp.asarray(rows, total.dtype) if global_batch_size is None else global_batch_size.astype(total.dtype)
    return total / size


def _divisible(total: Any) -> Any:
    """A sum as what `/` makes of it: whole numbers become floats."""
    if total.dtype.kind not in "iu":
        return total
    return total.astype(np.float32 if total.dtype.itemsize < 4 else np.float64)


def compute_average_loss(per_example_loss: Any, sample_weight: Any = None, global_batch_size: Any = None) -> Tensor:
    """The sum of the losses of examples divided by the global batch size.

    Args:
        per_example_loss: a tensor of shape (batch, ...).
        sample_weight: a weight for each example, or None.
        global_batch_size: what to divide by; by default the batch times the number of replicas.

    Returns:
        A scalar tensor; its sum over replicas is the loss.

    Raises:
        ValueError: a scalar loss.
        RuntimeError: without a size, in a strategy's scope outside of replicas.

    >>> import addax as tf
    >>> float(tf.nn.compute_average_loss([1.0, 3.0], global_batch_size=8))
    0.5
    """
    if not hasattr(per_example_loss, "__symbolic_call__"):
        per_example_loss = convert_to_tensor(per_example_loss)
    if global_batch_size is None and context.state.strategy is not None:
        _require_replica("compute_average_loss")
        if per_example_loss.shape.rank:
            global_batch_size = per_example_loss.shape[0] * context.replicas()
    return _average_loss(per_example_loss, sample_weight, global_batch_size)


def _require_replica(name: str) -> None:
    if context.state.replica is None:
        raise RuntimeError(
            f"You are calling `{name}` in cross replica context, while it was expected to be called in replica context."
            "\n  To do: call it in the function that strategy.run is given."
        )


@op(name="nn.scale_regularization_loss")
def _scaled_sum(regularization_loss: TensorLike, replicas: int) -> Tensor:
    loss = _divisible(jnp.sum(regularization_loss, dtype=regularization_loss.dtype))
    return loss if replicas == 1 else loss / jnp.asarray(replicas, loss.dtype)


def scale_regularization_loss(regularization_loss: Any) -> Tensor:
    """The sum of regularization losses divided by the number of replicas, so that it counts once per step.

    Args:
        regularization_loss: a floating tensor.

    Returns:
        A scalar tensor.

    Raises:
        RuntimeError: in a strategy's scope outside of replicas.

    >>> import addax as tf
    >>> float(tf.nn.scale_regularization_loss([3.0, 4.0]))
    7.0
    """
    if context.state.strategy is not None:
        _require_replica("scale_regularization_loss")
    return _scaled_sum(regularization_loss, context.replicas())
