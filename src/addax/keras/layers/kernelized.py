"""RandomFourierFeatures: features whose products approximate a kernel."""

from __future__ import annotations

from typing import Any

import numpy as np

from addax.core.shapes import TensorShape
from addax.keras import initializers
from addax.keras.layers import arguments
from addax.keras.layers.base import Layer
from addax.keras.layers.input_spec import InputSpec
from addax.ops import layers as ops


class _Cauchy:
    """Draws whose projections give the Laplacian kernel."""

    def __init__(self) -> None:
        self._uniform = initializers.get({"class_name": "RandomUniform", "config": {"minval": 0.0, "maxval": 1.0}})

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        return ops.cauchy(self._uniform(shape, dtype=dtype))


class RandomFourierFeatures(Layer):
    """cos(inputs @ kernel / scale + bias), which approximates a shift-invariant kernel (Rahimi and Recht 2007).

    Args:
        output_dim: the number of features.
        kernel_initializer: "gaussian" or "laplacian" for these kernels, or an initializer.
        scale: the width of the kernel; None for a default that fits the input's size.
        trainable: whether the scale is trained.
        name: the layer's name.
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> tf.keras.layers.experimental.RandomFourierFeatures(4)(tf.ones((2, 3))).shape
    TensorShape([2, 4])
    """

    def __init__(
        self, output_dim: int, kernel_initializer: Any = "gaussian", scale: float | None = None,
        trainable: bool = False, name: str | None = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        if output_dim <= 0:
            raise ValueError(f"`output_dim` should be a positive integer. Received: {output_dim}")
        if isinstance(kernel_initializer, str) and kernel_initializer.lower() not in ("gaussian", "laplacian"):
            raise ValueError(
                "Unsupported `kernel_initializer`. Expected one of ['gaussian', 'laplacian']. "
                f"Received: {kernel_initializer}"
            )
        if scale is not None and scale <= 0.0:
            raise ValueError(f"When provided, `scale` should be a positive float. Received: {scale}")
        super().__init__(trainable=trainable, name=name, **kwargs)
        self.output_dim = output_dim
        self.kernel_initializer = kernel_initializer
        self.scale = scale

    def build(self, input_shape: Any) -> None:
        """Draw kernel and bias, create the scale."""
        shape = TensorShape(input_shape)
        if len(shape) != 2:
            raise ValueError(
                f"The rank of the input tensor should be 2. Received inputs with rank {len(shape)}: {tuple(shape)}."
            )
        features = arguments.channel_size(shape, 1, self)
        self.input_spec = InputSpec(ndim=2, axes={1: features})
        kind = self.kernel_initializer.lower() if isinstance(self.kernel_initializer, str) else None
        if kind == "gaussian":
            initializer: Any = initializers.get({"class_name": "RandomNormal", "config": {"stddev": 1.0}})
        elif kind == "laplacian":
            initializer = _Cauchy()
        else:
            initializer = initializers.get(self.kernel_initializer)
        self.unscaled_kernel = self.add_weight(
            "unscaled_kernel", shape=(features, self.output_dim), initializer=initializer, trainable=False
        )
        self.bias = self.add_weight(
            "bias",
            shape=(self.output_dim,),
            initializer=initializers.get(
                {"class_name": "RandomUniform", "config": {"minval": 0.0, "maxval": 2 * np.pi}}
            ),
            trainable=False,
        )
        scale = self.scale
        if scale is None:
            scale = float(np.sqrt(features / 2.0)) if kind == "gaussian" else 1.0
        self.kernel_scale = self.add_weight(
            "kernel_scale",
            shape=(1,),
            initializer=initializers.get({"class_name": "Constant", "config": {"value": scale}}),
            trainable=True,
            constraint="NonNeg",
        )
        super().build(input_shape)

    def call(self, inputs: Any) -> Any:
        """The features."""
        return ops.fourier_features(inputs, self.unscaled_kernel, self.bias, self.kernel_scale, self.compute_dtype)

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """(batch, features)."""
        shape = TensorShape(input_shape)
        if shape[-1] is None:
            raise ValueError(f"The innermost dimension of input shape must be defined. Given: {tuple(shape)}")
        return TensorShape([*shape.as_list()[:-1], self.output_dim])

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        kernel = self.kernel_initializer
        return {
            **super().get_config(),
            "output_dim": self.output_dim,
            "kernel_initializer": kernel if isinstance(kernel, str) else initializers.serialize(kernel),
            "scale": self.scale,
        }


arguments.register(RandomFourierFeatures)
