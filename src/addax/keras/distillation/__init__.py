"""A small model learns from a large one (`keras.distillation` of Keras 3)."""

from addax.core.names import missing_name
from addax.keras.distillation.distiller import Distiller
from addax.keras.distillation.losses import DistillationLoss, FeatureDistillation, LogitsDistillation

__getattr__ = missing_name(__name__, globals())
