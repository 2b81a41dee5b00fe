"""Keras' losses as classes: a function of `functions` with its options, a reduction and a name."""

from __future__ import annotations

from typing import Any

from addax.keras import registry
from addax.keras.losses import functions
from addax.keras.losses.base import LossFunctionWrapper
from addax.keras.losses.reduction import Reduction


class MeanSquaredError(LossFunctionWrapper):
    """Mean of the squared differences; see `mean_squared_error`.

    Args:
        reduction: a `tf.keras.losses.Reduction`.
        name: the name.
        dtype: see `Loss`.

    >>> import addax as tf
    >>> float(tf.keras.losses.MeanSquaredError()([[0.0, 1.0]], [[1.0, 1.0]]))
    0.5
    """

    def __init__(
        self, reduction: str = Reduction.AUTO, name: str | None = "mean_squared_error", *, dtype: Any = None
    ) -> None:
        super().__init__(functions.mean_squared_error, reduction=reduction, name=name, dtype=dtype)


class MeanAbsoluteError(LossFunctionWrapper):
    """Mean of the absolute differences; see `mean_absolute_error`.

    Args:
        reduction: a `tf.keras.losses.Reduction`.
        name: the name.
        dtype: see `Loss`.

    >>> import addax as tf
    >>> float(tf.keras.losses.MeanAbsoluteError()([[0.0, 1.0]], [[2.0, 1.0]]))
    1.0
    """

    def __init__(
        self, reduction: str = Reduction.AUTO, name: str | None = "mean_absolute_error", *, dtype: Any = None
    ) -> None:
        super().__init__(functions.mean_absolute_error, reduction=reduction, name=name, dtype=dtype)


class MeanAbsolutePercentageError(LossFunctionWrapper):
    """Mean of the differences in percent; see `mean_absolute_percentage_error`.

    Args:
        reduction: a `tf.keras.losses.Reduction`.
        name: the name.
        dtype: see `Loss`.

    >>> import addax as tf
    >>> float(tf.keras.losses.MeanAbsolutePercentageError()([[2.0, 4.0]], [[1.0, 4.0]]))
    25.0
    """

    def __init__(
        self, reduction: str = Reduction.AUTO, name: str | None = "mean_absolute_percentage_error", *, dtype: Any = None
    ) -> None:
        super().__init__(functions.mean_absolute_percentage_error, reduction=reduction, name=name, dtype=dtype)


class MeanSquaredLogarithmicError(LossFunctionWrapper):
    """Mean of the squared differences of logarithms; see `mean_squared_logarithmic_error`.

    Args:
        reduction: a `tf.keras.losses.Reduction`.
        name: the name.
        dtype: see `Loss`.

    >>> import addax as tf
    >>> float(tf.keras.losses.MeanSquaredLogarithmicError()([[1.0]], [[1.0]]))
    0.0
    """

    def __init__(
        self, reduction: str = Reduction.AUTO, name: str | None = "mean_squared_logarithmic_error", *, dtype: Any = None
    ) -> None:
        super().__init__(functions.mean_squared_logarithmic_error, reduction=reduction, name=name, dtype=dtype)


class Huber(LossFunctionWrapper):
    """Half the square of the difference up to `delta`, linear beyond; see `huber`.

    Args:
        delta: where the square ends.
        reduction: a `tf.keras.losses.Reduction`.
        name: the name.
        dtype: see `Loss`.

    >>> import addax as tf
    >>> float(tf.keras.losses.Huber()([[0.0, 0.0]], [[1.0, 3.0]]))
    1.5
    """

    def __init__(
        self,
        delta: float = 1.0,
        reduction: str = Reduction.AUTO,
        name: str | None = "huber_loss",
        *,
        dtype: Any = None,
    ) -> None:
        super().__init__(functions.huber, reduction=reduction, name=name, dtype=dtype, delta=delta)


class LogCosh(LossFunctionWrapper):
    """Mean of log(cosh(y_pred - y_true)); see `log_cosh`.

    Args:
        reduction: a `tf.keras.losses.Reduction`.
        name: the name.
        dtype: see `Loss`.

    >>> import addax as tf
    >>> float(tf.keras.losses.LogCosh()([[1.0]], [[1.0]]))
    0.0
    """

    def __init__(self, reduction: str = Reduction.AUTO, name: str | None = "log_cosh", *, dtype: Any = None) -> None:
        super().__init__(functions.log_cosh, reduction=reduction, name=name, dtype=dtype)


class Poisson(LossFunctionWrapper):
    """Mean of y_pred - y_true log(y_pred); see `poisson`.

    Args:
        reduction: a `tf.keras.losses.Reduction`.
        name: the name.
        dtype: see `Loss`.

    >>> import addax as tf
    >>> float(tf.keras.losses.Poisson()([[0.0]], [[2.0]]))
    2.0
    """

    def __init__(self, reduction: str = Reduction.AUTO, name: str | None = "poisson", *, dtype: Any = None) -> None:
        super().__init__(functions.poisson, reduction=reduction, name=name, dtype=dtype)


