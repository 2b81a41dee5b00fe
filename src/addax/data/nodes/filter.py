"""Dataset.filter."""

from __future__ import annotations

from typing import Any

import numpy as np

from addax.core import dtypes
from addax.core.spec import TensorSpec
from addax.data import elements, functions
from addax.data.node import END, UNKNOWN, Node, NodeIterator
from addax.data.seeds import Pass


def check_predicate(function: functions.UserFunction) -> None:
    """Raise ValueError where a predicate is known not to return one bool."""
    spec = function.output_spec
    if spec is None:
        return
    if not (isinstance(spec, TensorSpec) and spec.dtype == dtypes.bool and spec.shape.is_compatible_with([])):
        raise ValueError(
            f"Invalid `predicate`. `predicate` must return a `tf.bool` scalar tensor, but its return type is {spec}. "
            f"({function.who}: {function.place})"
        )


def check_called(function: functions.UserFunction, spec: Any) -> None:
    """The same for a predicate that has to be called, by what it returns for elements that are made up."""
    if not function.compiles or function.output_spec is not None:
        return
    found, problem = function.probed(spec)
    if not found and isinstance(problem, TypeError) and functions.of_tracing(problem):
        raise problem  # whatever the element, its kind does not suit the function
    specs = [elements.spec_of(elements.from_result(result)) for result in found]
    for each in specs:
        if not (isinstance(each, TensorSpec) and each.dtype == dtypes.bool and each.shape.is_compatible_with([])):
            raise ValueError(
                "Invalid `predicate`. `predicate` must return a `tf.bool` scalar tensor, but its return type is "
                f"{each}. ({function.who}: {function.place})"
            )


class PredicateNode(Node):
    """Some of the elements, as a function of the user's says."""

    def __init__(self, child: Node, function: functions.UserFunction) -> None:
        super().__init__(child)
        check_predicate(function)
        self._function = function
        self._checked = child.spec_is_known
        if self._checked:
            check_called(function, child.spec)

    @property
    def spec(self) -> Any:
        spec = self.inputs[0].spec
        if not self._checked:
            self._checked = True
            check_called(self._function, spec)
        return spec

    def cardinality(self) -> int:
        return UNKNOWN

    def random_parts(self) -> list[Any]:
        return [self._function]


class FilterNode(PredicateNode):
    """The elements for which a function says true."""

    label = "_FilterDataset"

    @property
    def chunkable(self) -> bool:
        return self._function.pure and self.inputs[0].chunkable and self.inputs[0].lookahead

    @property
    def lookahead(self) -> bool:
        return self.chunkable

    def iterator(self, run: Pass) -> NodeIterator:
        child = self.inputs[0]
        if self.chunkable:
            return ChunkFilterIterator(child.iterator(run), self._function, 4 * elements.block_size(child.spec))
        return FilterIterator(child.stream(run), functions.Calls(self._function, run))


class FilterIterator(NodeIterator):
    """Asks about one element at a time."""

    def __init__(self, child: NodeIterator, call: functions.Calls) -> None:
        self._child, self._call = child, call

    def next(self) -> Any:
        while (element := self._child.next()) is not END:
            if bool(np.asarray(self._call(element))):
                return element
        return END

    def state(self) -> Any:
        return {"child": self._child.state(), "calls": self._call.state()}

    def restore(self, state: Any) -> None:
        self._child.restore(state["child"])
        self._call.restore(state["calls"])

    def close(self) -> None:
        self._child.close()


class ChunkFilterIterator(NodeIterator):
    """Asks about a block of elements at once."""

    def __init__(self, child: NodeIterator, function: functions.UserFunction, block: int) -> None:
        self._child, self._function, self._block = child, function, block
        self._begin()

    def _begin(self) -> None:
        self._before = self._child.state()
        self._rows: Any = None
        self._kept = np.empty(0, np.int64)
        self._at = 0

    def _read(self) -> bool:
        """Read the next block; False at the end."""
        self._begin()
        count, self._rows = self._child.chunk(self._block)
        if count:
            self._kept = np.flatnonzero(np.asarray(self._function.many(count, self._rows)))
        return bool(count)

    def chunk(self, count: int) -> tuple[int, Any]:
        parts, have = [], 0
        while have < count:
            if self._at == len(self._kept):
                if not self._read():
                    break
                continue
            kept = self._kept[self._at : self._at + count - have]
            parts.append(elements.apply(lambda leaf, kept=kept: np.asarray(leaf)[kept], self._rows))
            self._at += len(kept)
            have += len(kept)
        return have, elements.join(parts) if parts else None

    def state(self) -> Any:
        return {"child": self._before, "at": self._at}

    def restore(self, state: Any) -> None:
        self._child.restore(state["child"])
        self._begin()
        if state["at"]:
            self._read()
            self._at = int(state["at"])

    def close(self) -> None:
        self._child.close()
