"""Conditionals: tf.cond, case, switch_case.

Run eagerly they are Python's. In a traced function a symbolic predicate makes them XLA's; variables that a branch
writes are carried through.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from addax.core import context, convert, errors, trees
from addax.core.dispatch import run_plan
from addax.core.graph_calls import call_in_graph
from addax.core.plans import Plan
from addax.core.staging import Shared, Staged
from addax.core.tensor import NotCompilable, Tensor, Tracer
from addax.core.zero_links import sharing
from addax.ops.control_flow import check
from addax.ops.symbolic import takes_symbolic

_state = context.state


def _result(value: Any) -> Any:
    """What a branch returned: as it is where code runs eagerly, with tensors for numbers in a tf.function."""
    return as_tensors(value) if _state.trace is not None or _state.stands_in else value


def as_tensors(value: Any) -> Any:
    """A structure with tensors for its numbers."""
    return trees.map_structure(
        lambda leaf: (
            convert.convert_to_tensor(leaf) if isinstance(leaf, bool | int | float | np.ndarray | np.generic) else leaf
        ),
        value,
    )


def _predicate(who: str, pred: Any) -> Any:
    """A predicate as a bool, or as a symbolic scalar array."""
    if isinstance(pred, bool | np.bool_):
        if isinstance(pred, bool) and _state.trace is not None:
            raise TypeError(f"{who}: pred must not be a Python bool in a tf.function, received {pred}; write `if`.")
        return bool(pred)
    value = convert.value_of(pred)
    if value.ndim and value.size != 1:
        raise (errors.InvalidArgumentError if isinstance(value, Tracer) else ValueError)(
            errors.message(
                who, expected="a scalar predicate", received={"pred": pred}, hint="reduce it: tf.reduce_all(pred)"
            )
        )
    if not isinstance(value, Tracer):
        return bool(np.asarray(value).reshape(()))
    value = value.reshape(()) if value.ndim else value
    return value if value.dtype == np.bool_ else value != 0


@call_in_graph("cond")
@takes_symbolic("cond")
def cond(
    pred: Any,
    true_fn: Callable[[], Any] | None = None,
    false_fn: Callable[[], Any] | None = None,
    name: str | None = None,
) -> Any:
    """`true_fn()` where the predicate holds, `false_fn()` where it does not.

    Args:
        pred: a scalar bool tensor.
        true_fn: a function without arguments.
        false_fn: a function without arguments whose result has the same structure, dtypes and shapes.
        name: ignored.

    Returns:
        What the chosen function returned; in a tf.function with tensors for its numbers.

    Raises:
        TypeError: no functions, or results of different structure.

    >>> import addax as tf
    >>> tf.cond(tf.constant(2) < 5, lambda: 1, lambda: 2)
    1
    """
    if not callable(true_fn):
        raise TypeError("tf.cond: 'true_fn' must be callable.")
    if not callable(false_fn):
        raise TypeError("tf.cond: 'false_fn' must be callable.")
    chosen = _predicate("tf.cond", pred)
    if isinstance(chosen, bool):
        return _result(true_fn() if chosen else false_fn())
    return _switch("tf.cond", (~chosen).astype(np.int32), [true_fn, false_fn], chosen)


def _switch(who: str, index: Any, functions: Sequence[Callable[[], Any]], shown: Any = None) -> Any:
    """One of several functions, chosen by a symbolic int32 scalar (made of `shown`), as XLA's conditional."""
    staged = [Staged(function, []) for function in functions]
    _check_branches(who, staged)
    shared = Shared(staged)
    orders = [_order(each.structure, staged[0].structure) for each in staged]

    def branch(each: Staged, order: list[int], variables: Any, captured: Any) -> Any:
        out, written = shared.run(each, variables, [], captured)
        return [out[place] for place in order], written

    def body(index: Any, variables: Any, captured: Any) -> Any:
        branches = [functools.partial(branch, *each) for each in zip(staged, orders, strict=True)]
        out, written = jax.lax.switch(index, branches, variables, captured)
        return sharing(out), written

    values = shared.values()
    caught = [tensor._value for tensor in shared.captured]
    plan = Plan(who, body)
    plan.links = shared.links(staged, len(staged[0].outputs))
    chosen = Tensor(index if shown is None else shown)
    out, written = run_plan(plan, (chosen, shared.variables, shared.captured), [index, values, caught])
    shared.store(written)
    return staged[0].rebuild(list(out))


