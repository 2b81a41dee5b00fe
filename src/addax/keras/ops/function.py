"""What makes a function one of `keras.ops`: called with a symbolic tensor, it becomes a layer of the model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from addax.ops.symbolic import takes_symbolic

F = TypeVar("F", bound=Callable[..., Any])

# The functions by the names under which the configs of layers know them; files may name these and no others.
functions: dict[str, Callable[..., Any]] = {}


def function(code: F) -> F:
    """A decorator: the function becomes one layer where an argument is symbolic, and a file may name it."""
    return named(code.__name__)(code)


def named(name: str) -> Callable[[F], F]:
    """As `function`, for code that goes by another name than its own, e.g. because the public one takes `*args`."""

    def decorate(code: F) -> F:
        public = takes_symbolic(f"keras.ops.{name}")(code)
        functions[f"keras.ops.{name}"] = public
        return public

    return decorate
