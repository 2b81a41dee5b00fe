"""The 40 most used ops, eagerly, on small tensors; beside TensorFlow, and beside a bare call of `jax.jit`.

`python -m benchmarks.ops` prints each of them, `ops40` in the table of all benchmarks is their mean.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np

from benchmarks import peers
from benchmarks.work import Work, tensorflow

A = np.array([[1.0, 2.0, 0.5], [3.0, 0.5, 1.5]], "float32")
B = np.array([[0.3, 1.0, 2.0], [1.0, 2.0, 0.1]], "float32")

ops40 = Work("ops40", "eager ops, 2x3: the mean of 40 (JAX: jit of each)", "us")
getitem = Work("getitem", "eager indexing: a[0, 1] of 2x3", "us")
WORKS = [ops40, getitem]

# name: (with TensorFlow's names, with JAX's); a and b are 2x3, i two row numbers, m a mask.
OPS: dict[str, tuple[Callable, Callable]] = {
    "add": (lambda tf, a, b, i, m: a + b, lambda jnp, a, b, i, m: a + b),
    "subtract": (lambda tf, a, b, i, m: a - b, lambda jnp, a, b, i, m: a - b),
    "multiply": (lambda tf, a, b, i, m: a * b, lambda jnp, a, b, i, m: a * b),
    "multiply by 2.0": (lambda tf, a, b, i, m: a * 2.0, lambda jnp, a, b, i, m: a * 2.0),
    "divide": (lambda tf, a, b, i, m: a / b, lambda jnp, a, b, i, m: a / b),
    "negative": (lambda tf, a, b, i, m: -a, lambda jnp, a, b, i, m: -a),
    "abs": (lambda tf, a, b, i, m: tf.abs(a), lambda jnp, a, b, i, m: jnp.abs(a)),
    "square": (lambda tf, a, b, i, m: tf.square(a), lambda jnp, a, b, i, m: jnp.square(a)),
    "sqrt": (lambda tf, a, b, i, m: tf.sqrt(a), lambda jnp, a, b, i, m: jnp.sqrt(a)),
    "exp": (lambda tf, a, b, i, m: tf.exp(a), lambda jnp, a, b, i, m: jnp.exp(a)),
    "log": (lambda tf, a, b, i, m: tf.math.log(a), lambda jnp, a, b, i, m: jnp.log(a)),
    "pow": (lambda tf, a, b, i, m: a**b, lambda jnp, a, b, i, m: a**b),
    "maximum": (lambda tf, a, b, i, m: tf.maximum(a, b), lambda jnp, a, b, i, m: jnp.maximum(a, b)),
    "sigmoid": (lambda tf, a, b, i, m: tf.sigmoid(a), lambda jnp, a, b, i, m: 1 / (1 + jnp.exp(-a))),
    "tanh": (lambda tf, a, b, i, m: tf.tanh(a), lambda jnp, a, b, i, m: jnp.tanh(a)),
    "relu": (lambda tf, a, b, i, m: tf.nn.relu(a), lambda jnp, a, b, i, m: jnp.maximum(a, 0.0)),
    "softmax": (
        lambda tf, a, b, i, m: tf.nn.softmax(a),
        lambda jnp, a, b, i, m: jnp.exp(a) / jnp.sum(jnp.exp(a), -1, keepdims=True),
    ),
    "matmul": (lambda tf, a, b, i, m: tf.matmul(a, b, transpose_b=True), lambda jnp, a, b, i, m: a @ b.T),
    "reduce_sum": (lambda tf, a, b, i, m: tf.reduce_sum(a), lambda jnp, a, b, i, m: jnp.sum(a)),
    "reduce_sum, axis": (lambda tf, a, b, i, m: tf.reduce_sum(a, axis=1), lambda jnp, a, b, i, m: jnp.sum(a, 1)),
    "reduce_mean": (lambda tf, a, b, i, m: tf.reduce_mean(a), lambda jnp, a, b, i, m: jnp.mean(a)),
    "reduce_max": (lambda tf, a, b, i, m: tf.reduce_max(a), lambda jnp, a, b, i, m: jnp.max(a)),
    "argmax": (lambda tf, a, b, i, m: tf.argmax(a, 1), lambda jnp, a, b, i, m: jnp.argmax(a, 1)),
    "cast": (lambda tf, a, b, i, m: tf.cast(a, tf.int32), lambda jnp, a, b, i, m: a.astype("int32")),
    "reshape": (lambda tf, a, b, i, m: tf.reshape(a, [3, 2]), lambda jnp, a, b, i, m: jnp.reshape(a, (3, 2))),
    "transpose": (lambda tf, a, b, i, m: tf.transpose(a), lambda jnp, a, b, i, m: a.T),
    "expand_dims": (lambda tf, a, b, i, m: tf.expand_dims(a, 0), lambda jnp, a, b, i, m: a[None]),
    "concat": (lambda tf, a, b, i, m: tf.concat([a, b], 0), lambda jnp, a, b, i, m: jnp.concatenate([a, b], 0)),
    "stack": (lambda tf, a, b, i, m: tf.stack([a, b]), lambda jnp, a, b, i, m: jnp.stack([a, b])),
    "split": (lambda tf, a, b, i, m: tf.split(a, 2), lambda jnp, a, b, i, m: jnp.split(a, 2)),
    "tile": (lambda tf, a, b, i, m: tf.tile(a, [2, 1]), lambda jnp, a, b, i, m: jnp.tile(a, (2, 1))),
    "pad": (lambda tf, a, b, i, m: tf.pad(a, [[0, 1], [0, 0]]), lambda jnp, a, b, i, m: jnp.pad(a, ((0, 1), (0, 0)))),
    "gather": (lambda tf, a, b, i, m: tf.gather(a, i), lambda jnp, a, b, i, m: jnp.take(a, i, axis=0)),
    "where": (lambda tf, a, b, i, m: tf.where(m, a, b), lambda jnp, a, b, i, m: jnp.where(m, a, b)),
    "equal": (lambda tf, a, b, i, m: a == b, lambda jnp, a, b, i, m: a == b),
    "greater": (lambda tf, a, b, i, m: a > b, lambda jnp, a, b, i, m: a > b),
    "clip_by_value": (
        lambda tf, a, b, i, m: tf.clip_by_value(a, 0.0, 1.0),
        lambda jnp, a, b, i, m: jnp.clip(a, 0.0, 1.0),
    ),
    "one_hot": (
        lambda tf, a, b, i, m: tf.one_hot(i, 3),
        lambda jnp, a, b, i, m: (i[:, None] == jnp.arange(3)).astype("float32"),
    ),
    "zeros_like": (lambda tf, a, b, i, m: tf.zeros_like(a), lambda jnp, a, b, i, m: jnp.zeros_like(a)),
    "cumsum": (lambda tf, a, b, i, m: tf.cumsum(a), lambda jnp, a, b, i, m: jnp.cumsum(a, 0)),
}
_CALLS = 300


def _calls(framework: str) -> dict[str, Callable[[], object]]:
    """Each op as a function without arguments."""
    if framework == "jax":
        import jax
        import jax.numpy as jnp

        given = jnp.asarray(A), jnp.asarray(B), jnp.asarray([0, 1]), jnp.asarray(A > B)
        made = {}
        for name, (_, body) in OPS.items():
            compiled = jax.jit(lambda a, b, i, m, body=body: body(jnp, a, b, i, m))
            made[name] = lambda compiled=compiled: compiled(*given)
        return made
    tf = tensorflow(framework)
    a, b, i, m = tf.constant(A), tf.constant(B), tf.constant([0, 1]), tf.constant(A > B)
    return {name: lambda call=call: call(tf, a, b, i, m) for name, (call, _) in OPS.items()}


def _seconds(call: Callable[[], object], count: int = _CALLS) -> float:
    begun = time.perf_counter()
    for _ in range(count):
        call()
    return (time.perf_counter() - begun) / count


@ops40.by("addax", "tf", "jax")
def _ops40(framework: str, scale: float):
    calls = _calls(framework)
    for call in calls.values():
        _seconds(call, 20)
    count = max(10, int(_CALLS * scale))
    return lambda: statistics.fmean(_seconds(call, count) for call in calls.values())


@getitem.by("addax", "tf", "jax")
def _getitem(framework: str, scale: float):
    if framework == "jax":
        import jax.numpy as jnp

        a = jnp.asarray(A)
    else:
        a = tensorflow(framework).constant(A)
    return lambda: _seconds(lambda: a[0, 1], max(10, int(3000 * scale)))


def table(pythons: dict[str, str | None], rounds: int = 7) -> None:
    """Print each op's microseconds in every framework, the least of alternated rounds."""
    found: dict[str, dict[str, list[float]]] = {}
    workers = {
        framework: subprocess.Popen(
            [python, "-m", "benchmarks.ops", "--worker", framework], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True, cwd=peers.ROOT, env=peers.environment(framework),
        )
        for framework, python in pythons.items() if python
    }  # fmt: skip
    for _ in range(rounds):
        for framework, worker in workers.items():
            worker.stdin.write("run\n")
            worker.stdin.flush()
            for name, seconds in json.loads(worker.stdout.readline()).items():
                found.setdefault(name, {}).setdefault(framework, []).append(seconds * 1e6)
    for worker in workers.values():
        worker.stdin.close()
        worker.wait()
    print(f"{'us a call':20}" + "".join(f"{framework:>9}" for framework in workers) + "   over jit   times tf")
    for name, each in found.items():
        least = {framework: min(times) for framework, times in each.items()}
        over = least["addax"] - least["jax"] if "jax" in least else float("nan")
        times = least["tf"] / least["addax"] if "tf" in least else float("nan")
        shown = "".join(f"{least[framework]:9.2f}" for framework in workers)
        print(f"{name:20}{shown}{over:11.2f}{times:11.2f}")


def _work() -> None:
    framework = sys.argv[2]
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    calls = _calls(framework)
    for call in calls.values():
        _seconds(call, 50)
    for _ in sys.stdin:
        print(json.dumps({name: _seconds(call) for name, call in calls.items()}), file=answers, flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--worker"]:
        _work()
    else:
        given = {"tf": os.environ.get("ADDAX_INTEROP_PYTHON")}
        table({name: peers.python_of(name, given) for name in ("addax", "jax", "tf")})
