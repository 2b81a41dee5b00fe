"""A Python function as pure code inside a traced function: the bodies of loops and branches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax

from addax.core import context, convert
from addax.core.links import links
from addax.core.structures import flatten_result, holds_text, rebuild
from addax.core.tensor import NotCompilable, Tensor
from addax.core.trace import lift, reachable
from addax.core.variable import Variable

_state = context.state


class Staged:
    """A function staged over flat arguments: pure in its variables, its arguments and what it captured.

    Args:
        function: called with one Tensor per example; returns any structure of tensors.
        examples: arrays, or anything with shape and dtype, that say what the arguments look like.

    Raises:
        NotCompilable: XLA cannot compile what the function does.
    """

    def __init__(self, function: Callable[..., Any], examples: Sequence[Any]) -> None:
        specs = [jax.ShapeDtypeStruct(tuple(each.shape), each.dtype) for each in examples]
        watched = _watched_tensors()
        count = len(specs)

        def flat(*tensors: Tensor) -> tuple[list[Any], Any]:
            # Watched tensors that the function has captured become inputs too, so that gradients reach them.
            originals = [(tensor._value, tensor._host) for tensor in watched]
            for tensor, given in zip(watched, tensors[count:], strict=True):
                tensor._value, tensor._host = given._value, None
            try:
                flat, description = flatten_result(read_variables(function(*tensors[:count])))
                if holds_text(description):
                    raise NotCompilable("a branch, or what a loop repeats, gives strings, which XLA does not have")
                return flat, description
            finally:
                for tensor, (value, host) in zip(watched, originals, strict=True):
                    tensor._value, tensor._host = value, host

        guess = reachable(function)
        trace = _state.trace
        while trace is not None:
            guess += list(trace.lifted.values())
            trace = trace.outer
        self._lifted = lift(
            flat, [*specs, *(jax.ShapeDtypeStruct(t._value.shape, t._value.dtype) for t in watched)], guess
        )
        self.variables: list[Variable] = self._lifted.variables
        self.written: list[Variable] = self._lifted.written
        self.structure = self._lifted.out_tree
        jaxpr = self._lifted.closed.jaxpr
        used = {id(var) for eqn in jaxpr.eqns for var in eqn.invars} | {id(var) for var in jaxpr.outvars}
        offset = len(self.variables) + count
        self._captured_used = [id(var) in used for var in jaxpr.invars[offset:]]
        self.captured = [tensor for tensor, take in zip(watched, self._captured_used, strict=True) if take]
        self.outputs = [var.aval for var in jaxpr.outvars[: len(jaxpr.outvars) - len(self.written)]]

    def pure(
        self, variables: Sequence[Any], arguments: Sequence[Any], captured: Sequence[Any]
    ) -> tuple[list[Any], list[Any]]:
        """(values of `variables`, arguments, values of `captured`) -> (flat outputs, new values of `written`)."""
        rest = iter(captured)
        filled = [next(rest) if take else None for take in self._captured_used]
        return self._lifted.pure(variables, [*arguments, *filled])

    def sources(self) -> list[Any]:
        """The variables and captured tensors that its results depend on differentiably."""
        jaxpr = self._lifted.closed.jaxpr
        count = len(self.outputs)
        bits = 0
        for each in links(jaxpr)[:count]:
            bits |= each
        own = len(self.variables)
        caught = [i for i, take in enumerate(self._captured_used, len(jaxpr.invars) - len(self._captured_used)) if take]
        places = [*range(own), *caught]
        return [
            each for place, each in zip(places, [*self.variables, *self.captured], strict=True) if bits >> place & 1
        ]

    def rebuild(self, tensors: list[Any]) -> Any:
        """The structure that the function returned, around other tensors."""
        return rebuild(self.structure, tensors)


def _watched_tensors() -> list[Tensor]:
    found: dict[int, Tensor] = {}
    for tape in _state.tapes:
        for each in tape._alive:
            if isinstance(each, Tensor):
                found[id(each)] = each
    return list(found.values())


def read_variables(result: Any) -> Any:
    """A result in which variables are replaced by their values."""
    if isinstance(result, Variable):
        return result.read_value()
    if isinstance(result, list):
        return [read_variables(item) for item in result]
    if isinstance(result, dict):
        return type(result)((key, read_variables(item)) for key, item in result.items())
    if isinstance(result, tuple):
        items = [read_variables(item) for item in result]
        return type(result)(*items) if hasattr(result, "_fields") else type(result)(items)
    return result


class Shared:
    """The variables and captured tensors that several staged functions use together."""

    def __init__(self, staged: Sequence[Staged]) -> None:
        self.variables = _unique([variable for each in staged for variable in each.variables])
        self.written = _unique([variable for each in staged for variable in each.written])
        self.captured = _unique([tensor for each in staged for tensor in each.captured])
        self._slot = {id(each): i for i, each in enumerate(self.variables)}
        self._capture_slot = {id(each): i for i, each in enumerate(self.captured)}
        written = {id(each) for each in self.written}
        self.kept = [i for i, each in enumerate(self.variables) if id(each) in written]

    def values(self) -> list[Any]:
        """The current values of the variables."""
        return [variable.__tf_value__() for variable in self.variables]

    def written_of(self, variables: Sequence[Any]) -> list[Any]:
        """Of the values of all variables, those of the written ones."""
        return [variables[self._slot[id(each)]] for each in self.written]

    def merged(self, variables: Sequence[Any], written: Sequence[Any]) -> list[Any]:
        """The values of all variables with new ones for those that are written."""
        merged = list(variables)
        for each, value in zip(self.written, written, strict=True):
            merged[self._slot[id(each)]] = value
        return merged

    def run(
        self, staged: Staged, variables: Sequence[Any], arguments: Sequence[Any], captured: Sequence[Any]
    ) -> tuple[list[Any], list[Any]]:
        """Run one of the functions: (its outputs, values of all written variables afterwards)."""
        own = [variables[self._slot[id(each)]] for each in staged.variables]
        caught = [captured[self._capture_slot[id(each)]] for each in staged.captured]
        out, after = staged.pure(own, arguments, caught)
        merged = list(variables)
        for each, value in zip(staged.written, after, strict=True):
            merged[self._slot[id(each)]] = value
        return out, self.written_of(merged)

    def links(self, staged: Sequence[Staged], results: int, before: int = 1) -> tuple[int, ...]:
        """What the results of a choice between functions depend on, as bits: each on what any does, as in TensorFlow.

        Args:
            staged: the functions.
            results: how many results there are; behind them come the written variables.
            before: how many inputs stand before the variables and what was captured.
        """
        linked = {id(source) for each in staged for source in each.sources()}
        every = 0
        for place, each in enumerate([*self.variables, *self.captured], before):
            if id(each) in linked:
                every |= 1 << place
        whole = (1 << (before + len(self.variables) + len(self.captured))) - 1
        return (*[every] * results, *[whole] * len(self.written))

    def store(self, written: Sequence[Any]) -> None:
        """Put new values into the written variables."""
        for variable, value in zip(self.written, written, strict=True):
            variable.set_value(convert.value_of(value))


def _unique(items: Sequence[Any]) -> list[Any]:
    return list({id(item): item for item in items}.values())
