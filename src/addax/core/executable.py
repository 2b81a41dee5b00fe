"""A traced function, compiled and run on the values of its variables."""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable, Sequence
from typing import Any

import jax

from addax.core import effects, links, mesh_placement, program_sharing
from addax.core.compile_stats import Stats, running
from addax.core.compiler_options import compiler_options, convolves
from addax.core.host_calls import HostCalls
from addax.core.plans import Plan
from addax.core.trace import Lifted
from addax.core.variable import _COPY, Variable

# Smaller arrays are not worth donating; and those that all threads share (random state) stay whole for the others.
_WORTH_DONATING = 4096


def by_donation(variables: Sequence[Variable]) -> tuple[list[Variable], list[Variable]]:
    """Variables that are overwritten: (those whose arrays are given away, those that are small)."""
    large = [variable for variable in variables if variable._array.nbytes >= _WORTH_DONATING]
    return large, [variable for variable in variables if variable._array.nbytes < _WORTH_DONATING]


def places_in(
    first: Sequence[Variable], rest: Sequence[Variable], variables: Sequence[Variable]
) -> tuple[tuple[bool, int], ...]:
    """For each variable, whether it is one of the `first`, and its place among these or the rest."""
    found = {id(variable): (False, i) for i, variable in enumerate(rest)}
    found.update((id(variable), (True, i)) for i, variable in enumerate(first))
    return tuple(found[id(variable)] for variable in variables)


class _Program:
    """A program on arrays of one list of shapes; it knows no variables, so that others can use it.

    Only what runs is kept; `jax.jit` would keep the program's text beside it, which takes 1.3 MB.
    """

    __slots__ = ("_jitted", "compiled")

    def __init__(self, jitted: Callable[[], Callable[..., Any]]) -> None:
        self._jitted = jitted
        self.compiled: Callable[..., Any] | None = None

    def __call__(self, *arrays: Any) -> Any:
        """Run.

        Raises:
            TypeError: there are tracers among the arrays.
            ValueError: they are on other devices than those of the first call.
        """
        compiled = self.compiled
        if compiled is None:
            compiled = self.compiled = self._jitted().lower(*arrays).compile()
        return compiled(*arrays)


def _body(closed: Any, order: Sequence[tuple[bool, int]], written: int) -> Callable[..., Any]:
    """A jaxpr as a function of (donated variables, others, arguments) that gives (results, what is written).

    Args:
        closed: the jaxpr over variables and arguments.
        order: for each variable, whether it is donated, and its place among those that are or are not.
        written: how many of the results are new values of variables.
    """

    def run(donated: Any, kept: Any, arguments: Any) -> Any:
        values = [donated[i] if gives else kept[i] for gives, i in order]
        out = jax.core.eval_jaxpr(closed.jaxpr, closed.consts, *values, *arguments)
        count = len(out) - written
        return out[:count], out[count:]

    return run


def _jitted(closed: Any, order: Sequence[tuple[bool, int]], written: int) -> Callable[..., Any]:
    return jax.jit(_body(closed, order, written), donate_argnums=0, compiler_options=compiler_options(closed))


class Executable:
    """A lifted function, compiled: reads the variables, runs, stores what was written.

    Large arrays that are overwritten are donated, unless somebody else holds them.
    """

    __slots__ = (
        "_calls", "_donated", "_elsewhere", "_kept", "_lifted", "_linked", "_program", "_stats", "effects", "plan"
    )  # fmt: skip

    def __init__(self, lifted: Lifted, stats: Stats | None = None) -> None:
        self._lifted = lifted
        self._stats = stats or Stats()
        self.effects = bool(lifted.closed.effects)  # it prints or checks something on the host
        self._calls = HostCalls.of(lifted.closed)
        self._donated, _ = by_donation(lifted.written)
        given = {id(variable) for variable in self._donated}
        self._kept = [variable for variable in lifted.variables if id(variable) not in given]
        self._program: _Program | None = None
        self._elsewhere: Callable[..., Any] | None = None  # what runs where the program cannot
        self.plan = Plan(
            "tf.function", lambda values, arguments: lifted.pure(values, arguments), convolves=convolves(lifted.closed)
        )
        self._linked = False

    def _parts(self) -> tuple[Any, tuple[tuple[bool, int], ...], int]:
        """What `_body` takes."""
        closed = self._lifted.closed if self._calls is None else self._calls.closed
        return closed, places_in(self._donated, self._kept, self._lifted.variables), len(self._lifted.written)

    def _found(self) -> _Program:
        """The program, which may be there already: of a function that computes the same on other variables."""
        if self._program is None:
            parts = self._parts()
            shared = self._lifted.mesh is None and not self.effects
            make = functools.partial(_Program, functools.partial(_jitted, *parts))
            self._program = program_sharing.find(parts[0], parts[1:], make) if shared else make()
            self._stats.compiles += self._program.compiled is not None
        return self._program

    def _run(self, *arrays: Any) -> Any:
        try:
            return (self._elsewhere or self._program or self._found())(*arrays)
        except TypeError:  # inside of a program of the user's own, which has no parts with options
            return _body(*self._parts())(*arrays)
        except ValueError:  # on other devices than before
            if self._elsewhere is not None:
                raise
            self._elsewhere = _jitted(*self._parts())
            return self._run(*arrays)

    @property
    def lifted(self) -> Lifted:
        """What is compiled here."""
        return self._lifted

    def rebound(self, variables: Sequence[Variable], stats: Stats) -> Executable:
        """The same program on other variables, in the places of those in `lifted`; `stats` hears what it compiles."""
        self._found()
        made, old = copy.copy(self), self._lifted
        others = dict(zip(map(id, old.variables), variables, strict=True))
        written = [others[id(variable)] for variable in old.written]
        made._lifted, made._stats = Lifted(old.closed, list(variables), written, old.out_tree, []), stats
        made._donated = [others[id(variable)] for variable in self._donated]
        made._kept = [others[id(variable)] for variable in self._kept]
        return made

    def linked_plan(self) -> Plan:
        """The plan for tapes, which knows what each result depends on."""
        if not self._linked:
            jaxpr = self._lifted.closed.jaxpr
            results = len(jaxpr.outvars) - len(self._lifted.written)
            self.plan.links, self.plan.curved = links.of_function(jaxpr, results), links.curved(jaxpr, results)
            self._linked = True
        return self.plan

    def __call__(self, arguments: Sequence[Any]) -> list[Any]:
        """Run on flat arrays; returns flat arrays."""
        if self._lifted.mesh is not None:
            mesh_placement.place(self._lifted.mesh, self._lifted.variables)
        donated = [_COPY.run(v._array) if v._handed_out else v._array for v in self._donated]
        running.stats = self._stats
        try:
            out, values = self._run(donated, [variable._array for variable in self._kept], arguments)
        finally:
            running.stats = None
        for variable, value in zip(self._lifted.written, values, strict=True):
            variable._array = value
            variable._handed_out = False
        if self.effects:
            if self._calls is not None:
                self._calls.tell(out)
                out = out[self._calls.count :]
            effects.finish()
        return out