class CosineSimilarity(LossFunctionWrapper):
    """The negative cosine of the angle between targets and predictions; see `cosine_similarity`.

    Args:
        axis: along which the vectors lie.
        reduction: a `tf.keras.losses.Reduction`.
        name: the name.
        dtype: see `Loss`.

    >>> import addax as tf
    >>> round(float(tf.keras.losses.CosineSimilarity()([[0.0, 1.0]], [[0.0, 2.0]])), 4)
    -1.0
    """

    def __init__(
        self,
        axis: int = -1,
        reduction: str = Reduction.AUTO,
        name: str | None = "cosine_similarity",
        *,
        dtype: Any = None,
    ) -> None:
        super().__init__(functions.cosine_similarity, reduction=reduction, name=name, dtype=dtype, axis=axis)


class CategoricalHinge(LossFunctionWrapper):
    """The margin between the right class and the best wrong one; see `categorical_hinge`.

    Args:
        reduction: a `tf.keras.losses.Reduction`.
        name: the name.
        dtype: see `Loss`.

    >>> import addax as tf
    >>> float(tf.keras.losses.CategoricalHinge()([[0.0, 1.0]], [[0.5, 0.5]]))
    1.0
    """

    def __init__(
        self, reduction: str = Reduction.AUTO, name: str | None = "categorical_hinge", *, dtype: Any = None
    ) -> None:
        super().__init__(functions.categorical_hinge, reduction=reduction, name=name, dtype=dtype)


class Hinge(LossFunctionWrapper):
    """Mean of max(1 - y_true y_pred, 0); see `hinge`.

    Args:
        reduction: a `tf.keras.losses.Reduction`.
        name: the name.
        dtype: see `Loss`.

    >>> import addax as tf
    >>> float(tf.keras.losses.Hinge()([[-1.0, 1.0]], [[0.5, 0.5]]))
    1.0
    """

    def __init__(self, reduction: str = Reduction.AUTO, name: str | None = "hinge", *, dtype: Any = None) -> None:
        super().__init__(functions.hinge, reduction=reduction, name=name, dtype=dtype)


class SquaredHinge(LossFunctionWrapper):
    """Mean of max(1 - y_true y_pred, 0)²; see `squared_hinge`.

    Args:
        reduction: a `tf.keras.losses.Reduction`.
        name: the name.
        dtype: see `Loss`.

    >>> import addax as tf
    >>> float(tf.keras.losses.SquaredHinge()([[-1.0, 1.0]], [[0.0, 2.0]]))
    0.5
    """

    def __init__(
        self, reduction: str = Reduction.AUTO, name: str | None = "squared_hinge", *, dtype: Any = None
    ) -> None:
        super().__init__(functions.squared_hinge, reduction=reduction, name=name, dtype=dtype)


class KLDivergence(LossFunctionWrapper):
    """Kullback-Leibler divergence of two distributions; see `kl_divergence`.

    Args:
        reduction: a `tf.keras.losses.Reduction`.
        name: the name.
        dtype: see `Loss`.

    >>> import addax as tf
    >>> float(tf.keras.losses.KLDivergence()([[0.5, 0.5]], [[0.5, 0.5]]))
    0.0
    """

    def __init__(
        self, reduction: str = Reduction.AUTO, name: str | None = "kl_divergence", *, dtype: Any = None
    ) -> None:
        super().__init__(functions.kl_divergence, reduction=reduction, name=name, dtype=dtype)


class BinaryCrossentropy(LossFunctionWrapper):
    """Cross-entropy of two classes; see `binary_crossentropy`.

    Args:
        from_logits: whether predictions are logits, not probabilities.
        label_smoothing: between 0 and 1: moves labels this far towards 0.5.
        axis: the axis of the mean.
        reduction: a `tf.keras.losses.Reduction`.
        name: the name.
        dtype: see `Loss`.

    >>> import addax as tf
    >>> round(float(tf.keras.losses.BinaryCrossentropy()([1.0, 0.0], [0.5, 0.5])), 4)
    0.6931
    """

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str = Reduction.AUTO,
        name: str | None = "binary_crossentropy",
        *,
        dtype: Any = None,
    ) -> None:
        super().__init__(
            functions.binary_crossentropy,
            reduction=reduction,
            name=name,
            dtype=dtype,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
            axis=axis,
        )


