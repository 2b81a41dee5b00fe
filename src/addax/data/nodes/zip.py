"""Dataset.zip."""

from __future__ import annotations

from typing import Any

import numpy as np

from addax.data import elements
from addax.data.node import END, INFINITE, UNKNOWN, Node, NodeIterator, Source
from addax.data.seeds import Pass


def pack(structure: Any, parts: list[Any]) -> Any:
    """The parts in the structure of the datasets that were zipped (a tuple or dict of numbers)."""
    if isinstance(structure, int):
        return parts[structure]
    if isinstance(structure, dict):
        return type(structure)((key, pack(item, parts)) for key, item in structure.items())
    made = [pack(item, parts) for item in structure]
    return type(structure)(*made) if hasattr(structure, "_fields") else tuple(made)


class _Zipped(Source):
    def __init__(self, structure: Any, sources: list[Source]) -> None:
        self._structure, self._sources = structure, sources
        finite = [source.size for source in sources if source.size != INFINITE]
        self.size = min(finite) if finite else INFINITE

    def gather(self, indices: np.ndarray) -> Any:
        return pack(self._structure, [source.gather(indices) for source in self._sources])

    def rows(self, start: int, stop: int) -> Any:
        return pack(self._structure, [source.rows(start, stop) for source in self._sources])


class ZipNode(Node):
    """Elements of several inputs side by side; ends with the shortest."""

    label = "_ZipDataset"

    def __init__(self, structure: Any, children: list[Node]) -> None:
        super().__init__(*children)
        self.structure = structure

    @property
    def spec(self) -> Any:
        return pack(self.structure, [child.spec for child in self.inputs])

    def cardinality(self) -> int:
        sizes = [child.cardinality() for child in self.inputs]
        if UNKNOWN in sizes:
            return 0 if 0 in sizes else UNKNOWN
        finite = [size for size in sizes if size != INFINITE]
        return min(finite) if finite else INFINITE

    @property
    def instant(self) -> bool:
        return all(child.instant for child in self.inputs)

    def source(self) -> Source | None:
        sources = [child.source() for child in self.inputs]
        return None if any(source is None for source in sources) else _Zipped(self.structure, sources)  # type: ignore[arg-type]

    @property
    def chunkable(self) -> bool:
        return all(child.chunkable and child.lookahead for child in self.inputs)  # no errors in the middle of a chunk

    @property
    def lookahead(self) -> bool:
        return all(child.lookahead for child in self.inputs)

    def iterator(self, run: Pass) -> NodeIterator:
        if self.source() is not None:
            return super().iterator(run)
        whole = self.chunkable
        return ZipIterator(
            self.structure,
            [c.iterator(run.within(i)) if whole else c.stream(run.within(i)) for i, c in enumerate(self.inputs)],
        )


class ZipIterator(NodeIterator):
    """One element of each."""

    def __init__(self, structure: Any, children: list[NodeIterator]) -> None:
        self._structure, self._children = structure, children
        self._over = False

    def next(self) -> Any:
        if self._over:
            return END
        parts, failure = [], None
        for child in self._children:
            try:
                part = child.next()
            except Exception as error:  # the others go on as well, so that what belongs together stays together
                failure = failure or error
                self._over = self._over or hasattr(error, "ends_input")
                continue
            if part is END:
                self._over = True
                break
            parts.append(part)
        if failure is not None:
            raise failure
        return END if self._over else pack(self._structure, parts)

    def chunk(self, count: int) -> tuple[int, Any]:
        if self._over:
            return 0, None
        pairs = [child.chunk(count) for child in self._children]
        got = min(pair[0] for pair in pairs)
        self._over = got < count
        if not got:
            return 0, None
        rows = [part if n == got else elements.slice_rows(part, 0, got) for n, part in pairs]
        return got, pack(self._structure, rows)

    def state(self) -> Any:
        return {"over": self._over, "children": [child.state() for child in self._children]}

    def restore(self, state: Any) -> None:
        self._over = bool(state["over"])
        for child, kept in zip(self._children, state["children"], strict=True):
            child.restore(kept)

    def close(self) -> None:
        for child in self._children:
            child.close()
