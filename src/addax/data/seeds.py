"""Where the randomness of datasets comes from.

Each random node has a seed. Each pass over a dataset has a number, and within it every inner pass (of a `repeat`, of
one of the inputs of a `zip`) a path; seed, number and path together are the key of what is drawn. So nothing depends on
how far ahead elements are read, or on which thread.
"""

from __future__ import annotations

import contextlib
import itertools
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np

from addax.core import random


class Seeds:
    """The seed of a node, and the number of the next pass over it.

    Args:
        seed: the user's seed; None draws one from the program's random stream, which `tf.random.set_seed` restarts.
        again: whether each pass differs (reshuffle_each_iteration).
    """

    def __init__(self, seed: Any = None, again: bool = True) -> None:
        self._lock = threading.Lock()
        self.again = again
        self.given = None if seed is None else int(seed)
        self.passes = 0
        self.entropy = random.host_seed() if seed is None else [int(random._mixed(int(seed))) & 0xFFFFFFFFFFFFFFFF]

    def begin(self, counted: bool = True) -> int:
        """The number of a pass that begins now. One that does not count is begun only to look at elements."""
        with self._lock:
            number = self.passes
            self.passes += counted
        return number


def generator(key: list[int]) -> np.random.Generator:
    """The random numbers of a key."""
    return np.random.Generator(np.random.SFC64(np.random.SeedSequence(key)))


class Pass:
    """One pass over a dataset, or over a part of it inside a pass over the whole.

    `numbers` (shared by all inner passes) maps the id of a random part to the number of its pass.
    """

    __slots__ = ("_counted", "_numbers", "_path")

    def __init__(self, numbers: dict[int, int], path: tuple[int, ...] = (), counted: bool = True) -> None:
        self._numbers, self._path, self._counted = numbers, path, counted

    @property
    def path(self) -> tuple[int, ...]:
        """The numbers of the inner passes that this one is in."""
        return self._path

    def within(self, number: int) -> Pass:
        """The inner pass with a number: the second repetition, the third input."""
        return Pass(self._numbers, (*self._path, number), self._counted)

    def key(self, part: Any) -> list[int]:
        """The key of what a random part draws in this pass."""
        seeds = part.seeds
        if not seeds.again:
            return list(seeds.entropy)
        number = self._numbers.get(id(part))
        if number is None:
            number = self._numbers[id(part)] = seeds.begin(self._counted)
        return [*seeds.entropy, number, *self._path]

    def outermost(self) -> Pass:
        """The pass over the whole that this one is part of: for what is the same in all parts, as a cache is."""
        return Pass(self._numbers, (), self._counted)

    def describe(self, parts: list[Any]) -> Any:
        """The outermost pass in numbers, for a pass made anew by `described`."""
        return [self._numbers.get(id(part)) for part in parts]

    @staticmethod
    def described(kept: Any, parts: list[Any]) -> Pass:
        """The pass that `describe` told of."""
        return Pass({id(part): int(n) for part, n in zip(parts, kept, strict=True) if n is not None})


class Made:
    """Seeds for the datasets that a function of the user's makes in a pass: the same ones where the pass is restored.

    Args:
        part: the node; its `seeds` are None until the function draws a seed for the first time.
        run: the pass; None where the function is only tried.
    """

    def __init__(self, part: Any, run: Pass | None) -> None:
        self._part, self._run = part, run

    @contextlib.contextmanager
    def number(self, number: int) -> Iterator[None]:
        """While it lasts, the dataset with this number is made."""
        drawn = itertools.count()

        def draw() -> list[int]:
            with random.seeded_by(before):
                if self._part.seeds is None:
                    self._part.seeds = Seeds()
            key = self._part.seeds.entropy if self._run is None else self._run.key(self._part)
            return [*key, number, next(drawn)]

        with random.seeded_by(draw) as before:
            yield


class Position:
    """A pass over a node, with its iterator: what can be saved and restored whole.

    Args:
        node: whose elements.
        counted: False for a pass that only looks at elements.
        singly: whether elements are read one at a time.
    """

    def __init__(self, node: Any, counted: bool = True, singly: bool = True) -> None:
        self._parts = random_parts(node)
        self._numbers: dict[int, int] = {}
        run = Pass(self._numbers, (), counted)
        for part in self._parts:
            if part.seeds is not None:
                run.key(part)
        self.iterator = node.stream(run) if singly else node.iterator(run)

    def state(self) -> Any:
        """All that is needed to go on from here."""
        random_state = [
            None if part.seeds is None else [list(part.seeds.entropy), self._numbers.get(id(part)), part.seeds.passes]
            for part in self._parts
        ]
        return {"random": random_state, "at": self.iterator.state()}

    def restore(self, state: Any) -> None:
        """Go on from `state`."""
        for part, kept in zip(self._parts, state["random"], strict=True):
            if kept is None:
                continue
            if part.seeds is None:
                part.seeds = Seeds(0)
            part.seeds.entropy, part.seeds.passes = [int(word) for word in kept[0]], int(kept[2])
            if kept[1] is not None:
                self._numbers[id(part)] = int(kept[1])
        self.iterator.restore(state["at"])


def random_parts(node: Any) -> list[Any]:
    """What in a graph of nodes has random state: objects with an attribute `seeds`."""
    found: dict[int, Any] = {}
    todo, met = [node], set()
    while todo:
        current = todo.pop()
        if id(current) not in met:
            met.add(id(current))
            found.update((id(part), part) for part in current.random_parts())
            todo.extend(current.inputs)
    return list(found.values())
