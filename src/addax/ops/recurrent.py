"""Recurrent layers over whole sequences, as one op each: the inputs of all steps are projected by one matrix product,
and only what depends on the state runs step by step, in `lax.scan`.

Masks follow Keras: a masked step keeps the state, and repeats the output of the step before (0 at the start), or
gives 0 with `zero_output`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from addax.core import random
from addax.core.convert import FreeLike
from addax.core.dispatch import op
from addax.ops.conv_layers import need_floats
from addax.ops.correlation import correlate
from addax.ops.layers import activate
from addax.ops.lstm_sequence import lstm_sequence
from addax.ops.rows import rows_times
from addax.ops.windows import to_last, windows

# ---------------------------------------------------------------------------- the loop over time


def _expand(mask: Any, x: Any) -> Any:
    return mask.reshape(mask.shape + (1,) * (x.ndim - mask.ndim))


def zeroed_late(mask: Any, go_backwards: bool, unroll: bool, zero_output: bool) -> bool:
    """Whether masked outputs become 0 after all steps rather than in each: what Keras does when it unrolls.

    Going backwards that is another result, because outputs are in the order of computation then and the mask is not.
    """
    return mask is not None and go_backwards and unroll and zero_output


def _zeroed(last: Any, outputs: Any, mask: Any) -> tuple[Any, Any]:
    """Outputs of all steps with 0 where the mask, from the first time on, is False; the last one by its own step."""
    keep = mask.astype(bool)
    zero = functools.partial(jax.tree.map, lambda a, kept: jnp.where(_expand(kept, a), a, jnp.zeros_like(a)))
    return zero(last, jax.tree.map(lambda _: keep[0], last)), zero(outputs, jax.tree.map(lambda _: keep, outputs))


def run_steps(
    step: Callable[[Any, Any], tuple[Any, Any]], xs: Any, states: Any, mask: Any, *, go_backwards: bool, unroll: bool,
    zero_output: bool, unmasked: bool = False,
) -> tuple[Any, Any, Any]:  # fmt: skip
    """Run `step(x, states) -> (output, states)` along the first axis.

    Args:
        step: one step over arrays.
        xs: a structure of arrays (time, batch, ...).
        states: a structure of arrays.
        mask: (time, batch) bool, or None.
        go_backwards: whether to start at the end.
        unroll: whether to write the steps out instead of a loop.
        zero_output: whether outputs of masked steps are 0.
        unmasked: whether `states` is a pair whose second part changes at masked steps too (counters, random streams).

    Returns:
        (last output, outputs (time, batch, ...), states)
    """

    def plain(carry: Any, x: Any) -> tuple[Any, Any]:
        output, states = step(x, carry)
        return _like(states, carry), output

    def masked(carry: Any, item: Any) -> tuple[Any, Any]:
        (states, before), (x, keep) = carry, item
        output, after = step(x, states)
        after = _like(after, states)
        kept, was = (after[0], states[0]) if unmasked else (after, states)
        kept = jax.tree.map(lambda new, old: jnp.where(_expand(keep, new), new, old), kept, was)
        after = (kept, after[1]) if unmasked else kept
        if zero_output:
            before = jax.tree.map(jnp.zeros_like, before)
        output = jax.tree.map(lambda new, old: jnp.where(_expand(keep, new), new, old), output, before)
        return (after, output), output

    carry, items = states, xs
    late = zeroed_late(mask, go_backwards, unroll, zero_output)
    zero_output = zero_output and not late
    if mask is not None:
        first = jax.eval_shape(lambda x, s: step(x, s)[0], jax.tree.map(lambda x: x[0], xs), states)
        carry = (states, jax.tree.map(lambda a: jnp.zeros(a.shape, a.dtype), first))
        items = (xs, mask.astype(bool))
    one = plain if mask is None else masked
    length = jax.tree.leaves(xs)[0].shape[0]
    carry, outputs = lax.scan(one, carry, items, reverse=go_backwards, unroll=max(length, 1) if unroll else 1)
    if go_backwards:  # in the order in which they were computed
        outputs = jax.tree.map(lambda a: jnp.flip(a, 0), outputs)
    last = jax.tree.map(lambda a: a[-1], outputs)
    if late:
        last, outputs = _zeroed(last, outputs, mask)
    return last, outputs, carry if mask is None else carry[0]


def run_recurrent(
    step: Callable[..., tuple[Any, Any]],
    xs: Any,
    kernel: Any,
    states: Any,
    mask: Any,
    into: Callable[[Any, Any], Any],
    noise: Any = None,
    product: Callable[[Any, Any, Any], Any] | None = None,
    **options: Any,
) -> tuple[Any, Any, Any]:
    """`run_steps` of `step(x, states, kernel, noise)`, where the kernel enters by products alone: `states[0] @ kernel`.

    Its derivative is then that of the inputs at each step, so it is taken for all steps by one matrix product rather
    than summed up step by step, which is several times faster.

    Args:
        step: one step over arrays; it must not close over arrays that are traced.
        xs: a structure of arrays (time, batch, ...).
        kernel: the recurrent kernel.
        states: a tuple of arrays; the first is multiplied by the kernel.
        mask: (time, batch) bool, or None.
        into: adds the change of these products at all steps to the change of `xs`.
        noise: a mask that the state is multiplied with (1, batch, units), or None.
        product: of (states[0] before all steps, all outputs, the kernel's change) gives the change of the products,
            where they are others.
        options: as for `run_steps`.
    """

    late = zeroed_late(mask, options["go_backwards"], options["unroll"], options["zero_output"])
    if late:
        options["zero_output"] = False

    def run(xs: Any, kernel: Any, states: Any, mask: Any, noise: Any) -> Any:
        def one(x: Any, states: Any) -> tuple[Any, Any]:
            output, after = step(x, states, kernel, noise)
            return (output, states[0]), after

        return run_steps(one, xs, states, mask, **options)

    def derivative(primals: Any, tangents: Any) -> Any:
        xs, kernel, states, mask, noise = primals
        out, linear = jax.linearize(lambda xs, states: run(xs, kernel, states, mask, noise), xs, states)
        outputs, before = out[1]  # the latter is the state in front of each step
        before = before if noise is None else before * noise[0]
        change = rows_times(before, tangents[1]) if product is None else product(before, outputs, tangents[1])
        if options["go_backwards"]:  # outputs come in the order of computation
            change = jnp.flip(change, 0)
        return out, linear(into(tangents[0], change), tangents[2])

    runner = jax.custom_jvp(run)
    runner.defjvp(derivative)
    (last, _), (outputs, _), states = runner(xs, kernel, states, mask, noise)
    if late:
        last, outputs = _zeroed(last, outputs, mask)
    return last, outputs, states


def _like(new: Any, old: Any) -> Any:
    return jax.tree.map(lambda a, b: a.astype(b.dtype), new, old)


def _time_first(x: Any, time_major: bool) -> Any:
    return x if x is None or time_major else jnp.swapaxes(x, 0, 1)


def _finish(last: Any, outputs: Any, states: Any, time_major: bool, sequences: bool) -> tuple[Any, ...]:
    """(output, *states), the output of all steps or of the last."""
    return (_time_first(outputs, time_major) if sequences else last, *states)


def _cast(x: Any, dtype: Any) -> Any:
    return None if x is None else x.astype(dtype)


def _project(x: Any, kernel: Any, bias: Any, noise: Any, gates: int) -> Any:
    """All steps times the kernel; `noise` (masks, batch, features) drops inputs, with a mask per gate if there are."""
    if noise is None or noise.shape[0] == 1:
        x = x if noise is None else x * noise[0]
        if bias is not None and x.ndim == 3 and kernel.shape[0] <= kernel.shape[1] and x.dtype.itemsize > 2:
            # A row of the kernel for inputs of one: neither adding it nor its gradient goes through all outputs again.
            ones = jnp.ones((*x.shape[:-1], 1), x.dtype)
            return rows_times(jnp.concatenate([x, ones], -1), jnp.concatenate([kernel, bias[None]]))
        y = rows_times(x, kernel)
    else:
        parts = jnp.split(kernel, gates, 1)
        y = jnp.concatenate([rows_times(x * noise[i], part) for i, part in enumerate(parts)], -1)
    return y if bias is None else y + bias


def _recur(h: Any, kernel: Any, noise: Any, gates: int) -> Any:
    """The state times the recurrent kernel, with dropout as in `_project`."""
    if noise is None or noise.shape[0] == 1:
        return (h if noise is None else h * noise[0]) @ kernel
    parts = jnp.split(kernel, gates, 1)
    return jnp.concatenate([(h * noise[i]) @ part for i, part in enumerate(parts)], -1)


# ---------------------------------------------------------------------------- SimpleRNN


def simple_step(x: Any, h: Any, recurrent: Any, noise: Any, activation: Any) -> Any:
    """One step from a projected input."""
    return activate(x + _recur(h, recurrent, noise, 1), activation)


@op(name="keras.layers.SimpleRNN")
def simple_rnn(
    x: FreeLike, h: FreeLike, kernel: FreeLike, recurrent: FreeLike, bias: FreeLike | None, mask: FreeLike | None,
    noise: FreeLike | None, recurrent_noise: FreeLike | None, activation: Any, sequences: bool, go_backwards: bool,
    time_major: bool, unroll: bool, zero_output: bool,
) -> Any:  # fmt: skip
    """h = activation(x @ kernel + h @ recurrent + bias), over all steps.

    Args:
        x: (batch, time, features), or (time, batch, features).
        h: the first state (batch, units).
        kernel: (features, units).
        recurrent: (units, units).
        bias: (units,), or None.
        mask: (batch, time) or (time, batch), or None.
        noise: dropout masks of the inputs (1, batch, features), or None.
        recurrent_noise: dropout masks of the state (1, batch, units), or None.
        activation: a key of `layers.ACTIVATIONS` or None.
        sequences: whether to return the outputs of all steps.
        go_backwards: whether to start at the end.
        time_major: whether time is the first axis.
        unroll: whether to write the loop out.
        zero_output: whether masked outputs are 0.

    Returns:
        (outputs, h)
    """
    d = x.dtype
    xs = _project(_time_first(x, time_major), _cast(kernel, d), _cast(bias, d), noise, 1)

    def step(x: Any, states: Any, recurrent: Any, noise: Any) -> Any:
        h = simple_step(x, states[0], recurrent, noise, activation)
        return h, (h,)

    done = run_recurrent(
        step, xs, _cast(recurrent, d), (h.astype(d),), _time_first(mask, time_major), jnp.add,
        recurrent_noise,
        go_backwards=go_backwards, unroll=unroll, zero_output=zero_output,
    )  # fmt: skip
    return _finish(*done, time_major, sequences)


# ---------------------------------------------------------------------------- LSTM


def lstm_step(x: Any, h: Any, c: Any, recurrent: Any, noise: Any, activation: Any, gate: Any) -> tuple[Any, Any]:
    """One step from a projected input: (h, c)."""
    z = x + _recur(h, recurrent, noise, 4)
    i, f, g, o = jnp.split(z, 4, -1)
    c = activate(f, gate) * c + activate(i, gate) * activate(g, activation)
    return activate(o, gate) * activate(c, activation), c


@op(name="keras.layers.LSTM")
def lstm(
    x: FreeLike, h: FreeLike, c: FreeLike, kernel: FreeLike, recurrent: FreeLike, bias: FreeLike | None,
    mask: FreeLike | None, noise: FreeLike | None, recurrent_noise: FreeLike | None, activation: Any, gate: Any,
    sequences: bool, go_backwards: bool, time_major: bool, unroll: bool, zero_output: bool,
) -> Any:  # fmt: skip
    """Long short-term memory (Hochreiter and Schmidhuber 1997), over all steps.

    Gates lie side by side in the weights: input, forget, cell, output. Other arguments as for `simple_rnn`; `gate` is
    the activation of the gates, dropout masks are one or four.

    Returns:
        (outputs, h, c)
    """
    d = x.dtype
    xs = _project(_time_first(x, time_major), _cast(kernel, d), _cast(bias, d), noise, 4)
    states, masks = (h.astype(d), c.astype(d)), _time_first(mask, time_major)
    options = {"go_backwards": go_backwards, "unroll": unroll, "zero_output": zero_output}

    def step(x: Any, states: Any, recurrent: Any, noise: Any) -> Any:
        h, c = lstm_step(x, *states, recurrent, noise, activation, gate)
        return h, (h, c)

    recurrent = _cast(recurrent, d)
    usual = activation == "tanh" and gate == "sigmoid" and mask is None and recurrent_noise is None
    if usual and not unroll and xs.shape[0]:
        outputs, *after = lstm_sequence(xs, recurrent, *states, go_backwards)
        outputs = jnp.flip(outputs, 0) if go_backwards and sequences else outputs  # in the order of computation
        return _finish(after[0], outputs, tuple(after), time_major, sequences)
    if recurrent_noise is not None and recurrent_noise.shape[0] > 1:  # a product per gate
        done = run_steps(lambda x, states: step(x, states, recurrent, recurrent_noise), xs, states, masks, **options)
    else:
        done = run_recurrent(step, xs, recurrent, states, masks, jnp.add, recurrent_noise, **options)
    return _finish(*done, time_major, sequences)


# ---------------------------------------------------------------------------- GRU


def gru_step(
    x: Any, h: Any, recurrent: Any, recurrent_bias: Any, noise: Any, activation: Any, gate: Any, reset_after: bool
) -> Any:
    """One step from a projected input; gates: update, reset, candidate."""
    units = h.shape[-1]
    xz, xr, xh = jnp.split(x, 3, -1)
    if reset_after:
        inner = _recur(h, recurrent, noise, 3)
        inner = inner if recurrent_bias is None else inner + recurrent_bias
        rz, rr, rh = jnp.split(inner, 3, -1)
        z, r = activate(xz + rz, gate), activate(xr + rr, gate)
        candidate = activate(xh + r * rh, activation)
    elif noise is None or noise.shape[0] == 1:
        return gru_reset_first_step(x, h, recurrent, noise, activation, gate)[0]
    else:
        dropped = [h * each for each in noise]
        z = activate(xz + dropped[0] @ recurrent[:, :units], gate)
        r = activate(xr + dropped[1] @ recurrent[:, units : 2 * units], gate)
        candidate = activate(xh + (r * dropped[2]) @ recurrent[:, 2 * units :], activation)
    return z * h + (1 - z) * candidate


def gru_reset_first_step(x: Any, h: Any, recurrent: Any, noise: Any, activation: Any, gate: Any) -> tuple[Any, Any]:
    """One step of a GRU without `reset_after`: the state, and what the candidate saw of the state before."""
    units, dropped = h.shape[-1], h if noise is None else h * noise[0]
    both = x[..., : 2 * units] + dropped @ recurrent[:, : 2 * units]
    z, r = (activate(each, gate) for each in jnp.split(both, 2, -1))
    seen = r * dropped
    candidate = activate(x[..., 2 * units :] + seen @ recurrent[:, 2 * units :], activation)
    return z * h + (1 - z) * candidate, seen


def gru_split_step(x: Any, apart: Any, h: Any, recurrent: Any, noise: Any, activation: Any, gate: Any) -> Any:
    """One step of a GRU with `reset_after`; biases are in x, but for the candidate's recurrent one in `apart`."""
    xz, xr, xh = jnp.split(x, 3, -1)
    rz, rr, rh = jnp.split(_recur(h, recurrent, noise, 3), 3, -1)
    z, r = activate(xz + rz, gate), activate(xr + rr, gate)
    candidate = activate(xh + r * (rh + apart), activation)
    return z * h + (1 - z) * candidate


@op(name="keras.layers.GRU")
def gru(
    x: FreeLike, h: FreeLike, kernel: FreeLike, recurrent: FreeLike, bias: FreeLike | None, mask: FreeLike | None,
    noise: FreeLike | None, recurrent_noise: FreeLike | None, activation: Any, gate: Any, reset_after: bool,
    sequences: bool, go_backwards: bool, time_major: bool, unroll: bool, zero_output: bool,
) -> Any:  # fmt: skip
    """Gated recurrent unit (Cho et al. 2014, arXiv:1406.1078), over all steps.

    Gates lie side by side in the weights: update, reset, candidate. With `reset_after` the bias is (2, 3 * units), of
    the inputs and of the state, and the reset gate applies behind the recurrent product. Other arguments as for
    `simple_rnn`; dropout masks are one or three.

    Returns:
        (outputs, h)
    """
    d = x.dtype
    bias, recurrent, units = _cast(bias, d), _cast(recurrent, d), h.shape[-1]
    input_bias, recurrent_bias = (bias[0], bias[1]) if bias is not None and reset_after else (bias, None)
    xs = _project(_time_first(x, time_major), _cast(kernel, d), input_bias, noise, 3)
    states, masks = (h.astype(d),), _time_first(mask, time_major)
    options = {"go_backwards": go_backwards, "unroll": unroll, "zero_output": zero_output}

    def step(x: Any, states: Any) -> Any:
        h = gru_step(x, states[0], recurrent, recurrent_bias, recurrent_noise, activation, gate, reset_after)
        return h, (h,)

    if recurrent_noise is not None and recurrent_noise.shape[0] > 1:
        return _finish(*run_steps(step, xs, states, masks, **options), time_major, sequences)
    if not reset_after:
        done = _gru_reset_first(xs, recurrent, states, masks, recurrent_noise, activation, gate, options)
        return _finish(*done, time_major, sequences)

    # The product with the state enters beside the inputs at two gates, and apart from them at the candidate.
    apart = jnp.zeros((), d) if recurrent_bias is None else recurrent_bias[2 * units :]
    both = (xs, jnp.broadcast_to(apart, (*xs.shape[:-1], units)))
    if recurrent_bias is not None:
        both = (xs + recurrent_bias.at[2 * units :].set(0), both[1])

    def split_step(x: Any, states: Any, recurrent: Any, noise: Any) -> Any:
        h = gru_split_step(*x, states[0], recurrent, noise, activation, gate)
        return h, (h,)

    def into(change: Any, product: Any) -> Any:
        beside = product.at[..., 2 * units :].set(0)
        return change[0] + beside, change[1] + product[..., 2 * units :]

    done = run_recurrent(split_step, both, recurrent, states, masks, into, recurrent_noise, **options)
    return _finish(*done, time_major, sequences)


def _gru_reset_first(
    xs: Any, recurrent: Any, states: Any, mask: Any, noise: Any, activation: Any, gate: Any, options: dict[str, Any]
) -> tuple[Any, Any, Any]:
    """All steps of a GRU without `reset_after`: (last output, outputs, states)."""
    units = states[0].shape[-1]

    def step(x: Any, states: Any, recurrent: Any, noise: Any) -> Any:
        h, seen = gru_reset_first_step(x, states[0], recurrent, noise, activation, gate)
        return (h, seen), (h,)

    def product(before: Any, outputs: Any, change: Any) -> Any:
        gates, candidate = change[:, : 2 * units], change[:, 2 * units :]
        return jnp.concatenate([rows_times(before, gates), rows_times(outputs[1], candidate)], -1)

    last, outputs, after = run_recurrent(step, xs, recurrent, states, mask, jnp.add, noise, product, **options)
    return last[0], outputs[0], after


# ---------------------------------------------------------------------------- cells: one step


@op(name="keras.layers.SimpleRNNCell")
def simple_cell(
    x: FreeLike, h: FreeLike, kernel: FreeLike, recurrent: FreeLike, bias: FreeLike | None, noise: FreeLike | None,
    recurrent_noise: FreeLike | None, activation: Any,
) -> Any:  # fmt: skip
    """One step of `simple_rnn`, from x (batch, features)."""
    d = x.dtype
    return simple_step(
        _project(x, _cast(kernel, d), _cast(bias, d), noise, 1), h, _cast(recurrent, d), recurrent_noise, activation
    )


@op(name="keras.layers.LSTMCell")
def lstm_cell(
    x: FreeLike, h: FreeLike, c: FreeLike, kernel: FreeLike, recurrent: FreeLike, bias: FreeLike | None,
    noise: FreeLike | None, recurrent_noise: FreeLike | None, activation: Any, gate: Any,
) -> Any:  # fmt: skip
    """One step of `lstm`: (h, c)."""
    d = x.dtype
    x = _project(x, _cast(kernel, d), _cast(bias, d), noise, 4)
    return lstm_step(x, h, c, _cast(recurrent, d), recurrent_noise, activation, gate)


@op(name="keras.layers.GRUCell")
def gru_cell(
    x: FreeLike, h: FreeLike, kernel: FreeLike, recurrent: FreeLike, bias: FreeLike | None, noise: FreeLike | None,
    recurrent_noise: FreeLike | None, activation: Any, gate: Any, reset_after: bool,
) -> Any:  # fmt: skip
    """One step of `gru`."""
    d = x.dtype
    bias = _cast(bias, d)
    input_bias, recurrent_bias = (bias[0], bias[1]) if bias is not None and reset_after else (bias, None)
    x = _project(x, _cast(kernel, d), input_bias, noise, 3)
    return gru_step(x, h, _cast(recurrent, d), recurrent_bias, recurrent_noise, activation, gate, reset_after)


@op(name="keras.layers dropout masks")
def dropout_masks(key: FreeLike, shape: tuple[int, ...], count: int, rate: float, dtype: Any) -> Any:
    """`count` masks of a shape, stacked: 0 for a share `rate`, 1 / (1 - rate) elsewhere."""
    keep = random.chosen(key, 1 - rate, (count, *shape))
    return keep.astype(dtype) * jnp.asarray(1 / (1 - rate) if rate < 1 else 0, dtype)


# ---------------------------------------------------------------------------- ConvLSTM


def _conv_projection(flat: Any, kernel: Any, noise: Any, steps: int, first: bool, convolve: Callable[..., Any]) -> Any:
    """All steps convolved at once; dropout masks are four (one per gate), the same at all steps."""
    if noise is None:
        return convolve(flat, kernel)
    masks = jnp.stack([to_last(mask, first) for mask in noise])
    masks = jnp.tile(masks, (1, steps, *(1,) * (flat.ndim - 1)))
    parts = jnp.split(kernel, 4, -1)
    return jnp.concatenate([convolve(flat * masks[i], part) for i, part in enumerate(parts)], -1)


@op(name="keras.layers.ConvLSTM", convolves=True)
def conv_lstm(
    x: FreeLike, h: FreeLike, c: FreeLike, kernel: FreeLike, recurrent: FreeLike, bias: FreeLike | None,
    mask: FreeLike | None, noise: FreeLike | None, recurrent_noise: FreeLike | None, strides: tuple[int, ...],
    padding: str, first: bool, dilations: tuple[int, ...], activation: Any, gate: Any, sequences: bool,
    go_backwards: bool, time_major: bool, unroll: bool, zero_output: bool,
) -> Any:  # fmt: skip
    """An LSTM whose products are convolutions (Shi et al. 2015, arXiv:1506.04214), over all steps.

    Args: as for `lstm` and `conv_layers.conv`; x is (batch, time, *sizes, channels), the states
    (batch, *sizes, filters). Dropout masks are four.

    Returns:
        (outputs, h, c)
    """
    need_floats(x, kernel, "keras.layers.ConvLSTM")
    d = x.dtype
    n = kernel.ndim - 2
    xs = _time_first(x, time_major)
    steps, batch = xs.shape[:2]
    flat = to_last(xs.reshape(steps * batch, *xs.shape[2:]), first)
    kernel, recurrent, bias = _cast(kernel, d), _cast(recurrent, d), _cast(bias, d)
    w = windows("keras.layers.ConvLSTM", flat.shape[1:-1], kernel.shape[:n], strides, dilations, padding.upper(), False)

    def of_inputs(inputs: Any, kernel: Any) -> Any:
        return correlate(inputs, kernel, w)

    projected = _conv_projection(flat, kernel, noise, steps, first, of_inputs)
    if bias is not None:
        projected = projected + bias
    projected = projected.reshape(steps, batch, *projected.shape[1:])
    ones = (1,) * n
    inner = windows("keras.layers.ConvLSTM", projected.shape[2:-1], recurrent.shape[:n], ones, ones, "SAME", False)
    rnoise = None if recurrent_noise is None else jnp.stack([to_last(m, first) for m in recurrent_noise])

    def recur(h: Any) -> Any:
        if rnoise is None:
            return correlate(h, recurrent, inner)
        parts = jnp.split(recurrent, 4, -1)
        return jnp.concatenate([correlate(h * rnoise[i], part, inner) for i, part in enumerate(parts)], -1)

    def step(x: Any, states: Any) -> Any:
        h, c = states
        i, f, g, o = jnp.split(x + recur(h), 4, -1)
        c = activate(f, gate) * c + activate(i, gate) * activate(g, activation)
        h = activate(o, gate) * activate(c, activation)
        return h, (h, c)

    states = (to_last(h.astype(d), first), to_last(c.astype(d), first))
    last, outputs, states = run_steps(
        step, projected, states, _time_first(mask, time_major),
        go_backwards=go_backwards, unroll=unroll, zero_output=zero_output,
    )  # fmt: skip
    if first:
        outputs, last = jnp.moveaxis(outputs, -1, 2), jnp.moveaxis(last, -1, 1)
        states = tuple(jnp.moveaxis(s, -1, 1) for s in states)
    return _finish(last, outputs, states, time_major, sequences)


# ---------------------------------------------------------------------------- parts, for activations of the user's


@op(name="keras.layers recurrent projection")
def project(x: FreeLike, kernel: FreeLike, bias: FreeLike | None, noise: FreeLike | None, gates: int) -> Any:
    """x @ kernel + bias, with dropout masks of x."""
    d = x.dtype
    return _project(x, _cast(kernel, d), _cast(bias, d), noise, gates)


@op(name="keras.layers recurrent product")
def recur(h: FreeLike, kernel: FreeLike, noise: FreeLike | None, gates: int) -> Any:
    """h @ kernel, with dropout masks of h."""
    return _recur(h, _cast(kernel, h.dtype), noise, gates)
