"""Dataset.group_by_window, and group_by_reducer."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from addax.core import errors
from addax.core.spec import TensorSpec
from addax.data import buffer_bytes, elements, functions
from addax.data.node import END, INFINITE, UNKNOWN, Node, NodeIterator
from addax.data.nodes.scan import scalar
from addax.data.nodes.window import dataset_node
from addax.data.seeds import Made, Pass, Position, Seeds


class GroupByWindowNode(Node):
    """Elements gathered by key; every `size` of a key are handed to a function as a dataset."""

    label = "_GroupByWindowDataset"

    def __init__(
        self, child: Node, key: functions.UserFunction | functions.Composed, reduce: Callable[..., Any],
        size: Callable[[int], int], wrap: Callable[[Node], Any], keys: Sequence[int] = (0, 1),
        sizes_vary: bool = False,
    ) -> None:  # fmt: skip
        self._sizes_vary = sizes_vary  # the function makes batches, and of each key other ones
        super().__init__(child)
        self._keys = keys  # examples, from which the spec is told
        self.key, self.size, self._reduce, self._wrap = key, size, reduce, wrap
        self._spec: Any = None
        self.seeds: Seeds | None = None  # of what the function draws for its datasets, once it does

    @property
    def spec(self) -> Any:
        if self._spec is None:
            empty = dataset_node([], self.inputs[0].spec)
            with Made(self, None).number(0):
                specs = [self.reduced(self._keys[0], empty).spec]
                for key in self._keys[1:]:
                    with contextlib.suppress(Exception):  # the function need not take every key
                        specs.append(self.reduced(key, empty).spec)
            self._spec = functools.reduce(elements.merge_specs, specs)
            if self._sizes_vary:
                self._spec = elements.map_specs(_of_any_size, self._spec)
        return self._spec

    def reduced(self, key: int, group: Node) -> Node:
        """The dataset made of a group."""
        made = self._reduce(elements.to_tensors(np.asarray(key, np.int64)), self._wrap(group))
        node = getattr(made, "_node", None)
        if not isinstance(node, Node):
            raise TypeError(f"Invalid `reduce_func`. `reduce_func` must return a `Dataset`; received {made!r:.80}.")
        return node

    def cardinality(self) -> int:
        return INFINITE if self.inputs[0].cardinality() == INFINITE else UNKNOWN

    def random_parts(self) -> list[Any]:
        with contextlib.suppress(Exception):  # it comes where elements are taken
            _ = self.spec  # the function is tried: that tells whether it draws
        return [self.key, self]

    def iterator(self, run: Pass) -> NodeIterator:
        return GroupByWindowIterator(self, run)


def _of_any_size(leaf: Any) -> Any:
    shape = getattr(leaf, "shape", None)  # None: NoneTensorSpec
    return leaf._unbatch()._batch(None) if shape is not None and shape.rank else leaf


class GroupByWindowIterator(NodeIterator):
    """Fills groups; a full one is read to its end before the next element is taken. At the end, by key."""

    def __init__(self, node: GroupByWindowNode, run: Pass) -> None:
        self._node = node
        self._child = node.inputs[0].stream(run)
        self._key = functions.Calls(node.key, run)
        self._groups: dict[int, list[Any]] = {}
        self._sizes: dict[int, int] = {}
        self._current: tuple[int, list[Any]] | None = None
        self._inner: NodeIterator | None = None
        self._ended = False
        self._made, self._number = Made(node, run), 0

    def _open(self, key: int, items: list[Any]) -> None:
        self._current = (key, items)
        with self._made.number(self._number):
            node = self._node.reduced(key, dataset_node(items, self._node.inputs[0].spec))
            self._place = Position(node)
        self._number += 1
        self._inner = self._place.iterator

    def next(self) -> Any:
        while True:
            if self._inner is not None:
                element = self._inner.next()
                if element is not END:
                    return element
                self._inner.close()
                self._inner = self._current = None
            if self._ended:
                if not self._groups:
                    return END
                first = min(self._groups)
                self._open(first, self._groups.pop(first))
                continue
            self._take()

    def _take(self) -> None:
        try:
            element = self._child.next()
        except Exception as error:
            self._ended = hasattr(error, "ends_input")
            raise
        if element is END:
            self._ended = True
            return
        key = int(scalar(self._key(element)))
        if key not in self._groups:
            size = int(self._node.size(key))
            if size <= 0:
                raise errors.InvalidArgumentError(
                    f"Window size must be greater than zero, but got {size}. (Dataset.group_by_window, key {key})"
                )
            self._groups[key], self._sizes[key] = [], size
        group = self._groups[key]
        group.append(element)
        if len(group) == self._sizes[key]:
            self._open(key, self._groups.pop(key))

    def held(self) -> tuple[int, int]:
        groups = [*self._groups.values(), [] if self._current is None else self._current[1]]
        return buffer_bytes.held(item for items in groups for item in items)

    def state(self) -> Any:
        groups = [[key, [elements.to_host(item) for item in items]] for key, items in self._groups.items()]
        current = None
        if self._current is not None and self._inner is not None:
            items = [elements.to_host(item) for item in self._current[1]]
            current = {"key": self._current[0], "items": items, "inner": self._place.state()}
        return {
            "child": self._child.state(), "groups": groups, "current": current, "ended": self._ended,
            "sizes": list(self._sizes.items()), "calls": self._key.state(), "number": self._number,
        }  # fmt: skip

    def restore(self, state: Any) -> None:
        self._child.restore(state["child"])
        self._groups = {int(key): list(items) for key, items in state["groups"]}
        self._sizes = {int(key): int(size) for key, size in state["sizes"]}
        self._ended, self._inner, self._current = bool(state["ended"]), None, None
        self._key.restore(state["calls"])
        current = state["current"]
        if current is not None:
            self._open(int(current["key"]), list(current["items"]))
            self._place.restore(current["inner"])
        self._number = int(state["number"])

    def close(self) -> None:
        self._child.close()
        if self._inner is not None:
            self._inner.close()


class GroupByReducerNode(Node):
    """One result per key: init(key), reduce(state, element) for each element, finalize(state); by key at the end."""

    label = "_GroupByReducerDataset"

    def __init__(self, child: Node, key: functions.UserFunction, init: Any, reduce: Any, finalize: Any) -> None:
        super().__init__(child)
        self._key, self._init, self._reduce, self._finalize = key, init, reduce, finalize
        initial = functions.UserFunction(init, TensorSpec([], "int64"), "group_by_reducer")
        state_spec = initial.output_spec or elements.spec_of(initial(np.asarray(0, np.int64)))
        self.init = initial
        self.reduce = functions.UserFunction(reduce, (state_spec, child.spec), "group_by_reducer")
        self.finalize = functions.UserFunction(finalize, state_spec, "group_by_reducer")

    @property
    def spec(self) -> Any:
        if self.finalize.output_spec is None:
            from addax.data.nodes.map import spec_by_looking  # map is a sibling that only this case needs

            return spec_by_looking(self) or TensorSpec(None)
        return self.finalize.output_spec

    def cardinality(self) -> int:
        return UNKNOWN

    @property
    def key(self) -> functions.UserFunction:
        """The function from elements to keys."""
        return self._key

    def random_parts(self) -> list[Any]:
        return [self.key, self.init, self.reduce, self.finalize]

    def iterator(self, run: Pass) -> NodeIterator:
        return GroupByReducerIterator(self, run)


class GroupByReducerIterator(NodeIterator):
    """Reads everything when the first result is asked for."""

    def __init__(self, node: GroupByReducerNode, run: Pass) -> None:
        self._node, self._run = node, run
        self._results: list[Any] | None = None
        self._at = 0
        self._open: tuple[Any, ...] | None = None

    def _compute(self) -> list[Any]:
        node = self._node
        if self._open is None:  # an error leaves what was reduced before it
            calls = functions.Calls(node.key, self._run), functions.Calls(node.reduce, self._run)
            self._open = ({}, node.inputs[0].stream(self._run), *calls)
        states, child, key_of, step = self._open
        while (element := child.next()) is not END:
            key = int(scalar(key_of(element)))
            if key not in states:
                states[key] = node.init(np.asarray(key, np.int64))
            states[key] = step((states[key], element))
        child.close()
        return [elements.to_host(node.finalize(states[key])) for key in sorted(states)]

    def next(self) -> Any:
        if self._results is None:
            self._results = self._compute()
        if self._at >= len(self._results):
            return END
        self._at += 1
        return self._results[self._at - 1]

    def state(self) -> Any:
        return {"results": self._results, "at": self._at}

    def restore(self, state: Any) -> None:
        self._results, self._at = state["results"], int(state["at"])
