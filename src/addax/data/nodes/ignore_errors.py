"""Dataset.ignore_errors and assert_cardinality."""

from __future__ import annotations

import logging
from typing import Any

from addax.core import errors
from addax.data.node import END, INFINITE, UNKNOWN, Node, NodeIterator, WhereItsChildIs
from addax.data.seeds import Pass


class IgnoreErrorsNode(Node):
    """The elements that could be made; those that raised are left out, and counted in `ignored`."""

    label = "_IgnoreErrorsDataset"

    def __init__(self, child: Node, log_warning: bool) -> None:
        super().__init__(child)
        self._log = log_warning
        self.ignored = 0

    def cardinality(self) -> int:
        return UNKNOWN  # of an endless input, too, perhaps nothing is left

    def iterator(self, run: Pass) -> NodeIterator:
        return IgnoreErrorsIterator(self, run, self._log)


class IgnoreErrorsIterator(WhereItsChildIs):
    """Goes on after an error. Iterators advance, or end, when they raise; one that does neither is given up."""

    _MOST_IN_A_ROW = 100_000

    def __init__(self, node: IgnoreErrorsNode, run: Pass, log: bool) -> None:
        self._node, self._log = node, log
        self._child = node.inputs[0].iterator(run)

    def next(self) -> Any:
        for _ in range(self._MOST_IN_A_ROW):
            try:
                return self._child.next()
            except Exception as error:
                self._node.ignored += 1
                if self._log:
                    logging.getLogger("addax").warning("Dataset.ignore_errors: left out an element: %s", error)
        return END


class AssertCardinalityNode(Node):
    """Declares the number of elements, and checks it."""

    label = "_AssertCardinalityDataset"

    def __init__(self, child: Node, expected: int) -> None:
        super().__init__(child)
        self._expected = expected

    def cardinality(self) -> int:
        return self._expected

    def iterator(self, run: Pass) -> NodeIterator:
        return AssertCardinalityIterator(self.inputs[0].stream(run), self._expected)


class AssertCardinalityIterator(NodeIterator):
    """Counts."""

    def __init__(self, child: NodeIterator, expected: int) -> None:
        self._child, self._expected = child, expected
        self._seen = 0

    def next(self) -> Any:
        element = self._child.next()
        if element is END:
            if self._seen != self._expected:
                error = self._wrong(f"{self._seen} element{'' if self._seen == 1 else 's'}")
                error.ends_input = True  # type: ignore[attr-defined]  # zip, window and the like need not ask again
                raise error
            return END
        self._seen += 1
        if self._expected != INFINITE and self._expected < self._seen:
            raise self._wrong(f"at least {self._seen} elements")
        return element

    def _wrong(self, found: str) -> errors.FailedPreconditionError:
        wanted = "an infinite number of" if self._expected == INFINITE else self._expected
        text = f"Input dataset was expected to contain {wanted} elements but contained {found}."
        return errors.FailedPreconditionError(None, None, f"{text} (assert_cardinality)")

    def state(self) -> Any:
        return {"child": self._child.state(), "seen": self._seen}

    def restore(self, state: Any) -> None:
        self._child.restore(state["child"])
        self._seen = int(state["seen"])

    def close(self) -> None:
        self._child.close()
