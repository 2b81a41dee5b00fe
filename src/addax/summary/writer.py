"""Writers of TensorBoard event files, and which of them is the default one of the current thread."""

from __future__ import annotations

import atexit
import itertools
import os
import re
import socket
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from addax.core import context, effects
from addax.core.convert import constant, value_of
from addax.core.tensor import NotCompilable, Tensor
from addax.formats.tfrecord import frame
from addax.summary.events import FILE_VERSION, encode_event, encode_value

__all__ = [
    "SummaryWriter",
    "create_file_writer",
    "create_noop_writer",
    "flush",
    "get_step",
    "record_if",
    "set_step",
    "should_record_summaries",
    "summary_scope",
    "write",
    "write_raw_pb",
]

_MAX_QUEUE = 10
_FLUSH_MILLIS = 2 * 60 * 1000
_NOT_IN_SCOPES = re.compile(r"[^-_/.A-Za-z0-9]")
_numbers = itertools.count()


class _State(threading.local):
    writer: SummaryWriter | None = None
    step: Any = None
    recording: Any = None


_state = _State()


class SummaryWriter:
    """What summaries are written to. `create_file_writer` and `create_noop_writer` make them.

    >>> import addax as tf
    >>> isinstance(tf.summary.create_noop_writer(), tf.summary.SummaryWriter)
    True
    """

    def as_default(self, step: Any = None) -> _AsDefault:
        """A context in which this writer is the default one of the thread; it is flushed at the end.

        Args:
            step: the default step inside, or None to leave that as it is.

        Raises:
            RuntimeError: the writer is closed.
        """
        return _AsDefault(self, step)

    def set_as_default(self, step: Any = None) -> None:
        """Make this writer the default one of the thread from now on.

        Args:
            step: the default step from now on, or None to leave that as it is.

        Raises:
            RuntimeError: the writer is closed.
        """
        self.as_default(step).__enter__()

    def init(self) -> None:
        """Nothing is left to do: the file is made with the writer."""

    def flush(self) -> None:
        """Write what is waiting."""

    def close(self) -> None:
        """Flush and close; a closed writer cannot be made the default one."""

    def _add(self, event: bytes) -> None:
        raise NotImplementedError

    @property
    def _writes(self) -> bool:
        return True


class _NoopWriter(SummaryWriter):
    @property
    def _writes(self) -> bool:
        return False


class _FileWriter(SummaryWriter):
    """Appends events to one new file."""

    def __init__(self, logdir: str, max_queue: int, flush_millis: int, suffix: str) -> None:
        os.makedirs(logdir, exist_ok=True)
        now = time.time()
        name = f"events.out.tfevents.{int(now):010d}.{socket.gethostname()}.{os.getpid()}.{next(_numbers)}{suffix}"
        self.path = os.path.join(logdir, name)
        self._max_queue = max_queue
        self._flush_seconds = flush_millis / 1000
        self._lock = threading.Lock()
        self._file = open(self.path, "ab")
        self._waiting: list[bytes] = []
        self._flushed = time.monotonic()
        self._closed = False
        self._file.write(frame(encode_event(float(int(now)), file_version=FILE_VERSION)))
        self._file.flush()
        _open_writers.add(self)

    def _add(self, event: bytes) -> None:
        with self._lock:
            if self._closed:
                raise RuntimeError(f"SummaryWriter of {self.path} is already closed; make another for the same folder")
            self._waiting.append(frame(event))
            if len(self._waiting) > self._max_queue or time.monotonic() - self._flushed > self._flush_seconds:
                self._drain()

    def _drain(self) -> None:
        data = b"".join(self._waiting)
        self._waiting.clear()
        self._flushed = time.monotonic()
        if data:
            self._file.write(data)
        self._file.flush()

    def flush(self) -> None:
        """Write what is waiting."""
        with self._lock:
            if not self._closed:
                self._drain()

    def close(self) -> None:
        """Flush and close; closing twice does nothing."""
        with self._lock:
            if not self._closed:
                self._drain()
                self._closed = True
                self._file.close()

    def as_default(self, step: Any = None) -> _AsDefault:
        if self._closed:
            raise RuntimeError(f"SummaryWriter of {self.path} is already closed; make another for the same folder")
        return super().as_default(step)

    def __del__(self) -> None:
        if hasattr(self, "_closed"):
            self.close()


_open_writers: weakref.WeakSet[_FileWriter] = weakref.WeakSet()


@atexit.register
def _close_writers() -> None:
    for writer in list(_open_writers):
        writer.close()


class _AsDefault:
    def __init__(self, writer: SummaryWriter, step: Any) -> None:
        self._writer, self._step = writer, step

    def __enter__(self) -> SummaryWriter:
        self._outer = _state.writer
        _state.writer = self._writer
        if self._step is not None:
            self._outer_step = _state.step
            _state.step = self._step
        return self._writer

    def __exit__(self, *exc: object) -> None:
        self._writer.flush()
        _state.writer = self._outer
        if self._step is not None:
            _state.step = self._outer_step


