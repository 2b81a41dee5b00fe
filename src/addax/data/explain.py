"""Dataset.explain: where the time of a pipeline goes, and how each node runs."""

from __future__ import annotations

import dataclasses
import threading
import time
from typing import Any

import numpy as np

from addax.data import buffer_bytes
from addax.data.node import END, Node, NodeIterator, Source
from addax.data.seeds import Pass, Position


@dataclasses.dataclass
class NodeReport:
    """What a node did while the pipeline was measured.

    `seconds` is its own time, without that of its inputs; `elements` how many elements it handed on; `held` and
    `held_bytes` the most that it kept in buffers; `how` in what way it runs.
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

    def __init__(self, report: NodeReport, node: Node) -> None:
        self._report, self._node = report, node
        self._input = next((child.probe for child in node.inputs if isinstance(child, _ProbeNode)), None)
        self._lock = threading.Lock()
        self._element: int | None = None  # bytes of the first one that was handed on
        self._looks, self._iterator = 0, None
        self._told = False

    def weigh(self, element: Any) -> None:
        """Learn from the first element how large they are, where their spec does not say."""
        if self._element is None and element is not END:
            self._element = buffer_bytes.bytes_of(element)

    def look(self, iterator: NodeIterator) -> None:
        """Look at what the node's iterator holds now: at the first few elements, and then now and then."""
        self._looks, self._iterator = self._looks + 1, iterator
        if self._looks > 16 and self._looks % 16:
            return
        self._ask()

    def _ask(self) -> None:
        held = None if self._iterator is None else self._iterator.held()
        if held is not None:
            self._told = True
            report = self._report
            report.held, report.held_bytes = max(report.held, held[0]), max(report.held_bytes, held[1])

    def settle(self) -> None:
        """Where the iterator does not say what it holds, ask the node."""
        self._ask()
        report = self._report
        if not self._told:
            report.held, report.held_bytes = self._node.held()
            if report.held and not report.held_bytes:
                size = self._element or (self._input._element if self._input is not None else 0) or 0
                report.held_bytes = report.held * size

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
        self.probe = probe
        self.label = inner.label

    @property
    def instant(self) -> bool:
        return self.inputs[0].instant

    def source(self) -> Source | None:
        source = self.inputs[0].source()
        return None if source is None else _ProbeSource(source, self.probe)

    @property
    def chunkable(self) -> bool:
        return self.inputs[0].chunkable

    @property
    def lookahead(self) -> bool:
        return self.inputs[0].lookahead

    @property
    def in_pieces(self) -> bool:
        return self.inputs[0].in_pieces

    @property
    def in_blocks(self) -> bool:
        return self.inputs[0].in_blocks

    def iterator(self, run: Pass) -> NodeIterator:
        return _ProbeIterator(self.inputs[0].iterator(run), self.probe)


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
        self._probe.look(self._iterator)
        return element

    def chunk(self, count: int) -> tuple[int, Any]:
        return self._counted(self._iterator.chunk, count)

    def piece(self, count: int) -> tuple[int, Any]:
        return self._counted(self._iterator.piece, count)

    def several(self, count: int) -> tuple[int, Any]:
        return self._counted(self._iterator.several, count)

    def _counted(self, function: Any, count: int) -> tuple[int, Any]:
        got, rows = self._probe.call(function, count)
        self._probe.count(got)
        self._probe.look(self._iterator)
        return got, rows

    def held(self) -> tuple[int, int] | None:
        return self._iterator.held()

    def skip(self, count: int) -> int:
        return self._probe.call(self._iterator.skip, count)

    def state(self) -> Any:
        return self._iterator.state()

    def restore(self, state: Any) -> None:
        self._iterator.restore(state)

    def close(self) -> None:
        self._iterator.close()


def _probed(node: Node, depth: int, reports: list[NodeReport], probes: list[_Probe]) -> Node:
    report = NodeReport(node.label.strip("_"), node.how(), depth)
    reports.append(report)
    place = len(probes)
    inputs = [_probed(child, depth + 1, reports, probes) for child in node.inputs]
    twin = node.over(*inputs) if inputs and not node.replays else node
    probe = _Probe(report, twin)
    probes.insert(place, probe)
    return _ProbeNode(twin, probe)


def measured(node: Node, steps: int, seconds: float) -> tuple[list[NodeReport], int, float]:
    """Run a pipeline for a while: reports of its nodes (the last first), elements made, seconds taken.

    The pass does not count for seeds: passes after it draw what they would have drawn without it.
    """
    reports: list[NodeReport] = []
    probes: list[_Probe] = []
    iterator = Position(_probed(node, 0, reports, probes), counted=False).iterator
    begun, made = time.perf_counter(), 0
    try:
        while made < steps and time.perf_counter() - begun < seconds and iterator.next() is not END:
            made += 1
        taken = time.perf_counter() - begun
        for probe in probes:
            probe.settle()
    finally:
        iterator.close()
    return reports, made, taken


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


def _size(count: int) -> str:
    for unit in ("B", "KiB", "MiB"):
        if count < 1024:
            return f"{count:.0f} {unit}"
        count /= 1024  # type: ignore[assignment]
    return f"{count:.1f} GiB"