def _check_branches(who: str, staged: Sequence[Staged]) -> None:
    first = staged[0]
    for each in staged[1:]:
        if _shape_of(first.structure) != _shape_of(each.structure):
            raise TypeError(
                errors.message(
                    f"{who}: the branches must have the same number, type, and overall structure of return values",
                    received=f"{_words(first)} and {_words(each)}",
                )
            )
        order = _order(each.structure, first.structure)
        for a, b in zip(first.outputs, [each.outputs[place] for place in order], strict=True):
            if a.dtype != b.dtype:
                raise TypeError(
                    errors.message(
                        f"{who}: the branches must return values of the same types",
                        received=f"{_words(first)} and {_words(each)}",
                        hint="cast one of them with tf.cast",
                    )
                )
            if a.shape != b.shape:
                raise NotCompilable(f"{who} whose branches return different shapes: {_words(first)} and {_words(each)}")


def _shape_of(structure: Any) -> Any:
    """A structure's description, comparable."""
    kind = structure[0]
    if kind == "dict":
        return (kind, {key: _shape_of(part) for key, part in structure[2]})
    if kind == "sequence":
        return (kind, structure[1], [_shape_of(part) for part in structure[2]])
    if kind == "constant":
        value = structure[1]
        return (kind, value if value is None or isinstance(value, str | bytes) else id(value))
    return (kind, structure[1] if kind != "tensor" else None)


def _order(structure: Any, like: Any) -> list[int]:
    """Where the outputs of a structure are, in the order of another that differs in the order of dicts' keys only."""
    kind = structure[0]
    if kind in ("tensor", "constant"):
        return [structure[1]] if kind == "tensor" else []
    parts, others = structure[-1], like[-1]
    if kind in ("dict", "dataclass"):
        known = dict(parts)
        parts, others = [known[key] for key, _ in others], [part for _, part in others]
    return [place for pair in zip(parts, others, strict=True) for place in _order(*pair)]


def _words(staged: Staged) -> str:
    return "(" + ", ".join(f"{np.dtype(aval.dtype).name} {tuple(aval.shape)}" for aval in staged.outputs) + ")"


@call_in_graph("switch_case")
@takes_symbolic("switch_case")
def switch_case(
    branch_index: Any, branch_fns: Any, default: Callable[[], Any] | None = None, name: str = "switch_case"
) -> Any:
    """The result of one of several functions, chosen by number.

    Args:
        branch_index: a scalar int32 tensor.
        branch_fns: a list of functions, or a dict or list of pairs (number, function) with all numbers from 0 on.
        default: for any other number; by default the function of the largest number.
        name: ignored.

    Returns:
        What the chosen function returned; in a tf.function with tensors for its numbers.

    >>> import addax as tf
    >>> tf.switch_case(tf.constant(1), [lambda: 10, lambda: 20])
    20
    """
    value = _branch_number(branch_index)
    known = dict(_numbered(branch_fns))
    default = known[max(known)] if default is None else default
    if not isinstance(value, Tracer):
        return _result(known.get(int(np.asarray(value)), default)())
    size = len(known)
    functions = [known[i] for i in range(size)] + [default]
    inside = (value >= 0) & (value < size)
    return _switch("tf.switch_case", jnp.where(inside, value, size).astype(np.int32), functions)


def _branch_number(branch_index: Any) -> Any:
    """The number of a branch as a scalar array of whole numbers."""
    if not convert.is_tensor(branch_index):
        raise TypeError(f"tf.switch_case: 'branch_index' must be a Tensor, got {type(branch_index)}.")
    value = convert.value_of(branch_index)
    if value.dtype.kind not in "iu":
        raise TypeError(f"tf.switch_case: 'branch_index' must be an integer Tensor, got dtype {value.dtype}.")
    if value.ndim:
        raise errors.InvalidArgumentError(
            errors.message("tf.switch_case", expected="a scalar branch_index", received={"branch_index": value})
        )
    return value


