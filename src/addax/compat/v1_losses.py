"""``tf.compat.v1.losses``: the losses of TensorFlow 1 that programs for TensorFlow 2 still call.

They differ from Keras's in their weights: the sum is divided by how many examples have a weight that is not 0. There
are no collections of losses, as there are none in TensorFlow 2 outside of graphs.
"""

from __future__ import annotations

from typing import Any

import addax as tf
from addax.core import errors


class Reduction:
    """How losses of examples become one."""

    NONE = "none"
    SUM = "weighted_sum"
    SUM_OVER_BATCH_SIZE = "weighted_sum_over_batch_size"
    MEAN = "weighted_mean"
    SUM_BY_NONZERO_WEIGHTS = "weighted_sum_by_nonzero_weights"
    SUM_OVER_NONZERO_WEIGHTS = SUM_BY_NONZERO_WEIGHTS

    @classmethod
    def all(cls) -> tuple[str, ...]:
        """All of them.

        >>> import addax as tf
        >>> "none" in tf.compat.v1.losses.Reduction.all()
        True
        """
        return cls.NONE, cls.SUM, cls.MEAN, cls.SUM_OVER_BATCH_SIZE, cls.SUM_BY_NONZERO_WEIGHTS

    @classmethod
    def validate(cls, key: str) -> None:
        """Refuse what is none of them.

        >>> import addax as tf
        >>> tf.compat.v1.losses.Reduction.validate("none")
        """
        if key not in cls.all():
            raise ValueError(
                errors.message("tf.compat.v1.losses", expected=f"a reduction of {cls.all()}", received=repr(key))
            )


