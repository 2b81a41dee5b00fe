"""Preparing texts, sequences and pictures (tf.keras.preprocessing)."""

from addax.core.names import missing_name
from addax.keras.preprocessing import image, sequence, text

__getattr__ = missing_name(__name__, globals())
