"""Replicas as one program over all devices: the function is traced once, and each device runs it on its part.

XLA partitions the program (`jax.shard_map`): distributed values lie side by side on a first axis that is spread over
the devices, variables are the same everywhere, and what replicas do together are collective operations. What needs
more than one program (batches of different sizes, a `merge_call` of the user's own, variables of no strategy) raises
`NotSharded`, and runs in `lockstep`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.sharding import PartitionSpec

from addax.core import context, random, trees
from addax.core.dispatch import run_plan
from addax.core.indexed_slices import IndexedSlices
from addax.core.plans import Plan
from addax.core.structures import flatten_result, rebuild
from addax.core.tensor import NotCompilable, Tensor
from addax.core.trace import Lifted, lift, reachable
from addax.core.variable import Variable, VariableAggregation
from addax.distribute import combining
from addax.distribute.copies import Copies, Stack, separate
from addax.distribute.reduce_op import ReduceOp
from addax.distribute.replica_context import ReplicaContext
from addax.distribute.values import PerReplica, is_distributed

_state = context.state
AXIS = "replica"
_SPREAD, _WHOLE = PartitionSpec(AXIS), PartitionSpec()


class NotSharded(BaseException):
    """One program for all replicas does not do."""


class Again(BaseException):
    """A variable has become one of which each replica has its own value."""


@jax.custom_vjp
def _total(array: Any) -> Any:
    return lax.psum(array, AXIS)


# The gradient of a sum over replicas is the sum of the replicas' gradients.
_total.defvjp(lambda array: (lax.psum(array, AXIS), None), lambda _, given: (lax.psum(given, AXIS),))


def _mean(array: Any) -> Any:
    return _total(array) / lax.psum(1, AXIS)


_PLANS = {ReduceOp.SUM: Plan("all_reduce", _total), ReduceOp.MEAN: Plan("all_reduce", _mean)}


def _joining(axis: int) -> Plan:
    return Plan("all_gather", lambda array: lax.all_gather(array, AXIS, axis=axis % array.ndim, tiled=True))


class Replica(ReplicaContext):
    """Every replica at once."""

    def __init__(self, strategy: Any) -> None:
        super().__init__(strategy, None)
        self.agreed: dict[int, Any] = {}  # arrays that are the same in all replicas, by identity
        self.settled: dict[int, Any] = {}  # what variables were set to that all replicas set alike

    @property
    def replica_id_in_sync_group(self) -> Any:
        """The replica's number, a symbolic int32 tensor."""
        return Tensor(lax.axis_index(AXIS).astype(np.int32))

    @property
    def devices(self) -> Any:
        """Not one's alone."""
        raise NotSharded

    def merge_call(self, merge_fn: Callable[..., Any], args: tuple[Any, ...] = (), kwargs: Any = None) -> Any:
        """Replicas that meet in code of the user's own run in lockstep."""
        raise NotSharded

    def _together(self, function: Callable[..., Any]) -> Any:
        trace = _state.trace
        assert trace is not None
        before = dict(trace.values)
        _state.replica, _state.aggregator = None, _All(self)
        try:
            result = function()
        finally:
            _state.replica, _state.aggregator = self, self
        for leaf in trees.flatten(result):
            if isinstance(leaf, Tensor):
                self.agreed[id(leaf._value)] = leaf._value
        for key in trace.written:
            if trace.values[key] is not before.get(key):
                self.settled[key] = trace.values[key]
        return result

    def _reduced(self, reduce_op: ReduceOp, leaves: list[Any]) -> list[Any]:
        made = []
        for leaf in leaves:
            if isinstance(leaf, IndexedSlices):
                values, indices = self._gathered([leaf.values, leaf.indices], 0)
                values = values / len(self._strategy) if reduce_op is ReduceOp.MEAN else values
                made.append(IndexedSlices(values, indices, leaf.dense_shape))
            else:
                made.append(run_plan(_PLANS[reduce_op], (leaf,)))
        return made

    def _gathered(self, leaves: list[Any], axis: int) -> list[Any]:
        if any(not leaf.shape.rank for leaf in leaves):
            raise NotSharded
        return [run_plan(_joining(axis), (leaf,)) for leaf in leaves]

    # ------------------------------------------------------------------ variables and random numbers

    def takes(self, variable: Variable) -> bool:
        """Whether an assignment to a variable concerns all replicas."""
        if variable._strategy is None:
            raise NotSharded
        if isinstance(variable, Copies):
            return False
        if variable._aggregation is VariableAggregation.NONE:
            separate(variable)
            raise Again
        return True

    def write(self, variable: Variable, what: str, value: Any, read_value: bool = True) -> Any:
        """Assign what the replicas want to assign, brought together as the variable says."""
        kind = variable._aggregation
        if kind is VariableAggregation.SUM and isinstance(value, int | float):
            combining.reduce_to_one(self._strategy, ReduceOp.SUM, value)  # which refuses it
        given = Tensor(variable._operand(value, what))
        if kind is VariableAggregation.ONLY_FIRST_REPLICA:
            first = lax.axis_index(AXIS) == 0
            given = Tensor(lax.psum(jnp.where(first, given._value, jnp.zeros_like(given._value)), AXIS))
        else:
            given = self._reduced(ReduceOp.from_variable_aggregation(kind), [given])[0]
        self._together(lambda: getattr(variable, what)(given))
        return variable.read_value() if read_value else None

    def scatter(self, variable: Variable, how: str, indices: Any, updates: Any) -> Any:
        """Scatter what the replicas want to scatter."""
        op = combining.scatter_reduction(variable._aggregation, variable.name)
        rows = IndexedSlices(Tensor(variable._operand(updates, "scatter")), combining.tensor(indices))
        slices = self._reduced(op, [rows])[0]
        self._together(lambda: variable._scatter(how, slices.indices, slices.values))
        return variable

    def own(self, stacked: Any, variable: Any) -> Any:
        """This replica's part of values that are one below the other."""
        return stacked[0]

    def put(self, stacked: Any, value: Any) -> Any:
        """`stacked` with this replica's part replaced."""
        return value[None]

    def own_key(self, key: Any, state: Variable) -> Any:
        """The key of a draw, another one in each replica; all of them advance the stream alike."""
        self.settled[id(state)] = None
        drawn = jax.random.fold_in(random.unwrap(key), lax.axis_index(AXIS))
        return jax.random.key_data(drawn)

    def new_variable(self, make: Callable[[], Variable]) -> Variable:
        """A variable that all replicas make: the program is traced once, and so is it."""
        return make()


