"""Errors of constructors say what was being made, and from which arguments."""

from __future__ import annotations

import functools
from typing import Any

from addax.core import errors
from addax.core.failures import of_host
from addax.core.public_methods import explain_methods

_KINDS = (ValueError, TypeError, NotImplementedError, errors.OpError)
_MAX_SHOWN = 8


def explain(cls: type) -> None:
    """Let errors of the constructor of one of Addax's classes end with the class and the arguments; methods explain.

    Args:
        cls: the class; those of users keep their constructors as they are.

    >>> import addax as tf
    >>> try:
    ...     tf.keras.layers.Dropout(1.5)
    ... except ValueError as error:
    ...     print(str(error).splitlines()[-1].strip())
    In the constructor call Dropout(1.5).
    """
    if not cls.__module__.startswith("addax."):
        return
    explain_methods(cls, f"tf.keras.{cls.__module__.split('.')[2]}.{cls.__name__}")
    make = vars(cls).get("__init__")
    if make is None:
        return

    @functools.wraps(make)
    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:  # noqa: N807
        try:
            make(self, *args, **kwargs)
        except Exception as error:
            found = error
            if not isinstance(error, _KINDS):
                found = of_host(error, f"tf.keras ({type(self).__name__})", make, args, kwargs)
            if isinstance(found, _KINDS):
                # a layer's outermost arguments
                _note(found, type(self), *getattr(self, "_init_arguments", (args, kwargs)))
            if found is error:
                raise
            raise found from None

    __init__.explains = True  # type: ignore[attr-defined]
    cls.__init__ = __init__  # type: ignore[misc]


def _note(error: Exception, cls: type, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """Once, at the end of the message: the innermost object says it."""
    if getattr(error, "_addax_made", False) or not error.args or not isinstance(error.args[-1], str):
        return
    shown = [_shown(value) for value in args] + [f"{key}={_shown(value)}" for key, value in kwargs.items()]
    more = ", ..." if len(shown) > _MAX_SHOWN else ""
    note = f"\n  In the constructor call {cls.__name__}({', '.join(shown[:_MAX_SHOWN])}{more})."
    error._addax_made = True  # type: ignore[attr-defined]
    if isinstance(error, errors.OpError):
        error._message = error.message + note
    error.args = (*error.args[:-1], error.args[-1] + note)


def _shown(value: Any) -> str:
    if isinstance(value, str | int | float | None.__class__):
        return repr(value)[:80]
    return errors.describe(value)
