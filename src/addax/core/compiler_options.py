"""What XLA is told of a program beside its text: how to round, and what to compute convolutions with.

Half precision: XLA may leave out a rounding to bfloat16 or float16 that is followed by a conversion to float32, and
fuses such ops. The numbers would then depend on what is fused; so there each op's result is rounded, as TensorFlow
rounds it.

Convolutions on a CPU: the library that XLA hands convolutions and matrix products to by default (YNNPACK) computes them
in one thread inside a loop. Two cores trained a small convolutional network 1.2 times as fast without it, single
layers 1.2 to 1.7 times. Programs of products alone are better off with it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from addax.core.primitives import uses

_ROUNDED = {"xla_allow_excess_precision": False}
_CONVOLUTIONS = {"xla_cpu_experimental_ynn_fusion_type": "LIBRARY_FUSION_TYPE_REDUCE"}
_CONVOLVING = ("correlate", "conv_general_dilated")


def compiler_options(closed: Any) -> dict[str, Any] | None:
    """The options for `jax.jit` of a closed jaxpr: None where XLA's own choices are right."""
    found = {getattr(var.aval, "dtype", None) for eqn in closed.jaxpr.eqns for var in eqn.outvars}
    half = any(dtype in (jnp.bfloat16, jnp.float16) for dtype in found if dtype is not None)
    options = dict(_ROUNDED) if half else {}
    if convolves(closed) and _chooses_libraries():
        options.update(_CONVOLUTIONS)
    return options or None


def convolves(closed: Any) -> bool:
    """Whether a closed jaxpr computes convolutions."""
    return uses(closed.jaxpr, _CONVOLVING)


def op_program(body: Callable[..., Any], convolving: bool) -> Callable[..., Any]:
    """`jax.jit` of an op that runs by itself, or of its gradient; `convolving` says whether convolutions are in it."""
    if not convolving or not _chooses_libraries():
        return jax.jit(body)
    alone = jax.jit(body, compiler_options=_CONVOLUTIONS)

    def run(*values: Any) -> Any:
        try:
            return alone(*values)
        except ValueError:  # inside of a program of the user's own, which has no parts with options
            return body(*values)

    return run


@functools.cache
def _chooses_libraries() -> bool:
    """Whether this is a CPU's XLA which knows the option; it is an experimental one."""
    if jax.default_backend() != "cpu":
        return False
    try:
        jax.jit(lambda: 0, compiler_options=_CONVOLUTIONS).lower().compile()
    except jax.errors.JaxRuntimeError:
        return False
    return True
