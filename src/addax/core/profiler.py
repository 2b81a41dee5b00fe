"""tf.profiler.experimental: record what the machine does, for TensorBoard's profile view."""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
from typing import Any, NamedTuple

import jax

from addax.core import errors

_running: str | None = None  # the folder that the running profile is written to
_kept = True  # whether that is the user's folder


class ProfilerOptions(NamedTuple):
    """How closely to look.

    Args:
        host_tracer_level: 0 (nothing) to 3 (everything) of what the host does.
        python_tracer_level: 1 records Python's calls too.
        device_tracer_level: 1; what devices do is always recorded.
        delay_ms: milliseconds after which to begin; None begins at once.

    >>> import addax as tf
    >>> tf.profiler.experimental.ProfilerOptions(python_tracer_level=1).host_tracer_level
    2
    """

    host_tracer_level: int = 2
    python_tracer_level: int = 0
    device_tracer_level: int = 1
    delay_ms: int | None = None


def _begin(folder: str, options: Any) -> None:
    """Start JAX's profiler with options of ours, of a dict, or of JAX's."""
    if options is None:
        jax.profiler.start_trace(folder)
        return
    if not isinstance(options, ProfilerOptions | dict):
        jax.profiler.start_trace(folder, profiler_options=options)
        return
    wanted = ProfilerOptions(**options) if isinstance(options, dict) else options
    if wanted.device_tracer_level != 1:
        raise errors.UnimplementedError(
            errors.message(
                "tf.profiler.experimental.start",
                expected="device_tracer_level 1: what devices do is always recorded",
                received=f"{wanted.device_tracer_level}",
            )
        )
    made = jax.profiler.ProfileOptions()
    made.host_tracer_level = wanted.host_tracer_level
    made.python_tracer_level = wanted.python_tracer_level
    jax.profiler.start_trace(folder, profiler_options=made)


_waiting: threading.Timer | None = None  # what begins a profile that was asked to begin later
_begun = False


def _begin_later(folder: str, options: ProfilerOptions) -> threading.Timer:
    def begin() -> None:
        global _begun
        _begin(folder, options)
        _begun = True

    timer = threading.Timer((options.delay_ms or 0) / 1000, begin)
    timer.daemon = True
    timer.start()
    return timer


def start_server(port: int) -> None:
    """Listen for profilers (TensorBoard's "capture profile") until the program ends.

    Args:
        port: where to listen.
    """
    _servers.append(jax.profiler.start_server(port))


_servers: list[Any] = []  # kept, because a server ends when nobody has it


def start(logdir: str | os.PathLike[str], options: Any = None) -> None:
    """Start profiling.

    Args:
        logdir: the folder of the logs; the profile goes to its `plugins/profile`. "" keeps nothing.
        options: None, `ProfilerOptions` (or a dict of its fields), or a `jax.profiler.ProfileOptions`.

    Raises:
        AlreadyExistsError: a profile is running.
    """
    global _running, _kept, _waiting, _begun
    if _running is not None:
        raise errors.AlreadyExistsError(
            errors.message(
                "tf.profiler.experimental.start",
                expected="no profile to be running",
                received=f"one that is written to {_running}",
                hint="stop it first: tf.profiler.experimental.stop()",
            )
        )
    _kept = bool(logdir)
    folder = os.fspath(logdir) if logdir else tempfile.mkdtemp(prefix="addax-profile-")
    if isinstance(options, ProfilerOptions) and options.delay_ms:
        _begun, _waiting = False, _begin_later(folder, options)
    else:
        _begin(folder, options)
        _begun, _waiting = True, None
    _running = folder


def stop(save: bool = True) -> None:
    """Stop profiling.

    Args:
        save: False throws the profile away.

    Raises:
        UnavailableError: no profile is running.
    """
    global _running
    if _waiting is not None:
        _waiting.cancel()
        _waiting.join()
    if _running is None:
        raise errors.UnavailableError(
            errors.message(
                "tf.profiler.experimental.stop",
                expected="a running profile",
                received="none",
                hint="start one first: tf.profiler.experimental.start(logdir)",
            )
        )
    folder, _running = _running, None
    before = _runs(folder)
    if _begun:
        jax.profiler.stop_trace()
    if not _kept:
        shutil.rmtree(folder, ignore_errors=True)
    elif not save:
        for run in _runs(folder) - before:
            shutil.rmtree(run, ignore_errors=True)


def _runs(folder: str) -> set[str]:
    root = os.path.join(folder, "plugins", "profile")
    return {os.path.join(root, name) for name in os.listdir(root)} if os.path.isdir(root) else set()


class Profile:
    """A context manager that profiles its block.

    Args:
        logdir: the folder of the logs.
        options: see `start`.
    """

    def __init__(self, logdir: str | os.PathLike[str], options: Any = None) -> None:
        self._logdir, self._options = logdir, options

    def __enter__(self) -> None:
        start(self._logdir, self._options)

    def __exit__(self, *exc: object) -> None:
        stop()


class Trace:
    """A context manager that marks its block in the profile.

    Args:
        name: the mark.
        **kwargs: further data; `step_num` makes the block a training step (`_r=1`, which TensorFlow wants beside it,
            is implied).

    >>> import addax as tf
    >>> with tf.profiler.experimental.Trace("train", step_num=1, _r=1):
    ...     y = tf.constant(1.0) + 1.0
    >>> y.numpy()
    np.float32(2.0)
    """

    def __init__(self, name: str, **kwargs: Any) -> None:
        made = jax.profiler.TraceAnnotation
        if "step_num" in kwargs:
            made = jax.profiler.StepTraceAnnotation
            kwargs.pop("_r", None)
        self._annotation = made(name, **kwargs)

    def __enter__(self) -> Trace:
        self._annotation.__enter__()
        return self

    def set_metadata(self, **kwargs: Any) -> None:
        """Add data to the mark that is open.

        Args:
            **kwargs: numbers and strings by name.
        """
        self._annotation.set_metadata(**kwargs)

    def __exit__(self, *exc: object) -> None:
        self._annotation.__exit__(*exc)
