"""GRU: the gated recurrent unit, and its cell."""

from __future__ import annotations

from typing import Any

from addax.keras import activations
from addax.keras.layers.arguments import fused_of_cell, register, weight_options
from addax.keras.layers.cell_states import flat_states
from addax.keras.layers.recurrent import RecurrentCell, RecurrentLayer
from addax.keras.layers.shape_rules import by_rule
from addax.ops import array
from addax.ops import recurrent as ops


class GRUCell(RecurrentCell):
    """One step of a GRU (Cho et al. 2014, arXiv:1406.1078).

    Args:
        units: the size of the state and output.
        activation: of the candidate; a function, or the name of one.
        recurrent_activation: of the gates.
        use_bias: whether there is a bias.
        kernel_initializer: of the weight (features, 3 * units); gates: update, reset, candidate.
        recurrent_initializer: of the weight (units, 3 * units).
        bias_initializer: of the weight (3 * units,), or (2, 3 * units) with `reset_after`.
        kernel_regularizer: adds to the losses.
        recurrent_regularizer: the same for the recurrent kernel.
        bias_regularizer: the same for the bias.
        kernel_constraint: projects the kernel after updates.
        recurrent_constraint: projects the recurrent kernel after updates.
        bias_constraint: projects the bias after updates.
        dropout: the share of the inputs that is dropped in training.
        recurrent_dropout: the share of the state that is dropped in training.
        reset_after: whether the reset gate applies behind the recurrent product, as cuDNN has it.
        implementation: 1 drops each gate's inputs by masks of its own, 2 by one mask.
        seed: for the same masks in each run.
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> output, states = tf.keras.layers.GRUCell(4)(tf.ones((2, 3)), tf.zeros((2, 4)))
    >>> output.shape
    TensorShape([2, 4])
    """

    _gates = 3
    _own_options = ("recurrent_activation", "implementation", "reset_after")

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        recurrent_activation: Any = "sigmoid",
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
        reset_after: bool = True,
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
        self.reset_after = reset_after
        self.implementation = 1 if self.recurrent_dropout else implementation  # a mask per gate, as Keras has it

    def _add_bias(self) -> Any:
        shape = (2, self.units * 3) if self.reset_after else (self.units * 3,)
        return self.add_weight("bias", shape=shape, **weight_options(self, "bias"))

    def call(self, inputs: Any, states: Any, training: Any = None) -> Any:
        """One step: (output, new state)."""
        h = flat_states(states)[0]
        noise, state_noise = self.input_masks(inputs, training), self.state_masks(h, training)
        names = fused_of_cell(self)
        if names is not None:
            h = ops.gru_cell(
                inputs, h, self.kernel, self.recurrent_kernel, self.bias, noise, state_noise, *names,
                self.reset_after,
            )  # fmt: skip
        else:
            h = self._composed(inputs, h, noise, state_noise)
        return h, [h] if isinstance(states, list | tuple) else h

    def _composed(self, inputs: Any, h: Any, noise: Any, state_noise: Any) -> Any:
        """The step out of parts, around activations of the user's."""
        n, gate = self.units, self.recurrent_activation
        split = self.reset_after and self.bias is not None
        x = ops.project(inputs, self.kernel, self.bias[0] if split else self.bias, noise, 3)
        xz, xr, xh = array.split(x, 3, axis=-1)
        if self.reset_after:
            inner = ops.recur(h, self.recurrent_kernel, state_noise, 3)
            rz, rr, rh = array.split(inner + self.bias[1] if split else inner, 3, axis=-1)
            z, r = gate(xz + rz), gate(xr + rr)
            candidate = self.activation(xh + r * rh)
        else:
            kernel = self.recurrent_kernel
            masks = [None] * 3 if state_noise is None else array.split(state_noise, int(state_noise.shape[0]), axis=0)
            masks = masks * 3 if len(masks) == 1 else masks
            z = gate(xz + ops.recur(h, kernel[:, :n], masks[0], 1))
            r = gate(xr + ops.recur(h, kernel[:, n : 2 * n], masks[1], 1))
            candidate = self.activation(xh + ops.recur(r * h, kernel[:, 2 * n :], masks[2], 1))
        return z * h + (1 - z) * candidate

    def over_steps(
        self, inputs: Any, states: Any, mask: Any, noise: Any, state_noise: Any, activation: Any, gate: Any,
        *options: Any,
    ) -> Any:  # fmt: skip
        """All steps as one op; see `ops.recurrent.gru`."""
        return ops.gru(
            inputs, states[0], self.kernel, self.recurrent_kernel, self.bias, mask, noise, state_noise, activation,
            gate, self.reset_after, *options,
        )  # fmt: skip


class GRU(RecurrentLayer):
    """The gated recurrent unit (Cho et al. 2014, arXiv:1406.1078) over sequences (batch, time, features).

    Args:
        units: the size of the state and output.
        activation: of the candidate; a function, or the name of one.
        recurrent_activation: of the gates.
        use_bias: whether there is a bias.
        kernel_initializer: of the weight (features, 3 * units); gates: update, reset, candidate.
        recurrent_initializer: of the weight (units, 3 * units).
        bias_initializer: of the weight (3 * units,), or (2, 3 * units) with `reset_after`.
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
        time_major: whether inputs and outputs are (time, batch, ...).
        reset_after: whether the reset gate applies behind the recurrent product, as cuDNN has it.
        implementation: 1 drops each gate's inputs by masks of its own, 2 by one mask.
        seed: for the same dropout masks in each run.
        **kwargs: `zero_output_for_mask`, and as for every `Layer`.

    Call arguments: `mask` (batch, time), `training`, `initial_state`.

    >>> import addax as tf
    >>> tf.keras.layers.GRU(4)(tf.ones((2, 5, 3))).shape
    TensorShape([2, 4])
    """

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        recurrent_activation: Any = "sigmoid",
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
        time_major: bool = False,
        reset_after: bool = True,
        *,
        implementation: int = 2,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        cell = GRUCell(
            units, activation, recurrent_activation, use_bias, kernel_initializer, recurrent_initializer,
            bias_initializer, kernel_regularizer, recurrent_regularizer, bias_regularizer, kernel_constraint,
            recurrent_constraint, bias_constraint, dropout, recurrent_dropout, reset_after,
            implementation=implementation, seed=seed, dtype=kwargs.get("dtype"),
            trainable=kwargs.get("trainable", True), name="gru_cell",
        )  # fmt: skip
        super().__init__(
            cell, activity_regularizer, return_sequences=return_sequences, return_state=return_state,
            go_backwards=go_backwards, stateful=stateful, time_major=time_major, unroll=unroll, **kwargs,
        )  # fmt: skip


register(GRUCell, GRU)
by_rule(GRU)
