"""Files of 100 million parameters, written and read in every format, beside the same bytes by NumPy.

A file is removed after it was written or, where reading is measured, when the worker ends.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.work import Work, tensorflow

WIDTH, LAYERS = 2000, 25  # 25 matrices of 4 million weights each
# Format: the file's name, and which frameworks have it. Whole models are loaded anew, weights into a model.
FORMATS = {
    "keras": ("model.keras", ("addax", "tf-keras", "keras-jax")),
    "h5": ("model.h5", ("addax", "tf-keras", "keras-jax")),
    "weights": ("model.weights.h5", ("addax", "tf-keras", "keras-jax")),
    "checkpoint": ("checkpoint-1", ("addax", "tf-keras")),
    "safetensors": ("model.safetensors", ("addax",)),
}
WHOLE = ("keras", "h5")


def _keras(framework: str) -> Any:
    if framework == "keras-jax":
        import keras

        return keras
    return tensorflow("addax" if framework == "addax" else "tf").keras


def _model(keras: Any, scale: float) -> Any:
    layers = [keras.layers.Dense(WIDTH, use_bias=False) for _ in range(max(1, round(LAYERS * scale)))]
    return keras.Sequential([keras.Input((WIDTH,)), *layers])


def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="addax-bench-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _emptied(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()


class _Subject:
    """What a framework does with files: `save` and `load`."""

    def __init__(self, framework: str, form: str, scale: float) -> None:
        self.folder = _folder()
        self.path = str(self.folder / FORMATS[form][0])
        self._numpy, self._sync, self._whole = framework.startswith("numpy"), framework == "numpy", form in WHOLE
        if self._numpy:
            count = max(1, round(LAYERS * scale))
            self._arrays = [np.random.default_rng(0).random((WIDTH, WIDTH), dtype="f4") for _ in range(count)]
        else:
            self._keras = _keras(framework)
            self.model = _model(self._keras, scale)

    def save(self) -> None:
        if not self._numpy:
            (self.model.save if self._whole else self.model.save_weights)(self.path)
            return
        with open(self.path, "wb") as file:
            for array in self._arrays:
                np.save(file, array)
            if self._sync:
                file.flush()
                os.fsync(file.fileno())

    def load(self) -> Any:
        if self._numpy:
            with open(self.path, "rb") as file:
                return [np.load(file) for _ in self._arrays]
        model = self.model
        if self._whole:
            model = self._keras.models.load_model(self.path, compile=False)
        else:
            model.load_weights(self.path)
        for variable in model.weights:
            np.asarray(variable[0])  # waits for it
        return model


def _seconds(function: Callable[[], Any]) -> float:
    begun = time.perf_counter()
    result = function()
    spent = time.perf_counter() - begun
    del result
    return spent


def _save_setup(form: str) -> Callable:
    def setup(framework: str, scale: float) -> Callable[[], float]:
        subject = _Subject(framework, form, scale)

        def run() -> float:
            spent = _seconds(subject.save)
            _emptied(subject.folder)
            return spent

        return run

    return setup


def _load_setup(form: str) -> Callable:
    def setup(framework: str, scale: float) -> Callable[[], float]:
        subject = _Subject(framework, form, scale)
        subject.save()
        return lambda: _seconds(subject.load)

    return setup


WORKS: list[Work] = []
for _form, (_name, _frameworks) in FORMATS.items():
    _what = "a model" if _form in WHOLE else "weights"
    _save = Work(f"save_{_form}", f"save {_what} of 100 million parameters as {_name}, synced to the disk", "s")
    _load = Work(f"load_{_form}", f"load {_what} of 100 million parameters from {_name}", "s")
    _save.by(*_frameworks, "numpy", "numpy-unsynced")(_save_setup(_form))
    _load.by(*_frameworks, "numpy")(_load_setup(_form))
    WORKS += [_save, _load]


# ---------------------------------------------------------------------------- memory

memory = Work("saving_memory", "memory: growth of the peak while saving or loading, in sizes of the weights", "weights")
WORKS.append(memory)


def _status(key: str) -> int:
    """Bytes of a line of this process' status."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(key))


def _growth(function: Callable[[], Any]) -> int:
    """Bytes by which resident memory grows at most while a function runs."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")  # the peak is counted from here on
    before = _status("VmRSS")
    result = function()
    peak = _status("VmHWM")
    del result
    return peak - before


@memory.by("addax", "tf-keras", "keras-jax", "numpy")
def _memory(framework: str, scale: float) -> Callable[[], float]:
    """The most of all formats; NumPy stands for the weights themselves."""
    if framework == "numpy":
        return lambda: 1.0
    size = max(1, round(LAYERS * scale)) * WIDTH * WIDTH * 4

    def run() -> float:
        most = 0
        for form, (_, frameworks) in FORMATS.items():
            if framework in frameworks:
                subject = _Subject(framework, form, scale)
                most = max(most, _growth(subject.save), _growth(subject.load))
                _emptied(subject.folder)
        return most / size

    return run
