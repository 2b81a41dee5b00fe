"""`tf.Operation`: a node of a graph."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from addax.core import dtypes
from addax.core.graph_tensor import GraphTensor
from addax.core.shapes import TensorShape
from addax.core.tensor_proto import make_tensor_proto, shape_proto
from addax.formats.graph_def import AttrValue, NodeDef

if TYPE_CHECKING:
    from addax.core.graph import Graph


class Operation:
    """A node of a `tf.Graph`: it takes tensors and makes tensors. Ops make them; this class is not called.

    Args:
        graph: the graph.
        type: TensorFlow's name of what it does.
        inputs: the tensors that it takes.
        outputs: (shape, dtype, array of a constant or None) of each tensor that it makes.
        attributes: its options: numbers, bools, texts, dtypes, shapes or arrays.

    >>> import addax as tf
    >>> g = tf.Graph()
    >>> with g.as_default():
    ...     total = tf.reduce_sum(tf.constant([1.0, 2.0]), axis=0, name="total")
    >>> total.op, [each.name for each in total.op.inputs]
    (<tf.Operation 'total' type=Sum>, ['Const:0', 'total/reduction_indices:0'])
    """

    _name: str | None = None  # until the call that it is part of is over
    _replay: Callable[[Callable[[Any], Any]], Any] | None = None  # what it computes, given the values of tensors

    def __init__(
        self,
        graph: Graph,
        type: str,  # noqa: A002  (TensorFlow's name)
        inputs: Sequence[GraphTensor],
        outputs: Sequence[tuple[TensorShape, dtypes.DType, Any]],
        attributes: dict[str, Any] | None = None,
    ) -> None:
        self._graph = graph
        self.type = type
        self.inputs = tuple(inputs)
        self.outputs = [GraphTensor(self, place, *each) for place, each in enumerate(outputs)]
        self.control_inputs: list[Operation] = graph._controls()
        self.device = graph._device()
        self._attributes = attributes or {}
        graph._add(self)

    @property
    def graph(self) -> Graph:
        """The graph that it belongs to."""
        return self._graph

    @property
    def name(self) -> str:
        """The name, of which a graph has each only once."""
        if self._name is None:
            self.graph._settle()
        assert self._name is not None
        return self._name

    def values(self) -> tuple[GraphTensor, ...]:
        """The tensors that it makes."""
        return tuple(self.outputs)

    @property
    def node_def(self) -> NodeDef:
        """The operation as a protocol buffer."""
        names = [each.name.removesuffix(":0") for each in self.inputs]
        names += [f"^{each.name}" for each in self.control_inputs]
        made = NodeDef(name=self.name, op=self.type, input=names, device=self.device)
        for key, value in self._shown_attributes().items():
            made.attr[key].CopyFrom(attribute_value(value))
        return made

    def _shown_attributes(self) -> dict[str, Any]:
        shown = dict(self._attributes)
        dtype = next((each.dtype for each in (*self.inputs, *self.outputs)), None)
        if dtype is not None and self.type not in ("Const", "Placeholder", "NoOp"):
            shown.setdefault("T", dtype)
        return shown

    def get_attr(self, name: str) -> Any:
        """The value of an attribute.

        Raises:
            ValueError: there is none of this name.
        """
        found = self._shown_attributes()
        if name not in found:
            raise ValueError(
                f"Operation {self.name!r} has no attr named {name!r}; it has: {', '.join(found) or 'none'}."
            )
        value = found[name]
        if isinstance(value, dtypes.DType | bool | int | float):
            return value
        made = attribute_value(value)
        return getattr(made, made.WhichOneof("value") or "list")

    def run(self, feed_dict: Any = None, session: Any = None) -> None:
        """Run it in a session."""
        from addax.core.graph_evaluation import default_session  # a graph can be looked at without running it

        default_session(self, session).run(self, feed_dict)

    def __repr__(self) -> str:
        return f"<tf.Operation {self.name!r} type={self.type}>"

    def __str__(self) -> str:
        return str(self.node_def)


def attribute_value(value: Any) -> AttrValue:
    """A value as an attribute of a node."""
    if isinstance(value, bool | np.bool_):
        return AttrValue(b=bool(value))
    if isinstance(value, int | np.integer):
        return AttrValue(i=int(value))
    if isinstance(value, float | np.floating):
        return AttrValue(f=float(value))
    if isinstance(value, dtypes.DType):
        return AttrValue(type=value.as_datatype_enum)
    if isinstance(value, TensorShape):
        return AttrValue(shape=shape_proto(value))
    if isinstance(value, str | bytes):
        return AttrValue(s=value.encode() if isinstance(value, str) else value)
    if isinstance(value, list | tuple):
        made = AttrValue()
        parts = [attribute_value(each) for each in value]
        for each in parts:
            kind = each.WhichOneof("value")
            if kind is not None and kind != "list":
                getattr(made.list, kind).extend([getattr(each, kind)])
        made.list.SetInParent()
        return made
    return AttrValue(tensor=make_tensor_proto(np.asarray(value)))
