"""Putting elements together and taking them apart: the methods of tf.data.Dataset about batches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from addax.data.arguments import parallel_calls, positive
from addax.data.node import Node
from addax.data.nodes.batch import BatchNode

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
