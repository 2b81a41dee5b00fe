"""Pictures of models: `plot_model` and `model_to_dot`."""

from addax.keras.plotting.plot import model_to_dot as model_to_dot
from addax.keras.plotting.plot import plot_model as plot_model

__all__ = ["model_to_dot", "plot_model"]
