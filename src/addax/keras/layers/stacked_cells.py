"""StackedRNNCells: several cells, each over the outputs of the one before, as one cell."""

from __future__ import annotations

import inspect
from typing import Any

from addax.core import context
from addax.core.shapes import TensorShape
from addax.keras import registry
from addax.keras.layers.arguments import register
from addax.keras.layers.base import Layer
from addax.keras.layers.cell_states import batch_size_of, flat_states, pack_states, state_shapes, zero_states
from addax.keras.layers.rnn import unbuilt


class StackedRNNCells(Layer):
    """Stacks cells.

    Args:
        cells: the cells, the first over the inputs.
        reverse_state_order: whether states are listed from the last cell to the first.
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> cells = tf.keras.layers.StackedRNNCells([tf.keras.layers.LSTMCell(4), tf.keras.layers.GRUCell(2)])
    >>> tf.keras.layers.RNN(cells)(tf.ones((2, 3, 5))).shape
    TensorShape([2, 2])
    """

    def __init__(self, cells: Any, *, reverse_state_order: bool = False, **kwargs: Any) -> None:
        for cell in cells:
            for needed in ("call", "state_size"):
                if needed not in dir(cell):
                    kind = "method" if needed == "call" else "attribute"
                    raise ValueError(
                        f"All cells must have a `{needed}` {kind}. Received cell without a `{needed}`: {cell}"
                    )
        super().__init__(**kwargs)
        self.cells = list(cells)
        self.reverse_state_order = reverse_state_order

    def _ordered(self) -> list[Any]:
        return self.cells[::-1] if self.reverse_state_order else self.cells

    @property
    def state_size(self) -> tuple[Any, ...]:
        """The state sizes of the cells."""
        return tuple(cell.state_size for cell in self._ordered())

    @property
    def output_size(self) -> Any:
        """The output size of the last cell."""
        last = self.cells[-1]
        own = getattr(last, "output_size", None)
        return own if own is not None else state_shapes(last.state_size)[0][0]

    def get_initial_state(self, inputs: Any = None, batch_size: Any = None, dtype: Any = None) -> Any:
        """The first states of all cells."""
        if inputs is not None:
            batch_size, dtype = batch_size_of(inputs), inputs.dtype
        states = []
        for cell in self._ordered():
            make = getattr(cell, "get_initial_state", None)
            if make is not None:
                states.append(make(inputs=None, batch_size=batch_size, dtype=dtype))
            else:
                states.append(zero_states(cell, batch_size, dtype))
        return tuple(states)

    def build(self, input_shape: Any) -> None:
        """Build the cells, one after the other."""
        shape = tuple(TensorShape(input_shape).as_list())
        for cell in self.cells:
            if isinstance(cell, Layer) and not cell.built:
                with context.name_scope(cell.name):
                    cell.build(shape)
                    cell.built = True
                    if cell.__dict__.get("_build_input_shape") is None:
                        cell._build_input_shape = shape
            size = getattr(cell, "output_size", None)
            last = state_shapes(size if size is not None else cell.state_size)[0]
            shape = (shape[0], *last)
        self._build_input_shape = input_shape
        self.built = True

    def call(self, inputs: Any, states: Any, constants: Any = None, training: Any = None, **kwargs: Any) -> Any:
        """One step of all cells: (output of the last, states)."""
        ordered = pack_states(self.state_size, flat_states(states))
        by_cell = list(ordered)[::-1] if self.reverse_state_order else list(ordered)
        after = []
        for cell, state in zip(self.cells, by_cell, strict=True):
            state = state if isinstance(state, list | tuple) else [state]
            takes = inspect.signature(cell.call).parameters
            options = dict(kwargs)
            if training is not None and "training" in takes:
                options["training"] = training
            if constants is not None and "constants" in takes:
                options["constants"] = constants
            inputs, state = cell(inputs, state, **options) if callable(cell) else cell.call(inputs, state, **options)
            after.append(flat_states(state))
        after = after[::-1] if self.reverse_state_order else after
        return inputs, pack_states(self.state_size, flat_states(after))

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        own = {"reverse_state_order": True} if self.reverse_state_order else {}
        return {
            **super().get_config(),
            "cells": [registry.serialize_keras_object(cell) for cell in self.cells],
            **own,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> Any:
        """Make the stack from what `get_config` returned."""
        config = dict(config)
        config["cells"] = [registry.deserialize("layer", unbuilt(cell), custom_objects) for cell in config["cells"]]
        return cls(**config)


register(StackedRNNCells)
