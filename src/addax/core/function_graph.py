"""The graph of a traced function: what `concrete_function.graph` shows.

None is kept while a function is traced for running. The first time that somebody asks, Python is traced once more, and
each op that it calls becomes an operation.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import jax
import numpy as np
from jax import export

from addax.core import context, convert, dtypes, random, trees
from addax.core.dispatch import leaves_of
from addax.core.graph import Graph
from addax.core.graph_gradients import NeedsRecord, recording
from addax.core.graph_recording import _is_ours, read_variable, record
from addax.core.graph_tensor import GraphTensor
from addax.core.operation import Operation
from addax.core.relaxation import _relaxed
from addax.core.shapes import TensorShape
from addax.core.signature import replace_tensors
from addax.core.spec import TensorSpec
from addax.core.structures import flatten_result, rebuild, result_tensors
from addax.core.tensor import Tensor, Tracer
from addax.core.trace import lift, reachable
from addax.core.variable import Variable

if TYPE_CHECKING:
    from addax.core.function import Function

_state = context.state
_ASSIGNMENTS = {
    "assign": "AssignVariableOp", "assign_add": "AssignAddVariableOp", "assign_sub": "AssignSubVariableOp",
}  # fmt: skip


class FunctionGraph(Graph):
    """The graph of a traced function.

    Args:
        name: the function's name.
        signature: its arguments, tensors as `tf.TensorSpec`s: (positional, keyword).

    >>> import addax as tf
    >>> f = tf.function(lambda x: tf.nn.relu(x) + 1.0).get_concrete_function(tf.TensorSpec([2], name="x"))
    >>> [(op.name, op.type) for op in f.graph.get_operations()]
    [('x', 'Placeholder'), ('Relu', 'Relu'), ('add/y', 'Const'), ('add', 'AddV2'), ('Identity', 'Identity')]
    >>> f.graph.inputs, f.graph.outputs[0].op.inputs[0].op.type
    ([<tf.Tensor 'x:0' shape=(2,) dtype=float32>], 'AddV2')
    """

    building_function = True

    def __init__(self, name: str, signature: tuple[Any, Any]) -> None:
        super().__init__()
        self.name = name
        self.structured_input_signature = signature
        self.inputs: list[GraphTensor] = []
        self.outputs: list[GraphTensor] = []
        self.structured_outputs: Any = None
        self.control_outputs: list[Operation] = []
        self._variables: dict[int, tuple[Variable, GraphTensor]] = {}  # and their handles

    @property
    def variables(self) -> tuple[Variable, ...]:
        """The variables that it uses."""
        return tuple(variable for variable, _ in self._variables.values())

    @property
    def trainable_variables(self) -> tuple[Variable, ...]:
        """The trainable variables that it uses."""
        return tuple(each for each in self.variables if each.trainable)

    @property
    def captures(self) -> list[tuple[Variable, GraphTensor]]:
        """(what it takes from outside, the input that stands for it): its variables."""
        return list(self._variables.values())

    @property
    def external_captures(self) -> list[Variable]:
        """What it takes from outside: its variables."""
        return [variable for variable, _ in self._variables.values()]

    @property
    def internal_captures(self) -> list[GraphTensor]:
        """The inputs that stand for what it takes from outside."""
        return [handle for _, handle in self._variables.values()]

    def __str__(self) -> str:
        return f"FuncGraph(name={self.name}, id={id(self)})"


class _Recorder:
    """Notes the ops of one trace."""

    def __init__(self, graph: FunctionGraph, trace: Any) -> None:
        self.graph, self._trace = graph, trace
        self._known: dict[int, GraphTensor] = {}  # by the identity of what stands for them while tracing
        self._kept: list[Any] = []
        self._used: list[Any] = []  # by branches and bodies of loops, since the last operation

    def placeholder(self, name: str | None, value: Any) -> GraphTensor:
        """An argument."""
        dtype, shape = dtypes.from_numpy(value.dtype), _shown(value.shape)
        attributes = {"dtype": dtype, "shape": shape, **({"_user_specified_name": name} if name else {})}
        op = Operation(self.graph, "Placeholder", (), [(shape, dtype, None)], attributes)
        self.graph._name_now(op, name or "Placeholder")
        self._know(value, op.outputs[0])
        self.graph.inputs.append(op.outputs[0])
        return op.outputs[0]

    def note(self, op: Any, plan: Any, arrays: Any, static: Any, result: Any) -> None:
        """An op was called."""
        if op is None:
            leaves = [*leaves_of(arrays), *self._used]
            self._used = []
            names = [f"input_{place}" for place in range(len(leaves))]
            arguments = dict(zip(names, leaves, strict=True))
        else:
            names = [name for name, _ in op.groups]
            arguments = dict(zip(names, arrays, strict=True)) | dict(zip(op.statics, static, strict=False))
        values = [convert.value_of(each) for each in jax.tree.leaves(result)]
        kinds = [(_shown(each.shape), dtypes.from_numpy(each.dtype), _concrete(each)) for each in values]
        made = record(self.graph, plan.name, arguments, kinds, self._resolve, names)
        for value, output in zip(values, made.outputs, strict=True):
            self._know(value, output)

    def wrote(self, variable: Variable, value: Any) -> None:
        """A variable was assigned to."""
        if any(variable is each for each in random.variables()):  # drawing is no assignment of the user's
            return
        caller = sys._getframe(2)  # past Trace.write, whose caller is one of the variable's methods
        while caller is not None and caller.f_code.co_name not in _ASSIGNMENTS and _is_ours(caller):
            caller = caller.f_back
        kind, given = "AssignVariableOp", value
        if caller is not None and caller.f_code.co_name in _ASSIGNMENTS:
            kind, given = _ASSIGNMENTS[caller.f_code.co_name], caller.f_locals[caller.f_code.co_varnames[1]]
        found = self._resolve_known(given)
        inputs = [self._handle(variable), *([found] if found is not None else [])]
        op = Operation(self.graph, kind, inputs, (), {"dtype": variable.dtype})
        self.graph._name_now(op, "/".join((*_state.scopes, kind)))
        self.graph.control_outputs.append(op)

    def finish(self, flat: Sequence[Any], description: Any) -> None:
        """The function returned."""
        graph = self.graph
        graph._settle()
        for value in flat:
            found = self._known.get(id(value))
            if found is None:  # a constant, or a value that no op made
                kind = (_shown(value.shape), dtypes.from_numpy(value.dtype), _concrete(value))
                constant = {"value": np.asarray(value), "dtype": kind[1]} if kind[2] is not None else {}
                op = Operation(graph, "Const" if constant else "PartitionedCall", (), [kind], constant)
                graph._name_now(op, op.type)
                found = op.outputs[0]
            op = Operation(graph, "Identity", [found], [(found.shape, found.dtype, None)])
            graph._name_now(op, "Identity")
            graph.outputs.append(op.outputs[0])
        graph.structured_outputs = rebuild(description, graph.outputs)
        graph.finalize()

    def inside(self) -> _Inside:
        """The recorder of a branch, or of a loop's body."""
        return _Inside(self)

    def tensor_of(self, tensor: Tensor) -> GraphTensor | None:
        """What a tensor is in the graph."""
        return self._resolve(tensor)

    def use(self, value: Any) -> None:
        """A branch or the body of a loop takes a value."""
        found = self._resolve_known(value)
        if found is not None and not any(value is each for each in self._used):
            self._used.append(value)

    def _know(self, value: Any, tensor: GraphTensor) -> None:
        self._known[id(value)] = tensor
        self._kept.append(value)

    def _handle(self, variable: Variable) -> GraphTensor:
        known = self.graph._variables.get(id(variable))
        if known is None:
            shape = TensorShape([])
            attributes = {"dtype": dtypes.resource, "shape": shape}
            op = Operation(self.graph, "Placeholder", (), [(shape, dtypes.resource, None)], attributes)
            self.graph._name_now(op, f"{variable.name.partition(':')[0]}/resource")
            known = self.graph._variables[id(variable)] = (variable, op.outputs[0])
            self.graph.inputs.append(op.outputs[0])
        return known[1]

    def _resolve_known(self, item: Any) -> GraphTensor | None:
        return None if isinstance(item, Variable) else self._known.get(id(getattr(item, "_value", item)))

    def _resolve(self, item: Any) -> GraphTensor | None:
        if isinstance(item, Variable):
            return self._read(item)
        value = getattr(item, "_value", item)
        found = self._known.get(id(value))
        if found is None and isinstance(value, Tracer):
            trace = self._trace
            for key, known in trace.values.items():
                if known is value or trace._reread.get(key, (None, None))[1] is value:
                    return self._read(trace.lifted[key])
        return found

    def _read(self, variable: Variable) -> GraphTensor:
        handle = self._handle(variable)
        made = read_variable(self.graph, variable)
        made.op.inputs = (handle,)
        return made


