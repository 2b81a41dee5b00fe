"""Methods as the public sees them: what Python, NumPy or JAX raise in them about arguments is explained.

A class is looked through where a namespace exports it, with those of Addax that it inherits from. Methods that are
called at each step of a program are left as they are: they explain in a handler of their own, which costs nothing until
something is raised (`refuse`).
"""

from __future__ import annotations

import enum
import functools
import inspect
import types
from collections.abc import Callable
from typing import Any, NoReturn

from addax.core.failures import of_host

#: Called at each step: ops and layers explain in these, or they do so themselves by `refuse`.
_BARE = frozenset(
    "aggregate_gradients apply_gradients as_list call for_reading get_shape gradient "
    "is_compatible_with is_fully_defined knows num_elements numpy of read_value ref set_shape set_value "
    "value watch GradientTape.cut GradientTape.follow GradientTape.inputs_of GradientTape.left "
    "GradientTape.record Variable.assign Variable.assign_add Variable.assign_sub".split()
)
#: Run at each batch; what callbacks raise there passes.
_BARE_CLASSES = frozenset(("CallbackList", "Tensor"))
#: Classes of which so many are made that their constructors check what they are given themselves.
_OFTEN_MADE = frozenset("Dimension DType IndexedSlices GradientTape Tensor TensorShape TensorSpec Variable".split())
#: Rooms whose objects are called to compute; layers and models explain by their path.
_CALLED = tuple(
    f"addax.keras.{room}" for room in "constraints initializers losses metrics optimizers regularizers".split()
)

_names: dict[type, str] = {}  # what exported classes are called
_seen: set[type] = set()


def explain_methods(cls: type, who: str) -> None:
    """Let a class's public methods explain; once for each class.

    Args:
        cls: the class; what it inherits from classes of Addax counts.
        who: its public name.

    >>> import addax as tf
    >>> tf.data.Dataset.range(3).batch.explains
    True
    """
    _names.setdefault(cls, who)
    for each in cls.__mro__:
        if each in _seen or not each.__module__.startswith("addax."):
            continue
        _seen.add(each)
        if issubclass(each, BaseException | enum.Enum) or getattr(each, "_is_protocol", False):
            continue
        for name, value in list(vars(each).items()):
            if not _is_public(each, name):
                continue
            if isinstance(value, classmethod | staticmethod):
                if isinstance(value.__func__, types.FunctionType) and not _explains(value.__func__):
                    setattr(each, name, type(value)(_explaining(value.__func__, name)))
            elif type(value) is types.FunctionType and not _explains(value):
                setattr(each, name, _explaining(value, name))


def refuse(error: Exception, method: Callable[..., Any], *args: Any) -> NoReturn:
    """Raise for an exception what explains it, in a method that is called too often to be wrapped.

    Args:
        error: what was caught around what the method does in a function of its own.
        method: the bound method.
        *args: what it was called with.
    """
    function: Any = method.__func__  # type: ignore[attr-defined]
    owner = method.__self__  # type: ignore[attr-defined]
    found = of_host(error, f"{_name_of(owner)}.{function.__name__}", function, args, {})
    if found is error:
        raise error
    raise found from None


def _is_public(cls: type, name: str) -> bool:
    if cls.__name__ in _BARE_CLASSES or name.startswith("on_"):
        return False
    if name == "__init__":
        return cls.__name__ not in _OFTEN_MADE
    if name == "__call__":
        return cls.__module__.startswith(_CALLED)
    return not name.startswith("_") and name not in _BARE and f"{cls.__name__}.{name}" not in _BARE


def _explains(function: Any) -> bool:
    own = function.__dict__
    return "op" in own or "explains" in own


def _explaining(function: Callable[..., Any], name: str) -> Callable[..., Any]:
    @functools.wraps(function)
    def public(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except Exception as error:
            bound = inspect.unwrap(function).__code__.co_varnames[:1] in _BOUND
            who = _name_of(args[0]) if bound and args else _owner_of(function)
            shown = who if name == "__init__" or name == "__call__" else f"{who}.{name}"
            found = of_host(error, shown, function, args[bound:], kwargs)
            if found is error:
                raise
            raise found from None

    public.explains = True  # type: ignore[attr-defined]
    return public


_BOUND = (("self",), ("cls",))


def _name_of(owner: Any) -> str:
    """The public name of the first class that has one, of those that an object (or a class) is made of."""
    for each in (owner if isinstance(owner, type) else type(owner)).__mro__:
        if each in _names:
            return _names[each]
    return f"tf.{type(owner).__name__}"


def _owner_of(function: Callable[..., Any]) -> str:
    owner = function.__qualname__.rpartition(".")[0]
    return next((who for cls, who in _names.items() if cls.__qualname__ == owner), f"tf.{owner}")
