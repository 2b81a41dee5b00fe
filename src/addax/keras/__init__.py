"""The `tf.keras` namespace: layers, models, and everything around their training."""

from __future__ import annotations

import importlib as _importlib

# While the rooms of keras are being written: import what there is.
for _name in (
    "config", "naming", "registry", "serialization", "dtype_policy", "graph",
    "activations", "initializers", "regularizers", "constraints",
    "optimizers", "losses", "metrics", "layers", "saving", "callbacks", "training", "models", "applications",
    "backend", "utils", "preprocessing", "experimental", "mixed_precision", "datasets", "export",
):  # fmt: skip
    try:
        globals()[_name] = _importlib.import_module(f"addax.keras.{_name}")
    except ImportError as _error:
        if not (_error.name or "").startswith("addax."):
            raise
if hasattr(globals().get("models"), "Model"):
    Model, Sequential = models.Model, models.Sequential  # noqa: F821
if hasattr(globals().get("layers"), "Input"):
    Input = layers.Input  # noqa: F821

__version__ = "2.21.0"

from addax.core.names import missing_name  # noqa: E402

__getattr__ = missing_name(__name__, globals())
