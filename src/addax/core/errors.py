"""TensorFlow's exception types, and the one form in which Addax writes its messages.

A message says who refuses, what was expected, what was received (shapes and dtypes) and what to do next::

    raise errors.InvalidArgumentError(
        errors.message(
            "tf.matmul (x @ y)",
            expected="the inner dimensions to agree, x (2, 3) and y (3, n)",
            received={"x": x, "y": y},
            hint="transpose one of them (transpose_b=True), or check the layer that made y",
        )
    )
"""

from __future__ import annotations

import difflib
import sys
import threading
import warnings
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from typing import Any

OK = 0
CANCELLED = 1
UNKNOWN = 2
INVALID_ARGUMENT = 3
DEADLINE_EXCEEDED = 4
NOT_FOUND = 5
ALREADY_EXISTS = 6
PERMISSION_DENIED = 7
RESOURCE_EXHAUSTED = 8
FAILED_PRECONDITION = 9
ABORTED = 10
OUT_OF_RANGE = 11
UNIMPLEMENTED = 12
INTERNAL = 13
UNAVAILABLE = 14
DATA_LOSS = 15
UNAUTHENTICATED = 16


class OpError(Exception):
    """The base of the errors that operations raise.

    Args:
        node_def: the graph node that failed, usually None. A single string argument is the message.
        op: the operation that failed, usually None.
        message: what went wrong.
        error_code: one of the codes of this module; the subclasses bring their own and do not take it.
        *args: a dict here becomes `experimental_payloads`.

    Attributes:
        message: the text.
        error_code: the number of the kind of error (`tf.errors.NOT_FOUND`, ...).
        node_def: as given.
        op: as given.
        experimental_payloads: a dict with details, usually empty.

    Example:
        >>> import addax as tf
        >>> e = tf.errors.NotFoundError(None, None, "no such file")
        >>> e.message, e.error_code, str(tf.errors.NotFoundError("no such file"))
        ('no such file', 5, 'no such file')
    """

    def __init__(
        self, node_def: Any = None, op: Any = None, message: str | None = None, error_code: int = UNKNOWN, *args: Any
    ) -> None:
        if message is None and op is None and isinstance(node_def, str):
            node_def, message = None, node_def
        super().__init__(node_def, op, message, *args)
        self._node_def = node_def
        self._op = op
        self._message = "" if message is None else message
        self._error_code = error_code
        self._experimental_payloads = dict(args[0]) if args and isinstance(args[0], Mapping) else {}

    @property
    def message(self) -> str:
        """The text of the error."""
        return self._message

    @property
    def error_code(self) -> int:
        """The number of the kind of error."""
        return self._error_code

    @property
    def node_def(self) -> Any:
        """The graph node that failed, None outside graphs."""
        return self._node_def

    @property
    def op(self) -> Any:
        """The operation that failed, where one is known."""
        return self._op

    @property
    def experimental_payloads(self) -> dict[str, Any]:
        """Further details of the error."""
        return self._experimental_payloads

    def __str__(self) -> str:
        return str(self._message)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._node_def, self._op, self._message, self._error_code, *self.args[3:])


class _CodedError(OpError):
    """An OpError whose class fixes its code."""

    _code = UNKNOWN

    def __init__(self, node_def: Any = None, op: Any = None, message: str | None = None, *args: Any) -> None:
        super().__init__(node_def, op, message, type(self)._code, *args)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._node_def, self._op, self._message, *self.args[3:])


class CancelledError(_CodedError):
    """The operation was cancelled.

    >>> import addax as tf
    >>> queue = tf.queue.FIFOQueue(1, [tf.int32])
    >>> queue.close()
    >>> try:
    ...     queue.enqueue(1)
    ... except tf.errors.CancelledError as error:
    ...     print(error.error_code == tf.errors.CANCELLED)
    True
    """

    _code = CANCELLED


class UnknownError(_CodedError):
    """An error of no better known kind."""

    _code = UNKNOWN

    def __init__(self, node_def: Any = None, op: Any = None, message: str | None = None, *args: Any) -> None:
        # TensorFlow lets this one take a code; a payload dict is no code.
        code, rest = (args[0], args[1:]) if args and isinstance(args[0], int) else (UNKNOWN, args)
        OpError.__init__(self, node_def, op, message, code, *rest)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._node_def, self._op, self._message, self._error_code, *self.args[3:])


class InvalidArgumentError(_CodedError):
    """An operation received an argument that it cannot work with (shapes that do not fit, a value out of range).

    >>> import addax as tf
    >>> try:
    ...     tf.matmul(tf.ones([2, 3]), tf.ones([2, 3]))
    ... except tf.errors.InvalidArgumentError as error:
    ...     print(error.error_code == tf.errors.INVALID_ARGUMENT)
    True
    """

    _code = INVALID_ARGUMENT


class GraphArgumentError(InvalidArgumentError, ValueError):
    """An argument that an op refuses while a function is traced: there TensorFlow raises ValueError."""


