"""tf.data.Dataset: an immutable description of where elements come from and what happens to them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from addax.core import context, convert, errors
from addax.core.tensor import NotCompilable, Tensor
from addax.data import functions
from addax.data.arguments import AUTOTUNE, integer, parallel_calls, positive
from addax.data.batching import Batching
from addax.data.index_plan import IndexPlan, index_plan
from addax.data.iterator import Iterator, NumpyIterator
from addax.data.node import INFINITE, UNKNOWN, Node
from addax.data.nodes.concatenate import ConcatenateNode
from addax.data.nodes.enumerate import EnumerateNode
from addax.data.nodes.map import MapNode
from addax.data.nodes.prefetch import PrefetchNode
from addax.data.nodes.repeat import RepeatNode
from addax.data.nodes.shard import ShardNode
from addax.data.nodes.shuffle import ShuffleNode
from addax.data.nodes.skip import SkipNode
from addax.data.nodes.take import TakeNode
from addax.data.sources import Sources
from addax.data.spec import DatasetSpec

INFINITE_CARDINALITY, UNKNOWN_CARDINALITY = INFINITE, UNKNOWN


class Dataset(Sources, Batching):
    """Elements in order, described by where they come from and what happens to them; nothing runs until iterated.

    Made by `Dataset.from_tensor_slices` and its relatives; every method gives a new dataset.

    >>> import addax as tf
    >>> dataset = tf.data.Dataset.from_tensor_slices([1, 2, 3]).map(lambda x: x * 2).batch(2)
    >>> for batch in dataset:
    ...     print(batch.numpy())
    [2 4]
    [6]
    """

    def __init__(self, node: Node) -> None:
        if not isinstance(node, Node):
            raise TypeError(
                "Dataset: datasets are made by Dataset.from_tensor_slices, Dataset.range, Dataset.from_generator, ...; "
                f"received {node!r:.80}."
            )
        self._node = node

    def _with(self, node: Node) -> Dataset:
        return Dataset(node)

    # ------------------------------------------------------------------ looking at it

    def __iter__(self) -> Iterator:
        if context.state.trace is not None:
            raise NotCompilable("a dataset is iterated in a traced function")
        return Iterator(self)

    def __bool__(self) -> bool:
        return True

    def __len__(self) -> int:
        size = self._node.cardinality()
        if size == INFINITE:
            raise TypeError("The dataset is infinite.")
        if size == UNKNOWN:
            raise TypeError("The dataset length is unknown.")
        return size

    def __repr__(self) -> str:
        return f"<{self._node.label} element_spec={self.element_spec!r}>"

    @property
    def element_spec(self) -> Any:
        """The structure of `tf.TensorSpec`s (or other specs) of an element."""
        return self._node.spec

    def _dataset_element_spec(self) -> Any:
        return DatasetSpec(self.element_spec)

    @property
    def _type_spec(self) -> DatasetSpec:
        return DatasetSpec(self.element_spec)

    def cardinality(self) -> Tensor:
        """The number of elements as an int64 tensor, or INFINITE_CARDINALITY or UNKNOWN_CARDINALITY.

        >>> import addax as tf
        >>> int(tf.data.Dataset.range(7).batch(2).cardinality())
        4
        """
        return Tensor(convert.to_device(np.int64(self._node.cardinality())))

    def as_numpy_iterator(self) -> NumpyIterator:
        """An iterator over the elements as NumPy arrays.

        >>> import addax as tf
        >>> [int(v) for v in tf.data.Dataset.range(3).as_numpy_iterator()]
        [0, 1, 2]
        """
        return NumpyIterator(self)

    def _index_plan(self) -> IndexPlan | None:
        """Arrays and row numbers per batch, where this dataset does no more than pick batches of rows; else None."""
        return index_plan(self._node)

    # ------------------------------------------------------------------ order and number

    def shuffle(
        self, buffer_size: Any, seed: Any = None, reshuffle_each_iteration: bool | None = True, name: str | None = None
    ) -> Dataset:
        """Random order, drawn from a buffer that the elements pass through.

        An element never comes out before position i - buffer_size + 1; with a buffer of at least the dataset's size,
        every order is equally likely. Over arrays in memory the buffer holds row numbers, not copies.

        Args:
            buffer_size: how many elements to draw from; tf.data.UNKNOWN_CARDINALITY for all of them.
            seed: makes the order the same in every run of the program.
            reshuffle_each_iteration: each pass has another order.
            name: ignored.

        Returns:
            A dataset of the same elements.

        Raises:
            tf.errors.InvalidArgumentError: a buffer size below 1.

        >>> import addax as tf
        >>> sorted(int(v) for v in tf.data.Dataset.range(4).shuffle(4, seed=1))
        [0, 1, 2, 3]
        """
        size = integer(buffer_size, "Dataset.shuffle", "buffer_size")
        if size == UNKNOWN:
            size = self._node.cardinality() if self._node.cardinality() > 0 else 1 << 62
        size = positive(size, "Dataset.shuffle", "buffer_size")
        again = True if reshuffle_each_iteration is None else bool(reshuffle_each_iteration)
        return self._with(ShuffleNode(self._node, size, seed, again))

    def repeat(self, count: Any = None, name: str | None = None) -> Dataset:
        """The elements `count` times.

        Args:
            count: how often; None or -1 for ever.
            name: ignored.

        Returns:
            A dataset.

        >>> import addax as tf
        >>> [int(v) for v in tf.data.Dataset.range(2).repeat(2)]
        [0, 1, 0, 1]
        """
        return self._with(RepeatNode(self._node, -1 if count is None else integer(count, "Dataset.repeat", "count")))

    def take(self, count: Any, name: str | None = None) -> Dataset:
        """The first `count` elements.

        Args:
            count: how many; -1 for all.
            name: ignored.

        Returns:
            A dataset.

        >>> import addax as tf
        >>> [int(v) for v in tf.data.Dataset.range(9).take(2)]
        [0, 1]
        """
        return self._with(TakeNode(self._node, integer(count, "Dataset.take", "count")))

    def skip(self, count: Any, name: str | None = None) -> Dataset:
        """All but the first `count` elements.

        Args:
            count: how many to leave out; -1 for all.
            name: ignored.

        Returns:
            A dataset.

        >>> import addax as tf
        >>> [int(v) for v in tf.data.Dataset.range(4).skip(2)]
        [2, 3]
        """
        return self._with(SkipNode(self._node, integer(count, "Dataset.skip", "count")))

    def shard(self, num_shards: Any, index: Any, name: str | None = None) -> Dataset:
        """Every `num_shards`-th element, beginning with element `index`.

        Args:
            num_shards: the number of parts.
            index: which part, from 0.
            name: ignored.

        Returns:
            A dataset.

        Raises:
            tf.errors.InvalidArgumentError: an index outside of [0, num_shards).

        >>> import addax as tf
        >>> [int(v) for v in tf.data.Dataset.range(7).shard(3, 1)]
        [1, 4]
        """
        count = positive(num_shards, "Dataset.shard", "num_shards")
        which = integer(index, "Dataset.shard", "index")
        if not 0 <= which < count:
            text = errors.message(
                "Dataset.shard", expected=f"Index must be between 0 and {count - 1}", received=f"index={which}"
            )
            raise errors.InvalidArgumentError(text)
        return self._with(ShardNode(self._node, count, which))

    def concatenate(self, dataset: Dataset, name: str | None = None) -> Dataset:
        """This dataset's elements, then another's.

        Args:
            dataset: of the same structure and dtypes.
            name: ignored.

        Returns:
            A dataset.

        Raises:
            TypeError: the elements do not go together.

        >>> import addax as tf
        >>> [int(v) for v in tf.data.Dataset.range(2).concatenate(tf.data.Dataset.range(5, 7))]
        [0, 1, 5, 6]
        """
        return self._with(ConcatenateNode(self._node, dataset._node))

    def enumerate(self, start: Any = 0, name: str | None = None) -> Dataset:
        """Elements with their number, as Python's `enumerate`.

        Args:
            start: the first number.
            name: ignored.

        Returns:
            A dataset of (int64 number, element).

        >>> import addax as tf
        >>> [(int(i), v.numpy()) for i, v in tf.data.Dataset.from_tensor_slices(["a", "b"]).enumerate(5)]
        [(5, b'a'), (6, b'b')]
        """
        return self._with(EnumerateNode(self._node, integer(start, "Dataset.enumerate", "start")))

    def prefetch(self, buffer_size: Any, name: str | None = None) -> Dataset:
        """Make elements ahead, on a thread, while the program works on the last one.

        Args:
            buffer_size: how many elements ahead; tf.data.AUTOTUNE for a few.
            name: ignored.

        Returns:
            A dataset of the same elements.

        >>> import addax as tf
        >>> [int(v) for v in tf.data.Dataset.range(3).prefetch(tf.data.AUTOTUNE)]
        [0, 1, 2]
        """
        size = integer(buffer_size, "Dataset.prefetch", "buffer_size")
        if size < AUTOTUNE:
            raise errors.InvalidArgumentError(
                errors.message("Dataset.prefetch", expected="buffer_size >= 0 or tf.data.AUTOTUNE", received=size)
            )
        return self._with(PrefetchNode(self._node, size))

    # ------------------------------------------------------------------ functions of elements

    def map(
        self, map_func: Callable[..., Any], num_parallel_calls: Any = None, deterministic: bool | None = None,
        synchronous: bool | None = None, use_unbounded_threadpool: bool = False, name: str | None = None,
    ) -> Dataset:  # fmt: skip
        """Apply a function to every element.

        The function is traced once and compiled; a pure one runs over many elements at a time. What cannot be compiled
        (strings, `tf.py_function`, shapes that depend on values) is called element by element.

        Args:
            map_func: takes an element, tuples unpacked into arguments; returns the new element.
            num_parallel_calls: threads for functions that run element by element; tf.data.AUTOTUNE for a number we choose.
            deterministic: False lets elements made on several threads come in the order they get ready.
            synchronous: True keeps everything on the calling thread.
            use_unbounded_threadpool: one thread per element in flight, for functions that mostly wait.
            name: ignored.

        Returns:
            A dataset of what the function returns.

        >>> import addax as tf
        >>> [int(v) for v in tf.data.Dataset.range(3).map(lambda x: x + 10)]
        [10, 11, 12]
        """
        threads = parallel_calls(num_parallel_calls, "Dataset.map")
        function = functions.UserFunction(map_func, self.element_spec, "Dataset.map")
        return self._with(MapNode(self._node, function))

    def apply(self, transformation_func: Callable[[Dataset], Any]) -> Any:
        """What a function from datasets to datasets makes of this one.

        Args:
            transformation_func: takes a dataset and returns one.

        Returns:
            What the function returns.

        Raises:
            TypeError: that is not a dataset.

        >>> import addax as tf
        >>> [int(v) for v in tf.data.Dataset.range(4).apply(lambda d: d.skip(2))]
        [2, 3]
        """
        made = transformation_func(self)
        if not isinstance(made, Dataset):
            raise TypeError(
                "`transformation_func` must return a `tf.data.Dataset` object. "
                f"Dataset.apply: received {type(made).__name__}."
            )
        return made


__all__ = ["INFINITE_CARDINALITY", "UNKNOWN_CARDINALITY", "Dataset"]
