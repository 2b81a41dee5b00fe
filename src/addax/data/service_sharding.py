"""How the elements of a dataset are divided among the workers of the tf.data service."""

from __future__ import annotations

import enum
import threading
from collections.abc import Callable
from typing import Any

from addax.core import errors
from addax.data.node import END, Node, NodeIterator
from addax.data.nodes.cache import CacheNode, FolderNode
from addax.data.nodes.flat_map import InterleaveNode
from addax.data.nodes.records import RecordsNode
from addax.data.nodes.shard import ShardHintNode, ShardNode
from addax.data.seeds import Pass


class ShardingPolicy(enum.IntEnum):
    """How a dataset is divided among workers.

    OFF: every worker goes through all elements. DYNAMIC: each worker takes the next piece of the source that nobody
    took, so each is taken once. FILE, DATA, FILE_OR_DATA, HINT: a fixed part each, of the files, of the elements, or
    where the dataset says `shard(tf.data.experimental.SHARD_HINT, tf.data.experimental.SHARD_HINT)`; the dispatcher has
    to know all workers (`DispatcherConfig(worker_addresses=...)`). Without a hint, HINT divides nothing.

    >>> import addax as tf
    >>> [each.name for each in tf.data.experimental.service.ShardingPolicy][:2]
    ['OFF', 'DYNAMIC']
    """

    OFF = 0
    DYNAMIC = 1
    FILE = 2
    DATA = 3
    FILE_OR_DATA = 4
    HINT = 5

    @property
    def is_fixed(self) -> bool:
        """Whether each worker has a part of its own from the beginning."""
        return self not in (ShardingPolicy.OFF, ShardingPolicy.DYNAMIC)


_MODES = {"parallel_epochs": ShardingPolicy.OFF, "distributed_epoch": ShardingPolicy.DYNAMIC}


def policy_of(processing_mode: Any, who: str) -> ShardingPolicy:
    """A processing mode as a policy.

    Raises:
        ValueError: it is none.
    """
    if isinstance(processing_mode, ShardingPolicy):
        return processing_mode
    if isinstance(processing_mode, str) and processing_mode in _MODES:
        return _MODES[processing_mode]
    raise ValueError(
        errors.message(
            who,
            expected='processing_mode as a ShardingPolicy, "parallel_epochs" or "distributed_epoch"',
            received=f"{processing_mode!r:.80}",
        )
    )


def part(node: Node, policy: ShardingPolicy, count: int, index: int) -> Node:
    """A dataset's part for one of several workers.

    Raises:
        tf.errors.NotFoundError: there are no files.
    """
    if policy in (ShardingPolicy.FILE, ShardingPolicy.FILE_OR_DATA):
        found = _replaced(node, lambda each: _of_files(each, count, index))
        if found is not node:
            return found
        if policy is ShardingPolicy.FILE:
            raise errors.NotFoundError(
                None, None,
                "ShardingPolicy.FILE: expected a dataset that reads files (TFRecordDataset, TextLineDataset, ...): "
                "found no shardable source.\n  To do: ShardingPolicy.DATA, or FILE_OR_DATA.",
            )  # fmt: skip
    if policy is ShardingPolicy.HINT:
        return _replaced(node, lambda each: _of_hint(each, count, index))  # without a hint, all of it, as TensorFlow
    return ShardNode(node, count, index)


def _replaced(node: Node, change: Callable[[Node], Node | None]) -> Node:
    """A graph with its outermost nodes that `change` has something else for replaced; itself where there is none."""
    made = change(node)
    if made is not None:
        return made
    inputs = [_replaced(child, change) for child in node.inputs]
    return node if all(a is b for a, b in zip(inputs, node.inputs, strict=True)) else node.over(*inputs)


def _of_files(node: Node, count: int, index: int) -> Node | None:
    reads = isinstance(node, RecordsNode)
    if isinstance(node, InterleaveNode):
        inner, _ = node.function.probed(node.inputs[0].spec)
        reads = any(isinstance(getattr(made, "_node", None), RecordsNode) for made in inner)
    return node.over(ShardNode(node.inputs[0], count, index)) if reads else None


def _of_hint(node: Node, count: int, index: int) -> Node | None:
    return ShardNode(node.inputs[0], count, index) if isinstance(node, ShardHintNode) else None


# ---------------------------------------------------------------------------- who comes first


class Splits:
    """The sources of a dataset, read by several workers together: each piece goes to whoever asks next.

    A piece is an element of what the pipeline's linear part begins with: a row, the name of a file, an element of a
    generator, a pair of a `zip`. Each repetition of the dataset has its own pieces.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: dict[tuple[int, ...], NodeIterator] = {}

    def over(self, node: Node) -> Node:
        """The same dataset, whose source is shared."""
        if len(node.inputs) == 1 and not isinstance(node, CacheNode | FolderNode):
            return node.over(self.over(node.inputs[0]))
        return _SharedNode(node, self)

    def next(self, node: Node, run: Pass) -> Any:
        """The next piece of a repetition."""
        with self._lock:
            iterator = self._open.get(run.path)
            if iterator is None:
                iterator = self._open[run.path] = node.stream(run)
            return iterator.next()

    def close(self) -> None:
        """Close the sources."""
        with self._lock:
            for iterator in self._open.values():
                iterator.close()


class _SharedNode(Node):
    """The elements of another node that other workers have not taken."""

    def __init__(self, node: Node, splits: Splits) -> None:
        super().__init__(node)
        self.label, self._splits = node.label, splits

    def iterator(self, run: Pass) -> NodeIterator:
        return _SharedIterator(self.inputs[0], self._splits, run)


class _SharedIterator(NodeIterator):
    def __init__(self, node: Node, splits: Splits, run: Pass) -> None:
        self._node, self._splits, self._run = node, splits, run
        self._over = False

    def next(self) -> Any:
        if self._over:
            return END
        element = self._splits.next(self._node, self._run)
        self._over = element is END
        return element