def create_file_writer(
    logdir: str | os.PathLike[str],
    max_queue: int | None = None,
    flush_millis: int | None = None,
    filename_suffix: str | None = None,
    name: str | None = None,
) -> SummaryWriter:
    """A writer of a new event file in a folder.

    Args:
        logdir: the folder; made if it is absent.
        max_queue: events that may wait in memory; default 10.
        flush_millis: milliseconds after which waiting events are written with the next one; default 120,000.
        filename_suffix: end of the file's name; default ".v2".
        name: a name for it, which nothing depends on.

    Returns:
        a SummaryWriter.

    Raises:
        ValueError: a negative max_queue or flush_millis.

    Example:
        >>> import tempfile, addax as tf
        >>> writer = tf.summary.create_file_writer(tempfile.mkdtemp())
        >>> with writer.as_default(step=1):
        ...     bool(tf.summary.scalar("loss", 0.5))
        True
    """
    for argument, value in (("max_queue", max_queue), ("flush_millis", flush_millis)):
        if value is not None and int(value) < 0:
            raise ValueError(f"tf.summary.create_file_writer({argument}): expected at least 0; received {value!r}")
    if isinstance(logdir, Tensor):
        logdir = logdir.numpy()
    return _FileWriter(
        os.path.expanduser(os.fsdecode(logdir)),
        _MAX_QUEUE if max_queue is None else int(max_queue),
        _FLUSH_MILLIS if flush_millis is None else int(flush_millis),
        ".v2" if filename_suffix is None else filename_suffix,
    )


def create_noop_writer() -> SummaryWriter:
    """A writer that writes nothing: with it as the default, summaries are not recorded.

    >>> import addax as tf
    >>> with tf.summary.create_noop_writer().as_default(step=1):
    ...     written = tf.summary.scalar("loss", 0.5)
    >>> bool(written)
    False
    """
    return _NoopWriter()


def flush(writer: SummaryWriter | None = None, name: str | None = None) -> None:
    """Write what is waiting in a writer (the default one of the thread if None). `name` is of no effect.

    >>> import addax as tf
    >>> import os, tempfile
    >>> folder = tempfile.mkdtemp()
    >>> with tf.summary.create_file_writer(folder).as_default(step=1):
    ...     _ = tf.summary.scalar("loss", 0.5)
    ...     tf.summary.flush()
    >>> len(os.listdir(folder))
    1
    """
    writer = _state.writer if writer is None else writer
    if writer is not None:
        writer.flush()


def default_writer() -> SummaryWriter | None:
    """Where summaries of this thread go."""
    return _state.writer


def get_step() -> Any:
    """The default step of the current thread, as it was set, or None.

    >>> import addax as tf
    >>> tf.summary.experimental.get_step() is None
    True
    """
    return _state.step


def set_step(step: Any) -> None:
    """Set the default step of the current thread: an int, an integer tensor or variable, or None for none.

    >>> import addax as tf
    >>> tf.summary.experimental.set_step(5)
    >>> tf.summary.experimental.get_step()
    5
    >>> tf.summary.experimental.set_step(None)
    """
    _state.step = step


@contextmanager
def record_if(condition: Any) -> Iterator[None]:
    """Record summaries inside only where a condition holds.

    Args:
        condition: a bool, a bool tensor, or a callable that gives one each time a summary is written.

    Example:
        >>> import addax as tf
        >>> with tf.summary.record_if(False):
        ...     bool(tf.summary.should_record_summaries())
        False
    """
    outer = _state.recording
    _state.recording = condition
    try:
        yield
    finally:
        _state.recording = outer


def _records() -> bool:
    if _state.writer is None or not _state.writer._writes:
        return False
    condition = _state.recording() if callable(_state.recording) else _state.recording
    return True if condition is None else bool(condition)


def should_record_summaries() -> Tensor:
    """Whether a summary would be written now: there is a default writer, and `record_if` does not forbid it.

    >>> import addax as tf
    >>> bool(tf.summary.should_record_summaries())
    False
    """
    return constant(_records())


@contextmanager
def summary_scope(name: str, default_name: str = "summary", values: Any = None) -> Iterator[tuple[str, str]]:
    """The tag of a summary and a name scope for what computes it.

    Args:
        name: name of the summary; any characters.
        default_name: used where `name` is empty.
        values: of no effect.

    Yields:
        (tag, scope): the name behind the open name scopes, and the scope that is open inside.

    >>> import addax as tf
    >>> with tf.summary.experimental.summary_scope("loss") as (tag, scope):
    ...     found = tag
    >>> found
    'loss'
    """
    tag = context.scoped(name or default_name)
    with context.name_scope(_NOT_IN_SCOPES.sub("", name or "") or default_name) as scope:
        yield tag, scope


