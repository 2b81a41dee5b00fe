"""tf.gradients and tf.hessians: derivatives of what a `tf.function` has computed so far.

They need a record of everything from the beginning of the function. None is kept until a function asks for one: then it
is traced again, under a tape that records every op.
"""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from addax.core import context, convert, errors
from addax.core.backward import backward, jacobian_rows, seeds_of
from addax.core.tape import ZEROS, GradientTape, UnconnectedGradients, inexact
from addax.core.tensor import Tensor
from addax.core.variable import Variable

if TYPE_CHECKING:
    from addax.core.function import Function

_state = context.state


class AggregationMethod:
    """How gradients of several uses of a tensor are added up; XLA decides that, the result is the same.

    >>> import addax as tf
    >>> tf.AggregationMethod.ADD_N
    0
    """

    ADD_N = 0
    DEFAULT = 0
    EXPERIMENTAL_TREE = 1
    EXPERIMENTAL_ACCUMULATE_N = 2


class NeedsRecord(RuntimeError):
    """A traced function asks for a record of its ops; it is traced again with one."""


class _EverythingTape(GradientTape):
    """A tape that records every op on floating numbers, watched or not."""

    def __init__(self) -> None:
        super().__init__(persistent=True)
        self.trace = _state.trace

    def inputs_of(self, leaves: Any) -> tuple[int, ...] | None:
        slots = [self._slot(leaf) if inexact(convert.value_of(leaf).dtype) else -1 for leaf in leaves]
        return tuple(slots) if any(slot >= 0 for slot in slots) else None


@contextlib.contextmanager
def recording(owner: Function, inputs: Sequence[Tensor]) -> Iterator[None]:
    """The body of a traced function of `inputs`; recorded if it asked for that before."""
    if not owner._recorded:
        yield
        return
    tape = _EverythingTape()
    outer, _state.everything = _state.everything, tape
    for each in inputs:  # loops and branches ask the tape which tensors are of interest
        if inexact(convert.value_of(each).dtype):
            tape._slot(each)
    tape._start()
    try:
        yield
    finally:
        tape._stop()
        _state.everything = outer


def _tape(who: str) -> _EverythingTape:
    if _state.trace is None:
        raise RuntimeError(
            f"{who} is not supported when eager execution is enabled. Use tf.GradientTape instead.\n"
            "  To do: call it in a tf.function, or record with tf.GradientTape and ask tape.gradient."
        )
    tape = _state.everything
    if tape is None:
        raise NeedsRecord(f"{who} is there in the body of a tf.function only; use tf.GradientTape instead.")
    if tape.trace is not _state.trace:
        raise errors.InvalidArgumentError(
            errors.message(
                who,
                expected="the body of the tf.function itself",
                received="a branch or loop inside of it",
                hint="use tf.GradientTape there",
            )
        )
    return tape


def _listed(values: Any) -> list[Any]:
    return list(values) if isinstance(values, list | tuple) else [values]


def gradients(
    ys: Any,
    xs: Any,
    grad_ys: Any = None,
    name: str = "gradients",
    gate_gradients: bool = False,
    aggregation_method: int | None = None,
    stop_gradients: Any = None,
    unconnected_gradients: UnconnectedGradients | str = UnconnectedGradients.NONE,
) -> list[Any]:
    """In a `tf.function`: the derivative of the sum of `ys` with respect to each of `xs`.

    Args:
        ys: a tensor or a list of them, computed in the function.
        xs: a tensor or a list of them, of which `ys` were computed: arguments, variables, or results of ops.
        grad_ys: what to weigh each of `ys` with; None (or None in the list) for ones.
        name: ignored.
        gate_gradients: has no effect on the result.
        aggregation_method: an `AggregationMethod`; has no effect on the result.
        stop_gradients: tensors that are taken as constants: nothing flows back through what computed them.
        unconnected_gradients: "none" or "zero", for those of `xs` that `ys` do not depend on.

    Returns:
        A list with one tensor for each of `xs`, None where there is no gradient.

    Raises:
        RuntimeError: outside of a `tf.function`.

    >>> import addax as tf
    >>> f = tf.function(lambda x: tf.gradients(x * x, x))
    >>> [g.numpy() for g in f(tf.constant(3.0))]
    [np.float32(6.0)]
    """
    tape = _tape("tf.gradients")
    targets, sources = [_tensor(y) for y in _listed(ys)], [_tensor(x) for x in _listed(xs)]
    given = [None] * len(targets) if grad_ys is None else _listed(grad_ys)
    if len(given) != len(targets):
        raise ValueError(f"tf.gradients: expected as many grad_ys as ys, {len(targets)}; received {len(given)}.")
    view = _without(tape, _listed(stop_gradients) if stop_gradients is not None else [])
    known = [target for target, seed in zip(targets, given, strict=True) if seed is not None]
    seeds_known = iter(seeds_of(known, [seed for seed in given if seed is not None]) if known else [])
    seeds = [None if seed is None else next(seeds_known) for seed in given]
    grads = backward(view, targets, seeds, sources)
    if unconnected_gradients in ZEROS:
        grads = [_zeros(x) if grad is None else grad for x, grad in zip(sources, grads, strict=True)]
    return grads


def _tensor(value: Any) -> Any:
    return value if isinstance(value, Tensor | Variable) else convert.convert_to_tensor(value)


def _zeros(like: Any) -> Tensor:
    return convert.convert_to_tensor(np.zeros(tuple(like.shape), like.dtype.np))


def _without(tape: _EverythingTape, stops: list[Any]) -> GradientTape:
    """The tape as if nothing had computed `stops`."""
    slots = {slot for each in stops if (slot := tape._slots.get(id(each))) is not None}
    if not slots:
        return tape
    view = copy.copy(tape)
    view._records = [record for record in tape._records if slots.isdisjoint(record.outputs)]
    return view


def hessians(
    ys: Any,
    xs: Any,
    gate_gradients: bool = False,
    aggregation_method: int | None = None,
    name: str = "hessians",
) -> list[Any]:
    """In a `tf.function`: the second derivatives of the sum of `ys` with respect to each of `xs`.

    Args:
        ys: a tensor or a list of them, computed in the function.
        xs: a tensor or a list of them.
        gate_gradients: has no effect on the result.
        aggregation_method: an `AggregationMethod`; has no effect on the result.
        name: ignored.

    Returns:
        A list with one tensor of shape x.shape + x.shape for each of `xs`.

    Raises:
        RuntimeError: outside of a `tf.function`.

    >>> import addax as tf
    >>> f = tf.function(lambda x: tf.hessians(tf.reduce_sum(x**3), x))
    >>> f(tf.constant([3.0, 1.0]))[0].numpy().tolist()
    [[18.0, 0.0], [0.0, 6.0]]
    """
    tape = _tape("tf.hessians")
    sources = [_tensor(x) for x in _listed(xs)]
    found = []
    for source, grad in zip(sources, gradients(ys, sources), strict=True):
        row = None if grad is None else jacobian_rows(tape, grad, [source], True)[0]
        if row is None:
            row = convert.convert_to_tensor(np.zeros((*source.shape, *source.shape), source.dtype.np))
        found.append(row)
    return found
