"""A learning rate that is constant between boundaries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from addax.keras import registry
from addax.keras.optimizers.schedules.schedule import LearningRateSchedule, float_dtype
from addax.ops import schedules as formulas


class PiecewiseConstantDecay(LearningRateSchedule):
    """values[0] up to and with step boundaries[0], then values[1] up to and with boundaries[1], and so on.

    Args:
        boundaries: steps, increasing.
        values: rates, one more than boundaries.
        name: kept in the config.

    Raises:
        ValueError: the lengths do not fit.

    >>> import addax as tf
    >>> schedule = tf.keras.optimizers.schedules.PiecewiseConstantDecay([10], [1.0, 0.5])
    >>> [float(schedule(step)) for step in (10, 11)]
    [1.0, 0.5]
    """

    def __init__(self, boundaries: Sequence[Any], values: Sequence[Any], name: str | None = None) -> None:
        if len(boundaries) != len(values) - 1:
            raise ValueError(
                "The length of boundaries should be 1 less than the length of values. Received: "
                f"boundaries={boundaries} of length {len(boundaries)}, and values={values} of length {len(values)}."
            )
        self.boundaries = boundaries
        self.values = values
        self.name = name

    def __call__(self, step: Any) -> Any:
        """The learning rate of a step.

        Raises:
            IndexError: no boundaries.
        """
        if not len(self.boundaries):
            raise IndexError(
                "PiecewiseConstantDecay: list index out of range: there has to be a boundary.\n  Received: "
                f"boundaries={self.boundaries}, values={self.values}.\n  To do: pass the number as the learning rate."
            )
        return formulas.piecewise_constant(step, tuple(self.boundaries), tuple(self.values), _dtype(self.values))

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {"boundaries": self.boundaries, "values": self.values, "name": self.name}


def _dtype(values: Sequence[Any]) -> str:
    """The dtype of the rates: int32 where all are whole numbers, as in Keras 2."""
    return "int32" if all(type(value) is int for value in values) else float_dtype(values[0])


registry.register("schedule", PiecewiseConstantDecay)
