"""XLA's while loop with a gradient: the number of iterations need not be known.

Reverse mode needs the state before each iteration. A buffer of fixed size keeps some of them: every state at first,
every second one when the buffer is full, then every fourth, ...; the states between two kept ones are computed again on
the way back. (Griewank & Walther 2000, "Algorithm 799: revolve", is the optimal schedule for a known length; this is
the simple one for an unknown length.)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

_KEPT = 128  # states; up to so many iterations nothing is computed twice


def while_loop(cond: Callable[[Any], Any], body: Callable[[Any], Any], init: Sequence[Any]) -> list[Any]:
    """`jax.lax.while_loop` over a list of arrays, differentiable in reverse mode to any order.

    Args:
        cond: from a list of arrays to a bool scalar.
        body: from a list of arrays to a list of the same shapes and dtypes.
        init: the arrays to start from.

    Returns:
        The list after the last iteration.
    """
    init = [jnp.asarray(each) for each in init]
    cond_jaxpr = jax.make_jaxpr(cond)(init)
    body_jaxpr = jax.make_jaxpr(body)(init)
    # What the functions caught from outside becomes an input, so that gradients reach it.
    run = _with_gradient(cond_jaxpr.jaxpr, body_jaxpr.jaxpr)
    return run(list(cond_jaxpr.consts), list(body_jaxpr.consts), init)


def _with_gradient(cond_jaxpr: Any, body_jaxpr: Any) -> Callable[..., list[Any]]:
    def holds(consts: Any, carry: Any) -> Any:
        return jax.core.eval_jaxpr(cond_jaxpr, consts, *carry)[0]

    def step(consts: Any, carry: Any) -> list[Any]:
        return jax.core.eval_jaxpr(body_jaxpr, consts, *carry)

    silent_jaxpr = _silent(body_jaxpr)

    def step_again(consts: Any, carry: Any) -> list[Any]:
        return jax.core.eval_jaxpr(silent_jaxpr, consts, *carry)

    @jax.custom_vjp
    def run(cond_consts: Any, body_consts: Any, init: Any) -> Any:
        return jax.lax.while_loop(lambda carry: holds(cond_consts, carry), lambda carry: step(body_consts, carry), init)

    def forward(cond_consts: Any, body_consts: Any, init: Any) -> Any:
        size = len(init)
        kept = [jnp.zeros((_KEPT, *each.shape), each.dtype) for each in init]

        def keeping(state: Any) -> Any:
            count, stride, *rest = state
            carry, kept = rest[:size], rest[size:]
            full = count == _KEPT * stride
            kept, stride = jax.lax.cond(full, _thin_out, lambda kept, stride: (kept, stride), kept, stride)
            slot = count // stride
            kept = jax.lax.cond(
                count % stride == 0,
                lambda: [jax.lax.dynamic_update_index_in_dim(k, c, slot, 0) for k, c in zip(kept, carry, strict=True)],
                lambda: list(kept),
            )
            return [count + 1, stride, *step(body_consts, carry), *kept]

        start = [np.int32(0), np.int32(1), *init, *kept]
        count, stride, *rest = while_loop(lambda state: holds(cond_consts, state[2 : 2 + size]), keeping, start)
        return rest[:size], (body_consts, count, stride, rest[size:])

    def backward(saved: Any, cotangents: Any) -> Any:
        body_consts, count, stride, kept = saved
        return None, *_walk_back(step_again, body_consts, count, stride, kept, cotangents)

    run.defvjp(forward, backward)
    return run


def _silent(jaxpr: Any) -> Any:
    """The jaxpr without what only prints or checks: states are computed again silently."""
    return jaxpr.replace(eqns=[each for each in jaxpr.eqns if each.outvars or not each.effects])


def _thin_out(kept: Any, stride: Any) -> Any:
    """Every second of the kept states, and twice the stride."""
    halves = [jnp.concatenate([each[::2], jnp.zeros_like(each[: _KEPT // 2])]) for each in kept]
    return halves, stride * 2


def _inexact(array: Any) -> bool:
    return jnp.issubdtype(array.dtype, jnp.inexact)


def _walk_back(step: Any, consts: Any, count: Any, stride: Any, kept: Any, cotangents: Any) -> tuple[Any, Any]:
    """Cotangents of the constants and of the start, from those of the end."""
    flows = [_inexact(each) for each in kept]
    const_flows = [_inexact(jnp.asarray(each)) for each in consts]
    chosen = [each for each, take in zip(consts, const_flows, strict=True) if take]

    def of_floats(chosen: Any, floats: Any, carry: Any) -> Any:
        consts_again = _merge(consts, const_flows, chosen)
        out = step(consts_again, _merge(carry, flows, floats))
        return [each for each, take in zip(out, flows, strict=True) if take]

    def back(state: Any) -> Any:
        index = state[0] - 1
        sums, flowing = state[1 : 1 + len(chosen)], state[1 + len(chosen) :]
        slot = index // stride
        carry = [jax.lax.dynamic_index_in_dim(each, slot, 0, keepdims=False) for each in kept]
        _, *carry = while_loop(
            lambda inner: inner[0] < index,
            lambda inner: [inner[0] + 1, *step(consts, inner[1:])],
            [slot * stride, *carry],
        )
        floats = [each for each, take in zip(carry, flows, strict=True) if take]
        _, pull = jax.vjp(lambda c, f: of_floats(c, f, carry), chosen, floats)
        of_consts, of_carry = pull(list(flowing))
        return [index, *[a + b for a, b in zip(sums, of_consts, strict=True)], *of_carry]

    flowing = [each for each, take in zip(cotangents, flows, strict=True) if take]
    start = [count, *[jnp.zeros_like(each) for each in chosen], *flowing]
    _, *rest = while_loop(lambda state: state[0] > 0, back, start)
    return _spread(consts, const_flows, rest[: len(chosen)]), _spread(kept, flows, rest[len(chosen) :])


def _merge(every: Any, takes: Any, some: Any) -> list[Any]:
    rest = iter(some)
    return [next(rest) if take else each for each, take in zip(every, takes, strict=True)]


def _spread(every: Any, takes: Any, some: Any) -> list[Any]:
    """A cotangent per array; None for integers, through which nothing flows."""
    rest = iter(some)
    return [next(rest) if take else None for _, take in zip(every, takes, strict=True)]
