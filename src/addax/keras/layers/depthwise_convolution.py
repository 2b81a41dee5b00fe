"""Depthwise convolutions, where each channel has filters of its own: DepthwiseConv1D, DepthwiseConv2D."""

from __future__ import annotations

from typing import Any

from addax.core.shapes import TensorShape
from addax.keras.layers import arguments
from addax.keras.layers.arguments import fused, set_weight_options, weight_options
from addax.keras.layers.convolution import Conv
from addax.keras.layers.input_spec import InputSpec
from addax.keras.layers.shape_rules import by_rule
from addax.ops import conv_layers as ops


class DepthwiseConv(Conv):
    """What depthwise convolutions of both ranks share."""

    _weight_names = ("depthwise", "bias")
    _named_first = ("bias",)

    def __init__(
        self,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        depth_multiplier: int = 1,
        data_format: str | None = None,
        dilation_rate: Any = 1,
        activation: Any = None,
        use_bias: bool = True,
        depthwise_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        depthwise_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        depthwise_constraint: Any = None,
        bias_constraint: Any = None,
        groups: int = 1,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            None, kernel_size, strides, padding, data_format, dilation_rate, groups, activation, use_bias,
            bias_initializer=bias_initializer, bias_regularizer=bias_regularizer,
            activity_regularizer=activity_regularizer, bias_constraint=bias_constraint, **kwargs,
        )  # fmt: skip
        self.depth_multiplier = depth_multiplier
        set_weight_options(
            self,
            depthwise_initializer=depthwise_initializer,
            depthwise_regularizer=depthwise_regularizer,
            depthwise_constraint=depthwise_constraint,
        )

    def build(self, input_shape: Any) -> None:
        """Create kernel and bias."""
        shape = TensorShape(input_shape)
        if len(shape) != self.rank + 2:
            raise ValueError(
                f"Inputs to `{type(self).__name__}` should have rank {self.rank + 2}. Received {tuple(shape)}."
            )
        channels = self._channels(shape)
        self._check_sizes(shape)
        self.depthwise_kernel = self.add_weight(
            "depthwise_kernel",
            shape=(*self.kernel_size, channels, self.depth_multiplier),
            **weight_options(self, "depthwise"),
        )
        self._add_bias(channels * self.depth_multiplier)
        self.input_spec = InputSpec(min_ndim=self.rank + 2, axes={self._channel_axis: channels})
        self._build_input_shape = input_shape
        self.built = True

    def call(self, inputs: Any) -> Any:
        """The convolution."""
        known, name = fused(self.activation, of_output=True)
        outputs = ops.depthwise_conv(
            inputs, self.depthwise_kernel, self.bias, self.strides, self.padding, self._first, self.dilation_rate, name
        )
        return outputs if known else self.activation(outputs)

    def convolution_op(self, inputs: Any, kernel: Any) -> Any:
        """The convolution alone, with a kernel."""
        return ops.depthwise_conv(
            inputs, kernel, None, self.strides, self.padding, self._first, self.dilation_rate, None
        )

    def _output_channels(self, channels: int | None) -> int | None:
        return None if channels is None else channels * self.depth_multiplier

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        config = {**super().get_config(), "depth_multiplier": self.depth_multiplier}
        return {**config, **arguments.weight_config(self, "depthwise")}


class DepthwiseConv1D(DepthwiseConv):
    """A depthwise convolution over sequences.

    Args:
        kernel_size: the length of the window.
        strides: the step between windows.
        padding: "valid" or "same".
        depth_multiplier: how many output channels each input channel gives.
        data_format: "channels_last" or "channels_first".
        dilation_rate: the step within a window.
        activation: a function, or the name of one.
        use_bias: whether there is a bias.
        depthwise_initializer: of the weight (window, channels, multiplier).
        bias_initializer: of the weight (channels * multiplier,).
        depthwise_regularizer: adds to the losses.
        bias_regularizer: the same for the bias.
        activity_regularizer: the same for the output.
        depthwise_constraint: projects the kernel after updates.
        bias_constraint: projects the bias after updates.
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> tf.keras.layers.DepthwiseConv1D(3, depth_multiplier=2)(tf.ones((2, 8, 5))).shape
    TensorShape([2, 6, 10])
    """

    rank = 1


class DepthwiseConv2D(DepthwiseConv):
    """A depthwise convolution over images.

    Args: as for `DepthwiseConv1D`, with a number or a pair for sizes, strides and dilations.

    >>> import addax as tf
    >>> tf.keras.layers.DepthwiseConv2D(3, padding="same")(tf.ones((2, 8, 8, 3))).shape
    TensorShape([2, 8, 8, 3])
    """

    rank = 2


arguments.register(DepthwiseConv1D, DepthwiseConv2D)
by_rule(DepthwiseConv1D, DepthwiseConv2D)
