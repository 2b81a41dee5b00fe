"""Compiled ways back, found by walking along with the tape.

Every op that a tape records is a step to a node: the first op of a program leads from the root to one node, the second
one to the next. A program that runs again arrives at the same node, where the compiled way back is kept; nothing has to
be compared. Nodes are bounded: beyond a number, a new root is begun.
"""

from __future__ import annotations

from typing import Any


class Node:
    """Where a sequence of records leads: the steps from here, and the ways back that were asked for here."""

    __slots__ = ("after", "paths", "read", "step", "tries", "ways")

    def __init__(self) -> None:
        self.after: dict[Any, Node] = {}
        # (targets, sources, seeds) as slots -> the way back; None: asked for once.
        self.ways: dict[Any, Way | None] = {}
        self.step: Step | None = None  # how the op that leads here is put off (see deferral.py), if it is
        self.paths = 0  # of a root: how many paths have been learned
        self.tries = self.read = 0  # of a path's first node: how often it was put off, and read before its gradient


class Way:
    """A way back: its compiled plan, and what it takes."""

    __slots__ = ("joint", "numbers", "plan", "taken", "used")

    def __init__(self, plan: Any, numbers: list[int]) -> None:
        self.plan = plan
        self.numbers = numbers  # of the records that matter
        self.used = 0
        self.taken: list[int] | None = None  # how many refer to each result that nobody uses any more
        self.joint: dict[tuple[bool, ...], Any] = {}  # which results are in use -> forward and back in one plan


class Step:
    """How a recorded op is put off."""

    __slots__ = ("arguments", "form", "lists")

    def __init__(self, arguments: tuple[Any, ...], lists: tuple[int, ...] | None, form: Any) -> None:
        self.arguments = arguments  # the form of each one that is given; None: the result of an earlier step, or None
        # How many of them each argument that is a list holds, -1 if it is none; None: there are no lists.
        self.lists = lists
        self.form = form  # of the result

    def opened(self, arrays: tuple[Any, ...]) -> tuple[Any, ...] | None:
        """Arguments with their lists opened; None where these are others than before."""
        return opened(self.lists, arrays)

    def closed(self, flat: list[Any]) -> list[Any]:
        """The arguments again, with their lists."""
        if self.lists is None:
            return flat
        rest = iter(flat)
        return [next(rest) if count < 0 else [next(rest) for _ in range(count)] for count in self.lists]


def opened(lists: tuple[int, ...] | None, arrays: tuple[Any, ...]) -> tuple[Any, ...] | None:
    """Arguments with their lists, of which `lists` says how much they hold (as `Step` does), opened; or None."""
    if lists is None:
        return arrays
    flat: list[Any] = []
    for count, array in zip(lists, arrays, strict=True):
        if count < 0:
            flat.append(array)
        elif type(array) is list and len(array) == count:
            flat += array
        else:
            return None
    return tuple(flat)


class Forest:
    """The root that tapes start from, and how much has grown from it."""

    def __init__(self, most_nodes: int = 16_384, most_compiled: int = 512) -> None:
        self.most_nodes, self.most_compiled = most_nodes, most_compiled
        self.forget()

    def forget(self) -> None:
        """Begin a new root; tapes that are on their way keep what they have."""
        self.root = Node()
        self.nodes = self.seen = self.compiled = 0

    def grown(self, node: Node, step: Any) -> Node:
        """A new node behind `node`."""
        self.nodes += 1
        if self.nodes > self.most_nodes:
            self.forget()
        made = node.after[step] = Node()
        return made

    def note(self, node: Node, way: Any) -> None:
        """A way back was asked for here for the first time."""
        self.seen += 1
        if self.seen > 8 * self.most_compiled:
            self.forget()
        node.ways[way] = None

    def keep(self, node: Node, way: Any, compiled: Way) -> None:
        """Keep a compiled way back."""
        self.compiled += 1
        if self.compiled > self.most_compiled:
            self.forget()
        node.ways[way] = compiled


forest = Forest()
