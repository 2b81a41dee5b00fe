"""Dense: every output sees every input."""

from __future__ import annotations

from typing import Any

from addax.core import dtypes
from addax.core.shapes import TensorShape
from addax.keras import activations
from addax.keras.layers.arguments import (
    fused,
    register,
    serialize_activation,
    set_weight_options,
    weight_config,
    weight_options,
    with_activity_regularizer,
)
from addax.keras.layers.base import Layer
from addax.keras.layers.input_spec import InputSpec
from addax.keras.layers.low_rank_adaptation import LowRankAdapted
from addax.keras.layers.shape_rules import by_rule
from addax.ops import casting, embedding
from addax.ops import layers as ops


class Dense(LowRankAdapted, Layer):
    """activation(inputs @ kernel + bias) along the last axis.

    Args:
        units: the size of the output's last axis.
        activation: a function, or the name of one; None for the identity.
        use_bias: whether there is a bias.
        kernel_initializer: of the weight of shape (features, units).
        bias_initializer: of the weight of shape (units,).
        kernel_regularizer: adds to the losses.
        bias_regularizer: the same for the bias.
        activity_regularizer: the same for the output.
        kernel_constraint: projects the kernel after updates.
        bias_constraint: projects the bias after updates.
        **kwargs: `lora_rank` and `lora_alpha` (see `enable_lora`), and those of every `Layer`.

    Inputs of shape (batch, ..., features) give outputs of shape (batch, ..., units).

    >>> import addax as tf
    >>> layer = tf.keras.layers.Dense(2, activation="relu", kernel_initializer="ones")
    >>> layer(tf.constant([[1.0, 2.0, 3.0]])).numpy().tolist()
    [[6.0, 6.0]]
    """

    def __init__(
        self,
        units: int,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        try:
            self.units = int(units) if not isinstance(units, int) else units
        except (TypeError, ValueError) as error:
            raise type(error)(
                f"Received an invalid value for `units`, expected a positive integer. Received: units={units!r}"
            ) from None
        if self.units < 0:
            raise ValueError(
                f"Received an invalid value for `units`, expected a positive integer. Received: units={units}"
            )
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        set_weight_options(
            self,
            kernel_initializer=kernel_initializer,
            bias_initializer=bias_initializer,
            kernel_regularizer=kernel_regularizer,
            bias_regularizer=bias_regularizer,
            kernel_constraint=kernel_constraint,
            bias_constraint=bias_constraint,
        )
        self.input_spec = InputSpec(min_ndim=2)
        self.supports_masking = True

    def build(self, input_shape: Any) -> None:
        """Create kernel and bias for inputs of this shape."""
        if not dtypes.as_dtype(self.dtype or "float32").is_floating:
            raise TypeError(
                f"A Dense layer can only be built with a floating-point dtype. Received: dtype={self.dtype}"
            )
        if input_shape is None:
            raise TypeError(f"Inputs to a layer should be tensors: layer {self.name!r} received None.")
        features = TensorShape(input_shape)[-1]
        if features is None:
            raise ValueError(
                "The last dimension of the inputs to a Dense layer should be defined. Found None. "
                f"Full input shape received: {input_shape}"
            )
        self.input_spec = InputSpec(min_ndim=2, axes={-1: features})
        self.kernel = self.add_weight("kernel", shape=(features, self.units), **weight_options(self, "kernel"))
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight("bias", shape=(self.units,), **weight_options(self, "bias"))
        super().build(input_shape)

    def call(self, inputs: Any) -> Any:
        """The projection."""
        if hasattr(inputs, "with_flat_values"):
            return self._of_ragged(inputs)
        if hasattr(inputs, "dense_shape"):
            return self._of_sparse(inputs)
        known, name = fused(self.activation, of_output=True)
        outputs = ops.dense(inputs, self.kernel, self.bias, name, self.compute_dtype)
        return outputs if known else self.activation(outputs)

    def _of_ragged(self, inputs: Any) -> Any:
        if inputs.shape[-1] is None:
            raise ValueError(
                "Dense layer only supports RaggedTensors when the innermost dimension is non-ragged. Received: "
                f"inputs.shape={inputs.shape}."
            )
        if len(inputs.flat_values.shape) > 1:
            return inputs.with_flat_values(self.call(inputs.flat_values))
        if len(inputs.shape) == 2:
            return self.call(inputs.to_tensor())
        values = inputs
        for _ in range(inputs.ragged_rank - 1):
            values = values.values
        outer = type(inputs).from_nested_row_splits(values.to_tensor(), inputs.nested_row_splits[:-1], validate=False)
        return outer.with_flat_values(self.call(outer.flat_values))

    def _of_sparse(self, inputs: Any) -> Any:
        if inputs.dtype.name != self.compute_dtype:
            inputs = casting.cast(inputs, self.compute_dtype)
        known, name = fused(self.activation, of_output=True)
        outputs = ops.bias_activation(embedding.sparse_matmul(inputs, self.kernel), self.bias, -1, name)
        return outputs if known else self.activation(outputs)

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """The input's shape with `units` as its last size."""
        shape = TensorShape(input_shape).as_list()
        if len(shape) < 2:
            raise ValueError(f"Shape {tuple(shape)} must have rank at least 2: a Dense layer takes batches of vectors.")
        if shape[-1] is None:
            raise ValueError(
                "The last dimension of the input shape of a Dense layer should be defined. Found None. "
                f"Received: input_shape={tuple(shape)}"
            )
        return TensorShape([*shape[:-1], self.units])

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        config = {
            **super().get_config(),
            "units": self.units,
            "activation": serialize_activation(self.activation),
            "use_bias": self.use_bias,
            **weight_config(self, "kernel", "bias"),
        }
        return with_activity_regularizer(self, config, "kernel_constraint")


register(Dense)
by_rule(Dense)
