"""Ops that are called while a graph is the default become operations of it.

Dispatch hands calls over through the trace that the thread is in (`Trace.recorder`); nothing else pays for it.
"""

from __future__ import annotations

import contextlib
import inspect
import itertools
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import jax
import numpy as np

from addax.core import context, convert, dispatch, dtypes, graph_values, interception, operands
from addax.core.graph import Graph
from addax.core.graph_shapes import infer
from addax.core.graph_tensor import GraphTensor, Unvalued
from addax.core.operation import Operation
from addax.core.operation_types import ATTRIBUTES, OperationType, implied, operation_type, operator_node
from addax.core.shapes import TensorShape
from addax.core.tensor import Tensor
from addax.core.trace import Trace
from addax.core.variable import Variable

_OPERATORS = "addax.core.operators"
_CALLERS = ("addax.core.function", "addax.core.concrete_function")  # they call users' code


class Naming(NamedTuple):
    """How an operation is to be called: as its caller said, as its type is called, and the constants it takes."""

    given: str | None
    node: str
    scopes: tuple[str, ...]
    constants: Sequence[tuple[Operation, str]] = ()

    def settle(self, graph: Graph, op: Operation, last: bool) -> None:
        """Name the operation; in a call of several, the last one has the name that was given."""
        name = self.node if self.given is None else self.given if last else f"{self.given}/{self.node}"
        absolute = self.given is not None and name.endswith("/")
        scope = "" if absolute else "".join(f"{each}/" for each in self.scopes)
        graph._name_now(op, scope + name.rstrip("/"))
        for constant, argument in self.constants:
            graph._name_now(constant, f"{scope}Const" if argument == "Const" else f"{op._name}/{argument}")


# ---------------------------------------------------------------------------- whose call it is


def _is_ours(frame: Any) -> bool:
    space = frame.f_globals
    if "_op" in space and "_call" in space:  # the public function of an op
        return True
    return str(space.get("__name__")).startswith("addax.") and not frame.f_code.co_filename.startswith("<doctest")


def _entry() -> Any:
    """The frame in which the user's code called Addax."""
    frame, found = sys._getframe(2), None
    while frame is not None and _is_ours(frame):
        module = str(frame.f_globals.get("__name__"))
        if module in _CALLERS:
            break
        if "autograph" not in module and frame.f_code is not dispatch._FIRST_CALL:
            found = frame
        frame = frame.f_back
    return found


def _naming(kind: OperationType, name: str, entry: Any, constants: Sequence[tuple[Operation, str]] = ()) -> Naming:
    given, node = None, kind.node
    if entry is not None:
        code = entry.f_code
        if "name" in code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]:
            given = entry.f_locals.get("name")
        if entry.f_globals.get("__name__") == _OPERATORS:
            node = operator_node(name) or node
    return Naming(given if isinstance(given, str) else None, node, context.state.scopes, constants)


# ---------------------------------------------------------------------------- one operation


def record(
    graph: Graph,
    name: str,
    arguments: dict[str, Any],
    outputs: Sequence[tuple[TensorShape, dtypes.DType, Any]],
    resolve: Callable[[Any], GraphTensor | None],
    arrays: Sequence[str],
) -> Operation:
    """Add the call of an op to a graph.

    Args:
        graph: the graph.
        name: the op's name.
        arguments: its arguments by name.
        outputs: (shape, dtype, array of a constant or None) of its results.
        resolve: gives the tensor of the graph that an argument is, None for a constant.
        arrays: which arguments are arrays.
    """
    kind = _of_rank(operation_type(name), arguments, arrays)
    entry = _entry()
    inputs: list[GraphTensor] = []
    constants: list[tuple[Operation, str]] = []
    shown = kind.inputs if kind.inputs is not None else tuple((each, each) for each in arrays)
    for ours, theirs in () if kind.type == "Const" else shown:
        value = arguments.get(ours)
        if value is None:
            value = implied(kind.type, ours, inputs[0].ndim if inputs else None) if ours in arguments else None
            theirs = "Const" if ours == "axis" and value is not None and np.ndim(value) else theirs
        several = isinstance(value, list | tuple) and ours in arrays
        for place, part in enumerate(value if several else [value]):  # type: ignore[arg-type]
            if part is None:
                continue
            found = resolve(part)
            made = _constant(graph, part) if found is None else found.op
            if made is None:
                continue
            if made._name is None and made not in graph._unnamed():
                read = made.type == "ReadVariableOp"
                constants.append((made, "ReadVariableOp" if read else f"{theirs}_{place}" if several else theirs))
            inputs.append(made.outputs[0] if found is None else found)
    attributes = _attributes(kind, name, arguments, [ours for ours, _ in shown], inputs, outputs)
    op = Operation(graph, kind.type, inputs, outputs, attributes)
    graph._name_later(op, entry, _naming(kind, name, entry, constants))
    return op


