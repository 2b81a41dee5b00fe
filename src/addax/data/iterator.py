"""Iterators over datasets: tensors for `iter(dataset)`, arrays for `as_numpy_iterator`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from addax.core import context, dtypes, errors
from addax.core.composite_specs import RaggedTensorSpec, SparseTensorSpec
from addax.core.spec import NoneTensorSpec, TensorSpec
from addax.core.tensor import GoesThroughData, NotCompilable
from addax.data import elements, iterator_state
from addax.data.node import END
from addax.data.optional import Optional
from addax.data.prefetch import Blocks
from addax.data.seeds import Position

if TYPE_CHECKING:
    from addax.data.dataset import Dataset


_state = context.state
_STATE = "ITERATOR_STATE"  # TensorFlow's name in checkpoints


def _holds_strings(spec: Any) -> bool:
    """Strings stay on the host."""
    return any(getattr(leaf, "dtype", None) == dtypes.string for leaf in elements.flatten_specs(spec))


def _not_traceable() -> NotCompilable:
    """Elements cannot be taken while a function is traced: they would become constants of it."""
    return NotCompilable("it takes elements from a dataset's iterator")


class Iterator:
    """A position in a dataset; what `iter(dataset)` gives.

    `get_state()` and `set_state()` (ours) make it restorable: an iterator made anew from the same dataset goes on
    exactly where the state was taken.

    >>> import addax as tf
    >>> it = iter(tf.data.Dataset.range(3))
    >>> int(next(it)), int(it.get_next())
    (0, 1)
    """

    def __init__(self, dataset: Dataset) -> None:
        self._dataset = dataset
        node = dataset._node.behind_prefetch
        self._in_blocks = node.in_blocks and not _holds_strings(node.spec)
        self._place = Position(node if self._in_blocks else dataset._node)
        if self._in_blocks:
            self._place.iterator = Blocks(self._place.iterator, ahead=node is not dataset._node)
        self._stream = self._place.iterator

    def __iter__(self) -> Iterator:
        if _state.trace is not None:
            raise GoesThroughData("a dataset's iterator is gone through in a traced function")
        return self

    def _next(self) -> Any:
        if _state.trace is not None:
            raise _not_traceable()
        element = self._stream.next()
        return element if self._in_blocks or element is END else elements.to_tensors(element)

    def __next__(self) -> Any:
        element = self._next()
        if element is END:
            raise StopIteration
        return element

    def next(self) -> Any:
        """The next element, as Python's `next` gives it.

        Raises:
            StopIteration: nothing is left.
        """
        return self.__next__()

    @property
    def element_spec(self) -> Any:
        """The structure of specs of an element."""
        return self._dataset.element_spec

    def get_next(self) -> Any:
        """The next element.

        Raises:
            tf.errors.OutOfRangeError: nothing is left.
        """
        element = self._next()
        if element is END:
            raise errors.OutOfRangeError(None, None, "End of sequence: the dataset's elements are all used up.")
        return element

    def get_next_as_optional(self) -> Any:
        """The next element as a `tf.experimental.Optional`, which is empty at the end."""
        element = self._next()
        return Optional.empty(self.element_spec) if element is END else Optional.from_value(element)

    def get_state(self) -> Any:
        """The position, as a nested structure of numbers, lists and arrays."""
        return self._place.state()

    def set_state(self, state: Any) -> None:
        """Go on from a position that `get_state` gave, in this program or another one with the same dataset."""
        self._place.restore(state)

    def _checkpoint_save(self) -> dict[str, Any]:
        """What `tf.train.Checkpoint(iterator=...)` keeps."""
        kept = np.empty(1, object)
        kept[0] = iterator_state.to_bytes(self.get_state())
        return {_STATE: kept}

    def _checkpoint_load(self, tensors: dict[str, Any]) -> None:
        """Go on from what a checkpoint kept."""
        self.set_state(iterator_state.from_bytes(np.asarray(tensors[_STATE]).reshape(-1)[0]))

    @property
    def _type_spec(self) -> Any:
        from addax.data.spec import IteratorSpec  # spec imports the dataset

        return IteratorSpec(self.element_spec)


class NumpyIterator:
    """The elements as NumPy arrays; what `dataset.as_numpy_iterator()` gives.

    >>> import addax as tf
    >>> list(tf.data.Dataset.range(3).as_numpy_iterator())
    [np.int64(0), np.int64(1), np.int64(2)]
    """

    def __init__(self, dataset: Dataset) -> None:
        if dataset._node.spec_is_known:
            for spec in elements.flatten_specs(dataset.element_spec):
                if not isinstance(spec, TensorSpec | RaggedTensorSpec | SparseTensorSpec | NoneTensorSpec):
                    raise TypeError(elements.no_numpy(spec))
        self._dataset = dataset
        self._place = Position(dataset._node)
        self._stream = self._place.iterator

    def __iter__(self) -> NumpyIterator:
        return self

    def __next__(self) -> Any:
        return self.next()

    def next(self) -> Any:
        """The next element."""
        element = self._stream.next()
        if element is END:
            raise StopIteration
        return elements.to_numpy(element)

    def save(self) -> Any:
        """The position; see `Iterator.get_state`."""
        return self._place.state()

    def restore(self, state: Any) -> None:
        """Go on from a position that `save` gave."""
        self._place.restore(state)

    get_state = save
    set_state = restore
