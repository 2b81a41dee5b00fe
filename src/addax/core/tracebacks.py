"""tf.debugging.enable_traceback_filtering: errors show the frames of the program, not those of this package."""

from __future__ import annotations

import functools
import linecache
import os
import types
from collections.abc import Callable
from typing import Any, TypeVar

import jax

F = TypeVar("F", bound=Callable[..., Any])

_enabled = True
_HIDDEN = tuple(
    os.path.dirname(path) + os.sep
    for path in (os.path.dirname(os.path.abspath(__file__)), os.path.abspath(jax.__file__))
) + ("<op ",)


def enable_traceback_filtering() -> None:
    """Leave the frames of Addax and JAX out of the tracebacks of errors (as it is from the beginning).

    It holds for errors that leave `fit`, `evaluate`, `predict`, a layer, or a `tf.function` that is being traced.

    >>> import addax as tf
    >>> tf.debugging.enable_traceback_filtering()
    """
    global _enabled
    _enabled = True


def disable_traceback_filtering() -> None:
    """Show all frames in the tracebacks of errors.

    >>> import addax as tf
    >>> tf.debugging.disable_traceback_filtering()
    >>> tf.debugging.is_traceback_filtering_enabled()
    False
    >>> tf.debugging.enable_traceback_filtering()
    """
    global _enabled
    _enabled = False


def is_traceback_filtering_enabled() -> bool:
    """Whether the frames of Addax and JAX are left out of tracebacks.

    >>> import addax as tf
    >>> tf.debugging.is_traceback_filtering_enabled()
    True
    """
    return _enabled


def shorten(error: BaseException) -> None:
    """Take the hidden frames out of an error's traceback, if asked for; the innermost stays if there is no other."""
    if not _enabled:
        return
    frames = []
    each = error.__traceback__
    while each is not None:
        frames.append(each)
        each = each.tb_next
    kept = [frame for frame in frames if not frame.tb_frame.f_code.co_filename.startswith(_HIDDEN)] or frames[-1:]
    chain: types.TracebackType | None = None
    for frame in reversed(kept):
        chain = types.TracebackType(chain, frame.tb_frame, frame.tb_lasti, frame.tb_lineno)
    error.__traceback__ = chain


def place_of(error: BaseException) -> str | None:
    """The innermost line of the program's own that an error came through, as "file:line, in name: text"."""
    found, each = None, error.__traceback__
    while each is not None:
        if not is_hidden(each.tb_frame.f_code):
            found = each
        each = each.tb_next
    return None if found is None else line_of(found.tb_frame.f_code, found.tb_lineno)


def is_hidden(code: types.CodeType) -> bool:
    """Whether code is Addax's or JAX's, not the program's own."""
    return code.co_filename.startswith(_HIDDEN)


def line_of(code: types.CodeType, number: int) -> str:
    """A line of code as "file:line, in name: text"."""
    text = linecache.getline(code.co_filename, number).strip()
    return f"{code.co_filename}:{number}, in {code.co_name}" + (f": {text}" if text else "")


def filtered(function: F) -> F:
    """A decorator for what programs call: an error that leaves it has a short traceback."""

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except Exception as error:
            shorten(error)
            raise

    return call  # type: ignore[return-value]
