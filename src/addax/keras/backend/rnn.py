"""keras.backend.rnn: a step function along the time axis."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from addax.core import convert, trees
from addax.core.tensor import Tensor
from addax.ops import array, casting, reductions, stepping
from addax.ops.symbolic import takes_symbolic


@takes_symbolic("keras.backend.rnn")
def rnn(
    step_function: Callable[[Any, Any], tuple[Any, Any]],
    inputs: Any,
    initial_states: Any,
    go_backwards: bool = False,
    mask: Any = None,
    constants: Any = None,
    unroll: bool = False,
    input_length: Any = None,
    time_major: bool = False,
    zero_output_for_mask: bool = False,
    return_all_outputs: bool = True,
) -> tuple[Any, Any, Any]:
    """Run a step function over the times of its inputs.

    Args:
        step_function: (inputs at one time, states) to (output, new states).
        inputs: tensors (batch, time, ...), in any structure.
        initial_states: a list of tensors.
        go_backwards: start at the last time.
        mask: bool (batch, time); where it is False states stay and the output repeats.
        constants: tensors put behind the states at every step.
        unroll: write the steps out instead of looping.
        input_length: how many steps each sample has, as a tensor (batch,): a mask, where there is none; numbers
            change nothing, because shapes say how many steps there are.
        time_major: inputs and outputs are (time, batch, ...).
        zero_output_for_mask: masked outputs are 0 instead.
        return_all_outputs: give the outputs of all times; otherwise of the last one alone, with a time axis of 1.

    Returns:
        (last output, outputs of all times, last states).

    >>> import addax as tf
    >>> step = lambda x, states: (x + states[0], [x + states[0]])
    >>> last, outputs, states = tf.keras.backend.rnn(step, tf.ones((1, 3, 2)), [tf.zeros((1, 2))])
    >>> last.numpy().tolist()
    [[3.0, 3.0]]
    """
    inputs = trees.map_structure(convert.convert_to_tensor, inputs)
    states = [convert.convert_to_tensor(state) for state in trees.flatten(initial_states)]
    fixed = [convert.convert_to_tensor(each) for each in constants or []]
    output_structure: list[Any] = []
    state_structure: list[Any] = []

    def swap(x: Any) -> Any:
        return x if time_major else array.transpose(x, (1, 0, *range(2, len(x.shape))))

    def step(now: list[Any], before: list[Any], same: list[Any]) -> tuple[list[Any], list[Any]]:
        given = trees.pack(initial_states, before) if isinstance(initial_states, list | tuple) else before
        output, after = step_function(trees.pack(inputs, now) if trees.is_nested(inputs) else now[0], (*given, *same))
        output_structure[:], state_structure[:] = [output], [after]
        return list(trees.flatten(output)), list(trees.flatten(after))

    if mask is not None:
        mask = (
            array.squeeze(convert.convert_to_tensor(mask), -1)
            if len(mask.shape) == 3
            else convert.convert_to_tensor(mask)
        )
        mask = swap(mask)
    elif isinstance(input_length, Tensor) and not unroll:
        mask = _within(input_length, trees.flatten(inputs)[0].shape[0 if time_major else 1], go_backwards)
    flat = [swap(leaf) for leaf in trees.flatten(inputs)]
    last, outputs, after = stepping.steps(
        step, flat, states, mask, go_backwards=go_backwards, unroll=unroll, zero_output=zero_output_for_mask,
        owner=step_function, constants=fixed,
    )  # fmt: skip
    if not return_all_outputs:
        outputs = [array.expand_dims(each, 0) for each in last]

    def packed(leaves: list[Any]) -> Any:
        return trees.pack(output_structure[0], leaves) if trees.is_nested(output_structure[0]) else leaves[0]

    if unroll and mask is None:  # as the last step gave them
        kept = trees.pack(state_structure[0], after) if trees.is_nested(state_structure[0]) else after
    else:
        kept = tuple(trees.pack(list(initial_states), after)) if isinstance(initial_states, list | tuple) else after
    return packed(last), packed([swap(each) for each in outputs]), kept if isinstance(kept, list) else tuple(kept)


def _within(lengths: Tensor, steps: int, go_backwards: bool) -> Tensor:
    """(time, batch): which steps lie within the samples' lengths; those that end first begin later, backwards."""
    lengths = casting.cast(lengths, "int32")
    if go_backwards:
        lengths = lengths + (steps - reductions.reduce_max(lengths))
    return array.transpose(array.sequence_mask(lengths, steps))
