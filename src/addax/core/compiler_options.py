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
import re
from typing import Any

import jax
import jax.numpy as jnp

from addax.core.primitives import uses

_ROUNDED = {"xla_allow_excess_precision": False}
_CONVOLUTIONS = {"xla_cpu_experimental_ynn_fusion_type": "LIBRARY_FUSION_TYPE_REDUCE"}
_CONVOLVING = ("correlate", "conv_general_dilated")
_CONVOLVING_OP = re.compile("conv(?!ert)")


def compiler_options(closed: Any) -> dict[str, Any] | None:
    """The options for `jax.jit` of a closed jaxpr: None where XLA's own choices are right."""
    found = {getattr(var.aval, "dtype", None) for eqn in closed.jaxpr.eqns for var in eqn.outvars}
    half = any(dtype in (jnp.bfloat16, jnp.float16) for dtype in found if dtype is not None)
    options = dict(_ROUNDED) if half else {}
    if uses(closed.jaxpr, _CONVOLVING) and _chooses_libraries():
        options.update(_CONVOLUTIONS)
    return options or None


def op_options(name: str) -> dict[str, Any] | None:
    """The options for `jax.jit` of an op that runs by itself, or of its gradient."""
    return _CONVOLUTIONS if _CONVOLVING_OP.search(name) and _chooses_libraries() else None


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
