"""Blocks in which variables stand for values that are handed in, and what is assigned to them is handed out.

That makes functions with variables pure, for JAX programs of the user's own. It is a `Trace` without a program: reads
see the values, and assignments replace those. What is not handed in keeps its value as well.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import jax
import numpy as np
from jax.experimental import io_callback

from addax.core import context, random
from addax.core.tensor import Tracer
from addax.core.threefry import threefry
from addax.core.trace import Trace
from addax.core.variable import Variable

_state = context.state


class Stateless(Trace):
    """A block, as a context manager, in which variables have other values.

    Args:
        values: pairs of a variable and the array that stands for it.
    """

    blocks = 0  # inside of this one, which draw random numbers

    def __init__(self, values: Iterable[tuple[Variable, Any]] = ()) -> None:
        pairs = list(values)
        super().__init__([variable for variable, _ in pairs], _state.trace)
        self.values.update((id(variable), value) for variable, value in pairs)
        self.origins.update(self.values)

    def __enter__(self) -> Stateless:
        self.outer = _state.trace
        self.ours = self.outer is not None and self.outer.ours
        context.set_trace(self)
        return self

    def __exit__(self, *exc: object) -> None:
        context.set_trace(self.outer)

    def read(self, variable: Variable) -> Any:
        """A variable's value is used."""
        if id(variable) in self.values:
            return super().read(variable)
        if isinstance(variable, random.StreamVariable):
            return self._stream(variable)
        if self.outer is not None:
            return self.outer.read(variable)
        variable._handed_out = True
        return variable._array

    def value_of(self, variable: Variable) -> Any:
        """What a variable holds at this point of the block."""
        if id(variable) in self.values or not isinstance(variable, random.StreamVariable):
            return super().value_of(variable)
        return self.read(variable)

    def _stream(self, variable: random.StreamVariable) -> Any:
        """The seed and counter of a stream that this block has not drawn from yet."""
        if isinstance(self.outer, Stateless):  # each block inside of another one has a part of its own
            self.outer.blocks += 1
            value = self.outer.read(variable) + np.array([0, self.outer.blocks << 20])
        elif self.outer is None and _compiling():
            value = _drawn_when_run(variable)
        else:
            return variable._array if self.outer is None else self.outer.read(variable)
        self.values[id(variable)] = value
        return value

    def write(self, variable: Variable, value: Any) -> None:
        """A variable changes, for the rest of the block."""
        if isinstance(variable, random.StreamVariable) and id(variable) not in self.values:
            if self.outer is None:  # draws go on, here as anywhere
                variable._array = value
            else:
                self.outer.write(variable, value)
            return
        super().write(variable, value)

    def current(self, variable: Variable) -> Any:
        """What a variable was handed in with or assigned last; None if neither."""
        return self.values.get(id(variable))


class UserStep(Stateless):
    """A block around a step of training that the user wrote as a JAX program, in a function of ours or out of one.

    Its streams of random numbers start anew from draws of the function around it.
    """

    def __enter__(self) -> UserStep:
        super().__enter__()
        self.ours = False
        for variable in random.variables():
            self.read(variable)
        return self

    def _stream(self, variable: random.StreamVariable) -> Any:
        context.set_trace(self.outer)
        try:
            words = random.advance(variable).astype(np.int64)
            value = jax.numpy.stack([words[0] << 31 ^ words[1], words[0] * 0])
        finally:
            context.set_trace(self)
        self.values[id(variable)] = value
        return value


def _compiling() -> bool:
    """Whether JAX puts what is computed now into a program."""
    return isinstance(jax.numpy.add(np.int32(0), np.int32(1)), Tracer)


def _drawn_when_run(variable: random.StreamVariable) -> Any:
    """A stream's seed and counter in a compiled program, of which each run has to draw other numbers.

    JAX programs are pure, so the program asks the host, which counts the runs.
    """

    def state() -> np.ndarray:
        seed, run = variable.next_run()
        low, high = threefry((seed >> 32 & 0xFFFFFFFF, seed & 0xFFFFFFFF), (1, run & 0xFFFFFFFF))
        return np.array([high << 31 ^ low, 0], np.int64)

    return io_callback(state, jax.ShapeDtypeStruct((2,), np.int64))
