"""`tf.distribute`: strategies that share the work of a program among devices."""

from addax.core.names import missing_name
from addax.distribute import cluster_resolver, experimental
from addax.distribute.cross_device_ops import (
    CrossDeviceOps,
    HierarchicalCopyAllReduce,
    NcclAllReduce,
    ReductionToOneDevice,
)
from addax.distribute.input import (
    DistributedDataset,
    DistributedIterator,
    InputContext,
    InputOptions,
    InputReplicationMode,
    RunOptions,
)
from addax.distribute.mirrored import MirroredStrategy
from addax.distribute.multi_worker import MultiWorkerMirroredStrategy, TPUStrategy
from addax.distribute.one_device import OneDeviceStrategy
from addax.distribute.reduce_op import ReduceOp
from addax.distribute.replica_context import ReplicaContext
from addax.distribute.scopes import (
    experimental_set_strategy,
    get_replica_context,
    get_strategy,
    has_strategy,
    in_cross_replica_context,
)
from addax.distribute.strategy import Strategy, StrategyExtended
from addax.distribute.values import DistributedValues

__getattr__ = missing_name(__name__, globals())