def _numbered(branch_fns: Any) -> list[tuple[int, Callable[[], Any]]]:
    if not branch_fns:
        raise ValueError("tf.switch_case: Must provide at least one item in branch_fns.")
    if isinstance(branch_fns, dict):
        pairs = list(branch_fns.items())
    elif all(callable(each) for each in branch_fns):
        pairs = list(enumerate(branch_fns))
    else:
        pairs = [tuple(each) for each in branch_fns]
    for key, function in pairs:
        if not isinstance(key, int) or not callable(function):
            raise TypeError(f"tf.switch_case: expected pairs (int, function), received ({key!r}, {function!r}).")
    if {key for key, _ in pairs} != set(range(len(pairs))):
        raise ValueError(
            f"tf.switch_case: branch indices (keys) must form a contiguous range of [0 to {len(pairs)}), received "
            f"{[key for key, _ in pairs]}."
        )
    return pairs


@call_in_graph("case")
def case(
    pred_fn_pairs: Any,
    default: Callable[[], Any] | None = None,
    exclusive: bool = False,
    strict: bool = False,
    name: str = "case",
) -> Any:
    """The result of the function behind the first predicate that holds.

    Args:
        pred_fn_pairs: pairs (scalar bool tensor, function).
        default: for when none holds; without it, that is an error.
        exclusive: whether to check that at most one holds.
        strict: False gives the one item of a list or tuple of one where code runs eagerly, as TensorFlow does.
        name: ignored.

    Returns:
        What the chosen function returned; in a tf.function with tensors for its numbers.

    >>> import addax as tf
    >>> x = tf.constant(3)
    >>> tf.case([(x < 2, lambda: 10), (x < 5, lambda: 20)], default=lambda: 30)
    20
    """
    pairs = _predicated(pred_fn_pairs)
    if default is not None and not callable(default):
        raise TypeError(f"tf.case: default must be callable, received {default!r}.")
    preds = [_predicate("tf.case", pred) for pred, _ in pairs]
    if exclusive:
        count = sum(jnp.asarray(pred).astype(np.int32) for pred in preds)
        check(
            count <= 1,
            lambda held: f"tf.case: more than one condition evaluated as True but exclusive=True: {held}",
            count,
        )
    if all(isinstance(pred, bool) for pred in preds):
        chosen = [function for pred, (_, function) in zip(preds, pairs, strict=True) if pred]
        chosen += [default] if default is not None else []
        if not chosen:
            raise errors.InvalidArgumentError(
                "tf.case: None of the conditions evaluated as True, and there is no default."
            )
        result = _result(chosen[0]())
        single = isinstance(result, list | tuple) and len(result) == 1 and len(pairs) + (default is not None) > 1
        return result[0] if single and not strict and _state.trace is None else result
    functions = [function for _, function in pairs]
    stacked = jnp.stack([jnp.asarray(pred) for pred in preds])
    if default is None:
        check(jnp.any(stacked), lambda: "tf.case: None of the conditions evaluated as True, and there is no default.")
        functions.append(functions[-1])
    else:
        functions.append(default)
    index = jnp.where(jnp.any(stacked), jnp.argmax(stacked), len(pairs)).astype(np.int32)
    return _switch("tf.case", index, functions)


def _predicated(pred_fn_pairs: Any) -> list[tuple[Any, Callable[[], Any]]]:
    """The pairs of `tf.case`, checked."""
    pairs = list(pred_fn_pairs.items()) if isinstance(pred_fn_pairs, dict) else list(pred_fn_pairs)
    if not pairs:
        raise ValueError("tf.case: expected at least one pair.")
    for pair in pairs:
        if not isinstance(pair, tuple) or len(pair) != 2:
            raise TypeError(f"tf.case: Each entry in 'pred_fn_pairs' must be a 2-tuple. Received {pair!r}.")
    pairs = [(key.deref() if hasattr(key, "deref") else key, function) for key, function in pairs]
    for pred, function in pairs:
        if not convert.is_tensor(pred):
            raise TypeError(f"tf.case: pred must be a Tensor, got: {pred!r}.")
        if not callable(function):
            raise TypeError(f"tf.case: fn for pred must be callable, received {function!r}.")
    return pairs
