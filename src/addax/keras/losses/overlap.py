"""Losses of Keras 3: overlaps of masks, noisy labels, and distances between embeddings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from addax.core import convert
from addax.core.failures import refusing
from addax.core.jax_programs import in_kind
from addax.keras import config, registry
from addax.keras.losses.base import LossFunctionWrapper
from addax.keras.losses.reduction import Reduction
from addax.ops import overlap_losses as ops
from addax.ops import shaping
from addax.ops.casting import cast
from addax.ops.comparison import greater
from addax.ops.losses import reduce_weighted

Axis = int | Sequence[int] | None


def _pair(y_true: Any, y_pred: Any) -> tuple[Any, Any]:
    y_pred = convert.convert_to_tensor(y_pred)
    y_true = convert.convert_to_tensor(y_true)
    return (y_true if y_true.dtype == y_pred.dtype else cast(y_true, y_pred.dtype)), y_pred


@refusing("tf.keras.losses.dice")
def dice(y_true: Any, y_pred: Any, axis: Axis = None) -> Any:
    """1 - 2 sum(y_true y_pred) / (sum(y_true) + sum(y_pred)): how little two masks overlap.

    Args:
        y_true: targets from 0 to 1.
        y_pred: predictions of the same shape.
        axis: what to sum over; None for everything.

    Returns:
        The losses, of the shape that is left.

    >>> import addax as tf
    >>> round(float(tf.keras.losses.dice([[1.0, 1.0]], [[1.0, 0.0]])), 4)
    0.3333
    """
    y_true, y_pred = _pair(y_true, y_pred)
    return ops.dice(y_true, y_pred, axis, config.epsilon())


@refusing("tf.keras.losses.tversky")
def tversky(y_true: Any, y_pred: Any, alpha: float = 0.5, beta: float = 0.5, axis: Axis = None) -> Any:
    """1 - overlap / (overlap + alpha false negatives + beta false positives) (Salehi et al. 2017, arXiv:1706.05721).

    Args:
        y_true: targets from 0 to 1.
        y_pred: predictions of the same shape.
        alpha: what false negatives cost (what is in `y_true` only).
        beta: what false positives cost.
        axis: what to sum over; None for everything.

    Returns:
        The losses, of the shape that is left.

    >>> import addax as tf
    >>> round(float(tf.keras.losses.tversky([[1.0, 1.0]], [[1.0, 0.0]], alpha=1.0)), 4)
    0.5
    """
    y_true, y_pred = _pair(y_true, y_pred)
    return ops.tversky(y_true, y_pred, alpha, beta, axis, config.epsilon())


@refusing("tf.keras.losses.categorical_generalized_cross_entropy")
def categorical_generalized_cross_entropy(y_true: Any, y_pred: Any, q: float) -> Any:
    """(1 - p^q) / q of the true class's probability p: between cross-entropy (q to 0) and mean absolute error (q to 1).

    Args:
        y_true: integer labels [batch, ...].
        y_pred: probabilities [batch, ..., classes].
        q: between 0 and 1.

    Returns:
        Losses [batch, ...].

    Source: Zhang & Sabuncu 2018, https://arxiv.org/abs/1805.07836.

    >>> import addax as tf
    >>> tf.keras.losses.categorical_generalized_cross_entropy([1], [[0.75, 0.25]], q=0.5).numpy().tolist()
    [1.0]
    """
    return ops.generalized_cross_entropy(convert.convert_to_tensor(y_true), convert.convert_to_tensor(y_pred), q)


@refusing("tf.keras.losses.circle")
def circle(
    y_true: Any,
    y_pred: Any,
    ref_labels: Any = None,
    ref_embeddings: Any = None,
    remove_diagonal: bool = True,
    gamma: float = 80,
    margin: float = 0.4,
) -> Any:
    """The circle loss of embeddings: those of one label near, others far, each the more weighted the worse it is.

    Args:
        y_true: integer labels [batch].
        y_pred: embeddings of length 1, [batch, width].
        ref_labels: of the embeddings to compare with; `y_true` by default.
        ref_embeddings: what to compare with; `y_pred` by default.
        remove_diagonal: whether each embedding is not compared with the reference of the same number.
        gamma: the scale.
        margin: how strict.

    Returns:
        Losses [batch]. Those of 0 are masked: a mean is over the others, which had pairs to compare.

    Source: Sun et al. 2020, https://arxiv.org/abs/2002.10857.

    >>> import addax as tf
    >>> loss = tf.keras.losses.circle([0, 0, 1], [[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    >>> loss.numpy().round(3).tolist()
    [0.0, 0.0, 0.0]
    """
    y_true, y_pred = convert.convert_to_tensor(y_true), convert.convert_to_tensor(y_pred)
    labels = y_true if ref_labels is None else convert.convert_to_tensor(ref_labels)
    others = y_pred if ref_embeddings is None else convert.convert_to_tensor(ref_embeddings)
    made = ops.circle(y_true, y_pred, labels, others, remove_diagonal, float(gamma), float(margin))
    if not hasattr(made, "__symbolic_call__"):
        made._keras_mask = greater(made, 0.0)
    return made


class _OfAll(LossFunctionWrapper):
    """A loss that may be one number for the whole batch, which each weight is then multiplied with."""

    @in_kind
    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """The reduced loss; see `Loss`."""
        if sample_weight is None or self._fn_kwargs.get("axis") is not None:
            return super().__call__(y_true, y_pred, sample_weight)
        weights = convert.convert_to_tensor(sample_weight)
        if self.dtype is not None:
            y_true, y_pred = self._in_dtype(y_true), self._in_dtype(y_pred)
        losses = shaping.broadcast_to(self.call(y_true, y_pred), shaping.shape(weights))
        return reduce_weighted(losses, weights, None, self._get_reduction() if len(weights.shape) else Reduction.NONE)


class Dice(_OfAll):
    """How little two masks overlap; see `dice`.

    Args:
        reduction: a `tf.keras.losses.Reduction`.
        name: the name.
        dtype: see `Loss`.
        axis: what to sum over; None for everything.

    >>> import addax as tf
    >>> round(float(tf.keras.losses.Dice()([[1.0, 1.0]], [[1.0, 0.0]])), 4)
    0.3333
    """

    def __init__(
        self, reduction: str = Reduction.AUTO, name: str | None = "dice", axis: Axis = None, *, dtype: Any = None
    ) -> None:
        super().__init__(dice, reduction=reduction, name=name, dtype=dtype, axis=axis)


class Tversky(_OfAll):
    """How little two masks overlap, false positives and negatives weighted; see `tversky`.

    Args:
        alpha: what false negatives cost (what is in `y_true` only).
        beta: what false positives cost.
        reduction: a `tf.keras.losses.Reduction`.
        name: the name.
        dtype: see `Loss`.
        axis: what to sum over; None for everything.

    >>> import addax as tf
    >>> round(float(tf.keras.losses.Tversky(alpha=1.0)([[1.0, 1.0]], [[1.0, 0.0]])), 4)
    0.5
    """

    def __init__(
        self, alpha: float = 0.5, beta: float = 0.5, reduction: str = Reduction.AUTO, name: str | None = "tversky",
        axis: Axis = None, *, dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(tversky, reduction=reduction, name=name, dtype=dtype, alpha=alpha, beta=beta, axis=axis)


class CategoricalGeneralizedCrossEntropy(LossFunctionWrapper):
    """Cross-entropy for noisy labels; see `categorical_generalized_cross_entropy`.

    Args:
        q: between 0 and 1, both excluded.
        reduction: a `tf.keras.losses.Reduction`.
        name: the name.
        dtype: see `Loss`.

    Raises:
        ValueError: q out of range.

    >>> import addax as tf
    >>> float(tf.keras.losses.CategoricalGeneralizedCrossEntropy()([1], [[0.75, 0.25]]))
    1.0
    """

    def __init__(
        self, q: float = 0.5, reduction: str = Reduction.AUTO,
        name: str | None = "categorical_generalized_cross_entropy", *, dtype: Any = None,
    ) -> None:  # fmt: skip
        if not 0 < q < 1:
            raise ValueError(f"q must be in the interval (0, 1). Received: q={q}")
        super().__init__(categorical_generalized_cross_entropy, reduction=reduction, name=name, dtype=dtype, q=q)


class Circle(LossFunctionWrapper):
    """Embeddings of one label near, others far; see `circle`.

    Args:
        gamma: the scale.
        margin: how strict.
        remove_diagonal: whether each embedding is not compared with itself.
        reduction: a `tf.keras.losses.Reduction`.
        name: the name.
        dtype: see `Loss`.

    >>> import addax as tf
    >>> round(float(tf.keras.losses.Circle()([0, 0, 1], [[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])), 3)
    0.0
    """

    def __init__(
        self, gamma: float = 80.0, margin: float = 0.4, remove_diagonal: bool = True,
        reduction: str = Reduction.AUTO, name: str | None = "circle", *, dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(
            circle,
            reduction=reduction,
            name=name,
            dtype=dtype,
            gamma=gamma,
            margin=margin,
            remove_diagonal=remove_diagonal,
        )


for _each in (
    dice, tversky, categorical_generalized_cross_entropy, circle, Dice, Tversky, CategoricalGeneralizedCrossEntropy,
    Circle,
):  # fmt: skip
    registry.register("loss", _each)
