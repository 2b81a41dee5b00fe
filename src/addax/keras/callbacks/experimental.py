"""tf.keras.callbacks.experimental: the older place of BackupAndRestore, and UpdateEmbeddingCallback."""

from addax.keras.callbacks.backup_and_restore import BackupAndRestore
from addax.keras.callbacks.update_embedding import UpdateEmbeddingCallback

__all__ = ["BackupAndRestore", "UpdateEmbeddingCallback"]
