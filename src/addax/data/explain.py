"""Dataset.explain: where the time of a pipeline goes, and how each node runs."""

from __future__ import annotations

import dataclasses
import threading
import time
from typing import Any

import numpy as np

from addax.core.tensor import Tensor
from addax.data import elements
from addax.data.node import END, Node, NodeIterator, Source
from addax.data.seeds import Pass, Position


@dataclasses.dataclass
class NodeReport:
    """What a node did while the pipeline was measured.

    `seconds` is its own time, without that of its inputs; `elements` how many elements it handed on; `held` and
    `held_bytes` what it keeps in buffers (bytes where the element's size is known); `how` in what way it runs.
    """

    name: str
    how: str
    depth: int
    seconds: float = 0.0
    elements: int = 0
    held: int = 0
    held_bytes: int = 0


class _Clock(threading.local):
    """The probes that are open on a thread, so that a node's time is not counted for the node that asked it."""

    def __init__(self) -> None:
        self.inner: list[float] = []


_clock = _Clock()


class _Probe:
    """Measures one node."""

    def __init__(self, report: NodeReport) -> None:
        self._report = report
        self._lock = threading.Lock()
        self._weighed = False

    def weigh(self, element: Any) -> None:
        """Learn from the first element how large they are, where their spec does not say."""
        if not self._weighed and element is not END:
            self._weighed = True
            if self._report.held and not self._report.held_bytes:
                self._report.held_bytes = self._report.held * sum(map(_bytes, elements.flatten(element)))

    def call(self, function: Any, *arguments: Any) -> Any:
        """Call a function on the node's account."""
        _clock.inner.append(0.0)
        begun = time.perf_counter()
        try:
            return function(*arguments)
        finally:
            spent = time.perf_counter() - begun
            own = spent - _clock.inner.pop()
            if _clock.inner:
                _clock.inner[-1] += spent
            with self._lock:
                self._report.seconds += own

    def count(self, number: int) -> None:
        """Elements were handed on."""
        with self._lock:
            self._report.elements += number


class _ProbeNode(Node):
    """Another node, measured."""

    def __init__(self, inner: Node, probe: _Probe) -> None:
        super().__init__(inner)
        self._probe = probe
        self.label = inner.label

    @property
    def instant(self) -> bool:
        return self.inputs[0].instant

    def source(self) -> Source | None:
        source = self.inputs[0].source()
        return None if source is None else _ProbeSource(source, self._probe)

    @property
    def chunkable(self) -> bool:
        return self.inputs[0].chunkable

    @property
    def lookahead(self) -> bool:
        return self.inputs[0].lookahead

    def iterator(self, run: Pass) -> NodeIterator:
        return _ProbeIterator(self.inputs[0].iterator(run), self._probe)


class _ProbeSource(Source):
    def __init__(self, source: Source, probe: _Probe) -> None:
        self._source, self._probe = source, probe
        self.size = source.size

    def gather(self, indices: np.ndarray) -> Any:
        self._probe.count(len(indices))
        return self._probe.call(self._source.gather, indices)

    def rows(self, start: int, stop: int) -> Any:
        self._probe.count(stop - start)
        return self._probe.call(self._source.rows, start, stop)


class _ProbeIterator(NodeIterator):
    def __init__(self, iterator: NodeIterator, probe: _Probe) -> None:
        self._iterator, self._probe = iterator, probe

    def next(self) -> Any:
        element = self._probe.call(self._iterator.next)
        self._probe.count(element is not END)
        self._probe.weigh(element)
        return element

    def chunk(self, count: int) -> tuple[int, Any]:
        got, rows = self._probe.call(self._iterator.chunk, count)
        self._probe.count(got)
        return got, rows

    def skip(self, count: int) -> int:
        return self._probe.call(self._iterator.skip, count)

    def state(self) -> Any:
        return self._iterator.state()

    def restore(self, state: Any) -> None:
        self._iterator.restore(state)

    def close(self) -> None:
        self._iterator.close()


def _probed(node: Node, depth: int, reports: list[NodeReport]) -> Node:
    held, held_bytes = node.held()
    report = NodeReport(node.label.strip("_"), node.how(), depth, held=held, held_bytes=held_bytes)
    reports.append(report)
    inputs = [_probed(child, depth + 1, reports) for child in node.inputs]
    return _ProbeNode(node.over(*inputs) if inputs else node, _Probe(report))


def measured(node: Node, steps: int, seconds: float) -> tuple[list[NodeReport], int, float]:
    """Run a pipeline for a while: reports of its nodes (the last first), elements made, seconds taken.

    The pass does not count for seeds: passes after it draw what they would have drawn without it.
    """
    reports: list[NodeReport] = []
    iterator = Position(_probed(node, 0, reports), counted=False).iterator
    begun, made = time.perf_counter(), 0
    try:
        while made < steps and time.perf_counter() - begun < seconds and iterator.next() is not END:
            made += 1
    finally:
        iterator.close()
    return reports, made, time.perf_counter() - begun


def table(reports: list[NodeReport], made: int, seconds: float) -> str:
    """The reports as lines of text."""
    lines = [f"{made} elements in {seconds * 1e3:.1f} ms"]
    whole = sum(report.seconds for report in reports) or 1.0
    rows = [("node", "own time", "share", "elements", "buffered", "runs")]
    for report in reports:
        held = (
            "-"
            if not report.held
            else f"{report.held} ({_size(report.held_bytes)})"
            if report.held_bytes
            else str(report.held)
        )
        rows.append(
            (
                "  " * report.depth + report.name,
                f"{report.seconds * 1e3:.2f} ms",
                f"{report.seconds / whole:.0%}",
                str(report.elements),
                held,
                report.how,
            )  # fmt: skip
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]) - 1)]
    for row in rows:
        cells = [row[0].ljust(widths[0])] + [cell.rjust(w) for cell, w in zip(row[1:-1], widths[1:], strict=True)]
        lines.append("  ".join([*cells, row[-1]]))
    return "\n".join(lines)


def _bytes(leaf: Any) -> int:
    leaf = leaf.numpy() if isinstance(leaf, Tensor) else leaf
    if isinstance(leaf, np.ndarray) and leaf.dtype.kind == "O":
        return sum(map(len, leaf.reshape(-1).tolist()))
    return int(getattr(leaf, "nbytes", 0))


def _size(count: int) -> str:
    for unit in ("B", "KiB", "MiB"):
        if count < 1024:
            return f"{count:.0f} {unit}"
        count /= 1024  # type: ignore[assignment]
    return f"{count:.1f} GiB"
