"""Calls of public functions, offered to somebody else first.

A function object is known under many names: modules import it from one another. So that all of them see it, the
function keeps its identity and gets other code; nothing is paid by functions that nobody intercepts.
"""

from __future__ import annotations

import inspect
import threading
import types
from collections.abc import Callable
from typing import Any

from addax.core import dispatch
from addax.core.public_functions import plain

# Called with (original function, args, kwargs); gives NotImplemented for calls that it leaves alone.
Interceptor = Callable[[Callable[..., Any], tuple[Any, ...], dict[str, Any]], Any]

_PLACEHOLDER = 6_180_339_887  # stands for the target among the constants of the new code
_lock = threading.RLock()
_intercepted: dict[types.FunctionType, _Interception] = {}


class _Interception:
    """A function's own code, kept, and those who are asked before it runs."""

    def __init__(self, function: types.FunctionType) -> None:
        if getattr(function, "op", None) is not None:
            dispatch._compile(function.op)  # an op gets its code by the first call
        self._kept = (function.__code__, function.__defaults__, function.__kwdefaults__)
        self._had_signature = function.__dict__.get("__signature__")
        self.original = types.FunctionType(
            function.__code__, function.__globals__, function.__name__, function.__defaults__, function.__closure__
        )
        self.original.__kwdefaults__ = function.__kwdefaults__
        self.original.__dict__.update(function.__dict__)
        self.original.__doc__ = function.__doc__
        self.interceptors: list[Interceptor] = []
        function.__signature__ = inspect.signature(function)  # type: ignore[attr-defined]
        code = _trampoline(function.__code__, self)
        function.__defaults__ = function.__kwdefaults__ = None
        function.__code__ = code

    def restore(self, function: types.FunctionType) -> None:
        """Give the function its own code back."""
        function.__code__, function.__defaults__, function.__kwdefaults__ = self._kept
        if self._had_signature is None:
            del function.__signature__  # type: ignore[attr-defined]
        else:
            function.__signature__ = self._had_signature  # type: ignore[attr-defined]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        for interceptor in self.interceptors:
            out = interceptor(self.original, args, kwargs)
            if out is not NotImplemented:
                return out
        return self.original(*args, **kwargs)


def _trampoline(code: types.CodeType, target: Any) -> types.CodeType:
    """Code that calls `target` with whatever it is called with, and closes over what `code` closes over."""
    free = code.co_freevars  # code can only be replaced by code with as many
    lines = ["def outer():"]
    lines += [f"    {name} = None" for name in free]
    lines += ["    def inner(*args, **kwargs):"]
    if free:
        lines += [f"        if None: {', '.join(free)}"]
    lines += [f"        target = {_PLACEHOLDER}", "        return target(*args, **kwargs)", "    return inner"]
    space: dict[str, Any] = {}
    exec(compile("\n".join(lines), f"<call of {code.co_name}>", "exec"), space)
    made = space["outer"]().__code__
    constants = tuple(target if constant == _PLACEHOLDER else constant for constant in made.co_consts)
    return made.replace(co_consts=constants, co_name=code.co_name)


def can_intercept(function: Any) -> bool:
    """Whether this is a Python function, and no class or built-in."""
    return isinstance(function, types.FunctionType)


def original(function: Any) -> Any:
    """The function as it is without interceptors."""
    found = _intercepted.get(plain(function)) if can_intercept(function) else None
    return function if found is None else found.original


def intercept(function: Any, interceptor: Interceptor) -> None:
    """Ask `interceptor` at each call of `function` from now on; the latest is asked first.

    Args:
        function: a Python function of the public API.
        interceptor: called with (the function as it was, args, kwargs); what it returns is the result, unless it
            returns NotImplemented.

    Raises:
        TypeError: no Python function.
    """
    if not can_intercept(function):
        raise TypeError(f"expected a Python function, received {function!r}.")
    function = plain(function)
    with _lock:
        found = _intercepted.get(function)
        if found is None:
            found = _intercepted[function] = _Interception(function)
        found.interceptors.insert(0, interceptor)


def leave_alone(function: Any, interceptor: Interceptor) -> None:
    """Stop asking `interceptor`; the function runs its own code again when nobody is left."""
    function = plain(function)
    with _lock:
        found = _intercepted.get(function)
        if found is None or interceptor not in found.interceptors:
            return
        found.interceptors.remove(interceptor)
        if not found.interceptors:
            found.restore(function)
            del _intercepted[function]
