"""Random arrays for initial weights: the numbers that TensorFlow's stateless ops draw with the seed [seed, 0],
or, for a part of a larger weight, with the two numbers given.

Weights are drawn on the host (`core/philox_host.py`): a compiled draw would cost a compilation for each shape, which is
most of the time it takes to build a model. Draws inside a compiled function are made by the ops themselves.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from addax.core import context, convert, dtypes, philox_host
from addax.core.tensor import Tensor
from addax.ops import random as ops_random


def finish(array: np.ndarray, dtype: dtypes.DType) -> Tensor:
    """A drawn array as a tensor."""
    return Tensor(convert.to_device(np.asarray(array, dtype.np, order="C")))


Seed = int | tuple[int, int]


def _traced() -> bool:
    return context.state.trace is not None


def _pair(seed: Seed) -> tuple[int, int]:
    return seed if isinstance(seed, tuple) else (seed, 0)


def _spread(drawn: np.ndarray, factor: Any, shift: Any) -> np.ndarray:
    drawn *= drawn.dtype.type(factor)
    drawn += drawn.dtype.type(shift)
    return drawn


def normal(shape: tuple[int, ...], mean: float, stddev: float, dtype: dtypes.DType, seed: Seed) -> Tensor:
    """Values of a normal distribution."""
    if _traced():
        return ops_random.stateless_normal(shape, _pair(seed), mean, stddev, dtype)
    drawn = philox_host.normal(philox_host.position(*_pair(seed)), shape, dtype.np)
    return finish(_spread(drawn, stddev, mean), dtype)


def truncated_normal(shape: tuple[int, ...], mean: float, stddev: float, dtype: dtypes.DType, seed: Seed) -> Tensor:
    """Values of a normal distribution, none more than two standard deviations from the mean."""
    if _traced():
        return ops_random.stateless_truncated_normal(shape, _pair(seed), mean, stddev, dtype)
    drawn = philox_host.truncated_normal(philox_host.position(*_pair(seed)), shape, dtype.np)
    return finish(_spread(drawn, stddev, mean), dtype)


def uniform(shape: tuple[int, ...], low: Any, high: Any, dtype: dtypes.DType, seed: Seed) -> Tensor:
    """Values spread evenly from `low` up to `high`, which integers do not include; for floats it is 1 by default."""
    if _traced() or dtype.is_integer:
        return ops_random.stateless_uniform(shape, _pair(seed), low, high, dtype)
    drawn = philox_host.uniform(philox_host.position(*_pair(seed)), shape, dtype.np)
    kind, high = drawn.dtype.type, 1 if high is None else high
    return finish(_spread(drawn, kind(high) - kind(low), low), dtype)
