"""`if`, `... if ... else ...`, `and`, `or`, `not`, comparison chains and `assert` of converted functions."""

from __future__ import annotations

import operator
import threading
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp

from addax.core import errors
from addax.core.autograph import Undefined, UndefinedReturnValue
from addax.core.dispatch import run_plan
from addax.core.plans import Plan
from addax.core.staging import Shared, Staged
from addax.core.tensor import NotCompilable, Tensor
from addax.core.zero_links import sharing
from addax.ops import comparison, control_flow
from addax.ops.autograph_state import Part, condition, is_null, is_symbolic, is_tensor, journal, shape_of, words


class _Last(threading.local):
    negation: tuple[Any, Any] | None = None  # (not x, x): the test of the next `if` may be it


_last = _Last()
_SIDES = ("main", "else")


# ---------------------------------------------------------------------------- if


def if_stmt(
    cond: Any,
    body: Callable[[], None],
    orelse: Callable[[], None],
    get_state: Callable[[], tuple[Any, ...]],
    set_state: Callable[[tuple[Any, ...]], None],
    symbol_names: tuple[str, ...],
    nouts: int,
) -> None:
    """An `if` statement.

    Args:
        cond: the test.
        body: the main branch.
        orelse: the else branch.
        get_state: the values of the names that a branch assigns.
        set_state: gives them values.
        symbol_names: those names; the ones that are used afterwards come first.
        nouts: how many those are.

    Raises:
        ValueError: a name has a value after one branch only.
        TypeError: a name has different dtypes after the branches.
    """
    test = condition(cond, "if statement")
    if isinstance(test, bool):
        (body if test else orelse)()
        return
    negation, _last.negation = _last.negation, None
    flag = negation[1] if negation is not None and negation[0] is cond else None
    init = get_state()

    def run(branch: Callable[[], None], known: bool) -> tuple[Any, ...]:
        # In the branches of `if not done`, `done` is known.
        set_state(tuple(known if flag is not None and value is flag else value for value in init))
        branch()
        return get_state()

    try:
        out = choose(test, [lambda: run(body, False), lambda: run(orelse, True)], symbol_names, nouts)
    finally:
        set_state(init)
    set_state((*out, *init[nouts:]))


def choose(test: Any, branches: Sequence[Callable[[], tuple[Any, ...]]], names: Sequence[str], count: int) -> list[Any]:
    """The first `count` values after one of two branches, chosen by a symbolic bool."""
    afters: list[Any] = [None, None]

    def stage(side: int) -> Staged:
        def flat() -> list[Tensor]:
            exempt: list[Any] = []
            with journal(exempt):
                after = branches[side]()[:count]
                exempt.extend(after)
            afters[side] = [Part(value) if not is_null(value) else value for value in after]
            afters[side] = list(zip(after, afters[side], strict=True))
            return [tensor for _, part in afters[side] if isinstance(part, Part) for tensor in part.tensors]

        return Staged(flat, [])

    staged = [stage(0), stage(1)]
    merge = _Merge(names, afters)
    shared = Shared(staged)

    def body(test: Any, variables: Any, captured: Any) -> Any:
        def side(which: int) -> Callable[[Any, Any], Any]:
            def run(variables: Any, captured: Any) -> Any:
                out, written = shared.run(staged[which], variables, [], captured)
                return merge.outputs(which, out), written

            return run

        out, written = jax.lax.cond(test, side(0), side(1), variables, captured)
        return sharing(out), written

    values = shared.values()
    caught = [tensor._value for tensor in shared.captured]
    plan = Plan("if", body)
    plan.links = shared.links(staged, merge.count)
    out, written = run_plan(plan, (Tensor(test), shared.variables, shared.captured), [test, values, caught])
    shared.store(written)
    return merge.values(list(out))