def write(tag: str, tensor: Any, step: Any = None, metadata: Any = None, name: str | None = None) -> Tensor:
    """Write a tensor to the default writer.

    Args:
        tag: what TensorBoard lists it under.
        tensor: numbers, booleans or strings of any shape; or a callable that gives them, called only if they are
            written.
        step: an int, or an integer tensor or variable; default the thread's step.
        metadata: a SummaryMetadata (bytes, or an object with SerializeToString): which plugin shows it.
        name: of no effect.

    Returns:
        a bool tensor: whether it was written.

    Raises:
        ValueError: it is to be written but no step is set.

    Example:
        >>> import tempfile, addax as tf
        >>> with tf.summary.create_file_writer(tempfile.mkdtemp()).as_default():
        ...     bool(tf.summary.write("numbers", [1, 2], step=3))
        True
    """
    if context.state.trace is None and callable(tensor) and not _records():
        return constant(False)
    return write_made(tag, tensor() if callable(tensor) else tensor, None, step, metadata)


def write_made(
    tag: str, data: Any, make: Callable[[np.ndarray], np.ndarray] | None, step: Any, metadata: Any
) -> Tensor:
    """Write what `make` makes of an array, if it is written; in a compiled function, each time it runs.

    Args:
        tag: see `write`.
        data: a tensor, an array, or what becomes one.
        make: called with the array; None writes it as it is.
        step: see `write`.
        metadata: see `write`.
    """
    if context.state.trace is None and not _records():
        return constant(False)
    writer = _state.writer
    if writer is None or not writer._writes:
        return constant(False)
    content = metadata.SerializeToString() if hasattr(metadata, "SerializeToString") else metadata or b""

    def add(number: Any, values: Any) -> None:
        array = as_array(values) if make is None else make(as_array(values))
        writer._add(encode_event(time.time(), int(number), summary=encode_value(str(tag), array, bytes(content))))

    if context.state.trace is None:
        add(_number_of(step), data)
        return constant(True)
    return _write_later(add, data, _step_of(step))


def _write_later(add: Callable[[Any, Any], None], data: Any, step: Any) -> Tensor:
    """Have the function that is being traced call `add(step, data)` each time it runs, if summaries are recorded."""
    condition = _state.recording() if callable(_state.recording) else _state.recording
    records = np.asarray(True) if condition is None else value_of(condition)
    number, values = value_of(step), data if isinstance(data, str | bytes) else value_of(data)
    if isinstance(values, str | bytes | np.ndarray) and np.asarray(values).dtype.kind in "OSU":  # strings are constants
        effects.on_host(lambda go, number: add(number, values) if go else None, records, number)
    else:
        effects.on_host(lambda go, number, array: add(number, array) if go else None, records, number, values)
    return Tensor(records) if hasattr(records, "aval") else constant(bool(records))


def write_raw_pb(tensor: Any, step: Any = None, name: str | None = None) -> Tensor:
    """Write Summary messages that are bytes already: one, or an array of them. See `write`."""
    if not _records():
        return constant(False)
    number = _number_of(step)
    for item in as_array(tensor).ravel().tolist():
        _record(number, summary=item)
    return constant(True)


def write_graph(make: Callable[[], bytes]) -> Tensor:
    """Write a GraphDef, made only if it is written, to the default writer."""
    return _record(0, graph=make()) if _records() else constant(False)


def _number_of(step: Any) -> int:
    return int(as_array(_step_of(step)))


def _step_of(step: Any) -> Any:
    step = _state.step if step is None else step
    if step is None:
        raise ValueError(
            "tf.summary: no step is set. Pass step=, or call tf.summary.experimental.set_step(step) or "
            "writer.as_default(step) before"
        )
    return step


def _record(step: int, **payload: Any) -> Tensor:
    if context.state.trace is not None:
        raise NotCompilable("tf.summary writes a file, which a compiled function cannot do")
    assert _state.writer is not None
    _state.writer._add(encode_event(time.time(), step, **payload))
    return constant(True)


def as_array(value: Any) -> np.ndarray:
    """A tensor, variable, array or nested list as an array (Python numbers with TensorFlow's dtypes)."""
    if isinstance(value, (str, bytes)):
        result = np.empty((), dtype=object)
        result[()] = value
        return result
    array = np.asarray(value)
    if not hasattr(value, "dtype") and array.dtype.name in ("int64", "float64"):
        fits = array.dtype.kind == "f" or not array.size or (abs(array.max()) < 1 << 31 and abs(array.min()) < 1 << 31)
        return array.astype(array.dtype.name[:-2] + "32") if fits and not _holds_arrays(value) else array
    return array


def _holds_arrays(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and any(hasattr(v, "dtype") or _holds_arrays(v) for v in value)
