"""Many arrays handed to the device in one call of compiled code.

A call for each array costs more than moving the arrays of a small batch does.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from functools import partial
from typing import Any

import jax
import numpy as np

from addax.core import context


@partial(jax.jit, donate_argnums=0)
def _move(arrays: list[np.ndarray]) -> list[Any]:
    """The arrays. They are donated, so that what was moved is not copied once more."""
    return arrays


@partial(jax.jit, static_argnames=("size",))
def _pick(arrays: Sequence[Any], number: Any, size: int) -> list[Any]:
    return [jax.lax.dynamic_slice_in_dim(array, number * size, size) for array in arrays]


def _concrete() -> Any:
    """Arrays are made now, even while a function is traced."""
    return contextlib.nullcontext() if context.state.trace is None else jax.ensure_compile_time_eval()


def moved(arrays: Sequence[Any]) -> list[Any]:
    """Arrays as arrays on the device; compiled for each list of shapes, within a few milliseconds.

    Args:
        arrays: NumPy arrays, whose memory nobody writes to any more, or JAX arrays, which stay what they are.
    """
    host = [array for array in arrays if isinstance(array, np.ndarray)]
    with _concrete():
        here = _move(host)
    if len(host) == len(arrays):
        return here
    rest = iter(here)
    return [next(rest) if isinstance(array, np.ndarray) else array for array in arrays]


def parts(arrays: Sequence[Any], count: int, most: int) -> list[list[Any]]:
    """Batches from arrays of their rows.

    Args:
        arrays: NumPy or JAX arrays of `count` batches behind each other; nobody writes to their memory any more.
        count: how many batches.
        most: how many batches there usually are; nothing is compiled for fewer.

    Returns:
        For each batch, its arrays on the device.
    """
    sizes = [array.shape[0] // count for array in arrays]
    if jax.default_backend() != "cpu" and not any(isinstance(array, np.ndarray) for array in arrays):
        with _concrete():
            return [_pick(list(arrays), number, sizes[0]) for number in range(count)]
    host = [np.asarray(array) for array in arrays]
    batches = [[a[n * size : (n + 1) * size] for a, size in zip(host, sizes, strict=True)] for n in range(count)]
    if 2 * count < most:
        return [moved(batch) for batch in batches]
    batches += batches[:1] * (most - count)
    flat = moved([array for batch in batches for array in batch])
    return [flat[at : at + len(host)] for at in range(0, count * len(host), len(host))]
