"""The Pythons of the frameworks that we compare ourselves with, in virtual environments under `.peers/`."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = {
    "tf": ["tensorflow-cpu==2.21.*", "tf-keras==2.21.*", "keras==3.15.*", "jax>=0.10"],
    "torch": ["torch==2.13.0", "numpy"],
}
ENVIRONMENT_OF = {"tf": "tf", "tf-keras": "tf", "keras-jax": "tf", "torch": "torch"}


def environment(framework: str) -> dict[str, str]:
    """Variables for a worker: quiet, on the CPU (tensorflow-cpu knows no other device), tf.keras being Keras 2.

    Bytecode is written, as it is for an installed package: imports would otherwise be compiled each time.
    """
    settings = {
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "JAX_PLATFORMS": "cpu",
        "CUDA_VISIBLE_DEVICES": "",
        "PYTHONPATH": str(ROOT),
    }
    if framework in ("tf", "tf-keras"):
        settings["TF_USE_LEGACY_KERAS"] = "1"
    if framework == "keras-jax":
        settings["KERAS_BACKEND"] = "jax"
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"} | settings


def python_of(framework: str, given: dict[str, str | None]) -> str | None:
    """The Python that has a framework, made if need be; None if that is not possible."""
    name = ENVIRONMENT_OF.get(framework)
    if name is None:
        return sys.executable
    if given.get(name):
        return given[name]
    folder = ROOT / ".peers" / name
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    stamp = folder / ".complete"
    wanted = "\n".join(PACKAGES[name])
    if stamp.exists() and stamp.read_text() == wanted:
        return str(python)
    print(f"Setting up {', '.join(PACKAGES[name])} in .peers/{name} (once; it takes minutes)...", flush=True)
    try:
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, *PACKAGES[name]], check=True)
    except subprocess.CalledProcessError as error:
        print(f"  could not: {error}. Its figures are left out; --{name}-python names a Python that has it.")
        return None
    stamp.write_text(wanted)
    return str(python)


if __name__ == "__main__":  # `python -m benchmarks.peers tf` prints the path of a Python that has it
    with contextlib.redirect_stdout(sys.stderr):
        found = python_of(sys.argv[1], {sys.argv[1]: os.environ.get("ADDAX_INTEROP_PYTHON")})
    sys.exit("no such environment") if found is None else print(found)
