"""Dataset.rejection_resample: elements are left out at random until the classes have the wanted shares."""

from __future__ import annotations

from typing import Any

import numpy as np

from addax.core.spec import TensorSpec
from addax.data import functions, seeds
from addax.data.node import END, INFINITE, UNKNOWN, Node, NodeIterator
from addax.data.nodes.scan import scalar
from addax.data.seeds import Pass


class RejectionNode(Node):
    """(class, element) pairs. Without `initial`, the classes' shares are counted as elements come."""

    label = "_DirectedInterleaveDataset"

    def __init__(
        self, child: Node, function: functions.UserFunction, target: np.ndarray, initial: np.ndarray | None, seed: Any
    ) -> None:
        super().__init__(child)
        self.function, self.target, self.initial = function, target, initial
        self.seeds = seeds.Seeds(seed)

    @property
    def spec(self) -> Any:
        return self.function.output_spec or TensorSpec([], "int32"), self.inputs[0].spec

    def random_parts(self) -> list[Any]:
        return [self, self.function]

    def cardinality(self) -> int:
        return INFINITE if self.inputs[0].cardinality() == INFINITE else UNKNOWN

    def iterator(self, run: Pass) -> NodeIterator:
        return RejectionIterator(self, run)


class RejectionIterator(NodeIterator):
    """Accepts an element of class c with probability target[c] / share[c], scaled so that the largest is 1."""

    def __init__(self, node: RejectionNode, run: Pass) -> None:
        self._node, self._run = node, run
        self._child = node.inputs[0].stream(run)
        self._calls = functions.Calls(node.function, run)
        self._seen = np.zeros(len(node.target))
        self._random: np.random.Generator | None = None
        self._draws = 0

    def _begin(self, draws: int = 0) -> np.random.Generator:
        self._random = seeds.generator(self._run.key(self._node))
        self._draws = draws
        if draws:
            self._random.random(draws)
        return self._random

    def _odds(self, label: int) -> float:
        target = self._node.target
        shares = self._node.initial if self._node.initial is not None else self._seen / self._seen.sum()
        known = shares > 0
        ratios = np.where(known, target / np.where(known, shares, 1.0), 0.0)
        largest = ratios.max()
        return float(ratios[label] / largest) if largest > 0 else 0.0

    def next(self) -> Any:
        source = self._random or self._begin()
        while (element := self._child.next()) is not END:
            label = self._calls(element)
            number = int(scalar(label))
            self._seen[number] += 1
            self._draws += 1
            if source.random() < self._odds(number):
                return np.asarray(label), element
        return END

    def state(self) -> Any:
        return {
            "child": self._child.state(), "calls": self._calls.state(), "seen": self._seen.copy(),
            "begun": self._random is not None, "draws": self._draws,
        }  # fmt: skip

    def restore(self, state: Any) -> None:
        self._child.restore(state["child"])
        self._calls.restore(state["calls"])
        self._seen = np.array(state["seen"])
        self._random = None
        if state["begun"]:
            self._begin(int(state["draws"]))

    def close(self) -> None:
        self._child.close()
