"""Dataset.flat_map and Dataset.interleave: datasets made from elements, one after the other or in turns.

The order is TensorFlow's: `cycle` datasets are open at a time, and each gives `block` elements in its turn. The place
of one that ends is taken by the next, when its turn comes again.
"""

from __future__ import annotations

import contextlib
import functools
from typing import Any

from addax.core.spec import TensorSpec
from addax.data import elements, functions
from addax.data.node import END, UNKNOWN, Node, NodeIterator
from addax.data.nodes.shuffle_order import described, error_of
from addax.data.prefetch import Background
from addax.data.seeds import Made, Pass, Position, Seeds


class InterleaveNode(Node):
    """Elements of the datasets that a function makes from elements."""

    def __init__(
        self, child: Node, function: functions.UserFunction, cycle: int = 1, block: int = 1,
        parallel: bool = False, ordered: bool | None = None, label: str = "_InterleaveDataset",
    ) -> None:  # fmt: skip
        super().__init__(child)
        self.label = label
        self.function, self.cycle, self.block = function, cycle, block
        self.parallel, self.ordered = parallel, ordered
        self.count = UNKNOWN  # of elements, where somebody knows
        self._spec: Any = None
        self._tried = False
        self.seeds: Seeds | None = None  # of what the function draws for its datasets, once it does

    def random_parts(self) -> list[Any]:
        _ = self.spec_is_known  # the function is tried: that tells whether it draws
        return [self]

    @property
    def spec(self) -> Any:
        if self._spec is None:
            self._spec = self._inner_spec()
        return self._spec

    @property
    def spec_is_known(self) -> bool:
        if self._spec is None and self.inputs[0].spec_is_known and not self._tried:
            self._tried = True
            with contextlib.suppress(Exception):  # what the function makes of made-up elements does not go together
                with Made(self, None).number(0):
                    found, _ = self.function.probed(self.inputs[0].spec)
                    nodes = [self._node_of(made) for made in found]
                    if nodes and all(node.spec_is_known for node in nodes):
                        self._spec = functools.reduce(elements.merge_specs, [node.spec for node in nodes])
        return self._spec is not None

    def _inner_spec(self) -> Any:
        """What the function's datasets hold: what those of made-up elements and that of the first one share."""
        if self.spec_is_known:
            return self._spec
        specs: list[Any] = []
        with Made(self, None).number(0):
            made, problem = self.function.probed(self.inputs[0].spec)
            for each in made:
                with contextlib.suppress(Exception):  # a dataset over made-up values need not work
                    specs.append(self._node_of(each).spec)
        if made and not specs:
            self._node_of(made[0])  # it is no dataset: an error
        first = Position(self.inputs[0], counted=False).iterator
        try:
            element = first.next()
        except Exception as failure:
            if not specs:
                if functions.of_tracing(problem):
                    raise problem from failure
                functions.raise_as_traced(failure)
        else:
            if element is not END:
                specs += self._spec_of_first(element, needed=not specs)
        finally:
            first.close()
        if not specs:
            if functions.of_tracing(problem):
                raise problem
            return TensorSpec(None)
        try:
            return functools.reduce(elements.merge_specs, specs)
        except (TypeError, ValueError):
            return specs[-1]

    def _spec_of_first(self, element: Any, needed: bool) -> list[Any]:
        """The spec of the dataset of a real element; an error where no made-up element has told one."""
        try:
            with Made(self, None).number(0):
                return [self.open(element).spec]
        except Exception:
            if needed:
                raise
            return []

    def open(self, element: Any) -> Node:
        """The dataset of an element."""
        return self._node_of(self.function.call_raw(element))

    def _node_of(self, made: Any) -> Node:
        node = getattr(made, "_node", None)
        if not isinstance(node, Node):
            raise TypeError(
                f"Invalid `map_func`. `map_func` must return a `Dataset` object. Got {type(made).__name__}. "
                f"({self.function.who}: {self.function.place})"
            )
        return node

    def configured(self, options: Any) -> Node:
        twin = super().configured(options)
        assert isinstance(twin, InterleaveNode)
        twin.ordered = options.deterministic if self.ordered is None else self.ordered
        return twin

    def how(self) -> str:
        return f"{self.cycle} at a time, on threads" if self.parallel else "element by element"

    def held(self) -> tuple[int, int]:
        count = self.cycle * max(2, self.block) if self.parallel else 0
        return count, count * elements.bytes_of(self.spec)

    def cardinality(self) -> int:
        return self.count

    def iterator(self, run: Pass) -> NodeIterator:
        return InterleaveIterator(self, run)


