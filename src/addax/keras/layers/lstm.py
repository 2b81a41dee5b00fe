"""LSTM: long short-term memory, and its cell."""

from __future__ import annotations

from typing import Any

from addax.keras import activations, initializers
from addax.keras.layers.arguments import fused_of_cell, register, weight_options
from addax.keras.layers.cell_states import flat_states
from addax.keras.layers.recurrent import RecurrentCell, RecurrentLayer
from addax.keras.layers.shape_rules import by_rule
from addax.ops import array
from addax.ops import recurrent as ops


class LSTMCell(RecurrentCell):
    """One step of an LSTM (Hochreiter and Schmidhuber 1997).

    Args:
        units: the size of the two states and the output.
        activation: of the cell state; a function, or the name of one.
        recurrent_activation: of the gates.
        use_bias: whether there is a bias.
        kernel_initializer: of the weight (features, 4 * units); gates: input, forget, cell, output.
        recurrent_initializer: of the weight (units, 4 * units).
        bias_initializer: of the weight (4 * units,).
        unit_forget_bias: whether the forget gate's bias starts at 1 (Jozefowicz et al. 2015).
        kernel_regularizer: adds to the losses.
        recurrent_regularizer: the same for the recurrent kernel.
        bias_regularizer: the same for the bias.
        kernel_constraint: projects the kernel after updates.
        recurrent_constraint: projects the recurrent kernel after updates.
        bias_constraint: projects the bias after updates.
        dropout: the share of the inputs that is dropped in training.
        recurrent_dropout: the share of the state that is dropped in training.
        implementation: 1 drops each gate's inputs by masks of its own, 2 by one mask.
        seed: for the same masks in each run.
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> zeros = tf.zeros((2, 4))
    >>> output, (h, c) = tf.keras.layers.LSTMCell(4)(tf.ones((2, 3)), [zeros, zeros])
    >>> output.shape
    TensorShape([2, 4])
    """

    _gates = 4
    _own_options = ("recurrent_activation", "unit_forget_bias", "implementation")

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        recurrent_activation: Any = "sigmoid",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        unit_forget_bias: bool = True,
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        *,
        implementation: int = 2,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            units, activation, use_bias, kernel_initializer, recurrent_initializer, bias_initializer,
            kernel_regularizer, recurrent_regularizer, bias_regularizer, kernel_constraint, recurrent_constraint,
            bias_constraint, dropout, recurrent_dropout, seed, **kwargs,
        )  # fmt: skip
        self.recurrent_activation = activations.get(recurrent_activation)
        self.unit_forget_bias = unit_forget_bias
        self.implementation = 1 if self.recurrent_dropout else implementation  # a mask per gate, as Keras has it
        self.state_size = [units, units]

    def _add_bias(self) -> Any:
        options = weight_options(self, "bias")
        if self.unit_forget_bias:
            options["initializer"] = forget_bias(self.bias_initializer, self.units)
        return self.add_weight("bias", shape=(self.units * 4,), **options)

    def call(self, inputs: Any, states: Any, training: Any = None) -> Any:
        """One step: (output, [h, c])."""
        h, c = flat_states(states)
        noise, state_noise = self.input_masks(inputs, training), self.state_masks(h, training)
        names = fused_of_cell(self)
        if names is not None:
            h, c = ops.lstm_cell(
                inputs, h, c, self.kernel, self.recurrent_kernel, self.bias, noise, state_noise, *names
            )
            return h, [h, c]
        z = ops.project(inputs, self.kernel, self.bias, noise, 4) + ops.recur(h, self.recurrent_kernel, state_noise, 4)
        i, f, g, o = array.split(z, 4, axis=-1)
        c = self.recurrent_activation(f) * c + self.recurrent_activation(i) * self.activation(g)
        h = self.recurrent_activation(o) * self.activation(c)
        return h, [h, c]

    def over_steps(self, inputs: Any, states: Any, mask: Any, noise: Any, state_noise: Any, *options: Any) -> Any:
        """All steps as one op; see `ops.recurrent.lstm`."""
        return ops.lstm(
            inputs, states[0], states[1], self.kernel, self.recurrent_kernel, self.bias, mask, noise, state_noise,
            *options,
        )  # fmt: skip


def forget_bias(initializer: Any, units: int) -> Any:
    """An initializer of an LSTM's bias whose forget gate starts at 1."""
    ones = initializers.get("ones")

    def bias(shape: Any, dtype: Any = None) -> Any:
        parts = [
            initializer((units,), dtype=dtype),
            ones((units,), dtype=dtype),
            initializer((units * 2,), dtype=dtype),
        ]
        return array.concat(parts, 0)

    return bias


class LSTM(RecurrentLayer):
    """Long short-term memory (Hochreiter and Schmidhuber 1997) over sequences (batch, time, features).

    Args:
        units: the size of the states and the output.
        activation: of the cell state; a function, or the name of one.
        recurrent_activation: of the gates.
        use_bias: whether there is a bias.
        kernel_initializer: of the weight (features, 4 * units); gates: input, forget, cell, output.
        recurrent_initializer: of the weight (units, 4 * units).
        bias_initializer: of the weight (4 * units,).
        unit_forget_bias: whether the forget gate's bias starts at 1 (Jozefowicz et al. 2015).
        kernel_regularizer: adds to the losses.
        recurrent_regularizer: the same for the recurrent kernel.
        bias_regularizer: the same for the bias.
        activity_regularizer: the same for the output.
        kernel_constraint: projects the kernel after updates.
        recurrent_constraint: projects the recurrent kernel after updates.
        bias_constraint: projects the bias after updates.
        dropout: the share of the inputs that is dropped in training.
        recurrent_dropout: the share of the state that is dropped in training.
        return_sequences: whether to return the outputs of all steps.
        return_state: whether to return the last states, h and c, too.
        go_backwards: whether to start at the end.
        stateful: whether the last states of a batch are the first of the next.
        time_major: whether inputs and outputs are (time, batch, ...).
        unroll: whether to write the steps out rather than loop.
        implementation: 1 drops each gate's inputs by masks of its own, 2 by one mask.
        seed: for the same dropout masks in each run.
        **kwargs: `zero_output_for_mask`, and as for every `Layer`.

    Call arguments: `mask` (batch, time), `training`, `initial_state` (a list of h and c).

    >>> import addax as tf
    >>> tf.keras.layers.LSTM(4, return_sequences=True)(tf.ones((2, 5, 3))).shape
    TensorShape([2, 5, 4])
    """

    _knows_states = True

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        recurrent_activation: Any = "sigmoid",
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
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        time_major: bool = False,
        unroll: bool = False,
        *,
        implementation: int = 2,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        cell = LSTMCell(
            units, activation, recurrent_activation, use_bias, kernel_initializer, recurrent_initializer,
            bias_initializer, unit_forget_bias, kernel_regularizer, recurrent_regularizer, bias_regularizer,
            kernel_constraint, recurrent_constraint, bias_constraint, dropout, recurrent_dropout,
            implementation=implementation, seed=seed, dtype=kwargs.get("dtype"),
            trainable=kwargs.get("trainable", True), name="lstm_cell",
        )  # fmt: skip
        super().__init__(
            cell, activity_regularizer, return_sequences=return_sequences, return_state=return_state,
            go_backwards=go_backwards, stateful=stateful, time_major=time_major, unroll=unroll, **kwargs,
        )  # fmt: skip


register(LSTMCell, LSTM)
by_rule(LSTM)
