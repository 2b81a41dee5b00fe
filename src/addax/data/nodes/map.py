"""Dataset.map."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from addax.core import dtypes
from addax.core.spec import TensorSpec
from addax.data import elements, functions
from addax.data.node import END, Node, NodeIterator, Source
from addax.data.nodes.parallel_map import ParallelMapIterator
from addax.data.nodes.parsed_map import ParsedMapIterator, reads_ahead
from addax.data.parsed_first import ParsedFirst, parsed_first
from addax.data.seeds import Pass, Position, Seeds

_LOOKED_AT = 4  # elements to look at where only running a function tells what it returns


class _Mapped(Source):
    def __init__(self, source: Source, function: functions.UserFunction) -> None:
        self._source, self._function = source, function
        self.size = source.size

    def gather(self, indices: np.ndarray) -> Any:
        return self._function.many(len(indices), self._source.gather(indices))

    def rows(self, start: int, stop: int) -> Any:
        return self._function.many(stop - start, self._source.rows(start, stop))


def spec_by_looking(node: Node) -> Any:
    """The spec of a node's elements from the first few of them; None where there is no element.

    An error that comes after an element is left to whoever reads the dataset.
    """
    spec = None
    iterator = Position(node, counted=False).iterator
    try:
        for _ in range(_LOOKED_AT):
            try:
                element = iterator.next()
            except Exception:
                if spec is None:
                    raise
                break
            if element is END:
                break
            found = elements.spec_of(element)
            spec = found if spec is None else elements.merge_specs(spec, found)
    finally:
        iterator.close()
    return spec


def spec_by_calling(node: Node, results: list[Any], error: Exception | None) -> Any:
    """The spec of a node whose function has to be called: what results for made-up and for real elements share.

    Args:
        node: the node.
        results: the function's for made-up elements.
        error: the one that it raised for made-up elements.
    """
    specs = [elements.spec_of(elements.from_result(result)) for result in results]
    try:
        looked = spec_by_looking(node)
    except Exception as failure:
        if not specs:
            if isinstance(error, TypeError) and functions.of_tracing(error):
                raise error from failure
            functions.raise_as_traced(failure)
    else:
        specs += [] if looked is None else [looked]
    if not specs and functions.of_tracing(error):
        raise error
    try:
        return functools.reduce(elements.merge_specs, specs) if specs else TensorSpec(None)
    except (TypeError, ValueError):
        return specs[-1]


class MapNode(Node):
    """The result of a function for every element."""

    label = "_MapDataset"

    def __init__(
        self,
        child: Node,
        function: functions.UserFunction,
        threads: int = 1,
        ordered: bool | None = None,
        label: str = "",
        tuned: bool = False,
    ) -> None:
        super().__init__(child)
        self.function = function
        self._threads, self._ordered = threads, ordered  # ordered None: as the dataset's options say
        self._tuned = tuned  # the number of threads is ours
        self.label = label or self.label
        self.parsed = self._parsed_first(child)
        self._spec = function.output_spec

    def _parsed_first(self, child: Node) -> ParsedFirst | None:
        """The function as parsing of many records and a traced function, where it is one."""
        function = self.function
        if not (function.eager and function.compiles) or function.output_spec is not None:
            return None
        if not child.spec_is_known or child.spec != TensorSpec([], dtypes.string) or not reads_ahead(child):
            return None
        found = parsed_first(function.user)
        if found is not None:
            function.output_spec = found.spec
            if found.streams and function.seeds is None:
                function.seeds = Seeds()
        return found

    @property
    def spec(self) -> Any:
        if self._spec is None:
            self._spec = spec_by_calling(self, *self.function.probed(self.inputs[0].spec))
        return self._spec

    @property
    def spec_is_known(self) -> bool:
        return self.function.output_spec is not None

    def configured(self, options: Any) -> Node:
        twin = super().configured(options)
        assert isinstance(twin, MapNode)
        pool = options.threading.private_threadpool_size
        twin._ordered = options.deterministic if self._ordered is None else self._ordered
        twin._threads = min(self._threads, pool) if pool else self._threads
        return twin

    def source(self) -> Source | None:
        source = self.inputs[0].source() if self.function.pure else None
        return None if source is None else _Mapped(source, self.function)

    @property
    def chunkable(self) -> bool:
        return self.parsed is not None or self.function.vectorised and self.inputs[0].chunkable

    @property
    def in_blocks(self) -> bool:
        return self.parsed is None and self.function.by_blocks and self.inputs[0].in_blocks

    @property
    def in_pieces(self) -> bool:
        return self.parsed is not None or super().in_pieces

    @property
    def lookahead(self) -> bool:
        return self.function.lookahead and self.inputs[0].lookahead

    def how(self) -> str:
        if self.parsed is not None:
            return "many records parsed at once, then compiled"
        if self.chunkable:
            return "compiled, many elements at once"
        if self.in_blocks:
            return "compiled, many batches at once"
        threads = f" on {'up to ' * self._tuned}{self._threads} threads" if self._on_threads else ""
        return ("in Python, element by element" if self.function.eager else "compiled, element by element") + threads

    @property
    def _on_threads(self) -> bool:
        # Variables that are written have an order, which threads would not keep.
        return not self.chunkable and not self.in_blocks and self._threads > 1 and self.function.may_run_in_parallel

    def held(self) -> tuple[int, int]:
        count = 2 * self._threads if self._on_threads else 0  # calls that run, and results that wait for their turn
        return count, count * elements.bytes_of(self.spec)

    def random_parts(self) -> list[Any]:
        return [self.function]

    def iterator(self, run: Pass) -> NodeIterator:
        if self.source() is not None:
            return super().iterator(run)
        child = self.inputs[0]
        if self.parsed is not None:
            records = child.iterator(run) if child.in_pieces else child.stream(run)
            return ParsedMapIterator(records, self.function, self.parsed, run, child.in_pieces)
        if self.chunkable or self.in_blocks:
            return MapIterator(child.iterator(run), functions.Calls(self.function, run), self.function)
        if self._on_threads:
            ordered = self._ordered is not False
            return ParallelMapIterator(child.stream(run), self.function, run, self._threads, ordered, self._tuned)
        return MapIterator(child.stream(run), functions.Calls(self.function, run), self.function)


class MapIterator(NodeIterator):
    """Calls the function, on many elements at once where it can."""

    def __init__(self, child: NodeIterator, calls: functions.Calls, function: functions.UserFunction) -> None:
        self._child, self._calls, self._function = child, calls, function

    def next(self) -> Any:
        element = self._child.next()
        return END if element is END else self._calls(element)

    def chunk(self, count: int) -> tuple[int, Any]:
        got, rows = self._child.chunk(count)
        return got, self._calls.many(got, rows) if got else None

    def several(self, count: int) -> tuple[int, Any]:
        got, rows = self._child.several(count)
        return got, self._calls.blocks(got, rows) if got else None

    def skip(self, count: int) -> int:
        return self._child.skip(count) if self._function.pure or self._function.by_blocks else super().skip(count)

    def state(self) -> Any:
        return {"child": self._child.state(), "calls": self._calls.state()}

    def restore(self, state: Any) -> None:
        self._child.restore(state["child"])
        self._calls.restore(state["calls"])

    def close(self) -> None:
        self._child.close()
