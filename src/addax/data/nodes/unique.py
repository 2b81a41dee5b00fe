"""Dataset.unique."""

from __future__ import annotations

from typing import Any

import numpy as np

from addax.core import dtypes, errors
from addax.core.spec import TensorSpec
from addax.data import elements
from addax.data.node import END, UNKNOWN, Node, NodeIterator
from addax.data.seeds import Pass


class UniqueNode(Node):
    """Each element the first time it comes."""

    label = "_UniqueDataset"

    def __init__(self, child: Node) -> None:
        super().__init__(child)
        specs = elements.flatten_specs(child.spec)
        for spec in specs:
            if getattr(spec, "dtype", None) not in (dtypes.int32, dtypes.int64, dtypes.string):
                found = getattr(spec, "dtype", spec)
                raise TypeError(
                    f"`tf.data.Dataset.unique` does not support type {found!r} -- only `tf.int32`, `tf.int64`, and "
                    "`tf.string` are supported. To do: map elements to numbers that stand for them."
                )
        if len(specs) != 1 or type(specs[0]) is not TensorSpec:
            raise errors.InvalidArgumentError(
                errors.message(
                    "Dataset.unique", expected="elements of a single component, which is a dense tensor",
                    received=child.spec, hint="pick one component with map",
                )
            )  # fmt: skip

    def cardinality(self) -> int:
        return UNKNOWN

    def iterator(self, run: Pass) -> NodeIterator:
        return UniqueIterator(self.inputs[0].stream(run))


class UniqueIterator(NodeIterator):
    """Remembers what came."""

    def __init__(self, child: NodeIterator) -> None:
        self._child = child
        self._seen: set[Any] = set()

    def next(self) -> Any:
        while (element := self._child.next()) is not END:
            key = tuple([_key(np.asarray(leaf)) for leaf in elements.flatten(element)])
            if key not in self._seen:
                self._seen.add(key)
                return element
        return END

    def held(self) -> tuple[int, int]:
        leaves = [value for key in self._seen for _, value in key]
        return len(self._seen), sum(len(v) if isinstance(v, bytes) else sum(map(len, v)) for v in leaves)

    def state(self) -> Any:
        return {"child": self._child.state(), "seen": list(self._seen)}

    def restore(self, state: Any) -> None:
        self._child.restore(state["child"])
        self._seen = {tuple((tuple(shape), value) for shape, value in key) for key in map(_tuples, state["seen"])}

    def close(self) -> None:
        self._child.close()


def _tuples(key: Any) -> Any:
    return [(shape, tuple(value) if isinstance(value, list) else value) for shape, value in key]


def _key(array: np.ndarray) -> Any:
    return array.shape, tuple(array.reshape(-1).tolist()) if array.dtype.kind == "O" else array.tobytes()
