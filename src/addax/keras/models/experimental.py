"""Models that may change (tf.keras.models.experimental)."""

from addax.core.names import missing_name
from addax.keras.models.sharpness_aware_minimization import SharpnessAwareMinimization

__getattr__ = missing_name(__name__, globals())
