"""Small layers without weights: Activation, Identity, Masking, ActivityRegularization."""

from __future__ import annotations

from typing import Any

from addax.keras import activations, regularizers
from addax.keras.layers.arguments import register, serialize_activation
from addax.keras.layers.base import Layer
from addax.keras.layers.shape_rules import by_rule
from addax.ops import layers as ops


class Activation(Layer):
    """An activation as a layer.

    Args:
        activation: a function, or the name of one.
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> tf.keras.layers.Activation("relu")(tf.constant([-1.0, 2.0])).numpy().tolist()
    [0.0, 2.0]
    """

    def __init__(self, activation: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True
        self.activation = activations.get(activation)

    def call(self, inputs: Any) -> Any:
        """The activation of the inputs."""
        return self.activation(inputs)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The input's shape."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        return {**super().get_config(), "activation": serialize_activation(self.activation)}


class Identity(Layer):
    """Returns its inputs, of any structure.

    >>> import addax as tf
    >>> tf.keras.layers.Identity()(tf.constant([1.0])).numpy().tolist()
    [1.0]
    """

    def call(self, inputs: Any) -> Any:
        """The inputs."""
        return inputs


class Masking(Layer):
    """Marks time steps to be skipped: those whose features all equal a value.

    Args:
        mask_value: the value.
        **kwargs: as for every `Layer`.

    Inputs of shape (batch, time, features) come back with 0 at the masked steps, and a mask of shape (batch, time).

    >>> import addax as tf
    >>> x = tf.constant([[[1.0, 2.0], [0.0, 0.0]]])
    >>> tf.keras.layers.Masking().compute_mask(x).numpy().tolist()
    [[True, False]]
    """

    def __init__(self, mask_value: float = 0.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True
        self.mask_value = mask_value

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Where any feature differs from the value."""
        return ops.differs(inputs, self.mask_value)

    def call(self, inputs: Any) -> Any:
        """The inputs, 0 where masked."""
        return ops.keep_different(inputs, self.mask_value)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The input's shape."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        return {**super().get_config(), "mask_value": self.mask_value}


class ActivityRegularization(Layer):
    """Returns its inputs and adds a penalty on them to the losses.

    Args:
        l1: factor of the sum of absolute values.
        l2: factor of the sum of squares.
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> layer = tf.keras.layers.ActivityRegularization(l1=0.5)
    >>> _ = layer(tf.constant([[1.0, -3.0]]))
    >>> float(layer.losses[0])
    2.0
    """

    def __init__(self, l1: float = 0.0, l2: float = 0.0, **kwargs: Any) -> None:
        super().__init__(activity_regularizer=regularizers.L1L2(l1=l1, l2=l2), **kwargs)
        self.supports_masking = True
        self.l1 = l1
        self.l2 = l2

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The input's shape."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        return {**super().get_config(), "l1": self.l1, "l2": self.l2}


register(Activation, Identity, Masking, ActivityRegularization)
by_rule(Activation, Masking, ActivityRegularization)
