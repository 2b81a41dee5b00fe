"""The fence of XLA's CPU compiler."""

import jax
import jax.numpy as jnp
import numpy as np

from addax.ops.computed_once import computed_once


def test_what_is_behind_it_joins_no_loop():
    def total(x):
        return jnp.sum(computed_once(lambda x: x[1:] * 2 + x[:-1], x) ** 2)

    x = jnp.arange(5.0)
    assert jax.jit(total)(x) == np.sum((np.arange(1, 5) * 2.0 + np.arange(4)) ** 2)
    assert "conditional(" in jax.jit(total).lower(x).compile().as_text()