def compute_weighted_loss(
    losses: Any, weights: Any = 1.0, scope: str | None = None, loss_collection: Any = None,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> tf.Tensor:  # fmt: skip
    """Losses times weights, reduced.

    Args:
        losses: of examples, any shape.
        weights: a number, or of the same rank as `losses` with sizes equal to its or 1.
        scope: ignored.
        loss_collection: ignored.
        reduction: one of `Reduction`.

    Raises:
        ValueError: an unknown reduction, or weights of another rank or size.

    >>> import addax as tf
    >>> float(tf.compat.v1.losses.compute_weighted_loss([1.0, 2.0, 6.0], [1.0, 1.0, 0.0]))
    1.5
    """
    Reduction.validate(reduction)
    losses, weights = tf.convert_to_tensor(losses), tf.convert_to_tensor(weights)
    dtype = losses.dtype
    losses, weights = tf.cast(losses, tf.float32), tf.cast(weights, tf.float32)
    if weights.shape.rank and (
        weights.shape.rank != losses.shape.rank
        or any(w not in (1, n) for w, n in zip(weights.shape, losses.shape, strict=True))
    ):
        raise ValueError(
            errors.message(
                "tf.compat.v1.losses",
                expected=f"a number, or weights of the same rank as the losses' shape {losses.shape}, sizes its or 1",
                received=f"weights of shape {weights.shape}",
            )
        )
    weighted = losses * weights
    present = weights * tf.ones_like(losses)
    if reduction == Reduction.NONE:
        return tf.cast(weighted, dtype)
    total = tf.reduce_sum(weighted)
    if reduction == Reduction.MEAN:
        total = tf.math.divide_no_nan(total, tf.reduce_sum(present))
    elif reduction == Reduction.SUM_BY_NONZERO_WEIGHTS:
        total = tf.math.divide_no_nan(total, tf.reduce_sum(tf.cast(present != 0.0, tf.float32)))
    elif reduction == Reduction.SUM_OVER_BATCH_SIZE:
        total = tf.math.divide_no_nan(total, tf.cast(tf.size(losses), tf.float32))
    return tf.cast(total, dtype)


def _pair(labels: Any, predictions: Any) -> tuple[tf.Tensor, tf.Tensor]:
    if labels is None or predictions is None:
        raise ValueError("tf.compat.v1.losses: labels and predictions must not be None.")
    predictions = tf.cast(predictions, tf.float32)
    labels = tf.cast(labels, tf.float32)
    predictions.shape.assert_is_compatible_with(labels.shape)
    return labels, predictions


def absolute_difference(
    labels: Any, predictions: Any, weights: Any = 1.0, scope: str | None = None, loss_collection: Any = None,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> tf.Tensor:  # fmt: skip
    """The absolute differences; arguments as for `compute_weighted_loss`.

    >>> import addax as tf
    >>> float(tf.compat.v1.losses.absolute_difference([1.0, 2.0], [2.0, 0.0]))
    1.5
    """
    labels, predictions = _pair(labels, predictions)
    return compute_weighted_loss(tf.abs(predictions - labels), weights, scope, loss_collection, reduction)


def mean_squared_error(
    labels: Any, predictions: Any, weights: Any = 1.0, scope: str | None = None, loss_collection: Any = None,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> tf.Tensor:  # fmt: skip
    """The squared differences; arguments as for `compute_weighted_loss`.

    >>> import addax as tf
    >>> float(tf.compat.v1.losses.mean_squared_error([1.0, 2.0], [2.0, 0.0]))
    2.5
    """
    labels, predictions = _pair(labels, predictions)
    return compute_weighted_loss(tf.square(predictions - labels), weights, scope, loss_collection, reduction)


def huber_loss(
    labels: Any, predictions: Any, weights: Any = 1.0, delta: float = 1.0, scope: str | None = None,
    loss_collection: Any = None, reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> tf.Tensor:  # fmt: skip
    """Half the squared differences up to `delta`, linear beyond; arguments as for `compute_weighted_loss`.

    >>> import addax as tf
    >>> float(tf.compat.v1.losses.huber_loss([0.0], [3.0]))
    2.5
    """
    labels, predictions = _pair(labels, predictions)
    error = tf.abs(predictions - labels)
    quadratic = tf.minimum(error, delta)
    losses = 0.5 * quadratic * quadratic + delta * (error - quadratic)
    return compute_weighted_loss(losses, weights, scope, loss_collection, reduction)


def hinge_loss(
    labels: Any, logits: Any, weights: Any = 1.0, scope: str | None = None, loss_collection: Any = None,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> tf.Tensor:  # fmt: skip
    """The hinge loss of labels 0 and 1; arguments as for `compute_weighted_loss`.

    >>> import addax as tf
    >>> float(tf.compat.v1.losses.hinge_loss([1.0, 0.0], [0.5, 0.5]))
    1.0
    """
    labels, logits = _pair(labels, logits)
    losses = tf.nn.relu(1.0 - (2.0 * labels - 1.0) * logits)
    return compute_weighted_loss(losses, weights, scope, loss_collection, reduction)


def log_loss(
    labels: Any, predictions: Any, weights: Any = 1.0, epsilon: float = 1e-7, scope: str | None = None,
    loss_collection: Any = None, reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> tf.Tensor:  # fmt: skip
    """The cross entropy of probabilities; arguments as for `compute_weighted_loss`.

    >>> import addax as tf
    >>> round(float(tf.compat.v1.losses.log_loss([1.0], [0.5])), 4)
    0.6931
    """
    labels, predictions = _pair(labels, predictions)
    losses = -labels * tf.math.log(predictions + epsilon) - (1.0 - labels) * tf.math.log(1.0 - predictions + epsilon)
    return compute_weighted_loss(losses, weights, scope, loss_collection, reduction)


def cosine_distance(
    labels: Any, predictions: Any, axis: int | None = None, weights: Any = 1.0, scope: str | None = None,
    loss_collection: Any = None, reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS, dim: int | None = None,
) -> tf.Tensor:  # fmt: skip
    """1 less the product of two unit vectors along `axis`; arguments as for `compute_weighted_loss`.

    >>> import addax as tf
    >>> float(tf.compat.v1.losses.cosine_distance([[1.0, 0.0]], [[0.0, 1.0]], axis=1))
    1.0
    """
    axis = dim if axis is None else axis
    if axis is None:
        raise ValueError("You must specify 'axis'.")
    labels, predictions = _pair(labels, predictions)
    losses = 1.0 - tf.reduce_sum(predictions * labels, axis=axis, keepdims=True)
    return compute_weighted_loss(losses, weights, scope, loss_collection, reduction)


def softmax_cross_entropy(
    onehot_labels: Any, logits: Any, weights: Any = 1.0, label_smoothing: float = 0, scope: str | None = None,
    loss_collection: Any = None, reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> tf.Tensor:  # fmt: skip
    """The cross entropy of a softmax, whose gradient does not reach the labels; arguments as for
    `compute_weighted_loss`.

    >>> import addax as tf
    >>> round(float(tf.compat.v1.losses.softmax_cross_entropy([[0.0, 1.0]], [[0.0, 0.0]])), 4)
    0.6931
    """
    logits = tf.convert_to_tensor(logits)
    onehot_labels = tf.cast(onehot_labels, logits.dtype)
    logits.shape.assert_is_compatible_with(onehot_labels.shape)
    if label_smoothing > 0:
        onehot_labels = onehot_labels * (1 - label_smoothing) + label_smoothing / onehot_labels.shape[1]
    losses = tf.nn.softmax_cross_entropy_with_logits(tf.stop_gradient(onehot_labels), logits)
    return compute_weighted_loss(losses, weights, scope, loss_collection, reduction)


def sparse_softmax_cross_entropy(
    labels: Any, logits: Any, weights: Any = 1.0, scope: str | None = None, loss_collection: Any = None,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> tf.Tensor:  # fmt: skip
    """The cross entropy of a softmax for labels that are class numbers; arguments as for `compute_weighted_loss`.

    >>> import addax as tf
    >>> round(float(tf.compat.v1.losses.sparse_softmax_cross_entropy([1], [[0.0, 0.0]])), 4)
    0.6931
    """
    logits, labels = tf.convert_to_tensor(logits), tf.convert_to_tensor(labels)
    if labels.shape.rank == logits.shape.rank:
        labels = tf.squeeze(labels, -1)
    weights = tf.convert_to_tensor(weights)
    if weights.shape.rank and weights.shape.rank == labels.shape.rank + 1:
        weights = tf.squeeze(weights, -1)
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)
    return compute_weighted_loss(losses, weights, scope, loss_collection, reduction)


def sigmoid_cross_entropy(
    multi_class_labels: Any, logits: Any, weights: Any = 1.0, label_smoothing: float = 0, scope: str | None = None,
    loss_collection: Any = None, reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> tf.Tensor:  # fmt: skip
    """The cross entropy of sigmoids; arguments as for `compute_weighted_loss`.

    >>> import addax as tf
    >>> round(float(tf.compat.v1.losses.sigmoid_cross_entropy([[0.0, 1.0]], [[0.0, 0.0]])), 4)
    0.6931
    """
    logits = tf.convert_to_tensor(logits)
    labels = tf.cast(multi_class_labels, logits.dtype)
    logits.shape.assert_is_compatible_with(labels.shape)
    if label_smoothing > 0:
        labels = labels * (1 - label_smoothing) + 0.5 * label_smoothing
    losses = tf.nn.sigmoid_cross_entropy_with_logits(labels=labels, logits=logits)
    return compute_weighted_loss(losses, weights, scope, loss_collection, reduction)
