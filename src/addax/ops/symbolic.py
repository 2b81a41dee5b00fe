"""Functions made of several ops, as one op to Keras's symbolic tensors."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, TypeVar

from addax.core.failures import of_host
from addax.core.jax_programs import arrays_of, gives_arrays
from addax.core.tensor import Tensor

F = TypeVar("F", bound=Callable[..., Any])


def _symbolic(item: Any) -> Any:
    """The first symbolic tensor in (nests of lists of) arguments."""
    if type(item) is Tensor:
        return None
    if hasattr(item, "__symbolic_call__"):
        return item
    if isinstance(item, list | tuple):
        return next((found for each in item if (found := _symbolic(each)) is not None), None)
    if isinstance(item, dict):
        return _symbolic(list(item.values()))
    return None


def takes_symbolic(name: str) -> Callable[[F], F]:
    """A decorator: called with a symbolic tensor, the whole function becomes one layer, run anew by each call.

    What Python, NumPy or JAX raise in it is explained, as by `failures.refusing`.

    Args:
        name: the function's name behind "tf.", e.g. "random.normal".
    """

    def decorate(function: F) -> F:
        plain = inspect.unwrap(function)
        code = plain.__code__
        names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        who = f"tf.{name}"
        described = SimpleNamespace(name=name, groups=(), function=plain)
        defaults = dict(zip(names[len(names) - len(plain.__defaults__ or ()) :], plain.__defaults__ or (), strict=True))

        @functools.wraps(function)
        def public(*args: Any, **kwargs: Any) -> Any:
            found, bare = None, False
            for each in args:
                if type(each) is not Tensor:
                    if (found := _symbolic(each)) is not None:
                        break
                    bare = True
            if found is None and kwargs:
                found = _symbolic(kwargs)
            if found is None:
                try:
                    out = function(*args, **kwargs)
                except Exception as error:
                    explained = of_host(error, who, function, args, kwargs)
                    if explained is error:
                        raise
                    raise explained from None
                return arrays_of(out) if bare and gives_arrays((args, kwargs)) else out
            given = {**defaults, **dict(zip(names, args, strict=False)), **kwargs}
            if any(each not in given for each in names):
                inspect.signature(plain).bind(*args, **kwargs)  # says what is missing
            static = tuple(given[each] for each in names if each != "name")
            return found.__symbolic_call__(public, (), static, described)

        public.explains = True  # type: ignore[attr-defined]
        return public  # type: ignore[return-value]

    return decorate
