"""tf.profiler.experimental: record what the machine does, for TensorBoard's profile view."""

from __future__ import annotations

import os
import shutil
import tempfile
from typing import Any

import jax

from addax.core import errors

_running: str | None = None  # the folder that the running profile is written to
_kept = True  # whether that is the user's folder


def start(logdir: str | os.PathLike[str], options: Any = None) -> None:
    """Start profiling.

    Args:
        logdir: the folder of the logs; the profile goes to its `plugins/profile`. "" keeps nothing.
        options: None, or a `jax.profiler.ProfileOptions`.

    Raises:
        AlreadyExistsError: a profile is running.
    """
    global _running, _kept
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
    extra = {} if options is None else {"profiler_options": options}
    jax.profiler.start_trace(folder, **extra)
    _running = folder


def stop(save: bool = True) -> None:
    """Stop profiling.

    Args:
        save: False throws the profile away.

    Raises:
        UnavailableError: no profile is running.
    """
    global _running
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
        **kwargs: further data; `step_num` makes the block a training step.
    """

    def __init__(self, name: str, **kwargs: Any) -> None:
        made = jax.profiler.StepTraceAnnotation if "step_num" in kwargs else jax.profiler.TraceAnnotation
        self._annotation = made(name, **kwargs)

    def __enter__(self) -> Trace:
        self._annotation.__enter__()
        return self

    def __exit__(self, *exc: object) -> None:
        self._annotation.__exit__(*exc)
