"""Callbacks of fit, evaluate and predict (tf.keras.callbacks)."""

from addax.core.names import missing_name
from addax.keras.callbacks import experimental
from addax.keras.callbacks.backup_and_restore import BackupAndRestore
from addax.keras.callbacks.base_logger import BaseLogger
from addax.keras.callbacks.callback import Callback, batch_hooks
from addax.keras.callbacks.callback_list import CallbackList
from addax.keras.callbacks.csv_logger import CSVLogger
from addax.keras.callbacks.early_stopping import EarlyStopping
from addax.keras.callbacks.history import History
from addax.keras.callbacks.lambda_callback import LambdaCallback
from addax.keras.callbacks.learning_rate_scheduler import LearningRateScheduler
from addax.keras.callbacks.model_checkpoint import ModelCheckpoint
from addax.keras.callbacks.progbar_logger import ProgbarLogger
from addax.keras.callbacks.protocol import BatchNeeds
from addax.keras.callbacks.reduce_lr_on_plateau import ReduceLROnPlateau
from addax.keras.callbacks.remote_monitor import RemoteMonitor
from addax.keras.callbacks.sidecar_model_export import SidecarEvaluatorModelExport
from addax.keras.callbacks.swap_ema_weights import SwapEMAWeights
from addax.keras.callbacks.tensorboard import TensorBoard
from addax.keras.callbacks.terminate_on_nan import TerminateOnNaN

__all__ = [
    "BackupAndRestore",
    "BaseLogger",
    "BatchNeeds",
    "CSVLogger",
    "Callback",
    "CallbackList",
    "EarlyStopping",
    "History",
    "LambdaCallback",
    "LearningRateScheduler",
    "ModelCheckpoint",
    "ProgbarLogger",
    "ReduceLROnPlateau",
    "RemoteMonitor",
    "SidecarEvaluatorModelExport",
    "SwapEMAWeights",
    "TensorBoard",
    "TerminateOnNaN",
    "batch_hooks",
    "experimental",
]

__getattr__ = missing_name(__name__, globals())
