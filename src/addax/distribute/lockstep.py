"""Replicas one after another, each in a thread of its own, one at a time: from one common point to the next.

This is how several replicas run eagerly, and in traced functions where one program for all (`sharded`) does not do:
replicas with batches of different sizes, or whose Python code differs. A replica runs until it wants something of all
of them (`merge_call`, assigning to a variable); when the last one has come there, the main thread does it once.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import jax
from jax.extend.core import set_current_trace, take_current_trace

from addax.core import context
from addax.core.indexed_slices import IndexedSlices
from addax.core.plans import Plan
from addax.core.tensor import Tensor
from addax.core.variable import Variable
from addax.distribute import combining
from addax.distribute.copies import Copies, separate
from addax.distribute.reduce_op import ReduceOp
from addax.distribute.replica_context import ReplicaContext
from addax.distribute.scopes import for_all
from addax.distribute.values import Mirrored, PerReplica, regroup, select

_state = context.state


class _Abandoned(BaseException):
    """Ends a replica whose fellows failed."""


class Replica(ReplicaContext):
    """One of several replicas, in a thread of its own."""

    def __init__(
        self, strategy: Any, number: int, function: Callable[[], Any], inherited: dict[str, Any], trace: Any
    ) -> None:
        super().__init__(strategy, number)
        self._function = function
        self._inherited = inherited
        self._trace = trace
        self._device = jax.config.jax_default_device
        self._may_run, self._stopped = threading.Semaphore(0), threading.Semaphore(0)
        self._thread = threading.Thread(target=self._main, daemon=True)
        self.wish: tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]] | None = None
        self.answer: Any = None
        self.result: Any = None
        self.error: BaseException | None = None
        self.done = False
        self.abandoned = False

    def run(self) -> None:
        """Let the replica run until it wants something of all, or is done."""
        if self._thread.ident is None:
            self._thread.start()
        self._may_run.release()
        self._stopped.acquire()

    def _main(self) -> None:
        self._may_run.acquire()
        vars(_state).update(self._inherited)
        _state.strategy, _state.replica, _state.aggregator = self._strategy, self, self
        traced = nullcontext() if self._trace is None else set_current_trace(self._trace)
        try:
            with jax.default_device(self._device), traced:
                self.result = self._function()
        except BaseException as error:  # the main thread raises it
            self.error = error
        self.done = True
        self._stopped.release()

    # ------------------------------------------------------------------ with the others

    def merge_call(self, merge_fn: Callable[..., Any], args: tuple[Any, ...] = (), kwargs: Any = None) -> Any:
        """See `ReplicaContext.merge_call`."""
        if _state.trace is not self._inherited["trace"]:
            raise RuntimeError(
                "`merge_call` called while defining a new graph or a tf.function. This can often happen if the "
                "function `fn` passed to `strategy.run()` contains a nested `@tf.function` or a control flow statement "
                "with a synchronization point inside, such as optimizer.apply_gradients.\n  To do: decorate the "
                "function passed to `strategy.run`, or the whole call of it, with @tf.function; and move the "
                "synchronization point out of the control flow."
            )
        self.wish = (merge_fn, args, kwargs or {})
        self._stopped.release()
        self._may_run.acquire()
        if self.abandoned:
            raise _Abandoned
        answer, self.answer = self.answer, None
        return select(self._number, answer)

    def _together(self, function: Callable[..., Any]) -> Any:
        return self.merge_call(lambda strategy: Mirrored([function()] * strategy.num_replicas_in_sync))

    def _reduced(self, reduce_op: ReduceOp, leaves: list[Any]) -> list[Any]:
        def merge(strategy: Any, *values: Any) -> Any:
            return [Mirrored([combining.reduced(reduce_op, _parts(strategy, v))] * len(strategy)) for v in values]

        results = [_fresh(each) for each in self.merge_call(merge, tuple(_fresh(leaf) for leaf in leaves))]
        return _recorded(leaves, results, lambda upstream: self._reduced(reduce_op, upstream))

    def _gathered(self, leaves: list[Any], axis: int) -> list[Any]:
        def merge(strategy: Any, *values: Any) -> Any:
            return [Mirrored([combining.joined(_parts(strategy, value), axis)] * len(strategy)) for value in values]

        results = [_fresh(each) for each in self.merge_call(merge, tuple(_fresh(leaf) for leaf in leaves))]

        def back(upstream: list[Any]) -> list[Any]:
            sums = self._reduced(ReduceOp.SUM, upstream)
            sizes = self._gathered([combining.size_along(leaf, axis) for leaf in leaves], 0)
            return [combining.part(each, size, self._number, axis) for each, size in zip(sums, sizes, strict=True)]

        return _recorded(leaves, results, back)

    # ------------------------------------------------------------------ variables and random numbers

    def takes(self, variable: Variable) -> bool:
        """Whether an assignment to a variable concerns all replicas."""
        if variable._strategy is None:
            return False
        if variable._aggregation.value == 0 and not isinstance(variable, Copies):
            separate(variable)
        return not isinstance(variable, Copies)

    def write(self, variable: Variable, what: str, value: Any, read_value: bool = True) -> Any:
        """Assign what the replicas want to assign, brought together as the variable says."""

        def merge(strategy: Any, given: Any) -> None:
            getattr(variable, what)(combining.aggregated(strategy, variable._aggregation, given))

        self.merge_call(merge, (value,))
        return variable.read_value() if read_value else None

    def scatter(self, variable: Variable, how: str, indices: Any, updates: Any) -> Any:
        """Scatter what the replicas want to scatter, one after another."""
        op = combining.scatter_reduction(variable._aggregation, variable.name)
        slices = self._reduced(op, [IndexedSlices(_as(updates, variable), combining.tensor(indices))])[0]
        self._together(lambda: variable._scatter(how, slices.indices, slices.values))
        return variable

    def own(self, stacked: Any, variable: Any) -> Any:
        """This replica's part of values that are one below the other."""
        return stacked[self._number]

    def put(self, stacked: Any, value: Any) -> Any:
        """`stacked` with this replica's part replaced."""
        return stacked.at[self._number].set(value)

    def own_key(self, key: Any, state: Variable) -> Any:
        """The key of a draw: replicas draw one after another, and each advances the counter."""
        return key

    def new_variable(self, make: Callable[[], Variable]) -> Variable:
        """A variable that a replica makes: the others find it when their turn comes, as layers are built once."""
        return make()


