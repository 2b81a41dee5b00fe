"""The `tf.keras` namespace: layers, models, and everything around their training."""

from addax.keras import (
    activations,
    backend,
    callbacks,
    constraints,
    datasets,
    initializers,
    layers,
    losses,
    metrics,
    mixed_precision,
    models,
    optimizers,
    preprocessing,
    registry,
    regularizers,
    saving,
    tree,
    utils,
)

# isort: split
from addax.core.context import name_scope
from addax.core.devices import device
from addax.core.names import missing_name
from addax.keras.dtype_policy import Policy as DTypePolicy
from addax.keras.graph import KerasTensor
from addax.keras.initializers import Initializer
from addax.keras.layers import Input, InputSpec, Layer
from addax.keras.layers.operation import Operation
from addax.keras.losses import Loss
from addax.keras.metrics import Metric
from addax.keras.models import Model, Sequential
from addax.keras.optimizers import Optimizer
from addax.keras.regularizers import Regularizer
from addax.keras.rematerialization import RematScope, remat
from addax.keras.stateless import StatelessScope
from addax.keras.variable import Variable

__version__ = "2.21.0"
FloatDTypePolicy = DTypePolicy


def version() -> str:
    """The version of Keras whose behaviour this is; `__version__` as a function, as Keras 3 has it."""
    return __version__


# They take time to import.
_LATER = {
    name: f"addax.keras.{name}"
    for name in (
        "applications",
        "distillation",
        "distribution",
        "dtype_policies",
        "experimental",
        "export",
        "ops",
        "random",
        "wrappers",
    )
} | {"Function": "addax.keras.models.function:Function"}
__getattr__ = missing_name(__name__, globals(), _LATER)
registry.when_missing(lambda: (__getattr__("experimental"), __getattr__("distillation"), utils.FeatureSpace))
