"""Checkpoints and records of examples (tf.train)."""

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
from addax.core.names import missing_name
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

__getattr__ = missing_name(__name__, globals())
