"""A tensor of a `tf.Graph`: an output of an operation, with a shape, a dtype and a name, and no value."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from addax.core import dtypes, errors, graph_values, printing
from addax.core.shapes import TensorShape
from addax.core.tensor import NotCompilable, Tensor, _is_own

if TYPE_CHECKING:
    from addax.core.graph import Graph
    from addax.core.operation import Operation


_stored: Any = Tensor.__dict__["_value"]


class Unvalued:
    """What stands where a tensor has its array: a dtype and a shape, whose open sizes are None."""

    __slots__ = ("dtype", "shape", "tensor")

    def __init__(self, tensor: GraphTensor, dtype: Any, shape: Any) -> None:
        self.tensor, self.dtype, self.shape = tensor, dtype, shape

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return len(self.shape)

    def _no_value(self, *_: Any, **__: Any) -> Any:
        raise NotCompilable(
            errors.message(
                "a tensor of a tf.Graph",
                expected="an op that can be recorded in a graph: a function of tensors whose sizes are known before it "
                "runs",
                received=f"{self.tensor!r} where its value is needed",
                hint="write the step as a tf.function",
            )
        )

    __array__ = __bool__ = __int__ = __float__ = __index__ = __len__ = __iter__ = _no_value
    __add__ = __radd__ = __mul__ = __rmul__ = __sub__ = __rsub__ = __getitem__ = astype = _no_value
    __invert__ = reshape = _no_value


class GraphTensor(Tensor):
    """An output of an operation of a graph; made by ops that are called while the graph is the default.

    Args:
        op: the operation.
        value_index: which of its outputs this is.
        shape: the shape, as far as it is known.
        dtype: the element type.
        value: the array, of a constant.

    >>> import addax as tf
    >>> with tf.Graph().as_default():
    ...     print(tf.add(tf.constant(1, name="one"), 2, name="three"))
    Tensor("three:0", shape=(), dtype=int32)
    """

    __slots__ = ("__dict__", "_kind", "_known_shape", "op", "value_index")

    def __init__(self, op: Operation, value_index: int, shape: TensorShape, dtype: dtypes.DType, value: Any = None):
        self.op, self.value_index = op, value_index
        self._known_shape, self._kind = shape, dtype
        sizes = None if shape.rank is None else tuple(shape.as_list())
        self._value = Unvalued(self, dtype.np, sizes) if value is None else value

    @property
    def _value(self) -> Any:  # type: ignore[override]
        stored = _stored.__get__(self)
        if type(stored) is Unvalued and graph_values.state.value is not None:
            return graph_values.state.value(self)._value
        return stored

    @_value.setter
    def _value(self, value: Any) -> None:
        _stored.__set__(self, value)

    @property
    def _form(self) -> Any:
        return self._value

    @property
    def is_open(self) -> bool:
        """Whether its value is known in a session only: it is no constant."""
        return type(_stored.__get__(self)) is Unvalued

    @property
    def name(self) -> str:
        """The operation's name, a colon, and the number of the output."""
        return f"{self.op.name}:{self.value_index}"

    @property
    def graph(self) -> Graph:
        """The graph that it belongs to."""
        return self.op.graph

    @property
    def dtype(self) -> dtypes.DType:
        """The element type."""
        return self._kind

    @property
    def shape(self) -> TensorShape:
        """The shape; None where a size is not known before the graph runs."""
        if graph_values.state.value is not None and self.is_open and _is_own(sys._getframe(1)):
            return graph_values.state.value(self).shape
        return self._known_shape

    @property
    def ndim(self) -> int | None:  # type: ignore[override]
        """The number of dimensions."""
        return self._known_shape.rank

    @property
    def device(self) -> str:
        """The device that its operation asks for."""
        return self.op.device

    @property
    def is_symbolic(self) -> bool:
        """True: it has no value."""
        return True

    def consumers(self) -> list[Operation]:
        """The operations that take it."""
        return [op for op in self.graph.get_operations() if any(each is self for each in op.inputs)]

    def set_shape(self, shape: Any) -> None:
        """Make unknown sizes known."""
        self._known_shape = self._known_shape.merge_with(TensorShape(shape))
        if self.is_open and self._known_shape.rank is not None:
            _stored.__get__(self).shape = tuple(self._known_shape.as_list())

    @property
    def numpy(self) -> Any:
        """Tensors of graphs have no values, and so no such method."""
        raise AttributeError("a tensor of a tf.Graph has no attribute 'numpy': it has no value.")

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        raise NotImplementedError(
            f"Cannot convert a symbolic tf.Tensor ({self.name}) to a numpy array: it has no value. Use TensorFlow's "
            "ops on it."
        )

    def __len__(self) -> int:
        raise TypeError(f"len is not well defined for a symbolic Tensor ({self.name}). Use x.shape.")

    def __bool__(self) -> bool:
        raise errors.OperatorNotAllowedInGraphError(
            f"Using the symbolic tensor {self.name} as a Python bool is not allowed: it has no value. Use tf.where."
        )

    def __iter__(self) -> Any:
        raise errors.OperatorNotAllowedInGraphError(
            f"Iterating over the symbolic tensor {self.name} is not allowed: it has no value. Use tf.unstack."
        )

    def __repr__(self) -> str:
        shown = "<unknown>" if self._known_shape.rank is None else self._known_shape
        return f"<tf.Tensor {self.name!r} shape={shown} dtype={self._kind.name}>"

    def __str__(self) -> str:
        return printing.symbolic_str(self, self.name)

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)

    def __eq__(self, other: object) -> bool:
        return self is other

    def __ne__(self, other: object) -> bool:
        return self is not other

    def __hash__(self) -> int:
        return id(self)

    def __copy__(self) -> GraphTensor:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> GraphTensor:
        return self

    def eval(self, feed_dict: Any = None, session: Any = None) -> Any:
        """The value, computed by a session: `session`, or the one whose `with` block this is in."""
        from addax.core.graph_evaluation import default_session  # a graph can be looked at without running it

        return default_session(self, session).run(self, feed_dict)

    def __symbolic_call__(self, public: Callable[..., Any], arrays: Any, static: Any, op: Any) -> Any:
        """An op was called with this tensor: it becomes an operation of the graph."""
        from addax.core.graph_recording import record_call  # that makes tensors of this class

        return record_call(self.graph, public, arrays, static, op)
