"""Random arrays for initial weights.

Weights are drawn on the host, by NumPy's counter-based generator (Philox): a compiled draw would cost a compilation
for each shape, which is most of the time it takes to build a model. Large arrays, and draws inside a compiled function,
are drawn on the device.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from addax.core import context, convert, dtypes, random
from addax.core.tensor import Tensor
from addax.ops import random as ops_random

_ON_HOST = 1 << 24  # elements; above, the device is faster than NumPy and a compilation together


def generator(seed: int | None) -> np.random.Generator | None:
    """NumPy's generator for a seed, or for the next place of the global stream; None inside a compiled function."""
    if seed is not None:
        return np.random.Generator(np.random.Philox(key=int(seed) & 0xFFFFFFFFFFFFFFFF))
    if context.state.trace is not None:
        return None
    key = random.next_key().numpy().view(np.uint64)
    return np.random.Generator(np.random.Philox(key=key))


def _host(seed: int | None, shape: tuple[int, ...]) -> np.random.Generator | None:
    return generator(seed) if math.prod(shape) <= _ON_HOST else None


def finish(array: np.ndarray, dtype: dtypes.DType) -> Tensor:
    """A drawn array as a tensor."""
    return Tensor(convert.to_device(np.asarray(array, dtype.np, order="C")))


def _drawn_as(dtype: dtypes.DType) -> Any:
    return np.float64 if dtype.name == "float64" else np.float32


def normal(shape: tuple[int, ...], mean: float, stddev: float, dtype: dtypes.DType, seed: int | None) -> Tensor:
    """Values of a normal distribution."""
    host = _host(seed, shape)
    if host is None:
        if seed is None:
            return ops_random.normal(shape, mean, stddev, dtype)
        return ops_random.stateless_normal(shape, (seed, 0), mean, stddev, dtype)
    values = host.standard_normal(shape, dtype=_drawn_as(dtype))
    return finish(values * _drawn_as(dtype)(stddev) + _drawn_as(dtype)(mean), dtype)


def truncated_normal(
    shape: tuple[int, ...], mean: float, stddev: float, dtype: dtypes.DType, seed: int | None
) -> Tensor:
    """Values of a normal distribution, none more than two standard deviations from the mean."""
    host = _host(seed, shape)
    if host is None:
        if seed is None:
            return ops_random.truncated_normal(shape, mean, stddev, dtype)
        return ops_random.stateless_truncated_normal(shape, (seed, 0), mean, stddev, dtype)
    values = host.standard_normal(math.prod(shape), dtype=_drawn_as(dtype))
    outside = np.flatnonzero(np.abs(values) > 2)
    while outside.size:
        values[outside] = host.standard_normal(outside.size, dtype=_drawn_as(dtype))
        outside = outside[np.abs(values[outside]) > 2]
    return finish(values.reshape(shape) * _drawn_as(dtype)(stddev) + _drawn_as(dtype)(mean), dtype)


def uniform(shape: tuple[int, ...], low: Any, high: Any, dtype: dtypes.DType, seed: int | None) -> Tensor:
    """Values spread evenly from `low` up to `high`, which integers reach up to but do not include."""
    host = _host(seed, shape)
    if host is None:
        if seed is None:
            return ops_random.uniform(shape, low, high, dtype)
        return ops_random.stateless_uniform(shape, (seed, 0), low, high, dtype)
    if dtype.is_integer:
        return finish(host.integers(low, high, size=shape, dtype=dtype.np), dtype)
    kind = _drawn_as(dtype)
    return finish(host.random(shape, dtype=kind) * kind(high - low) + kind(low), dtype)
