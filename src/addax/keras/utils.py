"""Helpers around models and data (tf.keras.utils)."""

from addax.core.names import missing_name
from addax.keras import dataset_creator as experimental
from addax.keras import legacy_serialization as legacy
from addax.keras.audio_datasets import audio_dataset_from_directory
from addax.keras.backend import clear_session, is_keras_tensor
from addax.keras.data_sequence import (
    GeneratorEnqueuer,
    OrderedEnqueuer,
    PyDataset,
    Sequence,
    SequenceEnqueuer,
)
from addax.keras.data_tuples import pack_x_y_sample_weight, unpack_x_y_sample_weight
from addax.keras.directory_datasets import image_dataset_from_directory, text_dataset_from_directory
from addax.keras.dtype_names import standardize_dtype
from addax.keras.files import get_file
from addax.keras.image_files import array_to_img, img_to_array, load_img, save_img
from addax.keras.named_values import Config
from addax.keras.numpy_helpers import normalize, to_categorical, to_ordinal
from addax.keras.plotting import model_to_dot, plot_model
from addax.keras.progress import (
    Progbar,
    disable_interactive_logging,
    enable_interactive_logging,
    is_interactive_logging_enabled,
)
from addax.keras.registry import (
    CustomObjectScope,
    custom_object_scope,
    deserialize_keras_object,
    get_custom_objects,
    get_registered_name,
    get_registered_object,
    register_keras_serializable,
    serialize_keras_object,
)
from addax.keras.seeding import set_random_seed
from addax.keras.sequence import pad_sequences
from addax.keras.source_inputs import get_source_inputs
from addax.keras.split_dataset import split_dataset
from addax.keras.steps_per_execution_tuner import StepsPerExecutionTuner
from addax.keras.timed_thread import TimedThread
from addax.keras.timeseries import timeseries_dataset_from_array
from addax.keras.warm_start import warmstart_embedding_matrix

# They take time to import.
_LATER = {
    "FeatureSpace": "addax.keras.feature_space:FeatureSpace",
    "SidecarEvaluator": "addax.keras.sidecar_evaluator:SidecarEvaluator",
    "bounding_boxes": "addax.keras.ops.bounding_boxes",
}
__getattr__ = missing_name(__name__, globals(), _LATER)
