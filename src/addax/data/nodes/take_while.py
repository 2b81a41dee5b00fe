"""Dataset.take_while."""

from __future__ import annotations

from typing import Any

import numpy as np

from addax.data import functions
from addax.data.node import END, NodeIterator
from addax.data.nodes.filter import PredicateNode
from addax.data.seeds import Pass


class TakeWhileNode(PredicateNode):
    """The elements up to the first one for which a function says false."""

    label = "_TakeWhileDataset"

    def iterator(self, run: Pass) -> NodeIterator:
        return TakeWhileIterator(self.inputs[0].stream(run), functions.Calls(self._function, run))


class TakeWhileIterator(NodeIterator):
    """Asks about each element until the answer is no."""

    def __init__(self, child: NodeIterator, call: functions.Calls) -> None:
        self._child, self._call = child, call
        self._over = False

    def next(self) -> Any:
        if self._over:
            return END
        element = self._child.next()
        if element is END or not bool(np.asarray(self._call(element))):
            self._over = True
            return END
        return element

    def state(self) -> Any:
        return {"child": self._child.state(), "over": self._over, "calls": self._call.state()}

    def restore(self, state: Any) -> None:
        self._child.restore(state["child"])
        self._over = bool(state["over"])
        self._call.restore(state["calls"])

    def close(self) -> None:
        self._child.close()
