"""`RNN` over Addax's own cells, one or a stack of them, as one op for each cell.

A stack's cell reads at each step what the one below gave there, so each may go through all steps before the next one
begins. That takes three quarters of the time of a loop over whole steps; eagerly there is no loop in Python.
"""

from __future__ import annotations

from typing import Any

from addax.core.tensor import Tensor
from addax.keras import registry
from addax.keras.layers.arguments import fused_of_cell
from addax.keras.layers.cell_states import flat_states, pack_states
from addax.ops import array

__all__ = ["over_steps"]

_CELLS = ("LSTMCell", "GRUCell", "SimpleRNNCell")


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
    if late or not isinstance(inputs, Tensor) or inputs.shape.rank != 3:
        return None
    stacked = _plain(cell, ("StackedRNNCells",))
    cells = list(cell.cells) if stacked else [cell]
    names = [fused_of_cell(each) if _fits(each, inputs, training) else None for each in cells]
    if None in names:
        return None
    reverse = getattr(cell, "reverse_state_order", False)
    by_cell = list(pack_states(cell.state_size, states)) if stacked else [states]
    after, output = [], inputs
    for number, (each, first) in enumerate(zip(cells, by_cell[::-1] if reverse else by_cell, strict=True)):
        last = number == len(cells) - 1
        output, *done = each.over_steps(
            output, flat_states(first), mask, None, None, *names[number], rnn.return_sequences or not last,
            rnn.go_backwards and number == 0, rnn.time_major, rnn.unroll, rnn.zero_output_for_mask and last,
        )  # fmt: skip
        after.append(done)
        if rnn.go_backwards and number == 0 and mask is not None:  # the others have the steps in this one's order
            mask = array.reverse(mask, axis=[0 if rnn.time_major else 1])
    return output, flat_states(after[::-1] if reverse else after)


def _plain(layer: Any, names: tuple[str, ...]) -> bool:
    """Whether nobody would notice that a cell is not called: it is one of Addax's, unchanged, and adds no loss."""
    own = registry.builtin_name("layer", type(layer)) in names
    return own and "call" not in layer.__dict__ and layer._activity_regularizer is None


def _fits(cell: Any, inputs: Any, training: Any) -> bool:
    if not _plain(cell, _CELLS) or training and (cell.dropout or cell.recurrent_dropout):
        return False
    return cell._policy.compute_dtype == cell._policy.variable_dtype == inputs.dtype.name
