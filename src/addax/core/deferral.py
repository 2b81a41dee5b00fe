"""Deferred forward passes: what tapes have seen many times is computed when its gradient is asked for.

A training loop records the same ops step after step. Once a way back has been taken often, the ops on its path are no
longer run one by one: each gives a tensor whose dtype and shape are known and whose value is still to come, and
`tape.gradient` computes all of them and the gradients in one compiled call. Who reads such a value earlier has the ops
run one by one, as they would have been; a path where that happens often is not deferred any more.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import jax
import numpy as np

from addax.core import context, convert
from addax.core.tensor import Tensor
from addax.core.variable import Variable
from addax.core.ways import Node, Step, forest, opened

if TYPE_CHECKING:
    from addax.core.plans import Plan
    from addax.core.tape import GradientTape, Record

AFTER = 16  # so many gradients of one structure, before one more program is compiled for it

_state = context.state
_new = object.__new__
_lock = threading.RLock()


class Form:
    """The dtype and shape of a value that is still to come."""

    __slots__ = ("dtype", "ndim", "shape", "size")

    def __init__(self, array: Any) -> None:
        self.dtype, self.shape, self.ndim, self.size = array.dtype, array.shape, array.ndim, array.size


class Deferral:
    """The ops of one tape that are still to be computed."""

    __slots__ = ("first", "given", "later", "records", "steps", "tape")

    def __init__(self, tape: GradientTape) -> None:
        self.tape: GradientTape | None = tape
        self.first: Node | None = None  # where the path begins
        self.forget()

    def forget(self) -> None:
        """Nothing is to come any more."""
        self.given: list[Any] = []  # the arguments that are known, in order
        self.later: list[Tensor] = []  # the results
        self.records: list[Record] = []
        self.steps: list[Step] = []

    def end(self) -> None:
        """Put nothing off from now on."""
        tape, self.tape = self.tape, None
        if tape is not None and tape._deferral is self:
            tape._deferral = None

    def call(self, plan: Plan, arrays: tuple[Any, ...], alike: bool) -> Tensor | None:
        """The result of an op, to be computed later; None where that is not known to do.

        Args:
            plan: the op with its static arguments.
            arrays: its arguments.
            alike: whether Python's numbers among them take the dtype of the tensors.
        """
        tape = self.tape
        if tape is None:
            return None
        inputs = tape.inputs_of(arrays)
        if inputs is None:
            return None
        outputs = (len(tape._alive),)
        node = tape._node.after.get((plan, inputs, outputs)) if tape._node is not None else None
        step = node.step if node is not None else None
        flat = None if step is None else step.opened(arrays)
        given = None if flat is None else _given(step.arguments, flat, alike)
        if given is None:
            self.end()
            return None
        if not self.later:
            self.first = node
            node.tries += 1
        self.given += given
        result = _new(Tensor)
        result._host = result._jax = None
        result._later = (self, step.form)
        self.later.append(result)
        self.steps.append(step)
        self.records.append(tape.put_off(plan, inputs, arrays, result, outputs, node))
        return result

    def compute(self) -> None:
        """Run what was put off op by op: somebody wants to see a value."""
        with _lock:
            self.end()
            if not self.later:
                return
            first = self.first
            first.read += 1
            if first.read > 2 + first.tries // 8:
                first.step = None  # not worth it
            given = iter(self.given)
            for record, step, result in zip(self.records, self.steps, self.later, strict=True):
                flat, values = step.opened(record.arrays), []
                for form, array in zip(step.arguments, flat, strict=True):
                    values.append(next(given) if form is not None else None if array is None else array._jax)
                tensors = [
                    Tensor(value) if isinstance(array, float | int | np.ndarray) else array
                    for array, value in zip(flat, values, strict=True)
                ]
                record.values, record.arrays = step.closed(values), tuple(step.closed(tensors))
                result._jax = record.plan.run(*record.values)
            self.forget()


def _given(arguments: tuple[Any, ...], arrays: tuple[Any, ...], alike: bool) -> list[Any] | None:
    """The values of the arguments that are known; None where they are not like those of before."""
    given = []
    for form, array in zip(arguments, arrays, strict=True):
        kind = type(array)
        if form is None:  # of an op that was put off, or nothing
            if array is not None and (kind is not Tensor or array._jax is not None or array._host is not None):
                return None
            continue
        if kind is Tensor:
            value = array._value if array._jax is None else array._jax
        elif kind is Variable:
            array._handed_out = True
            value = array._array
        elif alike and (kind is float and form.dtype.kind == "f" or kind is int and form.dtype.kind in "fi"):
            value = convert.scalar(array, form.dtype)
        elif kind is np.int32:
            value = array
        elif kind is np.ndarray and array.dtype == form.dtype:
            value = convert.value_of(array)  # a copy: the caller may write to it before the gradient
        else:
            return None
        if value.shape != form.shape or value.dtype != form.dtype:
            return None
        given.append(value)
    return given


def begin(tape: GradientTape) -> Deferral | None:
    """What a tape that starts puts off its ops with; None where every op runs at once."""
    if (
        not forest.root.paths
        or tape._persistent
        or tape._records
        or _state.tapes
        or _state.trace is not None
        or _state.observer is not None
        or _state.devices
        or _state.replica is not None
        or _state.strategy is not None
    ):
        return None
    return Deferral(tape)


def learn(tape: GradientTape) -> None:
    """Have the ops that `tape` recorded put off when they come again, if all of them can be."""
    node, made, steps = forest.root, set(), []
    for record in tape._records:
        node = node.after.get((record.plan, record.inputs, record.outputs))
        step = None if node is None else _step(tape, record, made)
        if step is None:
            return
        steps.append((node, step))
    for node, step in steps:
        node.step = step
    if steps:
        forest.root.paths += 1


def _step(tape: GradientTape, record: Record, made: set[int]) -> Step | None:
    """How a recorded op is put off; None if it has several results, strings, or numbers of half precision."""
    if record.plan.custom is not None or len(record.outputs) != 1 or record.outputs[0] < 0:
        return None
    result = tape._alive[record.outputs[0]]
    if type(result) is not Tensor or not _plain(result._value):
        return None
    counts = tuple([len(array) if type(array) is list else -1 for array in record.arrays])
    lists = None if max(counts, default=-1) < 0 else counts
    flat, values = opened(lists, record.arrays), opened(lists, tuple(record.values))
    if flat is None or values is None:
        return None
    arguments, slots = [], iter(record.inputs)
    for array, value in zip(flat, values, strict=True):
        if array is None:
            arguments.append(None)
            continue
        slot = next(slots)
        if type(array) is np.int32:
            arguments.append(Form(array))
            continue
        if not (type(array) is Tensor or type(array) is Variable) or not _plain(value):
            return None
        arguments.append(None if slot in made else Form(value))
    made.add(record.outputs[0])
    return Step(tuple(arguments), lists, Form(result._value))


def _plain(value: Any) -> bool:
    """Whether it is an array on one device; rounding is not left to XLA, which keeps more of half precision."""
    if not isinstance(value, jax.Array) or isinstance(value, jax.core.Tracer) or len(value.devices()) != 1:
        return False
    return value.dtype.kind not in "fV" or value.dtype.itemsize > 2
