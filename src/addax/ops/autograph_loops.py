"""`while` and `for` of converted functions.

A loop over tensors is traced once and becomes XLA's: a scan where the number of iterations is known, else a while loop.
The names that the body assigns are carried; so are the variables it writes. What cannot be traced once (shapes that
grow, lists that collect) is unrolled where the number of iterations is known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from addax.core import context, convert, errors, trees
from addax.core.autograph import Undefined, UndefinedReturnValue
from addax.core.dispatch import run_plan
from addax.core.plans import Plan
from addax.core.staging import Shared, Staged
from addax.core.tensor import NotCompilable, Tensor
from addax.ops import control_flow
from addax.ops.autograph_conditional import if_stmt
from addax.ops.autograph_rows import Rows, SymbolicRows, rows_of, staged
from addax.ops.autograph_state import Part, condition, is_null, is_symbolic, is_tensor, journal, shape_of, words
from addax.ops.autograph_steps import in_steps, run_in_steps
from addax.ops.differentiable_while import while_loop

_state = context.state
_MOST_UNROLLED = 1000

GetState = Callable[[], tuple[Any, ...]]
SetState = Callable[[tuple[Any, ...]], None]


# ---------------------------------------------------------------------------- the statements


def while_stmt(
    test: Callable[[], Any],
    body: Callable[[], None],
    get_state: GetState,
    set_state: SetState,
    symbol_names: tuple[str, ...],
    opts: dict[str, Any],
) -> None:
    """A `while` statement; the arguments are those of `for_stmt`, with `test` the condition.

    It is Python's as long as the condition is, and XLA's from there on.
    """
    unrolled, failure = 0, None
    while True:
        value = test()
        if is_symbolic(value) or (failure is None and _state.trace is not None and is_tensor(value)):
            loop = _Loop(lambda _: body(), get_state, set_state, symbol_names, test)
            try:
                loop.run_while(lambda index: None, None, _limit(opts))
                return
            except (NotCompilable, errors.OperatorNotAllowedInGraphError) as error:
                if is_symbolic(value):
                    raise
                failure = error  # the condition is known, so the loop can be unrolled
        if not value:
            return
        unrolled += 1
        if failure is not None and unrolled > _MOST_UNROLLED:
            raise failure
        if _limit(opts) is not None and is_tensor(value) and unrolled > _limit(opts):
            return
        body()


def for_stmt(
    iter_: Any,
    extra_test: Callable[[], Any] | None,
    body: Callable[[Any], None],
    get_state: GetState,
    set_state: SetState,
    symbol_names: tuple[str, ...],
    opts: dict[str, Any],
) -> None:
    """A `for` statement.

    Args:
        iter_: what it goes through.
        extra_test: whether to go on, in a loop with `break` or `return`.
        body: called with each element.
        get_state: the values of the names that the body assigns.
        set_state: gives them values.
        symbol_names: those names.
        opts: of `tf.autograph.experimental.set_loop_options`.

    Raises:
        TypeError: a name changes its dtype in the loop.
    """
    if in_steps(iter_):
        run_in_steps(iter(iter_), extra_test, body, get_state, set_state, symbol_names)
        return
    if not staged(iter_):
        _python_for(iter_, extra_test, body, get_state, set_state, symbol_names)
        return
    rows, limit = rows_of(iter_), _limit(opts)
    loop = _Loop(body, get_state, set_state, symbol_names, extra_test)
    if isinstance(rows, SymbolicRows):
        loop.run_while(rows.at, rows.count, limit)
        return
    if limit is not None and limit < rows.count:
        rows = Rows([tensor[:limit] for tensor in rows.tensors], limit, rows.target)
    try:
        loop.run_rows(rows)
    except (NotCompilable, errors.OperatorNotAllowedInGraphError):
        if rows.count > _MOST_UNROLLED:
            raise
        _python_for(rows, extra_test, body, get_state, set_state, symbol_names)


def _limit(opts: dict[str, Any]) -> int | None:
    given = opts.get("maximum_iterations")
    if given is None:
        return None
    if is_symbolic(given):
        raise NotCompilable("a loop with a maximum_iterations that is only known when the function runs")
    return int(np.asarray(convert.value_of(given)))


def _python_for(
    iterable: Iterable[Any],
    extra_test: Callable[[], Any] | None,
    body: Callable[[Any], None],
    get_state: GetState,
    set_state: SetState,
    names: tuple[str, ...],
) -> None:
    """Python's loop; behind a `break` under a condition on tensors, each further iteration is conditional."""
    iterator, conditional = iter(iterable), 0
    while True:
        test = True if extra_test is None else extra_test()
        if not is_symbolic(test) and not test:
            return
        try:
            target = next(iterator)
        except StopIteration:
            return
        if not is_symbolic(test):
            body(target)
            continue
        conditional += 1
        if conditional > _MOST_UNROLLED:
            raise NotCompilable("a long Python loop that a condition on tensors ends")
        if_stmt(test, lambda target=target: body(target), lambda: None, get_state, set_state, names, len(names))


