"""Older names of learning rate schedules (tf.keras.experimental)."""

from addax.core.names import missing_name
from addax.keras.optimizers.schedules import CosineDecay, CosineDecayRestarts

__getattr__ = missing_name(__name__, globals())