class InterleaveIterator(NodeIterator):
    """Opens datasets and goes round them."""

    def __init__(self, node: InterleaveNode, run: Pass) -> None:
        self._node = node
        self._child = node.inputs[0].stream(run)
        self._made = Made(node, run)
        self._open: list[tuple[Any, NodeIterator, Position] | None] = [None] * node.cycle
        self._failed: dict[int, Exception] = {}  # places whose turn is an error's
        self._turn = 0
        self._given = 0  # elements given in this turn
        self._ended = False  # whether the input has
        self._number = -1

    def _iterator(self, element: Any, start: bool = True) -> tuple[Any, NodeIterator, Position]:
        with self._made.number(self._number):
            try:
                inner = self._node.open(element)
            except Exception as error:
                function = self._node.function
                raise functions.explained(error, function.who, self._number, function.place) from error
            place = Position(inner)
        if self._node.parallel and not inner.instant:
            place.iterator = Background(place.iterator, max(2, self._node.block))
            if start:
                place.iterator.start()
        return element, place.iterator, place

    def _give(self) -> None:
        """An element, or its error, is given."""
        self._given += 1
        if self._given == self._node.block:
            self._advance()

    def _advance(self) -> None:
        self._given = 0
        self._turn = (self._turn + 1) % self._node.cycle

    def _fill(self) -> None:
        """With threads, open all places at once, so that they work while others are read."""
        for place, taken in enumerate(self._open):
            if taken is None and not self._ended and place not in self._failed:
                try:
                    self._take_next(place)
                except Exception as error:  # it comes in its turn
                    self._failed[place] = error

    def _take_next(self, place: int) -> None:
        element = self._child.next()
        if element is END:
            self._ended = True
            return
        self._number += 1
        self._open[place] = self._iterator(element)

    def _prefer_ready(self) -> None:
        """Where the order does not matter, pass over datasets that have nothing ready."""
        for step in range(self._node.cycle):
            entry = self._open[(self._turn + step) % self._node.cycle]
            if entry is not None and getattr(entry[1], "ready", True):
                if step:
                    self._given = 0
                self._turn = (self._turn + step) % self._node.cycle
                return

    def next(self) -> Any:
        while True:
            if self._node.parallel:
                self._fill()
                if self._node.ordered is False:
                    self._prefer_ready()
            if self._turn in self._failed:
                error = self._failed.pop(self._turn)
                self._advance()
                raise error
            current = self._open[self._turn]
            if current is not None:
                try:
                    element = current[1].next()
                except Exception:
                    if self._node.parallel:
                        self._give()
                    raise
                if element is not END:
                    self._give()
                    return element
                current[1].close()
                self._open[self._turn] = None
                self._advance()
            elif not self._ended:
                self._take_next(self._turn)
            elif self._failed or any(entry is not None for entry in self._open):
                self._advance()
            else:
                return END

    def state(self) -> Any:
        opened = [
            None if entry is None else {
                "element": elements.to_host(entry[0]), "shapes": elements.noted_shapes(entry[0]),
                "inner": entry[2].state(),
            }
            for entry in self._open
        ]  # fmt: skip
        return {
            "child": self._child.state(), "open": opened, "turn": self._turn, "given": self._given,
            "ended": self._ended, "number": self._number,
            "failed": [[place, described(error)] for place, error in self._failed.items()],
        }  # fmt: skip

    def restore(self, state: Any) -> None:
        for entry in self._open:
            if entry is not None:
                entry[1].close()
        self._child.restore(state["child"])
        self._turn, self._given = int(state["turn"]), int(state["given"])
        self._ended, self._number = bool(state["ended"]), int(state["number"])
        self._open = [None] * self._node.cycle
        self._failed = {int(place): error_of(kept) for place, kept in state["failed"]}
        for place, kept in enumerate(state["open"]):
            if kept is not None:
                element = elements.with_noted_shapes(kept["element"], kept["shapes"])
                entry = self._iterator(element, start=False)
                entry[2].restore(kept["inner"])
                self._open[place] = entry

    def close(self) -> None:
        self._child.close()
        for entry in self._open:
            if entry is not None:
                entry[1].close()
