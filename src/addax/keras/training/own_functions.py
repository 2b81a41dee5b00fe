"""`make_train_function` and its like: functions that take batches from an iterator, as users override and call them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from addax.core import context, errors, trees
from addax.core.tensor import NotCompilable
from addax.ops import array


class HandedBatches:
    """The batches of one execution, as the iterator that a function of the user's takes them from."""

    def __init__(self) -> None:
        self.batches: deque[Any] = deque()

    def __iter__(self) -> HandedBatches:
        return self

    def __len__(self) -> int:
        return len(self.batches)

    def __next__(self) -> Any:
        if context.state.trace is not None:
            raise NotCompilable("it takes batches from an iterator")
        if not self.batches:
            raise StopIteration
        return self.batches.popleft()

    def get_next(self) -> Any:
        """The next batch; OutOfRangeError at the end."""
        return next_of(self)


class OwnFunction:
    """A model's function over an iterator, and the batches that wait for it."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        self._function = function
        self._handed = HandedBatches()

    def add(self, data: Any) -> None:
        """Keep a batch for the next run."""
        self._handed.batches.append(data)

    def run(self) -> Any:
        """What the function gives for the batches that wait; what it leaves of them is dropped."""
        try:
            return self._function(self._handed)
        finally:
            self._handed.batches.clear()


def next_of(iterator: Any) -> Any:
    """The next batch, with TensorFlow's error where there is none."""
    try:
        return next(iterator)
    except StopIteration:
        raise errors.OutOfRangeError(None, None, "End of sequence: the data gave no further batch.") from None


def over_iterator(model: Any, kind: str) -> Callable[[Any], Any]:
    """A function that runs the model's step on as many batches of an iterator as an execution has."""

    def run(iterator: Any) -> Any:
        given = model._steps_per_execution_fixed or 1
        count = len(iterator) if isinstance(iterator, HandedBatches) else given
        results = []
        for _ in range(count):
            data = next_of(iterator)
            results.append(getattr(model, f"{kind}_step")(data))
            model._count_step(kind)
        if kind == "predict" and count > 1:
            return trees.map_structure(lambda *parts: array.concat(list(parts), 0), *results)
        return results[-1]

    return run
