"""`tf.distribute`: strategies that share the work of a program among devices."""

from addax.core.names import missing_name
from addax.distribute.input import (
    DistributedDataset,
    DistributedIterator,
    InputContext,
    InputOptions,
    InputReplicationMode,
    RunOptions,
)
from addax.distribute.reduce_op import ReduceOp
from addax.distribute.scopes import (
    experimental_set_strategy,
    get_replica_context,
    get_strategy,
    has_strategy,
    in_cross_replica_context,
)
from addax.distribute.values import DistributedValues

# Imported when they are first used: Keras needs the others.
_LATER = {
    "cluster_resolver": "addax.distribute.cluster_resolver",
    "experimental": "addax.distribute.experimental",
    "MirroredStrategy": "addax.distribute.mirrored:MirroredStrategy",
    "OneDeviceStrategy": "addax.distribute.one_device:OneDeviceStrategy",
    "MultiWorkerMirroredStrategy": "addax.distribute.multi_worker:MultiWorkerMirroredStrategy",
    "ReplicaContext": "addax.distribute.replica_context:ReplicaContext",
    "Strategy": "addax.distribute.strategy:Strategy",
    "StrategyExtended": "addax.distribute.strategy:StrategyExtended",
    "TPUStrategy": "addax.distribute.multi_worker:TPUStrategy",
} | {
    name: f"addax.distribute.cross_device_ops:{name}"
    for name in ("CrossDeviceOps", "HierarchicalCopyAllReduce", "NcclAllReduce", "ReductionToOneDevice")
}

__getattr__ = missing_name(__name__, globals(), _LATER)
