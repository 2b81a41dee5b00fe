"""Calls, branches, loops and lists of tensors of TensorFlow's graphs.

A loop whose condition is known while it is traced (one over time steps) is unrolled; others become while loops.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from addax.core import convert
from addax.core.tensor import NotCompilable, Tensor, Tracer
from addax.core.variable import Variable
from addax.ops import array, conditionals, control_flow

if TYPE_CHECKING:
    from addax.checkpoint.saved_model.graph_run import GraphNode

_MOST_STEPS = 1_000_000


class TensorList:
    """A list of tensors as a value of a graph; operations on it give new lists."""

    def __init__(self, parts: Sequence[Any], shape: list[int | None] | None, dtype: Any) -> None:
        self.parts = list(parts)
        self.shape = shape
        self.dtype = dtype

    def filled(self, index: int) -> Any:
        """The tensor at a place; zeros where none was set."""
        part = self.parts[index]
        if part is not None:
            return part
        like = next((each for each in self.parts if each is not None), None)
        if like is not None:
            return array.zeros_like(like)
        return array.zeros(self.shape or [], self.dtype)


def _number(value: Any) -> int | None:
    """A scalar that is known now, as an int."""
    inner = convert.convert_to_tensor(value)._value
    return None if isinstance(inner, Tracer) else int(np.asarray(inner))


def _known(value: Any, node: GraphNode) -> int:
    found = _number(value)
    if found is None:
        raise NotCompilable(f"{node.op} {node.name!r} needs a number that is not known while the function is traced.")
    return found


def _call(node: GraphNode, given: Sequence[Any]) -> list[Any]:
    return node.function("f")(given)


def _if(node: GraphNode, given: Sequence[Any]) -> list[Any]:
    branches = node.function("then_branch"), node.function("else_branch")
    return _choose(given[0], lambda: branches[0](given[1:]), lambda: branches[1](given[1:]))


def _choose(condition: Any, then: Callable[[], Any], otherwise: Callable[[], Any]) -> list[Any]:
    condition = convert.convert_to_tensor(condition)
    if condition.dtype.name != "bool":
        condition = condition != 0
    chosen = _number(condition)
    if chosen is not None:
        return then() if chosen else otherwise()
    return list(conditionals.cond(condition, then, otherwise))


def _case(node: GraphNode, given: Sequence[Any]) -> list[Any]:
    functions = [
        node.library.function(each.get("name", ""), node.name) for each in node.attr("branches", [])
    ]  # fmt: skip
    chosen = _number(given[0])
    if chosen is not None:
        return functions[chosen if 0 <= chosen < len(functions) else -1](given[1:])
    return list(conditionals.switch_case(given[0], [lambda each=each: each(given[1:]) for each in functions]))


def _while(node: GraphNode, given: Sequence[Any]) -> list[Any]:
    cond, body = node.function("cond"), node.function("body")
    state = list(given)
    for _ in range(_MOST_STEPS):
        goes_on = _number(cond(state)[0])
        if goes_on is None:
            return _loop(node, cond, body, state)
        if not goes_on:
            return state
        state = body(state)
    raise NotCompilable(f"the loop {node.name!r} takes more than {_MOST_STEPS} steps.")


def _loop(node: GraphNode, cond: Any, body: Any, state: list[Any]) -> list[Any]:
    """A loop whose length depends on values: its state has to be tensors."""
    if any(isinstance(each, TensorList) for each in state):
        raise NotCompilable(f"the loop {node.name!r} fills a list, and its length is not known while it is traced.")
    changing = [i for i, each in enumerate(state) if not isinstance(each, Variable)]

    def merged(parts: Sequence[Any]) -> list[Any]:
        whole = list(state)
        for i, part in zip(changing, parts, strict=True):
            whole[i] = part
        return whole

    def step(*parts: Any) -> list[Any]:
        after = body(merged(parts))
        return [after[i] for i in changing]

    final = control_flow.while_loop(lambda *parts: cond(merged(parts))[0], step, [state[i] for i in changing])
    return merged(final)


# ---------------------------------------------------------------------------- lists


def _reserve(node: GraphNode, given: Sequence[Any]) -> TensorList:
    shape, dtype = _element(node, given[0])
    return TensorList([None] * _known(given[1], node), shape, dtype)


def _empty(node: GraphNode, given: Sequence[Any]) -> TensorList:
    return TensorList([], *_element(node, given[0]))


def _element(node: GraphNode, given: Any) -> tuple[list[int | None] | None, Any]:
    shape = np.asarray(convert.convert_to_tensor(given).numpy()).reshape(-1).tolist()
    return None if -1 in shape else shape, node.dtype("element_dtype")


def _from_tensor(node: GraphNode, given: Sequence[Any]) -> TensorList:
    return TensorList(array.unstack(given[0]), given[0].shape.as_list()[1:], given[0].dtype)


def _stack(node: GraphNode, given: Sequence[Any]) -> Tensor:
    held: TensorList = given[0]
    if not held.parts:
        return array.zeros([0, *(held.shape or [])], held.dtype)
    return array.stack([held.filled(i) for i in range(len(held.parts))])


def _get(node: GraphNode, given: Sequence[Any]) -> Any:
    held: TensorList = given[0]
    index = _number(given[1])
    if index is not None:
        return held.filled(index)
    return array.gather(array.stack([held.filled(i) for i in range(len(held.parts))]), given[1])


def _set(node: GraphNode, given: Sequence[Any]) -> TensorList:
    held: TensorList = given[0]
    index = _known(given[1], node)
    parts = held.parts + [None] * max(0, index + 1 - len(held.parts))
    parts[index] = given[2]
    return TensorList(parts, held.shape, held.dtype)


def _push(node: GraphNode, given: Sequence[Any]) -> TensorList:
    held: TensorList = given[0]
    return TensorList([*held.parts, given[1]], held.shape, held.dtype)


def _pop(node: GraphNode, given: Sequence[Any]) -> list[Any]:
    held: TensorList = given[0]
    return [TensorList(held.parts[:-1], held.shape, held.dtype), held.filled(len(held.parts) - 1)]


def _assert(node: GraphNode, given: Sequence[Any]) -> list[Any]:
    control_flow.Assert(given[0], list(given[1:]))
    return []


CONTROL: dict[str, Callable[..., Any]] = {
    "Assert": _assert,
    "Case": _case,
    "EmptyTensorList": _empty,
    "IdentityN": lambda node, given: list(given),
    "If": _if,
    "NoOp": lambda node, given: [],
    "PartitionedCall": _call,
    "StatefulPartitionedCall": _call,
    "StatelessCase": _case,
    "StatelessIf": _if,
    "StatelessWhile": _while,
    "TensorListFromTensor": _from_tensor,
    "TensorListGetItem": _get,
    "TensorListLength": lambda node, given: convert.convert_to_tensor(len(given[0].parts)),
    "TensorListPopBack": _pop,
    "TensorListPushBack": _push,
    "TensorListReserve": _reserve,
    "TensorListSetItem": _set,
    "TensorListStack": _stack,
    "While": _while,
}
