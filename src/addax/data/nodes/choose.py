"""Dataset.choose_from_datasets and sample_from_datasets: choices between datasets."""

from __future__ import annotations

from typing import Any

import numpy as np

from addax.core import dtypes, errors
from addax.core.spec import TensorSpec
from addax.data import elements
from addax.data.node import END, INFINITE, UNKNOWN, Node, NodeIterator
from addax.data.nodes.random import points
from addax.data.seeds import Pass


class ChooseNode(Node):
    """Each element of the first input says which of the others the next element comes from."""

    label = "_DirectedInterleaveDataset"

    def __init__(self, choices: Node, children: list[Node], stop_on_empty: bool) -> None:
        super().__init__(choices, *children)
        self._stop = stop_on_empty
        spec = children[0].spec
        for child in children[1:]:
            try:
                spec = elements.merge_specs(spec, child.spec)
            except (TypeError, ValueError) as error:
                raise TypeError(
                    "Invalid `datasets`. `datasets` must have compatible element specs.\n"
                    f"  Received: {spec} and {child.spec}: {error}"
                ) from None
        self._spec = spec

    @property
    def spec(self) -> Any:
        return self._spec

    def cardinality(self) -> int:
        endless = [child.cardinality() == INFINITE for child in self.inputs]
        return INFINITE if endless[0] and (all(endless) if self._stop else any(endless[1:])) else UNKNOWN

    def iterator(self, run: Pass) -> NodeIterator:
        return ChooseIterator(
            self.inputs[0].stream(run),
            [child.stream(run.within(i)) for i, child in enumerate(self.inputs[1:])],
            self._stop,
        )


class ChooseIterator(NodeIterator):
    """Follows the choices."""

    def __init__(self, choices: NodeIterator, children: list[NodeIterator], stop: bool) -> None:
        self._choices, self._children, self._stop = choices, children, stop
        self._empty = [False] * len(children)

    def next(self) -> Any:
        while not all(self._empty) and not (self._stop and any(self._empty)):
            choice = self._choices.next()
            if choice is END:
                return END
            number = int(np.asarray(choice))
            if not 0 <= number < len(self._children):
                raise errors.InvalidArgumentError(
                    f"Selector index out of range: {number} >= {len(self._children)}. (Dataset.choose_from_datasets)"
                )
            if self._empty[number]:
                continue
            element = self._children[number].next()
            if element is not END:
                return element
            self._empty[number] = True
        return END

    def state(self) -> Any:
        children = [child.state() for child in self._children]
        return {"choices": self._choices.state(), "children": children, "empty": list(self._empty)}

    def restore(self, state: Any) -> None:
        self._choices.restore(state["choices"])
        for child, kept in zip(self._children, state["children"], strict=True):
            child.restore(kept)
        self._empty = [bool(flag) for flag in state["empty"]]

    def close(self) -> None:
        for child in (self._choices, *self._children):
            child.close()


class WeightedNode(Node):
    """A choice per element of a dataset of weights."""

    label = "_MapDataset"

    def __init__(self, weights: Node, draws: Node, count: int) -> None:
        super().__init__(weights, draws)
        self._count = count

    @property
    def spec(self) -> Any:
        return TensorSpec([], dtypes.int64)

    def iterator(self, run: Pass) -> NodeIterator:
        return WeightedIterator(self.inputs[0].stream(run), self.inputs[1].stream(run), self._count)


class WeightedIterator(NodeIterator):
    """Draws a number with the odds that the weights say."""

    def __init__(self, weights: NodeIterator, draws: NodeIterator, count: int) -> None:
        self._weights, self._draws, self._count = weights, draws, count

    def next(self) -> Any:
        weights = self._weights.next()
        if weights is END:
            return END
        odds = np.cumsum(np.asarray(weights, np.float64))
        if len(odds) != self._count:
            raise ValueError(f"Dataset.sample_from_datasets: expected {self._count} weights, received {len(odds)}.")
        pair = np.array([int(self._draws.next()) for _ in range(2)], np.int64)
        point = points(pair[None])[0] * odds[-1]
        return np.asarray(min(int(np.searchsorted(odds, point, side="right")), self._count - 1), np.int64)

    def state(self) -> Any:
        return {"weights": self._weights.state(), "draws": self._draws.state()}

    def restore(self, state: Any) -> None:
        self._weights.restore(state["weights"])
        self._draws.restore(state["draws"])

    def close(self) -> None:
        self._weights.close()