class _All:
    """What replicas do together, in the one program that is everybody's."""

    def __init__(self, replica: Replica) -> None:
        self._replica = replica

    def takes(self, variable: Variable) -> bool:
        """Nobody else has a part in it."""
        return False

    def own(self, stacked: Any, variable: Copies) -> Any:
        """All replicas' values as one."""
        plan = variable._merging_name()
        if plan == "first":
            first = lax.axis_index(AXIS) == 0
            return lax.psum(jnp.where(first, stacked[0], jnp.zeros_like(stacked[0])), AXIS)
        total = lax.psum(stacked[0], AXIS)
        return total if plan == "sum" else (total / len(self._replica._strategy)).astype(total.dtype)

    def put(self, stacked: Any, value: Any) -> Any:
        """Everybody's value replaced."""
        return value[None]

    def own_key(self, key: Any, state: Variable) -> Any:
        """The same draw in all replicas."""
        return key

    def new_variable(self, make: Callable[[], Variable]) -> Variable:
        """A variable that is made."""
        return make()


class _Plain:
    """Hides a Python number that a function returns from what makes tensors of numbers."""

    def __init__(self, value: Any) -> None:
        self.value = value


class _Result(NamedTuple):
    description: Any
    same: list[bool]  # which of the arrays are the same in all replicas


@contextmanager
def _inside(replica: Replica) -> Iterator[None]:
    outer = _state.strategy, _state.replica, _state.aggregator
    _state.strategy, _state.replica, _state.aggregator = replica._strategy, replica, replica
    try:
        yield
    finally:
        _state.strategy, _state.replica, _state.aggregator = outer


