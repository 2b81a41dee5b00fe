"""What SimpleRNN, LSTM and GRU share: weights and dropout of their cells, and layers that run them as one op."""

from __future__ import annotations

import operator
from typing import Any

from addax.core import context, errors, random
from addax.core.shapes import TensorShape
from addax.keras import activations, regularizers
from addax.keras.layers import arguments
from addax.keras.layers.arguments import fused_of_cell, set_weight_options, weight_config, weight_options
from addax.keras.layers.base import Layer
from addax.keras.layers.cell_states import first_states
from addax.keras.layers.rnn import RNN, check_mask, dense, sequence_spec
from addax.ops import array, creation
from addax.ops import layers as layer_ops
from addax.ops import recurrent as ops

# What some cells have in the middle of their configs, and before what.
_PLACES = {"recurrent_activation": "use_bias", "unit_forget_bias": "kernel_regularizer"}


class DropoutMasks:
    """Dropout of a cell: the masks of a sequence are drawn once and kept until they are reset."""

    dropout: float
    recurrent_dropout: float
    seed: int | None
    _gates = 1

    def _masks(self, kind: str, like: Any, training: Any, rate: float, count: int) -> Any:
        """Masks in the shape of a tensor, stacked, or None where nothing is dropped."""
        if not rate or not training:
            return None
        kept = self.__dict__.setdefault("_drawn", {}).get(kind)
        # Masks drawn while another function was traced belong to it.
        if kept is None or kept[0] is not context.state.trace:
            key = random.next_key(self.seed)
            shape = tuple(like.shape.as_list())
            masks = ops.dropout_masks(key, shape, count, float(rate), like.dtype.name)
            kept = self._drawn[kind] = (context.state.trace, masks)
        return kept[1]

    def _count(self) -> int:
        """How many different masks: one per gate if gates are computed one by one."""
        return self._gates if getattr(self, "implementation", 2) == 1 else 1

    def input_masks(self, inputs: Any, training: Any) -> Any:
        """Masks of the inputs at a step (masks, batch, ...), or None."""
        return self._masks("inputs", inputs, training, self.dropout, self._count())

    def state_masks(self, state: Any, training: Any) -> Any:
        """Masks of the state (masks, batch, ...), or None."""
        return self._masks("states", state, training, self.recurrent_dropout, self._count())

    def draw_masks(self, inputs: Any, state: Any) -> None:
        """Draw the masks of a sequence now."""
        self.input_masks(inputs, True)
        self.state_masks(state, True)

    def get_dropout_mask_for_cell(self, inputs: Any, training: Any, count: int = 1) -> Any:
        """The mask of the inputs, or a list of `count`; ones outside of training, None if nothing is ever dropped."""
        return self._given("inputs", inputs, training, self.dropout, count)

    def get_recurrent_dropout_mask_for_cell(self, inputs: Any, training: Any, count: int = 1) -> Any:
        """The mask of the state, or a list of `count`; ones outside of training, None if nothing is ever dropped."""
        return self._given("states", inputs, training, self.recurrent_dropout, count)

    def _given(self, kind: str, like: Any, training: Any, rate: float, count: int) -> Any:
        if not rate:
            return None
        masks = self._masks(kind, like, training, rate, count)
        found = [creation.ones_like(like)] * count if masks is None else array.unstack(masks)
        return found if count > 1 else found[0]

    def reset_dropout_mask(self) -> None:
        """Forget the masks of the inputs."""
        self.__dict__.setdefault("_drawn", {}).pop("inputs", None)

    def reset_recurrent_dropout_mask(self) -> None:
        """Forget the masks of the state."""
        self.__dict__.setdefault("_drawn", {}).pop("states", None)


class RecurrentCell(DropoutMasks, Layer):
    """Kernel, recurrent kernel, bias, activation and dropout of a cell with `units` outputs."""

    _own_options: tuple[str, ...] = ()

    def __init__(
        self,
        units: int,
        activation: Any,
        use_bias: bool,
        kernel_initializer: Any,
        recurrent_initializer: Any,
        bias_initializer: Any,
        kernel_regularizer: Any,
        recurrent_regularizer: Any,
        bias_regularizer: Any,
        kernel_constraint: Any,
        recurrent_constraint: Any,
        bias_constraint: Any,
        dropout: float,
        recurrent_dropout: float,
        seed: int | None,
        **kwargs: Any,
    ) -> None:
        if not units or units <= 0:
            raise ValueError(
                f"Received an invalid value for argument `units`, expected a positive integer, got {units}."
            )
        super().__init__(**kwargs)
        self.units = operator.index(units)
        self.activation = activations.get(activation)
        self.use_bias = use_bias
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
        self.state_size: Any = units
        self.output_size = units

    def build(self, input_shape: Any) -> None:
        """Create the weights for inputs (batch, features)."""
        features = arguments.channel_size(TensorShape(input_shape), -1, self)
        wide = self.units * self._gates
        self.kernel = self.add_weight("kernel", shape=(features, wide), **weight_options(self, "kernel"))
        self.recurrent_kernel = self.add_weight(
            "recurrent_kernel", shape=(self.units, wide), **weight_options(self, "recurrent")
        )
        self.bias = None
        if self.use_bias:
            self.bias = self._add_bias()
        super().build(input_shape)

    def _add_bias(self) -> Any:
        return self.add_weight("bias", shape=(self.units * self._gates,), **weight_options(self, "bias"))

    def over_steps(self, inputs: Any, states: Any, mask: Any, noise: Any, state_noise: Any, *options: Any) -> Any:
        """(output, *states) of all steps as one op.

        Args:
            inputs: (batch, time, features), or time first.
            states: the first states, flat.
            mask: (batch, time) bool, or None.
            noise: dropout masks of the inputs, or None.
            state_noise: dropout masks of the state, or None.
            *options: names of the activations, and how the layer runs; see `ops.recurrent.simple_rnn`.
        """
        raise NotImplementedError(f"{type(self).__name__} must define over_steps.")

    def get_initial_state(self, inputs: Any = None, batch_size: Any = None, dtype: Any = None) -> Any:
        """Zeros, for a batch."""
        return first_states(self, inputs, batch_size, dtype)

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        return {**super().get_config(), **self.options()}

    def options(self) -> dict[str, Any]:
        """The cell's own arguments, which its layer has too."""
        own = {name: getattr(self, name) for name in self._own_options}
        options = {
            "units": self.units,
            "activation": arguments.serialize_activation(self.activation),
            "use_bias": self.use_bias,
            **weight_config(self, "kernel", "recurrent", "bias"),
            "dropout": self.dropout,
            "recurrent_dropout": self.recurrent_dropout,
            **({"seed": self.seed} if self.seed is not None else {}),
            **{name: value for name, value in own.items() if name not in _PLACES},
        }
        for name in own.keys() & _PLACES.keys():
            value = arguments.serialize_activation(own[name]) if name == "recurrent_activation" else own[name]
            options = arguments.placed(options, _PLACES[name], **{name: value})
        return options


