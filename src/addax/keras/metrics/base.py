"""Metric: a quantity summed up over batches."""

from __future__ import annotations

import abc
import functools
import weakref
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from addax.core import context, convert, dtypes
from addax.core.module import Module
from addax.core.shapes import TensorShape
from addax.core.tensor import Tensor
from addax.core.variable import Variable, VariableAggregation, VariableSynchronization
from addax.keras import allowance, constructors, initializers, naming
from addax.keras import config as settings
from addax.keras.dtype_policy import Policy
from addax.keras.stateless import StatelessMetric


class Metric(StatelessMetric, Module, abc.ABC):
    """Base class of metrics; subclasses define `update_state` and `result`.

    State lives in variables made by `add_weight` (or assigned to attributes, as are nested metrics), so that
    updates can be compiled into a training step.

    Args:
        name: the name; by default the class's name in snake case, numbered.
        dtype: of the state and the result; a dtype, its name or a policy. By default `floatx()`.

    >>> import addax as tf
    >>> class Largest(tf.keras.metrics.Metric):
    ...     def __init__(self, name="largest", **kwargs):
    ...         super().__init__(name=name, **kwargs)
    ...         self.value = self.add_weight(name="value", initializer="zeros")
    ...     def update_state(self, y_true, y_pred, sample_weight=None):
    ...         self.value.assign(tf.maximum(self.value, tf.reduce_max(y_pred)))
    ...     def result(self):
    ...         return self.value
    >>> metric = Largest()
    >>> metric.update_state([0.0], [3.0])
    >>> float(metric.result())
    3.0
    """

    stateful = True
    built = True

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        constructors.explain(cls)
        if "result" in cls.__dict__:
            cls.result = _snapshot(cls.__dict__["result"])

    def __init__(self, name: str | None = None, dtype: Any = None, **kwargs: Any) -> None:
        for key in kwargs:
            if key not in ("trainable", "dynamic"):
                raise TypeError(f"{type(self).__name__}.__init__() got an unexpected keyword argument {key!r}")
        self._name = naming.unique_name(naming.to_snake_case(type(self).__name__)) if name is None else str(name)
        self._dtype = _dtype_name(dtype)
        self.trainable = True

    # ------------------------------------------------------------------ state

    def add_weight(
        self,
        name: str | None = None,
        shape: Any = (),
        aggregation: Any = VariableAggregation.SUM,
        synchronization: Any = VariableSynchronization.ON_READ,
        initializer: Any = None,
        dtype: Any = None,
    ) -> Variable:
        """A variable of the metric's state.

        Args:
            name: the variable's name.
            shape: its shape.
            aggregation: how copies on several devices are brought together.
            synchronization: when they are.
            initializer: a `tf.keras.initializers` name or object; Keras' own metrics start from "zeros".
            dtype: by default the metric's.

        Returns:
            The variable, which is listed in `variables`.

        Raises:
            RuntimeError: `super().__init__()` was not called yet.
        """
        if "_dtype" not in self.__dict__:
            raise RuntimeError(
                f"{type(self).__name__}: call super().__init__() before add_weight, at the start of __init__."
            )
        kind = dtypes.as_dtype(dtype if dtype is not None else self._dtype)
        if initializer is None:
            initializer = "glorot_uniform" if kind.is_floating else "zeros"
        make = initializers.get(initializer)
        dims = tuple(int(size) for size in TensorShape(shape).as_list())
        allowance.spend(f"metric {self.name}, weight {name or 'weight'}", dims, kind.size)
        with context.init_scope():
            variable = Variable(
                make(dims, dtype=kind) if callable(make) else make,
                trainable=False, name=name or "weight", dtype=kind, aggregation=aggregation,
                synchronization=synchronization,
            )  # fmt: skip
        self.__dict__.setdefault("_added", []).append(variable)
        return variable

    def add_variable(
        self,
        shape: Any,
        initializer: Any,
        dtype: Any = None,
        aggregation: Any = "sum",
        synchronization: Any = "auto",
        name: str | None = None,
    ) -> Variable:
        """`add_weight` as Keras 3 spells it.

        Args:
            shape: the variable's shape.
            initializer: a `tf.keras.initializers` name or object.
            dtype: by default the metric's.
            aggregation: how copies on several devices are brought together: "none", "sum", "mean",
                "only_first_replica", or a `tf.VariableAggregation`.
            synchronization: when they are: "auto" or "on_read", or a `tf.VariableSynchronization`.
            name: the variable's name.
        """
        how, when = (
            kind[word.upper()] if isinstance(word, str) else word
            for kind, word in ((VariableAggregation, aggregation), (VariableSynchronization, synchronization))
        )
        return self.add_weight(name, shape, how or VariableAggregation.NONE, when, initializer, dtype)

    # ------------------------------------------------------------------ what subclasses define

    @abc.abstractmethod
    def update_state(self, *args: Any, **kwargs: Any) -> Any:
        """Take a batch into account; usually (y_true, y_pred, sample_weight=None)."""

    @abc.abstractmethod
    def result(self) -> Any:
        """The value of the metric: a tensor, or a dict of tensors."""

    def reset_state(self) -> None:
        """Set all state to zero; called at the start of each epoch."""
        if type(self).reset_states is not Metric.reset_states:  # the spelling of Keras before 2.5
            self.reset_states()
        else:
            self._zero()

    def reset_states(self) -> None:
        """The older name of `reset_state`."""
        if type(self).reset_state is not Metric.reset_state:
            self.reset_state()
        else:
            self._zero()

    def _zero(self) -> None:
        for variable in self.variables:
            variable.assign(np.zeros(tuple(variable.shape), variable.dtype.np))

    def merge_state(self, metrics: Iterable[Metric]) -> None:
        """Add the state of other metrics of this kind.

        Args:
            metrics: metrics with the same weights as this one.

        Raises:
            ValueError: another kind of metric; nothing is added then.
        """
        others = list(metrics)
        for metric in others:
            if len(metric.weights) != len(self.weights):
                raise ValueError(f"Metric {metric} is not compatible with {self}")
        for metric in others:
            for mine, other in zip(self.weights, metric.weights, strict=True):
                mine.assign_add(other)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Update with a batch; returns the result over all batches so far."""
        self.update_state(*args, **kwargs)
        result = self.result()
        if isinstance(result, Tensor):
            object.__setattr__(self, "_last_result", weakref.ref(result))
        return result

    def returned(self, value: Any) -> bool:
        """Whether `value` is what the last call of this metric returned (`Layer.add_metric` asks)."""
        last = self.__dict__.get("_last_result")
        return last is not None and last() is value

    # ------------------------------------------------------------------ what it is

    @property
    def name(self) -> str:
        """The name, the key in logs and histories."""
        return self._name

    @property
    def dtype(self) -> str:
        """The name of the dtype of the result."""
        return self._dtype

    @property
    def compute_dtype(self) -> str:
        """The dtype, under the name layers give it."""
        return self._dtype

    @property
    def dtype_policy(self) -> Policy:
        """The dtype as a policy."""
        return Policy(self._dtype)

    @property
    def variables(self) -> list[Variable]:
        """All state, that of nested metrics included: trainable variables first."""
        return self.trainable_variables + self.non_trainable_variables

    weights = variables

    @property
    def _scope_name(self) -> str:
        return self._name

    def _searched(self) -> list[Any]:
        """What a module around this metric looks into: variables, those of nested metrics among them."""
        return self.variables

    @property
    def trainable_variables(self) -> list[Variable]:
        """Trainable variables assigned to attributes; `add_weight` makes none."""
        return [v for v in self._all() if v.trainable]

    @property
    def non_trainable_variables(self) -> list[Variable]:
        """All other state."""
        return [v for v in self._all() if not v.trainable]

    trainable_weights = trainable_variables
    non_trainable_weights = non_trainable_variables

    def _inside(self, kind: type) -> list[Any]:
        """Variables, or nested metrics, in attributes (and lists and dicts there), in the order they came."""
        found: dict[int, Any] = {}
        for key, value in vars(self).items():
            if isinstance(value, kind):
                found.setdefault(id(value), value)
            elif isinstance(value, list | tuple | dict) and key != "_added":
                found.update((id(leaf), leaf) for leaf in _leaves(value) if isinstance(leaf, kind))
        return list(found.values())

    def _all(self) -> list[Variable]:
        found = {id(v): v for v in self._inside(Variable)}
        found.update((id(v), v) for v in self.__dict__.get("_added", ()) if id(v) not in found)
        for metric in self._inside(Metric):
            found.update((id(v), v) for v in metric._all() if id(v) not in found)
        return list(found.values())

    @property
    def metrics(self) -> list[Metric]:
        """This metric and those inside it."""
        return [self, *(inner for metric in self._inside(Metric) for inner in metric.metrics)]

    def get_weights(self) -> list[np.ndarray]:
        """The state as NumPy arrays."""
        return [variable.numpy() for variable in self.variables]

    def set_weights(self, weights: list[Any]) -> None:
        """Set the state from arrays, as `get_weights` returns them.

        Raises:
            ValueError: another number of arrays, or another shape.
        """
        variables = self.variables
        if len(weights) != len(variables):
            raise ValueError(f"{self.name}.set_weights: expected {len(variables)} arrays, received {len(weights)}.")
        for variable, value in zip(variables, weights, strict=True):
            if tuple(np.shape(value)) != tuple(variable.shape):
                raise ValueError(
                    f"{self.name}.set_weights: expected shape {tuple(variable.shape)} for {variable.name}, received "
                    f"{tuple(np.shape(value))}."
                )
        for variable, value in zip(variables, weights, strict=True):
            variable.assign(np.asarray(value, variable.dtype.np))

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {"name": self.name, "dtype": self.dtype}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Metric:
        """A metric from what `get_config` returned."""
        return cls(**config)

    def __repr__(self) -> str:
        args = ",".join(f"{key}={value}" for key, value in self.get_config().items())
        return f"{type(self).__name__}({args})"


def _dtype_name(dtype: Any) -> str:
    if dtype is None:
        return settings.floatx()
    if isinstance(dtype, dict):
        dtype = dtype.get("config", {}).get("name", dtype)
    if isinstance(dtype, str) and dtype.startswith("mixed_"):
        dtype = Policy(dtype)
    if isinstance(dtype, Policy):
        return dtype.compute_dtype or settings.floatx()
    return dtypes.as_dtype(dtype).name


def _leaves(value: Any) -> list[Any]:
    """What lists, tuples and dicts hold."""
    parts = value.values() if isinstance(value, dict) else value
    return [leaf for part in parts for leaf in (_leaves(part) if isinstance(part, list | tuple | dict) else (part,))]


def _snapshot(result: Callable[..., Any]) -> Callable[..., Any]:
    """`result` with tensors in place of variables (which change later) and numbers."""

    @functools.wraps(result)
    def wrapped(self: Metric, *args: Any, **kwargs: Any) -> Any:
        if (replica := context.one_of_several()) is not None:  # of what all of them counted
            return replica._together(lambda: wrapped(self, *args, **kwargs))
        value = result(self, *args, **kwargs)
        if type(value) is Tensor:
            return value
        if isinstance(value, dict):
            return {key: _tensor(self, each) for key, each in value.items()}
        return _tensor(self, value)

    return wrapped


def _tensor(metric: Metric, value: Any) -> Any:
    if isinstance(value, Tensor):
        return value
    if value is None or isinstance(value, list | tuple | dict):
        raise RuntimeError(
            "The output of `metric.result()` can only be a single Tensor/Variable, or a dict of Tensors/Variables. "
            f"For metric {metric.name}, got result {value!r:.200}."
        )
    return convert.convert_to_tensor(value)


def state(variable: Variable) -> Tensor:
    """A variable's value as an op's argument."""
    return Tensor(variable.__tf_value__())


def store(variable: Variable, value: Tensor) -> None:
    """Put an op's result into a variable; nobody else holds it."""
    variable.set_value(value._value)
    variable._handed_out = False
