"""`tf.types.experimental`: the kinds of functions, types and values, for annotations and isinstance."""

from __future__ import annotations

import abc
import inspect
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, runtime_checkable

import numpy as np

from addax.core import concrete_function, dtypes, function, open_function, shapes, spec
from addax.core import distributed_types as distributed
from addax.core.names import missing_name
from addax.core.tensor import Tensor
from addax.core.variable import Variable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

#: What ops take for a tensor.
TensorLike: TypeAlias = (
    Tensor | Variable | int | float | bool | str | bytes | complex | tuple | list | np.ndarray | np.generic
)


class Callable(abc.ABC):
    """The base of what can be called with tensors: `tf.function`s and what they are traced to.

    >>> import addax as tf
    >>> isinstance(tf.function(lambda x: x), tf.types.experimental.Callable)
    True
    """

    @property
    @abc.abstractmethod
    def function_type(self) -> Any:
        """The parameters and what is returned, as a `FunctionType`."""

    @abc.abstractmethod
    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call it."""


class GenericFunction(Callable):
    """The base of `tf.function`s, which are traced for each signature.

    >>> import addax as tf
    >>> isinstance(tf.function(lambda x: x), tf.types.experimental.GenericFunction)
    True
    """

    @abc.abstractmethod
    def get_concrete_function(self, *args: Any, **kwargs: Any) -> Any:
        """What it is traced to for a signature."""

    @abc.abstractmethod
    def experimental_get_compiler_ir(self, *args: Any, **kwargs: Any) -> Any:
        """A function of a stage ("hlo", ...) that gives the compiler's text."""


PolymorphicFunction = GenericFunction


class ConcreteFunction(Callable):
    """The base of what a `tf.function` is traced to for one signature.

    >>> import addax as tf
    >>> made = tf.function(lambda x: x + 1.0).get_concrete_function(tf.TensorSpec([]))
    >>> isinstance(made, tf.types.experimental.ConcreteFunction)
    True
    """


class TraceType(abc.ABC):
    """The base of what says how arguments are told apart when a function is traced: specs, shapes and dtypes.

    >>> import addax as tf
    >>> isinstance(tf.TensorSpec([]), tf.types.experimental.TraceType)
    True
    """

    @abc.abstractmethod
    def is_subtype_of(self, other: Any) -> bool:
        """Whether every value of this type is one of `other`."""

    @abc.abstractmethod
    def most_specific_common_supertype(self, others: Sequence[Any]) -> Any:
        """The narrowest type that holds the values of all."""

    @abc.abstractmethod
    def placeholder_value(self, placeholder_context: Any) -> Any:
        """A value that stands for any of the type."""

    def to_tensors(self, value: Any) -> list[Any]:
        """The tensors that a value consists of."""
        return []

    def from_tensors(self, tensors: Iterator[Any]) -> Any:
        """The value that consists of these tensors."""
        return self.placeholder_value(None)

    def flatten(self) -> list[Any]:
        """The specs of the tensors that a value consists of."""
        return []

    def cast(self, value: Any, cast_context: Any) -> Any:
        """A value as one of this type."""
        return value


@runtime_checkable
class SupportsTracingProtocol(Protocol):
    """Objects that say by themselves how functions that take them are told apart."""

    def __tf_tracing_type__(self, context: Any) -> Any:
        """The object's TraceType."""
        ...


class FunctionType(inspect.Signature):
    """The parameters of a function, and what it returns, as types."""


Callable.register(function.Function)
GenericFunction.register(function.Function)
for _kind in (concrete_function.ConcreteFunction, open_function.OpenConcreteFunction):
    ConcreteFunction.register(_kind)
for _kind in (spec.TypeSpec, shapes.TensorShape, dtypes.DType):
    TraceType.register(_kind)

__getattr__ = missing_name(__name__, globals())
