"""XLA's while loop with a gradient."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import pytest

from addax.ops.differentiable_while import while_loop


def compiled(x, w, n):
    state = [jnp.int32(0), x]
    return while_loop(lambda s: s[0] < n, lambda s: [s[0] + 1, jnp.sin(s[1] * w) + x], state)[1]


def unrolled(x, w, n):
    y = x
    for _ in range(n):
        y = jnp.sin(y * w) + x
    return y


@pytest.mark.parametrize("n", [0, 1, 5, 128, 300])
def test_gradient_of_state_and_of_what_is_caught(n):
    got = jax.jit(jax.grad(compiled, (0, 1)))(0.3, 0.7, n)
    want = jax.jit(jax.grad(unrolled, (0, 1)), static_argnums=2)(0.3, 0.7, n)
    assert [float(each) for each in got] == pytest.approx([float(each) for each in want])


def test_second_order():
    got, want = (jax.grad(jax.grad(each))(0.3, 0.7, 4) for each in (compiled, unrolled))
    assert float(got) == pytest.approx(float(want))


def test_under_vmap():
    got = jax.vmap(jax.grad(compiled), (0, None, 0))(jnp.array([0.3, 0.4]), 0.7, jnp.array([3, 5]))
    want = [jax.grad(unrolled)(0.3, 0.7, 3), jax.grad(unrolled)(0.4, 0.7, 5)]
    assert got.tolist() == pytest.approx([float(each) for each in want])


def test_effects_are_not_repeated_on_the_way_back():
    seen = []

    def body(state):
        jax.debug.callback(lambda i: seen.append(int(i)), state[0], ordered=True)
        return [state[0] + 1, state[1] * 2.0]

    jax.grad(lambda x: while_loop(lambda s: s[0] < 3, body, [jnp.int32(0), x])[1])(2.0)
    jax.effects_barrier()
    assert seen == [0, 1, 2]
