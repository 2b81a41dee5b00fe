"""How callbacks set an optimizer's learning rate."""

from __future__ import annotations

from typing import Any

from addax.core import errors
from addax.keras.optimizers.schedules.schedule import LearningRateSchedule


def set_rate(optimizer: Any, rate: Any, who: str) -> None:
    """Set the learning rate; where a schedule is in charge, that lasts until the optimizer's next step, as in Keras 2.

    Args:
        optimizer: of the model.
        rate: a number.
        who: the callback.
    """
    if isinstance(getattr(optimizer, "_learning_rate", None), LearningRateSchedule):
        errors.warn(
            f"{who}: the optimizer's learning rate comes from a LearningRateSchedule, which overwrites {rate} in the "
            "next step.\n  To do: give the optimizer a number, or leave the callback out.",
            stacklevel=3,
        )
        optimizer.learning_rate.assign(rate)
    else:
        optimizer.lr = rate
