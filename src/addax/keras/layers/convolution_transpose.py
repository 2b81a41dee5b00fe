"""Transposed convolutions, which upsample: Conv1DTranspose, Conv2DTranspose, Conv3DTranspose."""

from __future__ import annotations

from typing import Any

from addax.core import errors
from addax.core.shapes import TensorShape
from addax.keras.layers import arguments
from addax.keras.layers.arguments import fused, weight_options
from addax.keras.layers.convolution import Conv
from addax.keras.layers.input_spec import InputSpec
from addax.keras.layers.shape_rules import by_rule
from addax.ops import conv_layers as ops


class ConvTranspose(Conv):
    """What transposed convolutions of all ranks share."""

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        output_padding: Any = None,
        data_format: str | None = None,
        dilation_rate: Any = 1,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        groups: int = 1,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            filters, kernel_size, strides, padding, data_format, dilation_rate, groups, activation, use_bias,
            kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer, activity_regularizer,
            kernel_constraint, bias_constraint, **kwargs,
        )  # fmt: skip
        self._warn_of_what_has_no_effect()
        self.output_padding = output_padding
        if output_padding is not None:
            self.output_padding = arguments.tuple_of(output_padding, self.rank, "output_padding", allow_zero=True)
            for stride, extra in zip(self.strides, self.output_padding, strict=True):
                if extra >= stride:
                    raise ValueError(
                        "Strides must be greater than output padding. "
                        f"Received strides={self.strides}, output_padding={self.output_padding}."
                    )

    def _warn_of_what_has_no_effect(self) -> None:
        """Keras 2 takes groups, and dilations of volumes, and computes as if they were 1; so do we, but say so."""
        for option, value in (("groups", self.groups), ("dilation_rate", max(self.dilation_rate))):
            if value != 1 and (option == "groups" or self.rank == 3):
                who = type(self).__name__
                given = getattr(self, option)
                errors.warn_once((who, option), f"{who}: {option}={given} has no effect, as in Keras 2.")

    @property
    def _dilations(self) -> tuple[int, ...]:
        """The steps within a window that are taken."""
        return (1,) * 3 if self.rank == 3 else self.dilation_rate

    def build(self, input_shape: Any) -> None:
        """Create kernel and bias."""
        shape = TensorShape(input_shape)
        if len(shape) != self.rank + 2:
            raise ValueError(f"Inputs should have rank {self.rank + 2}. Received input_shape={tuple(shape)}.")
        channels = self._channels(shape)
        self.kernel = self.add_weight(
            "kernel", shape=(*self.kernel_size, self.filters, channels), **weight_options(self, "kernel")
        )
        self._add_bias(self.filters)
        self.input_spec = InputSpec(ndim=self.rank + 2, axes={self._channel_axis: channels})
        self._build_input_shape = input_shape
        self.built = True

    def _spatial(self, sizes: list[int | None]) -> list[int | None]:
        found: list[int | None] = []
        for i, size in enumerate(sizes):
            stride, reach = self.strides[i], (self.kernel_size[i] - 1) * self._dilations[i] + 1
            if size is None:
                found.append(None)
            elif self.output_padding is None:
                found.append(size * stride + (max(reach - stride, 0) if self.padding == "valid" else 0))
            else:
                cut = reach // 2 if self.padding == "same" else 0
                found.append((size - 1) * stride + reach - 2 * cut + self.output_padding[i])
        return found

    def call(self, inputs: Any) -> Any:
        """The transposed convolution."""
        shape = inputs.shape.as_list()
        sizes = tuple(self._spatial(shape[2:] if self._first else shape[1:-1]))
        known, name = fused(self.activation, of_output=True)
        outputs = ops.conv_transpose(
            inputs, self.kernel, self.bias, sizes, self.strides, self.padding, self._first, self._dilations, name
        )
        return outputs if known else self.activation(outputs)

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        config = {**super().get_config(), "output_padding": self.output_padding}
        if self.rank == 3:
            config.pop("dilation_rate")  # Keras 2 does not write it down
        return config


class Conv1DTranspose(ConvTranspose):
    """A transposed convolution over sequences: strides lengthen them.

    Args:
        filters: the number of output channels.
        kernel_size: the length of the window.
        strides: how many times longer the output is.
        padding: "valid" or "same".
        output_padding: added to the output's length, less than the stride; None infers it.
        data_format: "channels_last" or "channels_first".
        dilation_rate: the step within a window.
        groups: has no effect, as in Keras 2; it has to divide `filters`.
        activation: a function, or the name of one.
        use_bias: whether there is a bias.
        kernel_initializer: of the weight (window, filters, channels).
        bias_initializer: of the weight (filters,).
        kernel_regularizer: adds to the losses.
        bias_regularizer: the same for the bias.
        activity_regularizer: the same for the output.
        kernel_constraint: projects the kernel after updates.
        bias_constraint: projects the bias after updates.
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> tf.keras.layers.Conv1DTranspose(3, 3, strides=2)(tf.ones((2, 4, 5))).shape
    TensorShape([2, 9, 3])
    """

    rank = 1


class Conv2DTranspose(ConvTranspose):
    """A transposed convolution over images: strides enlarge them.

    Args: as for `Conv1DTranspose`, with a number or a pair for sizes, strides, dilations and output padding.

    >>> import addax as tf
    >>> tf.keras.layers.Conv2DTranspose(3, 3, strides=2, padding="same")(tf.ones((1, 4, 4, 2))).shape
    TensorShape([1, 8, 8, 3])
    """

    rank = 2


class Conv3DTranspose(ConvTranspose):
    """A transposed convolution over volumes: strides enlarge them.

    Args: as for `Conv1DTranspose`, with a number or three for sizes, strides and output padding; `dilation_rate` has
        no effect, as in Keras 2.

    >>> import addax as tf
    >>> tf.keras.layers.Conv3DTranspose(3, 2, strides=2)(tf.ones((1, 2, 2, 2, 2))).shape
    TensorShape([1, 4, 4, 4, 3])
    """

    rank = 3


arguments.register(Conv1DTranspose, Conv2DTranspose, Conv3DTranspose)
by_rule(Conv1DTranspose, Conv2DTranspose, Conv3DTranspose)
