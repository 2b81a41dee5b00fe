"""TimeDistributed: one layer applied to every time step."""

from __future__ import annotations

from typing import Any

from addax.core import trees
from addax.core.shapes import TensorShape
from addax.keras import graph
from addax.keras.layers.arguments import register
from addax.keras.layers.base import Layer
from addax.keras.layers.input_spec import InputSpec
from addax.keras.layers.rnn import _as_shapes
from addax.keras.layers.wrapper import Wrapper
from addax.ops import array
from addax.ops import math as ops_math


class TimeDistributed(Wrapper):
    """Applies a layer to each step of (batch, time, ...), all steps at once.

    Args:
        layer: the layer.
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> tf.keras.layers.TimeDistributed(tf.keras.layers.Dense(3))(tf.ones((2, 4, 5))).shape
    TensorShape([2, 4, 3])
    """

    def __init__(self, layer: Layer, **kwargs: Any) -> None:
        if not isinstance(layer, Layer):
            raise ValueError(
                f"Please initialize `TimeDistributed` layer with a `tf.keras.layers.Layer` instance. Received: {layer}"
            )
        super().__init__(layer, **kwargs)
        self.supports_masking = True

    def build(self, input_shape: Any = None) -> None:
        """Build the layer for one step."""
        shapes = _as_shapes(input_shape)
        for shape in trees.flatten(shapes):
            if len(shape) < 3:
                raise ValueError(
                    "`TimeDistributed` Layer should be passed an `input_shape` with at least 3 dimensions, "
                    f"received: {tuple(shape)}"
                )
        self.input_spec = graph.map_leaves(lambda s: InputSpec(shape=(None, None, *s.as_list()[2:])), shapes)
        super().build(graph.map_leaves(lambda s: (s[0], *s.as_list()[2:]), shapes))
        self._build_input_shape = input_shape

    def call(self, inputs: Any, training: Any = None, mask: Any = None) -> Any:
        """The layer's outputs at all steps."""
        options: dict[str, Any] = {}
        if self.layer._layer_call.takes_training:
            options["training"] = training
        if mask is not None and self.layer._layer_call.takes_mask:
            options["mask"] = graph.map_leaves(_merged, mask)
        if hasattr(inputs, "with_values"):  # ragged: a step is a value of a row
            return inputs.with_values(self.layer(inputs.values, **options))
        lead = trees.flatten(inputs)[0].shape.as_list()[:2]
        outputs = self.layer(graph.map_leaves(_merged, inputs), **options)
        return graph.map_leaves(lambda x: array.reshape(x, (*lead, *x.shape.as_list()[1:])), outputs)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """The mask of the steps: that of the layer, where it makes one, else that of the inputs."""
        layer = self.layer
        own = None
        if layer._computes_masks or layer.supports_masking:
            inner = None if mask is None else graph.map_leaves(_merged, mask)
            if inner is not None or layer._computes_masks:
                own = layer.compute_mask(graph.map_leaves(_merged, inputs), inner)
        if own is None:
            if mask is None:
                return None
            whole = trees.flatten(mask)[0]
            rank = len(whole.shape)
            return whole if rank <= 2 else ops_math.reduce_any(whole, axis=list(range(2, rank)))
        lead = trees.flatten(inputs)[0].shape.as_list()[:2]
        return array.reshape(own, (*lead, *TensorShape(own.shape).as_list()[1:]))

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The layer's output shape, with time behind the batch."""
        shapes = _as_shapes(input_shape)
        first = trees.flatten(shapes)[0]
        inner = self.layer.compute_output_shape(graph.map_leaves(lambda s: (s[0], *s.as_list()[2:]), shapes))
        return graph.map_leaves(
            lambda s: TensorShape([first[0], first[1], *TensorShape(s).as_list()[1:]]), _as_shapes(inner)
        )


def _merged(x: Any) -> Any:
    """(batch, time, ...) as (batch * time, ...)."""
    sizes = TensorShape(x.shape).as_list()
    return array.reshape(x, (sizes[0] * sizes[1], *sizes[2:]))


register(TimeDistributed)
