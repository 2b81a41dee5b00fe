"""Which results of a traced function gradients can flow back from, and to which of its arguments.

JAX answers zeros where nothing flows; TensorFlow answers None. The difference is read off the jaxpr.
"""

from __future__ import annotations

import itertools
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
    stop_gradient iota shared_sources""".split()
)
_COMPARING = frozenset(("max", "min", "reduce_max", "reduce_min", "clamp", "sort"))  # a loop keeps what they compare
_PRODUCTS = frozenset(("mul", "div", "dot_general"))  # in a branch, a constant factor is no input of the gradient


def curved(jaxpr: Any, results: int) -> int:
    """The inputs that the derivative of a tf.function depends on, as the bits of a number: all or none.

    TensorFlow's gradient function gives zeros for all inputs if it takes any value, and it takes all that its ops'
    gradients take: both factors, be one a constant. Of a loop it takes what the iterations' gradients take.

    Args:
        jaxpr: the program.
        results: how many of its outputs are results.
    """
    every = _union(links(jaxpr)[:results])
    wanted = [i < results for i in range(len(jaxpr.outvars))]
    return every if every & _bent(jaxpr, [1 << i for i in range(len(jaxpr.invars))], wanted)[1] else 0


def _bent(
    jaxpr: Any, inputs: Sequence[int], wanted: Sequence[bool], inside: str = "", constant: Sequence[bool] = ()
) -> tuple[list[int], int]:
    """(what the outputs depend on, what is used otherwise than straight), given what the inputs depend on.

    Args:
        jaxpr: the program.
        inputs: what these depend on.
        wanted: which outputs matter.
        inside: "loop" for the body of a loop, "cond" for a branch.
        constant: which inputs are constants; by default none.
    """
    known: dict[Any, int] = dict(zip(jaxpr.invars, inputs, strict=True))
    needed = _needed(jaxpr, wanted)
    constants: set[Any] = {*jaxpr.constvars, *itertools.compress(jaxpr.invars, constant)}
    bent = 0

    def of(var: Any) -> int:
        return 0 if hasattr(var, "val") or not inexact(var.aval.dtype) else known.get(var, 0)

    for equation in jaxpr.eqns:
        given = [of(var) for var in equation.invars]
        fixed = [hasattr(var, "val") or var in constants for var in equation.invars]
        kind = equation.primitive.name
        parts = _parts(equation) if id(equation) in needed else []
        for part, place, where in parts:
            taken = slice(-len(part.invars) if place is None else place, None)
            still = [each and where != "loop" for each in fixed[taken]]
            seen, more = _bent(part, given[taken], [True] * len(part.outvars), where or inside, still)
            bent |= more if kind in _WHOLE or not more else _union(given)
        if parts and kind in _WHOLE:
            found = seen
        else:
            found = _equation(equation, given)
            if all(fixed):
                constants.update(equation.outvars)
            if not parts and id(equation) in needed and _takes_values(equation, _by_constant(equation, fixed), inside):
                bent |= _union(given)
        known.update(zip(equation.outvars, found, strict=True))
    return [of(var) for var in jaxpr.outvars], bent


def _parts(equation: Any) -> list[tuple[Any, int | None, str]]:
    """The programs in an equation, where their inputs begin (None: they are the last ones), and what they are."""
    kind, params = equation.primitive.name, equation.params
    if kind in _WHOLE:
        return [(_open(params.get("jaxpr") or params.get("call_jaxpr")), None, "")]
    if kind == "cond":
        return [(_open(branch), 1, "cond") for branch in params["branches"]]
    if kind == "scan":
        return [(_open(params["jaxpr"]), 0, "loop")]
    if kind == "while":
        return [(_open(params["body_jaxpr"]), params["cond_nconsts"], "loop")]
    if kind.startswith("custom_vjp_call"):  # loops of any length are such
        whole = _open(params.get("call_jaxpr") or params.get("fun_jaxpr"))
        if [each.primitive.name for each in whole.eqns] == ["while"]:
            return [(whole, None, "")]
    return []


def _by_constant(equation: Any, fixed: Sequence[bool]) -> bool:
    """Whether an equation multiplies or divides by a constant; 1 / x does not."""
    return fixed[1] if equation.primitive.name == "div" else any(fixed)


def _takes_values(equation: Any, by_constant: bool, inside: str) -> bool:
    """Whether the gradient of an equation, which may be a product with a constant, takes values of its inputs."""
    kind = equation.primitive.name
    if not any(inexact(var.aval.dtype) for var in equation.outvars):
        return False
    if kind in _STRAIGHT:
        return inside == "loop" and kind in _COMPARING
    return not (inside == "cond" and kind in _PRODUCTS and by_constant)


def _needed(jaxpr: Any, wanted: Sequence[bool]) -> set[int]:
    """The ids of the equations that some outputs are made by."""
    used = {var for var, take in zip(jaxpr.outvars, wanted, strict=True) if take and not hasattr(var, "val")}
    found: set[int] = set()
    for equation in reversed(jaxpr.eqns):
        if not used.isdisjoint(equation.outvars):
            found.add(id(equation))
            used.update(var for var in equation.invars if not hasattr(var, "val"))
    return found


_inexact: dict[Any, bool] = {}


def inexact(dtype: Any) -> bool:
    """Whether gradients flow through values of this dtype."""
    found = _inexact.get(dtype)
    if found is None:
        found = _inexact[dtype] = bool(jax.numpy.issubdtype(dtype, np.inexact))
    return found


_CALLS = ("jit", "pjit", "closed_call", "remat", "remat2", "checkpoint")
_WHOLE = (*_CALLS, "custom_jvp_call")  # what is in them might as well stand in their place


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
