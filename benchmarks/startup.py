"""Fresh processes: how long an import takes, and how soon the first epoch is over.

These are measured by the parent, one new process a figure.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks import mnist
from benchmarks.work import Work

imports = Work("import", "import (process start to imported, bare Python taken off)")
first_epoch = Work("first_epoch", "first epoch of the guide MLP, cold process, import included")
WORKS = [imports, first_epoch]

_IMPORTS = {
    "addax": "import addax",
    "addax-keras": "import addax as tf; tf.keras.layers",
    "tf": "import tensorflow",
    "tf-keras": "import tensorflow as tf; tf.keras.layers",
    "keras-jax": "import keras",
    "torch": "import torch",
    "jax": "import jax",
}
imports.setups = dict.fromkeys(_IMPORTS)
# "addax" with an empty compilation cache, "addax-cached" with one that an earlier process filled.
first_epoch.setups = dict.fromkeys(["addax", "addax-cached", "tf", "keras-jax", "jax"])


def import_run(python: str, framework: str, environment: dict[str, str]) -> Callable[[], float]:
    """run() -> seconds that the import adds to a process."""

    def seconds(code: str) -> float:
        begun = time.perf_counter()
        subprocess.run([python, "-c", code], env=environment, check=True, capture_output=True, text=True)
        return time.perf_counter() - begun

    return lambda: seconds(_IMPORTS[framework]) - seconds("pass")


def first_epoch_run(python: str, framework: str, environment: dict[str, str], scale: float, cache: Path) -> Callable:
    """run() -> seconds from the start of a process to the end of its first epoch, the making of data taken off."""
    if framework == "addax-cached":
        environment = environment | {"ADDAX_COMPILATION_CACHE": str(cache)}
    elif framework == "addax":
        environment = environment | {"ADDAX_COMPILATION_CACHE": "off"}

    def run() -> float:
        command = [python, "-m", "benchmarks.startup", framework, str(scale), str(time.time())]
        done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
        return json.loads(done.stdout.splitlines()[-1])

    return run


def main(framework: str, scale: float, begun: float) -> None:
    """In the fresh process: one epoch; prints the seconds since `begun`."""
    name = framework.partition("-cached")[0]
    before = time.time()
    data = mnist.fit_data(scale)
    mnist.fit_data = lambda scale: data
    making = time.time() - before
    mnist.mlp_fit.setups[name](scale)()
    print(json.dumps(time.time() - begun - making))


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), float(sys.argv[3]))
