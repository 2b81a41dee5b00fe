"""`for` over a dataset in a `tf.function`: Python takes the elements, and what the loop does with one is compiled.

XLA's programs cannot read a pipeline, so a function with such a loop runs as Python, statement by statement, except for
the loop's body. That is a `tf.function` of its own, of the names that it assigns and the element. It is kept for later
runs of the loop as long as everything else that it refers to is the same; tensors among that are inputs too.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator
from typing import Any

from addax.core import autograph, context, errors
from addax.core.autograph import FunctionScope, Undefined
from addax.core.function import Function
from addax.core.tensor import Tensor
from addax.ops.autograph_state import journal, with_tensors

_state = context.state
_MOST_STEPS = 16
_MOST_TRACES, _MOST_PROGRAMS = 4, 16  # of one step: one that needs more changes too often to be worth compiling


def in_steps(iterable: Any) -> bool:
    """Whether a loop over it is run in compiled steps."""
    return _state.steps is not None and _state.trace is None and hasattr(iterable, "element_spec")


def run_in_steps(
    iterator: Iterator[Any],
    extra_test: Callable[[], Any] | None,
    body: Callable[[Any], None],
    get_state: Callable[[], tuple[Any, ...]],
    set_state: Callable[[tuple[Any, ...]], None],
    names: tuple[str, ...],
) -> None:
    """Run a loop; the arguments are those of `for_stmt`."""
    step = _step_of(body, get_state, set_state, names)
    tensors = _tensors_in(body, names)
    while extra_test is None or extra_test():
        try:
            element = next(iterator)
        except StopIteration:
            return
        if step.worth_it:
            set_state(step(get_state(), element, [cell.cell_contents for cell in tensors]))
            step.note()
        else:
            body(element)


class _Step:
    """The body of a loop as a function: (values of the names, element, captured tensors) -> values of the names."""

    def __init__(self, body: Any, get_state: Any, set_state: Any, names: tuple[str, ...]) -> None:
        self._body, self._get, self._set = body, get_state, set_state
        self._cells = _tensors_in(body, names)
        self._held = [_content(cell) for _, cell in _free(body, names)]  # known by identity
        self._missing: dict[str, Any] = {}
        self._plain = False  # whether Python's numbers stay what they are
        self._function = Function(autograph.do_not_convert(self._run), "loop_body", None, False, True)
        self._function._cause = body.__code__
        self._known_bad = (_state.steps or {}).get(body.__code__, False)

    @property
    def worth_it(self) -> bool:
        """Whether it keeps meeting the signatures that it was compiled for."""
        function = self._function
        return not self._known_bad and function._retraces <= _MOST_TRACES and function._programs <= _MOST_PROGRAMS

    def note(self) -> None:
        """Remember of the code that it cannot be compiled, whatever it refers to."""
        if None in self._function._cache.values() and _state.steps is not None:
            self._known_bad = _state.steps[self._body.__code__] = True

    def __call__(self, state: tuple[Any, ...], element: Any, captured: list[Any]) -> Any:
        state = tuple(self._same_missing(value) for value in state)
        if not self._plain:
            try:
                return self._function(with_tensors(state), element, captured)
            except (TypeError, ValueError, errors.OpError):
                if self._function._cache:
                    raise
                self._plain = True  # 0 and a tensor of int64, say; a real error comes once more
        return self._function(state, element, captured)

    def _same_missing(self, value: Any) -> Any:
        """Names without a value are the same to every run, so that they are no new signature."""
        if isinstance(value, Undefined):
            return self._missing.setdefault(value.symbol_name, value)
        if isinstance(value, autograph.UndefinedReturnValue):
            return self._missing.setdefault("", value)
        return value

    def _run(self, state: tuple[Any, ...], element: Any, captured: list[Any]) -> Any:
        before, exempt = [cell.cell_contents for cell in self._cells], []
        init = self._get()
        for cell, value in zip(self._cells, captured, strict=True):
            cell.cell_contents = value
        try:
            with journal(exempt):
                self._set(state)
                self._body(element)
                after = self._get()
                exempt.extend(after)
        finally:
            for cell, value in zip(self._cells, before, strict=True):
                cell.cell_contents = value
            self._set(init)
        return after


def _step_of(body: Any, get_state: Any, set_state: Any, names: tuple[str, ...]) -> _Step:
    steps = _state.steps
    assert steps is not None
    key = _key_of(body, set(names))
    if key not in steps:
        if len(steps) >= _MOST_STEPS:
            steps.pop(next(iter(steps)))
        steps[key] = _Step(body, get_state, set_state, names)  # which holds what the key knows by identity
    return steps[key]


def _free(function: Any, names: Any) -> list[tuple[str, Any]]:
    """The names from outside that a function uses, and their cells, but for those in `names`."""
    pairs = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
    return [(name, cell) for name, cell in pairs if name not in names]


def _content(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # no value yet
        return None


def _tensors_in(body: Any, names: Any) -> list[Any]:
    return [cell for _, cell in _free(body, names) if type(_content(cell)) is Tensor]


def _key_of(function: Any, names: set[str], depth: int = 0) -> Any:
    """What a function's code refers to: objects by identity, numbers by value, tensors not at all."""
    parts = []
    for name, cell in _free(function, names):
        value = _content(cell)
        if isinstance(value, FunctionScope) or depth == 0 and type(value) is Tensor:
            parts.append((name, type(value)))
        elif isinstance(value, bool | int | float | str | bytes | type(None)):
            parts.append((name, type(value), value))
        elif isinstance(value, types.FunctionType) and "<locals>" in value.__qualname__ and depth < 3:
            parts.append((name, _key_of(value, set(), depth + 1)))
        else:
            parts.append((name, id(value)))
    return (function.__code__, *parts)
