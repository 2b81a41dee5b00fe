"""Calls of functions in a graph: conditionals, loops, maps and tf.functions become one operation each.

What such a call computes depends on its arguments, and on tensors of the graph that its functions refer to. Those
become inputs of the operation: it is run abstractly, and whenever it asks for the value of a tensor that is no input
yet, that tensor becomes one and the run begins anew. In a session the call is made once more, with values.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, TypeVar

from addax.core import context, convert, graph_values, trees
from addax.core.graph import Graph
from addax.core.graph_shapes import Outputs, concretely, infer
from addax.core.graph_tensor import GraphTensor
from addax.core.operation import Operation
from addax.core.shapes import TensorShape
from addax.core.structures import flatten_result, rebuild, result_tensors
from addax.core.tensor import NotCompilable, Tensor

F = TypeVar("F", bound=Callable[..., Any])


class Kind(NamedTuple):
    """What the operations of a call are called.

    Args:
        base: the name of the call.
        main: what the operation that computes is called behind it, "" for the same.
        type: its type.
        part: what the operations of its results are called; `{}` is where they are numbered.
        first: the number of the first result.
    """

    base: str
    main: str
    type: str
    part: str = "{main}/Identity{}"
    first: int = 0


_LIST = "{base}/TensorArrayV2Stack{}/TensorListStack"
_KINDS = {
    "cond": Kind("cond", "", "StatelessIf"),
    "case": Kind("case", "/cond", "StatelessIf"),
    "switch_case": Kind("switch_case", "/indexed_case", "StatelessCase"),
    "while_loop": Kind("while", "", "StatelessWhile", first=2),
    "foldl": Kind("foldl", "/while", "StatelessWhile", first=3),
    "foldr": Kind("foldr", "/while", "StatelessWhile", first=3),
    "map_fn": Kind("map", "/while", "StatelessWhile", _LIST),
    "scan": Kind("scan", "/while", "StatelessWhile", _LIST),
    "vectorized_map": Kind("vectorized_map", "", "PartitionedCall"),
    "function": Kind("PartitionedCall", "", "PartitionedCall"),
}


def call_in_graph(kind: str) -> Callable[[F], F]:
    """A decorator for functions that take functions: called while a graph is the default, they become operations.

    Args:
        kind: which of them it is.
    """

    def decorate(function: F) -> F:
        @functools.wraps(function)
        def public(*args: Any, **kwargs: Any) -> Any:
            trace = context.state.trace
            if trace is not None and trace.recorder is trace:
                return record(trace.graph, kind, function, args, kwargs)
            return function(*args, **kwargs)

        return public  # type: ignore[return-value]

    return decorate


def record(graph: Graph, kind: str, function: Callable[..., Any], args: Any, kwargs: dict[str, Any]) -> Any:
    """Add a call to a graph; what it returns, with tensors of the graph.

    Args:
        graph: the graph.
        kind: which of the functions that take functions it is.
        function: it; or a tf.function.
        args: its arguments.
        kwargs: likewise.
    """
    inputs = list(dict.fromkeys(each for each in _tensors_of((args, kwargs)) if each.is_open))
    kept: list[Any] = []

    def run(tensors: Any) -> list[Tensor]:
        known = dict(zip(map(id, inputs), tensors, strict=True))
        flat, description = _run(function, args, kwargs, lambda each: _known(known, each))
        kept.append(description)
        return flat

    while True:
        try:
            shapes, _ = infer(run, inputs, otherwise=lambda: _uncompilable(kind, run, inputs, args, kwargs, kept))
        except graph_values.Captured as found:
            inputs.append(found.tensor)
        else:
            break
    op = Operation(graph, _KINDS[kind].type, inputs, [(*each, None) for each in shapes])
    op._replay = lambda swap: _run(function, args, kwargs, _valued(swap))[0]
    given = kwargs.get("name") if kind != "function" else None
    return rebuild(kept[-1], _named(graph, op, _KINDS[kind], given))


def _known(known: dict[int, Tensor], tensor: GraphTensor) -> Tensor:
    found = known.get(id(tensor))
    if found is None:
        raise graph_values.Captured(tensor)
    return found


def _valued(swap: Callable[[GraphTensor], Tensor]) -> Callable[[GraphTensor], Tensor]:
    def value(tensor: GraphTensor) -> Tensor:
        if context.state.trace is not None:  # it would become a constant of a program that is kept
            raise NotCompilable(f"it refers to {tensor!r} of a tf.Graph")
        return swap(tensor)

    return value


def _run(function: Any, args: Any, kwargs: Any, value: Callable[[GraphTensor], Tensor]) -> tuple[list[Tensor], Any]:
    """Make the call with values for tensors of the graph: (its results, the structure that they are in)."""
    with graph_values.giving(value):
        args, kwargs = _swapped(args, value), _swapped(kwargs, value)
        flat, description = flatten_result(result_tensors(function(*args, **kwargs)), texts=True)
    return [Tensor(each) for each in flat], description


def _uncompilable(kind: str, run: Any, inputs: list[GraphTensor], args: Any, kwargs: Any, kept: list[Any]) -> Outputs:
    """The results of a call that XLA cannot compile: a loop's are like its variables; else it is made once."""
    if kind != "while_loop":
        return concretely(run, inputs)
    named = dict(zip(("cond", "body", "loop_vars", "shape_invariants"), args, strict=False)) | kwargs
    loop_vars = named["loop_vars"]
    kinds: list[tuple[TensorShape, Any]] = []

    def variable(leaf: Any, shape: Any) -> Tensor:
        made = leaf if isinstance(leaf, Tensor) else convert.convert_to_tensor(leaf)
        kinds.append((TensorShape(shape), made.dtype))
        return Tensor(len(kinds) - 1)

    invariants = named.get("shape_invariants")
    if invariants is None:
        marked = trees.map_structure(lambda leaf: variable(leaf, None), loop_vars)
    else:
        marked = trees.map_structure_up_to(loop_vars, variable, loop_vars, invariants)
    order, description = flatten_result(marked)
    kept.append(description)
    return [kinds[place] for place in order]


