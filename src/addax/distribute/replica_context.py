"""ReplicaContext: what a replica knows of itself, and how it works together with the others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from addax.core import context, convert, trees
from addax.core.indexed_slices import IndexedSlices
from addax.core.tensor import Tensor
from addax.distribute.reduce_op import ReduceOp, as_reduce_op
from addax.distribute.scopes import for_all

_state = context.state


class ReplicaContext:
    """A replica of a strategy; `tf.distribute.get_replica_context` returns the one that runs.

    Args:
        strategy: the strategy.
        replica_id_in_sync_group: the replica's number.

    >>> import addax as tf
    >>> strategy = tf.distribute.MirroredStrategy(["/CPU:0"])
    >>> def share(x):
    ...     return tf.distribute.get_replica_context().all_reduce("SUM", x)
    >>> strategy.run(share, args=(tf.constant(2.0),)).numpy()
    np.float32(2.0)
    """

    def __init__(self, strategy: Any, replica_id_in_sync_group: Any) -> None:
        self._strategy = strategy
        self._number = replica_id_in_sync_group
        self._outer: list[Any] = []

    def __enter__(self) -> None:
        self._outer.append((_state.strategy, _state.replica))
        _state.strategy, _state.replica = self._strategy, self

    def __exit__(self, exception_type: Any, exception_value: Any, traceback: Any) -> None:
        _state.strategy, _state.replica = self._outer.pop()

    @property
    def strategy(self) -> Any:
        """The strategy."""
        return self._strategy

    @property
    def num_replicas_in_sync(self) -> int:
        """How many replicas there are."""
        return self._strategy.num_replicas_in_sync

    @property
    def replica_id_in_sync_group(self) -> Any:
        """The replica's number: an int32 tensor (outside of strategies 0)."""
        if self._strategy.is_default:
            return self._number
        return Tensor(convert.to_device(np.int32(self._number)))

    @property
    def devices(self) -> Any:
        """The names of the devices that it computes on."""
        if self._strategy.is_default:
            return ("",)
        return [[self._strategy.extended.worker_devices[self._number]]]

    # ------------------------------------------------------------------ together with the others

    def merge_call(self, merge_fn: Callable[..., Any], args: tuple[Any, ...] = (), kwargs: Any = None) -> Any:
        """Call `merge_fn(strategy, *args)` once for all replicas, with `PerReplica` values of their arguments.

        Args:
            merge_fn: the function; it runs in cross-replica context.
            args: positional arguments of this replica.
            kwargs: keyword arguments of this replica.

        Returns:
            This replica's part of the result.
        """
        with for_all(None if self._strategy.is_default else self._strategy):
            return merge_fn(self._strategy, *args, **(kwargs or {}))

    def all_reduce(self, reduce_op: Any, value: Any, options: Any = None) -> Any:
        """The sum or mean of all replicas' values, which each of them gets. Differentiable.

        Args:
            reduce_op: "SUM" or "MEAN".
            value: a tensor, `tf.IndexedSlices`, or a structure of them, of the same shape in all replicas.
            options: a `tf.distribute.experimental.CommunicationOptions`; XLA chooses how to communicate.

        Returns:
            The same structure.

        Raises:
            ValueError: another reduction.
        """
        reduce_op = as_reduce_op(reduce_op)
        leaves = [_as_tensor(leaf) for leaf in trees.flatten(value)]
        return trees.pack(value, self._reduced(reduce_op, leaves))

    def all_gather(self, value: Any, axis: int, options: Any = None) -> Any:
        """All replicas' values one after another along an axis, which each of them gets. Differentiable.

        Args:
            value: a tensor or a structure of tensors; the sizes along `axis` may differ between replicas.
            axis: where to join.
            options: a `tf.distribute.experimental.CommunicationOptions`; XLA chooses how to communicate.

        Returns:
            The same structure.
        """
        leaves = [convert.convert_to_tensor(leaf) for leaf in trees.flatten(value)]
        return trees.pack(value, self._gathered(leaves, int(axis)))

    def _reduced(self, reduce_op: ReduceOp, leaves: list[Any]) -> list[Any]:
        return leaves

    def _gathered(self, leaves: list[Any], axis: int) -> list[Any]:
        return leaves

    def _together(self, function: Callable[..., Any]) -> Any:
        """Call a function that does the same in all replicas once for all of them; its result is everybody's."""
        with for_all(None if self._strategy.is_default else self._strategy):
            return function()


def _as_tensor(leaf: Any) -> Any:
    return leaf if isinstance(leaf, IndexedSlices) else convert.convert_to_tensor(leaf)
