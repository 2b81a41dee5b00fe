"""How programs for a CPU take sums and extremes where the library that XLA hands them to is slow.

That library (YNNPACK) is faster than XLA for most reductions, but not for these two, which are written out here as sums
(or extremes) of a few arrays:

- of long rows, such as the gradient of a bias or of a position embedding that is added to each example: up to JAX 0.11
  it takes 20 to 100 times as long once a row has more than 2**14 elements;
- of a few neighbours in each of many places, such as the softmax of an image's 3 classes: 3 to 15 times as long.

JAX's own primitives are lowered this way, not ops of ours, because such sums come out of JAX's derivatives; whatever
else the process runs with JAX on one CPU has them too. Programs for other devices, for several, or written for others
to run are lowered as JAX lowers them.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
from jax import lax
from jax.interpreters import mlir

from addax.core.primitives import runs_here
from addax.ops.computed_once import computed_once

_LONG_ROW = 2**14  # elements; up to here the library is fast
_NEIGHBOURS, _PLACES = 8, 4096  # at most so many in at least so many places
_TOGETHER = 16  # arrays that one loop reads


def _lower(join: Callable[[Any, Any], Any], usual: Callable[..., Any], ctx: Any, x: Any, *, axes: Any, **rest: Any):
    aval = ctx.avals_in[0]
    if not runs_here(ctx.module_context) or not _slow_by_library(aval, axes):
        return usual(ctx, x, axes=axes, **rest)
    written_out = functools.partial(_reduced, join, axes)
    return mlir.lower_fun(lambda x: computed_once(written_out, x), multiple_results=False)(ctx, x)


def _slow_by_library(aval: Any, axes: tuple[int, ...]) -> bool:
    if aval.dtype not in (np.float32, np.float64) or 0 in aval.shape:
        return False
    if not axes or max(axes) - min(axes) + 1 != len(axes):
        return False
    places, count, row = _sizes(aval.shape, axes)
    return count > 1 and (row > _LONG_ROW or row == 1 and count <= _NEIGHBOURS and places >= _PLACES)


def _sizes(shape: tuple[int, ...], axes: tuple[int, ...]) -> tuple[int, int, int]:
    """How many elements there are before neighbouring axes, along them, and behind them."""
    first, behind = min(axes), max(axes) + 1
    return math.prod(shape[:first]), math.prod(shape[first:behind]), math.prod(shape[behind:])


def _reduced(join: Callable[[Any, Any], Any], axes: tuple[int, ...], x: Any) -> Any:
    """Parts of the axes joined element by element, until one is left."""
    left = x.reshape(_sizes(x.shape, axes))
    while (count := left.shape[1]) > 1:
        parts = min(count, _TOGETHER)
        size = count // parts
        first, *others = (lax.slice_in_dim(left, at * size, (at + 1) * size, axis=1) for at in range(parts))
        rest = lax.slice_in_dim(left, parts * size, count, axis=1)
        left = functools.reduce(join, others, first)
        if rest.shape[1]:
            left = lax.concatenate([left, rest], 1)
    return left.reshape([size for axis, size in enumerate(x.shape) if axis not in axes])


def _register(primitive: Any, join: Callable[[Any, Any], Any]) -> None:
    known = getattr(mlir, "_lowerings", {}).get(primitive)  # JAX's rule has no public name; without it nothing changes
    if known is not None:
        usual = getattr(known, "rule", known)
        mlir.register_lowering(primitive, functools.partial(_lower, join, usual), platform="cpu")


_register(lax.reduce_sum_p, lax.add)
_register(lax.reduce_max_p, lax.max)
_register(lax.reduce_min_p, lax.min)
