"""Whether two traced programs are the same, equation by equation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

__all__ = ["alike", "outline", "same"]

_LARGE = 1024  # elements; larger constants are the same if they are the same array
_RULES = frozenset({"jvp_jaxpr_fun", "fwd_jaxpr_thunk", "bwd", "out_trees"})  # parameters that only derivatives use


def outline(closed: Any) -> tuple[str, ...]:
    """What is equal in closed jaxprs that are alike, quickly compared."""
    jaxpr = closed.jaxpr
    avals = [var.aval.str_short() for var in (*jaxpr.invars, *jaxpr.constvars)]
    return (str(len(jaxpr.invars)), *avals, *[equation.primitive.name for equation in jaxpr.eqns])


def same(one: Any, other: Any) -> bool:
    """Whether two constants are equal to the last bit."""
    if one is other:
        return True
    if one.shape != other.shape or one.dtype != other.dtype or one.size > _LARGE or not isinstance(one.dtype, np.dtype):
        return False
    return np.asarray(one).tobytes() == np.asarray(other).tobytes()


def alike(one: Any, other: Any) -> bool:
    """Whether two jaxprs are the same up to the values of their constants."""
    if any(len(getattr(one, part)) != len(getattr(other, part)) for part in ("invars", "constvars", "eqns", "outvars")):
        return False
    names = dict(zip((*one.invars, *one.constvars), (*other.invars, *other.constvars), strict=True))

    def atoms(ones: Sequence[Any], others: Sequence[Any]) -> bool:
        return len(ones) == len(others) and all(_atom(a, b, names) for a, b in zip(ones, others, strict=True))

    for a, b in zip(one.eqns, other.eqns, strict=True):
        if a.primitive is not b.primitive or not atoms(a.invars, b.invars) or not _equal(a.params, b.params):
            return False
        if len(a.outvars) != len(b.outvars):
            return False
        names.update(zip(a.outvars, b.outvars, strict=True))
    return atoms(one.outvars, other.outvars)


def _atom(one: Any, other: Any, names: dict[Any, Any]) -> bool:
    """Whether two inputs of equations are the same variable, or the same number."""
    if hasattr(one, "val") != hasattr(other, "val"):
        return False
    if hasattr(one, "val"):
        return one.aval == other.aval and same(np.asarray(one.val), np.asarray(other.val))
    return names.get(one) is other and one.aval == other.aval


def _equal(one: Any, other: Any) -> bool:
    """Whether parameters of equations are equal: functions if they are the same, programs by what they consist of."""
    if one is other:
        return True
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(
            key in _RULES or _equal(value, other[key]) for key, value in one.items()
        )
    if isinstance(one, tuple | list):
        return len(one) == len(other) and all(_equal(a, b) for a, b in zip(one, other, strict=True))
    if hasattr(one, "eqns"):
        return alike(one, other)
    if hasattr(one, "jaxpr") and hasattr(one, "consts"):
        return alike(one.jaxpr, other.jaxpr) and all(map(same, one.consts, other.consts))
    if hasattr(one, "tobytes"):
        return same(one, other)
    try:
        return bool(one == other)
    except Exception:  # of types that do not compare
        return False
