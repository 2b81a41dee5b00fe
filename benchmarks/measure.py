"""Measuring: all frameworks of a work side by side, in alternated rounds."""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import peers, startup
from benchmarks.work import Work


class Worker:
    """A process that does a work in a framework when told to."""

    def __init__(self, python: str, family: str, work: str, framework: str, scale: float) -> None:
        self._errors = tempfile.TemporaryFile("w+")
        self._process = subprocess.Popen(
            [python, "-m", "benchmarks.worker", family, work, framework, str(scale)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            cwd=peers.ROOT,
            env=peers.environment(framework),
        )
        self.ready = self._answer()

    def _answer(self) -> dict[str, Any]:
        line = self._process.stdout.readline()
        if not line:
            self._process.wait()
            self._errors.seek(0)
            raise RuntimeError(self._errors.read()[-1500:])
        return json.loads(line)

    def run(self) -> float:
        """Seconds of one run."""
        self._process.stdin.write("run\n")
        self._process.stdin.flush()
        return self._answer()["seconds"]

    def close(self) -> None:
        self._process.stdin.close()
        self._process.wait()
        self._errors.close()


def measure(family: str, work: Work, pythons: dict[str, str], rounds: int, scale: float) -> dict[str, Any]:
    """Figures of a work: {framework: {"median", "runs", "first", ...} or {"error"}}, seconds."""
    figures: dict[str, Any] = {}
    runs: dict[str, Callable[[], float]] = {}
    workers: list[Worker] = []

    def attempt(framework: str, action: Callable[[], None]) -> None:
        try:
            action()
        except (RuntimeError, OSError, subprocess.CalledProcessError) as error:
            runs.pop(framework, None)
            figures[framework] = {"error": getattr(error, "stderr", None) or str(error)}

    with tempfile.TemporaryDirectory() as cache:

        def prepare(framework: str) -> None:
            if family == "startup":
                runs[framework] = _process_run(work, pythons[framework], framework, scale, Path(cache))
                figures[framework] = {
                    "first": runs[framework](), "runs": [], "version": _version(pythons[framework], framework)
                }  # fmt: skip
            else:
                workers.append(Worker(pythons[framework], family, work.name, framework, scale))
                figures[framework], runs[framework] = {**workers[-1].ready, "runs": []}, workers[-1].run

        try:
            for framework in [name for name in work.setups if name in pythons]:
                attempt(framework, lambda framework=framework: prepare(framework))
            for number in range(rounds):
                # Every round starts with another framework, so that none always runs behind the same neighbour.
                names = list(runs)
                for framework in names[number % max(1, len(names)) :] + names[: number % max(1, len(names))]:
                    attempt(framework, lambda f=framework: figures[f]["runs"].append(runs[f]()))
        finally:
            for worker in workers:
                worker.close()
    for framework in runs:
        figures[framework]["median"] = statistics.median(figures[framework]["runs"])
    return figures


def _process_run(work: Work, python: str, framework: str, scale: float, cache: Path) -> Callable[[], float]:
    environment = peers.environment(framework)
    if work is startup.imports:
        return startup.import_run(python, framework, environment)
    return startup.first_epoch_run(python, framework, environment, scale, cache)


def _version(python: str, framework: str) -> str:
    code = f"from benchmarks.worker import version_of; print(version_of({framework!r}))"
    environment = peers.environment(framework)
    return subprocess.run([python, "-c", code], env=environment, capture_output=True, text=True).stdout.strip()


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    model = platform.processor()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [line.partition(":")[2].strip() for line in info.read_text().splitlines() if "model name" in line]
        model = names[0] if names else model
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "system": platform.system(),
        "processor": model,
        "cores": cores,
        "python": platform.python_version(),
        "load": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
    }