class _Inside:
    """Notes what the ops of a branch, or of a loop's body, take from outside."""

    def __init__(self, outer: _Recorder) -> None:
        self._outer = outer
        self.graph = Graph()  # whose names nobody sees

    def inside(self) -> _Inside:
        """The same: what is further inside takes it from outside, too."""
        return self

    def tensor_of(self, tensor: Tensor) -> GraphTensor | None:
        """What a tensor from outside is in the graph."""
        return self._outer._resolve_known(tensor)

    def note(self, op: Any, plan: Any, arrays: Any, static: Any, result: Any) -> None:
        """An op was called."""
        for each in leaves_of(arrays):
            self._outer.use(each)

    def wrote(self, variable: Variable, value: Any) -> None:
        """A variable was assigned to."""
        self._outer.use(value)


def _shown(sizes: Any) -> TensorShape:
    return TensorShape([size if isinstance(size, int) else None for size in sizes])


def _concrete(value: Any) -> Any:
    return None if isinstance(value, Tracer) else value


def record_in(
    trace: Any, name: str, signature: tuple[Any, Any], inputs: Sequence[Tensor], names: Sequence[str | None]
) -> _Recorder:
    """Have a trace record its operations in a graph of its own.

    Args:
        trace: the trace.
        name: the function's name.
        signature: its arguments, tensors as `tf.TensorSpec`s: (positional, keyword).
        inputs: what stands for its tensors.
        names: what they are called.
    """
    recorder = trace.recorder = _Recorder(FunctionGraph(name, signature), trace)
    for tensor, called in zip(inputs, names, strict=True):
        tensor._name = recorder.placeholder(called, tensor._value).op.name
    return recorder


