"""Variable: a mutable cell that always holds its value."""

from __future__ import annotations

import contextlib
import enum
import functools
import inspect
import itertools
from collections.abc import Callable, Iterator
from typing import Any

import jax
import numpy as np

from addax.core import context, convert, dispatch, dtypes, errors, operators, printing, row_gradients
from addax.core.jax_programs import known_to_jax
from addax.core.operands import numbers_as
from addax.core.plans import Plan
from addax.core.public_methods import refuse
from addax.core.row_updates import RowUpdates
from addax.core.shapes import TensorShape
from addax.core.tensor import Reference, Tensor, Tracer, device_name

_state = context.state
_numbers = itertools.count(1)  # of variables, in the order in which they are made


class VariableSynchronization(enum.Enum):
    """When copies of a distributed variable are brought together.

    >>> import addax as tf
    >>> tf.Variable(1.0, synchronization=tf.VariableSynchronization.ON_READ).synchronization.name
    'ON_READ'
    """

    AUTO = 0
    NONE = 1
    ON_WRITE = 2
    ON_READ = 3


class VariableAggregationV2(enum.Enum):
    """How copies of a distributed variable are brought together (`tf.VariableAggregation`).

    >>> import addax as tf
    >>> tf.Variable(1.0, aggregation=tf.VariableAggregation.MEAN).aggregation.name
    'MEAN'
    """

    NONE = 0
    SUM = 1
    MEAN = 2
    ONLY_FIRST_REPLICA = 3


VariableAggregation = VariableAggregationV2


class _Creating(type):
    """Variables are made by the innermost `tf.variable_creator_scope`, if there is one."""

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        if cls is not Variable or not _state.creators:
            if _state.strategy is None:
                return super().__call__(*args, **kwargs)
            return _state.strategy._new_variable(functools.partial(type.__call__, cls), args, kwargs)

        def make(**options: Any) -> Any:
            if _state.strategy is not None:
                return _state.strategy._new_variable(functools.partial(type.__call__, cls), (), options)
            return type.__call__(cls, **options)

        for creator in _state.creators:
            make = functools.partial(creator, make)
        names = list(inspect.signature(cls.__init__).parameters)[1:]
        return make(**dict(zip(names, args, strict=False)), **kwargs)


@contextlib.contextmanager
def variable_creator_scope(variable_creator: Callable[..., Any]) -> Iterator[None]:
    """A block in which `variable_creator(next_creator, **kwargs)` makes the variables.

    Args:
        variable_creator: is called with the next creator and the arguments of `tf.Variable`; returns a variable.

    >>> import addax as tf
    >>> def frozen(next_creator, **kwargs):
    ...     return next_creator(**{**kwargs, "trainable": False})
    >>> with tf.variable_creator_scope(frozen):
    ...     tf.Variable(1.0).trainable
    False
    """
    outer = _state.creators
    _state.creators = (*outer, variable_creator)
    try:
        yield
    finally:
        _state.creators = outer


_COPY = Plan("copy", lambda a: jax.numpy.array(a, copy=True))
_IDENTITY = Plan("identity", lambda a: a)
_ROWS = Plan("sparse_read", lambda a, where: jax.numpy.take(a, where, axis=0))
_IDENTITY.rows, _ROWS.rows = row_gradients.passed, row_gradients.picked
_ENTRIES = Plan("gather_nd", lambda a, where: a[tuple(jax.numpy.moveaxis(where, -1, 0))])
_ENTRIES.rows = lambda cotangent, a, where: (
    row_gradients.picked(cotangent, a, where) if where.ndim == 2 and where.shape[1] == 1 else None
)


def _numbers_alone(value: Any, what: str) -> None:
    if value.dtype == bool:
        raise errors.InvalidArgumentError(
            errors.message(
                f"tf.Variable.{what}", expected="a variable of numbers", received="a bool variable",
                hint="assign what tf.logical_or or tf.logical_and makes",
            )
        )  # fmt: skip


def _added(value: Any, delta: Any) -> Any:
    _numbers_alone(value, "assign_add")
    return value + delta


