"""Saving and loading (tf.keras.saving)."""

from addax.core.names import missing_name
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
from addax.keras.saving import lambdas

# Formats of files take time to import.
_LATER = {name: f"addax.keras.saving.models:{name}" for name in ("load_model", "save_model")} | {
    name: f"addax.keras.saving.weights:{name}" for name in ("load_weights", "save_weights")
}
_LATER["KerasFileEditor"] = "addax.keras.saving.file_editor:KerasFileEditor"
__getattr__ = missing_name(__name__, globals(), _LATER)
