"""tf.keras.optimizers.experimental: the optimizers under the names they had in TensorFlow 2.9 and 2.10."""

from addax.keras.optimizers.adadelta import Adadelta
from addax.keras.optimizers.adafactor import Adafactor
from addax.keras.optimizers.adagrad import Adagrad
from addax.keras.optimizers.adam import Adam
from addax.keras.optimizers.adamax import Adamax
from addax.keras.optimizers.adamw import AdamW
from addax.keras.optimizers.ftrl import Ftrl
from addax.keras.optimizers.nadam import Nadam
from addax.keras.optimizers.optimizer import Optimizer
from addax.keras.optimizers.rmsprop import RMSprop
from addax.keras.optimizers.sgd import SGD

__all__ = [
    "SGD",
    "Adadelta",
    "Adafactor",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "Ftrl",
    "Nadam",
    "Optimizer",
    "RMSprop",
]
