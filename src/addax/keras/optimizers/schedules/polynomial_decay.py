"""Polynomial decay of the learning rate."""

from __future__ import annotations

from typing import Any

from addax.keras import registry
from addax.keras.optimizers.schedules.schedule import LearningRateSchedule, float_dtype
from addax.ops import schedules as formulas


class PolynomialDecay(LearningRateSchedule):
    """(initial_learning_rate - end_learning_rate) * (1 - step / decay_steps) ^ power + end_learning_rate.

    Args:
        initial_learning_rate: the rate of step 0.
        decay_steps: steps until the end rate is reached; it stays there.
        end_learning_rate: the end rate.
        power: of the polynomial; 1 is a straight line.
        cycle: begin anew, with a multiple of `decay_steps`, when the end is reached.
        name: kept in the config.

    >>> import addax as tf
    >>> tf.keras.optimizers.schedules.PolynomialDecay(1.0, 10, end_learning_rate=0.0)(5).numpy()
    np.float32(0.5)
    """

    def __init__(
        self,
        initial_learning_rate: Any,
        decay_steps: Any,
        end_learning_rate: Any = 0.0001,
        power: Any = 1.0,
        cycle: bool = False,
        name: str | None = None,
    ) -> None:
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.end_learning_rate = end_learning_rate
        self.power = power
        self.cycle = cycle
        self.name = name

    def __call__(self, step: Any) -> Any:
        """The learning rate of a step."""
        rate = self.initial_learning_rate
        return formulas.polynomial_decay(
            step, rate, self.decay_steps, self.end_learning_rate, self.power, bool(self.cycle), float_dtype(rate)
        )

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {
            "initial_learning_rate": self.initial_learning_rate,
            "decay_steps": self.decay_steps,
            "end_learning_rate": self.end_learning_rate,
            "power": self.power,
            "cycle": self.cycle,
            "name": self.name,
        }


registry.register("schedule", PolynomialDecay)
