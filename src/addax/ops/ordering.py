"""Order and places of extremes, as a CPU finds them fast.

XLA compares floats by a function that it calls for each pair, and sorts whole numbers 4 to 6 times as fast; and it
looks for the place of an extreme number by number, where the extreme itself and the first place that is equal to it are
two fast reductions. Other devices have JAX's own.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from addax.core.sizes import is_open

__all__ = ["ascending", "place_of_extreme", "stable_order"]

_KEYS = {"float32": np.int32, "float64": np.int64}
_LONG, _PART, _LEAST_PART = 2048, 256, 31  # numbers, looked through in such parts
_FEWEST, _MOST = 16, 2**24  # numbers to find an extreme among; float32 counts no further


def _keys(x: Any, zeros_equal: bool = False) -> Any:
    """Whole numbers in the order of floats; NaN of either sign comes last.

    By their bits alone: a processor that takes the smallest floats for 0 would lose them.
    """
    bits = lax.bitcast_convert_type(x, _KEYS[x.dtype.name])
    size = bits & np.iinfo(bits.dtype).max  # without the sign
    nan, infinity = (np.asarray(value, x.dtype).view(bits.dtype) for value in (np.nan, np.inf))
    bits = jnp.where(size > infinity, nan, bits)
    return _turned(jnp.where(size == 0, 0, bits) if zeros_equal else bits)


def _turned(bits: Any) -> Any:
    """The bits of floats as whole numbers in their order, and back."""
    return jnp.where(bits < 0, bits ^ np.iinfo(bits.dtype).max, bits)


def _here(x: Any) -> bool:
    return jax.default_backend() == "cpu" and not is_open(x.shape)


def ascending(x: Any, axis: int) -> Any:
    """The numbers in ascending order along an axis; NaN comes last."""
    if not _here(x) or x.dtype.name not in _KEYS:
        return jnp.sort(x, axis)
    return jnp.moveaxis(_sorted_floats(jnp.moveaxis(x, axis, -1)), -1, axis)


@jax.custom_jvp
def _sorted_floats(x: Any) -> Any:
    return lax.bitcast_convert_type(_turned(lax.sort(_keys(x))), x.dtype)


@_sorted_floats.defjvp
def _change_of_sorted(primals: Any, tangents: Any) -> tuple[Any, Any]:
    order = stable_order(primals[0], -1)
    return jnp.take_along_axis(primals[0], order, -1), jnp.take_along_axis(tangents[0], order, -1)


def stable_order(x: Any, axis: int) -> Any:
    """The places of the numbers in ascending order along an axis, int32; equal ones keep their order."""
    if not _here(x) or x.dtype.itemsize > 4 or x.dtype == np.uint32 or x.dtype.kind not in "fiuV":
        return jnp.argsort(x, axis=axis, stable=True).astype(np.int32)
    last = jnp.moveaxis(x, axis, -1)
    keys = (last if x.dtype.kind in "iu" else _keys(last.astype(np.float32), True)).astype(np.int64)
    places = lax.broadcasted_iota(np.int64, last.shape, last.ndim - 1)
    order = lax.sort(lax.shift_left(keys, np.int64(32)) | places)  # a place is the lower half of its number
    return jnp.moveaxis(order.astype(np.int32), -1, axis)


def place_of_extreme(pick: Any, x: Any, axis: int, dtype: Any) -> Any:
    """Where the first of the largest (or least) numbers is along an axis.

    Args:
        pick: `lax.argmax` or `lax.argmin`.
        x: numbers without NaN.
        axis: from 0.
        dtype: of the result.
    """
    count = x.shape[axis]
    if x.dtype != np.float32 or jax.default_backend() != "cpu" or is_open(x.shape) or not _FEWEST <= count < _MOST:
        return pick(x, axis, dtype)
    extreme = jnp.max if pick is lax.argmax else jnp.min
    part = next((size for size in range(_PART, _LEAST_PART, -1) if count % size == 0), None)
    if axis == x.ndim - 1 and count >= _LONG and part is not None:  # the part with the extreme first: x is read once
        parts = x.reshape(*x.shape[:-1], count // part, part)
        first = place_of_extreme(pick, extreme(parts, -1), axis, dtype)
        found = jnp.take_along_axis(parts, first[..., None, None], axis)[..., 0, :]
        return first * np.asarray(part, dtype) + pick(found, axis, dtype)
    places = lax.broadcasted_iota(np.float32, x.shape, axis)
    found = jnp.where(x == extreme(x, axis, keepdims=True), places, np.float32(count))
    return jnp.min(found, axis).astype(dtype)