def of_cell(name: str) -> Any:
    """A layer's attribute that its cell holds."""
    return property(lambda layer: getattr(layer.cell, name), doc=f"The cell's `{name}`.")


class CellSettings:
    """The settings that every recurrent layer's cell holds, as attributes of the layer."""

    activation = of_cell("activation")
    recurrent_activation = of_cell("recurrent_activation")
    use_bias = of_cell("use_bias")
    kernel_initializer = of_cell("kernel_initializer")
    recurrent_initializer = of_cell("recurrent_initializer")
    bias_initializer = of_cell("bias_initializer")
    unit_forget_bias = of_cell("unit_forget_bias")
    kernel_regularizer = of_cell("kernel_regularizer")
    recurrent_regularizer = of_cell("recurrent_regularizer")
    bias_regularizer = of_cell("bias_regularizer")
    kernel_constraint = of_cell("kernel_constraint")
    recurrent_constraint = of_cell("recurrent_constraint")
    bias_constraint = of_cell("bias_constraint")
    dropout = of_cell("dropout")
    recurrent_dropout = of_cell("recurrent_dropout")


class RecurrentLayer(CellSettings, DropoutMasks, RNN):
    """A layer that runs a `RecurrentCell` over sequences (batch, time, features) as one op."""

    _ndim = 3

    def __init__(self, cell: RecurrentCell, activity_regularizer: Any, **kwargs: Any) -> None:
        super().__init__(cell, **kwargs)
        self._activity_regularizer = regularizers.get(activity_regularizer)
        self.input_spec = sequence_spec(self._ndim)

    def call(self, inputs: Any, mask: Any = None, training: Any = None, initial_state: Any = None) -> Any:
        """The outputs (and states) over the steps."""
        cell = self.cell
        names = fused_of_cell(cell)
        if names is None:
            return super().call(inputs, mask=mask, training=training, initial_state=initial_state)
        inputs, mask, lengths = dense(inputs, mask)
        self._check_inputs(inputs, mask)
        states = self._first_states(inputs, initial_state)
        inputs, noise, state_noise = self._dropped(inputs, states[0], bool(training))
        output, *states = cell.over_steps(
            inputs, states, mask, noise, state_noise, *names, self.return_sequences, self.go_backwards,
            self.time_major, self.unroll, self.zero_output_for_mask,
        )  # fmt: skip
        return self._result(output, states, lengths)

    def _check_inputs(self, inputs: Any, mask: Any) -> None:
        shape, features = tuple(inputs.shape), self.cell.kernel.shape[0]
        if self._ndim == 3 and shape[-1] != features:
            raise ValueError(
                errors.message(
                    f'Input 0 of layer "{self.name}" is incompatible with the layer',
                    expected=f"shape=(None, None, {features})",
                    received=f"inputs of shape {shape}",
                    hint="check the shape of the data and the layer before; a layer keeps the sizes it was built with",
                )
            )
        check_mask(self, shape, mask)

    def _dropped(self, inputs: Any, state: Any, training: bool) -> tuple[Any, Any, Any]:
        """(inputs, masks of the inputs or None, masks of the state or None)."""
        cell = self.cell
        if not training or not (cell.dropout or cell.recurrent_dropout):
            return inputs, None, None
        if self._drops_each_step():
            return layer_ops.dropout(inputs, random.next_key(cell.seed), cell.dropout, None), None, None
        step = inputs[0] if self.time_major else inputs[:, 0]
        cell.reset_dropout_mask()
        cell.reset_recurrent_dropout_mask()
        try:
            return inputs, cell.input_masks(step, True), cell.state_masks(state, True)
        finally:
            cell.reset_dropout_mask()
            cell.reset_recurrent_dropout_mask()

    def _drops_each_step(self) -> bool:
        """Whether inputs are dropped anew at every step, as where Keras takes its one-kernel path."""
        cell = self.cell
        return (
            getattr(cell, "recurrent_activation", None) is activations.sigmoid
            and cell.activation is activations.tanh
            and not cell.recurrent_dropout
            and not self.unroll
            and cell.use_bias
            and getattr(cell, "reset_after", True)
        )

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        config = {**super().get_config(), **self.cell.options()}
        return arguments.with_activity_regularizer(self, config, "kernel_constraint")

    units = of_cell("units")
    seed = of_cell("seed")
    implementation = of_cell("implementation")
    reset_after = of_cell("reset_after")
