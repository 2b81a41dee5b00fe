"""What is measured: a work, written once per framework."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

# setup(scale) prepares (imports, data, model) and returns run() -> seconds of the work.
Setup = Callable[[float], Callable[[], float]]


@dataclass
class Work:
    """A work and how each framework does it; `unit` seconds are shown as 1."""

    name: str
    title: str
    unit: str = "s"
    setups: dict[str, Setup] = field(default_factory=dict)

    def by(self, *frameworks: str) -> Callable[[Callable], Callable]:
        """Decorate `setup(framework, scale)` for these frameworks."""

        def add(setup: Callable) -> Callable:
            for framework in frameworks:
                self.setups[framework] = lambda scale, f=framework: setup(f, scale)
            return setup

        return add


def timed(function: Callable[[], object]) -> Callable[[], float]:
    """run() of a function that returns only when its work is done."""

    def run() -> float:
        begun = time.perf_counter()
        function()
        return time.perf_counter() - begun

    return run


def timed_many(function: Callable[[], object], finish: Callable[[object], object], seconds: float) -> Callable:
    """run() -> seconds of one call, from as many calls as fill about `seconds`; `finish` waits for the last result."""
    finish(function())
    begun, count = time.perf_counter(), 0
    while time.perf_counter() - begun < seconds / 5:
        last = function()
        count += 1
    finish(last)
    count = max(1, count * 5)

    def run() -> float:
        begun = time.perf_counter()
        for _ in range(count):
            last = function()
        finish(last)
        return (time.perf_counter() - begun) / count

    return run


def time_each(works: list[Work], names: Iterable[str], frameworks: tuple[str, ...], make: Callable[..., Any]) -> None:
    """Time each work by these frameworks, where `make(framework, name)` gives what `timed_many` takes."""

    def add(work: Work, name: str) -> None:
        @work.by(*frameworks)
        def setup(framework: str, scale: float) -> Callable[[], float]:
            return timed_many(*make(framework, name), max(0.05, 0.5 * scale))

    for work, name in zip(works, names, strict=True):
        add(work, name)


def tensorflow(framework: str):
    """The `tf` of a framework that has the TensorFlow programming model."""
    if framework == "addax":
        import addax as tf
    else:
        import tensorflow as tf
    return tf