class DeadlineExceededError(_CodedError):
    """A time limit passed before the operation ended."""

    _code = DEADLINE_EXCEEDED


class NotFoundError(_CodedError):
    """Something asked for (a file, a directory, a table) is not there.

    >>> import addax as tf
    >>> try:
    ...     tf.io.read_file("no such file")
    ... except tf.errors.NotFoundError as error:
    ...     print(error.message)
    no such file; No such file or directory
    """

    _code = NOT_FOUND


class AlreadyExistsError(_CodedError):
    """Something to be made is there already.

    >>> import addax as tf
    >>> import tempfile
    >>> path = tempfile.mkdtemp() + "/a.txt"
    >>> tf.io.write_file(path, "words")
    >>> try:
    ...     tf.io.gfile.copy(path, path)
    ... except tf.errors.AlreadyExistsError as error:
    ...     print(error.error_code == tf.errors.ALREADY_EXISTS)
    True
    """

    _code = ALREADY_EXISTS


class PermissionDeniedError(_CodedError):
    """The caller may not do this."""

    _code = PERMISSION_DENIED


class UnauthenticatedError(_CodedError):
    """The caller has not shown who it is."""

    _code = UNAUTHENTICATED


class ResourceExhaustedError(_CodedError):
    """Memory, disk or another resource ran out."""

    _code = RESOURCE_EXHAUSTED


class FailedPreconditionError(_CodedError):
    """The system is not in the state that the operation needs (a variable not initialised, a directory not empty)."""

    _code = FAILED_PRECONDITION


class AbortedError(_CodedError):
    """The operation was given up, usually because another one ran at the same time."""

    _code = ABORTED


class OutOfRangeError(_CodedError):
    """The operation went past the end (of a file, of a dataset).

    >>> import addax as tf
    >>> try:
    ...     tf.data.experimental.at(tf.data.Dataset.range(3), 5)
    ... except tf.errors.OutOfRangeError as error:
    ...     print(error.message)
    Index out of range [0, 3):5
    """

    _code = OUT_OF_RANGE


class UnimplementedError(_CodedError):
    """The operation does not exist for these arguments."""

    _code = UNIMPLEMENTED


class InternalError(_CodedError):
    """Something inside broke that never should."""

    _code = INTERNAL


class UnavailableError(_CodedError):
    """A service cannot be reached at the moment.

    >>> import addax as tf
    >>> try:
    ...     tf.profiler.experimental.stop()
    ... except tf.errors.UnavailableError as error:
    ...     print(error.error_code == tf.errors.UNAVAILABLE)
    True
    """

    _code = UNAVAILABLE


class DataLossError(_CodedError):
    """Data was lost or damaged beyond repair (a truncated or corrupt file).

    >>> import addax as tf
    >>> import tempfile
    >>> path = tempfile.mkdtemp() + "/a.tfrecord"
    >>> tf.io.write_file(path, "these are no records")
    >>> try:
    ...     list(tf.data.TFRecordDataset(path))
    ... except tf.errors.DataLossError as error:
    ...     print(error.error_code == tf.errors.DATA_LOSS)
    True
    """

    _code = DATA_LOSS


class OperatorNotAllowedInGraphError(TypeError):
    """A traced tensor was used where Python needs its value (`if`, `for`, `int()`).

    >>> import addax as tf
    >>> @tf.function(autograph=False)
    ... def f(x):
    ...     return 1 if x > 0 else 2
    >>> try:
    ...     f(tf.constant(1))
    ... except tf.errors.OperatorNotAllowedInGraphError as error:
    ...     print(isinstance(error, TypeError))
    True
    """


class AddaxWarning(UserWarning):
    """The category of the warnings of Addax's own."""


_TYPE_OF_CODE: dict[int, type[_CodedError]] = {cls._code: cls for cls in _CodedError.__subclasses__()}


def exception_type_from_error_code(error_code: int) -> type[OpError]:
    """The exception type of a code, e.g. `NotFoundError` for `NOT_FOUND`; KeyError for a number that is no code."""
    return _TYPE_OF_CODE[error_code]


def error_code_from_exception_type(cls: type) -> int | None:
    """The code of an exception type, None where it has none."""
    return getattr(cls, "_code", None)


# Messages.

_MAX_TEXT = 80


def _short(text: str) -> str:
    return text if len(text) <= _MAX_TEXT else text[: _MAX_TEXT - 4] + " ..."


