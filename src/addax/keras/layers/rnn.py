"""RNN: a cell run over the steps of a sequence; and what recurrent layers share."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np

from addax.core import context, convert, errors, trees
from addax.core.shapes import TensorShape
from addax.core.variable import Variable
from addax.keras import graph, registry
from addax.keras.layers import arguments
from addax.keras.layers.base import Layer
from addax.keras.layers.cell_states import (
    batch_size_of,
    first_states,
    flat_states,
    pack_states,
    state_shapes,
    zero_states,
)  # fmt: skip
from addax.keras.layers.fused_cells import over_steps
from addax.keras.layers.input_spec import InputSpec
from addax.ops import array, casting, gathering, reductions, stepping


class RNN(Layer):
    """Runs a cell over the steps of sequences (batch, time, ...).

    A cell is a layer with `state_size`, optionally `output_size` and `get_initial_state`, and
    `call(inputs_at_t, states_at_t) -> (output_at_t, states_at_t_plus_1)`.

    Args:
        cell: the cell, or a list of them, stacked.
        return_sequences: whether to return the outputs of all steps rather than the last.
        return_state: whether to return the last state too.
        go_backwards: whether to start at the end; outputs come in the order in which they are computed.
        stateful: whether the last state of a batch is the first of the next; needs a fixed batch size.
        unroll: whether to write the steps out rather than loop; needs a known number of steps.
        time_major: whether inputs and outputs are (time, batch, ...).
        zero_output_for_mask: whether outputs of masked steps are 0, rather than those of the step before.
        num_constants: how many constants come behind the initial states, in a list of inputs.
        **kwargs: as for every `Layer`.

    Call arguments: `mask` (batch, time), `training`, `initial_state`, `constants` (for cells that take them).

    >>> import addax as tf
    >>> tf.keras.layers.RNN(tf.keras.layers.LSTMCell(4))(tf.ones((2, 3, 5))).shape
    TensorShape([2, 4])
    """

    _knows_states = False  # whether `state_spec` is there before the layer is built

    def __init__(
        self,
        cell: Any,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        time_major: bool = False,
        *,
        zero_output_for_mask: bool = False,
        num_constants: int | None = None,
        **kwargs: Any,
    ) -> None:
        if isinstance(cell, list | tuple):
            cell = registry.builtin("layer", "StackedRNNCells")(cell)
        if "call" not in dir(cell):
            raise ValueError(f"Argument `cell` should have a `call` method. The RNN was passed: cell={cell}")
        if "state_size" not in dir(cell):
            raise ValueError(
                "The RNN cell should have a `state_size` attribute (tuple of integers, one integer per RNN state). "
                f"Received: cell={cell}"
            )
        if kwargs.get("input_shape") is None and ("input_dim" in kwargs or "input_length" in kwargs):
            kwargs["input_shape"] = (kwargs.pop("input_length", None), kwargs.pop("input_dim", None))
        super().__init__(**kwargs)
        self.cell = cell
        self.return_sequences = return_sequences
        self.return_state = return_state
        self.go_backwards = go_backwards
        self.stateful = stateful
        self.unroll = unroll
        self.time_major = time_major
        self.zero_output_for_mask = zero_output_for_mask
        self._num_constants = num_constants or 0
        self.constants_spec: list[InputSpec] | None = None
        self.supports_masking = True
        object.__setattr__(self, "_states", None)  # not among the weights
        taken = inspect.signature(cell.call).parameters
        self._cell_takes = {name: name in taken for name in ("training", "constants")}

    # ------------------------------------------------------------------ states

    @property
    def state_size(self) -> Any:
        """The sizes of the cell's states, in a list; a subclass may set its own."""
        if "_state_size" in self.__dict__:
            return self._state_size
        size = self.cell.state_size
        return [size] if isinstance(size, int | np.integer | TensorShape) else list(trees.flatten(size))

    @state_size.setter
    def state_size(self, size: Any) -> None:
        object.__setattr__(self, "_state_size", size)

    @property
    def states(self) -> list[Any]:
        """The states that a stateful layer carries from batch to batch; None where there are none yet."""
        size = self.cell.state_size
        packed = pack_states(size, [None] * len(state_shapes(size)) if self._states is None else self._states)
        return packed if isinstance(packed, list | tuple) else [packed]

    @states.setter
    def states(self, states: Any) -> None:
        object.__setattr__(self, "_states", states)

    @property
    def state_spec(self) -> Any:
        """What initial states must be: an `InputSpec` for each, None before `build`."""
        if not self.built and not self._knows_states:
            return None
        size = self.cell.state_size
        packed = pack_states(size, [InputSpec(shape=self._state_sizes(shape)) for shape in state_shapes(size)])
        return list(packed) if isinstance(packed, list | tuple) else [packed]

    def _state_sizes(self, shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """The shape that `state_spec` asks for, of a state's shape without the batch."""
        return (None, *shape)

    def get_initial_state(self, inputs: Any = None, batch_size: int | None = None) -> Any:
        """The first states for inputs: the cell's, or zeros.

        Args:
            inputs: a tensor (batch, time, ...).
            batch_size: or the size of the batch, as in Keras 3, where it comes first.
        """
        if isinstance(inputs, int | np.integer):
            inputs, batch_size = None, int(inputs)
        if inputs is None:
            batch, dtype = batch_size, self.compute_dtype
        else:
            first = trees.flatten(inputs)[0]
            batch, dtype = batch_size_of(first, 1 if self.time_major else 0), first.dtype
        make = getattr(self.cell, "get_initial_state", None)
        if make is None:
            states = zero_states(self.cell, batch, dtype)
        elif "inputs" in inspect.signature(make).parameters:
            states = make(inputs=None, batch_size=batch, dtype=dtype)
        else:  # a cell of Keras 3
            states = make(batch_size=batch)
        return list(states) if isinstance(states, list | tuple) else [states]

    def reset_states(self, states: Any = None) -> None:
        """Set the states of a stateful layer.

        Args:
            states: arrays, one per state; zeros by default.

        Raises:
            AttributeError: the layer is not stateful.
            ValueError: the batch size is not known, or arrays do not fit.
        """
        if not self.stateful:
            raise AttributeError("Layer must be stateful.")
        shapes = state_shapes(self.cell.state_size)
        if self._states is None:
            batch = self._batch_size()
            with context.init_scope():
                made = [
                    Variable(np.zeros((batch, *shape), self._state_dtype()), trainable=False, name="Variable")
                    for shape in shapes
                ]
            object.__setattr__(self, "_states", made)
        flat = [None] * len(shapes) if states is None else flat_states(states)
        if len(flat) != len(shapes):
            raise ValueError(
                f"Layer {self.name} expects {len(shapes)} states, but it received {len(flat)} state values. "
                f"States received: {states}"
            )
        for variable, value in zip(self._states, flat, strict=True):
            if value is not None and tuple(np.shape(value)) != tuple(variable.shape):
                raise ValueError(
                    f"State {variable.name} is incompatible with layer {self.name}: expected "
                    f"shape={tuple(variable.shape)}, found shape={tuple(np.shape(value))}"
                )
        for variable, value in zip(self._states, flat, strict=True):
            variable.assign(np.zeros(variable.shape.as_list(), variable.dtype.np) if value is None else value)

    def reset_state(self) -> None:
        """Set the states of a stateful layer to zeros; Keras 3's name."""
        self.reset_states()

    def _state_dtype(self) -> Any:
        return convert.numpy_dtype(self.compute_dtype or "float32")

    def _batch_size(self) -> int:
        shape = self.__dict__.get("_build_input_shape")
        first = trees.flatten(_as_shapes(shape))[0].as_list() if shape is not None else [None, None]
        batch = first[1] if self.time_major else first[0]
        if batch is None:
            raise ValueError(
                "If a RNN is stateful, it needs to know its batch size. Specify the batch size of your input tensors:\n"
                "- If using a Sequential model, specify the batch size by passing a `batch_input_shape` argument to "
                "your first layer.\n- If using the functional API, specify the batch size by passing a `batch_shape` "
                "argument to your Input layer."
            )
        return batch

    # ------------------------------------------------------------------ building and calling

    def build(self, input_shape: Any) -> None:
        """Build the cell for one step."""
        if isinstance(input_shape, list) and input_shape and not isinstance(input_shape[0], int | None.__class__):
            input_shape = input_shape[0]
        self._build_input_shape = input_shape
        shapes = _as_shapes(input_shape)
        for shape in trees.flatten(shapes):
            if shape.rank is not None and shape.rank < 3:
                raise ValueError(
                    errors.message(
                        f'Input 0 of layer "{self.name}" is incompatible with the layer',
                        expected="sequences (batch, time, ...), of rank at least 3",
                        received=f"inputs of shape {tuple(shape)}",
                        hint="add the missing dimensions: x[tf.newaxis] for a single sequence, x[..., tf.newaxis] for "
                        "one number a step",
                    )
                )
            steps = shape[0] if self.time_major else shape[1]
            if self.unroll and steps is None:
                raise ValueError(
                    "Cannot unroll a RNN if the time dimension is undefined.\n"
                    "- If using a Sequential model, specify the time dimension by passing an `input_shape` or "
                    "`batch_input_shape` argument to your first layer.\n- If using the functional API, specify the "
                    "time dimension by passing a `shape` or `batch_shape` argument to your Input layer."
                )
        if isinstance(shapes, TensorShape) and shapes.rank is not None:
            self.input_spec = [self._spec_of(shapes)]
        self._build_cell(shapes)
        if self.stateful:
            self.reset_states()
        self.built = True

    def _spec_of(self, shape: TensorShape) -> InputSpec:
        """Inputs like those that it is built for: of any number of steps, and of samples where no states are kept."""
        batch, steps = (1, 0) if self.time_major else (0, 1)
        sizes = shape.as_list()
        sizes[steps] = None
        if not self.stateful:
            sizes[batch] = None
        return InputSpec(shape=tuple(sizes))

    def _build_cell(self, shapes: Any) -> None:
        def one_step(shape: TensorShape) -> tuple[int | None, ...]:
            sizes = shape.as_list()
            return (sizes[1], *sizes[2:]) if self.time_major else (sizes[0], *sizes[2:])

        if isinstance(self.cell, Layer) and not self.cell.built:
            with context.name_scope(self.cell.name):
                step = graph.map_leaves(one_step, shapes)
                self.cell.build(step)
                self.cell.built = True
                if self.cell.__dict__.get("_build_input_shape") is None:
                    self.cell._build_input_shape = step

    def __call__(self, inputs: Any, initial_state: Any = None, constants: Any = None, **kwargs: Any) -> Any:
        inputs, initial_state, constants = self._standardize(inputs, initial_state, constants)
        if initial_state is not None:
            kwargs["initial_state"] = initial_state
        if constants is not None:
            kwargs["constants"] = constants
            self._num_constants = len(constants)
            self.constants_spec = [InputSpec(shape=each.shape) for each in constants if hasattr(each, "shape")]
        return super().__call__(inputs, **kwargs)

    def _standardize(self, inputs: Any, initial_state: Any, constants: Any) -> tuple[Any, Any, Any]:
        """A list of inputs is [inputs, *initial states, *constants]."""
        if isinstance(inputs, list) and inputs and not isinstance(inputs[0], int | float | list):
            count = self._num_constants
            if count:
                inputs, constants = inputs[:-count], inputs[-count:]
            if len(inputs) > 1:
                initial_state = inputs[1:]
            inputs = inputs[0]

        def as_list(value: Any) -> Any:
            return (
                value
                if value is None or isinstance(value, list)
                else list(value)
                if isinstance(value, tuple)
                else [value]
            )

        return inputs, as_list(initial_state), as_list(constants)

    def call(
        self, inputs: Any, mask: Any = None, training: Any = None, initial_state: Any = None, constants: Any = None
    ) -> Any:
        """The outputs (and states) of the cell over the steps."""
        inputs, mask, lengths = dense(inputs, mask)
        check_mask(self, tuple(trees.flatten(inputs)[0].shape), mask)
        states = self._first_states(inputs, initial_state)
        options: dict[str, Any] = {}
        if self._cell_takes["training"] and training is not None:
            options["training"] = training
        if constants is not None:
            if not self._cell_takes["constants"]:
                raise ValueError(f"RNN cell {self.cell} does not support constants. Received: constants={constants}")
        whole = over_steps(self, inputs, mask, states, training) if constants is None else None
        if whole is not None:
            return self._result(*whole, lengths)
        fixed = [convert.convert_to_tensor(each) for each in trees.flatten(constants or [])]
        time_first = inputs if self.time_major else graph.map_leaves(swap_time, inputs)
        if mask is not None and not self.time_major:
            mask = swap_time(mask)
        leaves = trees.flatten(time_first)
        size = self.cell.state_size
        shape: list[Any] = []

        def step(xs: list[Any], flat: list[Any], same: list[Any]) -> tuple[list[Any], list[Any]]:
            if constants is not None:
                options["constants"] = trees.pack(constants, same)
            structure = pack_states(size, flat)
            wrapped = structure if isinstance(size, list | tuple) and not isinstance(size, TensorShape) else [structure]
            output, after = self._step(trees.pack(time_first, xs), wrapped, options)
            shape[:] = [output]
            return trees.flatten(output), flat_states(after)

        with _dropout_masks(self.cell, graph.map_leaves(lambda x: x[0], time_first), states, training):
            last, outputs, states = stepping.steps(
                step, leaves, states, mask, go_backwards=self.go_backwards, unroll=self.unroll,
                zero_output=self.zero_output_for_mask, owner=self.cell, constants=fixed,
            )  # fmt: skip
        if self.return_sequences and not self.time_major:
            outputs = [swap_time(x) for x in outputs]
        output = trees.pack(shape[0], outputs if self.return_sequences else last)
        return self._result(output, states, lengths)

    def _step(self, inputs: Any, states: Any, options: dict[str, Any]) -> Any:
        cell = self.cell
        return cell(inputs, states, **options) if callable(cell) else cell.call(inputs, states, **options)

    def _first_states(self, inputs: Any, initial_state: Any) -> list[Any]:
        count = len(state_shapes(self.cell.state_size))
        if initial_state is not None:
            states = self._given_or_kept(flat_states(initial_state))
        elif self.stateful and self._states is not None:
            states = [variable.value() for variable in self._states]
        else:
            states = flat_states(self.get_initial_state(inputs))
        if len(states) != count:
            raise ValueError(f"Layer {self.name} has {count} states but was passed {len(states)} initial states.")
        if initial_state is not None or self.stateful:
            self._check_states(inputs, states, "initial_state" if initial_state is not None else "the kept state")
        return [state.value() if isinstance(state, Variable) else state for state in states]

    def _given_or_kept(self, given: list[Any]) -> list[Any]:
        """Initial states; a stateful layer that keeps others than zeros goes on from those, as Keras 2's does."""
        if not self.stateful or self._states is None or len(given) != len(self._states):
            return given
        kept = [variable.value() for variable in self._states]
        if any(state.shape != first.shape for state, first in zip(kept, given, strict=True)):
            return given  # which is refused
        going = reductions.reduce_any([reductions.reduce_any(state != 0) for state in kept])
        return [
            gathering.where(going, state, casting.cast(new, state.dtype))
            for state, new in zip(kept, given, strict=True)
        ]

    def _check_states(self, inputs: Any, states: list[Any], which: str) -> None:
        batch = trees.flatten(inputs)[0].shape[1 if self.time_major else 0]
        for state, size in zip(states, state_shapes(self.cell.state_size), strict=True):
            sizes, wanted = tuple(getattr(state, "shape", ())), (batch, *size)
            pairs = zip(sizes, wanted, strict=False)
            if sizes and (len(sizes) != len(wanted) or any(a != b and None not in (a, b) for a, b in pairs)):
                raise ValueError(
                    errors.message(
                        f"Layer {self.name}, {which}",
                        expected=f"a state of shape {wanted}, for inputs of batch size {batch}",
                        received=f"a state of shape {sizes}",
                        hint="a stateful layer keeps the batch size of its first call; other sizes need another layer"
                        if self.stateful
                        else "give one row of state, as wide as the cell, for each row of inputs",
                    )
                )

    def _result(self, output: Any, states: list[Any], lengths: Any) -> Any:
        """What `call` returns, with the states of a stateful layer stored."""
        if self.stateful and self._states is not None:
            for variable, state in zip(self._states, states, strict=True):
                variable.assign(state)
        if lengths is not None and self.return_sequences:
            output = lengths.restore(output, self.go_backwards)
        if not self.return_state:
            return output
        packed = pack_states(self.cell.state_size, list(states))
        return [output, *(packed if isinstance(packed, list | tuple) else [packed])]

    # ------------------------------------------------------------------ masks, shapes, config

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """The mask of the outputs, where they are sequences."""
        mask = trees.flatten(mask)[0] if mask is not None else None
        output = mask if self.return_sequences else None
        if not self.return_state:
            return output
        return [output, *[None] * len(self.states)]

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The shapes of the output and, with `return_state`, the states."""
        if isinstance(input_shape, list) and input_shape and not isinstance(input_shape[0], int | None.__class__):
            input_shape = input_shape[0]
        sizes = trees.flatten(_as_shapes(input_shape))[0].as_list()
        batch, steps = (sizes[1], sizes[0]) if self.time_major else (sizes[0], sizes[1])
        states = [TensorShape([batch, *shape]) for shape in state_shapes(self.cell.state_size)]
        output_size = getattr(self.cell, "output_size", None)
        if output_size is None:
            output_size = TensorShape(states[0].as_list()[1:])
        lead = ([steps, batch] if self.time_major else [batch, steps]) if self.return_sequences else [batch]
        output = pack_states(output_size, [TensorShape([*lead, *own]) for own in state_shapes(output_size)])
        return [output, *states] if self.return_state else output

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        config = {
            **super().get_config(),
            "return_sequences": self.return_sequences,
            "return_state": self.return_state,
            "go_backwards": self.go_backwards,
            "stateful": self.stateful,
            "unroll": self.unroll,
            "time_major": self.time_major,
        }
        if self._num_constants:
            config["num_constants"] = self._num_constants
        if self.zero_output_for_mask:
            config["zero_output_for_mask"] = True
        if type(self) is RNN:
            config["cell"] = registry.serialize_keras_object(self.cell)
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> Any:
        """Make a layer from what `get_config` returned."""
        config = dict(config)
        if cls is RNN or "cell" in config:
            config["cell"] = registry.deserialize("layer", unbuilt(config["cell"]), custom_objects)
        return cls(**config)


def unbuilt(config: Any) -> Any:
    """The description of a cell without what it was built for: the layer around it builds it, under its own name."""
    if not isinstance(config, dict):
        return config
    return {key: value for key, value in config.items() if key != "build_config"}


class _dropout_masks:  # noqa: N801  (a context manager)
    """Cells draw their dropout masks once per sequence: before the steps, and forget them behind."""

    def __init__(self, cell: Any, first: Any, states: list[Any], training: Any) -> None:
        self._cells = [each for each in [cell, *getattr(cell, "cells", [])] if hasattr(each, "reset_dropout_mask")]
        self._single = cell if self._cells and self._cells[0] is cell else None
        self._first, self._states, self._training = first, states, training

    def __enter__(self) -> None:
        for cell in self._cells:
            cell.reset_dropout_mask()
            cell.reset_recurrent_dropout_mask()
        if self._single is not None and self._training:
            self._single.draw_masks(self._first, self._states[0])
        elif self._training:
            place, x = 0, self._first
            for cell in self._cells:
                cell.draw_masks(x, self._states[place] if place < len(self._states) else self._states[-1])
                x = self._states[place]
                place += len(state_shapes(cell.state_size))

    def __exit__(self, *error: object) -> None:
        for cell in self._cells:
            cell.reset_dropout_mask()
            cell.reset_recurrent_dropout_mask()


def check_mask(layer: RNN, shape: tuple[int | None, ...], mask: Any) -> None:
    """Refuse a mask that is not of the same batch and steps as inputs of this shape."""
    steps = tuple(shape[1::-1] if layer.time_major else shape[:2])
    if mask is not None and tuple(mask.shape)[:2] not in (steps, steps[::-1]):
        raise ValueError(
            errors.message(
                f"Layer {layer.name}, mask",
                expected=f"a mask of shape {steps}, one value for each step",
                received=f"mask {mask.dtype.name} {tuple(mask.shape)}, inputs of shape {shape}",
                hint="make it of the same batch and steps as the inputs",
            )
        )


def swap_time(x: Any) -> Any:
    """(batch, time, ...) to (time, batch, ...), or back."""
    rank = len(x.shape)
    return array.transpose(x, (1, 0, *range(2, rank)))


class _Lengths:
    """How to make ragged outputs of the dense ones of a ragged input."""

    def __init__(self, ragged: Any, lengths: Any) -> None:
        self._kind, self._lengths = type(ragged), lengths

    def restore(self, output: Any, backwards: bool) -> Any:
        """Dense sequences as a ragged tensor; those that were gone through backwards end with their own steps."""
        if not backwards:
            return self._kind.from_tensor(output, lengths=self._lengths)
        cut = self._kind.from_tensor(array.reverse(output, axis=[1]), lengths=self._lengths)
        return array.reverse(cut, axis=[1])


def dense(inputs: Any, mask: Any) -> tuple[Any, Any, _Lengths | None]:
    """Ragged inputs as dense ones with a mask; a list of masks is that of the inputs."""
    if isinstance(mask, list | tuple):
        mask = mask[0]
    if hasattr(inputs, "with_flat_values"):
        lengths = inputs.row_lengths()
        whole = inputs.to_tensor()
        return whole, array.sequence_mask(lengths, int(whole.shape[1])), _Lengths(inputs, lengths)
    return inputs, mask, None


def _as_shapes(input_shape: Any) -> Any:
    """A structure of shapes, given as tuples or TensorShapes."""
    if isinstance(input_shape, TensorShape):
        return input_shape
    if isinstance(input_shape, dict):
        return {key: _as_shapes(value) for key, value in input_shape.items()}
    if all(size is None or isinstance(size, int | np.integer) for size in input_shape):
        return TensorShape(input_shape)
    parts = [_as_shapes(part) for part in input_shape]
    return type(input_shape)(*parts) if hasattr(input_shape, "_fields") else tuple(parts)


class AbstractRNNCell(Layer):
    """A base class for cells: subclasses define `call`, `state_size` and `output_size`.

    >>> import addax as tf
    >>> class Sum(tf.keras.layers.AbstractRNNCell):
    ...     state_size = output_size = 2
    ...     def call(self, inputs, states):
    ...         return inputs + states[0], [inputs + states[0]]
    >>> tf.keras.layers.RNN(Sum())(tf.ones((1, 3, 2))).numpy().tolist()
    [[3.0, 3.0]]
    """

    def call(self, inputs: Any, states: Any) -> Any:
        """One step: (output, new states)."""
        raise NotImplementedError(f"{type(self).__name__} must define call(inputs, states).")

    @property
    def state_size(self) -> Any:
        """The size or sizes of the states."""
        raise NotImplementedError(f"{type(self).__name__} must define state_size.")

    @property
    def output_size(self) -> Any:
        """The size of the output."""
        raise NotImplementedError(f"{type(self).__name__} must define output_size.")

    def get_initial_state(self, inputs: Any = None, batch_size: Any = None, dtype: Any = None) -> Any:
        """Zeros."""
        return first_states(self, inputs, batch_size, dtype)


def sequence_spec(ndim: int) -> list[InputSpec]:
    """The `input_spec` of a layer over sequences of this rank."""
    return [InputSpec(ndim=ndim)]


arguments.register(RNN, AbstractRNNCell)
