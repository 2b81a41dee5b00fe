"""The states of recurrent cells: their shapes, their structure, and the zeros that they start from."""

from __future__ import annotations

from typing import Any

import numpy as np

from addax.core import errors, trees
from addax.core.shapes import TensorShape
from addax.keras import graph
from addax.ops import array


def state_shapes(state_size: Any) -> list[tuple[int | None, ...]]:
    """The shapes of a cell's states without the batch, flat."""
    if isinstance(state_size, TensorShape | int | np.integer):
        return [tuple(TensorShape(state_size if isinstance(state_size, TensorShape) else [int(state_size)]).as_list())]
    parts = state_size if isinstance(state_size, list | tuple) else trees.flatten(state_size)
    return [shape for part in parts for shape in state_shapes(part)]


def pack_states(state_size: Any, flat: list[Any]) -> Any:
    """Flat states in the structure of a cell's `state_size`."""
    rest = iter(flat)

    def build(size: Any) -> Any:
        if isinstance(size, TensorShape | int | np.integer):
            return next(rest)
        made = [build(part) for part in size]
        return made if isinstance(size, list) else tuple(made)

    return build(state_size)


def flat_states(states: Any) -> list[Any]:
    """States of any nesting as a flat list of tensors."""
    if isinstance(states, list | tuple):
        return [leaf for part in states for leaf in flat_states(part)]
    return [states] if states is not None else []


def batch_size_of(inputs: Any, axis: int = 0) -> Any:
    """The size of the batch; of a symbolic tensor that leaves it open, what it will be."""
    size = inputs.shape[axis]
    return array.shape(inputs)[axis] if size is None and isinstance(inputs, graph.KerasTensor) else size


def first_states(cell: Any, inputs: Any, batch_size: Any, dtype: Any) -> Any:
    """What `get_initial_state` gives: zeros for a batch such as the inputs, or of the size and dtype."""
    if inputs is not None:
        batch_size, dtype = batch_size_of(inputs), inputs.dtype
    return zero_states(cell, batch_size, dtype)


def zero_states(cell: Any, batch_size: Any, dtype: Any) -> Any:
    """Zeros for all states of a cell, in the structure of its `state_size`.

    Raises:
        ValueError: the batch size or the dtype is None.
    """
    if batch_size is None or dtype is None:
        raise ValueError(
            errors.message(
                f"{type(cell).__name__}.get_initial_state",
                expected="`batch_size` and `dtype`, or `inputs` that have both",
                received=f"batch_size={batch_size}, dtype={dtype}",
                hint="batch_size and dtype cannot be None while states are made: pass the inputs of a step",
            )
        )
    flat = [array.zeros((batch_size, *shape), dtype=dtype) for shape in state_shapes(cell.state_size)]
    return pack_states(cell.state_size, flat)
