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

from addax.core.alike import alike, outline, same
from addax.core.executable import Executable
from addax.core.primitives import uses
from addax.core.trace import Lifted

_ALONE = 2  # programs that are compiled for their numbers
_MOST_KINDS = 16  # of programs that are remembered


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
        key = outline(closed), _places_written(lifted)
        for kind in self._kinds.get(key, ()):
            if alike(closed.jaxpr, kind.lifted.closed.jaxpr):
                return kind.program(lifted)
        if sum(map(len, self._kinds.values())) >= _MOST_KINDS:
            self._kinds.clear()
        self._kinds.setdefault(key, []).append(_Kind(lifted))
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
        places = [i for i, (one, other) in enumerate(pairs) if not same(one, other)]
        if not set(places) <= set(self._places):
            self._places, self._program = sorted({*places, *self._places}), None
        if self._seen <= _ALONE:
            return None
        if self._program is None:
            self._program = Executable(self.lifted.running(_taking(self.lifted.closed, self._places)))
        numbers = [lifted.closed.consts[place] for place in self._places]
        return Shared(self._program, numbers, not uses(lifted.closed.jaxpr, ("custom_",)))


def _places_written(lifted: Lifted) -> tuple[int, ...]:
    places = {id(variable): i for i, variable in enumerate(lifted.variables)}
    return tuple(places[id(variable)] for variable in lifted.written)


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
