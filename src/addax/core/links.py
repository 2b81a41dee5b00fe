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


def of_function(jaxpr: Any, results: int) -> tuple[int, ...]:
    """The same for the results of a tf.function: each one depends on what any of them does.

    TensorFlow calls one gradient function for all results, with zeros for those that do not count.

    Args:
        jaxpr: the program.
        results: how many of its outputs are results; new values of variables come behind them.
    """
    found = links(jaxpr)
    every = _union(found[:results])
    flows = [inexact(var.aval.dtype) for var in jaxpr.outvars[:results]]
    return (*[every if each else 0 for each in flows], *found[results:])


# What TensorFlow's gradients of these take does not include their inputs.
_STRAIGHT = frozenset(
    """add add_any sub neg reduce_sum reshape transpose broadcast_in_dim squeeze expand_dims concatenate slice split
    dynamic_slice dynamic_update_slice gather scatter scatter-add pad rev cumsum select_n convert_element_type copy
    copy_p max min reduce_max reduce_min clamp sort real imag complex fft reduce_precision optimization_barrier
    stop_gradient iota""".split()
)


def curved(jaxpr: Any, results: int) -> int:
    """The inputs that the derivative of a tf.function depends on, as the bits of a number: all or none.

    TensorFlow's gradient function gives zeros for all inputs if it takes any value, and it takes all that its ops'
    gradients take: both factors, be one a constant.

    Args:
        jaxpr: the program.
        results: how many of its outputs are results.
    """
    every = _union(links(jaxpr)[:results])
    return every if every & _bent(jaxpr, [1 << i for i in range(len(jaxpr.invars))])[1] else 0


def _bent(jaxpr: Any, inputs: Sequence[int]) -> tuple[list[int], int]:
    """(what the outputs depend on, what is used otherwise than straight), given what the inputs depend on."""
    known: dict[Any, int] = dict(zip(jaxpr.invars, inputs, strict=True))
    bent = 0

    def of(var: Any) -> int:
        return 0 if hasattr(var, "val") or not inexact(var.aval.dtype) else known.get(var, 0)

    for equation in jaxpr.eqns:
        given = [of(var) for var in equation.invars]
        inner = equation.params.get("jaxpr") or equation.params.get("call_jaxpr")
        kind = equation.primitive.name
        if kind in _CALLS or kind == "custom_jvp_call":
            found, more = _bent(_open(inner), given)
            bent |= more
        else:
            found = _equation(equation, given)
            if kind == "cond":
                for branch in equation.params["branches"]:
                    bent |= _bent(_open(branch), given[1:])[1]
            elif kind not in _STRAIGHT and any(inexact(var.aval.dtype) for var in equation.outvars):
                bent |= _union(given)
        known.update(zip(equation.outvars, found, strict=True))
    return [of(var) for var in jaxpr.outvars], bent


_inexact: dict[Any, bool] = {}


def inexact(dtype: Any) -> bool:
    """Whether gradients flow through values of this dtype."""
    found = _inexact.get(dtype)
    if found is None:
        found = _inexact[dtype] = bool(jax.numpy.issubdtype(dtype, np.inexact))
    return found


_CALLS = ("jit", "pjit", "closed_call", "remat", "remat2", "checkpoint")


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
    if kind in _CALLS:
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