def run(strategy: Any, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Call a function in all replicas, as one program; while a function is traced.

    Args:
        strategy: of several replicas.
        function: what each replica calls.
        args: positional arguments; of distributed values, each replica gets its own.
        kwargs: keyword arguments, likewise.

    Returns:
        What `lockstep.run` returns: `PerReplica` values.

    Raises:
        NotSharded: one program does not do.
    """
    if _state.tapes:  # they follow what replicas do
        raise NotSharded
    stacks = [_stack_of(leaf) for leaf in trees.flatten((args, kwargs)) if is_distributed(leaf)]
    for _ in range(64):
        try:
            return _once(strategy, function, args, kwargs, stacks)
        except Again:
            continue
    raise NotSharded


def _stack_of(value: Any) -> Tensor:
    stacked = value.stacked() if isinstance(value, PerReplica) else None
    if stacked is None:
        raise NotSharded
    return stacked


def _once(strategy: Any, function: Any, args: Any, kwargs: Any, stacks: list[Tensor]) -> Any:
    outer = _state.trace
    assert outer is not None
    lifted = _lifted(strategy, function, args, kwargs, stacks)
    result: _Result = lifted.out_tree
    specs = [_SPREAD if isinstance(variable, Stack) else _WHOLE for variable in lifted.variables]
    consts = list(lifted.closed.consts)

    def local(values: Any, constants: Any, inputs: Any) -> Any:
        return jax.core.eval_jaxpr(lifted.closed.jaxpr, constants, *values, *inputs)

    outs = [_WHOLE if same else _SPREAD for same in result.same]
    outs += [_SPREAD if isinstance(variable, Stack) else _WHOLE for variable in lifted.written]
    program = jax.shard_map(
        local, mesh=strategy.mesh, in_specs=(specs, [_WHOLE] * len(consts), [_SPREAD] * len(stacks)),
        out_specs=outs, check_vma=False,
    )  # fmt: skip
    values = [outer.read(variable) for variable in lifted.variables]
    out = program(values, consts, [stack._value for stack in stacks])
    count = len(result.same)
    for variable, value in zip(lifted.written, out[count:], strict=True):
        outer.write(variable, value)
    trace: Any = outer
    while trace is not None:
        trace.mesh, trace = strategy.mesh, trace.outer
    leaves = [Tensor(a) if same else PerReplica.of(Tensor(a)) for a, same in zip(out, result.same, strict=False)]
    return trees.map_structure(_bare, rebuild(result.description, leaves))


def _bare(leaf: Any) -> Any:
    return leaf.value if isinstance(leaf, _Plain) else leaf


def _lifted(strategy: Any, function: Any, args: Any, kwargs: Any, stacks: list[Tensor]) -> Lifted:
    outer = _state.trace
    assert outer is not None
    guess = reachable([function, args, kwargs])
    for variable in guess:  # so that an outer trace has them as inputs of its own
        outer.read(variable if variable._copies is None else variable._copies)
    shapes = [jax.ShapeDtypeStruct((1, *stack._value.shape[1:]), stack._value.dtype) for stack in stacks]
    replica, found = Replica(strategy), []

    def traced(*parts: Tensor) -> tuple[list[Any], _Result]:
        replica.agreed.clear()
        replica.settled.clear()
        own = iter([Tensor(part._value[0]) for part in parts])
        given = trees.map_structure(lambda leaf: next(own) if is_distributed(leaf) else leaf, (args, kwargs))
        with _inside(replica):
            result = function(*given[0], **given[1])
            arrays, description = flatten_result(_with_plain(result))
        _check_written(replica)
        same = [id(array) in replica.agreed for array in arrays]
        arrays = [jnp.asarray(array) for array in arrays]
        return [a if one else a[None] for a, one in zip(arrays, same, strict=True)], _Result(description, same)

    def trace_it() -> tuple[()]:
        Stack.local += 1
        try:
            found.append(lift(traced, shapes, guess))
        finally:
            Stack.local -= 1
        return ()

    with _later(outer):
        jax.make_jaxpr(trace_it, axis_env=[(AXIS, len(strategy))])()
    lifted = found[0]
    if any(type(effect).__name__ != "NamedAxisEffect" for effect in lifted.closed.effects):
        raise NotCompilable("tf.print and assertions in several replicas: they come in the replicas' order")
    return lifted


@contextmanager
def _later(outer: Any) -> Iterator[None]:
    """An outer trace that makes inputs of variables as they come does so at the end: here it would be in ours."""
    adopts, known = getattr(outer, "adopts", False), set(outer.missed)
    if adopts:
        outer.adopts = False
    try:
        yield
    finally:
        if adopts:
            outer.adopts = True
    if adopts:
        for key in set(outer.missed) - known:
            outer.read(outer.missed.pop(key))


def _with_plain(result: Any) -> Any:
    """A result whose Python values will stay as they are."""
    kinds = bool | int | float | complex
    return trees.map_structure(lambda leaf: _Plain(leaf) if isinstance(leaf, kinds) else leaf, result)


def _check_written(replica: Replica) -> None:
    """Refuse writes by which replicas would come to differ."""
    trace = _state.trace
    assert trace is not None
    streams = {id(variable) for variable in random.variables()}
    for key, variable in trace.written.items():
        if isinstance(variable, Stack) or key in streams:
            continue
        settled = replica.settled.get(key, trace)
        if settled is not None and settled is not trace.values[key]:
            raise NotSharded
