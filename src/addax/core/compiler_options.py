"""What XLA is told of a program beside its text: how to round, what to convolve with, how to ask for memory.

Half precision: XLA may leave out a rounding to bfloat16 or float16 that is followed by a conversion to float32, and
fuses such ops. The numbers would then depend on what is fused; so there each op's result is rounded, as TensorFlow
rounds it.

Convolutions on a CPU: the library that XLA hands convolutions and matrix products to by default (YNNPACK) computes them
in one thread inside a loop. Two cores trained a small convolutional network 1.2 times as fast without it, single
layers 1.2 to 1.7 times. Programs of products alone are better off with it.

Large programs on a CPU: XLA asks for all intermediate results in one piece, which glibc returns to the system after
each run if it is larger than 64 MiB (see `freed_memory`); to get it back, page by page, took a quarter of the time that
a small residual network trains. In pieces below that size it is kept. Each of XLA's threads may keep as much, so that
is done where it is little beside the machine's memory.
"""

from __future__ import annotations

import functools
import math
import os
from collections.abc import Callable, Iterator
from typing import Any

import jax
import jax.numpy as jnp

from addax.core import machine_memory
from addax.core.freed_memory import AREA
from addax.core.primitives import jaxprs_in_params, uses
from addax.core.sizes import is_open

_ROUNDED = {"xla_allow_excess_precision": False}
_CONVOLUTIONS = {"xla_cpu_experimental_ynn_fusion_type": "LIBRARY_FUSION_TYPE_REDUCE"}
_CONVOLVING = ("correlate", "conv_general_dilated")
_PIECE = AREA - (4 << 20)  # bytes
_PIECES = {"xla_multiheap_size_constraint_per_heap": _PIECE}
_SHARE = 4  # this part of the machine's memory may be kept


def compiler_options(closed: Any) -> dict[str, Any] | None:
    """The options for `jax.jit` of a closed jaxpr: None where XLA's own choices are right."""
    found = {getattr(var.aval, "dtype", None) for eqn in closed.jaxpr.eqns for var in eqn.outvars}
    half = any(dtype in (jnp.bfloat16, jnp.float16) for dtype in found if dtype is not None)
    options = dict(_ROUNDED) if half else {}
    if jax.default_backend() == "cpu":
        if convolves(closed) and _known(*_CONVOLUTIONS.items()):
            options.update(_CONVOLUTIONS)
        if _in_pieces(closed.jaxpr) and _known(*_PIECES.items()):
            options.update(_PIECES)
    return options or None


def _in_pieces(jaxpr: Any) -> bool:
    """Whether a program needs more memory than glibc keeps in one piece, but not in pieces for each thread."""
    sizes = list(_sizes(jaxpr))
    needed, enough = sum(sizes), (machine_memory.available() or 0) / _SHARE
    if needed <= AREA or max(sizes) > _PIECE:  # XLA warns of results that are larger than a piece
        return False
    return needed * (os.cpu_count() or 1) < enough


def _sizes(jaxpr: Any) -> Iterator[int]:
    """The bytes of each intermediate result; a program needs fewer of them at a time."""
    for eqn in jaxpr.eqns:
        yield from (math.prod(var.aval.shape) * var.aval.dtype.itemsize for var in eqn.outvars if _sized(var))
        for inner in jaxprs_in_params(eqn.params):
            yield from _sizes(inner)


def _sized(var: Any) -> bool:
    aval = var.aval
    return hasattr(aval, "shape") and hasattr(getattr(aval, "dtype", None), "itemsize") and not is_open(aval.shape)


def convolves(closed: Any) -> bool:
    """Whether a closed jaxpr computes convolutions."""
    return uses(closed.jaxpr, _CONVOLVING)


def op_program(body: Callable[..., Any], convolving: bool) -> Callable[..., Any]:
    """`jax.jit` of an op that runs by itself, or of its gradient; `convolving` says whether convolutions are in it."""
    if not (convolving and jax.default_backend() == "cpu" and _known(*_CONVOLUTIONS.items())):
        return jax.jit(body)
    alone = jax.jit(body, compiler_options=_CONVOLUTIONS)

    def run(*values: Any) -> Any:
        try:
            return alone(*values)
        except ValueError:  # inside of a program of the user's own, which has no parts with options
            return body(*values)

    return run


@functools.cache
def _known(*options: tuple[str, Any]) -> bool:
    """Whether XLA knows some options; these are experimental."""
    try:
        jax.jit(lambda: 0, compiler_options=dict(options)).lower().compile()
    except jax.errors.JaxRuntimeError:
        return False
    return True
