"""The `tf.keras` namespace: layers, models, and everything around their training."""

from addax.keras import (
    activations,
    backend,
    callbacks,
    constraints,
    datasets,
    experimental,
    initializers,
    layers,
    losses,
    metrics,
    mixed_precision,
    models,
    optimizers,
    preprocessing,
    regularizers,
    saving,
    utils,
)

# isort: split
from addax.core.names import missing_name
from addax.keras.layers import Input
from addax.keras.models import Model, Sequential

__version__ = "2.21.0"

_LATER = {name: f"addax.keras.{name}" for name in ("applications", "export")}  # they take time to import
__getattr__ = missing_name(__name__, globals(), _LATER)
