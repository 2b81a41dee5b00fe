"""Learning-rate schedules as functions of the step: one op each, so that a step's rate costs one call."""

from __future__ import annotations

import math
from typing import Any

import jax.numpy as jnp
import numpy as np

from addax.core.convert import FreeLike
from addax.core.dispatch import op


def _floats(dtype: Any, *values: Any) -> list[Any]:
    """Numbers as `tf.cast` makes them of a dtype: Python's by way of float32."""
    return [
        jnp.asarray(np.float32(value) if type(value) is float else value).astype(np.dtype(dtype)) for value in values
    ]


@op
def exponential_decay(step: FreeLike, rate: Any, decay_steps: Any, decay_rate: Any, staircase: bool, dtype: Any) -> Any:
    """Rate times decay_rate ^ (step / decay_steps), with whole powers only where `staircase`."""
    rate, step, decay_steps, decay_rate = _floats(dtype, rate, step, decay_steps, decay_rate)
    part = step / decay_steps
    return rate * jnp.power(decay_rate, jnp.floor(part) if staircase else part)


@op
def inverse_time_decay(
    step: FreeLike, rate: Any, decay_steps: Any, decay_rate: Any, staircase: bool, dtype: Any
) -> Any:
    """Rate / (1 + decay_rate step / decay_steps), in whole steps only where `staircase`."""
    rate, step, decay_steps, decay_rate = _floats(dtype, rate, step, decay_steps, decay_rate)
    part = step / decay_steps
    return rate / (1 + decay_rate * (jnp.floor(part) if staircase else part))


@op
def piecewise_constant(step: FreeLike, boundaries: tuple, values: tuple, dtype: Any) -> Any:
    """values[i] for boundaries[i-1] < step <= boundaries[i]; the first value up to the first boundary."""
    edges = jnp.stack([jnp.asarray(edge).astype(step.dtype) for edge in boundaries])
    return jnp.stack([jnp.asarray(value, np.dtype(dtype)) for value in values])[jnp.sum(step > edges)]


@op
def polynomial_decay(
    step: FreeLike, rate: Any, decay_steps: Any, end_rate: Any, power: Any, cycle: bool, dtype: Any
) -> Any:
    """(rate - end) (1 - step / decay_steps)^power + end; with `cycle`, decay_steps grows to its next multiple."""
    rate, step, decay_steps, end_rate, power = _floats(dtype, rate, step, decay_steps, end_rate, power)
    if cycle:
        decay_steps = decay_steps * jnp.where(step == 0, jnp.ones_like(step), jnp.ceil(step / decay_steps))
    else:
        step = jnp.minimum(step, decay_steps)
    return (rate - end_rate) * jnp.power(1 - step / decay_steps, power) + end_rate


@op
def cosine_decay(
    step: FreeLike,
    rate: Any,
    decay_steps: Any,
    alpha: Any,
    warmup_target: Any,
    warmup_steps: Any,
    dtype: Any,
) -> Any:
    """Half a cosine from rate to alpha rate (Loshchilov and Hutter 2016), after a linear warm-up to a target."""
    rate, step, decay_steps = _floats(dtype, rate, step, decay_steps)
    alpha = jnp.asarray(alpha, np.dtype(dtype))

    def decayed(done: Any, start: Any) -> Any:
        cosine = 0.5 * (1 + jnp.cos(jnp.asarray(math.pi, done.dtype) * (done / decay_steps)))
        return start * ((1 - alpha) * cosine + alpha)

    if warmup_target is None:
        return decayed(jnp.minimum(step, decay_steps), rate)
    target, (warmup,) = jnp.asarray(warmup_target, np.dtype(dtype)), _floats(dtype, warmup_steps)
    step = jnp.minimum(step, decay_steps + warmup)
    rising = (target - rate) * (step / warmup) + rate
    return jnp.where(step < warmup, rising, decayed(step - warmup, target))


@op
def cosine_decay_restarts(
    step: FreeLike, rate: Any, first_decay_steps: Any, t_mul: Any, m_mul: Any, alpha: Any, dtype: Any
) -> Any:
    """Half cosines one after another (SGDR, Loshchilov and Hutter 2016), t_mul times as long, from m_mul as high."""
    even = t_mul == 1
    rate, step, first_decay_steps, t_mul, m_mul, alpha = _floats(
        dtype, rate, step, first_decay_steps, t_mul, m_mul, alpha
    )
    done = step / first_decay_steps
    if even:
        restarts = jnp.floor(done)
        done = done - restarts
    else:
        restarts = jnp.floor(jnp.log(1 - done * (1 - t_mul)) / jnp.log(t_mul))
        length = jnp.power(t_mul, restarts)
        done = (done - (1 - length) / (1 - t_mul)) / length
    cosine = 0.5 * jnp.power(m_mul, restarts) * (1 + jnp.cos(jnp.asarray(math.pi, done.dtype) * done))
    return rate * ((1 - alpha) * cosine + alpha)