class BinaryFocalCrossentropy(LossFunctionWrapper):
    """Binary cross-entropy that counts hard samples more; see `binary_focal_crossentropy`.

    Args:
        apply_class_balancing: weigh class 1 by `alpha` and class 0 by 1 - alpha.
        alpha: see `apply_class_balancing`.
        gamma: 0 gives plain cross-entropy.
        from_logits: whether predictions are logits, not probabilities.
        label_smoothing: between 0 and 1: moves labels this far towards 0.5.
        axis: the axis of the mean.
        reduction: a `tf.keras.losses.Reduction`.
        name: the name.
        dtype: see `Loss`.

    >>> import addax as tf
    >>> round(float(tf.keras.losses.BinaryFocalCrossentropy()([1.0], [0.5])), 4)
    0.1733
    """

    def __init__(
        self,
        apply_class_balancing: bool = False,
        alpha: float = 0.25,
        gamma: float = 2.0,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str = Reduction.AUTO,
        name: str | None = "binary_focal_crossentropy",
        *,
        dtype: Any = None,
    ) -> None:
        super().__init__(
            functions.binary_focal_crossentropy,
            reduction=reduction,
            name=name,
            dtype=dtype,
            apply_class_balancing=apply_class_balancing,
            alpha=alpha,
            gamma=gamma,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
            axis=axis,
        )


class CategoricalCrossentropy(LossFunctionWrapper):
    """Cross-entropy of one-hot classes; see `categorical_crossentropy`.

    Args:
        from_logits: whether predictions are logits, not probabilities.
        label_smoothing: between 0 and 1: this much of each label is spread over all classes.
        axis: the axis of the classes.
        reduction: a `tf.keras.losses.Reduction`.
        name: the name.
        dtype: see `Loss`.

    >>> import addax as tf
    >>> round(float(tf.keras.losses.CategoricalCrossentropy()([[0.0, 1.0]], [[0.5, 0.5]])), 4)
    0.6931
    """

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str = Reduction.AUTO,
        name: str | None = "categorical_crossentropy",
        *,
        dtype: Any = None,
    ) -> None:
        super().__init__(
            functions.categorical_crossentropy,
            reduction=reduction,
            name=name,
            dtype=dtype,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
            axis=axis,
        )


class CategoricalFocalCrossentropy(LossFunctionWrapper):
    """Cross-entropy that counts hard samples more; see `categorical_focal_crossentropy`.

    Args:
        alpha: the weight, one number or one per class.
        gamma: 0 gives plain cross-entropy.
        from_logits: whether predictions are logits, not probabilities.
        label_smoothing: between 0 and 1: this much of each label is spread over all classes.
        axis: the axis of the classes.
        reduction: a `tf.keras.losses.Reduction`.
        name: the name.
        dtype: see `Loss`.

    >>> import addax as tf
    >>> round(float(tf.keras.losses.CategoricalFocalCrossentropy()([[0.0, 1.0]], [[0.5, 0.5]])), 4)
    0.0433
    """

    def __init__(
        self,
        alpha: float = 0.25,
        gamma: float = 2.0,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str = Reduction.AUTO,
        name: str | None = "categorical_focal_crossentropy",
        *,
        dtype: Any = None,
    ) -> None:
        super().__init__(
            functions.categorical_focal_crossentropy,
            reduction=reduction,
            name=name,
            dtype=dtype,
            alpha=alpha,
            gamma=gamma,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
            axis=axis,
        )


class SparseCategoricalCrossentropy(LossFunctionWrapper):
    """Cross-entropy of class indices; see `sparse_categorical_crossentropy`.

    Args:
        from_logits: whether predictions are logits, not probabilities.
        ignore_class: samples of this class have loss 0 and do not count in a mean.
        reduction: a `tf.keras.losses.Reduction`.
        name: the name.
        axis: the axis of the classes.
        dtype: see `Loss`.

    >>> import addax as tf
    >>> round(float(tf.keras.losses.SparseCategoricalCrossentropy()([1], [[0.5, 0.5]])), 4)
    0.6931
    """

    def __init__(
        self,
        from_logits: bool = False,
        ignore_class: int | None = None,
        reduction: str = Reduction.AUTO,
        name: str | None = "sparse_categorical_crossentropy",
        *,
        axis: int = -1,
        dtype: Any = None,
    ) -> None:
        super().__init__(
            functions.sparse_categorical_crossentropy,
            reduction=reduction,
            name=name,
            dtype=dtype,
            from_logits=from_logits,
            ignore_class=ignore_class,
            **({} if axis == -1 else {"axis": axis}),
        )


for _cls in (
    MeanSquaredError,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredLogarithmicError,
    Huber,
    LogCosh,
    Poisson,
    CosineSimilarity,
    CategoricalHinge,
    Hinge,
    SquaredHinge,
    KLDivergence,
    BinaryCrossentropy,
    BinaryFocalCrossentropy,
    CategoricalCrossentropy,
    CategoricalFocalCrossentropy,
    SparseCategoricalCrossentropy,
):
    registry.register("loss", _cls)