def graph_of(owner: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> FunctionGraph:
    """The graph of a `tf.function` for a signature; Python is traced for it.

    Args:
        owner: the tf.function.
        args: positional arguments, tensors as `tf.TensorSpec`s.
        kwargs: keyword arguments, likewise.
    """
    specs = [leaf for leaf in trees.flatten((args, kwargs)) if isinstance(leaf, TensorSpec)]
    if any(spec.shape.rank is None for spec in specs):
        return _of_some_rank(owner, args, kwargs)
    names = _names(owner, args, kwargs)
    sample = trees.map_structure(_sized, (args, kwargs))
    given, given_by_name, signature = owner._sampled(*sample)
    kept: list[FunctionGraph] = []

    def traced(*inputs: Tensor) -> tuple[list[Any], Any]:
        trace = _state.trace
        assert trace is not None
        recorder = record_in(trace, owner.__name__, (args, kwargs), inputs, names)
        filled = iter(inputs)
        new_args, new_kwargs = replace_tensors(given, filled), replace_tensors(given_by_name, filled)
        with recording(owner, inputs):
            flat, description = flatten_result(result_tensors(owner._traceable(*new_args, **new_kwargs)))
        recorder.finish(flat, description)
        kept.append(recorder.graph)
        return flat, description

    guess = reachable([owner._function, given, given_by_name, owner._bound])
    plain = [jax.ShapeDtypeStruct(each._value.shape, each._value.dtype) for each in signature.tensors]
    scopes, _state.scopes = _state.scopes, ()
    try:
        if any(None in spec.shape.as_list() for spec in specs):
            try:
                with _relaxed():
                    _lift(owner, traced, _symbolic(specs), guess)
                return kept[-1]
            except Exception:  # of any type: the function wants numbers, and is shown with some
                kept.clear()
        _lift(owner, traced, plain, guess)
    finally:
        _state.scopes = scopes
    return kept[-1]


def _of_some_rank(owner: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> FunctionGraph:
    """The graph for a rank that the function takes, where none is known."""
    error: Exception | None = None
    for rank in (1, 2, 0, 3, 4):

        def ranked(leaf: Any, rank: int = rank) -> Any:
            unknown = isinstance(leaf, TensorSpec) and leaf.shape.rank is None
            return TensorSpec([None] * rank, leaf.dtype, leaf.name) if unknown else leaf

        try:
            return graph_of(owner, *trees.map_structure(ranked, (args, kwargs)))
        except Exception as found:  # of any type: the function does not take this rank
            error = error or found
    assert error is not None
    raise error


def _lift(owner: Function, traced: Any, specs: Sequence[Any], guess: Any) -> None:
    try:
        lift(traced, specs, guess)
    except NeedsRecord:  # it calls tf.gradients
        if owner._recorded:
            raise
        owner._recorded = True
        lift(traced, specs, guess)


def _sized(leaf: Any) -> Any:
    if not isinstance(leaf, TensorSpec):
        return leaf
    shape = [2 if each is None else each for each in leaf.shape.as_list()]
    if leaf.dtype is dtypes.string:
        return convert.convert_to_tensor(np.full(shape, b"", object))
    return TensorSpec(shape, leaf.dtype, leaf.name)


def _symbolic(specs: Sequence[TensorSpec]) -> list[Any]:
    scope, made = export.SymbolicScope(), []
    for number, spec in enumerate(spec for spec in specs if spec.dtype is not dtypes.string):
        parts = [f"n{number}_{axis}" if each is None else str(each) for axis, each in enumerate(spec.shape.as_list())]
        shape = export.symbolic_shape(",".join(parts), scope=scope) if parts else ()
        made.append(jax.ShapeDtypeStruct(shape, spec.dtype.np))
    return made


def _names(owner: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[str | None]:
    """What the placeholders of tensors are called: as their specs say, or as the parameters are called."""
    found: list[str | None] = []
    for name, value in [*zip(_positional(owner, len(args)), args, strict=True), *kwargs.items()]:
        leaves = [leaf for leaf in trees.flatten(value) if isinstance(leaf, TensorSpec)]
        found += [leaf.name or name for leaf in leaves if leaf.dtype is not dtypes.string]
    return found


def _positional(owner: Function, count: int) -> list[str | None]:
    names: list[str | None] = list(owner._parameter_names()[:count])
    return names + [None] * (count - len(names))
