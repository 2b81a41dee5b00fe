"""Variables that each replica has its own value of."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from addax.core import context, convert, errors, operators
from addax.core.plans import Plan
from addax.core.shapes import TensorShape
from addax.core.tensor import Tensor
from addax.core.variable import Variable, VariableAggregation, VariableSynchronization
from addax.distribute.reduce_op import ReduceOp

_state = context.state
_SUM = Plan("sum of copies", lambda a: jnp.sum(a, axis=0, dtype=a.dtype))
_MEAN = Plan("mean of copies", lambda a: (jnp.sum(a, axis=0, dtype=a.dtype) / a.shape[0]).astype(a.dtype))
_FIRST = Plan("first copy", lambda a: a[0])


@operators.operand
class Stack(Variable):
    """The values of all replicas on a first axis, which is spread over their devices."""

    _spread = True
    local = 0  # while programs are traced in which each device sees its own part

    @property
    def _value(self) -> Any:
        value = Variable._value.fget(self)  # type: ignore[attr-defined]
        return value[:1] if Stack.local and value.shape[0] != 1 else value

    @_value.setter
    def _value(self, value: Any) -> None:
        Variable._value.fset(self, value)  # type: ignore[attr-defined]


@operators.operand
class Copies(Variable):
    """A variable of which each replica has its own value; outside of replicas they are read as one.

    Made in a strategy's scope with synchronization=ON_READ; metrics and the running statistics of BatchNormalization
    are such. Read outside of replicas, it is what its aggregation says: the sum, the mean, the first replica's.
    """

    # The values, on a first axis: a variable of its own, so that traced functions lift and write that.
    _copies: Stack

    @property
    def _as_one(self) -> bool:
        """Whether this stands in a program that will run elsewhere, without replicas."""
        return _state.portable and _state.trace is not None

    @property
    def _value(self) -> Any:
        return _state.trace.value_of(self) if self._as_one else self._seen(self._copies._value)

    @_value.setter
    def _value(self, value: Any) -> None:
        self.set_value(value)

    @property
    def _array(self) -> Any:
        return self._seen(self._copies._array)

    @_array.setter
    def _array(self, value: Any) -> None:
        self.set_value(value)

    def __tf_value__(self) -> Any:
        self._handed_out = True
        return _state.trace.read(self) if self._as_one else self._seen(self._copies.__tf_value__())

    def _seen(self, stacked: Any) -> Any:
        if _state.aggregator is not None:
            return _state.aggregator.own(stacked, self)
        return self._merged(stacked)

    def _merged(self, stacked: Any) -> Any:
        plan = self._merging()
        return plan.run(stacked) if _state.trace is None else plan.body(stacked)

    @property
    def _is_sum(self) -> bool:
        on_read = self._synchronization == VariableSynchronization.ON_READ
        return on_read and self._aggregation is VariableAggregation.SUM

    def _merging_name(self) -> str:
        """How it is read outside of replicas: "sum", "mean" or "first".

        Raises:
            ValueError: its aggregation does not say.
        """
        return {id(_SUM): "sum", id(_MEAN): "mean", id(_FIRST): "first"}[id(self._merging())]

    def _merging(self) -> Plan:
        kind = self._aggregation
        if kind is VariableAggregation.ONLY_FIRST_REPLICA or self._synchronization != VariableSynchronization.ON_READ:
            return _FIRST
        return _SUM if ReduceOp.from_variable_aggregation(kind) is ReduceOp.SUM else _MEAN

    # What is known without reading.

    @property
    def shape(self) -> TensorShape:
        """The shape of each replica's value."""
        return TensorShape.of(self._copies._array.shape[1:])

    @property
    def dtype(self) -> Any:
        """The element type."""
        return self._copies.dtype

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return self._copies._array.ndim - 1

    # ------------------------------------------------------------------ writing

    def set_value(self, value: Any) -> None:
        """Put an array in: inside of a replica its own, outside everybody's."""
        if self._as_one:
            _state.trace.write(self, value)
            return
        aggregator = _state.aggregator
        copies = self._copies
        if aggregator is not None:
            copies._value = aggregator.put(copies._value, value)
        else:
            count = copies._array.shape[0]
            if self._is_sum:  # so that it is read as what was assigned
                value = (value / count).astype(value.dtype) if count > 1 else value
            copies._value = jnp.broadcast_to(value, (count, *jnp.shape(value)))
        copies._handed_out = False

    def assign(self, value: Any, use_locking: bool = False, name: str | None = None, read_value: bool = True) -> Any:
        """Replace the value; outside of replicas, everybody's (a sum is divided among them)."""
        array = self._operand(value, "assign")
        if tuple(array.shape) != tuple(self.shape):
            self._check_shape(array, "assign")
        self.set_value(array)
        return self._written(read_value)

    def _written(self, read_value: bool) -> Any:
        """What an assignment returns: in a replica its value, which the others' are put beside."""
        return None if not read_value else self if _state.aggregator is None else self.read_value()

    def _operand(self, value: Any, what: str) -> Any:
        dtype = self._copies._array.dtype
        array = convert.value_of(value, None, dtype)
        if array.dtype != dtype:
            raise ValueError(
                errors.message(
                    f"Variable '{self.name}', {what}", expected=f"a value of dtype {self.dtype.name}",
                    received=f"{array.dtype} {tuple(array.shape)}",
                    hint=f"cast it: tf.cast(value, tf.{self.dtype.name})",
                )
            )  # fmt: skip
        return array

    def _update(self, plan: Plan, value: Any, what: str, read_value: bool) -> Any:
        array = self._operand(value, what)
        compute = plan.run if _state.trace is None else plan.body
        if _state.aggregator is not None or self._as_one:
            self.set_value(compute(self.__tf_value__(), array))
            return self._written(read_value)
        if self._is_sum:
            raise ValueError(
                f"SyncOnReadVariable does not support `{what}` in cross-replica context when aggregation is set to "
                "`tf.VariableAggregation.SUM`.\n  To do: call it in a replica, with strategy.run."
            )
        self._merging()  # refuses what cannot be read
        self._copies._value = compute(self._copies.__tf_value__(), array)
        return self._written(read_value)

    def _scatter(self, how: str, indices: Any, updates: Any) -> Any:
        if _state.aggregator is None:
            raise NotImplementedError(
                f"Variable '{self.name}': scatter outside of replicas. To do: call it with strategy.run."
            )
        return super()._scatter(how, indices, updates)

    def local_values(self) -> tuple[Any, ...]:
        """Each replica's value, as tensors."""
        stacked = self._copies._value
        return tuple(Tensor(stacked[i]) for i in range(stacked.shape[0]))

    def for_reading(self) -> np.ndarray:
        """The value as an array that is not written to."""
        return np.asarray(self._value)

    def __deepcopy__(self, memo: dict[int, Any]) -> Copies:
        made = object.__new__(type(self))
        memo[id(self)] = made
        made.__dict__.update(self.__dict__)
        made._copies = self._copies.__deepcopy__(memo)
        return made

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_strategy": None}

    def __setstate__(self, kept: dict[str, Any]) -> None:
        self.__dict__.update(kept)


def separate(variable: Variable, count: int | None = None) -> None:
    """Give each replica its own value of a variable, from now on.

    Args:
        variable: a plain variable; it becomes a `Copies`.
        count: how many replicas there are, by default those of its strategy.
    """
    count = len(variable._strategy) if count is None else count
    trace, now = _state.trace, None
    if trace is not None and id(variable) in trace.written:
        now = variable._value
    with context.init_scope(), context.outside_strategies():
        array = variable.__dict__.pop("_array")
        stacked = jax.device_put(jnp.broadcast_to(array, (count, *array.shape)))
        copies = Stack(stacked, trainable=False, name=variable._scoped_name)
    variable.__class__ = Copies
    variable._copies = copies
    if now is not None:
        copies._value = jnp.broadcast_to(now, (count, *now.shape))
