"""Weights that a step would make anew each time: those of layers that are made inside `call`."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from addax.core import errors
from addax.keras.layers.current_calls import calls

Made = list[tuple[Any, str, bool]]
Program = TypeVar("Program")


def once_made(model: Any, kind: str, lasting: Callable[[], Sequence[Any]], trace: Callable[[], Program]) -> Program:
    """What tracing a step gives, if the weights that it made will be there in the next one.

    Args:
        model: whose step it is.
        kind: of the step.
        lasting: finds the variables that the step can reach.
        trace: traces the step.

    Raises:
        ValueError: a weight is made anew in each step.
    """
    with _noted() as made:
        program = trace()
        if any(in_call for _, _, in_call in made):  # do they come again?
            made.clear()
            try:
                program = trace()
            finally:
                _refuse(made, model.name, kind)
    lost = _without(made, model._made_weights()) if made else made
    _refuse(_without(lost, lasting()) if lost else lost, model.name, kind)
    return program


@contextlib.contextmanager
def _noted() -> Iterator[Made]:
    """Inside, the list of weights that layers make: (variable, path of the layer, whether inside of its call)."""
    outer, calls.made = calls.made, []
    try:
        yield calls.made
    finally:
        calls.made = outer


def _without(made: Made, held: Sequence[Any]) -> Made:
    known = {id(variable) for variable in held}
    return [each for each in made if id(each[0]) not in known]


def _refuse(lost: Made, model: str, kind: str) -> None:
    if not lost:
        return
    names = list(dict.fromkeys(variable.name for variable, _, _ in lost))
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    raise ValueError(
        errors.message(
            f"Model {model!r}, {kind} step, in layer {lost[0][1]!r}",
            expected="variables that are made once, so that they can be trained and saved",
            received=f"{', '.join(map(repr, names[:3]))}{more}, made anew in each call",
            hint="make layers in __init__ (self.dense = keras.layers.Dense(...)) and weights in build(), and use them "
            "in call()",
        )
    )
