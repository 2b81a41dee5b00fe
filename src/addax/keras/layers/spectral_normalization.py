"""SpectralNormalization: a layer whose kernel is divided by its largest singular value."""

from __future__ import annotations

from typing import Any

from addax.core.shapes import TensorShape
from addax.keras import initializers
from addax.keras.layers import arguments
from addax.keras.layers.base import Layer
from addax.keras.layers.input_spec import InputSpec
from addax.keras.layers.wrapper import Wrapper
from addax.ops import normalizing_layers as ops


class SpectralNormalization(Wrapper):
    """Keeps a layer's Lipschitz constant near 1 while training (Miyato et al. 2018, arXiv:1802.05957).

    Args:
        layer: a layer with a `kernel` or `embeddings`.
        power_iterations: steps of the power iteration per call.
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> layer = tf.keras.layers.SpectralNormalization(tf.keras.layers.Dense(3))
    >>> layer(tf.ones((2, 4)), training=True).shape
    TensorShape([2, 3])
    """

    def __init__(self, layer: Layer, power_iterations: int = 1, **kwargs: Any) -> None:
        super().__init__(layer, **kwargs)
        if power_iterations <= 0:
            raise ValueError(
                f"`power_iterations` should be greater than zero. Received: `power_iterations={power_iterations}`"
            )
        self.power_iterations = power_iterations

    def build(self, input_shape: Any = None) -> None:
        """Build the layer inside and create the left vector of the power iteration."""
        super().build(input_shape)
        shape = TensorShape(input_shape).as_list()
        self.input_spec = InputSpec(shape=[None, *shape[1:]])
        kernel = getattr(self.layer, "kernel", None)
        kernel = getattr(self.layer, "embeddings", None) if kernel is None else kernel
        if kernel is None:
            raise ValueError(
                f"{type(self).__name__} object has no attribute 'kernel' nor 'embeddings': "
                f"the layer inside is {type(self.layer).__name__}"
            )
        object.__setattr__(self, "kernel", kernel)
        self.vector_u = self.add_weight(
            "vector_u",
            shape=(1, kernel.shape.as_list()[-1]),
            initializer=initializers.get({"class_name": "TruncatedNormal", "config": {"stddev": 0.02}}),
            trainable=False,
            dtype=kernel.dtype,
        )

    def call(self, inputs: Any, training: Any = False) -> Any:
        """The layer's output; its kernel is normalized first if `training`."""
        if training:
            self.normalize_weights()
        return self.layer(inputs)

    def normalize_weights(self) -> None:
        """Divide the kernel by an estimate of its largest singular value."""
        weights, vector = ops.spectral_norm(self.kernel, self.vector_u, self.power_iterations)
        self.vector_u.assign(vector)
        self.kernel.assign(weights)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """That of the layer inside."""
        return TensorShape(TensorShape(self.layer.compute_output_shape(input_shape)).as_list())

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        return {**super().get_config(), "power_iterations": self.power_iterations}


arguments.register(SpectralNormalization)
