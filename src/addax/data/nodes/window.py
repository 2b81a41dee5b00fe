"""Dataset.window: small datasets of consecutive elements."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from addax.core.spec import TensorSpec
from addax.data import elements
from addax.data.node import END, Node, NodeIterator
from addax.data.nodes.shuffle_order import described, error_of
from addax.data.nodes.slices import SlicesNode
from addax.data.nodes.tensors import ListNode
from addax.data.seeds import Pass


class WindowNode(Node):
    """Datasets of `size` elements, `stride` apart, each `shift` after the last. `wrap` makes a dataset of a node."""

    label = "_WindowDataset"

    def __init__(
        self, child: Node, size: int, shift: int, stride: int, drop_remainder: bool, wrap: Callable[[Node], Any]
    ) -> None:
        super().__init__(child)
        self.size, self.shift, self.stride, self.drop = size, shift, stride, drop_remainder
        self.wrap = wrap

    @property
    def spec(self) -> Any:
        from addax.data.spec import DatasetSpec  # spec needs the iterators, which need the nodes

        return elements.map_specs(DatasetSpec, self.inputs[0].spec)

    def cardinality(self) -> int:
        size = self.inputs[0].cardinality()
        if size < 0:
            return size
        if not self.drop:
            return -(-size // self.shift)
        span = (self.size - 1) * self.stride + 1
        return max(0, (size - span) // self.shift + 1)

    def held(self) -> tuple[int, int]:
        span = (self.size - 1) * self.stride + 1
        return span, span * elements.bytes_of(self.inputs[0].spec)

    def iterator(self, run: Pass) -> NodeIterator:
        return WindowIterator(self, run)


class _Failure:
    """In place of an element that the input failed to make."""

    def __init__(self, error: Exception) -> None:
        self.error = error


class WindowIterator(NodeIterator):
    """Keeps the elements that the next window may need."""

    def __init__(self, node: WindowNode, run: Pass) -> None:
        self._node = node
        self._child = node.inputs[0].stream(run)
        self._kept: list[Any] = []
        self._gap = 0  # elements to pass over before the next window
        self._ended = False
        self._specs = elements.flatten_specs(node.inputs[0].spec)

    def next(self) -> Any:
        node = self._node
        span = (node.size - 1) * node.stride + 1
        if self._gap and not self._ended:
            self._ended = self._child.skip(self._gap) < self._gap
        self._gap = 0
        while len(self._kept) < span and not self._ended:
            try:
                element = self._child.next()
            except Exception as error:  # it comes with the windows that would have held the element
                element = END if hasattr(error, "ends_input") else _Failure(error)
            if element is END:
                self._ended = True
            else:
                self._kept.append(element)
        if not self._kept or (node.drop and len(self._kept) < span):
            self._kept = []
            return END
        window = self._kept[: span : node.stride]
        self._gap = max(0, node.shift - len(self._kept))
        self._kept = self._kept[node.shift :]
        for element in window:
            if type(element) is _Failure:
                raise element.error
        return self._datasets(window)

    def _datasets(self, window: list[Any]) -> Any:
        columns = list(zip(*[elements.flatten(item) for item in window], strict=True))
        made = []
        for column, spec in zip(columns, self._specs, strict=True):
            made.append(self._node.wrap(dataset_node(list(column), spec)))
        return elements.pack_like(window[0], made)

    def state(self) -> Any:
        failed = [described(item.error) if type(item) is _Failure else None for item in self._kept]
        kept = [None if type(item) is _Failure else elements.to_host(item) for item in self._kept]
        return {"child": self._child.state(), "kept": kept, "failed": failed, "gap": self._gap, "ended": self._ended}

    def restore(self, state: Any) -> None:
        self._child.restore(state["child"])
        self._gap, self._ended = int(state["gap"]), bool(state["ended"])
        errors = [error_of(each) for each in state["failed"]]
        self._kept = [
            item if error is None else _Failure(error) for item, error in zip(state["kept"], errors, strict=True)
        ]

    def close(self) -> None:
        self._child.close()


def dataset_node(items: list[Any], spec: Any) -> Node:
    """A node over elements in memory, stacked where they can be."""
    arrays = items if spec is not None and all(elements.is_array(item) for item in items) else []
    plain = type(spec) is TensorSpec or all(type(leaf) is TensorSpec for leaf in elements.flatten_specs(spec))
    if arrays and plain and len({np.shape(item) for item in arrays}) == 1:
        node: Node = SlicesNode(elements.stack(items, "Dataset.window"), spec)
    elif items and elements.is_static(spec):
        node = SlicesNode(elements.stack(items, "Dataset.window"), spec)
    else:
        node = ListNode(items, spec)
    node.label = "_VariantDataset"
    return node
