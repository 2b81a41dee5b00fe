"""Putting elements together and taking them apart: the methods of tf.data.Dataset about batches."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from addax.core import dtypes, errors
from addax.core.spec import TensorSpec
from addax.data import elements, functions
from addax.data.arguments import parallel_calls, positive
from addax.data.buckets import Buckets
from addax.data.node import Node
from addax.data.nodes.batch import BatchNode
from addax.data.nodes.group_by_window import GroupByWindowNode
from addax.data.nodes.padded_batch import PaddedBatchNode
from addax.data.nodes.ragged_batch import RaggedBatchNode, SparseBatchNode, ragged_rank_of, specs_for
from addax.data.nodes.scan import scalar
from addax.data.nodes.unbatch import RebatchNode, UnbatchNode
from addax.data.nodes.window import WindowNode

if TYPE_CHECKING:
    from addax.data.dataset import Dataset


class Batching:
    """Methods of `tf.data.Dataset`."""

    _node: Node

    def _with(self, node: Node) -> Dataset:
        raise NotImplementedError

    def batch(
        self, batch_size: Any, drop_remainder: Any = False, num_parallel_calls: Any = None,
        deterministic: bool | None = None, name: str | None = None,
    ) -> Dataset:  # fmt: skip
        """Stack consecutive elements along a new first axis.

        Args:
            batch_size: how many elements make a batch.
            drop_remainder: leave out a last, smaller batch.
            num_parallel_calls: make batches ahead on a thread where elements come one by one.
            deterministic: batches keep their order in any case.
            name: ignored.

        Returns:
            A dataset of batches.

        Raises:
            tf.errors.InvalidArgumentError: a batch size below 1; elements of different shapes.

        >>> import addax as tf
        >>> [b.tolist() for b in tf.data.Dataset.range(5).batch(2).as_numpy_iterator()]
        [[0, 1], [2, 3], [4]]
        """
        size = positive(batch_size, "Dataset.batch", "batch_size")
        threads = parallel_calls(num_parallel_calls, "Dataset.batch")
        return self._with(BatchNode(self._node, size, bool(drop_remainder), threads > 1))

    def padded_batch(
        self, batch_size: Any, padded_shapes: Any = None, padding_values: Any = None, drop_remainder: bool = False,
        name: str | None = None,
    ) -> Dataset:  # fmt: skip
        """Pad consecutive elements to one shape and stack them.

        Args:
            batch_size: how many elements make a batch.
            padded_shapes: a structure of shapes like the elements', None or -1 for "the longest"; by default
                every unknown dimension is such.
            padding_values: a structure of scalars, or one for all; 0 and "" by default.
            drop_remainder: leave out a last, smaller batch.
            name: ignored.

        Returns:
            A dataset of batches.

        Raises:
            tf.errors.DataLossError: an element is larger than its padded shape.
            ValueError: a padded shape of another rank.

        >>> import addax as tf
        >>> data = tf.data.Dataset.range(1, 4).map(lambda v: tf.fill([v], v))
        >>> next(iter(data.padded_batch(3))).numpy().tolist()
        [[1, 0, 0], [2, 2, 0], [3, 3, 3]]
        """
        size = positive(batch_size, "Dataset.padded_batch", "batch_size")
        return self._with(PaddedBatchNode(self._node, size, padded_shapes, padding_values, bool(drop_remainder)))

    def ragged_batch(
        self,
        batch_size: Any,
        drop_remainder: bool = False,
        row_splits_dtype: Any = dtypes.int64,
        name: str | None = None,
    ) -> Dataset:
        """Put consecutive elements together; where shapes vary, as ragged tensors.

        Args:
            batch_size: how many elements make a batch.
            drop_remainder: leave out a last, smaller batch.
            row_splits_dtype: int64 or int32.
            name: ignored.

        Returns:
            A dataset of batches.

        >>> import addax as tf
        >>> data = tf.data.Dataset.range(3).map(lambda v: tf.range(v))
        >>> next(iter(data.ragged_batch(3))).to_list()
        [[], [0], [0, 1]]
        """
        size = positive(batch_size, "Dataset.ragged_batch", "batch_size")
        specs = elements.flatten_specs(specs_for(self._node))
        if all(ragged_rank_of(spec) is None for spec in specs):
            return self._with(BatchNode(self._node, size, bool(drop_remainder)))
        return self._with(RaggedBatchNode(self._node, size, bool(drop_remainder), row_splits_dtype))

    def sparse_batch(self, batch_size: Any, row_shape: Any, name: str | None = None) -> Dataset:
        """Put consecutive elements of one rank together as sparse tensors.

        Args:
            batch_size: how many elements make a batch.
            row_shape: the shape that each row has room for; None where the largest element decides.
            name: ignored.

        Returns:
            A dataset of `tf.SparseTensor`s.

        Raises:
            tf.errors.DataLossError: an element is larger than `row_shape`.
        """
        return self._with(
            SparseBatchNode(self._node, positive(batch_size, "Dataset.sparse_batch", "batch_size"), row_shape)
        )

    def unbatch(self, name: str | None = None) -> Dataset:
        """The rows of the elements, each an element of its own.

        Returns:
            A dataset.

        Raises:
            ValueError: elements that are scalars.

        >>> import addax as tf
        >>> [int(v) for v in tf.data.Dataset.from_tensor_slices([[1, 2], [3, 4]]).unbatch()]
        [1, 2, 3, 4]
        """
        return self._with(UnbatchNode(self._node))

    def rebatch(self, batch_size: Any, drop_remainder: bool = False, name: str | None = None) -> Dataset:
        """Batches of another size, or of sizes that are gone through in turn.

        Args:
            batch_size: an integer or a list of them.
            drop_remainder: leave out a last, smaller batch.
            name: ignored.

        Returns:
            A dataset of batches.

        >>> import addax as tf
        >>> [b.tolist() for b in tf.data.Dataset.range(5).batch(2).rebatch(3).as_numpy_iterator()]
        [[0, 1, 2], [3, 4]]
        """
        given = batch_size if isinstance(batch_size, list | tuple) else np.asarray(batch_size).reshape(-1).tolist()
        sizes = [positive(size, "Dataset.rebatch", "batch_size") for size in given]
        if not sizes:
            raise errors.InvalidArgumentError(
                errors.message("Dataset.rebatch", expected="at least one batch_size", received=repr(batch_size))
            )
        return self._with(RebatchNode(self._node, sizes, bool(drop_remainder)))

    def window(
        self, size: Any, shift: Any = None, stride: Any = 1, drop_remainder: bool = False, name: str | None = None
    ) -> Dataset:
        """Datasets of consecutive elements.

        Args:
            size: elements in a window.
            shift: by how many elements a window begins after the last one; `size` by default.
            stride: the distance of the elements of a window.
            drop_remainder: leave out windows with fewer elements.
            name: ignored.

        Returns:
            A dataset whose elements are datasets (a structure of them, where elements are structures).

        >>> import addax as tf
        >>> [[int(v) for v in w] for w in tf.data.Dataset.range(5).window(3)]
        [[0, 1, 2], [3, 4]]
        """
        count = positive(size, "Dataset.window", "size")
        step = count if shift is None else positive(shift, "Dataset.window", "shift")
        apart = positive(stride, "Dataset.window", "stride")
        return self._with(WindowNode(self._node, count, step, apart, bool(drop_remainder), self._with))

    def group_by_window(
        self, key_func: Callable[..., Any], reduce_func: Callable[..., Any], window_size: Any = None,
        window_size_func: Callable[..., Any] | None = None, name: str | None = None,
    ) -> Dataset:  # fmt: skip
        """Gather elements by a key; every so many of one key are handed to a function as a dataset.

        Args:
            key_func: takes an element, returns an int64 scalar.
            reduce_func: (key, dataset of the group) -> dataset.
            window_size: how many elements of a key make a group.
            window_size_func: how many, by key; instead of `window_size`.
            name: ignored.

        Returns:
            A dataset of the elements of the reduced datasets.

        Raises:
            ValueError: both or none of window_size and window_size_func; a key that is no int64 scalar.

        >>> import addax as tf
        >>> data = tf.data.Dataset.range(6).group_by_window(lambda v: v % 2, lambda k, d: d.batch(2), window_size=2)
        >>> [b.tolist() for b in data.as_numpy_iterator()]
        [[0, 2], [1, 3], [4], [5]]
        """
        if (window_size is None) == (window_size_func is None):
            raise ValueError("Must pass either the `window_size` argument or the `window_size_func` argument.")
        if window_size is not None:
            count = positive(window_size, "Dataset.group_by_window", "window_size")
            sizes: Callable[[int], int] = lambda key: count  # noqa: E731
        else:
            sizes = functools.partial(_size_of_key, window_size_func)
        key = functions.UserFunction(key_func, self._node.spec, "Dataset.group_by_window (key_func)")
        if key.output_spec is not None and key.output_spec != TensorSpec([], dtypes.int64):
            raise ValueError(
                "Invalid `key_func`. `key_func` must return a single `tf.int64` scalar tensor but its return type is "
                f"{key.output_spec}. ({key.place})"
            )
        return self._with(GroupByWindowNode(self._node, key, reduce_func, sizes, self._with))

    def bucket_by_sequence_length(
        self, element_length_func: Callable[..., Any], bucket_boundaries: Any, bucket_batch_sizes: Any,
        padded_shapes: Any = None, padding_values: Any = None, pad_to_bucket_boundary: bool = False,
        no_padding: bool = False, drop_remainder: bool = False, name: str | None = None,
    ) -> Dataset:  # fmt: skip
        """Batch elements of similar length together, padded.

        Args:
            element_length_func: takes an element, returns its length, an int32 scalar.
            bucket_boundaries: the upper ends (not included) of the length ranges, but for the last one.
            bucket_batch_sizes: the batch size of each range: one more than the boundaries.
            padded_shapes: as for padded_batch.
            padding_values: as for padded_batch.
            pad_to_bucket_boundary: pad to the range's greatest length, not to the longest of the batch.
            no_padding: batch without padding.
            drop_remainder: leave out last, smaller batches.
            name: ignored.

        Returns:
            A dataset of batches.

        Raises:
            ValueError: the numbers of boundaries and sizes do not fit.

        >>> import addax as tf
        >>> data = tf.data.Dataset.range(1, 5).map(lambda v: tf.fill([v], v))
        >>> short_and_long = data.bucket_by_sequence_length(tf.size, [3], [2, 2])
        >>> [b.shape for b in short_and_long.as_numpy_iterator()]
        [(2, 2), (2, 4)]
        """
        buckets = Buckets(
            self._node.spec, bucket_boundaries, bucket_batch_sizes, padded_shapes, padding_values,
            pad_to_bucket_boundary, no_padding, drop_remainder,
        )  # fmt: skip
        length = functions.UserFunction(element_length_func, self._node.spec, "Dataset.bucket_by_sequence_length")
        key = functions.Composed(length, lambda found: buckets.number(int(scalar(found))))
        return self._with(
            GroupByWindowNode(
                self._node,
                key,
                buckets.batched,
                buckets.sizes.__getitem__,
                self._with,
                range(len(buckets.sizes)),
                sizes_vary=True,
            )  # fmt: skip
        )


def _size_of_key(function: Any, key: int) -> int:
    return int(scalar(elements.from_user(function(elements.to_tensors(np.asarray(key, np.int64))))))
