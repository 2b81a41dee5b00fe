"""How values of replicas are brought together, as objects: TensorFlow's programs choose among them."""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import Any, NamedTuple

from addax.core.variable import Variable
from addax.distribute import combining
from addax.distribute.reduce_op import ReduceOp, as_reduce_op
from addax.distribute.values import DistributedValues, Mirrored, is_distributed


class CommunicationImplementation(enum.Enum):
    """How devices communicate. XLA decides that; programs may name what they would like.

    >>> import addax as tf
    >>> tf.distribute.experimental.CommunicationImplementation.AUTO.name
    'AUTO'
    """

    AUTO = "AUTO"
    RING = "RING"
    NCCL = "NCCL"


class _CommunicationOptions(NamedTuple):
    bytes_per_pack: int = 0
    timeout_seconds: float | None = None
    implementation: CommunicationImplementation = CommunicationImplementation.AUTO


class CommunicationOptions(_CommunicationOptions):
    """Options of collective operations; kept, while XLA decides how devices communicate.

    Args:
        bytes_per_pack: how many bytes go together; 0: the system decides.
        timeout_seconds: after which a collective operation fails.
        implementation: a `CommunicationImplementation`.

    Raises:
        ValueError: negative bytes.

    >>> import addax as tf
    >>> tf.distribute.experimental.CommunicationOptions(bytes_per_pack=1024).bytes_per_pack
    1024
    """

    def __new__(
        cls, bytes_per_pack: int = 0, timeout_seconds: float | None = None,
        implementation: Any = CommunicationImplementation.AUTO,
    ) -> CommunicationOptions:  # fmt: skip
        if bytes_per_pack < 0:
            raise ValueError(
                f"Argument `bytes_per_pack` must be >=0, Received {bytes_per_pack}.\n  To do: 0 lets the system decide."
            )
        if isinstance(implementation, str):
            implementation = CommunicationImplementation(implementation.upper())
        return super().__new__(cls, bytes_per_pack, timeout_seconds, CommunicationImplementation(implementation))


def CollectiveHints(bytes_per_pack: int = 0, timeout_seconds: float | None = None) -> CommunicationOptions:  # noqa: N802
    """The older name of `CommunicationOptions`."""
    return CommunicationOptions(bytes_per_pack, timeout_seconds)


class CrossDeviceOps:
    """Brings values of replicas together. Subclasses may define `reduce_implementation` in another way.

    >>> import addax as tf
    >>> strategy = tf.distribute.MirroredStrategy(["/CPU:0"])
    >>> value = strategy.experimental_distribute_values_from_function(lambda c: tf.constant(2.0))
    >>> tf.distribute.ReductionToOneDevice().reduce("SUM", value, "/CPU:0").numpy()
    np.float32(2.0)
    """

    def __init__(self) -> None:
        pass

    def reduce(self, reduce_op: Any, per_replica_value: Any, destinations: Any, options: Any = None) -> Any:
        """The sum or mean of a value of all replicas, where `destinations` are.

        Args:
            reduce_op: "SUM" or "MEAN".
            per_replica_value: a distributed value, or a tensor that stands for one replica's.
            destinations: a variable, distributed value or device name; of a distributed one, all its devices.
            options: a `tf.distribute.experimental.CommunicationOptions`.

        Returns:
            A tensor; for distributed destinations a `Mirrored` value.
        """
        return self.reduce_implementation(as_reduce_op(reduce_op), per_replica_value, destinations, _options(options))

    def batch_reduce(self, reduce_op: Any, value_destination_pairs: Any, options: Any = None) -> list[Any]:
        """`reduce` for several (value, destinations).

        Raises:
            ValueError: no list of pairs.
        """
        pairs = list(value_destination_pairs)
        if any(not isinstance(pair, tuple | list) or len(pair) != 2 for pair in pairs):
            raise ValueError("`value_destination_pairs` must be a list or a tuple of tuples of size 2.")
        return self.batch_reduce_implementation(as_reduce_op(reduce_op), pairs, _options(options))

    def broadcast(self, tensor: Any, destinations: Any) -> Any:
        """A tensor, where `destinations` are."""
        return self.broadcast_implementation(tensor, destinations)

    def reduce_implementation(
        self, reduce_op: ReduceOp, per_replica_value: Any, destinations: Any, options: Any
    ) -> Any:
        """What `reduce` does, its arguments checked."""
        values = per_replica_value.values if is_distributed(per_replica_value) else [per_replica_value]
        return _at(self._combined(reduce_op, list(values)), destinations)

    def _combined(self, reduce_op: ReduceOp, values: list[Any]) -> Any:
        return combining.reduced(reduce_op, values)

    def batch_reduce_implementation(self, reduce_op: ReduceOp, value_destination_pairs: Any, options: Any) -> list[Any]:
        """What `batch_reduce` does, its arguments checked."""
        return [
            self.reduce_implementation(reduce_op, value, where, options) for value, where in value_destination_pairs
        ]

    def broadcast_implementation(self, tensor: Any, destinations: Any) -> Any:
        """What `broadcast` does."""
        return _at(combining.tensor(tensor), destinations)


