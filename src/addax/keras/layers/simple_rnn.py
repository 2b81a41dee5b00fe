"""SimpleRNN: the fully connected recurrent layer, and its cell."""

from __future__ import annotations

from typing import Any

from addax.keras.layers.arguments import fused, register
from addax.keras.layers.cell_states import flat_states
from addax.keras.layers.recurrent import RecurrentCell, RecurrentLayer
from addax.keras.layers.shape_rules import by_rule
from addax.ops import recurrent as ops


class SimpleRNNCell(RecurrentCell):
    """One step of a SimpleRNN: h = activation(x @ kernel + h @ recurrent_kernel + bias).

    Args:
        units: the size of the state and output.
        activation: a function, or the name of one.
        use_bias: whether there is a bias.
        kernel_initializer: of the weight (features, units).
        recurrent_initializer: of the weight (units, units).
        bias_initializer: of the weight (units,).
        kernel_regularizer: adds to the losses.
        recurrent_regularizer: the same for the recurrent kernel.
        bias_regularizer: the same for the bias.
        kernel_constraint: projects the kernel after updates.
        recurrent_constraint: projects the recurrent kernel after updates.
        bias_constraint: projects the bias after updates.
        dropout: the share of the inputs that is dropped in training.
        recurrent_dropout: the share of the state that is dropped in training.
        seed: for the same masks in each run.
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> output, states = tf.keras.layers.SimpleRNNCell(4)(tf.ones((2, 3)), [tf.zeros((2, 4))])
    >>> output.shape
    TensorShape([2, 4])
    """

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        *,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            units, activation, use_bias, kernel_initializer, recurrent_initializer, bias_initializer,
            kernel_regularizer, recurrent_regularizer, bias_regularizer, kernel_constraint, recurrent_constraint,
            bias_constraint, dropout, recurrent_dropout, seed, **kwargs,
        )  # fmt: skip

    def call(self, inputs: Any, states: Any, training: Any = None) -> Any:
        """One step: (output, new state)."""
        state = flat_states(states)[0]
        known, name = fused(self.activation)
        output = ops.simple_cell(
            inputs, state, self.kernel, self.recurrent_kernel, self.bias, self.input_masks(inputs, training),
            self.state_masks(state, training), name,
        )  # fmt: skip
        output = output if known else self.activation(output)
        return output, [output] if isinstance(states, list | tuple) else output

    def over_steps(
        self, inputs: Any, states: Any, mask: Any, noise: Any, state_noise: Any, activation: Any, gate: Any,
        *options: Any,
    ) -> Any:  # fmt: skip
        """All steps as one op; see `ops.recurrent.simple_rnn`."""
        return ops.simple_rnn(
            inputs, states[0], self.kernel, self.recurrent_kernel, self.bias, mask, noise, state_noise, activation,
            *options,
        )  # fmt: skip


class SimpleRNN(RecurrentLayer):
    """A recurrent layer whose output is its state: h = activation(x @ kernel + h @ recurrent_kernel + bias).

    Args:
        units: the size of the state and output.
        activation: a function, or the name of one.
        use_bias: whether there is a bias.
        kernel_initializer: of the weight (features, units).
        recurrent_initializer: of the weight (units, units).
        bias_initializer: of the weight (units,).
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
        return_state: whether to return the last state too.
        go_backwards: whether to start at the end.
        stateful: whether the last state of a batch is the first of the next.
        unroll: whether to write the steps out rather than loop.
        seed: for the same dropout masks in each run.
        **kwargs: `time_major`, `zero_output_for_mask`, and as for every `Layer`.

    >>> import addax as tf
    >>> tf.keras.layers.SimpleRNN(4)(tf.ones((2, 5, 3))).shape
    TensorShape([2, 4])
    """

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
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
        unroll: bool = False,
        *,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        cell = SimpleRNNCell(
            units, activation, use_bias, kernel_initializer, recurrent_initializer, bias_initializer,
            kernel_regularizer, recurrent_regularizer, bias_regularizer, kernel_constraint, recurrent_constraint,
            bias_constraint, dropout, recurrent_dropout, seed=seed, dtype=kwargs.get("dtype"),
            trainable=kwargs.get("trainable", True), name="simple_rnn_cell",
        )  # fmt: skip
        super().__init__(
            cell, activity_regularizer, return_sequences=return_sequences, return_state=return_state,
            go_backwards=go_backwards, stateful=stateful, unroll=unroll, **kwargs,
        )  # fmt: skip

    def _drops_each_step(self) -> bool:
        return False


register(SimpleRNNCell, SimpleRNN)
by_rule(SimpleRNN)