class _Merge:
    """How the values of names after two branches become one value each."""

    def __init__(self, names: Sequence[str], afters: list[list[tuple[Any, Any]]]) -> None:
        self._plans: list[Any] = []  # per name: ("fixed", value) or ("tensors", part, [slots of both sides])
        starts = [0, 0]
        for name, main, other in zip(names, *afters, strict=False):
            self._plans.append(self._one(name, main, other, starts))
            for side, (_, part) in enumerate((main, other)):
                starts[side] += len(part.tensors) if isinstance(part, Part) else 0

    def _one(self, name: str, main: tuple[Any, Any], other: tuple[Any, Any], starts: list[int]) -> Any:
        a, b = main[0], other[0]
        if a is b or _same_constant(a, b):
            return ("fixed", a)
        if is_null(a) or is_null(b):
            return self._half(name, main, other, starts)
        parts = (main[1], other[1])
        if shape_of(parts[0].description) != shape_of(parts[1].description):
            text = f"{words(parts[0])} and {words(parts[1])}"
            if not all(part.tensors for part in parts):
                raise NotCompilable(f"'{name}' is one of {text}, as an `if` over tensors says")
            who = f"'{name}' must have the same nested structure in the main and else branches of an `if`"
            raise TypeError(errors.message(who, received=text))
        if not parts[0].tensors:
            return ("fixed", a)
        for x, y in zip(parts[0].arrays, parts[1].arrays, strict=True):
            if x.dtype != y.dtype:
                main_dtype, other_dtype = Tensor(x).dtype.name, Tensor(y).dtype.name
                raise TypeError(
                    f"'{name}' has dtype {main_dtype} in the main branch, but dtype {other_dtype} in the else branch.\n"
                    f"  To do: cast one of them, e.g. tf.cast({name}, tf.{main_dtype})."
                )
            if x.shape != y.shape:
                raise NotCompilable(
                    f"'{name}' has shape {tuple(x.shape)} in the main branch of an `if`, but {tuple(y.shape)} in the "
                    "else branch"
                )
        return ("tensors", parts[0], list(starts), [None, None])

    def _half(self, name: str, main: tuple[Any, Any], other: tuple[Any, Any], starts: list[int]) -> Any:
        """A name that has a value after one branch only."""
        missing = 0 if is_null(main[0]) else 1
        absent, part = (main[0], other[1]) if missing == 0 else (other[0], main[1])
        if isinstance(absent, UndefinedReturnValue) and isinstance(part, Part):
            # Whether the function has returned is kept beside it, so that any value will do.
            blank = [(array.shape, array.dtype) for array in part.arrays]
            return ("tensors", part, list(starts), [blank if side == missing else None for side in (0, 1)])
        if isinstance(absent, Undefined):
            raise ValueError(
                f"'{name}' must also be initialized in the {_SIDES[missing]} branch of an `if` over tensors.\n"
                f"  To do: give '{name}' a value in both branches, or before the `if`."
            )
        raise ValueError(
            f"'{name}' is None at the end of the {_SIDES[missing]} branch of an `if` over tensors, but not of the other"
        )

    def outputs(self, side: int, out: list[Any]) -> list[Any]:
        """Of all arrays that a branch returned, those that are chosen between."""
        chosen: list[Any] = []
        for plan in self._plans:
            if plan[0] == "tensors":
                _, part, starts, blanks = plan
                if blanks[side] is not None:
                    chosen += [jnp.zeros(shape, dtype) for shape, dtype in blanks[side]]
                else:
                    chosen += out[starts[side] : starts[side] + len(part.tensors)]
        return chosen

    @property
    def count(self) -> int:
        """How many arrays are chosen between."""
        return sum(len(plan[1].tensors) for plan in self._plans if plan[0] == "tensors")

    def values(self, tensors: list[Tensor]) -> list[Any]:
        """The values of the names."""
        made, used = [], 0
        for plan in self._plans:
            if plan[0] == "fixed":
                made.append(plan[1])
            else:
                made.append(plan[1].around(tensors[used : used + len(plan[1].tensors)]))
                used += len(plan[1].tensors)
        return made


def _same_constant(a: Any, b: Any) -> bool:
    """Whether two Python values are one, so that no tensor is needed."""
    if is_null(a) and is_null(b):
        return type(a) is type(b)
    return type(a) is type(b) and isinstance(a, bool | int | float | str | bytes) and a == b


# ---------------------------------------------------------------------------- expressions


def if_exp(cond: Any, if_true: Callable[[], Any], if_false: Callable[[], Any], expr_repr: str) -> Any:
    """`if_true() if cond else if_false()`; `expr_repr` is the text of the condition."""
    test = condition(cond, "conditional expression")
    if isinstance(test, bool):
        return if_true() if test else if_false()
    name = f"... if {expr_repr} else ..."
    return choose(test, [lambda: (if_true(),), lambda: (if_false(),)], [name], 1)[0]


def and_(a: Callable[[], Any], b: Callable[[], Any]) -> Any:
    """`a() and b()`; b is evaluated only if a holds."""
    first = a()
    if not is_symbolic(first):
        return (b() if bool(first) else first) if is_tensor(first) else first and b()
    test = condition(first, "`and`")
    return choose(test, [lambda: (b(),), lambda: (Tensor(jnp.asarray(False)),)], ["the right side of `and`"], 1)[0]


def or_(a: Callable[[], Any], b: Callable[[], Any]) -> Any:
    """`a() or b()`; b is evaluated only if a does not hold."""
    first = a()
    if not is_symbolic(first):
        return (first if bool(first) else b()) if is_tensor(first) else first or b()
    test = condition(first, "`or`")
    return choose(test, [lambda: (Tensor(jnp.asarray(True)),), lambda: (b(),)], ["the right side of `or`"], 1)[0]


def not_(a: Any) -> Any:
    """`not a`."""
    if not is_symbolic(a):
        return not a
    result = comparison.logical_not(a)
    _last.negation = (result, a)
    return result


def eq(a: Any, b: Any) -> Any:
    """`a == b`."""
    return a == b


def not_eq(a: Any, b: Any) -> Any:
    """`a != b`."""
    return a != b


_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "Lt": operator.lt, "LtE": operator.le, "Gt": operator.gt, "GtE": operator.ge, "Eq": operator.eq,
    "NotEq": operator.ne, "Is": operator.is_, "IsNot": operator.is_not, "In": lambda a, b: a in b,
    "NotIn": lambda a, b: a not in b,
}  # fmt: skip


def chain(names: Sequence[str], left: Any, *operands: Callable[[], Any]) -> Any:
    """`left < a() < b() ...`: each operand is evaluated once, and none behind a comparison that fails."""
    right = operands[0]()
    first = _COMPARE[names[0]](left, right)
    if len(names) == 1:
        return first
    return and_(lambda: first, lambda: chain(names[1:], right, *operands[1:]))


def assert_stmt(test: Any, message: Callable[[], Any]) -> None:
    """`assert test, message()`; of a symbolic tensor when the function runs.

    Raises:
        AssertionError: the test is known and fails.
        InvalidArgumentError: the test fails when the function runs.
    """
    if not is_symbolic(test):
        text = message() if not test else None
        if not test:
            raise AssertionError(*([] if text is None else [text]))
        return
    text = message()
    control_flow.Assert(test, ["assertion failed" if text is None else text])