def _options(options: Any) -> Any:
    return CommunicationOptions() if options is None else options


def _at(value: Any, destinations: Any) -> Any:
    if isinstance(destinations, Variable) and destinations._strategy is not None:
        return destinations._strategy._everywhere(value)
    if isinstance(destinations, DistributedValues):
        return Mirrored([value] * len(destinations.values))
    return value


class ReductionToOneDevice(CrossDeviceOps):
    """Brings values together with a function.

    Args:
        reduce_to_device: kept; XLA brings values where they are needed.
        accumulation_fn: the sum of a list of tensors; `tf.add_n` by default.

    >>> import addax as tf
    >>> strategy = tf.distribute.MirroredStrategy(["/cpu:0"], cross_device_ops=tf.distribute.ReductionToOneDevice())
    >>> strategy.num_replicas_in_sync
    1
    """

    def __init__(self, reduce_to_device: Any = None, accumulation_fn: Callable[[list[Any]], Any] | None = None) -> None:
        self.reduce_to_device = reduce_to_device
        self.accumulation_fn = accumulation_fn
        super().__init__()

    def _combined(self, reduce_op: ReduceOp, values: list[Any]) -> Any:
        if self.accumulation_fn is None:
            return super()._combined(reduce_op, values)
        total = self.accumulation_fn(values)
        return total if reduce_op is ReduceOp.SUM else total / len(values)


class _Packed(CrossDeviceOps):
    """All-reduce in so many packs, in TensorFlow; XLA decides by itself."""

    def __init__(self, num_packs: int = 1) -> None:
        if num_packs < 0:
            raise ValueError(f"{type(self).__name__} requires num_packs >= 0, but {num_packs} is specified")
        self.num_packs = num_packs
        super().__init__()


class NcclAllReduce(_Packed):
    """All-reduce as NCCL does it, which XLA uses on GPUs.

    Args:
        num_packs: kept; XLA decides what goes together.

    >>> import addax as tf
    >>> strategy = tf.distribute.MirroredStrategy(["/cpu:0"], cross_device_ops=tf.distribute.NcclAllReduce())
    >>> strategy.num_replicas_in_sync
    1
    """


class HierarchicalCopyAllReduce(_Packed):
    """All-reduce along a hierarchy of devices; XLA knows how they are connected.

    Args:
        num_packs: kept; XLA decides what goes together.

    >>> import addax as tf
    >>> reduce = tf.distribute.HierarchicalCopyAllReduce()
    >>> tf.distribute.MirroredStrategy(["/cpu:0"], cross_device_ops=reduce).num_replicas_in_sync
    1
    """
