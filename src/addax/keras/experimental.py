"""Wide and deep models, features of columns, and older names (tf.keras.experimental)."""

from addax.core.names import missing_name
from addax.keras.layers.feature_columns.layers import SequenceFeatures
from addax.keras.models.linear_model import LinearModel
from addax.keras.models.wide_deep_model import WideDeepModel
from addax.keras.optimizers.schedules import CosineDecay, CosineDecayRestarts
from addax.keras.sidecar_evaluator import SidecarEvaluatorExperimental as SidecarEvaluator

__getattr__ = missing_name(__name__, globals())
