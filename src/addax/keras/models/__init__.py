"""Models (tf.keras.models)."""

from addax.core.names import missing_name
from addax.keras.models.model import Functional, Model
from addax.keras.models.sequential import Sequential

__getattr__ = missing_name(__name__, globals())