def describe(value: Any) -> str:
    """What an error message shows of a value: dtype and shape of an array, a shortened repr of anything else.

    Args:
        value: a tensor, variable, numpy array, spec, or any Python value.

    Returns:
        One line: "float32 (2, 3)" for an array, "3 (int)" for a Python value, "None" for None.

    Example:
        >>> import numpy as np
        >>> from addax.core import errors
        >>> errors.describe(np.zeros((2, 3), np.float32)), errors.describe([1, 2]), errors.describe(None)
        ('float32 (2, 3)', '[1, 2] (list)', 'None')
    """
    if value is None:
        return "None"
    if isinstance(value, type):
        return f"the class {value.__name__}"
    dtype, shape = getattr(value, "dtype", None), getattr(value, "shape", None)
    if dtype is not None and shape is not None:
        name = getattr(dtype, "name", None) or str(dtype)
        dims = getattr(shape, "_dims", shape)
        return f"{name} {'of unknown shape' if dims is None else tuple(dims)}"
    if isinstance(value, (list, tuple)) and value and any(hasattr(v, "dtype") for v in value):
        inner = ", ".join(describe(v) for v in value[:4]) + (", ..." if len(value) > 4 else "")
        return f"[{inner}]" if isinstance(value, list) else f"({inner})"
    if isinstance(value, Mapping) and any(hasattr(v, "dtype") for v in value.values()):
        return "{" + ", ".join(f"{k!r}: {describe(v)}" for k, v in list(value.items())[:4]) + "}"
    try:
        text = _short(repr(value).replace("\n", " "))
    except Exception:  # an object that cannot show itself must not hide the error being written
        text = "an object"
    kind = type(value).__name__
    return text if kind in text or isinstance(value, str) else f"{text} ({kind})"


def _received(received: Any) -> str:
    if isinstance(received, str):
        return received
    if isinstance(received, Mapping):
        return ", ".join(f"{name} {describe(value)}" for name, value in received.items())
    return describe(received)


def message(who: str, *, expected: str | None = None, received: Any = None, hint: str | None = None) -> str:
    """The standard text of an error.

    Args:
        who: the op, the layer path or the argument that refuses, e.g. "tf.matmul (x @ y)".
        expected: what would have been right, without a closing stop.
        received: a text as it is; or a dict {argument name: value}, whose values are described; or one value.
        hint: what the user can do next, without a closing stop.

    Returns:
        "{who}: expected {expected}.\\n  Received: {received}.\\n  To do: {hint}." with the lines that were given.

    Example:
        >>> from addax.core import errors
        >>> print(errors.message("tf.squeeze", expected="axis 0 to be 1 long", received={"axis": 0}, hint="drop axis"))
        tf.squeeze: expected axis 0 to be 1 long.
          Received: axis 0 (int).
          To do: drop axis.
    """
    text = who if expected is None else f"{who}: expected {_stopped(expected)}"
    if received is not None:
        text += f"\n  Received: {_stopped(_received(received))}"
    if hint:
        text += f"\n  To do: {_stopped(hint)}"
    return text


def _stopped(text: str) -> str:
    return text if text.endswith((".", "?", "!")) else text + "."


def nearest(name: str, candidates: Iterable[str], n: int = 3) -> list[str]:
    """Up to `n` of `candidates` that look like `name`, best first, without regard to case and underscores."""
    originals: dict[str, str] = {}
    for candidate in candidates:
        originals.setdefault(candidate.lower().replace("_", ""), candidate)
    found = difflib.get_close_matches(str(name).lower().replace("_", ""), originals, n=n, cutoff=0.6)
    return [originals[key] for key in found]


def suggest(name: str, candidates: Iterable[str]) -> str:
    """The question "did you mean 'adam'?" for the nearest of `candidates`, "" where none is near."""
    found = nearest(name, candidates, n=1)
    return f"did you mean {found[0]!r}?" if found else ""


# Warnings.

_MAX_WARNED = 1024
_warned: OrderedDict[Any, None] = OrderedDict()
_warned_lock = threading.Lock()


def warn_once(key: Any, text: str, category: type[Warning] = AddaxWarning, stacklevel: int = 2) -> bool:
    """Warns, at most once for every `key`.

    Args:
        key: what the warning is about: hashable, e.g. ("retrace", function name).
        text: the warning.
        category: the warning class.
        stacklevel: as in `warnings.warn`, counted from the caller: 1 is the line that calls warn_once.

    Returns:
        Whether it warned. The newest 1024 keys are remembered.
    """
    with _warned_lock:
        if key in _warned:
            _warned.move_to_end(key)
            return False
        _warned[key] = None
        if len(_warned) > _MAX_WARNED:
            _warned.popitem(last=False)
    warn(text, category, stacklevel + 1)
    return True


def warn(text: str, category: type[Warning] = UserWarning, stacklevel: int = 2) -> None:
    """`warnings.warn`, for which the wrappers that explain errors (`public_functions`, `public_methods`) are no frames.

    Args:
        text: the warning.
        category: the warning class.
        stacklevel: as in `warnings.warn`, counted from the caller: 1 is the line that calls `warn`.
    """
    frame, level, left = sys._getframe(1), stacklevel + 1, stacklevel - 1
    while left > 0 and frame is not None and frame.f_back is not None:
        frame = frame.f_back
        if frame.f_code.co_name == "public" and frame.f_globals.get("__name__") in _WRAPPERS:
            level += 1
        else:
            left -= 1
    warnings.warn(text, category, stacklevel=level)


_WRAPPERS = ("addax.core.failures", "addax.core.public_methods")


def forget_warnings() -> None:
    """Lets every warning of `warn_once` be given again (for tests)."""
    with _warned_lock:
        _warned.clear()
