"""Datasets for replicas: global batches are divided among them, and iterated over as `PerReplica` values."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any, NamedTuple

import jax
import numpy as np

from addax.core import context, errors, trees
from addax.core.tensor import NotCompilable, Tensor
from addax.distribute.values import PerReplica, regroup
from addax.ops import joining, shaping


class InputReplicationMode(enum.Enum):
    """How often a function that makes datasets is called: once per process, or once per replica.

    >>> import addax as tf
    >>> tf.distribute.InputReplicationMode.PER_WORKER.name
    'PER_WORKER'
    """

    PER_WORKER = "PER_WORKER"
    PER_REPLICA = "PER_REPLICA"


class InputOptions(NamedTuple):
    """How datasets are read and brought to devices. XLA's programs fetch what they need; these are kept and reported.

    Args:
        experimental_fetch_to_device: whether elements go to the devices at once (None: yes).
        experimental_replication_mode: an `InputReplicationMode`.
        experimental_place_dataset_on_device: whether the dataset itself runs there.
        experimental_per_replica_buffer_size: how many elements wait on a device.

    >>> import addax as tf
    >>> tf.distribute.InputOptions(experimental_fetch_to_device=False).experimental_fetch_to_device
    False
    """

    experimental_fetch_to_device: Any = True
    experimental_replication_mode: InputReplicationMode = InputReplicationMode.PER_WORKER
    experimental_place_dataset_on_device: bool = False
    experimental_per_replica_buffer_size: int = 1


class RunOptions(NamedTuple):
    """Options of `strategy.run`, which steer shapes on TPUs; kept and reported.

    Args:
        experimental_enable_dynamic_batch_size: whether the batch's size may change.
        experimental_bucketizing_dynamic_shape: whether sizes are rounded up.
        experimental_xla_options: options of the compiler.

    >>> import addax as tf
    >>> options = tf.distribute.RunOptions(experimental_enable_dynamic_batch_size=False)
    >>> options.experimental_enable_dynamic_batch_size
    False
    """

    experimental_enable_dynamic_batch_size: bool = True
    experimental_bucketizing_dynamic_shape: bool = False
    experimental_xla_options: Any = None


class InputContext:
    """What a function that makes a dataset is told: which of how many pipelines it is for.

    Args:
        num_input_pipelines: how many there are.
        input_pipeline_id: which of them this is.
        num_replicas_in_sync: how many replicas there are.

    >>> import addax as tf
    >>> tf.distribute.InputContext(num_replicas_in_sync=4).get_per_replica_batch_size(8)
    2
    """

    def __init__(self, num_input_pipelines: int = 1, input_pipeline_id: int = 0, num_replicas_in_sync: int = 1) -> None:
        self._pipelines, self._number, self._replicas = num_input_pipelines, input_pipeline_id, num_replicas_in_sync

    @property
    def num_input_pipelines(self) -> int:
        """How many pipelines there are."""
        return self._pipelines

    @property
    def input_pipeline_id(self) -> int:
        """Which of them this is."""
        return self._number

    @property
    def num_replicas_in_sync(self) -> int:
        """How many replicas there are."""
        return self._replicas

    def get_per_replica_batch_size(self, global_batch_size: int) -> int:
        """A replica's share of a batch.

        Raises:
            ValueError: it cannot be divided evenly.
        """
        if global_batch_size % self._replicas:
            raise ValueError(
                f"The `global_batch_size` {global_batch_size} is not divisible by `num_replicas_in_sync` "
                f"{self._replicas} "
            )
        return global_batch_size // self._replicas

    def __str__(self) -> str:
        return f"tf.distribute.InputContext(input pipeline id {self._number}, total: {self._pipelines})"


class ValueContext:
    """What a function that makes a value for a replica is told.

    Args:
        replica_id_in_sync_group: which replica it is for.
        num_replicas_in_sync: how many replicas there are.

    >>> import addax as tf
    >>> strategy = tf.distribute.MirroredStrategy(["/cpu:0"])
    >>> values = strategy.experimental_distribute_values_from_function(lambda ctx: ctx.replica_id_in_sync_group)
    >>> strategy.experimental_local_results(values)
    (0,)
    """

    def __init__(self, replica_id_in_sync_group: int = 0, num_replicas_in_sync: int = 1) -> None:
        self._number, self._count = replica_id_in_sync_group, num_replicas_in_sync

    @property
    def num_replicas_in_sync(self) -> int:
        """How many replicas there are."""
        return self._count

    @property
    def replica_id_in_sync_group(self) -> int:
        """Which replica it is for."""
        return self._number

    def __str__(self) -> str:
        return f"tf.distribute.ValueContext(replica id {self._number}, total replicas in sync: {self._count})"


def shares(rows: int, replicas: int) -> list[int]:
    """How many rows of a batch each replica gets."""
    each = -(-rows // replicas)
    return [max(0, min(each, rows - i * each)) for i in range(replicas)]


def divided(batch: Any, strategy: Any) -> Any:
    """A batch as `PerReplica` values: consecutive rows for each replica."""
    leaves = [leaf for leaf in trees.flatten(batch) if leaf is not None]
    if not leaves or not leaves[0].shape.rank:
        raise ValueError(
            errors.message(
                "strategy.experimental_distribute_dataset", expected="a batched dataset, whose elements have rows",
                received=f"elements like {errors.describe(leaves[0]) if leaves else batch}",
                hint="dataset.batch(global_batch_size)",
            )
        )  # fmt: skip
    rows, count = int(leaves[0].shape[0]), len(strategy)
    if rows % count == 0 and all(type(leaf) is Tensor and not _is_text(leaf) for leaf in leaves):
        return trees.map_structure(lambda leaf: None if leaf is None else _spread(leaf, strategy), batch)
    ends = [0]
    for size in shares(rows, count):
        ends.append(ends[-1] + size)
    parts = [
        trees.map_structure(lambda leaf, a=first, b=end: None if leaf is None else leaf[a:b], batch)
        for first, end in pairwise(ends)
    ]
    return trees.map_structure(lambda *each: None if each[0] is None else PerReplica(each), *parts)


def _is_text(leaf: Tensor) -> bool:
    return isinstance(leaf._value, np.ndarray)


def _spread(leaf: Tensor, strategy: Any) -> PerReplica:
    """Rows in equal shares, each on its replica's device."""
    count, value = len(strategy), leaf._value
    shape = (count, value.shape[0] // count, *value.shape[1:])
    if context.state.trace is not None:
        return PerReplica.of(shaping.reshape(leaf, shape))
    return PerReplica.of(Tensor(jax.device_put(np.asarray(value).reshape(shape), strategy.sharding)))


def batches_of(dataset: Any, strategy: Any) -> Callable[[], Iterator[Any]]:
    """What makes iterators over a dataset whose elements are divided among replicas.

    Raises:
        TypeError: no dataset.
    """
    if not hasattr(dataset, "element_spec") or not hasattr(dataset, "batch"):
        raise TypeError(
            errors.message(
                "strategy.experimental_distribute_dataset", expected="a tf.data.Dataset", received=f"{dataset!r:.80}",
                hint="tf.data.Dataset.from_tensor_slices(data).batch(global_batch_size)",
            )
        )  # fmt: skip
    if len(strategy) == 1:
        return lambda: iter(dataset)
    return lambda: (divided(batch, strategy) for batch in dataset)


class PerReplicaSpec:
    """The type of `PerReplica` values: a spec for each replica.

    Args:
        *value_specs: one per replica.
    """

    def __init__(self, *value_specs: Any) -> None:
        self._value_specs = value_specs

    def __repr__(self) -> str:
        return f"PerReplicaSpec({', '.join(map(repr, self._value_specs))})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PerReplicaSpec) and self._value_specs == other._value_specs

    def __hash__(self) -> int:
        return hash(self._value_specs)


class DistributedDataset:
    """A dataset whose elements are `PerReplica` values; strategies make it, see `experimental_distribute_dataset`.

    Args:
        strategy: the strategy.
        make: makes an iterator over elements for the replicas; None: each replica gets whole elements.
        dataset: the dataset they come from.

    >>> import addax as tf
    >>> strategy = tf.distribute.MirroredStrategy(["/cpu:0"])
    >>> data = strategy.experimental_distribute_dataset(tf.data.Dataset.range(4).batch(2))
    >>> [strategy.experimental_local_results(each)[0].numpy().tolist() for each in data]
    [[0, 1], [2, 3]]
    """

    def __init__(self, strategy: Any, make: Callable[[], Iterator[Any]] | None, dataset: Any) -> None:
        self._strategy = strategy
        self._whole = make is None
        self.of_replicas = self._whole and len(strategy) > 1  # whether each replica gets elements of its own
        self.dataset = dataset
        self._make = make or self._whole_elements

    def _whole_elements(self) -> Iterator[Any]:
        count = len(self._strategy)
        if count == 1:
            return iter(self.dataset)
        return _in_groups(iter(self.dataset), count)

    def __iter__(self) -> DistributedIterator:
        if context.state.trace is not None:
            raise NotCompilable("a loop over a distributed dataset reads it while it runs")
        return DistributedIterator(self._strategy, self._make(), self.element_spec)

    @property
    def element_spec(self) -> Any:
        """The types of the elements."""
        return _spec_for(self._strategy, self.dataset.element_spec, self._whole)

    @property
    def cardinality(self) -> Any:
        """How many elements there are; see `tf.data.Dataset.cardinality`."""
        count = self.dataset.cardinality().numpy()
        return -(-count // len(self._strategy)) if self._whole and count > 0 else count

    def joined(self) -> Iterator[Any]:
        """The elements as batches of all replicas together; those of other sizes as `PerReplica` values."""
        for element in self:
            parts = [leaf.values for leaf in trees.flatten(element)]
            equal = all(len({each.shape[0] for each in values}) == 1 for values in parts)
            yield trees.map_structure(lambda leaf: joining.concat(leaf.values, 0), element) if equal else element

    def reduce(self, initial_state: Any, reduce_func: Callable[[Any, Any], Any]) -> Any:
        """Combine all elements to one: `state = reduce_func(state, element)`."""
        state = initial_state
        for element in self:
            state = reduce_func(state, element)
        return state


def _in_groups(elements: Iterator[Any], count: int) -> Iterator[Any]:
    """So many elements at a time, one for each replica; at the end empty ones for the replicas that get none."""
    while True:
        group = []
        for element in elements:
            group.append(element)
            if len(group) == count:
                break
        if not group:
            return
        while len(group) < count:
            group.append(trees.map_structure(lambda leaf: leaf[:0], group[0]))
        yield regroup(group, PerReplica, always_wrap=True)


def _spec_for(strategy: Any, spec: Any, whole: bool) -> Any:
    count = len(strategy)
    if count == 1:
        return spec

    def of(leaf: Any) -> Any:
        if whole or not hasattr(leaf, "shape") or not leaf.shape.rank:
            return PerReplicaSpec(*[leaf] * count)
        rows = leaf.shape[0]
        sizes = [None] * count if rows is None else shares(rows, count)
        return PerReplicaSpec(*[type(leaf)((size, *leaf.shape[1:]), leaf.dtype) for size in sizes])

    return trees.map_structure(of, spec)


class DistributedIterator:
    """An iterator over a `DistributedDataset`.

    Args:
        strategy: the strategy.
        elements: the elements for its replicas.
        element_spec: their types.

    >>> import addax as tf
    >>> strategy = tf.distribute.MirroredStrategy(["/cpu:0"])
    >>> iterator = iter(strategy.experimental_distribute_dataset(tf.data.Dataset.range(4).batch(2)))
    >>> strategy.experimental_local_results(next(iterator))[0].numpy().tolist()
    [0, 1]
    """

    def __init__(self, strategy: Any, elements: Iterator[Any], element_spec: Any) -> None:
        self._strategy, self._elements, self._spec = strategy, elements, element_spec

    def __iter__(self) -> DistributedIterator:
        return self

    def __next__(self) -> Any:
        if context.state.trace is not None:
            raise NotCompilable("the next element of a distributed dataset is read while the function runs")
        return next(self._elements)

    def next(self) -> Any:
        """The next element.

        Raises:
            StopIteration: there is none.
        """
        return next(self)

    def get_next(self) -> Any:
        """The next element.

        Raises:
            OutOfRangeError: there is none.
        """
        try:
            return next(self)
        except StopIteration:
            raise errors.OutOfRangeError("End of sequence: the distributed dataset has no more elements") from None

    def get_next_as_optional(self) -> Any:
        """The next element as a `tf.experimental.Optional`, which is empty at the end."""
        from addax.data.optional import Optional

        try:
            return Optional(next(self), self._spec, True)
        except StopIteration:
            return Optional.empty(self._spec)

    @property
    def element_spec(self) -> Any:
        """The types of the elements."""
        return self._spec
