"""`RNN` over Addax's own cells, one or a stack of them, as one op for each cell.

A stack's cell reads at each step what the one below gave there, so each may go through all steps before the next one
begins. That takes three quarters of the time of a loop over whole steps; eagerly there is no loop in Python.
"""

from __future__ import annotations

from typing import Any

from addax.core.tensor import Tensor
from addax.keras.layers.arguments import fused
from addax.keras.layers.cell_states import flat_states, pack_states
from addax.ops import array

__all__ = ["over_steps"]

OWN = "_over_steps_is_call"  # a class that defines it says that of itself, not of classes that inherit from it


def over_steps(rnn: Any, inputs: Any, mask: Any, states: list[Any], training: Any) -> tuple[Any, list[Any]] | None:
    """(output, states) of an `RNN` layer, or None where its cell is to be called at each step.

    Args:
        rnn: the layer, built.
        inputs: what it was called with.
        mask: (batch, time) bool, or None.
        states: the first states, flat.
        training: as for `call`.
    """
    cell = rnn.cell
    late = mask is not None and rnn.go_backwards and rnn.unroll  # masked outputs become 0 behind the steps
    if late or not _plain(cell) or not isinstance(inputs, Tensor) or inputs.shape.rank != 3:
        return None
    cells = list(getattr(cell, "cells", [cell]))
    if not all(_plain(each) and _fits(each, inputs, training) for each in cells):
        return None
    reverse = getattr(cell, "reverse_state_order", False)
    by_cell = list(pack_states(cell.state_size, states)) if cells[0] is not cell else [states]
    after, output = [], inputs
    for number, (each, first) in enumerate(zip(cells, by_cell[::-1] if reverse else by_cell, strict=True)):
        last = number == len(cells) - 1
        output, *done = each.over_steps(
            output, flat_states(first), mask, None, None, fused(each.activation)[1],
            fused(getattr(each, "recurrent_activation", None))[1], rnn.return_sequences if last else True,
            rnn.go_backwards and number == 0, rnn.time_major, rnn.unroll, rnn.zero_output_for_mask and last,
        )  # fmt: skip
        after.append(done)
        if rnn.go_backwards and number == 0 and mask is not None:  # the others have the steps in this one's order
            mask = array.reverse(mask, axis=[0 if rnn.time_major else 1])
    return output, flat_states(after[::-1] if reverse else after)


def _plain(layer: Any) -> bool:
    """Whether nobody would notice that a cell is not called: it is Addax's, unchanged, and adds no loss."""
    own = OWN in vars(type(layer))
    return own and "call" not in layer.__dict__ and layer._activity_regularizer is None


def _fits(cell: Any, inputs: Any, training: Any) -> bool:
    if hasattr(cell, "cells"):  # a stack in a stack
        return False
    policy = cell._policy
    known = fused(cell.activation)[0] and fused(getattr(cell, "recurrent_activation", None))[0]
    drops = training and (cell.dropout or cell.recurrent_dropout)
    return known and not drops and policy.compute_dtype == policy.variable_dtype == inputs.dtype.name
