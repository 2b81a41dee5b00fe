"""SavedModels: objects with their functions, in folders (tf.saved_model)."""

from types import SimpleNamespace as _Namespace

from addax.checkpoint.saved_model.fingerprint import Fingerprint as _Fingerprint
from addax.checkpoint.saved_model.fingerprint import read_fingerprint as _read_fingerprint
from addax.checkpoint.saved_model.load import contains_saved_model as contains_saved_model
from addax.checkpoint.saved_model.load import load as load
from addax.checkpoint.saved_model.options import Asset as Asset
from addax.checkpoint.saved_model.options import LoadOptions as LoadOptions
from addax.checkpoint.saved_model.options import SaveOptions as SaveOptions
from addax.checkpoint.saved_model.options import TrackableResource as _TrackableResource
from addax.checkpoint.saved_model.options import VariablePolicy as _VariablePolicy
from addax.checkpoint.saved_model.save import save as save
from addax.core.names import missing_name

# The names that TensorFlow's files and servers agree on.
ASSETS_DIRECTORY = "assets"
ASSETS_KEY = "saved_model_assets"
CLASSIFY_INPUTS = "inputs"
CLASSIFY_METHOD_NAME = "tensorflow/serving/classify"
CLASSIFY_OUTPUT_CLASSES = "classes"
CLASSIFY_OUTPUT_SCORES = "scores"
DEBUG_DIRECTORY = "debug"
DEBUG_INFO_FILENAME_PB = "saved_model_debug_info.pb"
DEFAULT_SERVING_SIGNATURE_DEF_KEY = "serving_default"
GPU = "gpu"
PREDICT_INPUTS = "inputs"
PREDICT_METHOD_NAME = "tensorflow/serving/predict"
PREDICT_OUTPUTS = "outputs"
REGRESS_INPUTS = "inputs"
REGRESS_METHOD_NAME = "tensorflow/serving/regress"
REGRESS_OUTPUTS = "outputs"
SAVED_MODEL_FILENAME_PB = "saved_model.pb"
SAVED_MODEL_FILENAME_PBTXT = "saved_model.pbtxt"
SAVED_MODEL_SCHEMA_VERSION = 1
SERVING = "serve"
TPU = "tpu"
TRAINING = "train"
VARIABLES_DIRECTORY = "variables"
VARIABLES_FILENAME = "variables"

experimental = _Namespace(
    Fingerprint=_Fingerprint,
    TrackableResource=_TrackableResource,
    VariablePolicy=_VariablePolicy,
    read_fingerprint=_read_fingerprint,
)

__getattr__ = missing_name(__name__, globals())
