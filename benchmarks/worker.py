"""One framework doing one work, in a process of its own.

The parent says on standard input when to run; each answer is a line of JSON on standard output. The first run, which
compiles and warms up, is told apart from the others.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import time

FAMILIES = ("mnist", "training", "layers", "draws", "arrays", "micro", "ops", "pipeline", "saving")


def version_of(framework: str) -> str:
    """The versions of what does the work."""
    from importlib.metadata import version

    packages = {"addax": ("addax", "jax"), "tf": ("tensorflow", "tf_keras"), "keras-jax": ("keras", "jax")}
    framework = framework if framework in packages else framework.partition("-")[0]
    found = []
    for package in packages.get(framework, (framework,)):
        for name in (package, f"{package}_cpu"):
            try:
                found.append(f"{package} {version(name)}")
                break
            except ImportError:
                continue
    return ", ".join(found)


def main() -> None:
    family, name, framework, scale = sys.argv[1], sys.argv[2], sys.argv[3], float(sys.argv[4])
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever a framework prints is not an answer

    def answer(**what: object) -> None:
        print(json.dumps(what), file=answers, flush=True)

    module = importlib.import_module(f"benchmarks.{family}")
    work = next(work for work in module.WORKS if work.name == name)
    begun = time.perf_counter()
    run = work.setups[framework](scale)
    setup = time.perf_counter() - begun
    first = run()
    run()
    answer(setup=setup, first=first, version=version_of(framework))
    for line in sys.stdin:
        if line.strip() == "run":
            answer(seconds=run())


if __name__ == "__main__":
    main()
