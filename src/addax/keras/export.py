"""Writing models for serving (tf.keras.export)."""

from addax.core.names import missing_name
from addax.keras.saving.export import ExportArchive

__getattr__ = missing_name(__name__, globals())
