"""The largest element and the sum of each window where windows lie side by side, so that no element belongs to two.

Each dimension becomes two, the window's number and the place in it. The few places of a small window are written out:
XLA's reductions over them take 2 to 9 times as long. The gradient is one pass over the input: of the sum a copy for
each place, of the largest the change at the place where it is.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.interpreters import ad

from addax.core import dtypes
from addax.core.sizes import is_open
from addax.ops.overlapping_windows import MOST_PLACES, found_together, linear_primitive
from addax.ops.windows import Windows

__all__ = ["are", "greater", "largest", "least", "lowest", "total"]

_FEW = 9  # places whose sum is written out


def are(w: Windows) -> bool:
    """Whether windows of known number follow each other without gaps, or there is but one along a dimension."""
    sides = zip(w.kernel, w.strides, w.out, strict=True)
    return not is_open(w.out) and set(w.dilations) == {1} and all(k == step or n == 1 for k, step, n in sides)


def largest(x: Any, w: Windows) -> Any:
    """The largest number of each window, (batch, *windows, channels), of x with its padding; NaN is none."""
    return _largest_place(_in_windows(x, w))


def total(x: Any, w: Windows) -> Any:
    """The sum of each window, (batch, *windows, channels), of x with its padding."""
    return _total_p.bind(_in_windows(x, w), kernel=w.kernel)


def lowest(dtype: Any) -> Any:
    """What is less than, or equal to, all numbers of a dtype: what padding holds."""
    return -np.inf if dtypes.from_numpy(dtype).is_floating else dtypes.from_numpy(dtype).min


def least(dtype: Any) -> Any:
    """What TensorFlow's pools begin with; those of bfloat16 are another library's."""
    return np.asarray(-np.inf if dtype.kind == "V" else dtypes.from_numpy(dtype).min, dtype)


def greater(part: Any, total: Any) -> Any:
    """The greater of two, of which the first counts only where it is a number: NaN loses, as in TensorFlow."""
    return jnp.where(part > total, part, total)


def _in_windows(x: Any, w: Windows) -> Any:
    """(batch, windows, places, windows, places, ..., channels); what no window reaches is cut off."""
    for i, (count, k) in enumerate(zip(w.out, w.kernel, strict=True)):
        x = lax.slice_in_dim(x, 0, count * k, axis=i + 1)
    sizes = [size for pair in zip(w.out, w.kernel, strict=True) for size in pair]
    return x.reshape(x.shape[0], *sizes, x.shape[-1])


def _places(x: Any) -> Iterator[Any]:
    """The elements at each place in a window, in row-major order, of what `_in_windows` made."""
    for place in itertools.product(*map(range, x.shape[2:-1:2])):
        index = [slice(None)] * x.ndim
        index[2:-1:2] = place
        yield x[tuple(index)]


def _place_axes(x: Any) -> tuple[int, ...]:
    return tuple(range(2, x.ndim - 1, 2))


# ---------------------------------------------------------------------------- the largest


@jax.custom_jvp
def _largest_place(x: Any) -> Any:
    if _many_places(x):
        return jnp.maximum(jnp.max(jnp.where(x == x, x, least(x.dtype)), _place_axes(x)), least(x.dtype))
    return functools.reduce(lambda total, part: greater(part, total), _places(x), least(x.dtype))


def _many_places(x: Any) -> bool:
    """Whether places are too many to be written out."""
    return math.prod(x.shape[2:-1:2]) > MOST_PLACES


@_largest_place.defjvp
def _change_of_largest_place(primals: Any, tangents: Any) -> tuple[Any, Any]:
    """The change of the first of the largest, as one sum over places: its transpose is one pass."""
    (x,), (change,) = primals, tangents
    axes = _place_axes(x)
    count = math.prod(x.shape[2:-1:2])
    numbers = np.arange(count, dtype=np.int32 if _many_places(x) else np.int8)
    numbers = numbers.reshape([size if axis in axes else 1 for axis, size in enumerate(x.shape)])
    if _many_places(x):
        total = _largest_place(x)
        first = jnp.min(jnp.where(x == jnp.expand_dims(total, axes), numbers, np.int32(count)), axes)
        chosen = jnp.where(first == count, np.int32(0), first)  # all are NaN
    else:
        total, chosen = found_together(_places(x), least(x.dtype))
    picked = jnp.where(numbers == jnp.expand_dims(chosen, axes), change, jnp.zeros((), change.dtype))
    return total, jnp.sum(picked, axes)


# ---------------------------------------------------------------------------- the sum


def _total(x: Any, *, kernel: tuple[int, ...]) -> Any:
    if math.prod(kernel) > _FEW:
        return jnp.sum(x, _place_axes(x))
    return functools.reduce(lax.add, _places(x))


def _copies(x: Any, *, kernel: tuple[int, ...]) -> Any:
    return jnp.broadcast_to(jnp.expand_dims(x, tuple(range(2, 2 * len(kernel) + 1, 2))), _with_places(x.shape, kernel))


def _with_places(shape: tuple[int, ...], kernel: tuple[int, ...]) -> tuple[int, ...]:
    pairs = zip(shape[1:-1], kernel, strict=True)
    return (shape[0], *itertools.chain(*pairs), shape[-1])


_total_p = linear_primitive("sum_of_places", _total, lambda shape, kernel: (shape[0], *shape[1:-1:2], shape[-1]))
_copies_p = linear_primitive("copies_for_places", _copies, _with_places)
ad.primitive_transposes[_total_p] = lambda given, x, *, kernel: (_copies_p.bind(given, kernel=kernel),)
ad.primitive_transposes[_copies_p] = lambda given, each, *, kernel: (_total_p.bind(given, kernel=kernel),)
