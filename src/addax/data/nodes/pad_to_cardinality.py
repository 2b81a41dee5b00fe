"""tf.data.experimental.pad_to_cardinality."""

from __future__ import annotations

from typing import Any

import numpy as np

from addax.core import dtypes, errors
from addax.core.spec import TensorSpec
from addax.data import elements
from addax.data.node import END, Node, NodeIterator
from addax.data.seeds import Pass


class PadNode(Node):
    """Dict elements with a bool that says whether they are real; elements of zeros follow up to `size`."""

    label = "_ConcatenateDataset"

    def __init__(self, child: Node, size: int, key: str) -> None:
        super().__init__(child)
        have = child.cardinality()
        if have > size:
            raise ValueError(
                f"pad_to_cardinality: expected at most {size} elements, received a dataset of {have} elements."
            )
        if not isinstance(child.spec, dict):
            raise TypeError(f"pad_to_cardinality: expected elements that are dicts, received {child.spec}.")
        if key in child.spec:
            raise ValueError(f"pad_to_cardinality: expected a mask_key that is not in the elements, received {key!r}.")
        self.size, self.key = size, key

    @property
    def spec(self) -> Any:
        return {**self.inputs[0].spec, self.key: TensorSpec([], dtypes.bool)}

    def cardinality(self) -> int:
        return self.size

    def iterator(self, run: Pass) -> NodeIterator:
        return PadIterator(self, self.inputs[0].stream(run))

    def zeros(self) -> Any:
        """An element of zeros."""

        def leaf(spec: Any) -> np.ndarray:
            shape = [0 if size is None else size for size in spec.shape.as_list()]
            return np.full(shape, b"", object) if spec.dtype == dtypes.string else np.zeros(shape, spec.dtype.np)

        return elements.map_specs(leaf, self.inputs[0].spec)


class PadIterator(NodeIterator):
    """Counts, and goes on with zeros."""

    def __init__(self, node: PadNode, child: NodeIterator) -> None:
        self._node, self._child = node, child
        self._given = 0
        self._ended = False

    def next(self) -> Any:
        element = END if self._ended else self._child.next()
        if element is END:
            self._ended = True
            if self._given >= self._node.size:
                return END
            self._given += 1
            return {**self._node.zeros(), self._node.key: np.asarray(False)}
        if self._given >= self._node.size:
            raise errors.InvalidArgumentError(
                errors.message("pad_to_cardinality", expected=f"at most {self._node.size} elements", received="more")
            )
        self._given += 1
        return {**element, self._node.key: np.asarray(True)}

    def state(self) -> Any:
        return {"child": self._child.state(), "given": self._given, "ended": self._ended}

    def restore(self, state: Any) -> None:
        self._child.restore(state["child"])
        self._given, self._ended = int(state["given"]), bool(state["ended"])

    def close(self) -> None:
        self._child.close()
