"""Depthwise separable convolutions: SeparableConv1D, SeparableConv2D."""

from __future__ import annotations

from typing import Any

from addax.core.shapes import TensorShape
from addax.keras.layers import arguments
from addax.keras.layers.arguments import fused, set_weight_options, weight_options
from addax.keras.layers.convolution import Conv
from addax.keras.layers.input_spec import InputSpec
from addax.keras.layers.shape_rules import by_rule
from addax.ops import conv_layers as ops


class SeparableConv(Conv):
    """What separable convolutions of both ranks share."""

    _weight_names = ("depthwise", "pointwise", "bias")

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: Any = 1,
        depth_multiplier: int = 1,
        activation: Any = None,
        use_bias: bool = True,
        depthwise_initializer: Any = "glorot_uniform",
        pointwise_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        depthwise_regularizer: Any = None,
        pointwise_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        depthwise_constraint: Any = None,
        pointwise_constraint: Any = None,
        bias_constraint: Any = None,
        groups: int = 1,
        kernel_initializer: Any = "glorot_uniform",
        kernel_regularizer: Any = None,
        kernel_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            filters, kernel_size, strides, padding, data_format, dilation_rate, groups, activation, use_bias,
            kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer, activity_regularizer,
            kernel_constraint, bias_constraint, **kwargs,
        )  # fmt: skip
        self.depth_multiplier = depth_multiplier
        set_weight_options(
            self,
            depthwise_initializer=depthwise_initializer,
            depthwise_regularizer=depthwise_regularizer,
            depthwise_constraint=depthwise_constraint,
            pointwise_initializer=pointwise_initializer,
            pointwise_regularizer=pointwise_regularizer,
            pointwise_constraint=pointwise_constraint,
        )

    def build(self, input_shape: Any) -> None:
        """Create both kernels and the bias."""
        channels = self._channels(TensorShape(input_shape))
        self._check_sizes(input_shape)
        self.depthwise_kernel = self.add_weight(
            "depthwise_kernel",
            shape=(*self.kernel_size, channels, self.depth_multiplier),
            **weight_options(self, "depthwise"),
        )
        self.pointwise_kernel = self.add_weight(
            "pointwise_kernel",
            shape=(*(1,) * self.rank, channels * self.depth_multiplier, self.filters),
            **weight_options(self, "pointwise"),
        )
        self._add_bias(self.filters)
        self.input_spec = InputSpec(ndim=self.rank + 2, axes={self._channel_axis: channels})
        self._build_input_shape = input_shape
        self.built = True

    def call(self, inputs: Any) -> Any:
        """The convolution."""
        known, name = fused(self.activation, of_output=True)
        outputs = ops.separable_conv(
            inputs, self.depthwise_kernel, self.pointwise_kernel, self.bias, self.strides, self.padding, self._first,
            self.dilation_rate, name,
        )  # fmt: skip
        return outputs if known else self.activation(outputs)

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        config = {**super().get_config(), "depth_multiplier": self.depth_multiplier}
        return {**config, **arguments.weight_config(self, "depthwise", "pointwise")}


class SeparableConv1D(SeparableConv):
    """A depthwise convolution over sequences, then a mix of channels.

    Args:
        filters: the number of output channels.
        kernel_size: the length of the window.
        strides: the step between windows.
        padding: "valid", "same" or "causal".
        data_format: "channels_last" or "channels_first".
        dilation_rate: the step within a window.
        depth_multiplier: how many channels each input channel gives in between.
        activation: a function, or the name of one.
        use_bias: whether there is a bias.
        depthwise_initializer: of the weight (window, channels, multiplier).
        pointwise_initializer: of the weight (1, channels * multiplier, filters).
        bias_initializer: of the weight (filters,).
        depthwise_regularizer: adds to the losses.
        pointwise_regularizer: the same for the pointwise kernel.
        bias_regularizer: the same for the bias.
        activity_regularizer: the same for the output.
        depthwise_constraint: projects the depthwise kernel after updates.
        pointwise_constraint: projects the pointwise kernel after updates.
        bias_constraint: projects the bias after updates.
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> tf.keras.layers.SeparableConv1D(4, 3)(tf.ones((2, 8, 5))).shape
    TensorShape([2, 6, 4])
    """

    rank = 1
    _causal = True


class SeparableConv2D(SeparableConv):
    """A depthwise convolution over images, then a mix of channels (Chollet 2017, arXiv:1610.02357).

    Args: as for `SeparableConv1D`, with a number or a pair for sizes, strides and dilations.

    >>> import addax as tf
    >>> tf.keras.layers.SeparableConv2D(4, 3)(tf.ones((2, 8, 8, 3))).shape
    TensorShape([2, 6, 6, 4])
    """

    rank = 2


arguments.register(SeparableConv1D, SeparableConv2D)
by_rule(SeparableConv1D, SeparableConv2D)
