"""Sessions: the operations of a `tf.Graph`, run for given values of its placeholders."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np

from addax.core import context, convert, dtypes, errors, trees
from addax.core.graph import Graph, get_default_graph
from addax.core.graph_recording import GraphTrace, Naming
from addax.core.graph_tensor import GraphTensor
from addax.core.operation import Operation
from addax.core.shapes import TensorShape
from addax.core.tensor import Tensor


class _Sessions(threading.local):
    stack: tuple[Session, ...] = ()


_sessions = _Sessions()


def placeholder(dtype: Any, shape: Any = None, name: str | None = None) -> GraphTensor:
    """A tensor of the default graph whose value is given when the graph runs.

    Args:
        dtype: the element type.
        shape: the shape; None where sizes, or all of it, are open.
        name: its name.

    Raises:
        RuntimeError: outside of `graph.as_default()`.

    >>> import addax as tf
    >>> with tf.Graph().as_default():
    ...     tf.compat.v1.placeholder(tf.float32, [None, 2], name="x")
    <tf.Tensor 'x:0' shape=(None, 2) dtype=float32>
    """
    if not isinstance(getattr(context.state.trace, "recorder", None), GraphTrace):
        raise RuntimeError("tf.placeholder() is not compatible with eager execution: call it in graph.as_default().")
    graph, kind, known = get_default_graph(), dtypes.as_dtype(dtype), TensorShape(shape)
    op = Operation(graph, "Placeholder", (), [(known, kind, None)], {"dtype": kind, "shape": known})
    graph._name_later(op, object(), Naming(name, "Placeholder", context.state.scopes))
    return op.outputs[0]


class Session:
    """Runs operations of a graph (`tf.compat.v1.Session`).

    Args:
        target: must be empty: graphs run in this process.
        graph: the graph; the default one if left out.
        config: ignored; there is nothing to set.

    >>> import addax as tf
    >>> with tf.Graph().as_default():
    ...     x = tf.compat.v1.placeholder(tf.float32, [2])
    ...     doubled = x * 2.0
    ...     with tf.compat.v1.Session() as session:
    ...         print(session.run(doubled, {x: [1.0, 2.0]}))
    [2. 4.]
    """

    def __init__(self, target: str = "", graph: Graph | None = None, config: Any = None) -> None:
        if target:
            raise ValueError(f"tf.compat.v1.Session: graphs run in this process; received target={target!r}.")
        self.graph = get_default_graph() if graph is None else graph
        self._closed = False

    def run(self, fetches: Any, feed_dict: Any = None, options: Any = None, run_metadata: Any = None) -> Any:
        """The values of tensors.

        Args:
            fetches: a tensor, an operation (which gives None), the name of one, or a structure of them.
            feed_dict: values of tensors: placeholders, or any others instead of what they would be.
            options: ignored.
            run_metadata: ignored.

        Returns:
            NumPy arrays in the structure of `fetches`.

        Raises:
            InvalidArgumentError: a placeholder has no value, or one of another shape.
            RuntimeError: the session is closed.
        """
        if self._closed:
            raise RuntimeError("Attempted to use a closed Session.")
        known: dict[int, Any] = {}
        for key, value in (feed_dict or {}).items():
            tensor = self.graph.as_graph_element(key, allow_operation=False)
            if not self.graph.is_feedable(tensor):
                raise ValueError(f"Tensor {tensor.name} may not be fed.")
            known[id(tensor)] = _fed(tensor, value)
        with context.isolated(None):
            return trees.map_structure(lambda each: self._fetch(each, known), fetches)

    def _fetch(self, item: Any, known: dict[int, Any]) -> Any:
        found = self.graph.as_graph_element(item)
        if not self.graph.is_fetchable(found):
            raise ValueError(f"Operation {found.name!r} has been marked as not fetchable.")
        if isinstance(found, Operation):
            _run(found, known)
            return None
        return _value(found, known).numpy()

    def close(self) -> None:
        """The session cannot be used any more."""
        self._closed = True

    def __enter__(self) -> Session:
        _sessions.stack = (*_sessions.stack, self)
        return self

    def __exit__(self, *_: object) -> None:
        _sessions.stack = _sessions.stack[:-1]
        self.close()


def _fed(tensor: GraphTensor, value: Any) -> Tensor:
    made = convert.convert_to_tensor(np.asarray(value), tensor.dtype)
    if not tensor.shape.is_compatible_with(made.shape):
        raise ValueError(
            f"Cannot feed value of shape {made.shape} for Tensor {tensor.name!r}, which has shape {tensor.shape}."
        )
    return made


def _value(tensor: GraphTensor, known: dict[int, Any]) -> Any:
    if id(tensor) not in known:
        if not tensor.is_open:
            return Tensor(tensor._value)
        _run(tensor.op, known)
    return known[id(tensor)]


def _run(op: Operation, known: dict[int, Any]) -> None:
    """Run an operation after what it needs; its results go to `known`."""
    waiting, entered = [op], set()
    while waiting:
        each = waiting[-1]
        needs = [tensor.op for tensor in each.inputs if id(tensor) not in known] + each.control_inputs
        needs = [need for need in needs if id(need) not in entered]
        if needs:
            entered.update(map(id, needs))
            waiting.extend(needs)
            continue
        waiting.pop()
        _run_one(each, known)


def _run_one(op: Operation, known: dict[int, Any]) -> None:
    if all(id(each) in known for each in op.outputs) and op.outputs:
        return
    if op._replay is None:
        if op.type in ("Const", "NoOp"):
            return
        if op.type == "Placeholder":
            tensor = op.outputs[0]
            raise errors.InvalidArgumentError(
                f"You must feed a value for placeholder tensor {op.name!r} with dtype {tensor.dtype.name} and shape "
                f"{tensor.shape}."
            )
        raise errors.InvalidArgumentError(f"{op!r} is of a tf.function's graph, which is there to be looked at.")
    made = op._replay(lambda tensor: _value(tensor, known))
    for tensor, value in zip(op.outputs, trees.flatten(made), strict=True):
        known.setdefault(id(tensor), convert.convert_to_tensor(value))


def default_session(of: Any, session: Session | None) -> Session:
    """The session to run something in: the given one, or the one whose block this is.

    Raises:
        ValueError: there is none.
    """
    if session is None and not _sessions.stack:
        raise ValueError(
            f"Cannot evaluate {of!r}: No default session is registered. Use `with tf.compat.v1.Session():`, or pass "
            "session=."
        )
    return session or _sessions.stack[-1]
