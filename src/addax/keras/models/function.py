"""Function: Keras 3's graph of operations between symbolic tensors, called like a model and trained by nobody."""

from __future__ import annotations

from typing import Any

from addax.keras import graph
from addax.keras.layers.operation import Operation, _Kind
from addax.keras.models.model import Functional


class _GraphKind(_Kind):
    """Every functional model is a `Function`, as in Keras 3."""

    def __instancecheck__(cls, instance: Any) -> bool:
        return super().__instancecheck__(instance) or (cls is Function and isinstance(instance, Functional))


class Function(Operation, metaclass=_GraphKind):
    """The computation between symbolic tensors.

    Args:
        inputs: symbolic tensors, or a structure of them.
        outputs: computed from them.
        name: of the function.

    >>> from addax import keras
    >>> x = keras.KerasTensor((2, 3))
    >>> double = keras.Function(x, keras.ops.add(x, x))
    >>> double(keras.ops.ones((2, 3))).numpy().tolist()
    [[2.0, 2.0, 2.0], [2.0, 2.0, 2.0]]
    """

    def __init__(self, inputs: Any, outputs: Any, name: str | None = None) -> None:
        super().__init__(name=name)
        self._graph_model = Functional(inputs, outputs, name=f"{self.name}_graph")
        self.built = True

    @property
    def inputs(self) -> list[graph.KerasTensor]:
        """The symbolic inputs, flat."""
        return self._graph_model.inputs

    @property
    def outputs(self) -> list[graph.KerasTensor]:
        """The symbolic outputs, flat."""
        return self._graph_model.outputs

    @property
    def operations(self) -> list[Any]:
        """What it computes with, in order."""
        return self._graph_model.layers

    def call(self, inputs: Any) -> Any:
        """The outputs for some inputs."""
        return self._graph_model(inputs)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The shapes of the outputs for shapes of the inputs."""
        return self._graph_model.compute_output_shape(input_shape)
