"""Checkpoints, records of examples, averages, threads and clusters (tf.train)."""

from addax.checkpoint.checkpoint import Checkpoint, CheckpointOptions
from addax.checkpoint.files import (
    checkpoint_exists,
    get_checkpoint_state,
    latest_checkpoint,
    list_variables,
    load_checkpoint,
    load_variable,
)
from addax.checkpoint.manager import CheckpointManager
from addax.checkpoint.polling import checkpoints_iterator
from addax.checkpoint.views import CheckpointView, TrackableView
from addax.core.cluster_spec import ClusterSpec
from addax.core.coordinator import Coordinator
from addax.core.names import missing_name
from addax.formats.cluster import ClusterDef, JobDef, ServerDef
from addax.formats.example import (
    BytesList,
    Example,
    Feature,
    FeatureList,
    FeatureLists,
    Features,
    FloatList,
    Int64List,
    SequenceExample,
)
from addax.ops.moving_average import ExponentialMovingAverage
from addax.train import experimental

__getattr__ = missing_name(__name__, globals())
