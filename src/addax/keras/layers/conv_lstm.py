"""Convolutional LSTMs over sequences of signals, images and volumes: ConvLSTM1D, ConvLSTM2D, ConvLSTM3D."""

from __future__ import annotations

from typing import Any

from addax.core import errors
from addax.core.shapes import TensorShape
from addax.keras import activations, regularizers
from addax.keras.layers import arguments
from addax.keras.layers.arguments import fused_of_cell, set_weight_options, weight_config, weight_options
from addax.keras.layers.base import Layer
from addax.keras.layers.cell_states import flat_states
from addax.keras.layers.convolution import output_length
from addax.keras.layers.input_spec import InputSpec
from addax.keras.layers.lstm import forget_bias
from addax.keras.layers.recurrent import CellSettings, DropoutMasks, of_cell
from addax.keras.layers.rnn import RNN
from addax.ops import array, conv_layers
from addax.ops import recurrent as ops


class ConvLSTMCell(DropoutMasks, Layer):
    """One step of a convolutional LSTM; `rank` spatial axes."""

    _gates = 4
    implementation = 1  # a dropout mask per gate

    def __init__(
        self, rank: int, filters: int, kernel_size: Any, strides: Any, padding: str, data_format: str | None,
        dilation_rate: Any, activation: Any, recurrent_activation: Any, use_bias: bool, kernel_initializer: Any,
        recurrent_initializer: Any, bias_initializer: Any, unit_forget_bias: bool, kernel_regularizer: Any,
        recurrent_regularizer: Any, bias_regularizer: Any, kernel_constraint: Any, recurrent_constraint: Any,
        bias_constraint: Any, dropout: float, recurrent_dropout: float, seed: int | None = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(**kwargs)
        self.rank = rank
        self.filters = filters
        self.kernel_size = arguments.tuple_of(kernel_size, rank, "kernel_size")
        self.strides = arguments.tuple_of(strides, rank, "strides")
        self.padding = arguments.padding(padding)
        self.data_format = arguments.data_format(data_format)
        self.dilation_rate = arguments.tuple_of(dilation_rate, rank, "dilation_rate")
        self.activation = activations.get(activation)
        self.recurrent_activation = activations.get(recurrent_activation)
        self.use_bias = use_bias
        self.unit_forget_bias = unit_forget_bias
        set_weight_options(
            self,
            kernel_initializer=kernel_initializer,
            recurrent_initializer=recurrent_initializer,
            bias_initializer=bias_initializer,
            kernel_regularizer=kernel_regularizer,
            recurrent_regularizer=recurrent_regularizer,
            bias_regularizer=bias_regularizer,
            kernel_constraint=kernel_constraint,
            recurrent_constraint=recurrent_constraint,
            bias_constraint=bias_constraint,
        )
        self.dropout = min(1.0, max(0.0, dropout))
        self.recurrent_dropout = min(1.0, max(0.0, recurrent_dropout))
        self.seed = seed
        self._sizes: tuple[Any, ...] = (None,) * rank

    @property
    def first(self) -> bool:
        """Whether channels come first."""
        return self.data_format == "channels_first"

    @property
    def state_size(self) -> list[TensorShape]:
        """The shapes of h and c, without the batch."""
        sizes = [
            output_length(size, self.kernel_size[i], self.padding, self.strides[i], self.dilation_rate[i])
            for i, size in enumerate(self._sizes)
        ]
        if any(size is not None and size < 0 for size in sizes):
            raise errors.GraphArgumentError(
                errors.message(
                    f"Layer {self.name}", expected=f"images at least as large as the window {self.kernel_size}",
                    received=f"images of sizes {self._sizes}, padding {self.padding!r}",
                    hint='use padding "same", a smaller window, or larger images',
                )
            )  # fmt: skip
        shape = TensorShape([self.filters, *sizes] if self.first else [*sizes, self.filters])
        return [shape, shape]

    @property
    def output_size(self) -> TensorShape:
        """The shape of the output, without the batch."""
        return self.state_size[0]

    def learn_sizes(self, shape: Any) -> None:
        """Note the spatial sizes of a step's input (batch, ...)."""
        sizes = TensorShape(shape).as_list()
        self._sizes = tuple(sizes[2:] if self.first else sizes[1:-1])

    def build(self, input_shape: Any) -> None:
        """Create the weights for inputs (batch, *sizes, channels)."""
        self.learn_sizes(input_shape)
        channels = arguments.channel_size(TensorShape(input_shape), 1 if self.first else -1, self)
        wide = self.filters * 4
        self.kernel = self.add_weight(
            "kernel", shape=(*self.kernel_size, channels, wide), **weight_options(self, "kernel")
        )
        self.recurrent_kernel = self.add_weight(
            "recurrent_kernel", shape=(*self.kernel_size, self.filters, wide), **weight_options(self, "recurrent")
        )
        self.bias = None
        if self.use_bias:
            options = weight_options(self, "bias")
            if self.unit_forget_bias:
                options["initializer"] = forget_bias(self.bias_initializer, self.filters)
            self.bias = self.add_weight("bias", shape=(wide,), **options)
        super().build(input_shape)

    def call(self, inputs: Any, states: Any, training: Any = None) -> Any:
        """One step: (output, [h, c])."""
        h, c = flat_states(states)
        noise, state_noise = self.input_masks(inputs, training), self.state_masks(h, training)
        names = fused_of_cell(self)
        if names is not None:
            _, h, c = ops.conv_lstm(
                array.expand_dims(inputs, 0), h, c, self.kernel, self.recurrent_kernel, self.bias, None, noise,
                state_noise, self.strides, self.padding, self.first, self.dilation_rate, *names, False, False,
                True, False, False,
            )  # fmt: skip
            return h, [h, c]
        z = self._convolved(inputs, self.kernel, noise, self.strides, self.padding, self.dilation_rate, self.bias)
        ones = (1,) * self.rank
        z = z + self._convolved(h, self.recurrent_kernel, state_noise, ones, "same", ones, None)
        i, f, g, o = array.split(z, 4, axis=1 if self.first else -1)
        c = self.recurrent_activation(f) * c + self.recurrent_activation(i) * self.activation(g)
        h = self.recurrent_activation(o) * self.activation(c)
        return h, [h, c]

    def _convolved(self, x: Any, kernel: Any, noise: Any, strides: Any, padding: str, dilations: Any, bias: Any) -> Any:
        if noise is None:
            return conv_layers.conv(x, kernel, bias, strides, padding, self.first, dilations, None)
        kernels = array.split(array.identity(kernel), 4, axis=-1)
        biases = [None] * 4 if bias is None else array.split(array.identity(bias), 4, axis=0)
        masks = array.unstack(noise)
        parts = [
            conv_layers.conv(x * masks[i], kernels[i], biases[i], strides, padding, self.first, dilations, None)
            for i in range(4)
        ]
        return array.concat(parts, axis=1 if self.first else -1)

    def options(self) -> dict[str, Any]:
        """The cell's own arguments, which its layer has too."""
        options = {
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "strides": self.strides,
            "padding": self.padding,
            "data_format": self.data_format,
            "dilation_rate": self.dilation_rate,
            "activation": arguments.serialize_activation(self.activation),
            "recurrent_activation": arguments.serialize_activation(self.recurrent_activation),
            "use_bias": self.use_bias,
            **weight_config(self, "kernel", "recurrent", "bias"),
            "dropout": self.dropout,
            "recurrent_dropout": self.recurrent_dropout,
            **({"seed": self.seed} if self.seed is not None else {}),
        }
        return arguments.placed(options, "kernel_regularizer", unit_forget_bias=self.unit_forget_bias)


class ConvLSTM(CellSettings, RNN):
    """What convolutional LSTMs of all ranks share."""

    rank = 0

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: Any = 1,
        activation: Any = "tanh",
        recurrent_activation: Any = "hard_sigmoid",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        unit_forget_bias: bool = True,
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        *,
        seed: int | None = None,
        unroll: bool = False,
        **kwargs: Any,
    ) -> None:
        if unroll:
            raise TypeError(f"Unrolling is not possible with convolutional RNNs. Received: unroll={unroll}")
        cell = ConvLSTMCell(
            self.rank, filters, kernel_size, strides, padding, data_format, dilation_rate, activation,
            recurrent_activation, use_bias, kernel_initializer, recurrent_initializer, bias_initializer,
            unit_forget_bias, kernel_regularizer, recurrent_regularizer, bias_regularizer, kernel_constraint,
            recurrent_constraint, bias_constraint, dropout, recurrent_dropout, seed, dtype=kwargs.get("dtype"),
            name="conv_lstm_cell", trainable=kwargs.get("trainable", True),
        )  # fmt: skip
        super().__init__(
            cell, return_sequences=return_sequences, return_state=return_state, go_backwards=go_backwards,
            stateful=stateful, **kwargs,
        )  # fmt: skip
        self._activity_regularizer = regularizers.get(activity_regularizer)
        self.input_spec = [InputSpec(ndim=self.rank + 3)]

    def _state_sizes(self, shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        free = (None,) * self.rank
        return (None, shape[0], *free) if self.cell.first else (None, *free, shape[-1])

    def _build_cell(self, shapes: Any) -> None:
        if not self.cell.built:  # without a scope of its own: weights are named after the layer
            sizes = shapes.as_list()
            self.cell.build((sizes[1] if self.time_major else sizes[0], *sizes[2:]))
            self.cell.built = True

    def call(self, inputs: Any, mask: Any = None, training: Any = None, initial_state: Any = None) -> Any:
        """The outputs (and states) over the steps."""
        cell = self.cell
        if isinstance(mask, list | tuple):
            mask = mask[0]
        sizes = inputs.shape.as_list()
        cell.learn_sizes((sizes[1] if self.time_major else sizes[0], *sizes[2:]))
        names = fused_of_cell(cell)
        if names is None:
            return super().call(inputs, mask=mask, training=training, initial_state=initial_state)
        states = self._first_states(inputs, initial_state)
        noise = state_noise = None
        if training and (cell.dropout or cell.recurrent_dropout):
            cell.reset_dropout_mask()
            cell.reset_recurrent_dropout_mask()
            noise = cell.input_masks(inputs[0] if self.time_major else inputs[:, 0], True)
            state_noise = cell.state_masks(states[0], True)
            cell.reset_dropout_mask()
            cell.reset_recurrent_dropout_mask()
        output, *states = ops.conv_lstm(
            inputs, states[0], states[1], cell.kernel, cell.recurrent_kernel, cell.bias, mask, noise, state_noise,
            cell.strides, cell.padding, cell.first, cell.dilation_rate, *names, self.return_sequences,
            self.go_backwards, self.time_major, False, self.zero_output_for_mask,
        )  # fmt: skip
        return self._result(output, states, None)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The shapes of the output and, with `return_state`, the states."""
        known = self.cell._sizes
        sizes = TensorShape(input_shape[0] if isinstance(input_shape, list) else input_shape).as_list()
        self.cell.learn_sizes((sizes[0], *sizes[2:]))
        try:
            return super().compute_output_shape(input_shape)
        finally:
            self.cell._sizes = known

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        config = {**super().get_config(), **self.cell.options()}
        return arguments.with_activity_regularizer(self, config, "kernel_constraint")

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> Any:
        """Make a layer from what `get_config` returned."""
        return cls(**config)

    filters = of_cell("filters")
    kernel_size = of_cell("kernel_size")
    strides = of_cell("strides")
    padding = of_cell("padding")
    data_format = of_cell("data_format")
    dilation_rate = of_cell("dilation_rate")


class ConvLSTM1D(ConvLSTM):
    """A convolutional LSTM (Shi et al. 2015, arXiv:1506.04214) over (batch, time, rows, channels).

    Args:
        filters: the number of output channels.
        kernel_size: the length of the window.
        strides: the step between windows.
        padding: "valid" or "same".
        data_format: "channels_last" or "channels_first".
        dilation_rate: the step within a window.
        activation: of the cell state; a function, or the name of one.
        recurrent_activation: of the gates.
        use_bias: whether there is a bias.
        kernel_initializer: of the weight (window, channels, 4 * filters).
        recurrent_initializer: of the weight (window, filters, 4 * filters).
        bias_initializer: of the weight (4 * filters,).
        unit_forget_bias: whether the forget gate's bias starts at 1.
        kernel_regularizer: adds to the losses.
        recurrent_regularizer: the same for the recurrent kernel.
        bias_regularizer: the same for the bias.
        activity_regularizer: the same for the output.
        kernel_constraint: projects the kernel after updates.
        recurrent_constraint: projects the recurrent kernel after updates.
        bias_constraint: projects the bias after updates.
        return_sequences: whether to return the outputs of all steps.
        return_state: whether to return the last states, h and c, too.
        go_backwards: whether to start at the end.
        stateful: whether the last states of a batch are the first of the next.
        dropout: the share of the inputs that is dropped in training.
        recurrent_dropout: the share of the state that is dropped in training.
        seed: for the same dropout masks in each run.
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> tf.keras.layers.ConvLSTM1D(4, 3, padding="same")(tf.ones((2, 3, 8, 1))).shape
    TensorShape([2, 8, 4])
    """

    rank = 1


class ConvLSTM2D(ConvLSTM):
    """A convolutional LSTM over (batch, time, rows, columns, channels).

    Args: as for `ConvLSTM1D`, with a number or a pair for sizes, strides and dilations.

    >>> import addax as tf
    >>> tf.keras.layers.ConvLSTM2D(4, 3, padding="same")(tf.ones((2, 3, 8, 8, 1))).shape
    TensorShape([2, 8, 8, 4])
    """

    rank = 2


class ConvLSTM3D(ConvLSTM):
    """A convolutional LSTM over (batch, time, depth, rows, columns, channels).

    Args: as for `ConvLSTM1D`, with a number or three for sizes, strides and dilations.

    >>> import addax as tf
    >>> tf.keras.layers.ConvLSTM3D(2, 2)(tf.ones((1, 2, 3, 3, 3, 1))).shape
    TensorShape([1, 2, 2, 2, 2])
    """

    rank = 3


arguments.register(ConvLSTM1D, ConvLSTM2D, ConvLSTM3D)
