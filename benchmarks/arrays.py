"""Ops on large arrays, compiled: order, places of extremes, sums of long rows, slices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.work import Work, tensorflow, time_each

# name: (what it is, the input's shape, with TensorFlow's names, with JAX's)
ARRAYS: dict[str, tuple[str, tuple[int, ...], Callable[..., Any], Callable[..., Any]]] = {
    "sort": ("sort along rows", (256, 1024), lambda tf, x: tf.sort(x), lambda jnp, x: jnp.sort(x)),
    "argsort": ("argsort along rows", (256, 1024), lambda tf, x: tf.argsort(x), lambda jnp, x: jnp.argsort(x)),
    "argmax": ("argmax of 30,000 words", (64, 30_000), lambda tf, x: tf.argmax(x, -1), lambda jnp, x: x.argmax(-1)),
    "sum_over_batch": (
        "sum over the batch, as a position embedding's gradient",
        (16, 197, 768),
        lambda tf, x: tf.reduce_sum(x, 0),
        lambda jnp, x: x.sum(0),
    ),
    "unstack": (
        "unstack along an axis, and the sum of the parts",
        (32, 128, 256),
        lambda tf, x: tf.add_n(tf.unstack(x, axis=1)),
        lambda jnp, x: sum(jnp.unstack(x, axis=1)),
    ),
}
WORKS = [
    Work(f"array_{name}", f"{what}, {'x'.join(map(str, shape))}", "ms") for name, (what, shape, *_) in ARRAYS.items()
]


def _running(framework: str, name: str) -> tuple[Callable[[], Any], Callable[[Any], Any]]:
    _, shape, by_tensorflow, by_jax = ARRAYS[name]
    x = np.random.default_rng(0).uniform(size=shape).astype("float32")
    if framework == "jax":
        import jax
        import jax.numpy as jnp

        step, given = jax.jit(lambda x: by_jax(jnp, x)), jnp.asarray(x)
        return lambda: step(given), jax.block_until_ready
    tf = tensorflow(framework)
    function, given = tf.function(lambda x: by_tensorflow(tf, x)), tf.constant(x)
    return lambda: function(given), lambda last: last.numpy()


time_each(WORKS, ARRAYS, ("addax", "tf", "jax"), _running)
