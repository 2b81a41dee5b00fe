"""The usual LSTM (tanh, sigmoid gates, no mask) over whole sequences, with a derivative that keeps little.

Left to itself, differentiation keeps a dozen arrays of every step, some of them twice, and writing them takes longer
than computing them. Here each step keeps its gates, its cell and its output; what the way back needs of them is
computed for all steps at once. It is a rule for forward mode, which JAX transposes, so every order and mode of
derivative works.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from addax.ops.rows import rows_times


def _gates(z: Any) -> tuple[Any, Any, Any, Any]:
    i, f, g, o = jnp.split(z, 4, -1)
    return lax.logistic(i), lax.logistic(f), jnp.tanh(g), lax.logistic(o)


def _step(h: Any, c: Any, x: Any, recurrent: Any) -> tuple[Any, Any, tuple[Any, ...]]:
    """(h, c, gates) of one step from a projected input."""
    i, f, g, o = _gates(x + h @ recurrent)
    c = f * c + i * g
    return o * jnp.tanh(c), c, (i, f, g, o)


@partial(jax.custom_jvp, nondiff_argnums=(4,))
def lstm_sequence(xs: Any, recurrent: Any, h: Any, c: Any, backwards: bool) -> tuple[Any, Any, Any]:
    """Run all steps.

    Args:
        xs: projected inputs (time, batch, 4 * units); gates: input, forget, cell, output.
        recurrent: the recurrent kernel (units, 4 * units).
        h: the first output (batch, units).
        c: the first cell (batch, units).
        backwards: whether to begin with the last step.

    Returns:
        (outputs of all steps in the order of `xs`, last output, last cell)
    """

    def step(carry: Any, x: Any) -> Any:
        h, c, _ = _step(*carry, x, recurrent)
        return (h, c), h

    (h, c), outputs = lax.scan(step, (h, c), xs, reverse=backwards)
    return outputs, h, c


@lstm_sequence.defjvp
def _change(backwards: bool, primals: Any, tangents: Any) -> tuple[Any, Any]:
    xs, recurrent, h, c = primals
    outputs, cells, (i, f, g, o) = _keeping(xs, recurrent, h, c, backwards)
    last = 0 if backwards else -1
    done = outputs, outputs[last], cells[last]
    before_c, squashed = _before(cells, c, backwards), jnp.tanh(cells)
    of_i, of_f, of_g = g * i * (1 - i), before_c * f * (1 - f), i * (1 - g * g)
    of_o, of_c = squashed * o * (1 - o), o * (1 - squashed * squashed)
    moved = tangents[0] + rows_times(_before(outputs, h, backwards), tangents[1])

    def step(carry: Any, item: Any) -> Any:
        h, c = carry
        x, of_i, of_f, of_g, of_o, of_c, f = item
        zi, zf, zg, zo = jnp.split(x + h @ recurrent, 4, -1)
        c = f * c + of_i * zi + of_f * zf + of_g * zg
        h = of_o * zo + of_c * c
        return (h, c), h

    items = moved, of_i, of_f, of_g, of_o, of_c, f
    (moved_h, moved_c), moved_outputs = lax.scan(step, tuple(tangents[2:]), items, reverse=backwards)
    return done, (moved_outputs, moved_h, moved_c)


def _keeping(xs: Any, recurrent: Any, h: Any, c: Any, backwards: bool) -> tuple[Any, Any, Any]:
    """(outputs, cells, gates) of all steps."""

    def step(carry: Any, x: Any) -> Any:
        h, c, gates = _step(*carry, x, recurrent)
        return (h, c), (h, c, gates)

    return lax.scan(step, (h, c), xs, reverse=backwards)[1]


def _before(steps: Any, first: Any, backwards: bool) -> Any:
    """What each step began with."""
    if backwards:
        return jnp.concatenate([steps[1:], first[None]])
    return jnp.concatenate([first[None], steps[:-1]])
