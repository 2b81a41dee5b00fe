"""`tf.distribute.experimental`."""

from typing import Any

from addax.core.names import missing_name
from addax.distribute import partitioners
from addax.distribute.central_storage import CentralStorageStrategy
from addax.distribute.cross_device_ops import CollectiveHints, CommunicationImplementation, CommunicationOptions
from addax.distribute.cross_device_ops import CommunicationImplementation as CollectiveCommunication
from addax.distribute.input import ValueContext
from addax.distribute.multi_worker import MultiWorkerMirroredStrategy as _MultiWorkerMirroredStrategy
from addax.distribute.multi_worker import TPUStrategy as _TPUStrategy


class MultiWorkerMirroredStrategy(_MultiWorkerMirroredStrategy):
    """The older form of `tf.distribute.MultiWorkerMirroredStrategy`.

    Args:
        communication: a `CommunicationImplementation`.
        cluster_resolver: knows the cluster; by default the one that TF_CONFIG describes.
    """

    def __init__(self, communication: Any = CommunicationImplementation.AUTO, cluster_resolver: Any = None) -> None:
        super().__init__(cluster_resolver, CommunicationOptions(implementation=communication))


class TPUStrategy(_TPUStrategy):
    """The older form of `tf.distribute.TPUStrategy`.

    Args:
        tpu_cluster_resolver: kept; the cores are those of this process.
        device_assignment: must be None: one replica per core.
    """

    def __init__(self, tpu_cluster_resolver: Any = None, device_assignment: Any = None) -> None:
        super().__init__(tpu_cluster_resolver, device_assignment)


__getattr__ = missing_name(__name__, globals())
