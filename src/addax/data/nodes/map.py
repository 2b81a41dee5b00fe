"""Dataset.map."""

from __future__ import annotations

from typing import Any

import numpy as np

from addax.core.spec import TensorSpec
from addax.data import elements, functions
from addax.data.node import END, Node, NodeIterator, Source
from addax.data.seeds import peeking

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
    """The spec of a node's elements from the first few of them."""
    spec = None
    with peeking():
        iterator = node.iterator()
        try:
            for _ in range(_LOOKED_AT):
                element = iterator.next()
                if element is END:
                    break
                found = elements.spec_of(element)
                spec = found if spec is None else elements.merge_specs(spec, found)
        finally:
            iterator.close()
    return TensorSpec(None) if spec is None else spec


class MapNode(Node):
    """The result of a function for every element."""

    label = "_MapDataset"

    def __init__(self, child: Node, function: functions.UserFunction) -> None:
        super().__init__(child)
        self.function = function
        self._spec = function.output_spec

    @property
    def spec(self) -> Any:
        if self._spec is None:
            self._spec = spec_by_looking(self)
        return self._spec

    def source(self) -> Source | None:
        source = self.inputs[0].source() if self.function.pure else None
        return None if source is None else _Mapped(source, self.function)

    @property
    def chunkable(self) -> bool:
        return self.function.vectorised and self.inputs[0].chunkable

    @property
    def lookahead(self) -> bool:
        return self.function.lookahead and self.inputs[0].lookahead

    def iterator(self) -> NodeIterator:
        if self.source() is not None:
            return super().iterator()
        child = self.inputs[0]
        return MapIterator(child.iterator() if self.chunkable else child.stream(), self.function)


class MapIterator(NodeIterator):
    """Calls the function, on many elements at once where it can."""

    def __init__(self, child: NodeIterator, function: functions.UserFunction) -> None:
        self._child, self._function = child, function
        self._streams: functions.Streams | None = None
        self._number = 0

    def _random(self) -> functions.Streams | None:
        if self._streams is None and self._function.seeds is not None:
            self._streams = functions.Streams(self._function.seeds, self._function.seeds.begin())
        return self._streams

    def next(self) -> Any:
        element = self._child.next()
        if element is END:
            return END
        self._number += 1
        try:
            return self._function(element, self._random())
        except Exception as error:
            raise functions.explained(error, self._function.who, self._number - 1, self._function.place) from error

    def chunk(self, count: int) -> tuple[int, Any]:
        got, rows = self._child.chunk(count)
        self._number += got
        return got, self._function.many(got, rows, self._random()) if got else None

    def skip(self, count: int) -> int:
        if self._function.pure:
            return self._child.skip(count)
        return super().skip(count)

    def state(self) -> Any:
        seeds = self._function.seeds
        return {
            "child": self._child.state(), "number": self._number,
            "streams": None if self._streams is None else self._streams.state(),
            "following": None if seeds is None else [seeds.entropy, seeds.passes],
        }  # fmt: skip

    def restore(self, state: Any) -> None:
        self._child.restore(state["child"])
        self._number = int(state["number"])
        if state["following"] is not None and self._function.seeds is not None:
            self._function.seeds.resume(int(state["following"][1]), state["following"][0])
        self._streams = None
        if state["streams"] is not None and self._function.seeds is not None:
            self._streams = functions.Streams(self._function.seeds, 0)
            self._streams.restore(state["streams"])

    def close(self) -> None:
        self._child.close()