# ---------------------------------------------------------------------------- staging


class _Loop:
    """A loop to be staged: its body, and the names that it carries."""

    def __init__(
        self,
        body: Callable[[Any], None],
        get_state: GetState,
        set_state: SetState,
        names: tuple[str, ...],
        test: Callable[[], Any] | None,
    ) -> None:
        self._body, self._get, self._set, self._names, self._test = body, get_state, set_state, names, test

    # ------------------------------------------------------------------ a known number of iterations

    def run_rows(self, rows: Rows) -> None:
        """Run over rows, as a scan."""
        active = self._go_on()
        if active is False:
            return
        init = self._get()
        if rows.count and any(is_null(value) for value in init):
            # The first iteration gives such names their values, so it stands before the loop.
            target = next(iter(rows))
            if active is True:
                self._body(target)
            else:
                if_stmt(active, lambda: self._body(target), lambda: None, self._get, self._set, self._names, len(init))
            rows, active = rows.rest(1), self._go_on()
        if rows.count and active is not False:
            self._scan(rows, active)

    def _go_on(self) -> Any:
        """Whether another iteration follows: True, False, or a symbolic tensor."""
        if self._test is None:
            return True
        value = self._test()
        return value if is_symbolic(value) else bool(value)

    def _scan(self, rows: Rows, active: Any) -> None:
        def one_row(flat: list[Tensor]) -> Any:
            return rows.target(flat)

        examples = [jax.ShapeDtypeStruct(t._value.shape[1:], t._value.dtype) for t in rows.tensors]
        carried = self._stage(examples, one_row, ends=self._test is not None)
        shared, body, size = Shared([carried.body]), carried.body, len(carried.tensors)

        def run(variables: Any, start: Any, active: Any, rows: Any, captured: Any) -> Any:
            def iterate(merged: Any, carry: Any, row: Any) -> Any:
                out, written = shared.run(body, merged, [*carry, *row], captured)
                return out[:size], written, out[size] if len(out) > size else None

            def step(state: Any, row: Any) -> Any:
                carry, written, active = state
                merged = shared.merged(variables, written)
                if carried.ends:
                    stay = (list(carry), list(written), active)
                    return jax.lax.cond(active, lambda: iterate(merged, carry, row), lambda: stay), None
                out, after, _ = iterate(merged, carry, row)
                return (out, after, active), None

            first = (list(start), shared.written_of(variables), active)
            (carry, written, _), _ = jax.lax.scan(step, first, list(rows))
            return carry, written

        values = shared.values()
        going = Tensor(jnp.asarray(True)) if active is True else active
        captured = [tensor._value for tensor in shared.captured]
        out, written = run_plan(
            Plan("for", run),
            (shared.variables, carried.tensors, going, rows.tensors, shared.captured),
            [values, [t._value for t in carried.tensors], going._value, [t._value for t in rows.tensors], captured],
        )
        shared.store(written)
        self._set(carried.values(list(out)))

    # ------------------------------------------------------------------ as long as a condition holds

    def run_while(self, target: Callable[[Any], Any], count: Any, limit: int | None) -> None:
        """Run while the test holds, and the iteration's number is below `count` and `limit`."""
        if limit is not None:
            count = jnp.int32(limit) if count is None else jnp.minimum(count, limit)
        number = jax.ShapeDtypeStruct((), np.int32)
        carried = self._stage([number], lambda flat: target(flat[0]), ends=False)
        staged_test = self._staged_test(carried)
        shared = Shared([each for each in (carried.body, staged_test) if each is not None])
        many = len(carried.tensors)

        def run(variables: Any, start: Any, captured: Any) -> Any:
            def holds(state: Any) -> Any:
                index, carry, written = state[0], state[1 : 1 + many], state[1 + many :]
                below = True if count is None else index < count
                if staged_test is None:
                    return jnp.asarray(below)
                merged = shared.merged(variables, written)
                (go_on,), _ = shared.run(staged_test, merged, carry, captured)
                return go_on.reshape(()) if count is None else below & go_on.reshape(())

            def step(state: Any) -> Any:
                index, carry, written = state[0], state[1 : 1 + many], state[1 + many :]
                merged = shared.merged(variables, written)
                out, after = shared.run(carried.body, merged, [*carry, index], captured)
                return [index + 1, *out, *after]

            end = while_loop(holds, step, [jnp.int32(0), *start, *shared.written_of(variables)])
            return end[0], end[1 : 1 + many], end[1 + many :]

        values = shared.values()
        start = [tensor._value for tensor in carried.tensors]
        captured = [tensor._value for tensor in shared.captured]
        iterations, out, written = run_plan(
            Plan("while", run), (shared.variables, carried.tensors, shared.captured), [values, start, captured]
        )
        shared.store(written)
        carried.check_filled(iterations)
        self._set(carried.values(list(out)))

    def _staged_test(self, carried: _Carried) -> Staged | None:
        if self._test is None:
            return None
        test, init = self._test, self._get()

        def flat(*tensors: Tensor) -> list[Tensor]:
            self._set(carried.values(list(tensors), entering=True))
            value = condition(test(), "while loop")
            return [Tensor(jnp.asarray(value))]

        try:
            made = Staged(flat, [tensor._value for tensor in carried.tensors])
        finally:
            self._set(init)
        if made.written:
            raise NotCompilable("a `while` whose condition assigns to variables")
        return made

    # ------------------------------------------------------------------ the body

    def _stage(self, examples: list[Any], target: Callable[[list[Tensor]], Any], ends: bool) -> _Carried:
        """Trace the body; a second time if names turn out to need a value before the loop."""
        init = self._get()
        carried = _Carried(self._names, init, ends)
        try:
            for _ in range(3):
                carried.body = self._staged_body(carried, examples, target)
                if not carried.adjust():
                    return carried
        finally:
            self._set(init)
        raise NotCompilable("a loop whose variables change their structure with every iteration")

    def _staged_body(self, carried: _Carried, examples: list[Any], target: Callable[[list[Tensor]], Any]) -> Staged:
        many = len(carried.tensors)

        def flat(*tensors: Tensor) -> list[Tensor]:
            exempt: list[Any] = []
            with journal(exempt):
                self._set(carried.values(list(tensors[:many]), entering=True))
                self._body(target(list(tensors[many:])))
                after = self._get()
                exempt.extend(after)
            out = carried.take(after)
            if carried.ends:
                out.append(Tensor(jnp.asarray(convert.value_of(self._go_on())).reshape(())))
            return out

        return Staged(flat, [*(tensor._value for tensor in carried.tensors), *examples])


