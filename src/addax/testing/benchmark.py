"""tf.test.Benchmark: functions that measure, found and run by name."""

from __future__ import annotations

import inspect
import json
import os
import re
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from addax.core import effects, trees

_registered: list[type] = []


class Benchmark:
    """The base of benchmarks: methods whose names begin with `benchmark` measure something and report it.

    `python file.py --benchmarks=REGEX` runs those whose "Class.method" matches, if the file ends with `tf.test.main()`.
    With the environment variable TEST_REPORT_FILE_PREFIX each report is written to a file as a line of JSON.

    >>> import addax as tf
    >>> class Sums(tf.test.Benchmark):
    ...     def benchmark_add(self):
    ...         return self.run_op_benchmark(None, lambda: tf.add(1, 2), min_iters=3)
    >>> sorted(Sums().benchmark_add())
    benchmark {...}
    ['extras', 'iters', 'name', 'throughput', 'wall_time']
    """

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if not cls.is_abstract():
            _registered.append(cls)

    @classmethod
    def is_abstract(cls) -> bool:
        """Whether there is nothing to run in this class."""
        return not any(name.startswith("benchmark") for name in dir(cls))

    def evaluate(self, tensors: Any) -> Any:
        """The values of a nest of tensors, as NumPy arrays."""
        return trees.map_structure(lambda each: each.numpy() if hasattr(each, "numpy") else each, tensors)

    def run_op_benchmark(
        self,
        sess: Any,
        op_or_tensor: Any,
        feed_dict: Any = None,
        burn_iters: int = 2,
        min_iters: int = 10,
        store_trace: bool = False,
        store_memory_usage: bool = True,
        name: str | None = None,
        extras: dict[str, Any] | None = None,
        mbs: float = 0,
    ) -> dict[str, Any]:
        """Measure a function by calling it again and again, and report the median time of a call.

        Args:
            sess: must be None; there are no sessions.
            op_or_tensor: a function of no arguments (a `tf.function`, a lambda around ops).
            feed_dict: must be None.
            burn_iters: calls that are not measured, before the others.
            min_iters: calls that are measured.
            store_trace: whether to write a profile of one more call into a temporary folder, which `extras` names.
            store_memory_usage: whether `extras` says how much memory the device used at most, where it tells.
            name: the name of the report; by default that of the calling method.
            extras: further things to report.
            mbs: megabytes that a call moves, for the throughput.

        Returns:
            The report: "iters", "wall_time" (seconds), "name", "extras", "throughput" (megabytes a second).

        Raises:
            ValueError: a session, something to feed, or no function.
        """
        if sess is not None or feed_dict:
            raise ValueError("Benchmark.run_op_benchmark: there are no sessions; pass sess=None and no feed_dict.")
        if not callable(op_or_tensor):
            raise ValueError("Benchmark.run_op_benchmark: expected a function of no arguments, which runs the ops.")
        for _ in range(burn_iters):
            _finished(op_or_tensor())
        times = [_timed(op_or_tensor) for _ in range(min_iters)]
        median = float(np.median(times)) if times else 0.0
        given: dict[str, Any] = dict(extras or {})
        given.update(wall_time_mean=float(np.mean(times)), wall_time_stdev=float(np.std(times))) if times else None
        if store_trace:
            given["trace"] = _trace_of(op_or_tensor)
        if store_memory_usage:
            given.update(_memory())
        throughput = mbs / median if median else 0.0
        return self._report(min_iters, None, median, throughput, given, name, None)

    def report_benchmark(
        self,
        iters: int | None = None,
        cpu_time: float | None = None,
        wall_time: float | None = None,
        throughput: float | None = None,
        extras: dict[str, Any] | None = None,
        name: str | None = None,
        metrics: list[dict[str, Any]] | None = None,
    ) -> None:
        """Report what was measured: printed, and written if TEST_REPORT_FILE_PREFIX is set.

        Args:
            iters: how many calls were measured.
            cpu_time: seconds of the CPU.
            wall_time: seconds by the clock.
            throughput: megabytes a second.
            extras: further things, values being numbers or strings.
            name: the name; by default that of the calling method.
            metrics: dicts with "name", "value", and perhaps "min_value" and "max_value".
        """
        self._report(iters, cpu_time, wall_time, throughput, extras, name, metrics)

    def _report(self, iters, cpu_time, wall_time, throughput, extras, name, metrics) -> dict[str, Any]:
        name = name or _calling_method()
        values = dict(
            iters=iters, cpu_time=cpu_time, wall_time=wall_time, throughput=throughput, extras=extras, metrics=metrics
        )
        report = {"name": f"{type(self).__name__}.{name}", **{k: v for k, v in values.items() if v is not None}}
        line = json.dumps(report, default=str)
        prefix = os.environ.get("TEST_REPORT_FILE_PREFIX")
        if prefix:
            with open(prefix + report["name"].replace("/", "__"), "a", encoding="utf-8") as file:
                file.write(line + "\n")
        print(f"benchmark {line}")
        return report


def _calling_method() -> str:
    frame = inspect.currentframe()
    while frame is not None:
        if frame.f_code.co_name.startswith("benchmark"):
            return frame.f_code.co_name
        frame = frame.f_back
    return "benchmark"


def _finished(result: Any) -> None:
    """Wait until what was computed is there."""
    for leaf in trees.flatten(result):
        wait = getattr(getattr(leaf, "_value", None), "block_until_ready", None)
        if wait is not None:
            wait()
    effects.finish()


def _timed(function: Callable[[], Any]) -> float:
    begun = time.perf_counter()
    _finished(function())
    return time.perf_counter() - begun


def _trace_of(function: Callable[[], Any]) -> str:
    import tempfile

    from addax.core.profiler import Profile

    folder = tempfile.mkdtemp(prefix="benchmark-trace-")
    with Profile(folder):
        _finished(function())
    return folder


def _memory() -> dict[str, Any]:
    from addax.core import devices

    for kind in ("GPU", "TPU"):
        if devices.list_physical_devices(kind):
            return {"peak_memory_bytes": devices.get_memory_info(f"{kind}:0")["peak"]}
    return {}


def run(pattern: str) -> int:
    """Run the benchmarks whose "Class.method" a regular expression matches ("all" or ".": all); returns how many."""
    wanted = re.compile("." if pattern == "all" else pattern)
    count = 0
    for cls in _registered:
        for method in sorted(name for name in dir(cls) if name.startswith("benchmark")):
            if wanted.search(f"{cls.__module__}.{cls.__name__}.{method}"):
                getattr(cls(), method)()
                count += 1
    return count


def main(argv: list[str] | None = None) -> None:
    """Run the tests of the file that calls this; with `--benchmarks=REGEX` its benchmarks instead.

    Args:
        argv: the command line; by default that of the program.

    Raises:
        SystemExit: at the end, with status 0 where all went well.
    """
    import unittest

    argv = list(sys.argv if argv is None else argv)
    asked = next((each.split("=", 1)[1] for each in argv if each.startswith("--benchmarks=")), None)
    if asked is not None:
        raise SystemExit(0 if run(asked) else f"no benchmark matches {asked!r}")
    unittest.main(argv=argv)
