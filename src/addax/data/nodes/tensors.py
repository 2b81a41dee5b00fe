"""Dataset.from_tensors: one element."""

from __future__ import annotations

from typing import Any

import numpy as np

from addax.data import elements
from addax.data.node import END, Node, NodeIterator, Source
from addax.data.seeds import Pass


class _Single(Source):
    size = 1

    def __init__(self, element: Any) -> None:
        self._element = element

    def gather(self, indices: np.ndarray) -> Any:
        return elements.apply(lambda leaf: np.broadcast_to(leaf, (len(indices), *leaf.shape)), self._element)


class TensorsNode(Node):
    """One element."""

    label = "_TensorDataset"
    instant = True  # type: ignore[assignment]

    def __init__(self, element: Any) -> None:
        super().__init__()
        self._element = element
        self._spec = elements.spec_of(element)

    @property
    def spec(self) -> Any:
        return self._spec

    def cardinality(self) -> int:
        return 1

    def source(self) -> Source | None:
        return _Single(self._element) if elements.is_static(self._spec) else None

    def iterator(self, run: Pass) -> NodeIterator:
        return super().iterator(run) if self.source() is not None else ListIterator([self._element])


class ListIterator(NodeIterator):
    """Elements of a list."""

    def __init__(self, items: list[Any]) -> None:
        self._items = items
        self._position = 0

    def next(self) -> Any:
        if self._position >= len(self._items):
            return END
        self._position += 1
        return self._items[self._position - 1]

    def state(self) -> Any:
        return {"position": self._position}

    def restore(self, state: Any) -> None:
        self._position = int(state["position"])


class ListNode(Node):
    """Elements kept one by one, where they cannot be stacked."""

    label = "_TensorSliceDataset"
    instant = True  # type: ignore[assignment]

    def __init__(self, items: list[Any], spec: Any) -> None:
        super().__init__()
        self._items = items
        self._spec = spec

    @property
    def spec(self) -> Any:
        return self._spec

    def cardinality(self) -> int:
        return len(self._items)

    def iterator(self, run: Pass) -> NodeIterator:
        return ListIterator(self._items)