def _of_rank(kind: OperationType, arguments: dict[str, Any], arrays: Sequence[str]) -> OperationType:
    """Products of stacks of matrices, and choices among indices, have types of their own."""
    first = arguments.get(arrays[0]) if arrays else None
    if kind.type == "MatMul" and kind.node == "MatMul" and (getattr(first, "ndim", None) or 0) > 2:
        return kind._replace(type="BatchMatMulV2")
    if kind.type == "Split" and isinstance(arguments.get("num_or_size_splits"), list | tuple):
        return kind._replace(type="SplitV")
    return kind


def _attributes(
    kind: OperationType, name: str, arguments: dict[str, Any], used: Sequence[str], inputs: Sequence[GraphTensor],
    outputs: Sequence[tuple[TensorShape, dtypes.DType, Any]],
) -> dict[str, Any]:  # fmt: skip
    found: dict[str, Any] = {}
    if kind.type == "Const":
        found["value"], found["dtype"] = np.asarray(outputs[0][2]), outputs[0][1]
        return found
    if kind.type == "Cast":
        return {"SrcT": inputs[0].dtype, "DstT": outputs[0][1]}
    for key, value in arguments.items():
        if key not in used and isinstance(value, bool | int | float | str | dtypes.DType):
            found[ATTRIBUTES.get(key, key)] = value
    return found


def _constant(graph: Graph, value: Any) -> Operation | None:
    """The constant that an argument is; None where it is none."""
    try:
        array = np.asarray(convert.value_of(value))
    except (TypeError, ValueError):
        return None
    dtype = dtypes.from_numpy(array.dtype)
    known = [(TensorShape(array.shape), dtype, convert.to_device(array))]
    return Operation(graph, "Const", (), known, {"value": array, "dtype": dtype})


def add_constant(graph: Graph, value: Any, name: str | None, node: str) -> GraphTensor:
    """A constant of the user's."""
    op = _constant(graph, value)
    if op is None:
        raise TypeError(f"tf.Graph: {value!r:.80} cannot be a constant.")
    graph._name_later(op, object(), Naming(name, node, context.state.scopes))
    return op.outputs[0]


# ---------------------------------------------------------------------------- a graph that is the default


class GraphTrace(Trace):
    """While a graph is the default: ops are recorded in it."""

    def __init__(self, graph: Graph) -> None:
        super().__init__(())
        self.graph = graph
        self.recorder = self

    def tensor_of(self, tensor: Tensor) -> None:
        """Tensors of this graph know what they are."""

    def inside(self) -> None:
        """What is traced inside is not recorded."""

    def read(self, variable: Variable) -> Any:
        """A variable's value is used: the operation reads it when it runs."""
        variable._handed_out = True
        return variable._array

    def value_of(self, variable: Variable) -> Any:
        """What a variable holds now."""
        return variable._array

    def write(self, variable: Variable, value: Any) -> None:
        """A variable is assigned to, which graphs of this kind do not do."""
        raise RuntimeError(
            f"variable {variable.name}: a tf.Graph records computations, not assignments. Write the step as a "
            "tf.function, or assign outside of graph.as_default()."
        )

    def call(self, op: Any, plan: Any, arrays: Any, values: Any, static: Any) -> Any:
        """An op on constants and variables, or a plan of its own."""
        if op is not None:
            return record_call(self.graph, op.public, tuple(arrays), static, op)
        names = [f"input_{place}" for place in range(len(arrays))]

        def run(**parts: Any) -> Any:
            return dispatch.run_plan(plan, tuple(parts[name] for name in names))

        return _record_run(self.graph, plan.name, run, dict(zip(names, arrays, strict=True)), names)

    def draw(self, state: Any) -> GraphTensor:
        """The next key of a stream of random numbers: another one each time that the graph runs."""
        op = Operation(self.graph, "RandomKey", (), [(TensorShape([4]), dtypes.uint32, None)])
        op._replay = lambda swap: state.next()
        self.graph._name_later(op, _entry(), Naming(None, "RandomKey", context.state.scopes))
        return op.outputs[0]


def record_call(graph: Graph, public: Callable[..., Any], arrays: Any, static: Any, op: Any) -> Any:
    """A public function was called with tensors of a graph."""
    recorder = getattr(context.state.trace, "recorder", None)
    value = graph_values.state.value
    if value is not None and not isinstance(recorder, GraphTrace):
        given = dict(zip([name for name, _ in op.groups], arrays, strict=True))
        return public(**_swapped(given | dict(zip(_statics(op), static, strict=True)), value))
    if not isinstance(recorder, GraphTrace):
        found = next((each for each in _tensors_of((arrays, static))), None)
        raise TypeError(
            f"{found!r} is out of scope and cannot be used here: it is a tensor of a tf.Graph.\n  To do: call ops on "
            "it in a `with graph.as_default():` block, or write the step as a tf.function and use what it returns."
        )
    names = [name for name, _ in op.groups]
    prepared = operands.prepare(op, arrays)[0] if names else ()
    arguments = {name: _kept(each, made) for name, each, made in zip(names, arrays, prepared, strict=True)}
    arguments.update(zip(_statics(op), static, strict=True))
    return _record_run(graph, op.name, public, arguments, names or list(arguments))


