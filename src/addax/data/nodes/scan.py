"""Dataset.scan, and the loop of Dataset.reduce: functions that carry a state from element to element."""

from __future__ import annotations

from typing import Any

import numpy as np

from addax.core.spec import TensorSpec, TypeSpec
from addax.data import elements, functions
from addax.data.node import END, Node, NodeIterator
from addax.data.seeds import Pass, Position


def check_state(before: Any, after: Any, who: str) -> None:
    """Raise TypeError where a function returns a state of other dtypes or structure than it was given."""
    try:
        merged = elements.merge_specs(before, after)
    except (TypeError, ValueError) as error:
        raise TypeError(
            f"{who}: the element types for the new state must match the initial state.\n"
            f"  Expected: {before}.\n  Received: {after} ({error})."
        ) from None
    del merged


class ScanNode(Node):
    """(state, element) -> (new state, output), over all elements."""

    label = "_ScanDataset"

    def __init__(self, child: Node, initial: Any, function: functions.UserFunction) -> None:
        super().__init__(child)
        self._initial, self._function = initial, function
        spec = function.output_spec
        if spec is not None:
            if isinstance(spec, TypeSpec | dict) or len(spec) != 2:
                raise TypeError(
                    "Invalid `scan_func`. `scan_func` should return a pair consisting of new state and the output "
                    f"value but its return type is {spec}. (Dataset.scan: {function.place})"
                )
            check_state(elements.spec_of(initial), spec[0], "Dataset.scan")
        self._spec = None if spec is None else spec[1]

    @property
    def spec(self) -> Any:
        if self._spec is None:
            from addax.data.nodes.map import spec_by_calling  # map is a sibling that only this case needs

            found, error = self._function.probed((elements.spec_of(self._initial), self.inputs[0].spec))
            pairs = [pair for pair in found if isinstance(pair, tuple) and len(pair) == 2]
            if pairs:
                after = elements.spec_of(elements.from_result(pairs[0][0]))
                check_state(elements.spec_of(self._initial), after, "Dataset.scan")
            self._spec = spec_by_calling(self, [pair[1] for pair in pairs], error)
        return self._spec

    @property
    def spec_is_known(self) -> bool:
        return self._function.output_spec is not None

    def random_parts(self) -> list[Any]:
        return [self._function]

    def iterator(self, run: Pass) -> NodeIterator:
        return ScanIterator(self.inputs[0].stream(run), self._initial, functions.Calls(self._function, run))


class ScanIterator(NodeIterator):
    """Carries the state along."""

    def __init__(self, child: NodeIterator, initial: Any, call: functions.Calls) -> None:
        self._child, self._state, self._call = child, initial, call

    def next(self) -> Any:
        element = self._child.next()
        if element is END:
            return END
        self._state, output = self._call((self._state, element))
        return output

    def state(self) -> Any:
        return {
            "child": self._child.state(), "state": elements.to_host(self._state), "calls": self._call.state(),
        }  # fmt: skip

    def restore(self, state: Any) -> None:
        self._child.restore(state["child"])
        self._state = state["state"]
        self._call.restore(state["calls"])

    def close(self) -> None:
        self._child.close()


def reduce_elements(node: Node, initial: Any, user: Any) -> Any:
    """The state after a function (state, element) -> state has seen all elements."""
    spec = elements.spec_of(initial)
    function = functions.UserFunction(user, (spec, node.spec), "Dataset.reduce")
    after = function.output_spec
    if after is not None:
        check_state(spec, after, "Dataset.reduce")
        relaxed = elements.map_specs(_relaxed, spec, after)
        if relaxed != spec:  # the state's shape changes on the way
            function = functions.UserFunction(user, (relaxed, node.spec), "Dataset.reduce")
    call, state = functions.Calls(function, Pass({})), initial
    iterator = Position(node).iterator
    try:
        while (element := iterator.next()) is not END:
            state = call((state, element))
    finally:
        iterator.close()
    return elements.to_tensors(state)


def _relaxed(a: Any, b: Any) -> Any:
    if isinstance(a, TensorSpec) and isinstance(b, TensorSpec):
        return a.most_specific_common_supertype([b])
    return a


def scalar(value: Any) -> Any:
    """A number that a user's function returned."""
    return np.asarray(value).item()
