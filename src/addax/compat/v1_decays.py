"""``tf.compat.v1.train``'s learning rates that decay: functions that read a counter of steps when they are called."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import addax as tf
from addax.keras.optimizers import schedules

Rate = Callable[[], tf.Tensor]


def _at(rate: Callable[[Any], Any], global_step: Any) -> Rate:
    """The rate at the step that the counter says when it is asked."""
    if global_step is None:
        raise ValueError("global_step is required: a variable that counts steps, or a number.")
    return lambda: tf.convert_to_tensor(rate(tf.convert_to_tensor(global_step)))


def _progress(step: Any, decay_steps: Any, staircase: bool = False) -> Any:
    done = tf.cast(step, tf.float32) / tf.cast(decay_steps, tf.float32)
    return tf.floor(done) if staircase else done


def exponential_decay(
    learning_rate: Any, global_step: Any, decay_steps: Any, decay_rate: Any, staircase: bool = False,
    name: str | None = None,
) -> Rate:  # fmt: skip
    """`learning_rate * decay_rate ** (step / decay_steps)`; with `staircase` in whole powers.

    >>> import addax as tf
    >>> float(tf.compat.v1.train.exponential_decay(1.0, 20, 10, 0.5)())
    0.25
    """
    return _at(schedules.ExponentialDecay(learning_rate, decay_steps, decay_rate, staircase), global_step)


def piecewise_constant(x: Any, boundaries: Any, values: Any, name: str | None = None) -> Rate:
    """`values[0]` up to `boundaries[0]`, `values[1]` up to `boundaries[1]`, and so on.

    Raises:
        ValueError: not one value more than boundaries.

    >>> import addax as tf
    >>> float(tf.compat.v1.train.piecewise_constant(5, [3, 6], [1.0, 0.5, 0.25])())
    0.5
    """
    return _at(schedules.PiecewiseConstantDecay(boundaries, values), x)


piecewise_constant_decay = piecewise_constant


def polynomial_decay(
    learning_rate: Any, global_step: Any, decay_steps: Any, end_learning_rate: Any = 0.0001, power: Any = 1.0,
    cycle: bool = False, name: str | None = None,
) -> Rate:  # fmt: skip
    """From `learning_rate` to `end_learning_rate` in `decay_steps` steps, as a power; then constant, or in cycles.

    >>> import addax as tf
    >>> float(tf.compat.v1.train.polynomial_decay(1.0, 5, 10, 0.0)())
    0.5
    """
    made = schedules.PolynomialDecay(learning_rate, decay_steps, end_learning_rate, power, cycle)
    return _at(made, global_step)


def natural_exp_decay(
    learning_rate: Any, global_step: Any, decay_steps: Any, decay_rate: Any, staircase: bool = False,
    name: str | None = None,
) -> Rate:  # fmt: skip
    """`learning_rate * exp(-decay_rate * step / decay_steps)`; with `staircase` in whole steps.

    >>> import addax as tf
    >>> round(float(tf.compat.v1.train.natural_exp_decay(1.0, 10, 10, 1.0)()), 4)
    0.3679
    """
    return _at(lambda step: learning_rate * tf.exp(-decay_rate * _progress(step, decay_steps, staircase)), global_step)


def inverse_time_decay(
    learning_rate: Any, global_step: Any, decay_steps: Any, decay_rate: Any, staircase: bool = False,
    name: str | None = None,
) -> Rate:  # fmt: skip
    """`learning_rate / (1 + decay_rate * step / decay_steps)`; with `staircase` in whole steps.

    >>> import addax as tf
    >>> float(tf.compat.v1.train.inverse_time_decay(1.0, 10, 10, 1.0)())
    0.5
    """
    return _at(schedules.InverseTimeDecay(learning_rate, decay_steps, decay_rate, staircase), global_step)


def cosine_decay(
    learning_rate: Any, global_step: Any, decay_steps: Any, alpha: Any = 0.0, name: str | None = None
) -> Rate:
    """Half a cosine from `learning_rate` to `alpha * learning_rate` (Loshchilov and Hutter 2016).

    >>> import addax as tf
    >>> round(float(tf.compat.v1.train.cosine_decay(1.0, 5, 10)()), 4)
    0.5
    """
    return _at(schedules.CosineDecay(learning_rate, decay_steps, alpha), global_step)


def cosine_decay_restarts(
    learning_rate: Any, global_step: Any, first_decay_steps: Any, t_mul: Any = 2.0, m_mul: Any = 1.0,
    alpha: Any = 0.0, name: str | None = None,
) -> Rate:  # fmt: skip
    """Half cosines one after another, each `t_mul` times as long and `m_mul` times as high.

    >>> import addax as tf
    >>> float(tf.compat.v1.train.cosine_decay_restarts(1.0, 10, 10)())
    1.0
    """
    return _at(schedules.CosineDecayRestarts(learning_rate, first_decay_steps, t_mul, m_mul, alpha), global_step)


def linear_cosine_decay(
    learning_rate: Any, global_step: Any, decay_steps: Any, num_periods: Any = 0.5, alpha: Any = 0.0,
    beta: Any = 0.001, name: str | None = None,
) -> Rate:  # fmt: skip
    """A line to 0 times a cosine of `num_periods` periods (Bello et al. 2017, arXiv:1709.07417).

    >>> import addax as tf
    >>> round(float(tf.compat.v1.train.linear_cosine_decay(0.1, 5, 10)()), 4)
    0.0251
    """
    return noisy_linear_cosine_decay(
        learning_rate, global_step, decay_steps, 0.0, 0.0, num_periods, alpha, beta
    )  # fmt: skip


def noisy_linear_cosine_decay(
    learning_rate: Any, global_step: Any, decay_steps: Any, initial_variance: Any = 1.0, variance_decay: Any = 0.55,
    num_periods: Any = 0.5, alpha: Any = 0.0, beta: Any = 0.001, name: str | None = None,
) -> Rate:  # fmt: skip
    """`linear_cosine_decay` with normal noise on the line, of variance `initial_variance / (1 + step) ** ...`.

    >>> import addax as tf
    >>> round(float(tf.compat.v1.train.noisy_linear_cosine_decay(0.1, 5, 10, initial_variance=0.0)()), 4)
    0.0251
    """

    def rate(step: Any) -> Any:
        wide = tf.minimum(tf.cast(step, tf.float32), tf.cast(decay_steps, tf.float32))
        done = _progress(wide, decay_steps)
        line = 1.0 - done
        if initial_variance:
            line += tf.random.normal([]) * tf.sqrt(initial_variance / (1.0 + wide) ** variance_decay)
        wave = 0.5 * (1.0 + tf.cos(2.0 * math.pi * num_periods * done))
        return learning_rate * ((alpha + line) * wave + beta)

    return _at(rate, global_step)
