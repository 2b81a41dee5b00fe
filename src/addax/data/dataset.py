"""tf.data.Dataset: an immutable description of where elements come from and what happens to them."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import numpy as np

from addax.core import context, convert, errors
from addax.core.tensor import GoesThroughData, Tensor
from addax.data import elements, fingerprint, saving
from addax.data.arguments import AUTOTUNE, SHARD_HINT, integer, positive
from addax.data.batch_stream import BatchStream
from addax.data.batching import Batching
from addax.data.explain import NodeReport, measured, table
from addax.data.functional import Functional
from addax.data.index_plan import IndexPlan, index_plan
from addax.data.iterator import Iterator, NumpyIterator
from addax.data.node import END, INFINITE, UNKNOWN, Node
from addax.data.nodes.cache import CacheNode, FolderNode
from addax.data.nodes.concatenate import ConcatenateNode
from addax.data.nodes.enumerate import EnumerateNode
from addax.data.nodes.ignore_errors import IgnoreErrorsNode
from addax.data.nodes.prefetch import PrefetchNode
from addax.data.nodes.repeat import RepeatNode
from addax.data.nodes.shard import ShardHintNode, ShardNode
from addax.data.nodes.shuffle import ShuffleNode
from addax.data.nodes.skip import SkipNode
from addax.data.nodes.take import TakeNode
from addax.data.nodes.unique import UniqueNode
from addax.data.nodes.with_options import OptionsNode
from addax.data.options import Options
from addax.data.seeds import Position
from addax.data.sources import Sources
from addax.data.spec import DatasetSpec, StackedDatasets


class Dataset(Sources, Functional, Batching):
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
            raise GoesThroughData("a dataset is iterated in a traced function")
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

    __stacked__ = StackedDatasets.__stacked__

    @property
    def _type_spec(self) -> DatasetSpec:
        return DatasetSpec(self.element_spec)

    def cardinality(self) -> Tensor:
        """The number of elements as an int64 tensor, or INFINITE_CARDINALITY or UNKNOWN_CARDINALITY.

        >>> import addax as tf
        >>> int(tf.data.Dataset.range(7).batch(2).cardinality())
        4
        """
        return convert.tensor_of(np.int64(self._node.cardinality()))

    def as_numpy_iterator(self) -> NumpyIterator:
        """An iterator over the elements as NumPy arrays.

        >>> import addax as tf
        >>> [int(v) for v in tf.data.Dataset.range(3).as_numpy_iterator()]
        [0, 1, 2]
        """
        return NumpyIterator(self)

    def explain(self, steps: int = 100, seconds: float = 2.0) -> list[NodeReport]:
        """Run for a while, and print for each node its own time, what it buffers, and how it runs (ours).

        Passes after it draw the random numbers that they would have drawn without it.

        Args:
            steps: how many elements to make at most.
            seconds: how long to run at most.

        Returns:
            A report per node, the last node of the pipeline first.

        >>> import addax as tf
        >>> reports = tf.data.Dataset.range(9).map(lambda v: v + 1).batch(3).explain()  # doctest: +ELLIPSIS
        3 elements in ... ms
        node ...
        BatchDataset ... on stacked elements
          MapDataset ... compiled, many elements at once
            RangeDataset ... on row numbers
        """
        reports, made, taken = measured(self._node, steps, seconds)
        print(table(reports, made, taken))
        return reports

    def _index_plan(self) -> IndexPlan | None:
        """Arrays and row numbers per batch, where this dataset does no more than pick batches of rows; else None."""
        return index_plan(self._node)

    def _batches(self) -> BatchStream:
        """A pass over the elements, which are batches, for a training loop."""
        return BatchStream(self._node)

    # ------------------------------------------------------------------ order and number

    def shuffle(
        self, buffer_size: Any, seed: Any = None, reshuffle_each_iteration: bool | None = True, name: str | None = None
    ) -> Dataset:
        """Random order, drawn from a buffer that the elements pass through.

        An element never comes out before position i - buffer_size + 1; with a buffer of at least the dataset's size,
        every order is equally likely. Over arrays in memory the buffer holds row numbers (8 bytes each), not copies;
        elsewhere up to `buffer_size` elements, never more, whose bytes `explain` tells. A buffer that may outgrow the
        machine's memory is warned of, with both sizes, before it is filled; one that does is an error.

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
            num_shards: the number of parts; tf.data.experimental.SHARD_HINT, for both, says only where to divide.
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
        if (num_shards, index) == (SHARD_HINT, SHARD_HINT):
            return self._with(ShardHintNode(self._node))
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
        size = AUTOTUNE if buffer_size is None else integer(buffer_size, "Dataset.prefetch", "buffer_size")
        if size < AUTOTUNE:
            raise errors.InvalidArgumentError(
                errors.message("Dataset.prefetch", expected="buffer_size >= 0 or tf.data.AUTOTUNE", received=size)
            )
        return self._with(PrefetchNode(self._node, size))

    # ------------------------------------------------------------------ keeping

    def cache(self, filename: str = "", name: str | None = None) -> Dataset:
        """Keep the elements of the first whole pass, for the passes after it.

        Args:
            filename: keep them in files beginning with this name, which later programs find too; "" for memory. The
                files appear when the first pass is complete.
            name: ignored.

        Returns:
            A dataset of the same elements.

        >>> import addax as tf
        >>> data = tf.data.Dataset.range(3).map(lambda v: v * v).cache()
        >>> [int(v) for v in data]
        [0, 1, 4]
        """
        path = os.fsdecode(np.asarray(elements.from_user(filename)).item())
        if not path:
            return self._with(CacheNode(self._node))
        return self._with(FolderNode(self._node, path + ".cache", "", "CacheDataset"))

    def save(
        self, path: str, compression: str | None = None, shard_func: Callable[..., Any] | None = None,
        checkpoint_args: Any = None,
    ) -> None:  # fmt: skip
        """Write all elements to a folder, which `Dataset.load` reads. It appears whole or not at all.

        Args:
            path: the folder. Other things in it stay.
            compression: None, "GZIP", "ZLIB" or "SNAPPY" (which is written as zlib).
            shard_func: takes an element, returns the number of the file that it goes to (an int64 scalar).
            checkpoint_args: arguments of a `tf.train.CheckpointManager` (directory, max_to_keep, step_counter,
                checkpoint_interval): how far the save is goes into its checkpoints, and after a crash the same call
                goes on from the last one. The step counter is increased for each element.

        Raises:
            tf.errors.InvalidArgumentError: shard_func returns something else.
            ValueError: an unknown compression.

        >>> import addax as tf, os, tempfile
        >>> folder = os.path.join(tempfile.mkdtemp(), "saved")
        >>> tf.data.Dataset.range(3).save(folder)
        >>> [int(v) for v in tf.data.Dataset.load(folder)]
        [0, 1, 2]
        """
        if checkpoint_args:
            saving.save_in_steps(self, path, compression, shard_func, checkpoint_args)
        else:
            saving.save(self._node, path, compression, shard_func)

    def snapshot(
        self, path: str, compression: str | None = "AUTO", reader_func: Callable[..., Any] | None = None,
        shard_func: Callable[..., Any] | None = None, name: str | None = None,
    ) -> Dataset:  # fmt: skip
        """Write the elements of the first whole pass to a folder, and read it afterwards.

        Args:
            path: the folder. Pipelines that differ may share it: each reads what it wrote itself.
            compression: "AUTO", None, "GZIP", "ZLIB" or "SNAPPY" (which is written as zlib).
            reader_func: takes a dataset of datasets, one per file, and returns the dataset to read.
            shard_func: takes an element, returns the number of the file that it goes to (an int64 scalar).
            name: ignored.

        Returns:
            A dataset of the same elements.

        Raises:
            TypeError: shard_func returns no number.
        """
        return self._with(saving.snapshot_node(self._node, path, compression, reader_func, shard_func))

    # ------------------------------------------------------------------ the rest

    def unique(self, name: str | None = None) -> Dataset:
        """Each element the first time it comes.

        Returns:
            A dataset.

        Raises:
            TypeError: elements that are neither int32 nor int64 nor strings.
            tf.errors.InvalidArgumentError: several components, or a ragged or sparse one.

        >>> import addax as tf
        >>> [int(v) for v in tf.data.Dataset.from_tensor_slices([1, 2, 1, 3, 2]).unique()]
        [1, 2, 3]
        """
        return self._with(UniqueNode(self._node))

    def ignore_errors(self, log_warning: bool = False, name: str | None = None) -> Dataset:
        """Leave out elements whose making raises an error.

        Args:
            log_warning: write each error to the log.
            name: ignored.

        Returns:
            A dataset of the elements that could be made.
        """
        return self._with(IgnoreErrorsNode(self._node, bool(log_warning)))

    def get_single_element(self, name: str | None = None) -> Any:
        """The only element.

        Returns:
            The element.

        Raises:
            tf.errors.InvalidArgumentError: there is none, or more than one.

        >>> import addax as tf
        >>> tf.data.Dataset.range(3).batch(3).get_single_element().numpy().tolist()
        [0, 1, 2]
        """
        iterator = Position(self._node).iterator
        element = iterator.next()
        if element is END:
            raise errors.InvalidArgumentError(None, None, "Dataset was empty. (Dataset.get_single_element)")
        if iterator.next() is not END:
            raise errors.InvalidArgumentError(
                None, None, "Dataset had more than one element. (Dataset.get_single_element)"
            )
        iterator.close()
        return elements.to_tensors(element)

    def peek(self) -> Any:
        """The first element, without a pass: those after it draw the random numbers that they would have drawn (ours).

        Returns:
            The element.

        Raises:
            tf.errors.OutOfRangeError: there is none.

        >>> import addax as tf
        >>> tf.data.Dataset.range(3).batch(2).peek().numpy().tolist()
        [0, 1]
        """
        iterator = Position(self._node, counted=False).iterator
        try:
            element = iterator.next()
        finally:
            iterator.close()
        if element is END:
            raise errors.OutOfRangeError(None, None, "Dataset was empty. (Dataset.peek)")
        return elements.to_tensors(element)

    def with_options(self, options: Options, name: str | None = None) -> Dataset:
        """This dataset, run as `options` say; they are added to those it has.

        Args:
            options: a `tf.data.Options`.
            name: ignored.

        Returns:
            A dataset of the same elements.

        Raises:
            TypeError: something else.

        >>> import addax as tf
        >>> options = tf.data.Options()
        >>> options.deterministic = True
        >>> tf.data.Dataset.range(3).with_options(options).options().deterministic
        True
        """
        if not isinstance(options, Options):
            raise TypeError(f"Dataset.with_options: expected a tf.data.Options, received {options!r:.80}.")
        return self._with(OptionsNode(self._node, self.options().merge(options)))

    def options(self) -> Options:
        """The options that were given to this dataset and those it is made of."""
        found: list[Options] = []
        todo = [self._node]
        while todo:
            node = todo.pop()
            if isinstance(node, OptionsNode):
                found.insert(0, node.options)
            else:
                todo.extend(node.inputs)
        merged = Options()
        for options in found:
            merged = merged.merge(options)
        return merged._keep()

    def fingerprint(self) -> Tensor:
        """A number (uint64) that pipelines share which are built alike: steps, their arguments, functions, data."""
        digest = fingerprint.digest(self._node)
        return convert.tensor_of(np.frombuffer(digest[:8], np.uint64)[0])
