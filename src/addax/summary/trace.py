"""`tf.summary.trace_on`, `trace_export`, `trace_off`: the graphs of functions that run, and a profile."""

from __future__ import annotations

from typing import Any

import numpy as np

from addax.core import concrete_function, context, errors
from addax.core import profiler as profiling
from addax.core.graph_nodes import graph_nodes
from addax.formats.protobuf import bytes_field
from addax.summary.events import encode_graph, encode_metadata
from addax.summary.writer import get_step, write_made

__all__ = ["trace_export", "trace_off", "trace_on"]


class _Trace:
    """A trace that is on: the functions that ran, each once, in order."""

    def __init__(self, graph: bool, profiling: bool, folder: Any) -> None:
        self.graph, self.profiling, self.folder = graph, profiling, folder
        self.functions: dict[int, Any] = {}

    def see(self, function: Any) -> None:
        self.functions.setdefault(id(function), function)

    def run_metadata(self) -> bytes:
        """A RunMetadata with a FunctionGraphs (its graph as partition and before optimization) for each function."""
        parts = []
        for function in self.functions.values():
            graph = encode_graph(graph_nodes(function))
            parts.append(bytes_field(3, graph))
            parts.append(bytes_field(4, bytes_field(1, graph) + bytes_field(2, graph)))
        return b"".join(parts)


_trace: _Trace | None = None


def trace_on(graph: bool = True, profiler: bool = False, profiler_outdir: str | None = None) -> None:
    """Start to record which functions run, and perhaps a profile; `trace_export` writes them.

    Args:
        graph: record the graphs of tf.functions that are called.
        profiler: profile the machine too.
        profiler_outdir: the folder of the profile, without which there is none.

    Example:
        >>> import tempfile, addax as tf
        >>> square = tf.function(lambda x: x * x)
        >>> with tf.summary.create_file_writer(tempfile.mkdtemp()).as_default():
        ...     tf.summary.trace_on()
        ...     _ = square(tf.constant(2.0))
        ...     tf.summary.trace_export("square", step=0)
    """
    global _trace
    if not context.executing_eagerly():
        errors.warn_once("summary.trace_on", "tf.summary.trace_on: Cannot enable trace inside a tf.function.")
        return
    if _trace is not None:
        errors.warn_once("summary.trace twice", "tf.summary.trace_on: Trace already enabled.")
        return
    if profiler and profiler_outdir is None:
        errors.warn_once(
            "summary.trace_on outdir",
            "tf.summary.trace_on: No `profiler_outdir` passed to trace_on(); the profiler is not started.",
        )
    started = _Trace(graph, profiler and profiler_outdir is not None, profiler_outdir)
    if started.profiling:
        profiling.start(profiler_outdir)
    if graph:
        concrete_function.watching.append(started.see)
    _trace = started


def trace_export(name: str, step: Any = None, profiler_outdir: str | None = None) -> None:
    """Write what was recorded since `trace_on` to the default writer, and stop.

    Args:
        name: what TensorBoard lists the graph under.
        step: an int, or an integer tensor or variable; default the thread's step.
        profiler_outdir: given to trace_on; here it is of no effect.

    Raises:
        ValueError: no trace is on, or no step is set.

    >>> import addax as tf
    >>> import tempfile
    >>> with tf.summary.create_file_writer(tempfile.mkdtemp()).as_default():
    ...     tf.summary.trace_on(graph=True)
    ...     y = tf.function(lambda x: x + 1.0)(tf.constant(1.0))
    ...     tf.summary.trace_export("program", step=0)
    """
    if not context.executing_eagerly():
        errors.warn_once("summary.trace_export", "tf.summary.trace_export: Cannot export trace inside a tf.function.")
        return
    if _trace is None:
        raise ValueError("tf.summary.trace_export: Must enable trace before export through tf.summary.trace_on.")
    if _trace.graph:
        if step is None and get_step() is None:
            raise ValueError(
                "tf.summary.trace_export: No step set. Please specify one either through the `step` argument or "
                "through tf.summary.experimental.set_step()"
            )
        data = np.empty((), object)
        data[()] = _trace.run_metadata()
        write_made(name, data, None, step, encode_metadata("graph_run_metadata_graph", b"1"))
    trace_off()


def trace_off() -> None:
    """Stop recording, and throw away what was recorded; a profile is written.

    >>> import addax as tf
    >>> tf.summary.trace_on(graph=True)
    >>> tf.summary.trace_off()
    """
    global _trace
    if _trace is None:
        return
    stopped, _trace = _trace, None
    if stopped.graph:
        concrete_function.watching.remove(stopped.see)
    if stopped.profiling:
        profiling.stop()
