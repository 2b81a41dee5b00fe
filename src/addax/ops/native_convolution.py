"""Which convolutions a CPU's programs leave to oneDNN, and how they are lowered to its calls.

That is decided when a program is lowered, not when it is traced: a program that is written for others to run, or that
is divided among devices, has JAX's own ops in these places.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import jax
import numpy as np
from jax.interpreters import mlir

from addax.core.primitives import in_a_loop, runs_here
from addax.ops import onednn, winograd
from addax.ops.onednn import FILTERS, INPUT, Convolution
from addax.ops.windows import Windows

__all__ = ["lines_alone", "lowering", "of_windows", "serves"]

_LEAST_WORK = 2**22  # multiplications; fewer take no longer than the call does
_LEAST_WORK_XLA_DOES_WELL = 20_000_000  # forward and back to the input, where XLA is as fast up to here
_LEAST_WORK_OF_LINES = 60_000_000  # up to here XLA is faster, which computes several parts at once; not in loops
_LEAST_WORK_BETWEEN_STEPS = 2**19  # where channels in groups meet windows some steps apart
_FEW_CHANNELS = 5  # the input's change: the library is slow for fewer
_WINOGRAD_CHANNELS = 128  # so many, and its direct sums take longer than `winograd`


def of_windows(kind: str, shape: tuple[int, ...], filters: tuple[int, ...], w: Windows) -> Convolution:
    """A convolution's description for the library."""
    before = tuple(lo for lo, _ in w.pads)
    return Convolution(kind, tuple(shape), tuple(filters), w.strides, w.dilations, before, w.out)


def serves(given: Convolution, dtype: Any) -> bool:
    """Whether the library is there, can compute a convolution, and is faster."""
    if dtype != np.float32 or min(given.before, default=0) < 0 or jax.default_backend() != "cpu":
        return False
    work = math.prod(given.filters) * given.shape[0] * math.prod(given.out)
    if work < _least_work(given) or _others_are_faster(given):
        return False
    return onednn.available()


def _least_work(given: Convolution) -> int:
    together = given.shape[-1] == given.filters[-2]
    if together and lines_alone(given.shape, given.filters):
        return _LEAST_WORK_OF_LINES
    if together and given.kind != FILTERS and len(given.out) < 3 and set(given.strides) == {1}:
        return _LEAST_WORK_XLA_DOES_WELL
    if not together and set(given.strides) != {1}:
        return _LEAST_WORK_BETWEEN_STEPS
    return _LEAST_WORK


def lines_alone(shape: tuple[int, ...], filters: tuple[int, ...]) -> bool:
    """Whether a convolution goes over lines, pictures of one row, in a program that is no loop."""
    return len(shape) == 4 and shape[1] == filters[0] == 1 and not in_a_loop()


def _others_are_faster(given: Convolution) -> bool:
    *kernel, channels, outputs = given.filters
    groups = given.shape[-1] // channels
    if groups == 1:
        return given.kind == INPUT and channels < _FEW_CHANNELS or _winograd(given)
    return given.kind == FILTERS and channels == 1 and tuple(kernel) != (3, 3)


def _winograd(given: Convolution) -> bool:
    around = zip(given.before, given.shape[1:-1], strict=True)
    w = Windows(given.filters[:-2], given.strides, given.dilations, tuple(around), given.out)
    filters = jax.ShapeDtypeStruct(given.filters, np.float32)
    return given.filters[-2] >= _WINOGRAD_CHANNELS and winograd.pays(given.shape, filters, w)


def lowering(describe: Callable[..., Convolution], usual: Callable[..., Any]) -> Callable[..., Any]:
    """The rule by which a primitive of two arrays is lowered: to a call of the library, or to what `usual` traces.

    Args:
        describe: the convolution, from the two arrays' shapes and the primitive's parameters.
        usual: computes the same by JAX's ops.
    """
    by_jax = mlir.lower_fun(usual, multiple_results=False)

    def lower(ctx: Any, *operands: Any, **params: Any) -> Any:
        given = describe(*ctx.avals_in, **params)
        if not (runs_here(ctx.module_context) and serves(given, ctx.avals_in[0].dtype)):
            return by_jax(ctx, *operands, **params)
        by_library = mlir.lower_fun(lambda a, b: onednn.convolve(given, a, b), multiple_results=False)
        return by_library(ctx, *operands)

    return lower
