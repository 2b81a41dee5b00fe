"""Random numbers: 2 million of a kind, compiled, draw after draw from the framework's own stream.

JAX draws from a key that is split for each.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benchmarks.work import Work, tensorflow, timed_many

_SHAPE = (64, 128, 256)
_KINDS = ("uniform", "normal", "truncated_normal")
WORKS = [Work(f"draw_{kind}", f"random numbers, {kind.replace('_', ' ')}: 2 million", "ms") for kind in _KINDS]


def _drawing(framework: str, kind: str) -> tuple[Callable[[], Any], Callable[[Any], Any]]:
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


def _set_up(work: Work, kind: str) -> None:
    @work.by("addax", "tf", "jax")
    def setup(framework: str, scale: float) -> Callable[[], float]:
        made = _drawing_by_jax(kind) if framework == "jax" else _drawing(framework, kind)
        return timed_many(*made, max(0.05, 0.5 * scale))


for _work, _kind in zip(WORKS, _KINDS, strict=True):
    _set_up(_work, _kind)