def _named(graph: Graph, op: Operation, kind: Kind, given: Any) -> list[GraphTensor]:
    """Name the operation of a call, and add those of its results."""
    scope = "".join(f"{each}/" for each in context.state.scopes)
    base = scope + (given if isinstance(given, str) else kind.base)
    if kind.main:
        base = graph.unique_name(base)
    graph._name_now(op, base + kind.main)
    main, parts = op.name, []
    for _ in range(kind.first):
        graph.unique_name(kind.part.format("", main=main, base=base))
    for place, tensor in enumerate(op.outputs):
        number = f"_{place}" if place and kind.part is _LIST else ""
        made = Operation(graph, "Identity", [tensor], [(tensor.shape, tensor.dtype, None)])
        made.type = "TensorListStack" if kind.part is _LIST else "Identity"
        made._replay = functools.partial(_same, tensor)
        graph._name_now(made, kind.part.format(number, main=main, base=base))
        parts.append(made.outputs[0])
    return parts


def _same(tensor: GraphTensor, swap: Callable[[GraphTensor], Any]) -> Any:
    return swap(tensor)


def _tensors_of(item: Any) -> Iterator[GraphTensor]:
    if isinstance(item, GraphTensor):
        yield item
    for part in _parts(item):
        yield from _tensors_of(part)


def _parts(item: Any) -> list[Any]:
    if isinstance(item, dict):
        return list(item.values())
    if isinstance(item, list | tuple):
        return list(item)
    if hasattr(item, "__tf_flatten__") and not isinstance(item, type | Tensor):
        return list(item.__tf_flatten__()[1])
    return []


def _swapped(item: Any, value: Callable[[GraphTensor], Tensor]) -> Any:
    """Arguments with values in the places of tensors of the graph."""
    if isinstance(item, GraphTensor):
        return value(item) if item.is_open else Tensor(item._value)
    if isinstance(item, dict):
        return {key: _swapped(each, value) for key, each in item.items()}
    if isinstance(item, list | tuple):
        made = [_swapped(each, value) for each in item]
        return type(item)(*made) if hasattr(item, "_fields") else type(item)(made)
    if hasattr(item, "__tf_flatten__") and not isinstance(item, type | Tensor):
        metadata, parts = item.__tf_flatten__()
        return type(item).__tf_unflatten__(metadata, tuple(_swapped(each, value) for each in parts))
    return item
