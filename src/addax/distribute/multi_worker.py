"""Strategies for several machines and for TPUs, as far as one process goes."""

from __future__ import annotations

from typing import Any

from addax.core import devices, errors
from addax.distribute.cluster_resolver import TFConfigClusterResolver
from addax.distribute.cross_device_ops import CommunicationOptions
from addax.distribute.mirrored import MirroredStrategy


class MultiWorkerMirroredStrategy(MirroredStrategy):
    """Replicas on the devices of all processes of a cluster; here of one process, which has all of its devices.

    Args:
        cluster_resolver: knows the cluster; by default the one that TF_CONFIG describes.
        communication_options: a `CommunicationOptions`; kept, while XLA chooses how devices communicate.

    Raises:
        UnimplementedError: a cluster of several processes.

    >>> import addax as tf
    >>> strategy = tf.distribute.MultiWorkerMirroredStrategy()
    >>> strategy.extended.should_checkpoint
    True
    """

    def __init__(self, cluster_resolver: Any = None, communication_options: Any = None) -> None:
        resolver = cluster_resolver or TFConfigClusterResolver()
        tasks = sum(len(each) for each in resolver.cluster_spec().as_dict().values())
        if tasks > 1:
            raise errors.UnimplementedError(
                errors.message(
                    "tf.distribute.MultiWorkerMirroredStrategy", expected="a cluster of one process",
                    received=f"one of {tasks} processes (TF_CONFIG or cluster_resolver)",
                    hint="unset TF_CONFIG; one process uses all devices of its machine",
                )
            )  # fmt: skip
        super().__init__()
        self._cluster_resolver = resolver
        self._communication_options = communication_options or CommunicationOptions()

    @property
    def cluster_resolver(self) -> Any:
        """What knows the cluster."""
        return self._cluster_resolver


class TPUStrategy(MirroredStrategy):
    """Replicas on the TPU cores that this process sees.

    Args:
        tpu_cluster_resolver: kept; the cores are those of this process.
        experimental_device_assignment: must be None: one replica per core.
        experimental_spmd_xla_partitioning: must be False: a replica has one core.

    Raises:
        ValueError: there is no TPU, or an option that is not supported.
    """

    def __init__(
        self, tpu_cluster_resolver: Any = None, experimental_device_assignment: Any = None,
        experimental_spmd_xla_partitioning: bool = False,
    ) -> None:  # fmt: skip
        if experimental_device_assignment is not None or experimental_spmd_xla_partitioning:
            raise ValueError("tf.distribute.TPUStrategy: replicas have one core each; leave both options out.")
        found = devices.list_logical_devices("TPU")
        if not found:
            raise ValueError(
                "Please provide a TPU Name to connect to. (tf.distribute.TPUStrategy: JAX sees no TPU here.)"
            )
        super().__init__([device.name for device in found])
        self._cluster_resolver = tpu_cluster_resolver

    @property
    def cluster_resolver(self) -> Any:
        """What was given."""
        return self._cluster_resolver
