"""Cosine decay of the learning rate, with warm-up or with restarts."""

from __future__ import annotations

from typing import Any

from addax.keras import registry
from addax.keras.optimizers.schedules.schedule import LearningRateSchedule, float_dtype
from addax.ops import schedules as formulas


class CosineDecay(LearningRateSchedule):
    """Half a cosine down to `alpha` times the rate, after an optional linear warm-up (Loshchilov and Hutter 2016).

    Args:
        initial_learning_rate: the rate of step 0.
        decay_steps: length of the decay, in steps.
        alpha: the fraction that remains at the end.
        name: kept in the config.
        warmup_target: the rate that the warm-up rises to (None: no warm-up); the decay starts from there.
        warmup_steps: length of the warm-up, in steps.

    >>> import addax as tf
    >>> tf.keras.optimizers.schedules.CosineDecay(1.0, 10)(10).numpy()
    np.float32(0.0)
    """

    def __init__(
        self,
        initial_learning_rate: Any,
        decay_steps: Any,
        alpha: Any = 0.0,
        name: str | None = None,
        warmup_target: Any = None,
        warmup_steps: Any = 0,
    ) -> None:
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.alpha = alpha
        self.name = name
        self.warmup_steps = warmup_steps
        self.warmup_target = warmup_target

    def __call__(self, step: Any) -> Any:
        """The learning rate of a step."""
        rate = self.initial_learning_rate
        return formulas.cosine_decay(
            step, rate, self.decay_steps, self.alpha, self.warmup_target, self.warmup_steps, float_dtype(rate)
        )

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {
            "initial_learning_rate": self.initial_learning_rate,
            "decay_steps": self.decay_steps,
            "alpha": self.alpha,
            "name": self.name,
            "warmup_target": self.warmup_target,
            "warmup_steps": self.warmup_steps,
        }


class CosineDecayRestarts(LearningRateSchedule):
    """Half cosines one after another, each longer and from lower (SGDR, Loshchilov and Hutter 2016).

    Args:
        initial_learning_rate: the rate of step 0.
        first_decay_steps: length of the first decay, in steps.
        t_mul: how much longer each decay is than the one before.
        m_mul: how much higher each one starts than the one before.
        alpha: the fraction of the rate that remains at the end of a decay.
        name: kept in the config.

    >>> import addax as tf
    >>> tf.keras.optimizers.schedules.CosineDecayRestarts(1.0, 10, m_mul=0.5)(10).numpy()
    np.float32(0.5)
    """

    def __init__(
        self,
        initial_learning_rate: Any,
        first_decay_steps: Any,
        t_mul: Any = 2.0,
        m_mul: Any = 1.0,
        alpha: Any = 0.0,
        name: str | None = None,
    ) -> None:
        self.initial_learning_rate = initial_learning_rate
        self.first_decay_steps = first_decay_steps
        self._t_mul = t_mul
        self._m_mul = m_mul
        self.alpha = alpha
        self.name = name

    def __call__(self, step: Any) -> Any:
        """The learning rate of a step."""
        rate = self.initial_learning_rate
        return formulas.cosine_decay_restarts(
            step, rate, self.first_decay_steps, self._t_mul, self._m_mul, self.alpha, float_dtype(rate)
        )

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {
            "initial_learning_rate": self.initial_learning_rate,
            "first_decay_steps": self.first_decay_steps,
            "t_mul": self._t_mul,
            "m_mul": self._m_mul,
            "alpha": self.alpha,
            "name": self.name,
        }


for _schedule in (CosineDecay, CosineDecayRestarts):
    registry.register("schedule", _schedule)
