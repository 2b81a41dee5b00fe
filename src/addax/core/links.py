"""Which results of a traced function gradients can flow back from, and to which of its arguments.

JAX answers zeros where nothing flows; TensorFlow answers None. The difference is read off the jaxpr.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import numpy as np


def links(jaxpr: Any) -> tuple[int, ...]:
    """For each output of a jaxpr, the inputs that it depends on differentiably, as the bits of a number."""
    return tuple(_through(jaxpr, [1 << i for i in range(len(jaxpr.invars))]))


_inexact: dict[Any, bool] = {}


def inexact(dtype: Any) -> bool:
    """Whether gradients flow through values of this dtype."""
    found = _inexact.get(dtype)
    if found is None:
        found = _inexact[dtype] = bool(jax.numpy.issubdtype(dtype, np.inexact))
    return found


def _through(jaxpr: Any, inputs: Sequence[int]) -> list[int]:
    """What the outputs depend on, given what the inputs do."""
    known: dict[Any, int] = dict.fromkeys(jaxpr.constvars, 0)
    known.update(zip(jaxpr.invars, inputs, strict=True))

    def of(var: Any) -> int:
        return 0 if hasattr(var, "val") or not inexact(var.aval.dtype) else known.get(var, 0)  # literals have a value

    for equation in jaxpr.eqns:
        found = _equation(equation, [of(var) for var in equation.invars])
        known.update(zip(equation.outvars, found, strict=True))
    return [of(var) for var in jaxpr.outvars]


def _equation(equation: Any, given: list[int]) -> list[int]:
    kind, params = equation.primitive.name, equation.params
    if kind == "stop_gradient":
        return [0] * len(equation.outvars)
    if kind in ("jit", "pjit", "closed_call", "remat", "remat2", "checkpoint"):
        return _through(_open(params["jaxpr"]), given)
    if kind == "cond":
        branches = [_through(_open(branch), given[1:]) for branch in params["branches"]]
        return [_union(each) for each in zip(*branches, strict=True)]
    # Everything that comes out of a loop depends on everything that goes in, as in TensorFlow: zeros, not None.
    return [_union(given)] * len(equation.outvars)


def _open(jaxpr: Any) -> Any:
    return getattr(jaxpr, "jaxpr", jaxpr)


def _union(parts: Sequence[int]) -> int:
    whole = 0
    for each in parts:
        whole |= each
    return whole
