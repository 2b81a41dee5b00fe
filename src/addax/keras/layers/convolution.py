"""Convolution layers: Conv1D, Conv2D, Conv3D."""

from __future__ import annotations

from typing import Any

from addax.core.shapes import TensorShape
from addax.keras import activations
from addax.keras.layers import arguments
from addax.keras.layers.arguments import fused, set_weight_options, weight_config, weight_options
from addax.keras.layers.base import Layer
from addax.keras.layers.input_spec import InputSpec
from addax.keras.layers.low_rank_adaptation import LowRankAdapted
from addax.keras.layers.shape_rules import by_rule
from addax.ops import conv_layers as ops
from addax.ops.normalization import bias_add


def output_length(length: int | None, window: int, padding: str, stride: int, dilation: int = 1) -> int | None:
    """How many windows fit along an axis."""
    if length is None:
        return None
    reach = window + (window - 1) * (dilation - 1)
    whole = length if padding in ("same", "causal") else length - reach + 1
    return -(-whole // stride)


class Conv(Layer):
    """What convolution layers of all ranks share; `rank` is the number of spatial axes."""

    rank = 0
    _weight_names: tuple[str, ...] = ("kernel", "bias")
    _named_first: tuple[str, ...] = ("kernel", "bias")  # of weights, those that configs name here

    def __init__(
        self,
        filters: int | None,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: Any = 1,
        groups: int = 1,
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
        n = self.rank
        self.filters = int(filters) if isinstance(filters, float) else filters
        if self.filters is not None and self.filters <= 0:
            raise ValueError(
                f"Invalid value for argument `filters`. Expected a strictly positive value. Received filters={filters}."
            )
        if groups <= 0 or (self.filters is not None and self.filters % groups):
            raise ValueError(
                "The number of filters must be evenly divisible by the number of groups. "
                f"Received: groups={groups}, filters={filters}."
            )
        self.groups = groups
        self.kernel_size = arguments.tuple_of(kernel_size, n, "kernel_size")
        self.strides = arguments.tuple_of(strides, n, "strides")
        self.padding = arguments.padding(padding, causal=self._causal)
        self.data_format = arguments.data_format(data_format)
        self.dilation_rate = arguments.tuple_of(dilation_rate, n, "dilation_rate")
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            raise ValueError(
                "`strides > 1` not supported in conjunction with `dilation_rate > 1`. "
                f"Received: strides={self.strides} and dilation_rate={self.dilation_rate}"
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
        self.input_spec = InputSpec(min_ndim=n + 2)

    _causal = False

    @property
    def _first(self) -> bool:
        return self.data_format == "channels_first"

    @property
    def _channel_axis(self) -> int:
        return -1 - self.rank if self._first else -1

    def _channels(self, input_shape: Any) -> int:
        shape = TensorShape(input_shape)
        channels = shape[self._channel_axis]
        if channels is None:
            raise ValueError(
                "The channel dimension of the inputs should be defined. The input_shape received is "
                f"{tuple(shape)}, where axis {self._channel_axis} (0-based) is the channel dimension, "
                "which found to be `None`."
            )
        return channels

    def _check_sizes(self, input_shape: Any) -> None:
        """Refuse inputs that are smaller than the window."""
        sizes = TensorShape(input_shape).as_list()
        lead = len(sizes) - self.rank - 1
        spatial = self._spatial(sizes[lead + 1 :] if self._first else sizes[lead:-1])
        if any(size is not None and size <= 0 for size in spatial):
            raise ValueError(
                f"One of the dimensions in the output is <= 0 due to downsampling in {self.name}. Consider increasing "
                f"the input size. Received input shape {tuple(TensorShape(input_shape))} which would produce output "
                f"shape with a zero or negative value in a dimension."
            )

    def build(self, input_shape: Any) -> None:
        """Create kernel and bias."""
        channels = self._channels(input_shape)
        if channels % self.groups:
            raise ValueError(
                "The number of input channels must be evenly divisible by the number of groups. Received "
                f"groups={self.groups}, but the input has {channels} channels (full input shape is {input_shape})."
            )
        self._check_sizes(input_shape)
        shape = (*self.kernel_size, channels // self.groups, self.filters)
        self.kernel = self.add_weight("kernel", shape=shape, **weight_options(self, "kernel"))
        self._add_bias(self.filters)
        self.input_spec = InputSpec(min_ndim=self.rank + 2, axes={self._channel_axis: channels})
        super().build(input_shape)

    def _add_bias(self, size: Any) -> None:
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight("bias", shape=(size,), **weight_options(self, "bias"))

    def call(self, inputs: Any) -> Any:
        """The convolution."""
        if type(self).convolution_op is not Conv.convolution_op:  # a subclass changes the kernel, say
            outputs = self.convolution_op(inputs, self.kernel)
            if self.bias is not None:
                outputs = bias_add(outputs, self.bias, "NCHW" if self._first else None)
            return self.activation(outputs)
        known, name = fused(self.activation, of_output=True)
        outputs = ops.conv(
            inputs, self.kernel, self.bias, self.strides, self.padding, self._first, self.dilation_rate, name
        )
        return outputs if known else self.activation(outputs)

    def convolution_op(self, inputs: Any, kernel: Any) -> Any:
        """The convolution alone, with a kernel; subclasses may put in another one."""
        return ops.conv(inputs, kernel, None, self.strides, self.padding, self._first, self.dilation_rate, None)

    def _spatial(self, sizes: list[int | None]) -> list[int | None]:
        return [
            output_length(size, self.kernel_size[i], self.padding, self.strides[i], self.dilation_rate[i])
            for i, size in enumerate(sizes)
        ]

    def _output_channels(self, channels: int | None) -> int | None:
        return self.filters

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """The shape of the output."""
        shape = TensorShape(input_shape).as_list()
        lead = len(shape) - self.rank - 1
        if self._first:
            spatial = self._spatial(shape[lead + 1 :])
            return TensorShape([*shape[:lead], self._output_channels(shape[lead]), *spatial])
        return TensorShape([*shape[:lead], *self._spatial(shape[lead:-1]), self._output_channels(shape[-1])])

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        own = {} if self.filters is None else {"filters": self.filters}
        config = {
            **super().get_config(),
            **own,
            "kernel_size": self.kernel_size,
            "strides": self.strides,
            "padding": self.padding,
            "data_format": self.data_format,
            "dilation_rate": self.dilation_rate,
            "groups": self.groups,
            "activation": arguments.serialize_activation(self.activation),
            "use_bias": self.use_bias,
            **weight_config(self, *self._named_first),
        }
        return arguments.with_activity_regularizer(self, config, f"{self._named_first[0]}_constraint")


class Conv1D(LowRankAdapted, Conv):
    """A convolution over sequences (batch, time, channels).

    Args:
        filters: the number of output channels.
        kernel_size: the length of the window.
        strides: the step between windows.
        padding: "valid" (none), "same" (as long as the input), or "causal" (looks back only).
        data_format: "channels_last" or "channels_first".
        dilation_rate: the step within a window.
        groups: into how many groups channels are split, each with its own filters.
        activation: a function, or the name of one.
        use_bias: whether there is a bias.
        kernel_initializer: of the weight (window, channels / groups, filters).
        bias_initializer: of the weight (filters,).
        kernel_regularizer: adds to the losses.
        bias_regularizer: the same for the bias.
        activity_regularizer: the same for the output.
        kernel_constraint: projects the kernel after updates.
        bias_constraint: projects the bias after updates.
        **kwargs: `lora_rank` and `lora_alpha` (see `enable_lora`), and those of every `Layer`.

    >>> import addax as tf
    >>> tf.keras.layers.Conv1D(4, 3)(tf.ones((2, 8, 5))).shape
    TensorShape([2, 6, 4])
    """

    rank = 1
    _causal = True

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        data_format: str | None = "channels_last",
        dilation_rate: Any = 1,
        groups: int = 1,
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
        super().__init__(
            filters, kernel_size, strides, padding, data_format, dilation_rate, groups, activation, use_bias,
            kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer, activity_regularizer,
            kernel_constraint, bias_constraint, **kwargs,
        )  # fmt: skip


class Conv2D(LowRankAdapted, Conv):
    """A convolution over images (batch, height, width, channels).

    Args:
        filters: the number of output channels.
        kernel_size: height and width of the window, or one number for both.
        strides: the steps between windows.
        padding: "valid" (none) or "same" (zeros around, so that stride 1 keeps the size).
        data_format: "channels_last" or "channels_first".
        dilation_rate: the steps within a window.
        groups: into how many groups channels are split, each with its own filters.
        activation: a function, or the name of one.
        use_bias: whether there is a bias.
        kernel_initializer: of the weight (height, width, channels / groups, filters).
        bias_initializer: of the weight (filters,).
        kernel_regularizer: adds to the losses.
        bias_regularizer: the same for the bias.
        activity_regularizer: the same for the output.
        kernel_constraint: projects the kernel after updates.
        bias_constraint: projects the bias after updates.
        **kwargs: `lora_rank` and `lora_alpha` (see `enable_lora`), and those of every `Layer`.

    >>> import addax as tf
    >>> tf.keras.layers.Conv2D(4, 3, padding="same", activation="relu")(tf.ones((2, 8, 8, 3))).shape
    TensorShape([2, 8, 8, 4])
    """

    rank = 2

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = (1, 1),
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: Any = (1, 1),
        groups: int = 1,
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
        super().__init__(
            filters, kernel_size, strides, padding, data_format, dilation_rate, groups, activation, use_bias,
            kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer, activity_regularizer,
            kernel_constraint, bias_constraint, **kwargs,
        )  # fmt: skip


class Conv3D(LowRankAdapted, Conv):
    """A convolution over volumes (batch, depth, height, width, channels).

    Args:
        filters: the number of output channels.
        kernel_size: the window's three sizes, or one number for all.
        strides: the steps between windows.
        padding: "valid" or "same".
        data_format: "channels_last" or "channels_first".
        dilation_rate: the steps within a window.
        groups: into how many groups channels are split, each with its own filters.
        activation: a function, or the name of one.
        use_bias: whether there is a bias.
        kernel_initializer: of the weight (*window, channels / groups, filters).
        bias_initializer: of the weight (filters,).
        kernel_regularizer: adds to the losses.
        bias_regularizer: the same for the bias.
        activity_regularizer: the same for the output.
        kernel_constraint: projects the kernel after updates.
        bias_constraint: projects the bias after updates.
        **kwargs: `lora_rank` and `lora_alpha` (see `enable_lora`), and those of every `Layer`.

    >>> import addax as tf
    >>> tf.keras.layers.Conv3D(4, 2)(tf.ones((1, 4, 4, 4, 3))).shape
    TensorShape([1, 3, 3, 3, 4])
    """

    rank = 3

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = (1, 1, 1),
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: Any = (1, 1, 1),
        groups: int = 1,
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
        super().__init__(
            filters, kernel_size, strides, padding, data_format, dilation_rate, groups, activation, use_bias,
            kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer, activity_regularizer,
            kernel_constraint, bias_constraint, **kwargs,
        )  # fmt: skip


arguments.register(Conv1D, Conv2D, Conv3D)
by_rule(Conv1D, Conv2D, Conv3D)
