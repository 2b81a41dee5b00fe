"""Models (tf.keras.models)."""

from addax.core.names import missing_name
from addax.keras.models import experimental
from addax.keras.models.cloning import clone_model
from addax.keras.models.config import model_from_config, model_from_json, model_from_yaml
from addax.keras.models.model import Functional, Model
from addax.keras.models.sequential import Sequential

# They take time to import.
_LATER = {name: f"addax.keras.saving.models:{name}" for name in ("load_model", "save_model")}
__getattr__ = missing_name(__name__, globals(), _LATER)
