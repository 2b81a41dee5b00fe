"""How a loss brings the losses of a batch together."""

from __future__ import annotations


class Reduction:
    """The kinds of reduction.

    AUTO is SUM_OVER_BATCH_SIZE (decided where the loss is used), NONE keeps one loss per sample, SUM adds them,
    SUM_OVER_BATCH_SIZE divides their sum by their number. Keras 3 has "mean" too, the same, and
    "mean_with_sample_weight", which divides by the sum of the weights.

    >>> import addax as tf
    >>> tf.keras.losses.Reduction.SUM
    'sum'
    """

    AUTO = "auto"
    NONE = "none"
    SUM = "sum"
    SUM_OVER_BATCH_SIZE = "sum_over_batch_size"

    @classmethod
    def all(cls) -> tuple[str, ...]:
        """All kinds."""
        return (cls.AUTO, cls.NONE, cls.SUM, cls.SUM_OVER_BATCH_SIZE)

    @classmethod
    def validate(cls, key: str) -> None:
        """Refuse what is not a kind.

        Raises:
            ValueError: `key` is not one of `all()`.
        """
        if key not in (*cls.all(), "mean", "mean_with_sample_weight"):
            raise ValueError(f'Invalid Reduction Key: {key}. Expected keys are "{cls.all()}"')