def _as(value: Any, variable: Variable) -> Tensor:
    return Tensor(variable._operand(value, "scatter"))


def _parts(strategy: Any, value: Any) -> list[Any]:
    return [value] * len(strategy) if not isinstance(value, PerReplica) else list(value.values)


def _fresh(leaf: Any) -> Any:
    """A leaf as an object of its own, which replicas never share."""
    if isinstance(leaf, IndexedSlices):
        return IndexedSlices(leaf.values, leaf.indices, leaf.dense_shape)
    return Tensor(leaf._value) if isinstance(leaf, Tensor) else leaf


def _recorded(inputs: list[Any], results: list[Any], back: Callable[[list[Any]], list[Any]]) -> list[Any]:
    """Results that the other replicas have a part in, with a gradient that they have a part in."""
    tensors = [i for i, leaf in enumerate(inputs) if isinstance(leaf, Tensor)]
    leaves = [inputs[i] for i in tensors]
    tapes = [(tape, slots) for tape in _state.tapes if (slots := tape.inputs_of(leaves)) is not None]
    if not tapes:
        return results
    fresh = [Tensor(results[i]._value) for i in tensors]

    def pull(record: Any, given: list[Any]) -> list[Any]:
        zeros = [Tensor(jax.numpy.zeros_like(each._value)) for each in fresh]
        return back([zero if grad is None else grad for zero, grad in zip(zeros, given, strict=True)])

    plan = Plan("all_reduce", _unreachable, _unreachable)
    plan.custom = pull
    for tape, slots in tapes:
        tape.record(plan, slots, (leaves,), [[leaf._value for leaf in leaves]], fresh, None)
    made = list(results)
    for i, each in zip(tensors, fresh, strict=True):
        made[i] = each
    return made


def _unreachable(*values: Any) -> Any:
    raise AssertionError("the gradient of an all_reduce is called through its record")


def run(strategy: Any, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Call a function once per replica, with its own of distributed arguments.

    Args:
        strategy: of several replicas.
        function: what each replica calls.
        args: positional arguments.
        kwargs: keyword arguments.

    Returns:
        The results, regrouped.
    """
    inherited = dict(vars(_state))
    inherited.setdefault("trace", None)
    inherited["lineage"] = inherited.get("lineage") or threading.get_ident()
    trace = None
    if _state.trace is not None:
        with take_current_trace() as trace:  # JAX's own, which threads do not inherit
            pass
    replicas = []
    for i in range(len(strategy)):
        own_args, own_kwargs = select(i, args), select(i, kwargs)
        call = _bound(function, own_args, own_kwargs)
        replicas.append(Replica(strategy, i, call, inherited, trace))
    try:
        while _advance(replicas):
            _grant(strategy, replicas)
    except BaseException:
        _abandon(replicas)
        raise
    return regroup([replica.result for replica in replicas])


def _advance(replicas: list[Replica]) -> bool:
    """Run replicas to their next common point; False at the end.

    Raises:
        RuntimeError: some are at their end, and others wait for them.
    """
    for replica in replicas:
        replica.run()
        if replica.error is not None:
            raise replica.error
    waiting = [replica for replica in replicas if not replica.done]
    if waiting and len(waiting) < len(replicas):
        raise RuntimeError(
            "Some replicas made different number of replica_fn calls: they must meet at the same `merge_call`, "
            "all_reduce or assignment."
        )
    return bool(waiting)


def _bound(function: Callable[..., Any], args: Any, kwargs: Any) -> Callable[[], Any]:
    return lambda: function(*args, **kwargs)


def _grant(strategy: Any, replicas: list[Replica]) -> None:
    """Do once what all replicas wait for."""
    wishes = [replica.wish for replica in replicas]
    function = wishes[0][0]  # type: ignore[index]
    args = regroup([wish[1] for wish in wishes])  # type: ignore[index]
    kwargs = regroup([wish[2] for wish in wishes])  # type: ignore[index]
    with for_all(strategy):
        answer = function(strategy, *args, **kwargs)
    for replica in replicas:
        replica.wish, replica.answer = None, answer


def _abandon(replicas: list[Replica]) -> None:
    for replica in replicas:
        if not replica.done and replica._thread.ident is not None:
            replica.abandoned = True
            replica.run()
