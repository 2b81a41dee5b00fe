"""Learning-rate schedules (tf.keras.optimizers.schedules)."""

from addax.core.names import missing_name
from addax.keras.optimizers.schedules.cosine_decay import CosineDecay, CosineDecayRestarts
from addax.keras.optimizers.schedules.exponential_decay import ExponentialDecay
from addax.keras.optimizers.schedules.inverse_time_decay import InverseTimeDecay
from addax.keras.optimizers.schedules.piecewise_constant_decay import PiecewiseConstantDecay
from addax.keras.optimizers.schedules.polynomial_decay import PolynomialDecay
from addax.keras.optimizers.schedules.schedule import LearningRateSchedule, deserialize, serialize

__all__ = [
    "CosineDecay",
    "CosineDecayRestarts",
    "ExponentialDecay",
    "InverseTimeDecay",
    "LearningRateSchedule",
    "PiecewiseConstantDecay",
    "PolynomialDecay",
    "deserialize",
    "serialize",
]

__getattr__ = missing_name(__name__, globals())
