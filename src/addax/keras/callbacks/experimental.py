"""tf.keras.callbacks.experimental: the older place of BackupAndRestore."""

from addax.keras.callbacks.backup_and_restore import BackupAndRestore

__all__ = ["BackupAndRestore"]
