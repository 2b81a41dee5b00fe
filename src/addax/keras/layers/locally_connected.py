"""Convolutions whose kernel differs from place to place: LocallyConnected1D, LocallyConnected2D."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np

from addax.core.shapes import TensorShape
from addax.keras import activations
from addax.keras.layers import arguments
from addax.keras.layers.arguments import fused, set_weight_options, weight_config, weight_options
from addax.keras.layers.base import Layer
from addax.keras.layers.convolution import output_length
from addax.keras.layers.input_spec import InputSpec
from addax.ops import conv_layers as ops


class LocallyConnected(Layer):
    """What both ranks share.

    The three implementations keep their weights in three shapes: 1 a kernel per place, 2 a masked matrix from all
    inputs to all outputs, 3 the entries of that matrix that are not masked.
    """

    rank = 0

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        data_format: str | None = None,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        implementation: int = 1,
        **kwargs: Any,
    ) -> None:
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        self.filters = filters
        self.kernel_size = arguments.tuple_of(kernel_size, self.rank, "kernel_size")
        self.strides = arguments.tuple_of(strides, self.rank, "strides")
        self.padding = arguments.padding(padding)
        if self.padding != "valid" and implementation == 1:
            raise ValueError(
                "Invalid border mode for LocallyConnected layer (only 'valid' is supported if implementation is 1): "
                + padding
            )
        if implementation not in (1, 2, 3):
            raise ValueError(f"Unrecognized implementation mode: {implementation}.")
        self.data_format = arguments.data_format(data_format)
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
        self.implementation = implementation
        self.input_spec = InputSpec(ndim=self.rank + 2)

    @property
    def _first(self) -> bool:
        return self.data_format == "channels_first"

    def _split(self, shape: list[int | None]) -> tuple[list[int | None], int | None]:
        return (shape[2:], shape[1]) if self._first else (shape[1:-1], shape[-1])

    def _joined(self, sizes: Any, channels: Any) -> tuple[Any, ...]:
        return (channels, *sizes) if self._first else (*sizes, channels)

    def build(self, input_shape: Any) -> None:
        """Create kernel and bias."""
        shape = TensorShape(input_shape).as_list()
        sizes, channels = self._split(shape)
        if None in sizes or channels is None:
            raise ValueError(
                f"The spatial dimensions of the inputs to a {type(self).__name__} layer should be fully-defined, but "
                f"layer received an inputs shape {tuple(shape)}"
            )
        out = [output_length(size, self.kernel_size[i], self.padding, self.strides[i]) for i, size in enumerate(sizes)]
        if any(size <= 0 for size in out):
            raise ValueError(
                f"One of the dimensions in the output is <= 0 due to downsampling in {self.name}. Consider increasing "
                f"the input size. Received input shape {tuple(shape)}."
            )
        self._out = self._joined(out, self.filters)
        self._inputs = self._joined(sizes, channels)
        if self.implementation == 1:
            kernel_shape: Any = (math.prod(out), math.prod(self.kernel_size) * channels, self.filters)
        elif self.implementation == 2:
            kernel_shape = (*self._inputs, *self._out)
            if self._first and self.rank == 2:
                kernel_shape = (channels, *sizes, self.filters, *out)
        else:
            kernel_shape = (len(self._pairs(sizes, channels, out)),)
        self._prepare(sizes, channels, out)
        self.kernel = self.add_weight("kernel", shape=kernel_shape, **weight_options(self, "kernel"))
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight("bias", shape=(*out, self.filters), **weight_options(self, "bias"))
        axis = 1 if self._first else -1
        self.input_spec = InputSpec(ndim=self.rank + 2, axes={axis: channels})
        super().build(input_shape)

    def _prepare(self, sizes: Any, channels: int, out: Any) -> None:
        """The mask of the second implementation, the indices of the third."""
        if self.implementation == 1:
            return
        pairs = self._pairs(sizes, channels, out)
        if self.implementation == 3:
            self._rows = np.array([row for row, _ in pairs], np.int32)
            self._columns = np.array([column for _, column in pairs], np.int32)
        else:
            mask = np.zeros((math.prod(self._inputs), math.prod(self._out)), np.float32)
            for row, column in pairs:
                mask[column, row] = 1
            self._mask = mask.reshape(*self._inputs, *self._out)

    def _pairs(self, sizes: Any, channels: int, out: Any) -> list[tuple[int, int]]:
        """(flat output, flat input) for each connection, sorted."""
        found = []
        for place in itertools.product(*map(range, out)):
            spans = []
            for i, position in enumerate(place):
                start = position * self.strides[i]
                if self.padding == "same":
                    start -= self.kernel_size[i] // 2
                spans.append(range(max(start, 0), min(start + self.kernel_size[i], sizes[i])))
            for source in itertools.product(*spans):
                for channel, filter_ in itertools.product(range(channels), range(self.filters)):
                    row = np.ravel_multi_index(self._joined(place, filter_), self._out)
                    column = np.ravel_multi_index(self._joined(source, channel), self._inputs)
                    found.append((int(row), int(column)))
        return sorted(found)

    def call(self, inputs: Any) -> Any:
        """The local products."""
        known, name = fused(self.activation, of_output=True)
        if self.implementation == 1:
            outputs = ops.locally_connected_patches(
                inputs, self.kernel, self.bias, self.kernel_size, self.strides, self._first, name
            )
        elif self.implementation == 2:
            outputs = ops.locally_connected_dense(inputs, self.kernel, self._mask, self.bias, self._out, name)
        else:
            outputs = ops.locally_connected_sparse(
                inputs, self.kernel, self._rows, self._columns, self.bias, self._out, name
            )
        return outputs if known else self.activation(outputs)

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """The shape of the output."""
        shape = TensorShape(input_shape).as_list()
        sizes, _ = self._split(shape)
        out = [output_length(size, self.kernel_size[i], self.padding, self.strides[i]) for i, size in enumerate(sizes)]
        return TensorShape([shape[0], *self._joined(out, self.filters)])

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        config = {
            **super().get_config(),
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "strides": self.strides,
            "padding": self.padding,
            "data_format": self.data_format,
            "activation": arguments.serialize_activation(self.activation),
            "use_bias": self.use_bias,
            **weight_config(self, "kernel", "bias"),
            "implementation": self.implementation,
        }
        return arguments.with_activity_regularizer(self, config, "kernel_constraint")


class LocallyConnected1D(LocallyConnected):
    """A convolution over sequences with another kernel at each step.

    Args:
        filters: the number of output channels.
        kernel_size: the length of the window.
        strides: the step between windows.
        padding: "valid", or "same" with implementation 2 or 3.
        data_format: "channels_last" or "channels_first".
        activation: a function, or the name of one.
        use_bias: whether there is a bias (of its own at each step).
        kernel_initializer: of the weight, whose shape depends on `implementation`.
        bias_initializer: of the weight (steps, filters).
        kernel_regularizer: adds to the losses.
        bias_regularizer: the same for the bias.
        activity_regularizer: the same for the output.
        kernel_constraint: projects the kernel after updates.
        bias_constraint: projects the bias after updates.
        implementation: 1 keeps a kernel per place, 2 a masked matrix, 3 the entries of a sparse matrix.
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> tf.keras.layers.LocallyConnected1D(4, 3)(tf.ones((2, 8, 5))).shape
    TensorShape([2, 6, 4])
    """

    rank = 1


class LocallyConnected2D(LocallyConnected):
    """A convolution over images with another kernel at each place.

    Args: as for `LocallyConnected1D`, with a number or a pair for sizes and strides.

    >>> import addax as tf
    >>> tf.keras.layers.LocallyConnected2D(4, 3)(tf.ones((2, 5, 5, 3))).shape
    TensorShape([2, 3, 3, 4])
    """

    rank = 2


arguments.register(LocallyConnected1D, LocallyConnected2D)
