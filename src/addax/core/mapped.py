"""A user's function traced once and run over one element, or over many elements at once: the compiler of `tf.data`.

A pure function is vectorised (`jax.vmap`). One that draws random numbers, or multiplies matrices, runs over the
elements in order inside one compiled loop (`jax.lax.scan`), with its random streams carried along, so that an element
gets the same numbers however many elements are asked for at a time. One that writes other variables runs element by
element.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np

from addax.core import autograph, context, errors, random, trace
from addax.core.primitives import uses
from addax.core.structures import flatten_result, holds_composites, rebuild
from addax.core.tensor import NotCompilable

_MOST_WASTEFUL = 16
_RANDOM = ("random_", "rng_", "threefry")
# Libraries multiply matrices in another order of additions where there are more rows: these run row after row.
_ROUNDED_BY_SIZE = ("dot_general", "conv_general", "ragged_dot")

# What tracing raises where a function needs values that are only known when it runs.
NOT_TRACEABLE = (
    NotCompilable,
    errors.OperatorNotAllowedInGraphError,
    jax.errors.ConcretizationTypeError,
    jax.errors.TracerArrayConversionError,
    jax.errors.UnexpectedTracerError,
)


class Mapped:
    """A function of tensors, traced for the shapes and dtypes of one element.

    Args:
        function: called with one Tensor per entry of `specs`; may return any structure.
        specs: objects with `shape` (a tuple) and `dtype` (NumPy's).
        owner: what to search for variables, usually the user's function.

    Raises:
        NotCompilable: the function needs values that are only known when it runs.
    """

    def __init__(self, function: Callable[..., Any], specs: Sequence[Any], owner: Any = None) -> None:
        described: list[Any] = []

        def flat(*tensors: Any) -> tuple[list[Any], Any]:
            arrays, description = flatten_result(function(*tensors))
            described.append(description)
            return arrays, description

        structs = [jax.ShapeDtypeStruct(tuple(spec.shape), spec.dtype) for spec in specs]
        try:
            self._lifted = trace.lift(flat, structs, trace.reachable(owner or function))
        except NOT_TRACEABLE as error:
            raise error if isinstance(error, NotCompilable) else NotCompilable(str(error)) from error
        self._description = self._lifted.out_tree
        if holds_composites(self._description):
            raise NotCompilable("elements that are ragged or sparse tensors, or of other types, are made in Python")
        streams = {id(variable) for variable in random.variables()}
        self.streams = [v for v in self._lifted.variables if id(v) in streams]
        self.others = [v for v in self._lifted.variables if id(v) not in streams]
        # By identity: variables compare by their values.
        numbers = {id(v): number for group in (self.streams, self.others) for number, v in enumerate(group)}
        self._places = [(id(v) in streams, numbers[id(v)]) for v in self._lifted.variables]
        self.writes = [v for v in self._lifted.written if id(v) not in streams]
        self.random = bool(self.streams)
        self._in_order = self.random or uses(self._lifted.closed.jaxpr, (*_RANDOM, *_ROUNDED_BY_SIZE))
        self.effects = bool(self._lifted.closed.jaxpr.effects)  # it prints or checks something on the host
        self.batched = not self.writes and not self.effects
        self.outputs = [
            jax.ShapeDtypeStruct(aval.shape, aval.dtype)
            for aval in self._lifted.closed.out_avals[: len(self._lifted.closed.out_avals) - len(self._lifted.written)]
        ]
        self._one = jax.jit(self._pure)
        self._many = jax.jit(self._over_rows)
        self._sizes: list[int] = []
        self._wasteful = 0  # calls that computed far more rows than were asked for

    def result(self, outputs: Sequence[Any]) -> Any:
        """The structure that the function returns, around these outputs."""
        return rebuild(self._description, list(outputs))

    def one(self, arguments: Sequence[Any], streams: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        """Run on one element; returns its outputs and the random streams afterwards."""
        if not self._lifted.variables:
            return self._one((), (), arguments)[0], []
        with trace.tracing:  # what one element writes, the next one reads, whichever thread runs it
            out, after, written = self._one(self._values(), list(streams), arguments)
            for variable, value in zip(self.writes, written, strict=True):
                variable.set_value(value)
        return out, after

    def many(self, count: int, rows: Sequence[Any], streams: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        """Run on `count` elements stacked along the first axis; returns stacked outputs and the streams afterwards."""
        size = self._size(count)
        if size != count:
            rows = [_padded(np.asarray(row), size) for row in rows]
        out, after = self._many(self._values(), list(streams), np.int64(count), rows, np.arange(size))
        return (out if size == count else [np.asarray(leaf)[:count] for leaf in out]), after

    def _size(self, count: int) -> int:
        """How many rows to compute: a size compiled before where one fits, so that leftovers do not compile anew."""
        best = min((size for size in self._sizes if size >= count), default=None)
        if best is not None and best > 4 * count:
            self._wasteful += 1
        if best is None or (self._wasteful > _MOST_WASTEFUL and best > 4 * count):
            self._wasteful = 0
            self._sizes.append(count)
            return count
        return best

    def _values(self) -> list[Any]:
        for variable in self.others:
            variable._handed_out = True  # a training step must not donate what is being read here
        return [variable._value for variable in self.others]

    def _pure(self, others: Any, streams: Any, arguments: Any) -> tuple[list[Any], list[Any], list[Any]]:
        values = [streams[i] if is_stream else others[i] for is_stream, i in self._places]
        out, written = self._lifted.pure(values, arguments)
        new = {id(v): value for v, value in zip(self._lifted.written, written, strict=True)}
        after = [new.get(id(v), value) for v, value in zip(self.streams, streams, strict=True)]
        return out, after, [new[id(v)] for v in self.writes]

    def _over_rows(self, others: Any, streams: Any, count: Any, rows: Any, numbers: Any) -> tuple[list[Any], list[Any]]:
        if not self._in_order:
            return jax.vmap(lambda _, row: self._pure(others, streams, row)[0])(numbers, list(rows)), []

        def step(carry: Any, item: Any) -> tuple[Any, Any]:
            number, row = item
            out, after, _ = self._pure(others, carry, row)
            # Rows that only pad must not advance the streams.
            return [jax.numpy.where(number < count, new, old) for new, old in zip(after, carry, strict=True)], out

        after, out = jax.lax.scan(step, list(streams), (numbers, list(rows)))
        return out, after


def _padded(row: np.ndarray, size: int) -> np.ndarray:
    return np.concatenate([row, np.broadcast_to(row[-1:], (size - len(row), *row.shape[1:]))])


def converted(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function with its control flow over tensors converted, as `tf.function` does; ops are as they should be."""
    if (getattr(function, "__module__", None) or "").partition(".")[0] == __name__.partition(".")[0]:
        return function
    try:
        return autograph.converted(function)
    except (TypeError, ValueError, OSError):  # builtins, partials, code without source
        return function


def eagerly(function: Callable[..., Any], *arguments: Any) -> Any:
    """Call a function of a dataset's now, outside of every trace and tape of the caller."""
    state = context.state
    before, state.in_pipeline = state.in_pipeline, True
    try:
        if state.quiet:
            return function(*arguments)
        with context.init_scope():
            return function(*arguments)
    finally:
        state.in_pipeline = before
