"""A Python function of tensors run along the first axis of sequences, as recurrent layers with cells of the user's do.

Eagerly the steps run one by one. In a traced function the step is traced once, and the sequence is one `lax.scan` whose
inputs are the variables that the step reads, so that gradients reach them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp

from addax.core import context, trace
from addax.core.convert import FreeLike
from addax.core.dispatch import op, run_plan
from addax.core.plans import Plan
from addax.core.tensor import Tensor
from addax.ops.joining import reverse, stack, unstack
from addax.ops.recurrent import run_steps, zeroed_late

Step = Callable[[list[Tensor], list[Tensor], list[Tensor]], tuple[list[Tensor], list[Tensor]]]


def steps(
    step: Step, inputs: Sequence[Tensor], states: Sequence[Tensor], mask: Tensor | None = None, *,
    go_backwards: bool = False, unroll: bool = False, zero_output: bool = False, owner: Any = None,
    constants: Sequence[Tensor] = (),
) -> tuple[list[Tensor], list[Tensor], list[Tensor]]:  # fmt: skip
    """Run `step` along the first axis of the inputs.

    Args:
        step: (tensors at one time, states, constants) to (outputs, states), flat lists all.
        inputs: tensors (time, batch, ...).
        states: the first states.
        mask: (time, batch) bool; masked steps keep the state and repeat the output.
        go_backwards: whether to start at the end.
        unroll: whether to write out the steps in a traced function too.
        zero_output: whether masked outputs are 0.
        owner: what to search for variables: the cell.
        constants: what is the same at all times; gradients reach it, unlike tensors that the step closes over.

    Returns:
        (last outputs, outputs (time, batch, ...), states)
    """
    if mask is not None and zeroed_late(mask, go_backwards, unroll, zero_output):
        last, outputs, after = _one_by_one(step, inputs, states, mask, list(constants), go_backwards, False)
        ends = unstack(mask)[:1]
        return [_zeroed(x, ends[0]) for x in last], [_zeroed(x, mask) for x in outputs], after
    if unroll or context.state.trace is None:
        return _one_by_one(step, inputs, states, mask, list(constants), go_backwards, zero_output)
    return _scan(step, list(inputs), list(states), mask, list(constants), go_backwards, zero_output, owner)


@op(name="keras.layers.RNN")
def _keep(mask: FreeLike, new: FreeLike, old: FreeLike) -> Any:
    return jnp.where(mask.astype(bool).reshape(mask.shape + (1,) * (new.ndim - mask.ndim)), new, old.astype(new.dtype))


@op(name="keras.layers.RNN")
def _zeros(x: FreeLike) -> Any:
    return jnp.zeros_like(x)


def _zeroed(x: Tensor, mask: Tensor) -> Tensor:
    return _keep(mask, x, _zeros(x))


def _one_by_one(
    step: Step, inputs: Sequence[Tensor], states: Sequence[Tensor], mask: Tensor | None, constants: list[Tensor],
    go_backwards: bool, zero_output: bool,
) -> tuple[list[Tensor], list[Tensor], list[Tensor]]:  # fmt: skip
    if go_backwards:
        inputs = [reverse(x, [0]) for x in inputs]
        mask = None if mask is None else reverse(mask, [0])
    times = list(zip(*[unstack(x) for x in inputs], strict=True))
    masks = None if mask is None else unstack(mask)
    states = list(states)
    before: list[Tensor] | None = None
    collected: list[list[Tensor]] = []
    for t, xs in enumerate(times):
        outputs, after = step(list(xs), states, constants)
        if masks is not None:
            if before is None or zero_output:
                before = [_zeros(output) for output in outputs]
            outputs = [_keep(masks[t], new, old) for new, old in zip(outputs, before, strict=True)]
            after = [_keep(masks[t], new, old) for new, old in zip(after, states, strict=True)]
        states, before = after, outputs
        collected.append(outputs)
    whole = [stack(list(column), 0) for column in zip(*collected, strict=True)]
    return collected[-1], whole, states


def _scan(
    step: Step, inputs: list[Tensor], states: list[Tensor], mask: Tensor | None, constants: list[Tensor],
    go_backwards: bool, zero_output: bool, owner: Any,
) -> tuple[list[Tensor], list[Tensor], list[Tensor]]:  # fmt: skip
    count, known = len(inputs), len(inputs) + len(states)

    def flat(*tensors: Tensor) -> tuple[list[Any], int]:
        outputs, after = step(list(tensors[:count]), list(tensors[count:known]), list(tensors[known:]))
        return [leaf._value for leaf in (*outputs, *after)], len(outputs)

    shapes = [jax.ShapeDtypeStruct(x._value.shape[1:], x._value.dtype) for x in inputs]
    shapes += [jax.ShapeDtypeStruct(s._value.shape, s._value.dtype) for s in (*states, *constants)]
    lifted = trace.lift(flat, shapes, trace.reachable(owner if owner is not None else step))
    n = lifted.out_tree
    written = {id(variable): i for i, variable in enumerate(lifted.written)}

    def body(values: list[Any], xs: list[Any], states: list[Any], mask: Any, fixed: list[Any]) -> Any:
        def one(items: Any, carry: Any) -> tuple[Any, Any]:
            states, changed = carry
            now = [
                changed[written[id(v)]] if id(v) in written else value
                for v, value in zip(lifted.variables, values, strict=True)
            ]
            out, changed = lifted.pure(now, [*items, *states, *fixed])
            return list(out[:n]), (list(out[n:]), list(changed))

        start = [values[[id(v) for v in lifted.variables].index(key)] for key in written]
        last, outputs, (after, changed) = run_steps(
            one, xs, (states, start), mask, go_backwards=go_backwards, unroll=False, zero_output=zero_output,
            unmasked=True,
        )  # fmt: skip
        return tuple(last), tuple(outputs), tuple(after), tuple(changed)

    plan = Plan("keras.layers.RNN", body)
    last, outputs, after, changed = run_plan(plan, (lifted.variables, inputs, states, mask, constants))
    for variable, value in zip(lifted.written, changed, strict=True):
        variable.set_value(value._value)
    return list(last), list(outputs), list(after)
