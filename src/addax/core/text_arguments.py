"""Which op takes the strings that a `tf.function` is called with: the reason why calls with other strings run eagerly.

XLA has no strings. A function is traced for the strings of its first call; ops on them run on the host meanwhile, and
for other strings all of it runs eagerly, because a program for each would not pay. The warning that says so names the
first op that took a string. To find it, string arguments are stand-ins while the function is traced, which notice who
asks for their value and are ordinary tensors from then on.
"""

from __future__ import annotations

import sys
import threading
import types
from typing import Any

from addax.core import convert
from addax.core.tensor import Tensor
from addax.core.tracebacks import is_hidden, line_of

_stored: Any = Tensor.__dict__["_value"]


class _State(threading.local):
    watch: Watch | None = None


_state = _State()


class Watch:
    """A block in which string arguments are watched: `used` is (op, line of the user's) of the first use, or None."""

    def __init__(self) -> None:
        self.used: tuple[str, str] | None = None
        self._given: list[Tensor] = []

    def __enter__(self) -> Watch:
        self._outer, _state.watch = _state.watch, self
        return self

    def __exit__(self, *_: object) -> None:
        _state.watch = self._outer
        self._let_go()

    def stand_in(self, value: Any) -> Tensor:
        """A tensor of strings that is watched."""
        made = TextArgument(value)
        if self.used is None:
            self._given.append(made)
        else:
            made.__class__ = Tensor  # type: ignore[assignment]
        return made

    def note(self, frame: types.FrameType | None) -> None:
        """The value of a string argument is asked for."""
        found: list[types.FrameType] = []
        while frame is not None and is_hidden(frame.f_code):
            module = str(frame.f_globals.get("__name__"))
            if module in _MACHINERY and (module != _TENSOR or frame.f_code in _DESCRIBING):
                return
            if module not in _BETWEEN:
                found.append(frame)
            frame = frame.f_back
        if frame is not None and found:
            self.used = (_name_of(found), line_of(frame.f_code, frame.f_lineno))
            self._let_go()

    def _let_go(self) -> None:
        for each in self._given:
            each.__class__ = Tensor  # type: ignore[assignment]
        self._given = []


class TextArgument(Tensor):
    """A string argument of a function being traced; an ordinary tensor as soon as somebody has used one."""

    __slots__ = ()

    @property
    def _value(self) -> Any:  # type: ignore[override]
        if _state.watch is not None:
            _state.watch.note(sys._getframe(1))
        return _stored.__get__(self)

    @_value.setter
    def _value(self, value: Any) -> None:
        _stored.__set__(self, value)

    @property
    def _form(self) -> Any:
        if _state.watch is not None:
            _state.watch.note(sys._getframe(1))
        return _stored.__get__(self)


def given(item: Any) -> Tensor:
    """A string argument (a tensor or an array of strings) as the function that is being traced gets it."""
    value = item._value if isinstance(item, Tensor) else convert.value_of(item)
    if _state.watch is not None:
        return _state.watch.stand_in(value)
    return item if isinstance(item, Tensor) else Tensor(value)


_TENSOR = "addax.core.tensor"
_EXPLAINING = ("addax.core.failures", "addax.core.public_methods")  # around public functions and methods
_BETWEEN = {"addax.core.autograph", "addax.core.operators"}  # what calls ops for the user
_MACHINERY = {
    _TENSOR, "addax.core.concrete_function", "addax.core.signature", "addax.core.structures", "addax.core.trees",
}  # fmt: skip
_DESCRIBING = {
    (each.fget if isinstance(each, property) else each).__code__
    for name, each in vars(Tensor).items()
    if name in ("dtype", "shape", "ndim", "device", "is_symbolic", "set_shape", "__len__", "__repr__", "__str__")
}  # what Python may ask of any tensor


def _name_of(frames: list[types.FrameType]) -> str:
    """What the user called, by the frames between the use of a value and the user's line."""
    called = next(
        (frame for frame in reversed(frames) if frame.f_globals.get("__name__") not in _EXPLAINING), frames[-1]
    )
    if "self" in called.f_locals and "_op" not in called.f_globals:
        kind, name = type(called.f_locals["self"]), called.f_code.co_name
        who = "Tensor" if issubclass(kind, Tensor) else kind.__name__
        return who if name in ("__call__", "__init__") else f"{who}.{name}"
    for frame in reversed(frames):
        known = frame.f_locals
        if "_op" in frame.f_globals and "_call" in frame.f_globals:  # the public function of an op
            return f"tf.{frame.f_globals['_op'].name}"
        if isinstance(known.get("who"), str) and known["who"].startswith("tf."):
            return known["who"]
        if hasattr(known.get("described"), "name"):
            return f"tf.{known['described'].name}"
    return f"tf.{called.f_code.co_name.rstrip('_')}"