class _Carried:
    """The values of the names before a loop, as what the loop carries and what stays fixed."""

    def __init__(self, names: tuple[str, ...], init: tuple[Any, ...], ends: bool) -> None:
        self._names = names
        self._init = list(init)
        self.ends = ends
        self._needed: list[str] = []  # names without a value before the loop
        self.body: Any = None
        self._after: list[Any] = []
        self._parts: list[Part | None] = []
        self.tensors: list[Tensor] = []
        self._split()

    def _split(self) -> None:
        self._parts = [None if is_null(value) else Part(value) for value in self._init]
        self.tensors = [tensor for part in self._parts if part is not None for tensor in part.tensors]

    def values(self, tensors: list[Tensor], entering: bool = False) -> tuple[Any, ...]:
        """The values of the names, around other tensors; at the entry of an iteration, or after the loop."""
        made, used = [], 0
        for i, part in enumerate(self._parts):
            if part is None or not part.tensors:
                late = not entering and part is None and self._after
                made.append(self._after[i] if late else self._init[i])
            else:
                made.append(part.around(tensors[used : used + len(part.tensors)]))
                used += len(part.tensors)
        return tuple(made)

    def take(self, after: tuple[Any, ...]) -> list[Tensor]:
        """The tensors at the end of an iteration."""
        self._after = list(after)
        self._after_parts = [None if is_null(value) else Part(value) for value in after]
        return [tensor for part in self._after_parts if part is not None for tensor in part.tensors]

    def adjust(self) -> bool:
        """Compare the end of an iteration with its beginning; True if the start had to be changed."""
        changed = False
        for i, (before, after) in enumerate(zip(self._parts, self._after_parts, strict=True)):
            new = self._compare(i, before, after)
            if new is not _SAME:
                self._init[i], changed = new, True
        if changed:
            self._split()
        return changed

    def _compare(self, i: int, before: Part | None, after: Part | None) -> Any:
        name = self._names[i]
        if before is None:
            return self._filled(i, after)
        if after is None:
            raise ValueError(f"'{name}' is None at the end of an iteration of a loop over tensors, and not before it.")
        if shape_of(before.description) != shape_of(after.description) or len(before.tensors) != len(after.tensors):
            grown = _grown(before.value, after.value)
            if grown is not None:
                return grown
            if before.description == after.description:
                return _SAME
            raise NotCompilable(
                f"'{name}' is {words(before)} before a loop over tensors, but {words(after)} after one iteration"
            )
        for x, y in zip(before.arrays, after.arrays, strict=True):
            if x.dtype != y.dtype:
                have, want = Tensor(x).dtype.name, Tensor(y).dtype.name
                raise TypeError(
                    f"'{name}' has dtype {have} before the loop, but dtype {want} after one iteration.\n"
                    f"  To do: start with a tensor of that dtype, e.g. tf.cast({name}, tf.{want})."
                )
            if x.shape != y.shape:
                raise NotCompilable(
                    f"'{name}' has shape {tuple(x.shape)} before a loop over tensors, but shape {tuple(y.shape)} after "
                    "one iteration"
                )
        return _SAME

    def _filled(self, i: int, after: Part | None) -> Any:
        """A name without a value before the loop: it needs one of the shape that it has afterwards."""
        if after is None:
            return _SAME
        before = self._init[i]
        if not after.tensors:
            if isinstance(before, Undefined) and not hasattr(after.value, "__tf_flatten__"):
                return _SAME  # it cannot have been read; afterwards it is what the body made it
            raise NotCompilable(
                f"'{self._names[i]}' is None before a loop over tensors, but {words(after)} after one iteration"
            )
        if not isinstance(before, UndefinedReturnValue):
            self._needed.append(self._names[i])
        return after.around([Tensor(jnp.zeros(array.shape, array.dtype)) for array in after.arrays])

    def check_filled(self, iterations: Tensor) -> None:
        """Raise, when the function runs, if there was no iteration and a name has no value."""
        if self._needed:
            names = ", ".join(self._needed)
            control_flow.check(
                iterations._value > 0,
                lambda *_: f"loop must iterate at least once to initialize {names}",
                iterations._value,
            )


_SAME = object()


def _grown(before: Any, after: Any) -> Any:
    """The start with room in TensorArrays whose elements' shape the body knows, or None."""
    first, last = trees.flatten(before), trees.flatten(after)
    if len(first) != len(last) or not any(hasattr(leaf, "_with_room") for leaf in first):
        return None
    if any(hasattr(a, "_with_room") != hasattr(b, "_with_room") for a, b in zip(first, last, strict=True)):
        return None
    pairs = zip(first, last, strict=True)
    return trees.pack(before, [a._with_room(b) if hasattr(a, "_with_room") else a for a, b in pairs])