def _subtracted(value: Any, delta: Any) -> Any:
    _numbers_alone(value, "assign_sub")
    return value - delta


_ADD, _SUB = Plan("assign_add", _added), Plan("assign_sub", _subtracted)


class ReadValue(Tensor):
    """What `variable.value` is: the value, which programs of TensorFlow call, and those of Keras 3 take as it is."""

    __slots__ = ()

    def __tf_value__(self) -> Any:
        return self._value

    def __call__(self) -> Tensor:
        """The value as any other tensor."""
        self.__class__ = Tensor
        return self


@known_to_jax
@operators.operand
class Variable(RowUpdates, metaclass=_Creating):
    """A tensor that can be assigned to.

    Args:
        initial_value: a tensor, anything that becomes one, or a function without arguments that returns it.
        trainable: whether tapes watch it and `trainable_variables` lists it (True unless `synchronization` is ON_READ).
        validate_shape: False lets values of any shape be assigned (as `shape=tf.TensorShape(None)` does).
        caching_device: accepted for TensorFlow's signature; values are always where they are needed.
        name: the name; "Variable" by default.
        variable_def: not supported, must be None (TensorFlow 1's graphs).
        dtype: the dtype; by default that of the initial value.
        import_scope: must be None (TensorFlow 1's graphs).
        constraint: a function from the updated value to the projected one; optimizers apply it.
        synchronization: a `tf.VariableSynchronization`.
        aggregation: a `tf.VariableAggregation`.
        shape: the shape that assigned values must be compatible with; by default that of the initial value.

    Raises:
        ValueError: no initial value, or one that does not fit `shape`.

    >>> import addax as tf
    >>> v = tf.Variable([1.0, 2.0])
    >>> v.assign_add([1.0, 1.0]).numpy().tolist()
    [2.0, 3.0]
    """

    __array_priority__ = 100
    _strategy: Any = None  # the tf.distribute strategy in whose scope it was made
    _spread = False  # whether its first axis lies on the devices of a strategy
    _layout: Any = None  # the jax.sharding.Sharding of values that are assigned, None for JAX's choice
    _copies: Variable | None = None  # the values of replicas that have one each, on a first axis

    def __init__(
        self,
        initial_value: Any = None,
        trainable: bool | None = None,
        validate_shape: bool = True,
        caching_device: Any = None,
        name: str | None = None,
        variable_def: Any = None,
        dtype: Any = None,
        import_scope: Any = None,
        constraint: Callable[[Any], Any] | None = None,
        synchronization: VariableSynchronization = VariableSynchronization.AUTO,
        aggregation: VariableAggregation = VariableAggregation.NONE,
        shape: Any = None,
        experimental_enable_variable_lifting: bool = True,
    ) -> None:
        if variable_def is not None or import_scope is not None:
            raise ValueError("tf.Variable: variable_def and import_scope belong to TensorFlow 1's graphs.")
        if initial_value is None:
            raise ValueError(
                "tf.Variable: expected an initial_value (a tensor, or a function that returns one), got None."
            )
        if constraint is not None and not callable(constraint):
            raise ValueError("tf.Variable: constraint must be callable.")
        if isinstance(aggregation, str) or isinstance(synchronization, str):
            raise ValueError(
                "tf.Variable: expected a tf.VariableAggregation and a tf.VariableSynchronization, received "
                f"{aggregation!r} and {synchronization!r}."
            )
        trace = _state.trace
        if trace is not None:
            trace.created(self)
        with context.init_scope():
            value = self._initial(initial_value, dtype, trace)
            self._array = value
        self._shape = TensorShape(shape) if shape is not None else None
        if not validate_shape and shape is None:
            self._shape = TensorShape(None)
        if self._shape is not None and not self._shape.is_compatible_with(tuple(value.shape)):
            raise ValueError(
                f"tf.Variable: the initial value's shape {tuple(value.shape)} does not fit the given {self._shape}."
            )
        self._scoped_name = context.scoped(name or "Variable")
        self._trainable = trainable if trainable is not None else synchronization != VariableSynchronization.ON_READ
        self._constraint = constraint
        self._synchronization = synchronization
        self._aggregation = aggregation
        self._handed_out = True  # whether somebody else may hold the array, so that it must survive donation
        self._number = next(_numbers)

    def _initial(self, initial_value: Any, dtype: Any, trace: Any) -> Any:
        if callable(initial_value) and not isinstance(initial_value, Tensor | Variable):
            initial_value = initial_value()
        want = convert.numpy_dtype(dtype)
        value = convert.value_of(initial_value, None if isinstance(initial_value, np.ndarray) else want)
        if isinstance(value, Tracer):
            raise (
                trace.must_run_once()
                if trace is not None
                else ValueError(
                    "tf.Variable: the initial value is a symbolic tensor of a function being traced.\n"
                    "  To do: pass a function that makes it (initial_value=lambda: tf.zeros(...)), or create the "
                    "variable outside the tf.function."
                )
            )
        if want is not None and value.dtype != want:
            value = convert.to_device(convert.checked_cast(np.asarray(value), want))
        return value

    # ------------------------------------------------------------------ what it is

    @property
    def name(self) -> str:
        """The name, with TensorFlow's ":0" behind it."""
        return self._scoped_name + ":0"

    @property
    def path(self) -> str:
        """The name without ":0"; Keras 3's word."""
        return self._scoped_name

    @property
    def _shared_name(self) -> str:
        return self._scoped_name

    @property
    def dtype(self) -> dtypes.DType:
        """The element type."""
        return dtypes.from_numpy(self._value.dtype)

    @property
    def shape(self) -> TensorShape:
        """The shape that assigned values must have."""
        return TensorShape.of(self._value.shape) if self._shape is None else self._shape

    def get_shape(self) -> TensorShape:
        """The shape; the older spelling of `.shape`."""
        return self.shape

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return self._value.ndim

    @property
    def trainable(self) -> bool:
        """Whether tapes watch it by themselves."""
        return self._trainable

    @property
    def constraint(self) -> Callable[[Any], Any] | None:
        """The projection that optimizers apply after an update."""
        return self._constraint

    @property
    def synchronization(self) -> VariableSynchronization:
        """A `tf.VariableSynchronization`."""
        return self._synchronization

    @property
    def aggregation(self) -> VariableAggregation:
        """A `tf.VariableAggregation`."""
        return self._aggregation

    @property
    def device(self) -> str:
        """Where the value lives."""
        return device_name(self._value)

    @property
    def initial_value(self) -> Any:
        """Not kept while ops run eagerly, as in TensorFlow."""
        raise RuntimeError("This property is not supported when eager execution is enabled.")

    # ------------------------------------------------------------------ reading

    @property
    def _value(self) -> Any:
        """The array, or what stands for it in the function that this thread traces (reads have to be noted, too)."""
        trace = _state.trace
        return self._array if trace is None else trace.value_of(self)

    @property
    def _form(self) -> Any:
        return self._value  # as for tensors: what knows dtype and shape

    @_value.setter
    def _value(self, value: Any) -> None:
        trace = _state.trace
        if trace is None:
            self._array = value
        else:
            trace.write(self, value)

    def __tf_value__(self) -> Any:
        """The array; a function being traced notes the read."""
        trace = _state.trace
        if trace is None:
            self._handed_out = True  # an op may hand its input on as its output
            return self._array
        return trace.read(self)

    def read_value(self) -> Tensor:
        """The current value as a tensor; later assignments do not change it."""
        from addax.core.dispatch import run_plan  # dispatch imports convert, which this file stands beside

        if _state.quiet:
            self._handed_out = True
            return Tensor(self._value)
        return run_plan(_IDENTITY, (self,))

    @property
    def value(self) -> Any:
        """The current value as a tensor, as `read_value`: `value()`, or `value` alone as in Keras 3."""
        read = self.read_value()
        if type(read) is not Tensor:
            return lambda: read
        read.__class__ = ReadValue
        return read

    def numpy(self) -> Any:
        """The value as a NumPy array of its own."""
        if isinstance(self._value, Tracer):
            return Tensor(self._value).numpy()
        if _state.tapes:
            context.left_tapes(self)
        return np.array(self._value)[()]

    def for_reading(self) -> np.ndarray:
        """The value as an array that is not written to: the variable's own memory where that is the host's."""
        return np.asarray(self._value)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        array = np.asarray(self.numpy())
        return array if dtype is None else array.astype(dtype)

    def __jax_array__(self) -> Any:
        return self.read_value()._value

    def sparse_read(self, indices: Any, name: str | None = None) -> Tensor:
        """Some rows, by number; like `tf.gather`."""
        return self._picked(_ROWS, indices)

    def gather_nd(self, indices: Any, name: str | None = None) -> Tensor:
        """Some entries; the last axis of `indices` (int) is an index into the variable."""
        return self._picked(_ENTRIES, indices)

    # ------------------------------------------------------------------ writing

    def count_up_to(self, limit: int) -> Tensor:
        """The value, after which it is one more.

        Raises:
            OutOfRangeError: the limit is reached.
        """
        before = self.read_value()
        if int(before) >= limit:
            raise errors.OutOfRangeError(f"Variable '{self.name}': Reached limit of {limit}")
        self.assign_add(1)
        return before

    def set_value(self, value: Any) -> None:
        """Put an array of the right shape and dtype in; for op and optimizer code that has checked it."""
        self._value = value

    def _operand(self, value: Any, what: str) -> Any:
        """An assigned value as an array of this dtype, refused before anything changes."""
        try:
            array = convert.value_of(numbers_as(value, self._value.dtype), None, self._value.dtype)
        except (TypeError, ValueError) as error:
            raise type(error)(f"Variable '{self.name}', {what}: {error}") from None
        if array.dtype != self._value.dtype:
            raise (ValueError if hasattr(value, "dtype") else TypeError)(
                errors.message(
                    f"Variable '{self.name}', {what}",
                    expected=f"a value of dtype {self.dtype.name}",
                    received=errors.describe(Tensor(array)),
                    hint=f"cast it: tf.cast(value, tf.{self.dtype.name})",
                )
            )
        return array

    def _check_shape(self, array: Any, what: str) -> None:
        if tuple(array.shape) != tuple(self._value.shape) and (
            self._shape is None or not self._shape.is_compatible_with(tuple(array.shape))
        ):
            raise self._misshapen(array, what, self.shape)

    def _misshapen(self, array: Any, what: str, shape: Any) -> Exception:
        return errors.GraphArgumentError(
            errors.message(
                f"Variable '{self.name}', {what}",
                expected=f"shape {shape}",
                received=f"a value of shape {tuple(array.shape)}: shapes are incompatible (shape mismatch)",
                hint="reshape the value, or make the variable with shape=tf.TensorShape(None)",
            )
        )

    def assign(self, value: Any, use_locking: bool = False, name: str | None = None, read_value: bool = True) -> Any:
        """Replace the value.

        Args:
            value: a tensor of this shape and dtype, or anything that becomes one.
            use_locking: accepted for TensorFlow's signature; assignments are whole.
            name: ignored.
            read_value: False returns None.

        Returns:
            This variable.

        Raises:
            ValueError: another shape or dtype; the variable keeps its value.
        """
        try:
            aggregator = _state.aggregator
            if aggregator is not None and aggregator.takes(self):
                return aggregator.write(self, "assign", value, read_value)
            array = self._operand(value, "assign")
            self._check_shape(array, "assign")
            if self._layout is not None and not isinstance(array, Tracer):
                array = jax.device_put(array, self._layout)
            self.set_value(array)
            self._handed_out = True  # the caller may hold the tensor that was assigned
            return self if read_value else None
        except Exception as error:
            refuse(error, self.assign, value)

    def _update(self, plan: Plan, value: Any, what: str, read_value: bool) -> Any:
        try:
            aggregator = _state.aggregator
            if aggregator is not None and aggregator.takes(self):
                return aggregator.write(self, what, value, read_value)
            if type(value) is Tensor and value._value.dtype == self._value.dtype:
                array = value._value
            else:
                array = self._operand(value, what)
            current = self.__tf_value__()
            if array.shape != current.shape:
                self._check_shape(array, what)
                if array.shape != current.shape:  # the variable's shape is open, but this is no assignment
                    raise self._misshapen(array, what, current.shape)
            if _state.trace is None:
                self._array = plan.run(current, array)
                self._handed_out = False  # nobody else has the sum (while tracing nothing is computed yet)
            else:
                self.set_value(plan.body(current, array))
            return self if read_value else None
        except Exception as error:
            refuse(error, getattr(self, what), value)

    def assign_add(
        self, delta: Any, use_locking: bool = False, name: str | None = None, read_value: bool = True
    ) -> Any:
        """Add to the value; see `assign`."""
        return self._update(_ADD, delta, "assign_add", read_value)

    def assign_sub(
        self, delta: Any, use_locking: bool = False, name: str | None = None, read_value: bool = True
    ) -> Any:
        """Subtract from the value; see `assign`."""
        return self._update(_SUB, delta, "assign_sub", read_value)

    # ------------------------------------------------------------------ Python

    def __bool__(self) -> bool:
        return bool(self.read_value())

    def _one(self) -> Any:
        """The number; a tensor where there are several, which explains what Python cannot make of it."""
        number = self.numpy()
        return number if isinstance(number, np.number) and number.dtype.kind != "V" else Tensor(self._value)

    def __int__(self) -> int:
        return int(self._one())

    def __float__(self) -> float:
        return float(self._one())

    def __complex__(self) -> complex:
        return complex(self._one())

    def __index__(self) -> int:
        number = self._one()
        return int(number) if isinstance(number, np.integer) else Tensor(self._value).__index__()

    def __len__(self) -> int:
        return len(self.read_value())

    def __iter__(self) -> Iterator[Tensor]:
        return iter(self.read_value())

    def __format__(self, spec: str) -> str:
        return format(Tensor(self._value), spec) if spec else str(self)

    def __repr__(self) -> str:
        if isinstance(self._value, Tracer):
            return f"<tf.Variable '{self.name}' shape={self.shape} dtype={self.dtype.name}>"
        if self._strategy is not None:
            return self._strategy._describe(self)
        return printing.variable_repr(self.name, self.shape, self.dtype, np.asarray(self._value))

    def is_initialized(self, name: str | None = None) -> Tensor:
        """True: variables have their value from the beginning."""
        return convert.convert_to_tensor(True)

    def __hash__(self) -> int:
        raise TypeError("Variable is unhashable. Instead, use variable.ref() as the key.")

    def ref(self) -> Reference:
        """A hashable reference, for use as a key of a dict or member of a set."""
        return Reference(self)

    def experimental_ref(self) -> Reference:
        """The older name of `ref`."""
        return self.ref()

    def initialized_value(self) -> Tensor:
        """The value; variables always have one (an older name of `read_value`)."""
        return self.read_value()

    @property
    def initializer(self) -> None:
        """None: variables have their value from the beginning."""
        return None

    def set_shape(self, shape: Any) -> None:
        """Narrow the shape that assigned values must be compatible with.

        Raises:
            ValueError: the shape does not fit the one it has.
        """
        self._shape = self.shape.merge_with(shape)

    def __copy__(self) -> Variable:
        return self.__deepcopy__({})

    def __deepcopy__(self, memo: dict[int, Any]) -> Variable:
        made = object.__new__(type(self))
        memo[id(self)] = made
        made.__dict__.update(self.__dict__)
        made._number = next(_numbers)
        made._array = _COPY.run(self._array) if not isinstance(self._array, np.ndarray) else self._array.copy()
        return made

    def __getstate__(self) -> dict[str, Any]:
        kept = dict(self.__dict__)
        kept["_array"] = np.asarray(self._array)
        return kept

    def __setstate__(self, kept: dict[str, Any]) -> None:
        self.__dict__.update(kept)
        self._array = convert.to_device(kept["_array"])
        self._number = next(_numbers)


dispatch.Variable = Variable
