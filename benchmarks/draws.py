"""Random numbers: 2 million of a kind, compiled, draw after draw from the framework's own stream.

JAX draws from a key that is split for each.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benchmarks.work import Work, tensorflow, time_each

_SHAPE = (64, 128, 256)
_KINDS = ("uniform", "normal", "truncated_normal")
WORKS = [Work(f"draw_{kind}", f"random numbers, {kind.replace('_', ' ')}: 2 million", "ms") for kind in _KINDS]


def _drawing(framework: str, kind: str) -> tuple[Callable[[], Any], Callable[[Any], Any]]:
    if framework == "jax":
        return _drawing_by_jax(kind)
    tf = tensorflow(framework)
    function = getattr(tf.random, kind)
    return tf.function(lambda: function(_SHAPE)), lambda last: last.numpy()


def _drawing_by_jax(kind: str) -> tuple[Callable[[], Any], Callable[[Any], Any]]:
    import jax

    kinds: dict[str, Callable[[Any], Any]] = {
        "uniform": lambda key: jax.random.uniform(key, _SHAPE),
        "normal": lambda key: jax.random.normal(key, _SHAPE),
        "truncated_normal": lambda key: jax.random.truncated_normal(key, -2.0, 2.0, _SHAPE),
    }

    @jax.jit
    def step(key: Any) -> tuple[Any, Any]:
        now, after = jax.random.split(key)
        return kinds[kind](now), after

    state = [jax.random.key(0)]

    def draw() -> Any:
        out, state[0] = step(state[0])
        return out

    return draw, jax.block_until_ready


time_each(WORKS, _KINDS, ("addax", "tf", "jax"), _drawing)
