"""`tf.train.experimental`: state in Python that is kept in checkpoints, and how those are divided into files."""

from addax.checkpoint.python_state import PythonState as PythonState
from addax.checkpoint.sharding import MaxShardSizePolicy as MaxShardSizePolicy
from addax.checkpoint.sharding import ShardableTensor as ShardableTensor
from addax.checkpoint.sharding import ShardByTaskPolicy as ShardByTaskPolicy
from addax.checkpoint.sharding import ShardingCallback as ShardingCallback
from addax.core.names import missing_name

__getattr__ = missing_name(__name__, globals())
