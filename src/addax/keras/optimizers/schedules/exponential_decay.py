"""Exponential decay of the learning rate."""

from __future__ import annotations

from typing import Any

from addax.keras import registry
from addax.keras.optimizers.schedules.schedule import LearningRateSchedule, float_dtype
from addax.ops import schedules as formulas


class ExponentialDecay(LearningRateSchedule):
    """initial_learning_rate * decay_rate ^ (step / decay_steps).

    Args:
        initial_learning_rate: the rate of step 0.
        decay_steps: steps until it has been multiplied by `decay_rate` once.
        decay_rate: the factor.
        staircase: multiply only every whole `decay_steps`.
        name: kept in the config.

    >>> import addax as tf
    >>> tf.keras.optimizers.schedules.ExponentialDecay(1.0, 10, 0.5)(20).numpy()
    np.float32(0.25)
    """

    def __init__(
        self,
        initial_learning_rate: Any,
        decay_steps: Any,
        decay_rate: Any,
        staircase: bool = False,
        name: str | None = None,
    ) -> None:
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.decay_rate = decay_rate
        self.staircase = staircase
        self.name = name

    def __call__(self, step: Any) -> Any:
        """The learning rate of a step."""
        rate = self.initial_learning_rate
        return formulas.exponential_decay(
            step, rate, self.decay_steps, self.decay_rate, bool(self.staircase), float_dtype(rate)
        )

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {
            "initial_learning_rate": self.initial_learning_rate,
            "decay_steps": self.decay_steps,
            "decay_rate": self.decay_rate,
            "staircase": self.staircase,
            "name": self.name,
        }


registry.register("schedule", ExponentialDecay)