def _statics(op: Any) -> Sequence[str]:
    """The names of an op's arguments that are no arrays."""
    known = getattr(op, "statics", None)
    if known is not None:
        return known
    code = op.function.__code__
    return [each for each in code.co_varnames[: code.co_argcount + code.co_kwonlyargcount] if each != "name"]


def _kept(given: Any, prepared: Any) -> Any:
    """A converted argument, or what was given where that is a tensor of the graph already."""
    if isinstance(given, list | tuple) and isinstance(prepared, list) and len(given) == len(prepared):
        return [_kept(each, made) for each, made in zip(given, prepared, strict=True)]
    return given if isinstance(given, GraphTensor) else prepared


def _record_run(
    graph: Graph, name: str, public: Callable[..., Any], arguments: dict[str, Any], arrays: Sequence[str]
) -> Any:
    inputs = list(dict.fromkeys(each for each in _tensors_of(arguments) if each.is_open))

    def run(tensors: Sequence[Any]) -> Any:
        known = dict(zip(map(id, inputs), tensors, strict=True))
        return public(**_swapped(arguments, lambda each: known[id(each)]))

    if not inputs and operation_type(name).type == "Const":
        with context.isolated(None):
            return add_constant(graph, run(()), _naming(operation_type(name), name, _entry()).given, _node(name))
    shapes, structure = infer(run, inputs)
    op = record(graph, name, arguments, [(*each, None) for each in shapes], _resolver(graph), arrays)
    op._replay = lambda swap: public(**_swapped(arguments, swap))
    return jax.tree.unflatten(structure, op.outputs)


def _node(name: str) -> str:
    return operation_type(name).node


def _graph_tensor(item: Any) -> GraphTensor | None:
    if isinstance(item, GraphTensor):
        return item
    return item._value.tensor if type(item) is Tensor and type(item._value) is Unvalued else None


def _resolver(graph: Graph) -> Callable[[Any], GraphTensor | None]:
    def resolve(item: Any) -> GraphTensor | None:
        if isinstance(item, Variable):
            return read_variable(graph, item)
        return _graph_tensor(item)

    return resolve


def read_variable(graph: Graph, variable: Variable) -> GraphTensor:
    """The value of a variable in a graph; the operation that takes it names it."""
    op = Operation(graph, "ReadVariableOp", (), [(variable.shape, variable.dtype, None)], {"dtype": variable.dtype})
    op._replay = lambda swap: variable.read_value()
    return op.outputs[0]


def _tensors_of(item: Any) -> Iterator[GraphTensor]:
    found = _graph_tensor(item)
    if found is not None:
        yield found
    elif isinstance(item, dict):
        yield from itertools.chain.from_iterable(_tensors_of(each) for each in item.values())
    elif isinstance(item, list | tuple):
        yield from itertools.chain.from_iterable(_tensors_of(each) for each in item)
    elif isinstance(item, slice):
        yield from _tensors_of((item.start, item.stop, item.step))


def _swapped(item: Any, value: Callable[[GraphTensor], Any]) -> Any:
    """Arguments with values in the places of a graph's tensors; constants are known."""
    found = _graph_tensor(item)
    if found is not None:
        return value(found) if found.is_open else Tensor(found._value)
    if isinstance(item, dict):
        return {key: _swapped(each, value) for key, each in item.items()}
    if type(item) in (list, tuple):
        return type(item)(_swapped(each, value) for each in item)
    if isinstance(item, slice):
        return slice(*(_swapped(each, value) for each in (item.start, item.stop, item.step)))
    return item


# ---------------------------------------------------------------------------- functions that make tensors of nothing


def _made(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    recorder = getattr(context.state.trace, "recorder", None)
    if not isinstance(recorder, GraphTrace) or _is_ours(sys._getframe(3)):
        return NotImplemented
    made = function(*args, **kwargs)
    if type(made) is not Tensor or type(made._value) is Unvalued:
        return made
    given = inspect.signature(function).bind(*args, **kwargs).arguments.get("name")
    return add_constant(recorder.graph, made, given, "Const")


_lock = threading.Lock()
_open = [0]  # how many blocks of graphs there are in all threads


@contextlib.contextmanager
def recording_in(graph: Graph) -> Iterator[None]:
    """A block whose ops are recorded in a graph."""
    with _lock:
        _open[0] += 1
        if _open[0] == 1:
            for function in (convert.constant, convert.convert_to_tensor):
                interception.intercept(function, _made)
    scopes, context.state.scopes = context.state.scopes, ()
    try:
        with context.isolated(GraphTrace(graph)):
            yield
    finally:
        context.state.scopes = scopes
        graph._settle()
        with _lock:
            _open[0] -= 1
            if _open[0] == 0:
                for function in (convert.constant, convert.convert_to_tensor):
                    interception.leave_alone(function, _made)
