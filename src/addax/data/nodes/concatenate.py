"""Dataset.concatenate."""

from __future__ import annotations

from typing import Any

from addax.data import elements
from addax.data.node import END, INFINITE, UNKNOWN, Node, NodeIterator
from addax.data.seeds import Pass


class ConcatenateNode(Node):
    """One input after the other."""

    label = "_ConcatenateDataset"

    def __init__(self, first: Node, second: Node) -> None:
        super().__init__(first, second)
        before, after = first.spec, second.spec
        try:
            self._spec = elements.merge_specs(before, after)
        except (TypeError, ValueError) as error:
            raise TypeError(
                "Incompatible types of input datasets: Dataset.concatenate: expected two datasets whose elements have "
                f"the same structure and dtypes.\n  Received: {before} and {after}: {error}"
            ) from None

    @property
    def spec(self) -> Any:
        return self._spec

    def cardinality(self) -> int:
        sizes = [child.cardinality() for child in self.inputs]
        if INFINITE in sizes:
            return INFINITE
        return UNKNOWN if UNKNOWN in sizes else sum(sizes)

    @property
    def instant(self) -> bool:
        return all(child.instant for child in self.inputs)

    @property
    def chunkable(self) -> bool:
        return all(child.chunkable for child in self.inputs) and self.inputs[0].spec == self.inputs[1].spec

    @property
    def lookahead(self) -> bool:
        return all(child.lookahead for child in self.inputs)

    def iterator(self, run: Pass) -> NodeIterator:
        whole = self.chunkable
        return ConcatenateIterator(
            [c.iterator(run.within(i)) if whole else c.stream(run.within(i)) for i, c in enumerate(self.inputs)]
        )


class ConcatenateIterator(NodeIterator):
    """Goes through its children in turn."""

    def __init__(self, children: list[NodeIterator]) -> None:
        self._children = children
        self._current = 0

    def next(self) -> Any:
        while self._current < len(self._children):
            element = self._children[self._current].next()
            if element is not END:
                return element
            self._current += 1
        return END

    def chunk(self, count: int) -> tuple[int, Any]:
        parts, have = [], 0
        while have < count and self._current < len(self._children):
            got, rows = self._children[self._current].chunk(count - have)
            if got:
                parts.append(rows)
                have += got
            if have < count:
                self._current += 1
        return have, elements.join(parts) if parts else None

    def skip(self, count: int) -> int:
        have = 0
        while have < count and self._current < len(self._children):
            have += self._children[self._current].skip(count - have)
            if have < count:
                self._current += 1
        return have

    def state(self) -> Any:
        return {"current": self._current, "children": [child.state() for child in self._children]}

    def restore(self, state: Any) -> None:
        self._current = int(state["current"])
        for child, kept in zip(self._children, state["children"], strict=True):
            child.restore(kept)

    def close(self) -> None:
        for child in self._children:
            child.close()
