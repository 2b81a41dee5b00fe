"""The layers that `add_loss` and `add_metric` of a symbolic tensor put into a functional model."""

from __future__ import annotations

from typing import Any

from addax.keras import registry
from addax.keras.layers.base import Layer


class Addition(Layer):
    """A tensor that the model adds to what it minimizes or reports; the model itself does so."""

    def call(self, inputs: Any) -> Any:
        """The tensor."""
        return inputs


class AddLoss(Addition):
    """The tensor of a model's `add_loss`.

    Args:
        unconditional: written by Keras 2; losses of tensors depend on the inputs.
        **kwargs: as for every layer.
    """

    _serialized_as = ("tf_keras.src.engine.base_layer", "AddLoss")

    def __init__(self, unconditional: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.unconditional = unconditional

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        return {**super().get_config(), "unconditional": self.unconditional}


class AddMetric(Addition):
    """The tensor of a model's `add_metric`.

    Args:
        aggregation: "mean".
        metric_name: the name that it is reported under.
        **kwargs: as for every layer.
    """

    _serialized_as = ("tf_keras.src.engine.base_layer", "AddMetric")

    def __init__(self, aggregation: str | None = None, metric_name: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.aggregation = aggregation
        self.metric_name = metric_name

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        return {**super().get_config(), "aggregation": self.aggregation, "metric_name": self.metric_name}


registry.register("layer", AddLoss)
registry.register("layer", AddMetric)
