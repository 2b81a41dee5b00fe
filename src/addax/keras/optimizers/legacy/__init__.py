"""Optimizers as TensorFlow 2.0 to 2.10 had them (tf.keras.optimizers.legacy)."""

from addax.core.names import missing_name
from addax.keras.optimizers.legacy.adadelta import Adadelta
from addax.keras.optimizers.legacy.adagrad import Adagrad
from addax.keras.optimizers.legacy.adam import Adam
from addax.keras.optimizers.legacy.adamax import Adamax
from addax.keras.optimizers.legacy.ftrl import Ftrl
from addax.keras.optimizers.legacy.nadam import Nadam
from addax.keras.optimizers.legacy.optimizer import Optimizer
from addax.keras.optimizers.legacy.rmsprop import RMSprop
from addax.keras.optimizers.legacy.sgd import SGD

__all__ = ["Adadelta", "Adagrad", "Adam", "Adamax", "Ftrl", "Nadam", "Optimizer", "RMSprop", "SGD"]

__getattr__ = missing_name(__name__, globals())
