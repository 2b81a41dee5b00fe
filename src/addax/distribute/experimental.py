"""`tf.distribute.experimental`."""

from typing import Any

from addax.core.names import missing_name
from addax.distribute import partitioners
from addax.distribute.cross_device_ops import CollectiveHints, CommunicationImplementation, CommunicationOptions
from addax.distribute.cross_device_ops import CommunicationImplementation as CollectiveCommunication
from addax.distribute.input import ValueContext
from addax.distribute.multi_worker import MultiWorkerMirroredStrategy as _MultiWorkerMirroredStrategy


class MultiWorkerMirroredStrategy(_MultiWorkerMirroredStrategy):
    """The older form of `tf.distribute.MultiWorkerMirroredStrategy`.

    Args:
        communication: a `CommunicationImplementation`.
        cluster_resolver: knows the cluster; by default the one that TF_CONFIG describes.
    """

    def __init__(self, communication: Any = CommunicationImplementation.AUTO, cluster_resolver: Any = None) -> None:
        super().__init__(cluster_resolver, CommunicationOptions(implementation=communication))


__getattr__ = missing_name(__name__, globals())
