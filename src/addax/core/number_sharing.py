"""One program for traces that differ in nothing but numbers.

A `tf.function` that is called with another Python number each time is traced each time, as Python may do something
else with it; but mostly the programs are the same up to a constant. From the third one on, what differs becomes an
input, and nothing is compiled any more: 10,000 calls of a small function take 11 seconds rather than 490, and memory
for three programs. Numbers that stay the same stay constants, for XLA to compute with.

Derivative rules of one's own are Python functions, which may know the number. Running does not need them; under a tape,
a program that has them runs alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from addax.core.primitives import uses
from addax.core.trace import Executable, Lifted

_ALONE = 2  # programs that are compiled for their numbers
_MOST_KINDS = 16  # of programs that are remembered
_LARGE = 1024  # elements; larger constants are the same if they are the same array
_RULES = frozenset({"jvp_jaxpr_fun", "fwd_jaxpr_thunk", "bwd", "out_trees"})  # parameters that only derivatives use


class Shared(NamedTuple):
    """How one of several traces runs: by whose program, on which numbers, and whether it has that one's derivatives."""

    program: Executable
    numbers: list[Any]
    derivatives: bool


class NumberSharing:
    """The programs of one function, for those to come that are like them."""

    def __init__(self) -> None:
        self._kinds: dict[Any, list[_Kind]] = {}

    def program(self, lifted: Lifted) -> Shared | None:
        """How to run a trace by a program for others like it; None where it runs alone."""
        closed = lifted.closed
        if closed.effects or lifted.mesh is not None or lifted.new:
            return None
        kinds = self._kinds.setdefault(_outline(lifted), [])
        for kind in kinds:
            if _alike(closed.jaxpr, kind.lifted.closed.jaxpr):
                return kind.program(lifted)
        if sum(map(len, self._kinds.values())) >= _MOST_KINDS:
            self._kinds.clear()
            kinds = self._kinds.setdefault(_outline(lifted), [])
        kinds.append(_Kind(lifted))
        return None


class _Kind:
    """Traces that differ in constants only."""

    def __init__(self, lifted: Lifted) -> None:
        self.lifted = lifted
        self._seen = 1
        self._places: list[int] = []  # of the constants that differ
        self._program: Executable | None = None

    def program(self, lifted: Lifted) -> Shared | None:
        """How the next of these traces runs."""
        self._seen += 1
        pairs = zip(lifted.closed.consts, self.lifted.closed.consts, strict=True)
        places = [i for i, (one, other) in enumerate(pairs) if not _same(one, other)]
        if not set(places) <= set(self._places):
            self._places, self._program = sorted({*places, *self._places}), None
        if self._seen <= _ALONE:
            return None
        if self._program is None:
            self._program = Executable(self.lifted.running(_taking(self.lifted.closed, self._places)))
        numbers = [lifted.closed.consts[place] for place in self._places]
        return Shared(self._program, numbers, not uses(lifted.closed.jaxpr, ("custom_",)))


def _outline(lifted: Lifted) -> Any:
    """What is equal in programs that are alike, quickly compared."""
    closed, places = lifted.closed, {id(variable): i for i, variable in enumerate(lifted.variables)}
    avals = [var.aval.str_short() for var in (*closed.jaxpr.invars, *closed.jaxpr.constvars)]
    written = [places[id(variable)] for variable in lifted.written]
    return (*avals, *written, *[equation.primitive.name for equation in closed.jaxpr.eqns])


def _taking(closed: Any, places: Sequence[int]) -> Any:
    """A program with some of its constants as inputs behind the others."""
    jaxpr, moved = closed.jaxpr, set(places)
    kept = [i for i in range(len(closed.consts)) if i not in moved]
    made = jaxpr.replace(
        constvars=[jaxpr.constvars[i] for i in kept],
        invars=[*jaxpr.invars, *(jaxpr.constvars[i] for i in places)],
        debug_info=jaxpr.debug_info._replace(arg_names=None),
    )
    return closed.replace(jaxpr=made, consts=[closed.consts[i] for i in kept])


def _same(one: Any, other: Any) -> bool:
    """Whether two constants of one shape and dtype are equal to the last bit."""
    if one is other:
        return True
    return one.size <= _LARGE and np.asarray(one).tobytes() == np.asarray(other).tobytes()


def _alike(one: Any, other: Any) -> bool:
    """Whether two jaxprs are the same up to the values of their constants."""
    ahead = (*one.invars, *one.constvars), (*other.invars, *other.constvars)
    if len(ahead[0]) != len(ahead[1]) or len(one.eqns) != len(other.eqns) or len(one.outvars) != len(other.outvars):
        return False
    names = dict(zip(*ahead, strict=True))

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
        return one.aval == other.aval and _same(np.asarray(one.val), np.asarray(other.val))
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
        return _alike(one, other)
    if hasattr(one, "jaxpr") and hasattr(one, "consts"):
        pairs = zip(one.consts, other.consts, strict=False)
        return _alike(one.jaxpr, other.jaxpr) and all(_same(np.asarray(a), np.asarray(b)) for a, b in pairs)
    if hasattr(one, "tobytes"):
        return one.shape == other.shape and one.dtype == other.dtype and _same(one, other)
    try:
        return bool(one == other)
    except Exception:  # of types that do not compare
        return False
